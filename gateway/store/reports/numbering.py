"""Control numbers that partners skipped.

Most days have none: a statement tells so by the least, the greatest and how many there are. Only else all are read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal, NamedTuple

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Text, func, select, true, type_coerce

from gateway.pipeline.numbering import FARTHEST, Hole, holes, scattered
from gateway.pipeline.reconciling import Gap
from gateway.store.identifiers import lowest
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

ASKED: Final = 2_000
"""Missing GS06 of a partner and day that are looked for on other days: one file may leave out any number of them, under
any ids, and each is a look of its own.
"""


class Pair(NamedTuple):
    """Who counts for whom."""

    partner: str
    sender: str
    receiver: str


_BEFORE: Final = INTERCHANGE.alias()
_KEY: Final = INTERCHANGE_KEY.alias()
"""Named once: it takes its time for a table of many columns."""

Numbers = Mapping[Pair, set[int]]


def skipped(look: Look) -> Mapping[str, list[Gap]]:
    """What partners skipped on the day, and has not come by another day, by partner."""
    found: defaultdict[str, list[Gap]] = defaultdict(list)
    days = {Pair(row.partner, row.sender, row.receiver): row for row in look.rows(_extremes(look))}
    unsure = {
        pair.partner
        for pair, row in days.items()
        if None in (row.first, row.last) or row.last - row.first + 1 != row.groups
    }
    earlier = _Earlier(look, sorted({pair.partner for pair in days}))
    numbers_of = _interchange_numbers(look, days)
    interchanges = {pair: _holes(numbers_of[pair], earlier.interchanges(pair)) for pair in days}
    came = _came(look, interchanges)
    for pair, skips in interchanges.items():
        found[pair.partner] += (_gap("ISA13", pair, one) for one in _missing(skips, came[pair]))
    counted = _group_numbers(look, unsure)
    groups = _first({pair: _holes(numbers, earlier.groups(pair)) for pair, numbers in counted.items()})
    came_in_group = _came_in_group(look, groups)
    for pair, skips in groups.items():
        found[pair.partner] += (_gap("GS06", pair, one) for one in _missing(skips, came_in_group[pair.partner]))
    return {partner: gaps for partner, gaps in found.items() if gaps}


def _gap(kind: Literal["ISA13", "GS06"], pair: Pair, hole: Hole) -> Gap:
    return Gap(direction="in", kind=kind, sender=pair.sender, receiver=pair.receiver, first=hole.first, last=hole.last)


def _holes(numbers: Collection[int], known: Collection[int]) -> Sequence[Hole]:
    """The first holes. Who leaves something out at most steps has one counter for many."""
    found = holes(numbers, known)
    return () if not found or scattered(numbers, known) else found[:NAMED]


def _first(skips: Mapping[Pair, Sequence[Hole]]) -> Mapping[Pair, Sequence[Hole]]:
    """Of each partner the holes with the first `ASKED` numbers."""
    left: defaultdict[str, int] = defaultdict(lambda: ASKED)
    found: defaultdict[Pair, list[Hole]] = defaultdict(list)
    for pair, several in skips.items():
        for hole in several:
            left[pair.partner] -= hole.last - hole.first + 1
            if left[pair.partner] >= 0:
                found[pair].append(hole)
    return found


def _missing(skips: Iterable[Hole], came: Collection[int]) -> Iterator[Hole]:
    """Holes, without what came on another day."""
    for hole in skips:
        yield from holes_of([one for one in range(hole.first, hole.last + 1) if one not in came])


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


def _interchange_numbers(look: Look, days: Mapping[Pair, Any]) -> Numbers:
    """Of each pair: where none is missing the first only, for what is before it."""
    found: dict[Pair, set[int]] = {}
    for pair, row in days.items():
        least, most = _number(row.least), _number(row.most)
        whole = least is not None and most is not None and most - least + 1 == row.many
        found[pair] = {least} if whole and least is not None else set()
    missing = {pair.partner for pair, numbers in found.items() if not numbers}
    if not missing:
        return found
    table = INTERCHANGE.c
    here = look.database.among(table.partner, sorted(missing))
    statement = select(table.partner, table.sender, table.receiver, table.control_number).distinct()
    for *names, text in look.rows(statement.where(*look.interchanges(), here)):
        number = _number(text)
        if number is not None:
            found.setdefault(Pair(*names), set()).add(number)
    return found


def _group_numbers(look: Look, partners: Collection[str]) -> Numbers:
    if not partners:
        return {}
    table = INTERCHANGE.c
    counts = type_coerce(table.group_counts, Text).label("counts")
    counted = (table.partner.in_(sorted(partners)), table.group_counts.is_not(None))
    return _in_groups(look.rows(select(table.partner, counts).where(*look.interchanges(), *counted)))


def _in_groups(rows: Iterable[Any]) -> Numbers:
    """GS06 by partner, GS02 and GS03. Read in one go: what is counted of each interchange is a line of JSON."""
    by_partner: defaultdict[str, list[str]] = defaultdict(list)
    for partner, counts in rows:
        by_partner[partner].append(counts)
    found: defaultdict[Pair, set[int]] = defaultdict(set)
    for partner, lines in by_partner.items():
        for groups in from_json(f"[{','.join(lines)}]"):
            for _, sender, receiver, number, _ in groups:
                counted = _number(number)
                if counted is not None:
                    found[Pair(partner, sender, receiver)].add(counted)
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 9 else None


class _Earlier:
    """What came last before the day from these partners, asked for once."""

    def __init__(self, look: Look, partners: Sequence[str]) -> None:
        self._rows: defaultdict[str, list[Any]] = defaultdict(list)
        for row in look.rows(_earlier(look, partners)) if partners else ():
            self._rows[row.partner].append(row)

    def interchanges(self, pair: Pair) -> set[int]:
        """ISA13 of those of the pair."""
        rows = [one for one in self._rows[pair.partner] if (one.sender, one.receiver) == pair[1:]]
        return {one for one in (_number(row.control_number) for row in rows) if one is not None}

    def groups(self, pair: Pair) -> set[int]:
        """GS06 of those of the pair."""
        rows = ((row.partner, row.counts) for row in self._rows[pair.partner] if row.counts)
        return set(_in_groups(rows).get(pair, ()))


def _earlier(look: Look, partners: Sequence[str]) -> Any:
    """The last few of each: by their ids on SQLite, which knows no LATERAL, and beside it on PostgreSQL."""
    starts = {name: look.spans[name].start for name in partners}
    rows = [(name, start - SILENCE, start) for name, start in starts.items()]
    listed, found = look.listed(("name", "since", "start"), rows), _BEFORE
    before = (found.c.received_at < listed.c.start, found.c.received_at >= listed.c.since)
    last = (
        select(found.c.id)
        .where(found.c.partner == listed.c.name, *before, look.of_usage(found.c.usage))
        .order_by(found.c.received_at.desc())
        .limit(BEFORE)
    )
    table = INTERCHANGE.c
    counts = type_coerce(table.group_counts, Text).label("counts")
    shown = select(table.partner, table.sender, table.receiver, table.control_number, counts)
    if look.database.kind == "sqlite":
        return shown.join_from(listed, INTERCHANGE, table.id.in_(last.correlate(listed)))
    ids = last.lateral()
    return shown.join_from(listed, ids, true()).join(INTERCHANGE, table.id == ids.c.id)


# ---------------------------------------------------------------------------------------------- on another day


def _came(look: Look, skips: Mapping[Pair, Sequence[Hole]]) -> Mapping[Pair, set[int]]:
    """Numbers in these holes that came on another day, asked for at once."""
    found: defaultdict[Pair, set[int]] = defaultdict(set)
    usages = _usages(look, [pair for pair, several in skips.items() if several])
    asked = [
        (*pair, usage, f"{one.first:09}", f"{one.last:09}", look.spans[pair.partner].start - LATE)
        for pair, named in usages.items()
        for usage in named
        for one in skips[pair]
    ]
    if not asked:
        return found
    listed = look.listed((*Pair._fields, "usage", "first", "last", "since"), asked)
    table, hole = INTERCHANGE_KEY.c, listed.c
    here = select(table.control_number).where(
        *(table.sender == hole.sender, table.receiver == hole.receiver, table.usage == hole.usage),
        *(table.control_number >= hole.first, table.control_number <= hole.last),
        table.seen_at >= hole.since,
    )
    named = (hole.partner, hole.sender, hole.receiver)
    if look.database.kind == "sqlite":
        statement = here.with_only_columns(*named, table.control_number)
    else:  # a limit that no hole comes to: without, PostgreSQL would read the whole table to join it
        came = here.correlate(listed).limit(FARTHEST).lateral()
        statement = select(*named, came.c.control_number).join_from(listed, came, true())
    for *names, text in look.rows(statement):
        number = _number(text)
        if number is not None:
            found[Pair(*names)].add(number)
    return found


def _usages(look: Look, pairs: Sequence[Pair]) -> Mapping[Pair, list[str]]:
    """What these pairs have written as ISA15: it may be anything, and only where each is named the key's range of
    numbers is found. Each is one step into the key.
    """
    found: defaultdict[Pair, list[str]] = defaultdict(list)
    if not pairs:
        return found
    key, listed = _KEY.c, look.listed(Pair._fields, pairs)

    def least(of: Any, *more: ColumnElement[bool]) -> Any:
        usage = select(func.min(key.usage)).where(key.sender == of.sender, key.receiver == of.receiver, *more)
        return usage.scalar_subquery()

    steps = select(*listed.c, least(listed.c).label("usage")).cte(recursive=True)
    here = (steps.c.partner, steps.c.sender, steps.c.receiver)
    steps = steps.union_all(select(*here, least(steps.c, key.usage > steps.c.usage)).where(steps.c.usage.is_not(None)))
    for *names, usage in look.rows(select(*steps.c).where(look.of_usage(steps.c.usage))):
        found[Pair(*names)].append(usage)
    return found


def _came_in_group(look: Look, skips: Mapping[Pair, Sequence[Hole]]) -> Mapping[str, set[int]]:
    """Numbers in these holes that came in a group on another day, by partner, asked for at once."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    since = {partner: span.start - LATE for partner, span in look.spans.items()}
    least = {partner: lowest(start) for partner, start in since.items()}
    numbers = {
        (pair.partner, f"{one:0{width}}", since[pair.partner], least[pair.partner])
        for pair, several in skips.items()
        for hole in several
        for one in range(hole.first, hole.last + 1)
        for width in range(1, 10)  # some write zeros before it
    }
    if not numbers:
        return found
    listed = look.listed(("partner", "number", "since", "least"), sorted(numbers))
    key, table, hole = DOCUMENT_KEY.c, DOCUMENT.c, listed.c
    partner = func.coalesce(table.partner, "")  # by its index SQLite would read all that ever came from a partner
    # One by one: PostgreSQL takes numbers to be more common than they are, and would join whole tables. Ids are by
    # time, so that of the same number of others only the late ones are looked at.
    came = (
        select(table.id)
        .join(DOCUMENT_KEY, table.id == key.document_id)
        .where(key.value == hole.number, key.name == "GS06", key.document_id >= hole.least, partner == hole.partner)
        .where(table.direction == "inbound", table.received_at >= hole.since)
        .limit(1)
        .correlate(listed)
    )
    for row in look.rows(select(hole.partner, hole.number).where(came.scalar_subquery().is_not(None))):
        found[row.partner].add(int(row.number))
    return found
