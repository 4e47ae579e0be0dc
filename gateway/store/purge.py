"""Purging: what is older than it has to be kept goes, family by family, with a proof of what it was.

Bounded batches, each one transaction with its proof: stopped at any time, what went is told and what did not is whole.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from gateway.errors import UsageError
from gateway.store import audit
from gateway.store.backup import held
from gateway.store.business_closing import subjects_purged
from gateway.store.database import unless_collided
from gateway.store.deadline_tables import DEADLINE_FOLLOWER
from gateway.store.following_tables import FOLLOWER
from gateway.store.keeping_tables import PURGE
from gateway.store.lineage import Belongings, belongings, content_columns, families, unreferred
from gateway.store.locks import Lock
from gateway.store.means import Means, Transaction
from gateway.store.purging_indexes import indexed
from gateway.store.ripeness import Cutoff, Looked, Verdict, look
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CARRYING,
    CONTENT,
    DOCUMENT,
    EVENT,
    INTERCHANGE_KEY,
    MAILBOX_ENTRY,
    OUTBOUND_INTERCHANGE,
    TRANSMISSION,
)
from gateway.store.threading_tables import THREAD, THREAD_DOCUMENT

FILES = 100
"""Files (transmissions) that one batch begins with."""

FIRST = "0" * 64
"""What stands as the hash before the first proof."""

_IN_ORDER = (TRANSMISSION, INTERCHANGE_KEY, MAILBOX_ENTRY, CARRYING, ACKNOWLEDGEMENT, OUTBOUND_INTERCHANGE, DOCUMENT)
"""Tables as everybody locks them, as far as others lock rows of them that may go."""


@dataclass(slots=True)
class Sum:
    """What would go, or went, of one partner and set: documents, and the first and last day they came."""

    documents: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None

    def add(self, at: datetime) -> None:
        """One more, that came then."""
        self.documents += 1
        self.oldest = min(self.oldest or at, at)
        self.newest = max(self.newest or at, at)


@dataclass(slots=True)
class Reckoning:
    """What a purge found: sums by (partner, set), files, and how many documents stay although of age, by why."""

    sums: dict[tuple[str, str], Sum] = field(default_factory=dict)
    files: int = 0
    stay: dict[Verdict, int] = field(default_factory=dict)
    contents: int = 0
    proofs: list[tuple[int, str]] = field(default_factory=list)

    def add(self, looked: Looked) -> None:
        """Count these families."""
        for number, verdict in enumerate(looked.verdicts):
            documents = looked.documents.get(number, ())
            if verdict != "ripe":
                self.stay[verdict] = self.stay.get(verdict, 0) + len(documents)
                continue
            self.files += len(looked.transmissions.get(number, ()))
            for one in documents:
                self.sums.setdefault((one.partner, one.set_id), Sum()).add(one.received_at)


@dataclass(frozen=True, slots=True)
class _Gone:
    """What one batch looked at, and what went with it: hashes of contents, and the proof."""

    looked: Looked
    contents: Sequence[str] = ()
    proofs: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class Purge:
    """Purges of one database and home. `cutoff` says what is of age, `oldest` is the latest time it can tell."""

    means: Means
    cutoff: Cutoff
    oldest: datetime

    def look(self) -> Reckoning:
        """What would go now. Nothing is changed."""
        found = Reckoning()
        for page in self._pages():
            with self.means.database.reading() as connection:
                found.add(self._looked(connection, page))
        return found

    def run(self, *, who: str, reason: str) -> Reckoning:
        """Have it go. Raises UsageError without a reason, MachineError, also while a backup is made."""
        if not reason.strip():
            raise UsageError("a reason is needed: it is kept with the proof")
        found = Reckoning()
        try:
            with held(self.means.blobs.home, shared=False), indexed(self.means.database):
                for page in self._pages():
                    gone = unless_collided(partial(self._batch, page, who=who, reason=reason.strip()))
                    found.add(gone.looked)
                    found.contents += len(gone.contents)
                    found.proofs += gone.proofs
                    for sha256 in gone.contents:
                        self.means.blobs.forget(sha256)
        finally:  # what went is gone, also where it ends before the last page
            if found.proofs:
                audit.acted(self.means, "purge", [digest for _, digest in found.proofs], who=who, reason=reason.strip())
        return found

    def _batch(self, page: Sequence[str], *, who: str, reason: str) -> _Gone:
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            if self.means.database.kind == "postgresql":
                self._lock(transaction, page)
            looked = self._looked(connection, page)
            ripe = _ripe(looked)
            if not ripe:
                return _Gone(looked)
            theirs = belongings(self.means.database, connection, [looked.families[number] for number in ripe])
            contents = _delete(transaction, theirs)
            proof = _prove(transaction, _items(looked, ripe), contents, who=who, reason=reason)
        return _Gone(looked, contents, [proof])

    def _lock(self, transaction: Transaction, page: Sequence[str]) -> None:
        """Be alone with what may go, in the order in which everybody locks; it is judged once nobody moves it."""
        connection, among = transaction.connection, self.means.database.among
        connection.execute(select(func.pg_advisory_xact_lock(Lock.PROOFS.value)))
        for names in (select(FOLLOWER.c.name).order_by(FOLLOWER.c.name), select(DEADLINE_FOLLOWER.c.number)):
            connection.execute(names.with_for_update()).all()
        looked = self._looked(connection, page)
        theirs = belongings(self.means.database, connection, [looked.families[number] for number in _ripe(looked)])
        conditions = dict(theirs.conditions)
        conditions[TRANSMISSION] = among(TRANSMISSION.c.id, sorted({*page, *theirs.ids[TRANSMISSION]}))
        for table in _IN_ORDER:
            if table in conditions:
                key = table.primary_key.columns
                connection.execute(select(*key).where(conditions[table]).order_by(*key).with_for_update()).all()

    def _looked(self, connection: Connection, page: Sequence[str]) -> Looked:
        database = self.means.database
        looked = look(database, connection, families(database, connection, page), self.cutoff)
        # A family is judged once, with the page on which its first file is.
        keep = [
            number
            for number, family in enumerate(looked.families)
            if not family.transmissions or min(family.transmissions) >= page[0]
        ]
        return Looked(
            families=[looked.families[number] for number in keep],
            documents={at: looked.documents.get(number, ()) for at, number in enumerate(keep)},
            transmissions={at: looked.transmissions.get(number, ()) for at, number in enumerate(keep)},
            verdicts=[looked.verdicts[number] for number in keep],
        )

    def _pages(self) -> Iterator[Sequence[str]]:
        """Files that are old enough for something, by id, which is by time; a family's later files are skipped."""
        table, last = TRANSMISSION, ""
        while True:
            wanted = select(table.c.id).where(table.c.id > last, table.c.received_at < self.oldest)
            with self.means.database.reading() as connection:
                page = list(connection.execute(wanted.order_by(table.c.id).limit(FILES)).scalars())
            if not page:
                return
            yield page
            last = page[-1]


def _ripe(looked: Looked) -> list[int]:
    return [number for number, verdict in enumerate(looked.verdicts) if verdict == "ripe"]


def _delete(transaction: Transaction, theirs: Belongings) -> Sequence[str]:
    """Take the rows away and blank their events. Returns the hashes of the contents that nothing refers to now."""
    database, connection = transaction.means.database, transaction.connection
    named: set[str] = set()
    member = THREAD_DOCUMENT.c
    of_them = select(member.thread_id).where(database.among(member.document_id, theirs.ids[DOCUMENT])).distinct()
    threads = list(connection.execute(of_them).scalars())
    subjects_purged(transaction, theirs.ids[DOCUMENT])
    for table, condition in theirs.conditions:
        for column in content_columns(table):
            named |= set(connection.execute(select(column).where(condition, column.is_not(None)).distinct()).scalars())
        connection.execute(delete(table).where(condition))
    left = select(member.thread_id).where(member.thread_id == THREAD.c.id).exists()
    connection.execute(delete(THREAD).where(database.among(THREAD.c.id, threads), ~left))
    subjects = [one for of in (DOCUMENT, ACKNOWLEDGEMENT, OUTBOUND_INTERCHANGE, CARRYING) for one in theirs.ids[of]]
    told = or_(
        database.among(EVENT.c.transmission_id, theirs.ids[TRANSMISSION]), database.among(EVENT.c.subject, subjects)
    )
    connection.execute(update(EVENT).where(told).values(why="", detail={}))
    gone = delete(CONTENT).where(unreferred(sorted(named), database)).returning(CONTENT.c.sha256)
    return sorted(connection.execute(gone).scalars())


def _items(looked: Looked, ripe: Sequence[int]) -> list[dict[str, str]]:
    """One line for each document, and for each file without any."""
    found: list[dict[str, str]] = []
    for number in ripe:
        files = {one.id: one for one in looked.transmissions.get(number, ())}
        for one in looked.documents.get(number, ()):
            file = files.pop(one.transmission_id, None) or _file(looked, number, one.transmission_id)
            found.append(
                {
                    "document": one.id,
                    "transmission": one.transmission_id,
                    "partner": one.partner,
                    "set": one.set_id,
                    "direction": one.direction,
                    "received": one.received_at.isoformat(),
                    "ended": one.state_at.isoformat(),
                    "state": one.state,
                    "acknowledgement": one.acknowledgement,
                    "sha256": file.sha256,
                }
            )
        for file in files.values():
            found.append({"transmission": file.id, "received": file.received_at.isoformat(), "sha256": file.sha256})
    return found


def _file(looked: Looked, number: int, id_: str) -> Any:
    return next(one for one in looked.transmissions[number] if one.id == id_)


# ---------------------------------------------------------------------------------------------- proofs


def _prove(
    transaction: Transaction, items: list[dict[str, str]], contents: Sequence[str], *, who: str, reason: str
) -> tuple[int, str]:
    last = transaction.connection.execute(select(PURGE).order_by(PURGE.c.number.desc()).limit(1)).first()
    number = int(last.number) + 1 if last else 1
    row: dict[str, Any] = {
        "number": number,
        "at": transaction.now,
        "who": who,
        "reason": reason,
        "items": items,
        "contents": list(contents),
        "previous": last.hash if last else FIRST,
    }
    digest = proof_hash(row)
    transaction.connection.execute(insert(PURGE), [row | {"hash": digest}])
    return number, digest


def proof_hash(row: dict[str, Any]) -> str:
    """The SHA-256 that a proof has to have: over all it says, the hash of the one before included."""
    said = {name: row[name] for name in ("number", "who", "reason", "items", "contents", "previous")}
    said["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text_ = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text_.encode("ascii")).hexdigest()


def proofs(means: Means) -> Iterator[dict[str, Any]]:
    """Every proof, by number."""
    last = 0
    while True:
        wanted = select(PURGE).where(PURGE.c.number > last).order_by(PURGE.c.number).limit(50)
        with means.database.reading() as connection:
            page = connection.execute(wanted).all()
        if not page:
            return
        yield from (dict(row._mapping) for row in page)
        last = page[-1].number


def first_fault(means: Means) -> str:
    """What is wrong with the first proof that does not fit, "" when all do."""
    previous = FIRST
    for number, row in enumerate(proofs(means), start=1):
        if row["number"] != number:
            return f"proof {number} is not there"
        if row["previous"] != previous or proof_hash(row) != row["hash"]:
            return f"proof {number} was changed: its hash does not fit"
        previous = row["hash"]
    return ""
