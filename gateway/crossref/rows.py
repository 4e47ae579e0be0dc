"""One row of a cross reference, and what rows may not say together: two answers on one day."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Final

ANY: Final = "*"
"""As a partner: all of them. As an item: every item."""

UNIT: Final = "unit"
"""The table whose rows always have a factor."""

LONGEST_VALUE: Final = 80
"""Characters of `theirs`, `ours` and `item`: the longest code that X12 has (AN 1/80)."""

_TABLE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII).fullmatch
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}|\*", re.ASCII).fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What `partner` calls `theirs` is our `ours`, from `valid_from` (None: always) until before `valid_to` (None: on).

    `item` narrows a row to one article of ours, in our words. `factor` turns their quantity into ours. Of several
    `theirs` for one `ours`, the `preferred` is the one we write. `recorded_at` and `retired_at` say when we knew it;
    None is not recorded yet, and not retired. `number` is 0 before it is recorded.
    """

    partner: str
    table: str
    theirs: str
    ours: str
    item: str = ANY
    factor: Fraction | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    preferred: bool = False
    note: str = ""
    owner: str = ""
    number: int = 0
    recorded_at: datetime | None = None
    recorded_by: str = ""
    retired_at: datetime | None = None

    def holds(self, on: date) -> bool:
        """Whether it is valid on this day."""
        return (self.valid_from or date.min) <= on and (self.valid_to is None or on < self.valid_to)

    def known(self, at: datetime | None) -> bool:
        """Whether it was recorded, and not retired, at this time; None asks for what is known now."""
        if at is None:
            return self.retired_at is None
        recorded = self.recorded_at is not None and self.recorded_at <= at
        return recorded and (self.retired_at is None or self.retired_at > at)

    @property
    def said(self) -> tuple[object, ...]:
        """Everything that decides: two rows that are equal in it are the same row."""
        return (*_theirs(self), self.ours, self.factor, self.valid_from, self.valid_to, self.preferred)

    @property
    def period(self) -> str:
        """When it holds, in words."""
        begin = f"from {self.valid_from}" if self.valid_from else ""
        end = f"until before {self.valid_to}" if self.valid_to else ""
        return " ".join(filter(None, (begin, end))) or "always"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one of the new rows, by its index among them."""

    index: int
    sentence: str


def faults_of(row: Row) -> Iterator[str]:
    """What is wrong with a row by itself, a sentence each."""
    if not _NAME(row.partner):
        yield f"partner '{row.partner[:40]}' is no partner's name; write * for all partners"
    if not _TABLE(row.table):
        yield f"table '{row.table[:40]}' is no name: small letters, digits and _, beginning with a letter"
    for name, value in (("theirs", row.theirs), ("ours", row.ours), ("item", row.item)):
        if not value:
            yield f"{name} is empty"
        elif len(value) > LONGEST_VALUE:
            yield f"{name} has {len(value)} characters, at most {LONGEST_VALUE} are allowed"
        elif value != value.strip() or not value.isprintable():
            yield f"{name} {value!r} has blanks around it, or characters that nobody can see"
    if row.valid_from and row.valid_to and row.valid_from >= row.valid_to:
        yield f"it ends on {row.valid_to} and begins on {row.valid_from}: valid_to is the first day it no longer holds"
    if row.table == UNIT and row.factor is None:
        yield "a unit needs a factor: their quantity x factor = our quantity; 1 for another word for the same"
    if row.factor is not None and row.factor <= 0:
        yield "a factor is more than nothing"


def conflicts(new: Sequence[Row], known: Iterable[Row], name: Callable[[int], str]) -> list[Fault]:
    """What the new rows may not say together with each other and with `known` rows that are not retired.

    `name` says an index of the new rows in words ("line 4"); a known row is named by its number.
    """
    everything = [*[row for row in known if row.retired_at is None], *new]
    first = len(everything) - len(new)

    def named(at: int) -> str:
        return f"row {everything[at].number}" if at < first else name(at - first)

    found = [
        *_overlaps(_grouped(everything, _theirs, first), everything, first, named),
        *_unsettled(_grouped(everything, _ours, first), everything, first, named),
    ]
    return sorted(found, key=lambda fault: fault.index)


def _theirs(row: Row) -> tuple[str, ...]:
    return (row.partner, row.table, row.item, row.theirs)


def _ours(row: Row) -> tuple[str, ...]:
    return (row.partner, row.table, row.item, row.ours)


def _grouped(rows: Sequence[Row], key: Callable[[Row], Hashable], first: int) -> list[list[int]]:
    """Indexes of rows that are about the same, where two or more are and one of them is new."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        groups[key(row)].append(at)
    return [group for group in groups.values() if len(group) > 1 and group[-1] >= first]


def _overlaps(
    groups: Iterable[list[int]], rows: Sequence[Row], first: int, named: Callable[[int], str]
) -> Iterator[Fault]:
    """Two rows for one value of theirs on one day. Sorted by their beginnings, neighbours tell it."""
    for group in groups:
        ordered = sorted(group, key=lambda at: rows[at].valid_from or date.min)
        longest = ordered[0]
        for at in ordered[1:]:
            later, earlier = max(at, longest), min(at, longest)
            if later >= first and _end(rows[longest]) > (rows[at].valid_from or date.min):
                row, other = rows[later], rows[earlier]
                sentence = f"'{row.theirs}' is '{other.ours}' already in {named(earlier)} ({other.period})"
                yield Fault(later - first, sentence)
            if _end(rows[at]) > _end(rows[longest]):
                longest = at


def _unsettled(
    groups: Iterable[list[int]], rows: Sequence[Row], first: int, named: Callable[[int], str]
) -> Iterator[Fault]:
    """Several values of theirs for one of ours on one day, of which none or more than one is preferred."""
    for group in groups:
        for day in _doubtful(group, rows):
            there = [at for at in group if rows[at].holds(day)]
            if max(there) < first:
                continue
            preferred = sum(rows[at].preferred for at in there)
            others = ", ".join(f"'{rows[at].theirs}' ({named(at)})" for at in there[:4] if at != max(there))
            many = f"{preferred} are preferred" if preferred else "none is preferred"
            sentence = f"'{rows[there[0]].ours}' would be written as '{rows[max(there)].theirs}' or as {others}"
            yield Fault(max(there) - first, f"{sentence}, and {many}: mark the one we write, and only that")
            break


def _doubtful(group: Sequence[int], rows: Sequence[Row]) -> Iterator[date]:
    """Days from which on several values of theirs hold, and not just one is preferred. Counted along, day by day: a
    table may have as many rows for one of ours as a chain has stores.
    """
    begun = ((rows[at].valid_from or date.min, 1, rows[at]) for at in group)
    ended = ((_end(rows[at]), -1, rows[at]) for at in group)
    values: Counter[str] = Counter()
    preferred = 0
    for day, changes in groupby(sorted((*begun, *ended), key=itemgetter(0)), key=itemgetter(0)):
        for _, by, row in changes:
            values[row.theirs] += by
            preferred += by * row.preferred
            if not values[row.theirs]:
                del values[row.theirs]
        if len(values) > 1 and preferred != 1:
            yield day


def _end(row: Row) -> date:
    return row.valid_to or date.max
