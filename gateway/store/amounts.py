"""What documents are worth together: their own totals, by currency, as their canonical bodies say."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, func, select

from gateway.store.database import Database
from gateway.store.tables import CANONICAL


def worth(database: Database, connection: Connection, ids: Sequence[str]) -> tuple[Mapping[str, Decimal], int]:
    """Sums by currency ("" where the one agreed with the partner is meant), and of how many documents none is known.

    Bodies that are kept as files are not read for it.
    """
    newest = (
        select(CANONICAL.c.document_id, func.max(CANONICAL.c.generation).label("generation"))
        .where(database.among(CANONICAL.c.document_id, ids))
        .group_by(CANONICAL.c.document_id)
        .subquery()
    )
    here = (CANONICAL.c.document_id == newest.c.document_id) & (CANONICAL.c.generation == newest.c.generation)
    sums: dict[str, Decimal] = {}
    priced = 0
    for body in connection.execute(select(CANONICAL.c.body).join(newest, here)).scalars():
        amount, currency = _total(body)
        if amount is not None:
            priced += 1
            sums[currency] = sums.get(currency, Decimal()) + amount
    return dict(sorted(sums.items())), len(ids) - priced


def _total(body: bytes | None) -> tuple[Decimal | None, str]:
    """`totals.amount` of orders and invoices, `amount` of a remittance; None for anything else."""
    try:
        document: Any = json.loads(body or b"null", parse_float=Decimal)
        totals = document.get("totals") or document
        amount = Decimal(totals["amount"])
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation):
        return None, ""
    currency = document.get("currency")
    return (amount if amount.is_finite() else None), currency if isinstance(currency, str) else ""
