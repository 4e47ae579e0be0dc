"""What was said of the business in documents, as people ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from gateway.pipeline.business.report import MOST, SHOWN, BusinessFact, WantedFacts
from gateway.store.business_tables import BUSINESS_FACT, STILL_OPEN
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class StoreBusinessFacts:
    """The `BusinessFacts` port."""

    database: Database

    def left(self, wanted: WantedFacts, *, limit: int = MOST) -> Sequence[BusinessFact]:
        """What was said and fits nothing, the oldest first: ids of documents grow with time."""
        table = BUSINESS_FACT.c
        conditions: list[Any] = [STILL_OPEN]
        chosen = {"partner": wanted.partner, "set_id": wanted.set_id, "usage": wanted.usage, "state": wanted.state}
        for column, value in chosen.items():
            if value:
                conditions.append(table[column] == value)
        order = (table.document_id, table.line)
        statement = select(BUSINESS_FACT).where(*conditions).order_by(*order).limit(min(limit, MOST))
        with self.database.reading() as connection:
            return [_fact(row) for row in connection.execute(statement)]


def of(connection: Connection, document: str) -> Sequence[BusinessFact]:
    """What was said of a document, and what it says of others, by time; some hundred at most."""
    table = BUSINESS_FACT.c
    about = or_(table.subject_id == document, table.document_id == document)
    statement = select(BUSINESS_FACT).where(about).order_by(table.at, table.document_id, table.line).limit(SHOWN)
    return [_fact(row) for row in connection.execute(statement)]


def _fact(row: Any) -> BusinessFact:
    return BusinessFact(
        document=row.document_id,
        line=row.line,
        partner=row.partner,
        usage=row.usage,
        set_id=row.set_id,
        by=row.by,
        kind=row.kind,
        number=row.number,
        says=row.said["state"],
        amount=row.amount,
        currency=row.currency,
        dated=row.dated.isoformat() if row.dated else "",
        at=row.at,
        words=row.words,
        state=row.state,
        reason=row.reason,
        subject=row.subject_id or "",
    )
