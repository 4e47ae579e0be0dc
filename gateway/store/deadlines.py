"""Deadlines of documents: set behind every change of state, and noticed when they are over.

A projection. Which deadline runs is a function of where a document stands (`gateway.ledger.deadlines`), so it is set
by following the events, apart from the transactions that move documents: nothing on the road pays for it, nothing can
forget it, and it can be set anew when partner files say otherwise. It is behind by as long as the follower takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select, update

from gateway.ledger import deadlines
from gateway.ledger.acks import ACKNOWLEDGEMENT, AcknowledgementState
from gateway.ledger.deadlines import WORDS, Clocks, Due
from gateway.ledger.events import DOCUMENT_LATE
from gateway.store import events
from gateway.store.deadline_tables import DEADLINE, DEADLINE_FOLLOWER
from gateway.store.event_tail import EventTail
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import CARRYING, DOCUMENT, EVENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

LOOKED_AT: Final = 2_000
"""Events of one look, and deadlines of one sweep: one short transaction each."""

_A = AcknowledgementState
_SET = ("document_id", "due", "started_at", "due_at", "missed_at")
_PLACES = (
    *("id", "direction", "state", "acknowledgement", "partner", "agreement"),
    *("received_at", "state_at", "resent_at", "acknowledged_at", "transmission_id"),
)


def _upsert(insert: MakeInsert) -> Any:
    statement = insert(DEADLINE)
    changed = {name: statement.excluded[name] for name in _SET[1:]}
    return statement.on_conflict_do_update(index_elements=["document_id"], set_=changed)


_PUT = ManyRows(_upsert)
_MISS = update(DEADLINE).where(DEADLINE.c.document_id == bindparam("key")).values(missed_at=bindparam("now"))
_SAY = (
    update(DOCUMENT)
    .where(DOCUMENT.c.id == bindparam("key"), DOCUMENT.c.acknowledgement == _A.AWAITED.value)
    .values(acknowledgement=bindparam("after"))
)


@dataclass
class StoreDeadlines:
    """The table `deadline` of one database. `clocks` are those of the partner files of `revision`."""

    means: Means
    clocks: Clocks
    revision: str = ""
    _tail: EventTail = field(init=False)

    def __post_init__(self) -> None:
        self._tail = EventTail(self.means.database)

    def work(self) -> int:
        """Set every deadline behind the events, then notice those that are over. Returns how many were noticed.

        Any number of nodes may do so at once. Raises MachineError.
        """
        self._stand_up()
        while self._follow():
            pass
        noticed = 0
        while count := self._notice():
            noticed += count
        return noticed

    def _stand_up(self) -> None:
        """Begin to follow; set what runs anew when the partner files are others than the last time."""
        insert, follower = self.means.database.insert, DEADLINE_FOLLOWER
        with self.means.database.reading() as connection:
            stored = connection.execute(select(follower.c.revision)).scalar()
        if stored == self.revision:
            return
        with self.means.database.begin() as connection:
            first = insert(follower).values(number=1, position=0, revision=self.revision)
            connection.execute(first.on_conflict_do_nothing())
            mine = update(follower).where(follower.c.revision != self.revision).values(revision=self.revision)
            if not connection.execute(mine).rowcount:
                return
        last: str | None = ""
        while last is not None:
            last = self._anew(last)

    def _anew(self, after: str) -> str | None:
        """Reckon a batch of running deadlines again, by id; the last one's id, None when that was all."""
        table = DEADLINE
        running = select(table.c.document_id).where(table.c.missed_at.is_(None), table.c.document_id > after)
        with self.means.database.begin() as connection:
            self._turn(connection)
            ids = connection.execute(running.order_by(table.c.document_id).limit(LOOKED_AT)).scalars().all()
            _set(Transaction(self.means, connection, self.means.now()), ids, self.clocks, anew=True)
        return ids[-1] if len(ids) == LOOKED_AT else None

    def _follow(self) -> bool:
        """Set the deadlines of the documents that some events are about. Whether there are more."""
        final = self._tail.final()
        with self.means.database.reading() as connection:  # mostly nothing has happened
            if connection.execute(select(DEADLINE_FOLLOWER.c.position)).scalar_one() >= final:
                return False
        with self.means.database.begin() as connection:
            position = self._turn(connection)
            end = min(final, position + LOOKED_AT)
            about = (EVENT.c.number > position, EVENT.c.number <= end, EVENT.c.kind.startswith("document."))
            ids = connection.execute(select(EVENT.c.subject).distinct().where(*about)).scalars().all()
            _set(Transaction(self.means, connection, self.means.now()), sorted(ids), self.clocks)
            connection.execute(update(DEADLINE_FOLLOWER).values(position=max(position, end)))
        return bool(end < final)

    def _turn(self, connection: Connection) -> int:
        """Be the only one that sets and notices deadlines until the end of this transaction. Returns how far we are."""
        stored = select(DEADLINE_FOLLOWER.c.position)
        return int(connection.execute(stored.with_for_update(key_share=True)).scalar_one())

    def _notice(self) -> int:
        """What is over and was not noticed yet, the oldest first."""
        now, table = self.means.now(), DEADLINE
        over = select(table.c.document_id).where(table.c.missed_at.is_(None), table.c.due_at <= now).limit(1)
        with self.means.database.reading() as connection:  # mostly there is none
            if connection.execute(over).first() is None:
                return 0
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, now)
            self._turn(connection)
            ids = _lock_over(transaction)
            _tell(transaction, _over(transaction, ids), self.clocks)
        return len(ids)


# ---------------------------------------------------------------------------------------------- set


def _set(transaction: Transaction, ids: Sequence[str], clocks: Clocks, *, anew: bool = False) -> None:
    """The deadlines of these documents as they stand now. One that runs on keeps its beginning, and with it its end,
    unless all are set `anew`.
    """
    rows, done = [], []
    for row in _standing(transaction, ids):
        due = _due(row)
        if not due:
            done.append(row.id)
        elif due != row.due or anew:
            rows.append(_row(row, due, clocks))
    _PUT.run(transaction.connection, [row for row in rows if row["due_at"] is not None])
    forget(transaction, done)


def forget(transaction: Transaction, documents: Sequence[str]) -> None:
    """No deadline runs for these documents any more, or it is set anew behind the events."""
    if documents:
        among = transaction.means.database.among(DEADLINE.c.document_id, documents)
        in_order = select(DEADLINE.c.document_id).where(among).order_by(DEADLINE.c.document_id)
        transaction.connection.execute(in_order.with_for_update(key_share=True)).all()
        transaction.connection.execute(delete(DEADLINE).where(among))


def _standing(transaction: Transaction, ids: Sequence[str]) -> Sequence[Any]:
    """Where documents stand, with the interchange of ours that they went out in and the deadline that ran for them."""
    if not ids:
        return ()
    sending, pushed = OUTBOUND_INTERCHANGE, CARRYING.alias("pushed")
    statement = (
        select(
            *(DOCUMENT.c[name] for name in _PLACES),
            *(sending.c[name] for name in ("offered_at", "fetched_at", "confirmed_at", "carried_at")),
            pushed.c.id.label("carrying"),
            *(DEADLINE.c[name] for name in ("due", "started_at", "missed_at")),
        )
        .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
        .outerjoin(sending, sending.c.id == OUTBOUND_GROUP.c.interchange_id)
        .outerjoin(pushed, (pushed.c.subject == sending.c.id) & (pushed.c.kind == "interchange"))
        .outerjoin(DEADLINE, DEADLINE.c.document_id == DOCUMENT.c.id)
        .where(transaction.means.database.among(DOCUMENT.c.id, ids))
        .order_by(DOCUMENT.c.id)
    )
    return transaction.connection.execute(statement).all()


def _due(row: Any) -> Due:
    if row.direction == "inbound":
        return deadlines.inbound(row.state)
    return deadlines.outbound(row.state, row.acknowledgement, pushed=row.carrying is not None)


def _row(row: Any, due: Due, clocks: Clocks) -> dict[str, Any]:
    started = row.started_at if row.due == due else _began(row, due)
    return {
        "document_id": row.id,
        "due": due.value,
        "started_at": started,
        "due_at": clocks.due_at(due, row.partner, row.agreement, started),
        "missed_at": None,
    }


def _began(row: Any, due: Due) -> datetime:
    """From when a deadline is reckoned: each from the moment that `docs/partner-files.md` names."""
    match due:
        case Due.PICKUP | Due.RECEIPT:
            times = [row.offered_at]
        case Due.ACKNOWLEDGEMENT:
            times = [row.resent_at, row.fetched_at, row.carried_at, row.confirmed_at]
        case Due.ATTENTION if row.state in ("sealed", "sent"):
            times = [max((one for one in (row.acknowledged_at, row.resent_at) if one is not None), default=None)]
        case _ if row.due is None:  # it has just come; after a person's act it begins with that
            times = [row.received_at]
        case _:
            times = []
    known: datetime = next((one for one in times if one is not None), row.state_at)
    return known


# ---------------------------------------------------------------------------------------------- over


def _lock_over(transaction: Transaction) -> Sequence[str]:
    """Documents whose deadlines are over and were not noticed yet, the oldest first: locked as everybody locks them,
    before anything that hangs on them.
    """
    table = DEADLINE.c
    over = select(table.document_id).where(table.missed_at.is_(None), table.due_at <= transaction.now)
    ids = transaction.connection.execute(over.order_by(table.due_at).limit(LOOKED_AT)).scalars().all()
    among = transaction.means.database.among(DOCUMENT.c.id, ids)
    in_order = select(DOCUMENT.c.id).where(among).order_by(DOCUMENT.c.id)
    transaction.connection.execute(in_order.with_for_update(key_share=True)).all()
    return ids


def _over(transaction: Transaction, ids: Sequence[str]) -> Sequence[Any]:
    """Their deadlines, as they stand now that nobody else moves them."""
    table = DEADLINE
    among = transaction.means.database.among(table.c.document_id, ids)
    statement = (
        select(table, *(DOCUMENT.c[name] for name in ("acknowledgement", "agreement", "transmission_id")))
        .join(DOCUMENT, DOCUMENT.c.id == table.c.document_id)
        .where(among, table.c.missed_at.is_(None), table.c.due_at <= transaction.now)
        .order_by(table.c.document_id)
    )
    return transaction.connection.execute(statement).all()


def _tell(transaction: Transaction, rows: Sequence[Any], clocks: Clocks) -> None:
    if not rows:
        return
    connection, changes = transaction.connection, []
    connection.execute(_MISS, [{"key": row.document_id, "now": transaction.now} for row in rows])
    for row in rows:
        about = {"transmission": row.transmission_id, "subject": row.document_id}
        detail = {"due": row.due, "due_at": row.due_at.isoformat(), "started_at": row.started_at.isoformat()}
        kind, after = DOCUMENT_LATE, None
        if row.due == Due.ACKNOWLEDGEMENT and row.acknowledgement == _A.AWAITED:
            after = _A.ASSUMED if clocks.negative_only(row.agreement) else _A.OVERDUE
            said = connection.execute(_SAY, {"key": row.document_id, "after": after.value})
            if not said.rowcount:
                continue  # it was answered in this moment: the follower sees to it
            kind = ACKNOWLEDGEMENT.event(_A.AWAITED, after)
        why = "nothing was refused in time" if after is _A.ASSUMED else f"{WORDS[Due(row.due)]} by {_time(row.due_at)}"
        changes.append(Change(**about, kind=kind, why=why, detail=detail))
    events.record(transaction, changes)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
