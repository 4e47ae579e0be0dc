"""Which documents belong together: one purchase order with all that followed, whoever wrote it.

A thread is known by who it is with, production or test, an order number with its release, and time: the same number
more than a year after the last document of a thread opens another one. A document that names several orders belongs to
the thread of each. Nothing is guessed: where several threads may be meant a document stands apart, and says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

YEAR: Final = timedelta(days=365)
"""So long after its last document a thread is over, and its number may be another order's."""

MOST_NUMBERS: Final = 1_000
"""Orders that one document belongs to at most: a pool consolidation names some hundreds."""


class Kind(StrEnum):
    """With whom, and therefore whose number it is: two partners, and two kinds, have numbers of their own."""

    CUSTOMER = "customer"  # they order from us
    SUPPLIER = "supplier"  # we order from them
    WAREHOUSE = "warehouse"  # what a warehouse is told to ship for us: the depositor's order number
    TRANSFER = "transfer"  # what we send to a warehouse to be kept there: the transfer's number


_BUYERS: Final = frozenset({"order", "order_change", "remittance"})
_SELLERS: Final = frozenset({"order_response", "shipment", "invoice"})
_WAREHOUSE: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "warehouse_order": Kind.WAREHOUSE,
        "warehouse_shipment": Kind.WAREHOUSE,
        "warehouse_transfer": Kind.TRANSFER,
        "warehouse_receipt": Kind.TRANSFER,
    }
)


def kind_of(direction: str, name: str) -> Kind | None:
    """Of a document by its canonical type without the version; None of what either side may write, like an advice."""
    if name in _WAREHOUSE:
        return _WAREHOUSE[name]
    if name in _BUYERS:
        return Kind.CUSTOMER if direction == "inbound" else Kind.SUPPLIER
    if name in _SELLERS:
        return Kind.SUPPLIER if direction == "inbound" else Kind.CUSTOMER
    return None


@dataclass(slots=True, kw_only=True)
class Known:
    """A thread that there is: the threads of one number are looked at together. `ordered`: it has an order."""

    id: str
    release: str
    opened_at: datetime
    last_at: datetime
    ordered: bool = False

    def covers(self, at: datetime) -> bool:
        """Whether a document of this time may belong to it."""
        return self.opened_at - YEAR <= at <= self.last_at + YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`thread` is the one that a document belongs to, None where it opens one, under `release`. `doubt` says in words
    what is not certain about it, "" when nothing is.
    """

    thread: Known | None = None
    release: str = ""
    doubt: str = ""


def choose(known: Iterable[Known], release: str, at: datetime, *, order: bool) -> Choice:
    """The thread of a document among those of its order number. `order`: it is an order, and no answer to one.

    Where both name a release they have to be the same. What follows an order and names none belongs to the one thread
    that there is; where there are several nobody can say to which. An order itself names its own.
    """
    now = sorted((one for one in known if one.covers(at)), key=lambda one: one.opened_at, reverse=True)
    named = [one for one in now if one.release == release]
    if named:
        return Choice(thread=named[0], release=release)
    others = [one for one in now if not one.release or not release]
    if order:
        others = [one for one in others if not one.ordered]
    releases = sorted({one.release for one in others})
    if len(releases) == 1:
        return Choice(thread=others[0], release=release)
    if releases:
        return Choice(release=release, doubt=f"names no release, and there are {_listed(releases)} of this order")
    return Choice(release=release)


def releases_of(number: str, orders: Sequence[str], releases: Sequence[str], known: Iterable[Known]) -> Sequence[str]:
    """Which of the releases that a document names are of this order: the document says both, and not which goes with
    which when it names several orders. Then only those count that the order is known to have.
    """
    if not releases:
        return ("",)
    if len(orders) <= 1 or len(releases) == 1:
        return tuple(dict.fromkeys(releases))
    found = {one.release for one in known}
    return tuple(one for one in dict.fromkeys(releases) if one in found) or ("",)


def one_customer(candidates: Sequence[Known], at: datetime) -> tuple[Known | None, int]:
    """The customer's thread that a warehouse's document under the customer's order number is about, where exactly one
    has that number at that time; and how many have.
    """
    now = [one for one in candidates if one.covers(at)]
    return (now[0] if len(now) == 1 else None), len(now)


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(values[:3])
    return f"{shown} and {len(values) - 3} more" if len(values) > 3 else shown
