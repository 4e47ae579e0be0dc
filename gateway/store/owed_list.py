"""What has to follow, as lists ask for it: the `OwedThings` port."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, func, or_, select, text

from gateway.pipeline.owed import MOST, Owed, Wanted
from gateway.store.columns import cleaned
from gateway.store.database import Database
from gateway.store.owed_tables import OWED
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, OUTBOUND_INTERCHANGE, TRANSMISSION

_ORDER: Final = DOCUMENT.alias("ordered")


@dataclass(frozen=True, slots=True)
class StoreOwed:
    """`keeper` says who keeps an agreement, by its id, or by "<partner>/" a partner's files."""

    database: Database
    keeper: Callable[[str], str]

    def owed(self, wanted: Wanted, *, limit: int = MOST) -> Sequence[Owed]:
        """Those that are due first, first; those without a time last."""
        most, conditions, table = min(limit, MOST), _conditions(wanted), OWED.c
        timed = select(OWED).where(*conditions, table.due_at.is_not(None)).order_by(table.due_at, table.subject)
        untimed = select(OWED).where(*conditions, table.due_at.is_(None)).order_by(table.subject, table.what)
        with self.database.reading() as connection:
            found = _joined(connection, timed.limit(most))
            if len(found) < most and wanted.overdue_at is None:
                found += _joined(connection, untimed.limit(most - len(found)))
        return [thing(row, self.keeper) for row in found]

    def about(self, document: str) -> Sequence[Owed]:
        """All that follows a document, or the order that it is, and what it met."""
        with self.database.reading() as connection:
            return about(connection, cleaned(document), self.keeper)


def about(connection: Connection, document: str, keeper: Callable[[str], str] = lambda _: "") -> list[Owed]:
    """As `StoreOwed.about`, in a transaction of somebody else's."""
    owed = OWED.c
    mine = or_(owed.order_id == document, owed.met_by == document, owed.subject == document)
    rows = _joined(connection, select(OWED).where(mine).limit(MOST))
    return sorted(
        (thing(row, keeper) for row in rows), key=lambda one: (one.started_at, one.what, one.subject, one.order_id)
    )


def _joined(connection: Connection, page: Select[Any]) -> list[Any]:
    """Rows of one page with what is known of their subjects: chosen and put in order before they are looked up."""
    owed = page.subquery("page")
    number = func.coalesce(
        DOCUMENT.c.business_number, ACKNOWLEDGEMENT.c.name, OUTBOUND_INTERCHANGE.c.name, TRANSMISSION.c.file_name
    )
    statement = (
        select(owed, *(DOCUMENT.c[name] for name in ("amount", "currency", "owner")), number.label("number"))
        .add_columns(_ORDER.c.amount.label("order_amount"), _ORDER.c.currency.label("order_currency"))
        .outerjoin(DOCUMENT, DOCUMENT.c.id == owed.c.document_id)
        .outerjoin(_ORDER, _ORDER.c.id == owed.c.order_id)
        .outerjoin(ACKNOWLEDGEMENT, ACKNOWLEDGEMENT.c.id == owed.c.subject)
        .outerjoin(OUTBOUND_INTERCHANGE, OUTBOUND_INTERCHANGE.c.id == owed.c.interchange_id)
        .outerjoin(TRANSMISSION, TRANSMISSION.c.id == owed.c.transmission_id)
        .order_by(owed.c.due_at, owed.c.subject, owed.c.what)
    )
    return list(connection.execute(statement))


def _conditions(wanted: Wanted) -> list[Any]:
    table = OWED.c
    state = {"late": "met"}.get(wanted.standing, wanted.standing)
    found: list[Any] = [table.state == state]
    asked = {"owed_by": wanted.by, "partner": wanted.partner, "what": wanted.what, "usage": wanted.usage}
    asked["order_number"] = wanted.order
    found += [table[name] == value for name, value in asked.items() if value]
    if wanted.standing == "late":
        found.append(text("owed.met_at > owed.due_at"))  # as the index of these has it
    if wanted.overdue_at is not None:
        found.append(table.due_at <= wanted.overdue_at)
    if wanted.due_since is not None:
        found.append(table.due_at >= wanted.due_since)
    if wanted.due_until is not None:
        found.append(table.due_at < wanted.due_until)
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
        refused=row.refused,
        met_by=row.met_by,
        met_at=row.met_at,
        said=row.ended or (f"{row.waived_by}: {row.waived_why}" if row.waived_at is not None else ""),
        owner=row.owner or keeper(row.agreement or f"{row.partner}/"),
        order_amount=row.order_amount,
        order_currency=row.order_currency or "",
    )
