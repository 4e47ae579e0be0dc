"""What documents are worth together, by currency, as they say themselves."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, func, select

from gateway.store.tables import DOCUMENT


def worth(connection: Connection, where: ColumnElement[bool]) -> tuple[Mapping[str, Decimal], int]:
    """Sums of documents by currency ("" where the one agreed with the partner is meant), and of how many documents no
    amount is known.
    """
    table = DOCUMENT.c
    statement = select(
        table.currency, func.sum(table.amount).label("amount"), func.count().label("all"), func.count(table.amount)
    )
    sums: dict[str, Decimal] = {}
    unpriced = 0
    for currency, amount, documents, priced in connection.execute(statement.where(where).group_by(table.currency)):
        unpriced += documents - priced
        if priced:
            sums[currency] = amount
    return dict(sorted(sums.items())), unpriced
