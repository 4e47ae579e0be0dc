"""Receiving: one thread that commits what many doors hand in, a group at a time. Only then may a door say yes.

A commit costs the same for one parcel as for two hundred. The larger the group was, the longer the writer waits for the
next, up to 50 ms after the commit before; one parcel at a time waits for nothing. What was committed becomes work in
the same transaction, or at most 50 ms later: `gateway.store.announcing`.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, func, literal, or_, select

from gateway.errors import Busy, Collided, Conflict, GatewayError, MachineError
from gateway.ledger.events import TRANSMISSION_QUARANTINED, TRANSMISSION_RECEIVED
from gateway.parcel import Parcel, Receipt
from gateway.pipeline.messages import Kept, Message
from gateway.store import contents, events, messages, work
from gateway.store.announcing import Announcer
from gateway.store.columns import indexed
from gateway.store.database import lost_connection
from gateway.store.entries import entry_row, put_entries
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import MAILBOX_ENTRY, TRANSMISSION

log = structlog.get_logger("gateway.store")

GROUP = 256
PACE_SECONDS = 0.05
EACH = 0.04
"""Of the pace for each parcel of the group before, 2 ms: ten sessions that upload one file after the other lose little
by waiting for each other, and a crowd leaves the database to those who work on what it sent."""

TRIES = 5
"""Tries of a group whose connection broke; what it inserts is inserted once however often it is tried."""

BACKLOG_SECONDS = 1.0
"""How old the count of waiting transmissions may be."""

_INSERT = ManyRows(lambda insert: insert(TRANSMISSION).on_conflict_do_nothing())
Result = Receipt | Kept | GatewayError


@dataclass(frozen=True, slots=True)
class _Item:
    """One parcel; `aside` says why it is quarantined from the first moment on."""

    id: str
    parcel: Parcel
    aside: str = ""


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who waits for what: for a parcel by itself, or for a message with all that was in it."""

    what: "_Item | messages.Arrived"
    answer: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


class Writer:
    """The `Intake` and `MessageIntake` ports. `start` before any call; `stop` commits what was handed in before it."""

    def __init__(
        self, means: Means, *, backlog_limit: int = 50_000, group: int = GROUP, pace_seconds: float = PACE_SECONDS
    ) -> None:
        self._means, self._limit, self._group, self._pace = means, backlog_limit, group, pace_seconds
        self._queue: queue.SimpleQueue[_Caller | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._lock = threading.Lock()
        self._open = False
        self._announcer = Announcer(means, pace_seconds)
        self._backlog = 0
        self._counted = 0.0

    def start(self) -> None:
        """Count what waits, make work of what a process before left, and begin. Raises MachineError when the database
        refuses.
        """
        self._count()
        self._announcer.take_up(left_seconds=0.0)
        self._open = True
        self._thread.start()

    def stop(self) -> None:
        """Take no more, commit what was taken, end."""
        with self._lock:
            was_open, self._open = self._open, False
            self._queue.put(None)
        if was_open:
            self._thread.join()

    def admit(self, channel: str) -> None:
        """Raise Busy while more than the limit waits. The count is at most about a second old."""
        waiting = self._backlog + self._queue.qsize()
        if waiting >= self._limit:
            raise Busy(f"{waiting} transmissions wait to be processed, the limit is {self._limit}")

    async def receive(self, parcel: Parcel) -> Receipt:
        """Return once the parcel and the work it means are committed.

        Raises Busy, Conflict, MachineError. A caller that is cancelled may find its parcel stored all the same.
        """
        self.admit(parcel.channel)
        receipt: Receipt = await self._committed(_Item(self._means.new_id(), parcel))
        return receipt

    async def receive_together(self, parcels: Sequence[Parcel], message: Message) -> Kept:
        """As in `MessageIntake`: message, receipt, parcels and their work in one commit, or nothing of them."""
        self.admit(message.channel)
        new_id = self._means.new_id
        arrived = messages.Arrived(new_id(), message, tuple((new_id(), parcel) for parcel in parcels))
        kept: Kept = await self._committed(arrived)
        return kept

    async def _committed(self, what: "_Item | messages.Arrived") -> Any:
        loop = asyncio.get_running_loop()
        caller = _Caller(what, loop.create_future(), loop)
        with self._lock:
            if not self._open:
                raise MachineError("the gateway is stopping")
            self._queue.put(caller)
        return await caller.answer

    # ------------------------------------------------------------------------------------------ the thread

    def _run(self) -> None:
        began, pace = 0.0, 0.0
        while True:
            try:
                first = self._queue.get(timeout=self._announcer.seconds_left(BACKLOG_SECONDS))
            except queue.Empty:
                self._look_after()
                continue
            wait = began + pace - time.monotonic()
            if wait > 0 and first is not None and self._queue.qsize() < self._group:
                time.sleep(wait)
            began = time.monotonic()
            callers, ended = self._gathered(first)
            if callers:
                _answer(callers, self._store(callers))
                pace = self._pace * min(1.0, EACH * len(callers))
            if callers or ended:
                self._look_after(ended=ended)
            if ended:
                return

    def _look_after(self, *, ended: bool = False) -> None:
        """What is due between groups. What cannot be done now is due again later."""
        self._count_again()
        with contextlib.suppress(MachineError):
            if ended or self._announcer.seconds_left(BACKLOG_SECONDS) == 0:
                self._announcer.announce()
            self._announcer.take_up()

    def _gathered(self, first: _Caller | None) -> tuple[list[_Caller], bool]:
        callers: list[_Caller] = []
        found: _Caller | None = first
        while found is not None:
            callers.append(found)
            if len(callers) >= self._group:
                return callers, False
            try:
                found = self._queue.get_nowait()
            except queue.Empty:
                return callers, False
        return callers, True

    def _store(self, callers: Sequence[_Caller]) -> list[Result]:
        """Results in the order of callers. Never raises."""
        try:
            return self._persistently(callers)
        except MachineError as refused:
            log.warning("receive.refused", transmissions=len(callers), error=str(refused))
            return [refused] * len(callers)
        except Exception as fault:
            if len(callers) == 1:
                log.exception("receive.failed", transmission=callers[0].what.id)
                return [MachineError(f"could not be stored: {type(fault).__name__}")]
            return [self._store([one])[0] for one in callers]  # one of them is at fault: the others must not suffer

    def _persistently(self, callers: Sequence[_Caller]) -> list[Result]:
        for attempt in range(TRIES):
            try:
                return self._commit(callers)
            except MachineError as refused:
                # Lost while committing: it may be stored or not. The same ids again settle it; sent back, it is not.
                again = lost_connection(refused) or isinstance(refused, Collided)
                if not again or attempt == TRIES - 1:
                    raise
                time.sleep(0.05 * 2**attempt)
        raise AssertionError("unreachable")

    def _commit(self, callers: Sequence[_Caller]) -> list[Result]:
        items = [one.what for one in callers if isinstance(one.what, _Item)]
        arrived = [one.what for one in callers if isinstance(one.what, messages.Arrived)]
        with self._means.database.begin() as connection:
            transaction = Transaction(self._means, connection, self._means.now())
            kept = messages.put(transaction, arrived)
            items += [_Item(*one, aside) for aside, together in messages.parcels(arrived, kept) for one in together]
            _insert(transaction, items)
            stored = _stored(transaction, items)
            mine = [item for item in items if item.id in stored]
            messages.join(transaction, arrived, kept)
            _mirror(transaction, mine)
            events.record(transaction, [change for item in mine for change in _received(item)])
            results: list[Result] = []
            for one in callers:
                if isinstance(one.what, messages.Arrived):
                    results.append(kept[one.what.id])
                elif one.what.id in stored:
                    results.append(Receipt(transmission_id=one.what.id))
                else:
                    results.append(_known(transaction, one.what))
            small, large = _apart(mine)
            waits = self._announcer.put(transaction, small)
            for id in large:
                work.process(transaction, [id])
        if waits:
            self._announcer.waits(small)
        else:
            self._announcer.announced()
        self._backlog += len(mine)
        return results

    def _count(self) -> None:
        waiting = select(literal(1)).where(TRANSMISSION.c.state == "received").limit(self._limit + 1).subquery()
        with self._means.database.reading() as connection:
            self._backlog = connection.execute(select(func.count()).select_from(waiting)).scalar_one()
        self._counted = time.monotonic()

    def _count_again(self) -> None:
        if self._backlog and time.monotonic() - self._counted >= BACKLOG_SECONDS:
            with contextlib.suppress(MachineError):  # the old count stands
                self._count()


def _apart(items: Sequence[_Item]) -> tuple[list[str], list[str]]:
    """What is small, and each large one for itself: nobody waits for the reading of somebody else's catalogue."""
    going = [item for item in items if not item.aside]
    small = [item.id for item in going if item.parcel.content.inline is not None]
    return small, [item.id for item in going if item.parcel.content.inline is None]


def _insert(transaction: Transaction, items: Sequence[_Item]) -> None:
    contents.put(transaction, [item.parcel.content for item in items])
    # Sorted by what may collide: two nodes that take the same message ids must not wait for each other.
    ordered = sorted(items, key=lambda item: (item.parcel.channel, item.parcel.message_id or "", item.id))
    _INSERT.run(transaction.connection, [_row(transaction, item) for item in ordered])


def _row(transaction: Transaction, item: _Item) -> dict[str, object]:
    parcel = item.parcel
    return {
        "id": item.id,
        "channel": parcel.channel,
        "door": parcel.door,
        "message_id": parcel.message_id,
        "file_name": parcel.file_name,
        "remote": parcel.remote,
        "sha256": parcel.content.sha256,
        "size": parcel.content.size,
        "state": "quarantined" if item.aside else "received",
        "reason": item.aside,
        "received_at": parcel.received_at,
        "state_at": transaction.now,
        "released": False,
        "crashes": 0,
        "solo_crashes": 0,
        "takes": 0,
    }


def _stored(transaction: Transaction, items: Sequence[_Item]) -> set[str]:
    """Those that are in now. Only a message id can have been there before."""
    stored = {item.id for item in items if item.parcel.message_id is None}
    asked = [item.id for item in items if item.parcel.message_id is not None]
    if asked:
        among = transaction.means.database.among(TRANSMISSION.c.id, asked)
        stored.update(transaction.connection.execute(select(TRANSMISSION.c.id).where(among)).scalars())
    return stored


def _known(transaction: Transaction, item: _Item) -> Result:
    """The message id was there before: the same bytes are the same transmission, other bytes are refused."""
    parcel, table = item.parcel, TRANSMISSION
    same_id = (table.c.channel == parcel.channel) & (table.c.message_id == parcel.message_id)
    earlier = transaction.connection.execute(select(table.c.id, table.c.sha256).where(same_id)).one()
    if earlier.sha256 == parcel.content.sha256:
        return Receipt(transmission_id=earlier.id, known=True)
    return Conflict(f"message id {parcel.message_id!r} was used for {earlier.id}, with other content")


def _mirror(transaction: Transaction, items: Sequence[_Item]) -> None:
    """What came by SFTP shows in its inbound folder; the temporary name it had is gone in the same moment."""
    by_sftp = [item for item in items if item.parcel.door == "sftp"]
    staged = [_staged(item.parcel) for item in by_sftp if item.parcel.staged_name is not None]
    if staged:
        transaction.connection.execute(delete(MAILBOX_ENTRY).where(or_(*staged)))
    put_entries(
        transaction,
        [
            entry_row(
                transaction,
                channel=item.parcel.channel,
                folder="inbound",
                name=indexed(item.parcel.file_name or item.id),
                state="accepted",
                content=item.parcel.content,
                transmission=item.id,
            )
            for item in by_sftp
        ],
    )


def _staged(parcel: Parcel) -> ColumnElement[bool]:
    table = MAILBOX_ENTRY
    return (
        (table.c.channel == parcel.channel)
        & (table.c.folder == "inbound")
        & (table.c.name == parcel.staged_name)
        & (table.c.state == "staged")
        # Bytes put under the same temporary name since are another upload, and somebody else's to rename.
        & (table.c.sha256 == parcel.content.sha256)
    )


def _received(item: _Item) -> Iterator[Change]:
    parcel = item.parcel
    told = {"door": parcel.door, "remote": parcel.remote or "", "file_name": parcel.file_name or ""}
    detail = {name: value for name, value in told.items() if value}
    who = f"channel/{parcel.channel}"
    yield Change(transmission=item.id, subject=item.id, kind=TRANSMISSION_RECEIVED, who=who, detail=detail)
    if item.aside:
        yield Change(transmission=item.id, subject=item.id, kind=TRANSMISSION_QUARANTINED, why=item.aside)


def _answer(callers: Sequence[_Caller], results: Sequence[Result]) -> None:
    """Wake the callers: one call per event loop, not one per parcel."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Caller, Result]]] = {}
    for caller, result in zip(callers, results, strict=True):
        by_loop.setdefault(caller.loop, []).append((caller, result))
    for loop, answers in by_loop.items():
        with contextlib.suppress(RuntimeError):  # its loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: Sequence[tuple[_Caller, Result]]) -> None:
    for caller, result in answers:
        if caller.answer.done():  # the caller went away
            continue
        if isinstance(result, GatewayError):
            caller.answer.set_exception(result)
        else:
            caller.answer.set_result(result)
