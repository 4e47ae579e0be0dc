"""A database that was used after a backup was made, read beside the one that was restored from it.

What it has and the other has not is what people have to see to: who was told yes, which numbers are used, what our
systems and partners have already. Nothing is ever written to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from gateway.ledger.audit import VERBS
from gateway.store.audit_tables import AUDIT
from gateway.store.database import Database
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CONTROL_NUMBER,
    DOCUMENT,
    EVENT,
    OUTBOUND_INTERCHANGE,
    TRANSMISSION,
)

PAGE = 1_000

Kind = Literal[
    "received",  # a transmission whose sender has our yes
    "delivered",  # a document that one of our systems has
    "sent",  # an interchange of ours that has its numbers, and may be with the partner
    "answered",  # a TA1, 997 or 999 of ours, likewise
    "number",  # a counter of control numbers that stands further on
    "act",  # what a person did
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the later database has and the other has not. `number` is the one that people know it by."""

    kind: Kind
    id: str
    at: datetime | None
    who: str
    """Partner or channel; of an act, the person."""
    number: str
    found: str
    """What it is, in words."""


@dataclass(frozen=True, slots=True)
class Later:
    """The later database."""

    database: Database

    def numbers(self) -> Sequence[Any]:
        """The last control numbers it gave out."""
        with self.database.reading() as connection:
            order = (CONTROL_NUMBER.c.kind, CONTROL_NUMBER.c.ours, CONTROL_NUMBER.c.theirs, CONTROL_NUMBER.c.usage)
            return connection.execute(select(CONTROL_NUMBER).order_by(*order)).all()

    def transmissions(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The state in which it has each of these transmissions."""
        return self._states(TRANSMISSION, ids)

    def documents(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The state in which it has each of these documents."""
        return self._states(DOCUMENT, ids)

    def _states(self, table: Table, ids: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        with self.database.reading() as connection:
            for start in range(0, len(ids), PAGE):
                among = self.database.among(table.c.id, list(ids[start : start + PAGE]))
                rows = connection.execute(select(table.c.id, table.c.state).where(among))
                found.update({row.id: row.state for row in rows})
        return found

    def beyond(self, here: Database) -> Iterator[Difference]:
        """Everything that it has and `here` has not, kind by kind, each by its time."""
        yield from (_received(row) for row, _ in self._unlike(here, TRANSMISSION, lambda row, old: old is None))
        yield from (_delivered(row, old) for row, old in self._unlike(here, DOCUMENT, _since_delivered))
        yield from (_sent(row) for row, _ in self._unlike(here, OUTBOUND_INTERCHANGE, lambda row, old: old is None))
        yield from (_answered(row) for row, _ in self._unlike(here, ACKNOWLEDGEMENT, lambda row, old: old is None))
        yield from self._counters(here)
        yield from self._acts(here)

    def _unlike(self, here: Database, table: Table, differs: Any) -> Iterator[tuple[Any, Any]]:
        """(row there, row here or None) of rows that differ so, by id: ids sort by time."""
        for page in self._pages(table, "id", ""):
            with here.reading() as connection:
                known = _by_id(here, connection, table, [row.id for row in page])
            yield from ((row, known.get(row.id)) for row in page if differs(row, known.get(row.id)))

    def _pages(self, table: Table, key: str, last: str | int, *where: ColumnElement[bool]) -> Iterator[Sequence[Any]]:
        """Rows behind `last` in the order of a key, so many at a time."""
        wanted = select(table).where(*where).order_by(table.c[key]).limit(PAGE)
        while True:
            with self.database.reading() as connection:
                page = connection.execute(wanted.where(table.c[key] > last)).all()
            if not page:
                return
            yield page
            last = getattr(page[-1], key)

    def _counters(self, here: Database) -> Iterator[Difference]:
        with here.reading() as connection:
            now = {tuple(row)[:4]: row.value for row in connection.execute(select(*_COUNTER, CONTROL_NUMBER.c.value))}
        for row in self.numbers():
            value = now.get((row.kind, row.ours, row.theirs, row.usage), 0)
            if value < row.value:
                yield Difference(
                    kind="number",
                    id=" ".join(filter(None, (row.kind, row.ours, row.theirs, row.usage))),
                    at=None,
                    who=row.theirs,
                    number=str(row.value),
                    found=f"the last {row.kind} given out was {row.value}, here it is {value}: it would be used again",
                )

    def _acts(self, here: Database) -> Iterator[Difference]:
        """What people did: to documents and the like, one by one; and all else, entry by entry of the audit trail."""
        told: set[tuple[datetime | None, str]] = set()
        for one in self._happened(here):
            told.add((one.at, one.who))
            yield one
        for entry in self._entries(here):
            if (entry.at, entry.who) not in told and entry.verb not in _HARMLESS:
                yield _entry(entry)

    def _entries(self, here: Database) -> Iterator[Any]:
        """Entries of the audit trail that are not in the one here: both are the same up to the moment."""
        for page in self._pages(AUDIT, "number", 0):
            with here.reading() as connection:
                among = here.among(AUDIT.c.hash, [row.hash for row in page])
                known = set(connection.execute(select(AUDIT.c.hash).where(among)).scalars())
            yield from (row for row in page if row.hash not in known)

    def _happened(self, here: Database) -> Iterator[Difference]:
        """Events by people, told apart by time: numbers of events differ once both have gone on."""
        with here.reading() as connection:
            newest = _moment(connection)
        person = ~or_(*(EVENT.c.who.startswith(one) for one in ("gateway/", "channel/")))
        for page in self._pages(EVENT, "number", newest, person):
            for row in page:
                yield Difference(
                    kind="act", id=row.subject, at=row.at, who=row.who, number="", found=f"{row.kind}: {row.why}"
                )


def _moment(connection: Connection) -> int:
    """The number of the last event that was restored. The restore itself tells what it held before that it is done."""
    number, at = EVENT.c.number, EVENT.c.at
    restored = select(number, at).where(EVENT.c.kind == "home.restored").order_by(number.desc()).limit(1)
    newest = select(number).order_by(number.desc()).limit(1)
    if (done := connection.execute(restored).first()) is not None:
        newest = newest.where(number < done.number, at < done.at)
    return int(connection.execute(newest).scalar() or 0)


_HARMLESS = frozenset({"database.backup"})
"""Acts that nobody has to do again."""

_COUNTER = (CONTROL_NUMBER.c.kind, CONTROL_NUMBER.c.ours, CONTROL_NUMBER.c.theirs, CONTROL_NUMBER.c.usage)


def _by_id(database: Database, connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, Any]:
    rows = connection.execute(select(table).where(database.among(table.c.id, ids)))
    return {row.id: row for row in rows}


def _since_delivered(row: Any, old: Any) -> bool:
    """Delivered there in a generation that was not delivered here."""
    if row.delivered_at is None:
        return False
    return old is None or old.delivered_at is None or old.generation < row.generation


def _received(row: Any) -> Difference:
    name = f" {row.file_name}" if row.file_name else ""
    return Difference(
        kind="received",
        id=row.id,
        at=row.received_at,
        who=row.channel,
        number=row.message_id or "",
        found=f"{row.size} bytes{name}, {row.state}, SHA-256 {row.sha256}",
    )


def _delivered(row: Any, old: Any) -> Difference:
    key = f"{row.id}.{row.generation}"
    again = "is not in this database" if old is None else f"is {old.state} here, and goes again under the same key"
    return Difference(
        kind="delivered",
        id=row.id,
        at=row.delivered_at,
        who=row.partner,
        number=row.business_number,
        found=f"{row.set_id}: {row.destination} has it as {row.external_id} under key {key}; it {again}",
    )


def _entry(row: Any) -> Difference:
    what = row.reason or VERBS.get(row.verb, "")
    subject, number = str(next(iter(row.subjects), "")), str(row.number)
    return Difference(kind="act", id=subject, at=row.at, who=row.who, number=number, found=f"{row.verb}: {what}")


def _sent(row: Any) -> Difference:
    return Difference(
        kind="sent",
        id=row.id,
        at=row.sealed_at,
        who=row.partner,
        number=f"{row.control_number:09}",
        found=f"{row.name}, {row.state}, ISA13 {row.control_number:09}",
    )


def _answered(row: Any) -> Difference:
    return Difference(
        kind="answered",
        id=row.id,
        at=row.sealed_at,
        who=row.channel,
        number=f"{row.interchange_number:09}",
        found=f"{row.kind} {row.name}, {row.state}, ISA13 {row.interchange_number:09}",
    )
