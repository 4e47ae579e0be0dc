"""The life of an order as lists and screens tell it: the documents of its threads with all that stands about them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, distinct, exists, func, or_, select

from gateway.ledger.order_lines import Counted, Told, counting, ledger
from gateway.ledger.thread import Kind
from gateway.ledger.thread_flags import Fact, flags
from gateway.ledger.thread_state import Told as Stands
from gateway.pipeline.order_threads import LATE, MOST, MOST_ROWS, LifeRow, OrderThread, ThreadRow, Wanted
from gateway.store import threading_answers
from gateway.store.blobs import FileBlobs
from gateway.store.bodies import bodies
from gateway.store.columns import indexed
from gateway.store.database import Database
from gateway.store.deadline_tables import DEADLINE
from gateway.store.documents import part_of
from gateway.store.order_waits import number_of
from gateway.store.owed_tables import OWED
from gateway.store.successors import successor
from gateway.store.tables import DOCUMENT, DOCUMENT_KEY, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE
from gateway.store.threading_states import states
from gateway.store.threading_tables import ORDER_WAIT, THREAD, THREAD_DOCUMENT

MOST_THREADS = 50
"""Threads of one number that are told, the newest."""

_BODIES = 20
"""Documents whose lines are in memory together: a partner may send thousands of each, and as many as it likes."""

_MOST_DIGITS = 18
"""Of a change's number: nobody counts further."""

_OPEN = OWED.c.state.concat("") == "open"
"""Said so that SQLite goes by the document, of which few are open, and not through the index of all that are."""

_OWED_BY = {"us": "by us", "partner": "by them"}
_LEDGER = ("order", "order_change", "order_response", "shipment", "invoice")


@dataclass(frozen=True, slots=True)
class StoreOrderThreads:
    """The `OrderThreads` port. `exchanged` says which canonical types were agreed on with a partner, None where nobody
    knows.
    """

    database: Database
    blobs: FileBlobs
    exchanged: Callable[[str], Collection[str] | None] = lambda _partner: None

    def threads(self, number: str, *, partner: str = "", usage: str = "P") -> Sequence[OrderThread]:
        """Every thread of an order number, also those that only name it, the oldest first."""
        with self.database.reading() as connection:
            found = [self._thread(connection, row) for row in self._found(connection, number, partner, usage)]
        shown = [{row.id for row in one.rows if not row.answers} for one in found]
        return [
            one
            for place, one in enumerate(found)
            if one.kind == Kind.CUSTOMER or not any(shown[place] <= ids for n, ids in enumerate(shown) if n != place)
        ]

    def _found(self, connection: Connection, number: str, partner: str, usage: str) -> Sequence[Any]:
        own = select(THREAD.c.id).where(THREAD.c.number == indexed(number), THREAD.c.usage == usage)
        if partner:
            own = own.where(THREAD.c.partner == partner)
        named = (
            select(THREAD_DOCUMENT.c.thread_id)
            .join(DOCUMENT_KEY, DOCUMENT_KEY.c.document_id == THREAD_DOCUMENT.c.document_id)
            .join(THREAD, THREAD.c.id == THREAD_DOCUMENT.c.thread_id)
            .where(DOCUMENT_KEY.c.value == indexed(number), THREAD.c.usage == usage)
            .where(THREAD.c.kind.in_((Kind.WAREHOUSE.value, Kind.TRANSFER.value)))
        )
        if partner:
            named = named.where(or_(THREAD.c.partner == partner, DOCUMENT_KEY.c.document_id.in_(_documents_in(own))))
        something = exists(select(THREAD_DOCUMENT.c.thread_id).where(THREAD_DOCUMENT.c.thread_id == THREAD.c.id))
        newest = select(THREAD).where(THREAD.c.id.in_(own.union(named)), something)
        rows = connection.execute(newest.order_by(THREAD.c.opened_at.desc(), THREAD.c.id).limit(MOST_THREADS)).all()
        return list(reversed(rows))

    # ------------------------------------------------------------------------------------------ one thread

    def _thread(self, connection: Connection, thread: Any) -> OrderThread:
        count = select(func.count()).select_from(THREAD_DOCUMENT).where(THREAD_DOCUMENT.c.thread_id == thread.id)
        rows = connection.execute(_documents(thread.id)).all()[::-1]
        ids = [row.id for row in rows]
        owed = _owed(self.database, connection, ids)
        instead = {row.id: successor(connection, row.id) for row in rows if row.state == "superseded"}
        lives = [_life(row, owed.get(row.id, []), instead.get(row.id, "")) for row in rows]
        answers = threading_answers.rows(self.database, connection, rows)
        stands = states(self.database, connection, [thread], self.exchanged)[thread.id]
        facts = [_fact(row) for row in sorted(rows, key=lambda row: (_at(row), row.id))]
        return OrderThread(
            id=thread.id,
            partner=thread.partner,
            usage=thread.usage,
            kind=thread.kind,
            number=thread.number,
            release=thread.release,
            opened_at=thread.opened_at,
            last_at=thread.last_at,
            state=stands.state,
            because=stands.because,
            rows=sorted([*lives, *answers], key=lambda row: (row.at, bool(row.answers), row.part, row.id)),
            flags=flags(facts, self.exchanged(thread.partner)),
            lines=self._lines(connection, thread, rows),
            left_out=connection.execute(count).scalar_one() - len(rows),
        )

    def _lines(self, connection: Connection, thread: Any, rows: Sequence[Any]) -> Sequence[Any]:
        if thread.kind not in (Kind.CUSTOMER, Kind.SUPPLIER):
            return ()
        told = [
            Told(id=row.id, name=_type(row), set=_set(row), number=row.business_number)
            for row in sorted(rows, key=lambda row: (row.received_at, row.id))
            if _type(row) in _LEDGER and _counts_in_ledger(row)
        ]
        return ledger(thread.number, self._read(connection, counting(told)))

    def _read(self, connection: Connection, told: Sequence[Told]) -> Iterator[Counted]:
        for start in range(0, len(told), _BODIES):
            some = told[start : start + _BODIES]
            known = bodies(self.database, connection, self.blobs, [one.id for one in some])
            for one in some:
                if one.id in known:
                    yield Counted(name=one.name, set=one.set, number=one.number, body=known[one.id])

    # ------------------------------------------------------------------------------------------ a list

    def listed(self, wanted: Wanted, *, limit: int) -> Sequence[ThreadRow]:
        """Those in which something happened last, first."""
        chosen = select(THREAD).where(THREAD.c.usage == wanted.usage)
        for column, value in (("partner", wanted.partner), ("kind", wanted.kind)):
            if value:
                chosen = chosen.where(THREAD.c[column] == value)
        if wanted.open:
            chosen = chosen.where(THREAD.c.id.in_(_open_threads()))
        newest = chosen.order_by(THREAD.c.last_at.desc(), THREAD.c.id).limit(min(limit, MOST))
        with self.database.reading() as connection:
            rows = connection.execute(newest).all()
            counts = self._counts(connection, [row.id for row in rows])
            stand = states(self.database, connection, rows, self.exchanged)
        return [_row(row, counts[row.id], stand[row.id]) for row in rows if row.id in counts]

    def _counts(self, connection: Connection, ids: Sequence[str]) -> Mapping[str, Any]:
        late = func.coalesce(DEADLINE.c.missed_at, OWED.c.missed_at)
        runs = func.coalesce(DEADLINE.c.document_id, OWED.c.document_id)
        member = THREAD_DOCUMENT.c
        statement = (
            select(
                member.thread_id,
                func.count(distinct(member.document_id)).label("documents"),
                func.count(distinct(runs)).label("open"),
                func.count(distinct(member.document_id)).filter(late.is_not(None)).label("late"),
                func.count(distinct(member.document_id)).filter(member.doubt != "").label("doubtful"),
            )
            .outerjoin(DEADLINE, DEADLINE.c.document_id == member.document_id)
            .outerjoin(OWED, (OWED.c.subject == member.document_id) & _OPEN)
            .where(self.database.among(member.thread_id, ids))
            .group_by(member.thread_id)
        )
        return {row.thread_id: row for row in connection.execute(statement)}


def _open_threads() -> Select[Any]:
    """Threads of which a document has a deadline, or something has to follow it: begun from those, which are few.
    Joined to them, SQLite would go through all documents of all threads.
    """
    owed = select(OWED.c.document_id).where(OWED.c.state == "open")
    few = select(DEADLINE.c.document_id).union(owed)
    return select(THREAD_DOCUMENT.c.thread_id).where(THREAD_DOCUMENT.c.document_id.in_(few))


def _row(thread: Any, counts: Any, stands: Stands) -> ThreadRow:
    return ThreadRow(
        partner=thread.partner,
        usage=thread.usage,
        kind=thread.kind,
        number=thread.number,
        release=thread.release,
        opened_at=thread.opened_at,
        last_at=thread.last_at,
        documents=counts.documents,
        open=counts.open,
        late=counts.late,
        doubtful=counts.doubtful,
        state=stands.state,
        because=stands.because,
    )


# ---------------------------------------------------------------------------------------------- documents


def _documents_in(threads: Select[Any]) -> Select[Any]:
    return select(THREAD_DOCUMENT.c.document_id).where(THREAD_DOCUMENT.c.thread_id.in_(threads))


def _documents(thread: str) -> Select[Any]:
    """The newest documents of a thread, with where they stand."""
    sending = OUTBOUND_INTERCHANGE
    return (
        select(
            DOCUMENT,
            THREAD_DOCUMENT.c.doubt,
            *(sending.c[name] for name in ("offered_at", "fetched_at", "confirmed_at", "carried_at")),
            *(DEADLINE.c[name] for name in ("due", "due_at", "missed_at")),
            ORDER_WAIT.c.since.label("waits_since"),
        )
        .join(THREAD_DOCUMENT, THREAD_DOCUMENT.c.document_id == DOCUMENT.c.id)
        .outerjoin(OUTBOUND_GROUP, OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
        .outerjoin(sending, sending.c.id == OUTBOUND_GROUP.c.interchange_id)
        .outerjoin(DEADLINE, DEADLINE.c.document_id == DOCUMENT.c.id)
        .outerjoin(ORDER_WAIT, ORDER_WAIT.c.document_id == DOCUMENT.c.id)
        .where(THREAD_DOCUMENT.c.thread_id == thread)
        .order_by(DOCUMENT.c.id.desc())
        .limit(MOST_ROWS)
    )


def _owed(database: Database, connection: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    """What has to follow documents, in words."""
    wanted = select(OWED).where(database.among(OWED.c.subject, ids), _OPEN)
    found: dict[str, list[str]] = {}
    for row in connection.execute(wanted.order_by(OWED.c.due_at.is_(None), OWED.c.due_at, OWED.c.what)):
        words = f"{row.what} {_OWED_BY.get(row.owed_by, row.owed_by)}{_until(row.due_at, row.missed_at)}"
        found.setdefault(row.subject, []).append(words)
    return found


def _until(due_at: datetime | None, missed_at: datetime | None) -> str:
    if due_at is None:
        return ""
    return f"{LATE if missed_at is not None else ' until'} {due_at:%Y-%m-%d %H:%M} UTC"


def _life(row: Any, owed: Sequence[str], instead: str) -> LifeRow:
    due = [f"{row.due}{_until(row.due_at, row.missed_at)}"] if row.due else []
    return LifeRow(
        at=_at(row),
        way="in" if row.direction == "inbound" else "out",
        partner=row.partner,
        set_id=row.set_id,
        number=number_of(row),
        part=part_of(row),
        state=row.state,
        acknowledgement=row.told if row.direction == "inbound" else row.acknowledgement,
        business=row.business,
        amount=row.amount,
        currency=row.currency,
        owed="; ".join([*due, *owed]),
        reason=row.reason,
        instead=instead,
        generation=row.generation,
        doubt=row.doubt,
        answers="",
        id=row.id,
    )


def _at(row: Any) -> datetime:
    """When it came, or went out; what was sent again has the time of the first until it goes."""
    if row.direction == "inbound":
        at: datetime = row.received_at
    else:
        at = row.offered_at or (row.received_at if row.state == "superseded" else row.state_at)
    return at


def _fact(row: Any) -> Fact:
    sent = row.fetched_at or row.carried_at or row.confirmed_at
    return Fact(
        id=row.id,
        name=_type(row),
        direction=row.direction,
        set_id=row.set_id,
        number=number_of(row),
        at=_at(row),
        had_at=row.delivered_at if row.direction == "inbound" else sent,
        set=_set(row),
        counts=row.state not in ("superseded", "combined"),
        waits=row.waits_since is not None,
        counted=_counted(row.search.get("change_number", "")),
        answered_at=row.acknowledged_at if row.direction == "outbound" else None,
        doubt=row.doubt,
    )


def _counted(number: str) -> int | None:
    return int(number) if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS else None


def _counts_in_ledger(row: Any) -> bool:
    """Whether it holds between the partner and us: what never went, or was refused, ships and invoices nothing."""
    if row.direction == "inbound":
        return row.state not in ("rejected", "dead")
    return row.state in ("translated", "sealed", "sent") and row.acknowledgement != "rejected"


def _type(row: Any) -> str:
    name: str = row.canonical_type.partition(".")[0]
    return name


def _set(row: Any) -> str:
    """Parts of one set have the same."""
    if row.direction == "inbound" and row.interchange_id:
        return f"{row.interchange_id}/{row.group_control_number}/{row.set_control_number}"
    return str(row.id)
