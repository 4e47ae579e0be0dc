"""What was said of the business in documents in some days: payments, short pays, debits, disputes, answers."""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from gateway.pipeline.sheet import Cell, Sheet
from gateway.store.business_tables import BUSINESS_FACT
from gateway.store.database import Database
from gateway.store.tables import DOCUMENT

HEADERS: Final = (
    *("partner", "set", "said by", "kind", "said at", "dated", "number", "amount", "currency", "words"),
    *("matched", "about set", "about number", "about document", "stated", "in document"),
)
_F, _D = BUSINESS_FACT.c, DOCUMENT.c


def said(database: Database, since: datetime, until: datetime, *, partner: str, usage: str, limit: int) -> Sheet:
    """Each statement of these days, in their order. `stated` is what our document states itself to be worth."""
    statement = (
        select(
            *(_F.partner, _F.set_id, _F.by, _F.kind, _F.at, _F.dated, _F.number, _F.amount, _F.currency, _F.words),
            *(_F.state, _F.subject_id, _F.document_id),
            *(_D.set_id.label("about_set"), _D.business_number.label("about_number"), _D.amount.label("stated")),
        )
        .outerjoin(DOCUMENT, _D.id == _F.subject_id)
        .where(_F.at >= since, _F.at < until, _F.usage == usage)
        .order_by(_F.at, _F.document_id, _F.line)
        .limit(limit)
    )
    if partner:
        statement = statement.where(_F.partner == partner)
    with database.reading() as connection:
        rows: list[tuple[Cell, ...]] = [
            (
                *(row.partner, row.set_id, row.by, row.kind, row.at, row.dated.isoformat() if row.dated else ""),
                *(row.number, row.amount, row.currency, row.words, row.state, row.about_set or ""),
                *(row.about_number or "", row.subject_id or "", row.stated, row.document_id),
            )
            for row in connection.execute(statement)
        ]
    return Sheet(HEADERS, rows)
