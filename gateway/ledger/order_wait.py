"""May a change of an order go to our system? Only behind its order, and behind the changes that came before it.

A buyer's 860 may overtake its 850: sent first by mistake, by another channel, or while the order is held for a value
nobody knows. Our system would refuse the change for good, or apply it to another order of that number.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from gateway.ledger.thread import YEAR

_TO_COME = ("validated", "mapped", "held")
"""Our system may have it yet, or a person decides: a later change must not be overwritten by it."""
_GONE = ("mapped", "delivered")
"""Our system has it, or is about to: an earlier change would overwrite it."""
Number = tuple[str, str, str]
"""Partner, usage and number of an order."""

_HOW = "it goes on by itself when our system has that, and `gateway documents release` lets it go without"
_CLOSED = "`gateway documents release` lets it go without, `gateway documents close --handled` closes it too"
_ANYWAY = "`gateway documents release` lets it go all the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """An order, or a change of one (`order` False), that came in. `had`: our system has it, or has had it once.

    `first_at` and `last_at` are when the first and the last document of its thread came. Parts of one set have the same
    `set`.
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
    first_at: datetime
    last_at: datetime
    set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that wants to go. `again`: our system has had it, and a person wants it delivered once more."""

    id: str
    partner: str
    usage: str
    number: str
    release: str
    name: str
    at: datetime
    set: str
    again: bool = False

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
            first_at=self.at,
            last_at=self.at,
            set=self.set,
        )


def why_not(change: Change, ahead: Iterable[Ahead]) -> str:
    """Why it may not go yet, in words; "" when it may. An order of more than a year before or after, with nothing heard
    of it in between, is another order of the same number.
    """
    same = [one for one in ahead if _concerns(change, one)]
    orders = [one for one in same if one.order]
    if not _have(orders):
        return _waits(change, orders)
    return _order_to_come(change, orders) or _changes_between(change, [one for one in same if not one.order])


class Ranks:
    """What is ahead of changes, by number and release and as it came: a partner may send thousands of changes of one
    order, and of those ahead of one a few decide about it.
    """

    def __init__(self, ahead: Iterable[Ahead]) -> None:
        self._orders: defaultdict[Number, list[Ahead]] = defaultdict(list)
        self._changes: defaultdict[tuple[Number, str | None, str], list[Ahead]] = defaultdict(list)
        for one in ahead:
            self.add(one)

    def add(self, one: Ahead) -> None:
        """One more is ahead of those that are asked about from now on."""
        if one.order:
            self._orders[_number(one)].append(one)
            return
        for release in {one.release, None}:
            insort(self._changes[_number(one), release, one.state], one, key=_place)

    def why_not(self, change: Change) -> str:
        """What the function `why_not` says of all that is ahead."""
        deciding = sorted(self._deciding(change), key=_place)
        return why_not(change, [*self._orders.get(_number(change), ()), *deciding])

    def _deciding(self, change: Change) -> Iterator[Ahead]:
        """The first after it that went, the last that our system has, and the last before it that is to come; of each
        state and release, so that they are among these.
        """
        for ways, states in ((_after, _GONE), (_last, ("delivered",)), (_before, _TO_COME)):
            for state in states:
                for release in ("", change.release) if change.release else (None,):
                    changes = self._changes.get((_number(change), release, state), [])
                    yield from islice((one for one in ways(changes, change) if _concerns(change, one)), 1)


def _after(changes: Sequence[Ahead], change: Change) -> Iterator[Ahead]:
    first = bisect_right(changes, _place(change), key=_place)
    return (changes[at] for at in range(first, len(changes)))


def _before(changes: Sequence[Ahead], change: Change) -> Iterator[Ahead]:
    end = bisect_left(changes, _place(change), key=_place)
    return (changes[at] for at in reversed(range(end)))


def _last(changes: Sequence[Ahead], _change: Change) -> Iterator[Ahead]:
    return reversed(changes)


def _number(one: Ahead | Change) -> Number:
    return one.partner, one.usage, one.number


def _have(orders: Sequence[Ahead]) -> bool:
    """Whether our system has one of them whole."""
    of_set: dict[str, bool] = {}
    for one in orders:
        of_set[one.set] = of_set.get(one.set, True) and one.had
    return any(of_set.values())


def _order_to_come(change: Change, orders: Sequence[Ahead]) -> str:
    """A replacement, or the same order replayed, must not overwrite the change of it."""
    before = [one for one in orders if _place(one) < _place(change) and one.state in _TO_COME]
    if not before:
        return ""
    return f"waits for its order {change.number}, which goes to our system again and is {before[-1].state}; {_HOW}"


def _changes_between(change: Change, changes: Sequence[Ahead]) -> str:
    """Changes go in the order in which they came. Once a later one went, an earlier one needs a person, and keeps no
    other waiting.
    """
    later = [one for one in changes if _place(one) > _place(change) and one.state in _GONE]
    if later and not change.again:
        return f"came before a change of its order ({later[0].name}) that is {later[0].state} already; {_ANYWAY}"
    since = max((_place(one) for one in changes if one.state == "delivered"), default=None)
    before = [
        one
        for one in changes
        if _place(one) < _place(change) and one.state in _TO_COME and (since is None or _place(one) > since)
    ]
    if not before:
        return ""
    return f"waits for an earlier change of its order ({before[-1].name}), which is {before[-1].state}; {_HOW}"


def _place(one: Ahead | Change) -> tuple[datetime, str]:
    return one.at, one.id


def _concerns(change: Change, one: Ahead) -> bool:
    """Whether it is of the same order, and not another part of the change itself."""
    releases = (change.release, one.release)
    return (
        _number(one) == _number(change)
        and (not all(releases) or releases[0] == releases[1])
        and one.set != change.set
        and one.first_at - YEAR <= change.at <= one.last_at + YEAR
    )


def _waits(change: Change, orders: Sequence[Ahead]) -> str:
    missing = [one for one in orders if not one.had]
    if missing and all(one.state == "closed" for one in missing):
        return f"its order {change.number} was closed by a person, and does not come to our system from here; {_CLOSED}"
    missing = [one for one in missing if one.state != "closed"]
    found = f"is {missing[-1].state}" if missing else "has not come"
    return f"waits for its order {change.number}, which {found}; {_HOW}"
