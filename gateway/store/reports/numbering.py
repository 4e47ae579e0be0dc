"""Control numbers that partners skipped.

Most days have none: a statement tells so by the least, the greatest and how many there are. Only else all are read.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Text, func, select, type_coerce

from gateway.pipeline.numbering import Hole, holes, scattered
from gateway.pipeline.reconciling import Gap
from gateway.store.reports.looks import Look
from gateway.store.tables import DOCUMENT, DOCUMENT_KEY, INTERCHANGE, INTERCHANGE_KEY

BEFORE: Final = 20
"""Interchanges of a partner before the day: what its first numbers are held against."""

SILENCE: Final = timedelta(days=30)
"""After so long nobody knows how the partner counts."""

LATE: Final = timedelta(days=7)
"""What came so long before the day has the number from before the partner began anew; it is not the one missed."""

NAMED: Final = 50
"""Gaps named of one pair and day."""


class Pair(NamedTuple):
    """Who counts for whom."""

    partner: str
    sender: str
    receiver: str


Numbers = Mapping[Pair, set[int]]


def skipped(look: Look) -> Mapping[str, list[Gap]]:
    """What partners skipped on the day, and has not come by another day, by partner."""
    found: defaultdict[str, list[Gap]] = defaultdict(list)
    earlier = _Earlier(look)
    unsure: set[str] = set()
    for row in list(look.rows(_extremes(look))):
        pair = Pair(row.partner, row.sender, row.receiver)
        numbers = _interchange_numbers(look, pair, row)
        for hole in _holes(numbers, earlier.interchanges(pair), _came(look, pair)):
            found[pair.partner].append(_gap("ISA13", pair, hole))
        if None in (row.first, row.last) or row.last - row.first + 1 != row.groups:
            unsure.add(pair.partner)
    for pair, numbers in _group_numbers(look, unsure).items():
        for hole in _holes(numbers, earlier.groups(pair), _came_in_group(look, pair)):
            found[pair.partner].append(_gap("GS06", pair, hole))
    return found


def _gap(kind: Literal["ISA13", "GS06"], pair: Pair, hole: Hole) -> Gap:
    return Gap(direction="in", kind=kind, sender=pair.sender, receiver=pair.receiver, first=hole.first, last=hole.last)


def _holes(numbers: Collection[int], known: Collection[int], came: Callable[[int, int], set[int]]) -> Iterator[Hole]:
    """Holes, without what came on another day. Who leaves something out at most steps has one counter for many."""
    found = holes(numbers, known)
    if not found or scattered(numbers, known):
        return
    for hole in found[:NAMED]:
        here = came(hole.first, hole.last)
        missing = [one for one in range(hole.first, hole.last + 1) if one not in here]
        yield from holes_of(missing)


def holes_of(missing: Collection[int]) -> Iterator[Hole]:
    """Numbers that are missing, those in a row together."""
    first = last = None
    for one in missing:
        if last is not None and one == last + 1:
            last = one
            continue
        if first is not None and last is not None:
            yield Hole(first, last)
        first = last = one
    if first is not None and last is not None:
        yield Hole(first, last)


# ---------------------------------------------------------------------------------------------- the day's numbers


def _extremes(look: Look) -> Any:
    """The least and the greatest number, and how many there are. ISA13 has nine digits: as text they sort as they
    count. What is a duplicate, or was set aside, has a number that came before, or may have.
    """
    table = INTERCHANGE.c
    keys = (table.partner, table.sender, table.receiver)
    number = table.control_number
    return (
        select(
            *keys,
            *(func.min(number).label("least"), func.max(number).label("most"), func.count().label("many")),
            *(func.min(table.first_group).label("first"), func.max(table.last_group).label("last")),
            func.sum(table.groups).label("groups"),
        )
        .where(*look.interchanges(), table.state.in_(("accepted", "rejected")))
        .group_by(*keys)
    )


def _interchange_numbers(look: Look, pair: Pair, row: Any) -> set[int]:
    """Of a pair: where none is missing the first only, for what is before it."""
    least, most = _number(row.least), _number(row.most)
    if least is not None and most is not None and most - least + 1 == row.many:
        return {least}
    table = INTERCHANGE.c
    here = (table.partner == pair.partner, table.sender == pair.sender, table.receiver == pair.receiver)
    rows = look.rows(select(table.control_number).distinct().where(*look.interchanges(), *here))
    return {one for one in (_number(row.control_number) for row in rows) if one is not None}


def _group_numbers(look: Look, partners: Collection[str]) -> Numbers:
    if not partners:
        return {}
    table = INTERCHANGE.c
    counts = type_coerce(table.group_counts, Text).label("counts")
    counted = (table.partner.in_(sorted(partners)), table.group_counts.is_not(None))
    return _in_groups(look.rows(select(table.partner, counts).where(*look.interchanges(), *counted)))


def _in_groups(rows: Iterator[Any]) -> Numbers:
    """GS06 by partner, GS02 and GS03. Read in one go: what is counted of each interchange is a line of JSON."""
    by_partner: defaultdict[str, list[str]] = defaultdict(list)
    for partner, counts in rows:
        by_partner[partner].append(counts)
    found: defaultdict[Pair, set[int]] = defaultdict(set)
    for partner, lines in by_partner.items():
        for groups in json.loads(f"[{','.join(lines)}]"):
            for _, sender, receiver, number, _ in groups:
                counted = _number(number)
                if counted is not None:
                    found[Pair(partner, sender, receiver)].add(counted)
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 9 else None


class _Earlier:
    """What came last before the day, asked for once for each partner."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._rows: dict[str, list[Any]] = {}

    def interchanges(self, pair: Pair) -> set[int]:
        """ISA13 of those of the pair."""
        rows = [one for one in self._of(pair.partner) if (one.sender, one.receiver) == pair[1:]]
        return {one for one in (_number(row.control_number) for row in rows) if one is not None}

    def groups(self, pair: Pair) -> set[int]:
        """GS06 of those of the pair."""
        rows = ((row.partner, row.counts) for row in self._of(pair.partner) if row.counts)
        return set(_in_groups(rows).get(pair, ()))

    def _of(self, partner: str) -> list[Any]:
        if partner not in self._rows:
            table, start = INTERCHANGE.c, self._look.span.start
            counts = type_coerce(table.group_counts, Text).label("counts")
            statement = (
                select(table.partner, table.sender, table.receiver, table.control_number, counts)
                .where(table.partner == partner, table.received_at < start, table.received_at >= start - SILENCE)
                .where(self._look.of_usage(table.usage))
                .order_by(table.received_at.desc())
                .limit(BEFORE)
            )
            self._rows[partner] = list(self._look.rows(statement))
        return self._rows[partner]


# ---------------------------------------------------------------------------------------------- on another day


def _came(look: Look, pair: Pair) -> Callable[[int, int], set[int]]:
    def came(first: int, last: int) -> set[int]:
        table = INTERCHANGE_KEY.c
        statement = select(table.control_number).where(
            *(table.sender == pair.sender, table.receiver == pair.receiver, look.of_usage(table.usage)),
            *(table.control_number >= f"{first:09}", table.control_number <= f"{last:09}"),
            table.seen_at >= look.span.start - LATE,
        )
        return {one for one in (_number(row.control_number) for row in look.rows(statement)) if one is not None}

    return came


def _came_in_group(look: Look, pair: Pair) -> Callable[[int, int], set[int]]:
    def came(first: int, last: int) -> set[int]:
        key, table = DOCUMENT_KEY.c, DOCUMENT.c
        numbers = [str(one) for one in range(first, last + 1)]
        statement = (
            select(key.value)
            .join_from(DOCUMENT_KEY, DOCUMENT, table.id == key.document_id)
            .where(look.database.among(key.value, numbers), key.name == "GS06", table.partner == pair.partner)
            .where(table.direction == "inbound", table.received_at >= look.span.start - LATE)
        )
        return {one for one in (_number(row.value) for row in look.rows(statement)) if one is not None}

    return came
