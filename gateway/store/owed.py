"""What has to follow orders, set behind the events from what stands in the tables: the projection of `ledger.owed`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, union, update

from gateway.ledger.calendar import Calendar
from gateway.ledger.deadlines import Due
from gateway.ledger.owed import Owing, owing
from gateway.ledger.promises import Promise
from gateway.store.following_tables import FOLLOWER
from gateway.store.means import Transaction
from gateway.store.owed_papers import Order, Papers
from gateway.store.owed_tables import OWED
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import DOCUMENT

KEY: Final = ("subject", "what", "order_id")

FOLLOWERS: Final = ("answers", "business")
"""Whose turn it is to write what is owed: their rows are the locks, taken in this order."""

_SET: Final = (
    *("document_id", "transmission_id", "interchange_id", "owed_by", "partner", "agreement", "usage", "order_number"),
    *("started_at", "due_at", "reckoned", "state", "missed_at", "met_by", "met_at", "coming", "refused", "ended"),
)


class Agreed(Protocol):
    """What was agreed on, by the partner files in force."""

    def promising(self) -> Sequence[str]:
        """Partners under whose agreements something has to follow something."""

    def promises(self, agreement: str) -> Mapping[str, Promise]:
        """What has to follow a document under an agreement, by its set."""

    def calendar(self, partner: str) -> Calendar:
        """When a partner's people work."""

    def due_at(self, due: Due, partner: str, agreement: str, start: datetime) -> datetime | None:
        """When the time is over that began then."""

    def carried(self, channel: str) -> Sequence[str]:
        """Partners that a channel carries; none where nobody knows it."""

    def keeper(self, partner: str, agreement: str) -> str:
        """Who keeps an agreement, else who keeps the partner, else the company: somebody is always told."""


def turn(connection: Connection) -> None:
    """Be the only one that writes what is owed, until the end of this transaction: two that reckon and waive the same
    at once would wait for each other. Before anything else is locked, and the projectors have it already.
    """
    names = select(FOLLOWER.c.name).where(FOLLOWER.c.name.in_(FOLLOWERS)).order_by(FOLLOWER.c.name)
    connection.execute(names.with_for_update(key_share=True)).all()


def _upsert(insert: MakeInsert) -> Any:
    statement = insert(OWED)
    changed: dict[str, Any] = {name: statement.excluded[name] for name in _SET}
    return statement.on_conflict_do_update(index_elements=list(KEY), set_=changed)


_PUT = ManyRows(_upsert)
_THIS = and_(*(OWED.c[name] == bindparam(f"key_{name}") for name in KEY))
_GONE = delete(OWED).where(_THIS)
_END = update(OWED).where(_THIS).values(state="ended", ended="it was agreed otherwise", coming="")


@dataclass(frozen=True, slots=True)
class OwedProjector:
    """What follows orders: the 855, 856 and 810 that we or partners owe."""

    agreed: Agreed

    def project(self, transaction: Transaction, documents: Sequence[str]) -> None:
        """Reckon everything anew about the orders that these documents are about, and were about before."""
        partners = self.agreed.promising()
        papers = Papers(transaction.means, transaction.connection)
        numbers = papers.numbers(documents, partners) | _before(transaction, documents) if documents else set()
        if not numbers:
            return
        orders = papers.of(numbers, partners)
        rows: dict[tuple[str, ...], dict[str, Any]] = {}
        for order, known in orders.items():
            for one in owing(known, self.agreed.promises, self.agreed.calendar(order.partner)):
                row = _row(order, one)
                rows[_key(row)] = row
        about = {*documents, *(one.id for known in orders.values() for one in known)}
        put(transaction, rows, _stored(transaction, numbers, sorted(about)))


def put(transaction: Transaction, rows: Mapping[tuple[str, ...], dict[str, Any]], stored: Sequence[Any]) -> None:
    """Write what differs from what is stored. What was missed or waived and is owed no more stays, ended; other such
    rows go. What a person waived stays waived until it is met.
    """
    known = {tuple(getattr(row, name) for name in KEY): row for row in stored}
    _PUT.run(
        transaction.connection,
        [fresh for key, row in rows.items() if (fresh := _kept(row, known.get(key))) is not None],
    )
    over = [row for key, row in known.items() if key not in rows and row.state != "ended"]
    for statement, which in (
        (_GONE, [row for row in over if row.missed_at is None and row.waived_at is None]),
        (_END, [row for row in over if row.missed_at is not None or row.waived_at is not None]),
    ):
        if which:
            keys = [{f"key_{name}": getattr(row, name) for name in KEY} for row in which]
            transaction.connection.execute(statement, keys)


def _kept(row: dict[str, Any], stored: Any | None) -> dict[str, Any] | None:
    """The row as it is to be written beside what time and people did to it; None when nothing changes by it."""
    if stored is None:
        return row
    fresh = row | {"missed_at": stored.missed_at}
    if stored.waived_at is not None and row["state"] == "open":
        fresh["state"] = "waived"
    elif stored.missed_at is not None and row["state"] == "open" and row["due_at"] != stored.due_at:
        # Another time was agreed on, or another day: it is told again when that is over too.
        fresh["missed_at"] = stored.missed_at if _past(row, stored) else None
    return fresh if any(fresh[name] != getattr(stored, name) for name in _SET) else None


def _past(row: Mapping[str, Any], stored: Any) -> bool:
    return row["due_at"] is not None and row["due_at"] <= stored.missed_at


def _before(transaction: Transaction, documents: Sequence[str]) -> set[str]:
    """Order numbers that something was owed under by these documents: translated anew, they may name others. What a
    document met stays met when it is purged.
    """
    among, table = transaction.means.database.among, OWED.c
    there = select(DOCUMENT.c.id).where(among(DOCUMENT.c.id, documents))
    ids = list(transaction.connection.execute(there).scalars())
    by = (table.subject, table.order_id, table.met_by)
    asked = union(*(select(table.order_number).where(among(column, ids)) for column in by)) if ids else None
    return set(transaction.connection.execute(asked).scalars()) - {""} if asked is not None else set()


def _stored(transaction: Transaction, numbers: Collection[str], documents: Sequence[str]) -> Sequence[Any]:
    """What is known of these documents under the numbers that were reckoned: what a notice of several orders is waited
    for under another number was not.
    """
    among, table = transaction.means.database.among, OWED.c
    about = or_(among(table.subject, documents), among(table.order_id, documents))
    statement = select(OWED).where(about, table.document_id.is_not(None), among(table.order_number, sorted(numbers)))
    return transaction.connection.execute(statement).all()


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)


def _row(order: Order, one: Owing) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "what": one.what,
        "order_id": one.order_id,
        "document_id": one.subject,
        "transmission_id": None,
        "interchange_id": None,
        "owed_by": one.by,
        "partner": order.partner,
        "agreement": one.agreement,
        "usage": order.usage,
        "order_number": order.number,
        "started_at": one.started_at,
        "due_at": one.due_at,
        "reckoned": one.reckoned,
        "state": one.state,
        "missed_at": None,
        "met_by": one.met_by,
        "met_at": one.met_at,
        "coming": one.coming,
        "refused": one.refused,
        "ended": one.ended,
    }
