"""What has to follow, as lists ask for it: the `OwedThings` port."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from gateway.pipeline.owed import MOST, Owed, Wanted
from gateway.store.columns import cleaned
from gateway.store.database import Database
from gateway.store.owed_tables import OWED
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, OUTBOUND_INTERCHANGE, TRANSMISSION


@dataclass(frozen=True, slots=True)
class StoreOwed:
    """`keeper` says who keeps an agreement, by its id, or by "<partner>/" a partner's files."""

    database: Database
    keeper: Callable[[str], str]

    def owed(self, wanted: Wanted, *, limit: int = MOST) -> Sequence[Owed]:
        """Those that are due first, first; those without a time last."""
        most = min(limit, MOST)
        statement = _statement().where(*_conditions(wanted))
        timed = statement.where(OWED.c.due_at.is_not(None)).order_by(OWED.c.due_at, OWED.c.subject, OWED.c.what)
        untimed = statement.where(OWED.c.due_at.is_(None)).order_by(OWED.c.subject, OWED.c.what)
        with self.database.reading() as connection:
            found = list(connection.execute(timed.limit(most)))
            if len(found) < most and wanted.overdue_at is None:
                found += connection.execute(untimed.limit(most - len(found)))
        return [thing(row, self.keeper) for row in found]

    def about(self, document: str) -> Sequence[Owed]:
        """All that follows a document, or the order that it is, and what it met."""
        with self.database.reading() as connection:
            return about(connection, cleaned(document), self.keeper)


def about(connection: Connection, document: str, keeper: Callable[[str], str] = lambda _: "") -> list[Owed]:
    """As `StoreOwed.about`, in a transaction of somebody else's."""
    owed = OWED.c
    wanted = _statement().where(or_(owed.order_id == document, owed.met_by == document, owed.subject == document))
    rows = connection.execute(wanted.order_by(owed.started_at, owed.what, owed.subject))
    return [thing(row, keeper) for row in rows]


def _statement() -> Select[Any]:
    return (
        select(
            OWED,
            *(DOCUMENT.c[name] for name in ("amount", "currency", "owner")),
            func.coalesce(
                DOCUMENT.c.business_number,
                ACKNOWLEDGEMENT.c.name,
                OUTBOUND_INTERCHANGE.c.name,
                TRANSMISSION.c.file_name,
            ).label("number"),
        )
        .outerjoin(DOCUMENT, DOCUMENT.c.id == OWED.c.document_id)
        .outerjoin(ACKNOWLEDGEMENT, ACKNOWLEDGEMENT.c.id == OWED.c.subject)
        .outerjoin(OUTBOUND_INTERCHANGE, OUTBOUND_INTERCHANGE.c.id == OWED.c.interchange_id)
        .outerjoin(TRANSMISSION, TRANSMISSION.c.id == OWED.c.transmission_id)
    )


def _conditions(wanted: Wanted) -> list[Any]:
    table = OWED.c
    state = {"late": "met"}.get(wanted.standing, wanted.standing)
    found: list[Any] = [table.state == state]
    asked = {"owed_by": wanted.by, "partner": wanted.partner, "what": wanted.what, "usage": wanted.usage}
    asked["order_number"] = wanted.order
    found += [table[name] == value for name, value in asked.items() if value]
    if wanted.standing == "late":
        found.append(table.met_at > table.due_at)
    if wanted.overdue_at is not None:
        found.append(table.due_at <= wanted.overdue_at)
    return found


def thing(row: Any, keeper: Callable[[str], str]) -> Owed:
    """A row as it is listed."""
    return Owed(
        subject=row.subject,
        what=row.what,
        by=row.owed_by,
        partner=row.partner,
        agreement=row.agreement,
        usage=row.usage,
        order=row.order_number,
        order_id=row.order_id,
        number=row.number or "",
        amount=row.amount,
        currency=row.currency or "",
        started_at=row.started_at,
        due_at=row.due_at,
        reckoned=row.reckoned,
        state=row.state,
        missed=row.missed_at is not None,
        coming=row.coming,
        met_by=row.met_by,
        met_at=row.met_at,
        said=row.ended or (f"{row.waived_by}: {row.waived_why}" if row.waived_at is not None else ""),
        owner=row.owner or keeper(row.agreement or f"{row.partner}/"),
    )
