"""Which documents were agreed on with a partner, as the partner files say that are in force; and what asks for it."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from gateway.app.in_force import book_in_force
from gateway.app.memory import Memory
from gateway.store.threading_view import StoreOrderThreads

_TYPES: Final[Mapping[str, str]] = {
    "850": "order",
    "875": "order",
    "855": "order_response",
    "856": "shipment",
    "810": "invoice",
    "820": "remittance",
    "880": "invoice",
}


def exchanged(memory: Memory) -> Callable[[str], Collection[str] | None]:
    """Asked for a partner, the canonical types of its agreements both ways, as far as they are about orders; None where
    nobody knows: no gateway has run yet, or the partner is gone.
    """
    book = book_in_force(memory.releases)

    def types(partner: str) -> Collection[str] | None:
        profile = book.partners.get(partner) if book is not None else None
        if profile is None:
            return None
        return frozenset(_TYPES[form.set] for form in profile.agreements.values() if form.set in _TYPES)

    return types


def order_threads(memory: Memory) -> StoreOrderThreads:
    """What is known of the lives of orders."""
    return StoreOrderThreads(memory.database, memory.blobs, exchanged(memory))
