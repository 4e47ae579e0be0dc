"""Afterwards: what our systems were told, what the store remembers, and the bytes that partners get, held together."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    DOCUMENT,
    EVENT,
    MAILBOX_ENTRY,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
    TRANSMISSION,
    UNSEALED_SET,
)
from gateway.x12.interchange import GroupResult, InterchangeResult, SetResult, Unreadable
from gateway.x12.read import examine
from tests.journeys.gateway_process import Site
from tests.journeys.invoices import BATCH, Invoice
from tests.journeys.reckoning import contents, sftp_session

Row = Any
ONCE = ("document.collected", "document.translated", "document.sealed", "sending.offered")


@dataclass(slots=True)
class OutboundReckoning:
    """Counts for a table, and every promise that was broken, in words."""

    acknowledged: int = 0
    documents: int = 0
    interchanges: int = 0
    answers: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, holds: bool, fault: str) -> None:
        """Note the fault unless it holds."""
        if not holds:
            self.faults.append(fault)


@dataclass(slots=True)
class _Books:
    transmissions: Sequence[Row]
    documents: Sequence[Row]
    interchanges: Sequence[Row]
    groups: Sequence[Row]
    acknowledgements: Sequence[Row]
    unsealed: Sequence[Row]
    entries: Sequence[Row]
    events: Sequence[Row]


@dataclass(slots=True)
class _Read:
    """One stored interchange, read back: (ISA13, GS06) and per set (ST02, its invoice number, offset)."""

    numbers: tuple[str, str] = ("", "")
    sets: list[tuple[str, str, int]] = field(default_factory=list)
    status: str = "unreadable"


def reckon_outbound(site: Site, sent: Sequence[Invoice], told: Mapping[str, Sequence[str]]) -> OutboundReckoning:
    """Hold everything against everything. `told` has per key every id that a 202 gave."""
    books = _books(site)
    bytes_of = contents(site, {row.sha256 for row in (*books.transmissions, *books.interchanges)})
    result = OutboundReckoning(acknowledged=len(told), documents=len(books.documents))
    result.interchanges, result.answers = len(books.interchanges), len(books.acknowledgements)
    _check_taken(result, books, bytes_of, sent, told)
    read = {row.id: _read(bytes_of[row.sha256]) for row in books.interchanges}
    _check_once(result, books, read, sent)
    _check_numbers(result, books, read)
    _check_offered(result, books)
    _check_events(result, books)
    return result


def _books(site: Site) -> _Books:
    with site.memory.database.reading() as connection:

        def rows(table: Any, *where: Any) -> Sequence[Row]:
            return connection.execute(select(table).where(*where).order_by(*table.primary_key.columns)).all()

        return _Books(
            transmissions=rows(TRANSMISSION, TRANSMISSION.c.door == "intake"),
            documents=rows(DOCUMENT, DOCUMENT.c.direction == "outbound"),
            interchanges=rows(OUTBOUND_INTERCHANGE),
            groups=rows(OUTBOUND_GROUP),
            acknowledgements=rows(ACKNOWLEDGEMENT),
            unsealed=rows(UNSEALED_SET),
            entries=rows(MAILBOX_ENTRY, MAILBOX_ENTRY.c.folder == "outbound"),
            events=rows(EVENT),
        )


def _read(data: bytes) -> _Read:
    found = _Read()
    for event in examine(data):
        match event:
            case SetResult(content=content) if content is not None:
                number = next((segment[2] for segment in content.segments if segment[0] == "BIG"), "")
                found.sets.append((event.header.control_number, number, event.offset))
            case GroupResult():
                found.numbers = (found.numbers[0], event.header.control_number)
            case InterchangeResult():
                found.numbers = (event.header.control_number, found.numbers[1])
                found.status = "A" if all(group.status == "A" for group in event.groups) else "faulty"
            case Unreadable():
                found.status = "unreadable"
    return found


def _check_taken(
    result: OutboundReckoning,
    books: _Books,
    bytes_of: Mapping[str, bytes],
    sent: Sequence[Invoice],
    told: Mapping[str, Sequence[str]],
) -> None:
    """Whatever was answered 202 is there, once, under the id that was told."""
    by_key = {row.message_id: row for row in books.transmissions}
    by_transmission = {row.transmission_id: row for row in books.documents}
    result.expect(len(by_key) == len(books.transmissions), "a key is stored twice")
    for one in sent:
        ids = set(told.get(one.key, ()))
        row = by_key.get(one.key)
        document = by_transmission.get(row.id) if row is not None else None
        if row is None or document is None:
            result.faults.append(f"{one.key}: told {ids}, stored {row is not None}, document {document is not None}")
            continue
        result.expect(ids == {document.id}, f"{one.key}: told {ids}, its document is {document.id}")
        result.expect(bytes_of[row.sha256] == one.content, f"{one.key}: other bytes are stored")
        result.expect(document.state == "sealed", f"{document.id}: {document.state} {document.reason}")
    result.expect(not books.unsealed, f"{len(books.unsealed)} sets still wait to be sealed")


def _check_once(result: OutboundReckoning, books: _Books, read: Mapping[str, _Read], sent: Sequence[Invoice]) -> None:
    """Every invoice is in exactly one interchange, at the place that its document says."""
    written = Counter(number for one in read.values() for _, number, _ in one.sets)
    wanted = Counter(one.number for one in sent)
    result.expect(written == wanted, f"invoices: missing {wanted - written}, too many {written - wanted}")
    interchange_of = {row.id: row.interchange_id for row in books.groups}
    for row in books.documents:
        one = read.get(interchange_of.get(row.outbound_group_id, ""), _Read())
        place = (row.set_control_number, row.business_number, row.byte_offset)
        numbers = (row.interchange_control_number, row.group_control_number)
        result.expect(place in one.sets and numbers == one.numbers, f"{row.id} is not where it says: {place} {numbers}")
    for name, one in read.items():
        result.expect(one.status == "A", f"interchange {name}: {one.status}")
        result.expect(0 < len(one.sets) <= BATCH, f"interchange {name}: {len(one.sets)} sets")


def _check_numbers(result: OutboundReckoning, books: _Books, read: Mapping[str, _Read]) -> None:
    """Per pair and usage ISA13 runs from 1 without gap or repeat, our acknowledgements counted in; so does GS06."""
    isa13: dict[str, list[int]] = defaultdict(list)
    for row in books.interchanges:
        isa13[f"{row.sender} {row.receiver} {row.usage}"].append(row.control_number)
        result.expect(
            read[row.id].numbers[0] == f"{row.control_number:09}", f"{row.name}: ISA13 {read[row.id].numbers[0]}"
        )
    gs06 = [row.control_number for row in books.groups]
    for row in books.acknowledgements:  # all of them answer ACME in production, in the same pair
        isa13["ZZ/HARBORPINE ZZ/ACMERETAIL P"].append(row.interchange_number)
        gs06 += row.group_numbers
    for pair, numbers in isa13.items():
        result.expect(sorted(numbers) == list(range(1, len(numbers) + 1)), f"ISA13 of {pair}: {sorted(numbers)}")
    result.expect(sorted(gs06) == list(range(1, len(gs06) + 1)), f"GS06: {sorted(gs06)}")


def _check_offered(result: OutboundReckoning, books: _Books) -> None:
    offered = Counter(row.outbound_interchange_id for row in books.entries if row.outbound_interchange_id)
    wanted = Counter(row.id for row in books.interchanges)
    result.expect(offered == wanted, f"in the outbound folder: {offered - wanted} too often, {wanted - offered} not")


def _check_events(result: OutboundReckoning, books: _Books) -> None:
    told = Counter((row.subject, row.kind) for row in books.events if row.kind in ONCE)
    doubled = [key for key, count in told.items() if count > 1]
    result.expect(not doubled, f"told more than once: {doubled[:5]}")
    missing = [row.id for row in books.documents if not told[row.id, "document.sealed"]]
    missing += [row.id for row in books.interchanges if not told[row.id, "sending.offered"]]
    result.expect(not missing, f"never told of {missing[:5]}")


async def fetch_everything(site: Site, result: OutboundReckoning) -> None:
    """ACME fetches its outbound folder: every interchange is there, and its documents are sent from then on."""
    fetched: dict[str, bytes] = {}
    async with sftp_session(site.home, site.up()[0].sftp_port) as session:
        for name in await session.listdir("/outbound"):
            if name not in (".", ".."):
                async with session.open(f"/outbound/{name}", "rb") as remote:
                    fetched[str(name)] = await remote.read()
    books = _books(site)
    bytes_of = contents(site, {row.sha256 for row in books.interchanges})
    for row in books.interchanges:
        result.expect(fetched.get(row.name) == bytes_of[row.sha256], f"{row.name}: other bytes were fetched, or none")
        result.expect(row.state == "fetched", f"{row.name} was fetched and is {row.state}")
    wrong = [f"{row.id} {row.state}" for row in books.documents if row.state != "sent"]
    result.expect(not wrong, f"fetched and not sent: {wrong[:5]}")
