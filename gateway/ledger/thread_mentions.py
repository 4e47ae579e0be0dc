"""Which orders and invoices a payment, an advice or an adjustment is about: they name many, and have no order of their
own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.ledger.thread import MOST_NUMBERS

MENTIONING: Final = frozenset({"remittance", "application_advice", "adjustment"})
"""Canonical types whose bodies are looked into."""

_ENTRIES: Final[Mapping[str, Sequence[str]]] = {
    "remittance": ("entities", "items"),
    "application_advice": ("answers",),
    "adjustment": ("lines",),
}
_INVOICES: Final = frozenset({"invoice", "credit_memo", "original_invoice"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Numbers as they stand in the document, each once."""

    orders: Sequence[str] = ()
    invoices: Sequence[str] = ()
    shipments: Sequence[str] = ()


def mentions(name: str, body: Mapping[str, Any]) -> Mentions:
    """What a canonical body of one of `MENTIONING` names, at most `MOST_NUMBERS` of each."""
    found: dict[str, dict[str, None]] = {"order": {}, "invoice": {}, "shipment": {}}
    for entry in [body, *_entries(body, _ENTRIES.get(name, ()))]:
        for kind, value in _named(entry):
            found[kind][value] = None
    orders, invoices, shipments = (tuple(found[kind])[:MOST_NUMBERS] for kind in ("order", "invoice", "shipment"))
    return Mentions(orders=orders, invoices=invoices, shipments=shipments)


def _entries(body: Mapping[str, Any], path: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    if not path:
        return
    entries = body.get(path[0])
    for one in entries if isinstance(entries, list) else ():
        if isinstance(one, Mapping):
            if len(path) > 1:
                yield from _entries(one, path[1:])
            else:
                yield one


def _named(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    fields = (("po_number", "order"), ("invoice_number", "invoice"), ("shipment_number", "shipment"))
    told = [(kind, entry.get(name)) for name, kind in fields]
    for number, what in (("number", "kind"), ("reference", "reference_kind")):
        kind = entry.get(what)
        if kind in _INVOICES:
            told.append(("invoice", entry.get(number)))
        elif kind in ("purchase_order", "shipment"):
            told.append(("order" if kind == "purchase_order" else "shipment", entry.get(number)))
    yield from ((kind, value) for kind, value in told if isinstance(value, str) and value)
