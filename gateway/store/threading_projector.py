"""Threads of documents: set behind the events, never asked for on the road.

Each document is put into the threads of the numbers it names, as `gateway.ledger.thread` says. Where it is, it stays as
long as it names the number: looked at again, nothing changes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, func, select, update

from gateway.ledger.thread import MOST_NUMBERS, Kind, Known, choose, one_customer, releases_of
from gateway.store.means import Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import DOCUMENT, DOCUMENT_KEY
from gateway.store.threading_numbers import Numbered, found_by_others, numbered
from gateway.store.threading_tables import THREAD, THREAD_DOCUMENT

Key = tuple[str, str, str, str]
"""Partner, usage, kind, number."""

_TRADE: Final = (Kind.CUSTOMER, Kind.SUPPLIER)
_INSERT = ManyRows(lambda insert: insert(THREAD))


def _join(insert: MakeInsert) -> Any:
    statement = insert(THREAD_DOCUMENT)
    said = {"doubt": statement.excluded.doubt}
    return statement.on_conflict_do_update(index_elements=["thread_id", "document_id"], set_=said)


_JOIN = ManyRows(_join)


@dataclass(frozen=True, slots=True)
class ThreadProjector:
    """The tables `thread` and `thread_document` as a projection."""

    def project(self, transaction: Transaction, documents: Sequence[str]) -> None:
        """Put these documents into their threads; and those of warehouses that are about orders which came now."""
        found = numbered(transaction, documents)
        _place(transaction, [one for one in found if not one.loose])
        loose = [one for one in found if one.loose]
        if loose:  # they are found by what is written now
            _place(transaction, found_by_others(transaction, loose))


def _place(transaction: Transaction, documents: Sequence[Numbered]) -> None:
    if not documents:
        return
    book = _Book(transaction)
    book.place(documents)
    later = sorted(set(book.warehouse_documents()) - {one.id for one in documents})
    if later:
        book.place([one for one in numbered(transaction, later) if not one.loose])
    book.write()


@dataclass(slots=True)
class _Thread(Known):
    """A thread as it is in this transaction."""

    key: Key
    fresh: bool = False
    moved: bool = False


@dataclass(slots=True)
class _Book:
    """The threads of all numbers that are looked at, and who belongs to them: read once, written once."""

    transaction: Transaction
    threads: dict[Key, list[_Thread]] = field(default_factory=dict)
    by_id: dict[str, _Thread] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    joined: dict[tuple[str, str], str] = field(default_factory=dict)
    left: list[tuple[str, str]] = field(default_factory=list)

    # ------------------------------------------------------------------------------------------ reading

    def _read(self, documents: Sequence[Numbered]) -> None:
        database, connection = self.transaction.means.database, self.transaction.connection
        numbers = sorted({number for one in documents for number in one.all_numbers()})
        mine = select(THREAD_DOCUMENT.c.thread_id).where(
            database.among(THREAD_DOCUMENT.c.document_id, [one.id for one in documents])
        )
        for condition in (database.among(THREAD.c.number, numbers), THREAD.c.id.in_(mine)):
            for row in connection.execute(select(THREAD).where(condition).order_by(THREAD.c.opened_at, THREAD.c.id)):
                if row.id not in self.by_id:
                    self._add(_thread(row))
        among = database.among(THREAD_DOCUMENT.c.document_id, [one.id for one in documents])
        for row in connection.execute(select(THREAD_DOCUMENT).where(among)):
            self.members.setdefault(row.document_id, {})[row.thread_id] = row.doubt

    def _add(self, thread: _Thread) -> None:
        self.threads.setdefault(thread.key, []).append(thread)
        self.by_id[thread.id] = thread

    # ------------------------------------------------------------------------------------------ placing

    def place(self, documents: Sequence[Numbered]) -> None:
        """Each in its turn, the first that came first: it may open the thread that the next belongs to."""
        self._read(documents)
        for one in sorted(documents, key=lambda each: (each.at, each.id)):
            wanted = dict(self._wanted(one))
            before = self.members.get(one.id, {})
            for thread, doubt in wanted.items():
                if before.get(thread) != doubt:
                    self.joined[thread, one.id] = doubt
                self._stretch(self.by_id[thread], one)
            self.left += [(thread, one.id) for thread in before if thread not in wanted]
            self.members[one.id] = wanted

    def _wanted(self, one: Numbered) -> Iterator[tuple[str, str]]:
        for kind in one.kinds or self._known_kinds(one):
            for number in one.numbers(kind):
                known = self.threads.get((one.partner, one.usage, kind, number), [])
                for release in releases_of(number, one.orders, one.releases if kind in _TRADE else (), known):
                    yield self._in(one, (one.partner, one.usage, kind, number), release)
        yield from ((thread, "") for thread in one.threads if thread in self.by_id or self._fetch(thread))
        if Kind.WAREHOUSE in one.kinds:
            yield from self._of_customers(one)

    def _known_kinds(self, one: Numbered) -> Sequence[Kind]:
        """Of what either side may write: whose order it is about, as far as that is known."""
        numbers = one.numbers(Kind.CUSTOMER)
        known = [k for k in _TRADE if any((one.partner, one.usage, k, number) in self.threads for number in numbers)]
        return known or ([Kind.CUSTOMER] if numbers else [])

    def _in(self, one: Numbered, key: Key, release: str) -> tuple[str, str]:
        known = self.threads.get(key, [])
        before = self.members.get(one.id, {})
        stays = [each for each in known if each.id in before and release in ("", each.release)]
        if stays:
            return stays[0].id, before[stays[0].id]
        choice = choose(known, release, one.at, order=one.order)
        doubt = choice.doubt and f"{one.set_id} {one.number} {choice.doubt}"
        if choice.thread is not None:
            return choice.thread.id, doubt
        thread = _opened(key, choice.release, one)
        self._add(thread)
        return thread.id, doubt

    def _stretch(self, thread: _Thread, one: Numbered) -> None:
        opened, last = min(thread.opened_at, one.at), max(thread.last_at, one.at)
        ordered = thread.ordered or one.order
        if (opened, last, ordered) != (thread.opened_at, thread.last_at, thread.ordered):
            thread.opened_at, thread.last_at, thread.ordered, thread.moved = opened, last, ordered, True

    def _fetch(self, thread: str) -> bool:
        row = self.transaction.connection.execute(select(THREAD).where(THREAD.c.id == thread)).first()
        if row is not None:
            self._add(_thread(row))
        return row is not None

    # ------------------------------------------------------------------------------------------ warehouses

    def _of_customers(self, one: Numbered) -> Iterator[tuple[str, str]]:
        """The customer's thread that a warehouse's document is about, where exactly one can be meant."""
        before = [thread for thread in self.members.get(one.id, {}) if self._is_customers(thread)]
        if before:
            yield from ((thread, "") for thread in before)
            return
        for number in one.orders:
            found = [
                each
                for (_, usage, kind, of), threads in self._of_number(number)
                if (usage, kind, of) == (one.usage, Kind.CUSTOMER, number)
                for each in threads
            ]
            thread, meant = one_customer(found, one.at)
            if thread is not None:
                yield thread.id, ""
            elif meant > 1:
                yield from self._doubtful(one, number, meant)

    def _of_number(self, number: str) -> Iterable[tuple[Key, list[_Thread]]]:
        return ((key, threads) for key, threads in list(self.threads.items()) if key[3] == number)

    def _doubtful(self, one: Numbered, number: str, meant: int) -> Iterator[tuple[str, str]]:
        words = f"{one.set_id} {one.number} names order {number}, and {meant} threads of customers have that number"
        for own in one.numbers(Kind.WAREHOUSE):
            for thread in self.threads.get((one.partner, one.usage, Kind.WAREHOUSE, own), []):
                if thread.covers(one.at):
                    yield thread.id, words

    def _is_customers(self, thread: str) -> bool:
        return thread in self.by_id and self.by_id[thread].key[2] == Kind.CUSTOMER

    def warehouse_documents(self) -> list[str]:
        """Documents exchanged with warehouses under order numbers whose customer's thread was opened only now."""
        numbers = sorted({one.key[3] for one in self.by_id.values() if one.fresh and one.key[2] == Kind.CUSTOMER})
        if not numbers:
            return []
        named = self.transaction.means.database.among(DOCUMENT_KEY.c.value, numbers)
        statement = (
            select(DOCUMENT_KEY.c.document_id)
            .join(DOCUMENT, DOCUMENT.c.id == DOCUMENT_KEY.c.document_id)
            .where(named, DOCUMENT.c.canonical_type.startswith("warehouse_"))
            .limit(MOST_NUMBERS)
        )
        return list(self.transaction.connection.execute(statement.distinct()).scalars())

    # ------------------------------------------------------------------------------------------ writing

    def write(self) -> None:
        """Write what is new, and nothing else."""
        connection = self.transaction.connection
        _INSERT.run(connection, [_row(one) for one in self.by_id.values() if one.fresh])
        for one in self.by_id.values():
            if one.moved and not one.fresh:
                values = {"opened_at": one.opened_at, "last_at": one.last_at, "ordered": one.ordered}
                connection.execute(update(THREAD).where(THREAD.c.id == one.id).values(values))
        rows = [{"thread_id": one, "document_id": other, "doubt": doubt} for (one, other), doubt in self.joined.items()]
        _JOIN.run(connection, rows)
        for thread, document in self.left:
            mine = (THREAD_DOCUMENT.c.thread_id == thread) & (THREAD_DOCUMENT.c.document_id == document)
            connection.execute(delete(THREAD_DOCUMENT).where(mine))
        for thread in sorted({thread for thread, _ in self.left}):
            _shrink(self.transaction, thread)


def _shrink(transaction: Transaction, thread: str) -> None:
    """A document names another number now: its thread ends with those that are left, or is gone."""
    here = THREAD_DOCUMENT.c.thread_id == thread
    left = (
        select(func.min(DOCUMENT.c.received_at), func.max(DOCUMENT.c.received_at))
        .join(THREAD_DOCUMENT, THREAD_DOCUMENT.c.document_id == DOCUMENT.c.id)
        .where(here)
    )
    opened, last = transaction.connection.execute(left).one()
    if opened is None:
        transaction.connection.execute(delete(THREAD).where(THREAD.c.id == thread))
    else:
        changed = update(THREAD).where(THREAD.c.id == thread).values(opened_at=opened, last_at=last)
        transaction.connection.execute(changed)


def _thread(row: Any) -> _Thread:
    return _Thread(
        id=row.id,
        release=row.release,
        opened_at=row.opened_at,
        last_at=row.last_at,
        ordered=row.ordered,
        key=(row.partner, row.usage, row.kind, row.number),
    )


def _opened(key: Key, release: str, one: Numbered) -> _Thread:
    """A thread that a document opens; the same document opens the same again."""
    named = "\n".join((*key, release, one.id)).encode("utf-8", "replace")
    return _Thread(
        id=hashlib.sha256(named).hexdigest()[:32],
        release=release,
        opened_at=one.at,
        last_at=one.at,
        ordered=one.order,
        key=key,
        fresh=True,
    )


def _row(thread: _Thread) -> dict[str, Any]:
    partner, usage, kind, number = thread.key
    return {
        "id": thread.id,
        "partner": partner,
        "usage": usage,
        "kind": str(kind),
        "number": number,
        "release": thread.release,
        "ordered": thread.ordered,
        "opened_at": thread.opened_at,
        "last_at": thread.last_at,
    }
