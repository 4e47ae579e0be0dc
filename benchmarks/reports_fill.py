"""A database of many documents, as months of trade leave them: 50 partners, 120 days, orders with what followed them.

An order is about eight documents: 850 in, 855, 856 and 810 out, the 997 for each of them, an 820 for every third, and
for every third a 940 to one of four warehouses and the 945 that answers it. Most went well; what did not is what
reports are about. Rows are written in bulk, without the gateway.
"""

import hashlib
import heapq
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import reports_goods
from sqlalchemy import BigInteger, Boolean, Integer
from sqlalchemy.engine import Dialect

from gateway.store.columns import Json, Moment
from gateway.store.database import open_database
from gateway.store.tables import METADATA

PARTNERS = tuple(f"partner-{number:02}" for number in range(50))
WAREHOUSES = PARTNERS[5::13]
PER_ORDER = 8.16
"""Documents."""

DAYS = 120
VERBS = tuple(f"documents.{verb}" for verb in ("waive", "note", "assign", "replay", "hold"))
ORDERS_AT_ONCE = 2_000
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_GROUPS = {"810": "IN", "820": "RA", "850": "PO", "855": "PR", "856": "SH", "940": "OW", "945": "SW", "997": "FA"}
_GOODS = {"940": "warehouse_order.v1", "945": "warehouse_shipment.v1"}

REFUSAL = [{"line": "IT1 (segment 3), element 2: a mandatory element is missing", "segment": "IT1", "position": 3}]
"""What partners say of a document that they refuse or only just take."""

Row = dict[str, Any]


def partner_files(root: Path) -> dict[str, str]:
    """Partner files of all partners: who they are, and when their day begins."""
    zones = ("America/New_York", "America/Chicago", "Europe/Berlin", "America/Los_Angeles", "UTC")
    files = {"company.yaml": (root / "partners/company.yaml").read_text("utf-8")}
    for path in (root / "partners/destinations").glob("*.yaml"):
        files[f"destinations/{path.name}"] = path.read_text("utf-8")
    for number, name in enumerate(PARTNERS):
        zone = zones[number % len(zones)]
        files[f"{name}.yaml"] = f"name: {name}\nowner: edi\nisa: [ZZ/{_isa(name)}]\ntime_zone: {zone}\n"
    return files


def _isa(name: str) -> str:
    return name.upper().replace("-", "")


@dataclass(slots=True)
class _Books:
    """Rows by table, until they are written."""

    rows: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    ids: int = 0
    events: int = 0

    def add(self, table: str, **row: object) -> None:
        self.rows[table].append(row)

    def id(self, at: datetime) -> str:
        """As the gateway makes them: the time first, so that they sort by it."""
        self.ids += 1
        value, text = (int(at.timestamp() * 1000) << 80) + self.ids, ""
        for _ in range(26):
            value, digit = divmod(value, 32)
            text = _ALPHABET[digit] + text
        return text

    def event(self, at: datetime, transmission: str, subject: str, kind: str, why: str = "") -> None:
        self.events += 1
        row = {"number": self.events, "at": at, "transmission_id": transmission, "subject": subject}
        self.add("event", **row, kind=kind, who="gateway", why=why)

    def content(self, text: str) -> str:
        body = text.encode()
        sha256 = hashlib.sha256(body).hexdigest()
        self.add("content", sha256=sha256, size=len(body), body=body)
        return sha256


class Trade:
    """Orders and what follows them, in the order of time."""

    def __init__(self, documents: int, now: datetime) -> None:
        self.random = Random(documents)
        self.books = _Books()
        self.now = now
        self.orders = max(1, round(documents / PER_ORDER))
        self.first = now - timedelta(days=DAYS)
        self.paces: dict[tuple[Any, ...], Row] = {}
        self.numbers = Counter[tuple[str, ...]]()
        self.coming: list[tuple[datetime, int, Callable[..., None], tuple[object, ...]]] = []
        self.scheduled = 0

    def batches(self) -> Iterator[dict[str, list[Row]]]:
        """Rows by table, some thousand orders at a time; at the end what is counted over all of them."""
        weights = [0 if one in WAREHOUSES else 1 / (rank + 3) for rank, one in enumerate(PARTNERS)]
        for number in range(self.orders):
            at = self.first + (self.now - self.first) * (number / self.orders)
            self._pass_time(at)
            self._order(number, self.random.choices(PARTNERS, weights)[0], at)
            if number % ORDERS_AT_ONCE == ORDERS_AT_ONCE - 1:
                yield self._taken()
        self._pass_time(self.now)
        self._audit()
        for pace in self.paces.values():
            self.books.add("pace_day", **pace)
        yield self._taken()

    def _taken(self) -> dict[str, list[Row]]:
        rows, self.books.rows = dict(self.books.rows), defaultdict(list)
        return rows

    def _later(self, at: datetime, what: Callable[..., None], *arguments: object) -> None:
        """Everything is written in the order of time, as it happens."""
        self.scheduled += 1
        heapq.heappush(self.coming, (at, self.scheduled, what, arguments))

    def _pass_time(self, until: datetime) -> None:
        while self.coming and self.coming[0][0] <= until:
            at, _, what, arguments = heapq.heappop(self.coming)
            what(at, *arguments)

    # ------------------------------------------------------------------------------------------ an order

    def _order(self, number: int, partner: str, at: datetime) -> None:
        books, order = self.books, f"PO{number:08}"
        amount = Decimal(self.random.randrange(5_000, 900_000)).scaleb(-2)
        usage = "T" if self.random.random() < 0.02 else "P"
        about = {"order": order, "usage": usage, "partner": partner, "thread": books.id(at), "amount": amount}
        books.add(
            "thread", id=about["thread"], partner=partner, usage=usage, kind="customer", number=order, ordered=True,
            opened_at=at, last_at=min(self.now, at + timedelta(days=30 if number % 3 == 0 else 2)),
        )  # fmt: skip
        first = self._received(at, "850", order, about)
        answered = self.random.random() > 0.01
        for set_id, hours in (("855", 6), ("856", 30), ("810", 36)):
            when = at + timedelta(hours=hours * (0.5 + self.random.random()))
            follows = answered and when <= self.now
            document = books.id(when)
            self._owed(set_id, first, document if follows else "", at, about)
            if follows:
                self._later(when, self._sent, set_id, document, first, about)
            if follows and set_id == "810" and number % 3 == 0:
                self._later(when + timedelta(days=25), self._paid, document, about)
        if number % 3 == 1:
            self._later(at + timedelta(hours=1 + self.random.random()), self._to_ship, f"HP-{number:08}", first, about)

    def _to_ship(self, at: datetime, number: str, order: str, about: Row) -> None:
        """A 940 to a warehouse, and the 945 for it, which not all send."""
        warehouse = self.random.choice(WAREHOUSES)
        body = reports_goods.ordered(self.random, number, about["order"], at.date() + timedelta(days=3))
        about = {**about, "partner": warehouse, "goods": body}
        self._sent(at, "940", self.books.id(at), order, about)
        if self.random.random() > 0.01:
            when = at + timedelta(hours=8 + self.random.random() * 36)
            about = {**about, "goods": reports_goods.shipped(self.random, body, when.date())}
            self._later(when, lambda now: self._received(now, "945", f"NG-{number[3:]}", about))

    def _paid(self, at: datetime, invoice: str, about: Row) -> None:
        payment = self._received(at, "820", f"RA{about['order'][2:]}", about)
        self._fact(payment, invoice, self.random.choice(("paid", "paid", "short_paid")), about, at, "payment")

    def _received(self, at: datetime, set_id: str, number: str, about: Row) -> str:
        """A document that came in, with its file, its interchange and our answer."""
        books, chance, partner = self.books, self.random.random(), about["partner"]
        told = "R" if chance < 0.01 else "E" if chance < 0.04 else "A"
        state = "rejected" if told == "R" else "held" if chance > 0.997 else "dead" if chance > 0.995 else "delivered"
        if set_id == "997":
            told, state = "", "reconciled"
        transmission, interchange, document = books.id(at), books.id(at), books.id(at)
        usage = about["usage"]
        control, group = f"{self._next(partner, usage):09}", self._next(partner)
        sha256 = books.content(
            f"ISA*00*{partner}*{control}~ST*{set_id}*0001~BEG*00*SA*{number}~" + "PO1*1*3*EA*9.25~" * 12
        )
        books.add(
            "transmission", id=transmission, channel=f"{partner}-sftp", door="sftp", file_name=f"{control}.edi",
            sha256=sha256, size=600, state="processed", received_at=at, state_at=at, released=False,
        )  # fmt: skip
        ends = {"sender": f"ZZ/{_isa(partner)}", "receiver": "ZZ/HARBORPINE", "usage": about["usage"]}
        books.add(
            "interchange", id=interchange, transmission_id=transmission, state="accepted", partner=partner, **ends,
            control_number=control, header={}, findings=[], sha256=sha256, recorded_at=at, received_at=at, sets=1,
            group_counts=[[_GROUPS[set_id], _isa(partner), "HARBORPINE", str(group), 1]],
            groups=1, first_group=group, last_group=group,
        )  # fmt: skip
        books.add(
            "interchange_key", **ends, control_number=control, interchange_id=interchange,
            transmission_id=transmission, sha256=sha256, seen_at=at,
        )  # fmt: skip
        self._document(
            document, transmission, set_id, at, number, about, interchange_id=interchange, direction="inbound",
            state=state, told=told, channel=f"{partner}-sftp", interchange_control_number=control,
            group_control_number=str(group),
            external_id=f"SO-{control}" if state == "delivered" else "",
            delivered_at=at + timedelta(seconds=1) if state == "delivered" else None,
        )  # fmt: skip
        for kind in ("transmission.received", "transmission.processed", "document.validated", f"document.{state}"):
            books.event(at, transmission, transmission if kind.startswith("t") else document, kind)
        if set_id != "997":
            mine, ours = self._next("to", partner, usage), self._next("to", partner)
            books.add(
                "acknowledgement", id=books.id(at), interchange_id=interchange, transmission_id=transmission,
                kind="997", channel=f"{partner}-sftp", name=f"997-{ours}.x12", interchange_number=mine,
                group_numbers=[ours], sha256=sha256, size=200, state="confirmed", offers=1, sealed_at=at, offered_at=at,
                fetched_at=at + timedelta(minutes=5), confirmed_at=at + timedelta(minutes=5),
            )  # fmt: skip
            self._pace(document, "inbound", set_id, at, about, told, 60)
        if state == "held":
            books.add("deadline", document_id=document, due="attention", started_at=at, due_at=at + timedelta(hours=4),
                      missed_at=at + timedelta(hours=4) if at < self.now - timedelta(hours=4) else None)  # fmt: skip
        return document

    def _sent(self, at: datetime, set_id: str, document: str, order: str, about: Row) -> None:
        """A document of ours, with its interchange, and the partner's answer where one came."""
        books, chance, partner = self.books, self.random.random(), about["partner"]
        said = (
            "overdue" if chance < 0.002
            else "rejected" if chance < 0.010
            else "waived" if chance < 0.012
            else "accepted_with_errors" if chance < 0.05
            else "accepted"
        )  # fmt: skip
        answered_at = at + timedelta(hours=self.random.random() * 8)
        if answered_at > self.now:
            said, answered_at = "awaited", self.now
        transmission, interchange, group = (books.id(at) for _ in range(3))
        control, ours = self._next("to", partner, about["usage"]), self._next("to", partner)
        number = about["goods"]["depositor_order"] if set_id == "940" else f"{set_id}-{about['order'][2:]}"
        sha256 = books.content(f'{{"schema":"set-{set_id}","number":"{number}","partner":"{partner}","at":"{at}"}}')
        books.add(
            "transmission", id=transmission, channel="intake/erp", door="intake", sha256=sha256, size=90,
            state="processed", received_at=at, state_at=at,
        )  # fmt: skip
        books.add(
            "outbound_interchange", id=interchange, partner=partner, channel=f"{partner}-sftp",
            sender="ZZ/HARBORPINE", receiver=f"ZZ/{_isa(partner)}", usage=about["usage"], control_number=control,
            version="00401", lane="", name=f"{set_id}-{ours}.x12", sha256=sha256, size=700, state="confirmed",
            sealed_at=at, offered_at=at, fetched_at=at + timedelta(minutes=9), confirmed_at=at + timedelta(minutes=9),
        )  # fmt: skip
        books.add(
            "outbound_group", id=group, interchange_id=interchange, functional_id=_GROUPS[set_id], sender="HARBORPINE",
            receiver=_isa(partner), control_number=ours, version="004010", sets=1,
            acknowledgement=said, acknowledged_at=None if said in ("awaited", "overdue") else answered_at,
        )  # fmt: skip
        answered = said not in ("awaited", "overdue", "waived")
        self._document(
            document, transmission, set_id, at, number, about, outbound_group_id=group, direction="outbound",
            state="sent", channel=f"{partner}-sftp", interchange_control_number=f"{control:09}",
            group_control_number=str(ours),
            acknowledgement=said, acknowledged_at=answered_at if answered else None,
            acknowledgement_detail=REFUSAL if said in ("rejected", "accepted_with_errors") else [],
            business=self.random.choice(("paid", "short_paid", "")) if set_id == "810" else "",
        )  # fmt: skip
        for kind in ("document.collected", "document.translated", "document.sealed", "document.sent"):
            books.event(at, transmission, document, kind)
        if set_id == "855":
            self._fact(document, order, "confirmed", about, at, "order_response")
        if answered:
            self._later(answered_at, self._answered, transmission, document, (interchange, group), ours, said, about)
        if said in ("awaited", "overdue", "rejected"):
            due = at + timedelta(hours=24)
            books.add("deadline", document_id=document, due="attention" if said == "rejected" else "acknowledgement",
                      started_at=at, due_at=due, missed_at=due if said == "overdue" else None)  # fmt: skip
        self._pace(document, "outbound", set_id, at, about, said, 3600)

    def _answered(
        self, at: datetime, transmission: str, document: str, sent: tuple[str, str], control: int, said: str, about: Row
    ) -> None:
        books = self.books
        answer = self._received(at, "997", f"997-{control}", about)
        detail = {"control_number": str(control), "counts": [1, 1, 1], "codes": [], "sets": [], "oddities": []}
        books.event(at, transmission, document, f"document.{said}")
        books.add(
            "received_acknowledgement", id=books.id(at), transmission_id=transmission, document_id=answer,
            partner=about["partner"], kind="997", status="A", outbound_interchange_id=sent[0],
            outbound_group_id=sent[1], outbound_document_id=document, detail=detail, received_at=at,
        )  # fmt: skip

    def _document(
        self, id: str, transmission: str, set_id: str, at: datetime, number: str, about: Row, **more: Any
    ) -> None:
        books, partner = self.books, about["partner"]
        priced, goods = set_id in ("850", "810", "820"), about.get("goods") if set_id in _GOODS else None
        books.add(
            "document", **({
                "id": id, "transmission_id": transmission, "partner": partner, "agreement": f"{partner}/set-{set_id}",
                "usage": about["usage"], "set_id": set_id, "version": "004010",
                "set_control_number": "0001", "findings": [], "pins": {"revision": "benchmark"},
                "search": {"order": about["order"]}, "destination": "erp",
                "thread": {"warehouse_order": goods["depositor_order"]} if goods else {"order": about["order"]},
                "canonical_type": _GOODS.get(set_id, f"set-{set_id}.v1"), "business_number": number,
                "original": True, "generation": 1, "attempts": 1,
                "received_at": at, "state_at": at, "amount": about["amount"] if priced else None,
                "currency": "USD" if priced else "", "dated": at.date(), "acknowledgement_detail": [],
            } | more),
        )  # fmt: skip
        books.add("thread_document", thread_id=about["thread"], document_id=id)
        books.add("document_key", document_id=id, name="order", value=about["order"])
        for name, which in (("ISA13", "interchange"), ("GS06", "group")):
            books.add("document_key", document_id=id, name=name, value=more[f"{which}_control_number"])
        books.add("document_key", document_id=id, name="ST02", value="0001")
        if set_id != "997":
            books.add("document_key", document_id=id, name="number", value=number)
            body = goods or {"number": number, "order": about["order"], "amount": str(about["amount"])}
            books.add("canonical", document_id=id, generation=1, body=reports_goods.stored(body), made_at=at)
        if goods:
            books.add("document_key", document_id=id, name="depositor_order", value=goods["depositor_order"])
        if set_id in ("850", "810"):
            books.add("business_number", document_id=id, partner=partner, number=number, normal=number)

    def _next(self, *counter: str) -> int:
        """The next number of a counter: ISA13 of a partner and usage, GS06 of a partner."""
        self.numbers[counter] += 1
        return self.numbers[counter]

    def _fact(self, document: str, subject: str, state: str, about: Row, at: datetime, kind: str) -> None:
        lost = self.random.random() < 0.003
        self.books.add(
            "business_fact", document_id=document, line=1, subject_id=None if lost else subject,
            state="unmatched" if lost else "matched", partner=about["partner"], usage=about["usage"],
            direction="inbound", set_id="820", kind=kind, by="payer", number=about["order"], lookup=about["order"],
            amount=about["amount"], currency="USD", dated=at.date(), said={"state": state}, at=at, heard_of=at,
        )  # fmt: skip

    def _owed(self, what: str, order: str, met: str, at: datetime, about: Row) -> None:
        due = at + timedelta(hours=48)
        self.books.add(
            "owed", subject=order, what=what, order_id=order, document_id=order, owed_by="us", partner=about["partner"],
            agreement=f"{about['partner']}/orders", usage=about["usage"], order_number=about["order"], started_at=at,
            due_at=due, state="met" if met else "open", missed_at=due if not met and due < self.now else None,
            met_by=met, met_at=at + timedelta(hours=20) if met else None,
        )  # fmt: skip

    def _pace(self, document: str, way: str, set_id: str, at: datetime, about: Row, said: str, seconds: int) -> None:
        key = (at.date(), about["partner"], way, about["usage"], set_id)
        refused, noted = said in ("R", "rejected"), said in ("E", "accepted_with_errors")
        one = {"day": key[0], "partner": key[1], "direction": way, "usage": key[3], "set_id": set_id}
        took = int(seconds * (0.5 + self.random.random()))
        self.books.add(
            "document_pace", document_id=document, **one, verdict=said, answered_after=took, fetched_after=300,
            late=said == "overdue", refusals=int(refused), faults={},
        )  # fmt: skip
        day = self.paces.get(key)
        if day is None:
            counts = dict.fromkeys(("documents", "answered", "refused", "noted", "late", "refusals"), 0)
            day = self.paces[key] = {**one, **counts, "answered_after": {}, "fetched_after": {}, "faults": {}}
        for name, more in (("documents", 1), ("answered", 1), ("refused", refused), ("noted", noted)):
            day[name] += int(more)

    def _audit(self) -> None:
        """What people did: two acts for every hundred orders."""
        hashed = "0" * 64
        for number in range(1, max(2, self.orders // 50)):
            at = self.first + timedelta(days=DAYS * number * 50 / self.orders)
            previous, hashed = hashed, hashlib.sha256(f"{number}".encode()).hexdigest()
            subject, verb = self.books.id(at), self.random.choice(VERBS)
            self.books.add(
                "audit", number=number, at=at, who=self.random.choice(("kim", "lee", "max")), verb=verb,
                subjects=[subject], reason="agreed by telephone", detail={}, previous=previous, hash=hashed,
            )  # fmt: skip
            self.books.add("audit_subject", subject=subject, number=number)


# ------------------------------------------------------------------------------------------------------ writing


def fill(url: str, documents: int, now: datetime, told: Callable[[str], None]) -> int:
    """Tables, rows, indexes, statistics; returns how many documents it has now. `url` leads to an empty database."""
    database = open_database(url)
    database.migrate()
    dialect = database.write.dialect
    database.close()
    writer = _Sqlite(url) if url.startswith("sqlite") else _Postgresql(url)
    writer.begin()
    order = [table.name for table in METADATA.sorted_tables]
    done = 0
    for batch in Trade(documents, now).batches():
        for name in sorted(batch, key=order.index):
            writer.write(name, *_bound(name, batch[name], dialect))
        done += len(batch.get("document", ()))
        told(f"{done:,} documents")
    writer.end()
    return done


def _bound(name: str, rows: list[Row], dialect: Dialect) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns, and rows as the driver takes them: what is not said is empty where it may not be null."""
    table = METADATA.tables[name]
    said = {key for row in rows for key in row}
    columns = [one for one in table.columns if one.name in said or not (one.nullable or one.autoincrement is True)]
    processors = [one.type.dialect_impl(dialect).bind_processor(dialect) for one in columns]
    empty = [None if one.nullable else _empty(one.type) for one in columns]
    ways = list(zip([one.name for one in columns], processors, empty, strict=True))
    made = [
        tuple(way(value) if way else value for key, way, none in ways for value in (row.get(key, none),))
        for row in rows
    ]
    return [one.name for one in columns], made


def _empty(kind: Any) -> object:
    if isinstance(kind, Json):
        return []
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | BigInteger):
        return 0
    return datetime(2026, 1, 1, tzinfo=UTC) if isinstance(kind, Moment) else ""


class _Sqlite:
    def __init__(self, url: str) -> None:
        self.connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)

    def begin(self) -> None:
        for word in ("journal_mode = off", "synchronous = off", "cache_size = -200000", "locking_mode = exclusive"):
            self.connection.execute(f"pragma {word}")
        found = "select name, sql from sqlite_master where type = 'index' and sql is not null"
        self.indexes = self.connection.execute(found).fetchall()
        for name, _ in self.indexes:
            self.connection.execute(f'drop index "{name}"')
        self.connection.execute("begin")

    def write(self, name: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(columns))
        self.connection.executemany(f'insert or ignore into "{name}" ({", ".join(columns)}) values ({marks})', rows)

    def end(self) -> None:
        self.connection.execute("commit")
        for _, sql in self.indexes:
            self.connection.execute(sql)
        self.connection.execute("pragma journal_mode = wal")
        self.connection.close()


class _Postgresql:
    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)

    def begin(self) -> None:
        self.connection.execute("set session_replication_role = replica")  # keys hold: the rows are made to
        self.connection.execute("set synchronous_commit = off")
        found = (
            "select indexname, indexdef from pg_indexes where schemaname = current_schema() and indexname not in "
            "(select conname from pg_constraint)"
        )
        self.indexes = self.connection.execute(found).fetchall()
        for name, _ in self.indexes:
            self.connection.execute(f'drop index "{name}"')

    def write(self, name: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        words = f'copy "{name}" ({", ".join(columns)}) from stdin'
        with self.connection.cursor() as cursor, cursor.copy(words) as copy:
            for row in rows:
                copy.write_row(row)

    def end(self) -> None:
        for _, sql in self.indexes:
            self.connection.execute(sql)
        for name in ("event", "audit"):
            words = f"select setval(pg_get_serial_sequence('{name}', 'number'), (select max(number) from {name}))"
            self.connection.execute(words)
        self.connection.execute("vacuum analyze")
        self.connection.close()
