"""What persons said that statements are about, as far as it still holds: it counts before any number in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from gateway.ledger.document import OutboundState
from gateway.store.business_tables import BUSINESS_BOOKING
from gateway.store.means import Transaction
from gateway.store.successors import successor
from gateway.store.tables import DOCUMENT

Line = tuple[str, int]
"""A document and the line of its statement."""


@dataclass(frozen=True, slots=True)
class Booked:
    """The document that it is about, which way that goes, and who said so."""

    subject: str
    direction: str
    reason: str


def booked(transaction: Transaction, facts: Iterable[Any]) -> Mapping[Line, Booked]:
    """By line, of these statements. One that is read otherwise since, by number or amount, is not what was booked; what
    was sent again is booked to what took its place.
    """
    known = {(row.document_id, row.line): row for row in facts}
    if not known:
        return {}
    table, among = BUSINESS_BOOKING.c, transaction.means.database.among
    statement = (
        select(BUSINESS_BOOKING, DOCUMENT.c.direction, DOCUMENT.c.state)
        .join(DOCUMENT, DOCUMENT.c.id == table.subject_id)
        .where(among(table.document_id, sorted({document for document, _ in known})))
    )
    found: dict[Line, Booked] = {}
    for row in transaction.connection.execute(statement):
        fact = known.get((row.document_id, row.line))
        if fact is None or (fact.kind, fact.number, fact.amount) != (row.kind, row.number, row.amount):
            continue
        subject = row.subject_id
        if row.state == OutboundState.SUPERSEDED:
            subject = successor(transaction.connection, subject) or subject
        found[row.document_id, row.line] = Booked(subject, row.direction, f"booked by {row.who}: {row.why}")
    return found
