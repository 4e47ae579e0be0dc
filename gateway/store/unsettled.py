"""What we sent and is not known to be good, as lists tell it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select

from gateway.ledger.document import OutboundState
from gateway.pipeline.unsettled import MOST, UNSETTLED, Unsettled, Wanted
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


@dataclass(frozen=True, slots=True)
class StoreUnsettled:
    """The `UnsettledDocuments` port. `keeper` says who keeps an agreement, "" where nobody knows."""

    database: Database
    keeper: Callable[[str], str]

    def unsettled(self, wanted: Wanted, *, limit: int = MOST) -> Sequence[Unsettled]:
        """Those with the nearest deadline first."""
        sending = OUTBOUND_INTERCHANGE
        sent_at = func.coalesce(sending.c.fetched_at, sending.c.carried_at, sending.c.confirmed_at)
        statement = (
            select(
                *(DOCUMENT.c[name] for name in _SHOWN),
                *(DEADLINE.c[name] for name in ("due", "due_at", "missed_at")),
                sent_at.label("sent_at"),
            )
            .outerjoin(DEADLINE, DEADLINE.c.document_id == DOCUMENT.c.id)
            .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
            .outerjoin(sending, sending.c.id == OUTBOUND_GROUP.c.interchange_id)
            .where(*_conditions(wanted))
            .order_by(DEADLINE.c.due_at.is_(None), DEADLINE.c.due_at, DOCUMENT.c.id)
            .limit(min(limit, MOST))
        )
        with self.database.reading() as connection:
            return [self._unsettled(row) for row in connection.execute(statement)]

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
