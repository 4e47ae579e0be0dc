"""Where threads stand as a whole, read for the page that is shown: nothing of it is stored."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from gateway.ledger.promises import PARTNER, US
from gateway.ledger.thread import Kind
from gateway.ledger.thread_state import Following, Standing, Told, told
from gateway.store.database import Database
from gateway.store.deadline_tables import DEADLINE
from gateway.store.owed_tables import OWED
from gateway.store.tables import DOCUMENT
from gateway.store.threading_tables import THREAD_DOCUMENT

_MEMBER = THREAD_DOCUMENT.c
_SAID = OWED.c.state.concat("")
"""Said so that SQLite goes by the document, and not through the index of all that is open."""


def states(
    database: Database,
    connection: Connection,
    threads: Sequence[Any],
    exchanged: Callable[[str], Collection[str] | None],
) -> Mapping[str, Told]:
    """The state of each of these rows of `thread`, by its id. However many documents stand alike, one row is read."""
    ids = [one.id for one in threads]
    standing = _grouped(connection, _standings(database, ids), _standing)
    following = _grouped(connection, _followings(database, ids), _following)
    agreed = {partner: exchanged(partner) for partner in {one.partner for one in threads}}
    return {
        one.id: told(Kind(one.kind), standing.get(one.id, ()), following.get(one.id, ()), agreed[one.partner])
        for one in threads
    }


def _grouped(connection: Connection, statement: Any, made: Callable[[Any], Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.thread_id, []).append(made(row))
    return found


def _standings(database: Database, ids: Sequence[str]) -> Any:
    alike = [
        *(_MEMBER.thread_id, DOCUMENT.c.canonical_type, DOCUMENT.c.direction, DOCUMENT.c.set_id, DOCUMENT.c.state),
        *(DOCUMENT.c.acknowledgement, DOCUMENT.c.business),
    ]
    late = DEADLINE.c.missed_at.is_not(None)
    first = func.min(DOCUMENT.c.id).label("first")
    return (
        select(
            *alike,
            late.label("late"),
            first,
            func.max(DOCUMENT.c.id).label("last"),
            func.min(DOCUMENT.c.business_number).label("number"),
            func.count().label("count"),
        )
        .join(DOCUMENT, DOCUMENT.c.id == _MEMBER.document_id)
        .outerjoin(DEADLINE, DEADLINE.c.document_id == _MEMBER.document_id)
        .where(database.among(_MEMBER.thread_id, ids))
        .group_by(*alike, late)
        .order_by(first)
    )


def _followings(database: Database, ids: Sequence[str]) -> Any:
    """What is owed of a document that several orders have is of those orders: one for each."""
    here = THREAD_DOCUMENT.alias()
    of_this = exists().where(and_(here.c.thread_id == _MEMBER.thread_id, here.c.document_id == OWED.c.order_id))
    waived = (_SAID == "waived").label("waived")
    said = (OWED.c[name] for name in ("what", "owed_by", "ended", "coming"))
    alike = [_MEMBER.thread_id, *said, DOCUMENT.c.set_id, waived]
    late, soonest = OWED.c.missed_at.is_not(None), func.min(OWED.c.due_at)
    return (
        select(
            *alike,
            late.label("late"),
            func.min(DOCUMENT.c.business_number).label("number"),
            func.count().label("count"),
        )
        .join(OWED, OWED.c.subject == _MEMBER.document_id)
        .join(DOCUMENT, DOCUMENT.c.id == _MEMBER.document_id)
        .where(database.among(_MEMBER.thread_id, ids), _told())
        .where(or_(OWED.c.order_id == "", of_this))
        .group_by(*alike, late)
        .order_by(soonest.is_(None), soonest, OWED.c.what)
    )


def _told() -> ColumnElement[bool]:
    return or_(_SAID.in_(("open", "waived")), and_(_SAID == "ended", OWED.c.ended != ""))


def _standing(row: Any) -> Standing:
    return Standing(
        name=row.canonical_type.partition(".")[0],
        direction=row.direction,
        set_id=row.set_id,
        number=row.number,
        state=row.state,
        acknowledgement=row.acknowledgement,
        business=row.business,
        late=bool(row.late),
        count=row.count,
        first=row.first,
        last=row.last,
    )


def _following(row: Any) -> Following:
    return Following(
        what=row.what,
        by=US if row.owed_by == US else PARTNER,
        subject=f"{row.set_id} {row.number}".strip(),
        late=bool(row.late),
        coming=bool(row.coming),
        ended=row.ended,
        waived=bool(row.waived),
        count=row.count,
    )
