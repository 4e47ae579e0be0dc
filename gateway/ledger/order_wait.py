"""May a change of an order go to our system? Only behind its order, and behind the changes that came before it.

A buyer's 860 may overtake its 850: sent first by mistake, by another channel, or while the order is held for a value
nobody knows. Our system would refuse the change for good, or apply it to another order of that number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.ledger.thread import YEAR

_TO_COME = ("validated", "mapped", "held")
"""Our system may have it yet, or a person decides: a later change must not be overwritten by it."""
_HOW = "it goes on by itself when our system has that, and `gateway documents release` lets it go without"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """An order, or a change of one (`order` False), that came in. `had`: our system has it, or has had it once.

    `last_at` is when the last document of its thread came. Parts of one set have the same `set`.
    """

    id: str
    partner: str
    usage: str
    number: str
    release: str
    order: bool
    name: str
    state: str
    had: bool
    at: datetime
    last_at: datetime
    set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that wants to go."""

    id: str
    partner: str
    usage: str
    number: str
    release: str
    name: str
    at: datetime
    set: str

    def as_ahead(self, *, waits: bool) -> Ahead:
        """The same to those that come after it."""
        return Ahead(
            id=self.id,
            partner=self.partner,
            usage=self.usage,
            number=self.number,
            release=self.release,
            order=False,
            name=self.name,
            state="held" if waits else "mapped",
            had=False,
            at=self.at,
            last_at=self.at,
            set=self.set,
        )


def why_not(change: Change, ahead: Iterable[Ahead]) -> str:
    """Why it may not go yet, in words; "" when it may. An order of more than a year ago, of which nothing was heard for
    a year, is another order of the same number.
    """
    since = change.at - YEAR
    same = [one for one in ahead if _same(change, one) and one.set != change.set and one.last_at >= since]
    orders = [one for one in same if one.order]
    of_set: dict[str, list[Ahead]] = {}
    for one in orders:
        of_set.setdefault(one.set, []).append(one)
    if not any(all(part.had for part in parts) for parts in of_set.values()):
        return _waits(change, orders)
    before = [
        one for one in same if not one.order and (one.at, one.id) < (change.at, change.id) and one.state in _TO_COME
    ]
    if not before:
        return ""
    return f"waits for an earlier change of its order ({before[-1].name}), which is {before[-1].state}; {_HOW}"


def _same(change: Change, one: Ahead) -> bool:
    releases = (change.release, one.release)
    return (one.partner, one.usage, one.number) == (change.partner, change.usage, change.number) and (
        not all(releases) or releases[0] == releases[1]
    )


def _waits(change: Change, orders: Sequence[Ahead]) -> str:
    found = f"is {orders[-1].state}" if orders else "has not come"
    return f"waits for its order {change.number}, which {found}; {_HOW}"
