"""Afterwards: what the partners were told, what the store remembers and what the ERP has, held against each other."""

import asyncio
import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from gateway.store.contents import from_row
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CONTENT,
    DOCUMENT,
    EVENT,
    INTERCHANGE,
    MAILBOX_ENTRY,
    TRANSMISSION,
)
from gateway.x12.interchange import Unreadable
from gateway.x12.read import examine
from tests.journeys.gateway_process import Site
from tests.journeys.orders import OrderFile
from tests.journeys.partner_clients import Yeses, sftp_session

UNSETTLED = ("validated", "mapped", "collected", "translated")
MORE_THAN_ONCE = frozenset(
    {"document.deferred", "destination.paused", "destination.resumed", "release.published", "message.repeated"}
)
"""Events that may rightly be there several times for one subject."""

Row = Any


@dataclass(slots=True)
class Books:
    """Everything the store remembers, read at one moment."""

    transmissions: Sequence[Row]
    interchanges: Sequence[Row]
    documents: Sequence[Row]
    acknowledgements: Sequence[Row]
    outbound: Counter[str]
    events: Sequence[Row]


@dataclass(slots=True)
class Reckoning:
    """Counts for a table, and every promise that was broken, in words."""

    acknowledged: int = 0
    stored: int = 0
    lost: int = 0
    orders: int = 0
    keys: int = 0
    repeats: int = 0
    answers: int = 0
    duplicates: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, holds: bool, fault: str) -> None:
        """Note the fault unless it holds."""
        if not holds:
            self.faults.append(fault)


def waiting(site: Site) -> tuple[int, int]:
    """Transmissions not processed, documents not at their end."""
    with site.memory.database.reading() as connection:
        received = select(func.count()).where(TRANSMISSION.c.state == "received")
        unsettled = select(func.count()).where(DOCUMENT.c.state.in_(UNSETTLED))
        return connection.execute(received).scalar_one(), connection.execute(unsettled).scalar_one()


async def settled(site: Site, limit_seconds: float) -> None:
    """Wait until nothing is under way. Raises AssertionError after `limit_seconds`."""
    deadline = time.monotonic() + limit_seconds
    while (left := await asyncio.to_thread(waiting, site)) != (0, 0):
        assert time.monotonic() < deadline, f"{left} still under way after {limit_seconds} s\n{site.logs()}"
        await asyncio.sleep(0.05)


def read_books(site: Site) -> Books:
    """One consistent read of every table that matters here."""
    with site.memory.database.reading() as connection:

        def rows(table: Any) -> Sequence[Row]:
            return connection.execute(select(table).order_by(*table.primary_key.columns)).all()

        outbound = select(MAILBOX_ENTRY.c.acknowledgement_id).where(MAILBOX_ENTRY.c.folder == "outbound")
        return Books(
            transmissions=rows(TRANSMISSION),
            interchanges=rows(INTERCHANGE),
            documents=rows(DOCUMENT),
            acknowledgements=rows(ACKNOWLEDGEMENT),
            outbound=Counter(connection.execute(outbound).scalars()),
            events=rows(EVENT),
        )


async def reckon(site: Site, sent: Sequence[OrderFile], yeses: Yeses) -> Reckoning:
    """Hold everything against everything. Call it when all is settled and a node is up."""
    books = await asyncio.to_thread(read_books, site)
    result = Reckoning(faults=list(yeses.faults))
    bytes_of = await asyncio.to_thread(
        contents, site, {row.sha256 for row in (*books.transmissions, *books.acknowledgements)}
    )
    _check_received(result, books, bytes_of, sent, yeses)
    accepted = _check_interchanges(result, books, sent)
    _check_documents(result, books, sent, accepted)
    _check_orders(result, books, site.erp.orders())
    _check_answers(result, books, bytes_of, accepted)
    _check_events(result, books)
    await _check_pickup(result, books, bytes_of, site)
    result.repeats = (await site.erp.counters())["repeats"]
    return result


def contents(site: Site, hashes: Iterable[str]) -> Mapping[str, bytes]:
    """The stored bytes behind each hash, read as the road reads them."""
    blobs = site.memory.blobs
    with site.memory.database.reading() as connection:
        rows = {row.sha256: row for row in connection.execute(select(CONTENT))}
        return {name: b"".join(blobs.chunks(from_row(blobs, rows[name]))) for name in hashes}


def _check_received(
    result: Reckoning, books: Books, bytes_of: Mapping[str, bytes], sent: Sequence[OrderFile], yeses: Yeses
) -> None:
    whole = {file.sha256: file for file in sent}
    for row in books.transmissions:
        result.expect(
            row.sha256 in whole, f"{row.id} {row.file_name}: {row.size} bytes that nobody sent as a whole file"
        )
        result.expect(row.state == "processed", f"{row.id} {row.file_name}: {row.state} {row.reason}")
    for name, content in bytes_of.items():
        result.expect(hashlib.sha256(content).hexdigest() == name, f"{name}: other bytes are stored under this hash")
    by_name = Counter((row.door, row.file_name, row.sha256) for row in books.transmissions)
    said = Counter([("sftp", file.name, file.sha256) for file in yeses.sftp])
    said.update(("http", file.name, file.sha256) for file in yeses.posted)
    said.update(("as2", file.name, file.sha256) for file in yeses.as2)
    result.acknowledged = said.total()
    result.stored = sum(min(by_name[key], count) for key, count in said.items())
    result.lost = result.acknowledged - result.stored
    result.expect(result.lost == 0, f"{result.lost} acknowledged uploads are not stored")
    _check_message_ids(result, books, yeses)


def _check_message_ids(result: Reckoning, books: Books, yeses: Yeses) -> None:
    by_message: dict[str, set[str]] = defaultdict(set)
    for row in books.transmissions:
        if row.message_id is not None:
            by_message[row.message_id].add(row.id)
    for message_id, told in yeses.http.items():
        result.expect(
            by_message[message_id] == set(told), f"{message_id}: told {told}, stored {by_message[message_id]}"
        )


def _check_interchanges(result: Reckoning, books: Books, sent: Sequence[OrderFile]) -> Mapping[str, OrderFile]:
    """Each control number is accepted once and is a duplicate at every other time. Returns files by interchange id."""
    by_number: dict[str, list[Row]] = defaultdict(list)
    for row in books.interchanges:
        by_number[row.control_number].append(row)
    accepted: dict[str, OrderFile] = {}
    for file in sent:
        found = Counter(row.state for row in by_number.pop(file.control_number, ()))
        result.duplicates += found["duplicate"]
        right = found["accepted"] == 1 and found.total() == 1 + found["duplicate"]
        result.expect(right, f"interchange {file.control_number}: {dict(found)}")
    result.expect(not by_number, f"interchanges that nobody sent: {sorted(by_number)}")
    files = {file.control_number: file for file in sent}
    for row in books.interchanges:
        if row.state == "accepted" and row.control_number in files:
            accepted[row.id] = files[row.control_number]
    return accepted


def _check_documents(
    result: Reckoning, books: Books, sent: Sequence[OrderFile], accepted: Mapping[str, OrderFile]
) -> None:
    for row in books.documents:
        result.expect(row.state == "delivered", f"document {row.id} {row.business_number}: {row.state} {row.reason}")
        result.expect(row.interchange_id in accepted, f"document {row.id} of an interchange that was not accepted")
    there = Counter(row.business_number for row in books.documents)
    wanted = Counter(number for file in sent for number in file.numbers)
    result.expect(there == wanted, f"documents: missing {wanted - there}, too many {there - wanted}")


def _check_orders(result: Reckoning, books: Books, orders: Sequence[Mapping[str, str]]) -> None:
    """One order per document, under its key, and known to us by the ERP's own number."""
    keys = Counter(order["key"] for order in orders)
    result.orders, result.keys = len(orders), len(keys)
    wanted = {f"{row.id}.{row.generation}": row for row in books.documents}
    result.expect(set(keys) == set(wanted), f"keys: missing {wanted.keys() - keys}, unknown {keys.keys() - wanted}")
    result.expect(max(keys.values(), default=1) == 1, f"orders kept twice: {[key for key in keys if keys[key] > 1]}")
    for order in orders:
        row = wanted.get(order["key"])
        if row is not None:
            same = (row.business_number, row.external_id) == (order["business_number"], order["id"])
            result.expect(same, f"{row.id}: {row.business_number} {row.external_id}, but the ERP has {order}")


def _check_answers(
    result: Reckoning, books: Books, bytes_of: Mapping[str, bytes], accepted: Mapping[str, OrderFile]
) -> None:
    per_interchange = Counter(row.interchange_id for row in books.acknowledgements)
    result.expect(per_interchange == Counter(accepted.keys()), f"997 files per interchange: {per_interchange}")
    for row in books.acknowledgements:
        result.expect(books.outbound[row.id] == 1, f"{row.name}: {books.outbound[row.id]} times in outbound folders")
        if row.interchange_id in accepted:
            faults = answer_faults(bytes_of[row.sha256], accepted[row.interchange_id])
            result.expect(not faults, f"{row.name}: {faults}")
            result.answers += len(accepted[row.interchange_id].groups)
    # Numbers are given out in the transaction that stores the file: a crash leaves neither gap nor repeat.
    numbers = sorted(row.interchange_number for row in books.acknowledgements)
    result.expect(numbers == list(range(1, len(numbers) + 1)), f"ISA13 of our answers: {numbers}")
    groups = sorted(number for row in books.acknowledgements for number in row.group_numbers)
    result.expect(groups == list(range(1, len(groups) + 1)), f"GS06 of our answers: {groups}")


def answer_faults(content: bytes, file: OrderFile) -> str:
    """What is wrong with an answer to `file`, "" when nothing: clean under our own guide, one 997 per group, all A."""
    for event in examine(content):
        findings = getattr(event, "findings", ())
        if findings or isinstance(event, Unreadable):
            return f"does not read clean: {findings}"
    segments = [segment.split("*") for segment in content.decode("ascii").replace("\n", "").split("~")]
    found = {
        name: [segment[1:] for segment in segments if segment[0] == name] for name in ("ST", "AK1", "AK2", "AK5", "AK9")
    }
    groups = [str(int(file.control_number) * 10 + ordinal) for ordinal in range(1, len(file.groups) + 1)]
    sizes = [str(len(group)) for group in file.groups]
    wanted = {
        "ST": ["997"] * len(groups),
        "AK1": groups,
        "AK2": ["850"] * len(file.numbers),
        "AK5": ["A"] * len(file.numbers),
        "AK9": [["A", size, size, size] for size in sizes],
    }
    told = {
        "ST": [one[0] for one in found["ST"]],
        "AK1": [one[1] for one in found["AK1"]],
        "AK2": [one[0] for one in found["AK2"]],
        "AK5": [one[0] for one in found["AK5"]],
        "AK9": found["AK9"],
    }
    return "" if told == wanted else f"says {told}, not {wanted}"


def _check_events(result: Reckoning, books: Books) -> None:
    """Each change is told once. An answer is offered once, and again only for a copy, with the copy's name."""
    told = Counter(
        (row.subject, row.kind, row.why if row.kind == "acknowledgement.offered" else "")
        for row in books.events
        if row.kind not in MORE_THAN_ONCE
    )
    doubled = [key for key, count in told.items() if count > 1]
    result.expect(not doubled, f"told more than once: {doubled[:5]}")
    for kind, rows in (
        ("transmission.received", books.transmissions),
        ("transmission.processed", books.transmissions),
        ("document.delivered", books.documents),
        ("acknowledgement.offered", books.acknowledgements),
    ):
        missing = [row.id for row in rows if not told[row.id, kind, ""]]
        result.expect(not missing, f"{kind} was never told of {missing[:5]}")


async def _check_pickup(result: Reckoning, books: Books, bytes_of: Mapping[str, bytes], site: Site) -> None:
    """What ACME finds in its outbound folder is what is stored, no more and no less."""
    stored = {row.name: bytes_of[row.sha256] for row in books.acknowledgements if row.channel == "acme-sftp"}
    fetched: dict[str, bytes] = {}
    async with sftp_session(site.home, site.up()[0].sftp_port) as session:
        for name in await session.listdir("/outbound"):
            if name not in (".", ".."):
                async with session.open(f"/outbound/{name}", "rb") as remote:
                    fetched[str(name)] = await remote.read()
    result.expect(fetched == stored, f"outbound: {len(fetched)} files fetched, {len(stored)} stored")
