"""What we sent and is not known to be good, as lists tell it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, func, literal, or_, select

from gateway.ledger.document import OutboundState
from gateway.pipeline.unsettled import AGES, MOST, REFUSED, UNSETTLED, Age, Unsettled, Wanted
from gateway.store.answer_words import telling
from gateway.store.database import Database
from gateway.store.deadline_tables import DEADLINE
from gateway.store.tables import DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

_SHOWN = (
    *("id", "partner", "agreement", "set_id", "business_number", "thread", "usage", "state", "acknowledgement"),
    *("amount", "currency", "dated", "received_at", "owner", "acknowledgement_detail"),
    *("business", "business_open"),
)
_OVER = (OutboundState.SUPERSEDED.value, OutboundState.COMBINED.value)
"""Another document stands for these."""

_SENDING = OUTBOUND_INTERCHANGE.c
_SENT_AT = func.coalesce(_SENDING.fetched_at, _SENDING.carried_at, _SENDING.confirmed_at)
"""When the partner had it: fetched, laid there, or by its MDN."""


@dataclass(frozen=True, slots=True)
class StoreUnsettled:
    """The `UnsettledDocuments` port. `keeper` says who keeps an agreement, "" where nobody knows."""

    database: Database
    keeper: Callable[[str], str]

    def unsettled(self, wanted: Wanted, *, limit: int = MOST) -> Sequence[Unsettled]:
        """Those with the nearest deadline first."""
        shown = (
            *(DOCUMENT.c[name] for name in _SHOWN),
            *(DEADLINE.c[name] for name in ("due", "due_at", "missed_at")),
            _SENT_AT.label("sent_at"),
        )
        statement = (
            _found(wanted, *shown)
            .order_by(DEADLINE.c.due_at.is_(None), DEADLINE.c.due_at, DOCUMENT.c.id)
            .limit(min(limit, MOST))
        )
        with self.database.reading() as connection:
            return [self._unsettled(row) for row in connection.execute(statement)]

    def ages(self, wanted: Wanted, now: datetime) -> Sequence[Age]:
        """Added up where they are: nothing is read of one document alone."""
        table, name = DOCUMENT.c, _age(now).label("age")
        urgent = case((or_(DEADLINE.c.missed_at.is_not(None), table.acknowledgement.in_(REFUSED)), 1), else_=0)
        counts = (func.count().label("documents"), func.count(table.amount).label("priced"))
        sums = (func.sum(table.amount).label("amount"), func.sum(urgent).label("urgent"))
        statement = _found(wanted, name, table.currency, *counts, *sums).group_by(name, table.currency)
        found = {one: Age(one) for one, _ in AGES}
        with self.database.reading() as connection:
            for row in connection.execute(statement):
                age = found[row.age]
                age.documents += row.documents
                age.unpriced += row.documents - row.priced
                age.urgent += row.urgent
                if row.priced:
                    age.money[row.currency] = row.amount
        return tuple(found.values())

    def _unsettled(self, row: Any) -> Unsettled:
        return Unsettled(
            id=row.id,
            partner=row.partner,
            agreement=row.agreement,
            set_id=row.set_id,
            business_number=row.business_number,
            order=row.thread.get("order", ""),
            usage=row.usage,
            state=row.state,
            acknowledgement=row.acknowledgement,
            amount=row.amount,
            currency=row.currency,
            dated=row.dated.isoformat() if row.dated else "",
            handed_in_at=row.received_at,
            sent_at=row.sent_at,
            due=row.due or "",
            due_at=row.due_at,
            missed=row.missed_at is not None,
            owner=row.owner or self.keeper(row.agreement),
            said=telling(row.acknowledgement_detail),
            business=row.business,
            open=row.business_open,
        )


def _found(wanted: Wanted, *columns: ColumnElement[Any]) -> Select[Any]:
    sending = OUTBOUND_INTERCHANGE
    return (
        select(*columns)
        .select_from(DOCUMENT)
        .outerjoin(DEADLINE, DEADLINE.c.document_id == DOCUMENT.c.id)
        .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
        .outerjoin(sending, sending.c.id == OUTBOUND_GROUP.c.interchange_id)
        .where(*_conditions(wanted))
    )


def _age(now: datetime) -> ColumnElement[str]:
    """The name of a document's age, as `age_of` says it."""
    unsent, *younger, oldest = AGES
    # Written out, not as parameters: PostgreSQL has to see that what it groups by is what it shows.
    names = [literal(name, literal_execute=True) for name, _ in (unsent, *younger, oldest)]
    ends = [now - end < _SENT_AT for _, end in younger if end is not None]
    return case((_SENT_AT.is_(None), names[0]), *zip(ends, names[1:-1], strict=True), else_=names[-1])


def _conditions(wanted: Wanted) -> list[Any]:
    # Written out as it is in the index of these, so that SQLite sees that the index has them all.
    every: BindParameter[Any] = bindparam(
        "unsettled", [state.value for state in UNSETTLED], expanding=True, literal_execute=True
    )
    found: list[Any] = [DOCUMENT.c.acknowledgement.in_(every), DOCUMENT.c.state.not_in(_OVER)]
    if wanted.acknowledgement:
        found.append(DOCUMENT.c.acknowledgement == wanted.acknowledgement)
    if wanted.partner:  # said so that SQLite does not go through the index of all of a partner
        found.append(DOCUMENT.c.partner.concat("") == wanted.partner)
    for column, value in (("set_id", wanted.set_id), ("usage", wanted.usage)):
        if value:
            found.append(DOCUMENT.c[column] == value)
    if wanted.overdue:
        found.append(DEADLINE.c.missed_at.is_not(None))
    return found
