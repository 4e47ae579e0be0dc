"""Why a count differs: the interchanges, groups and documents that make it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, func, select

from gateway.pipeline.reconciling import Difference, Gap, PartnerDay
from gateway.store.reports.counting import THERE, UNEVEN, UNNUMBERED, unanswered
from gateway.store.reports.looks import Look
from gateway.store.tables import DOCUMENT, INTERCHANGE, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

NAMED: Final = 20
"""Interchanges, groups or posts that are named for one difference: `--show` lists the rest."""


def explained(look: Look, day: PartnerDay, uneven: Sequence[Any]) -> Iterator[Difference]:
    """What does not add up on a partner's day. Asks for nothing where all adds up.

    `uneven` are interchanges that have other documents than were counted. One document too many does not hide another
    that is lost: each interchange, and each group of ours, is held against its own count.
    """
    yield from (_interchange(look, row) for row in uneven[:NAMED])
    yield from _unnumbered(look, day)
    yield from _unanswered(look, day)
    yield from _handed_in(look, day)


def groups(look: Look) -> Mapping[str, list[Difference]]:
    """Groups of ours that have other documents than went out in them, by partner."""
    found: defaultdict[str, list[Difference]] = defaultdict(list)
    rows = sorted(look.rows(_groups(look)), key=lambda row: row.id)  # sorted there, PostgreSQL would read all days
    for row in rows:
        if len(found[row.partner]) < NAMED:
            found[row.partner].append(_group(look, row))
    return found


def of_gap(gap: Gap) -> Difference:
    """A hole in the control numbers is one too."""
    many = gap.last - gap.first + 1
    words = f"{gap.kind} {gap.numbers} {'were' if many > 1 else 'was'} skipped, {gap.sender} to {gap.receiver}"
    return Difference(column="gaps", number=many, words=words)


def _interchange(look: Look, row: Any) -> Difference:
    table, there = DOCUMENT.c, row.there - row.siblings
    statement = (
        select(table.id, table.group_control_number, table.set_control_number, table.byte_offset, table.part)
        .where(table.interchange_id == row.id)
        .order_by(table.byte_offset, table.id)
    )
    documents = look.rows(statement)
    places = Counter(_place(one) for one in documents)
    doubled = [one.id for one in documents if places[_place(one)] > 1]
    words = f"ISA13 {row.control_number}: {_sets(row.sets, 'read')}, {_are(there)} there"
    if doubled:
        return Difference(
            column="received",
            number=row.sets - there,
            words=f"{words}; these are of the same set",
            subjects=(row.id, *doubled),
        )
    shown = ", ".join(f"{one.group_control_number}/{one.set_control_number}" for one in documents[:NAMED])
    words = f"{words}: {shown}" if documents else words
    return Difference(column="received", number=row.sets - there, words=words, subjects=(row.id,))


def _sets(many: int, done: str) -> str:
    return f"{many} {'set was' if many == 1 else 'sets were'} {done}"


def _are(many: int) -> str:
    return f"{many} {'is' if many == 1 else 'are'}"


def _place(row: Any) -> tuple[int, int]:
    return row.byte_offset, row.part["number"] if row.part else 1


def _unnumbered(look: Look, day: PartnerDay) -> Iterator[Difference]:
    if not day.systems.difference:
        return
    table, interchange = DOCUMENT.c, INTERCHANGE.c
    statement = (
        select(table.id)
        .join_from(INTERCHANGE, DOCUMENT, table.interchange_id == interchange.id)
        .where(*look.interchanges(), interchange.partner == day.partner)
        .where(UNNUMBERED)
        .order_by(table.id)
        .limit(NAMED)
    )
    yield Difference(
        column="systems",
        number=day.systems.difference,
        words="delivered, and our system gave no number for it",
        subjects=tuple(row.id for row in look.rows(statement)),
    )


def _unanswered(look: Look, day: PartnerDay) -> Iterator[Difference]:
    if not day.answers.lost:
        return
    statement = unanswered(look, INTERCHANGE.c.id).where(INTERCHANGE.c.partner == day.partner)
    yield Difference(
        column="answers",
        number=day.answers.lost,
        words="the documents say what the partner was told, and the answer is not there",
        subjects=tuple(row.id for row in look.rows(statement.order_by(INTERCHANGE.c.id).limit(NAMED))),
    )


# ---------------------------------------------------------------------------------------------- goes out


def _handed_in(look: Look, day: PartnerDay) -> Iterator[Difference]:
    if not day.handed_in.difference:
        return
    table = DOCUMENT.c
    doubled = (
        select(table.transmission_id)
        .where(*look.handed_in(), table.partner == day.partner, table.state != "superseded")
        .group_by(table.transmission_id)
        .having(func.count() > 1)
        .order_by(table.transmission_id)
        .limit(NAMED)
    )
    for row in look.rows(doubled):
        ids = select(table.id).where(table.transmission_id == row.transmission_id, table.state != "superseded")
        subjects = tuple(one.id for one in look.rows(ids.order_by(table.id)))
        yield Difference(
            column="handed_in",
            number=1 - len(subjects),
            words=f"post {row.transmission_id} counts more than once",
            subjects=subjects,
        )


def _groups(look: Look) -> Select[Any]:
    interchange, group = OUTBOUND_INTERCHANGE.c, OUTBOUND_GROUP.c
    return (
        select(
            *(interchange.partner, interchange.id, interchange.control_number, group.sets),
            *(group.id.label("group"), group.control_number.label("number"), THERE.label("there")),
        )
        .join_from(OUTBOUND_INTERCHANGE, OUTBOUND_GROUP, group.interchange_id == interchange.id, isouter=True)
        .where(*look.sealed(), UNEVEN)
    )


def _group(look: Look, row: Any) -> Difference:
    if row.group is None:
        words = f"ISA13 {row.control_number} went out, and its group is not there"
        return Difference(column="sent", number=1, words=words, subjects=(row.id,))
    statement = select(DOCUMENT.c.id).where(DOCUMENT.c.outbound_group_id == row.group).order_by(DOCUMENT.c.id)
    documents = [one.id for one in look.rows(statement.limit(NAMED))]
    words = f"ISA13 {row.control_number}, GS06 {row.number}: {_sets(row.sets, 'sent')}, {_are(row.there)} there"
    return Difference(column="sent", number=row.sets - row.there, words=words, subjects=(row.id, *documents))
