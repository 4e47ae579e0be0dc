"""The store under test, with short names for what tests do to it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import sqlalchemy
from sqlalchemy import select

from gateway.parcel import Content, Parcel, Receipt
from gateway.pipeline.ports import Entry, Folder, Task
from gateway.pipeline.stage import (
    DeliveryOutcome,
    DocumentOutcome,
    DuplicateKey,
    GroupCount,
    InterchangeOutcome,
    Reply,
    TransmissionOutcome,
)
from gateway.store.carrying_book import CarryingBook
from gateway.store.journal import StoreJournal
from gateway.store.mailbox import StoreMailbox
from gateway.store.means import Means
from gateway.store.operator import StoreOperator
from gateway.store.questions import StoreQuestions
from gateway.store.writer import Writer
from gateway.x12.acknowledge import functional_acknowledgement
from gateway.x12.interchange import GroupResult, InterchangeResult, SetResult
from gateway.x12.read import examine
from tests.contract.store import rows
from tests.contract.store.clock import Clock


@dataclass
class Shop:
    """Everything of the store over one `Means`."""

    means: Means
    journal: StoreJournal = field(init=False)
    mailbox: StoreMailbox = field(init=False)
    questions: StoreQuestions = field(init=False)
    operator: StoreOperator = field(init=False)
    carryings: CarryingBook = field(init=False)

    def __post_init__(self) -> None:
        self.carryings = CarryingBook(self.means)
        self.journal = StoreJournal(self.means)
        self.mailbox = StoreMailbox(self.means)
        self.questions = StoreQuestions(self.means.database, self.means.blobs)
        self.operator = StoreOperator(self.means)

    @property
    def clock(self) -> Clock:
        """The clock of the store."""
        return cast("Clock", self.means.now)

    def parcel(self, data: bytes = b"ISA*~", **about: Any) -> Parcel:
        """What a door hands in."""
        content = about.pop("content", None) or content_of(data)
        values: dict[str, Any] = {"channel": "acme", "door": "http", "received_at": self.means.now()} | about
        return Parcel(**values, content=content)

    async def receive(self, *parcels: Parcel, **writer: Any) -> list[Receipt]:
        """Have a writer of its own take parcels, in order, in one group."""
        taker = Writer(self.means, **writer)
        receipts = await receive_together(taker, parcels)
        failed = [one for one in receipts if isinstance(one, BaseException)]
        if failed:
            raise failed[0]
        return cast("list[Receipt]", receipts)

    async def arrived(self, data: bytes = b"", **about: Any) -> str:
        """The id of a transmission that was just received."""
        return (await self.receive(self.parcel(data, **about)))[0].transmission_id

    def opened(self, transmission: str, **changes: Any) -> TransmissionOutcome:
        """A transmission unsealed: every set of every interchange of it mapped for destination "erp"."""
        received = self.journal.received([transmission])[0]
        data = b"".join(self.means.blobs.chunks(received.content))
        return TransmissionOutcome(
            id=transmission, state="processed", interchanges=tuple(self._interchanges(data, changes))
        )

    def _interchanges(self, data: bytes, changes: dict[str, Any]) -> list[InterchangeOutcome]:
        found: list[InterchangeOutcome] = []
        sets: list[SetResult] = []
        groups: list[GroupCount] = []
        for event in examine(data):
            if isinstance(event, SetResult):
                sets.append(event)
            elif isinstance(event, GroupResult):
                header = event.header
                about = (header.functional_id, header.sender, header.receiver, header.control_number)
                groups.append(GroupCount(*about, sets=event.received))
            elif isinstance(event, InterchangeResult):
                one = self._interchange(data, event, sets, len(found) + 1, changes)
                found.append(replace(one, groups=tuple(groups)))
                sets, groups = [], []
        return found

    def _interchange(
        self, data: bytes, result: InterchangeResult, sets: Sequence[SetResult], ordinal: int, changes: dict[str, Any]
    ) -> InterchangeOutcome:
        header, draft = result.header, functional_acknowledgement(result)
        return InterchangeOutcome(
            id=self.means.new_id(),
            ordinal=ordinal,
            header=header,
            offset=result.offset,
            length=result.length,
            sha256=hashlib.sha256(data[result.offset : result.offset + result.length]).hexdigest(),
            partner="acme",
            state="accepted",
            findings=result.findings,
            duplicate_key=DuplicateKey(
                sender=f"ZZ/{header.sender}",
                receiver=f"ZZ/{header.receiver}",
                usage=header.usage,
                control_number=header.control_number,
            ),
            sets=len(sets),
            documents=tuple(self._document(one, changes) for one in sets),
            acknowledgements=(draft,) if draft else (),
        )

    def _document(self, result: SetResult, changes: dict[str, Any]) -> DocumentOutcome:
        assert result.content is not None
        outcome = DocumentOutcome(
            id=self.means.new_id(),
            ordinal=result.ordinal,
            partner="acme",
            agreement="acme/850",
            set_id=result.header.id,
            version=result.content.group.version,
            group_control_number=result.content.group.control_number,
            set_control_number=result.header.control_number,
            state="mapped",
            offset=result.offset,
            length=result.length,
            findings=result.findings,
            pins={"mapping": "acme/850@1"},
            destination="erp",
            canonical_type="order",
            canonical=b'{"total":"10.50"}',
            business_number=f"PO-{result.header.control_number}",
            search={"customer order": f"C-{result.header.control_number}"},
        )
        return replace(outcome, **changes)

    async def processed(
        self, data: bytes, *, channel: str = "acme", push: bool = False, **changes: Any
    ) -> TransmissionOutcome:
        """Receive, open, record; with `push` its answers are carried to the partner."""
        outcome = self.opened(await self.arrived(data, channel=channel), **changes)
        outcome = replace(outcome, interchanges=tuple(replace(one, push=push) for one in outcome.interchanges))
        self.journal.record_processed([outcome])
        return outcome

    async def documents(self, count: int = 1, *, control: str = "000000001", **changes: Any) -> list[str]:
        """Ids of so many mapped documents of one interchange, just recorded."""
        outcome = await self.processed(an_interchange(control, sets=count), **changes)
        return [document.id for document in outcome.interchanges[0].documents]

    def mail(self, folder: Folder, channel: str = "acme") -> list[Entry]:
        """The entries of a folder with their bytes, oldest first."""
        found = [self.mailbox.entry(channel, folder, one.name) for one in self.mailbox.entries(channel, folder)]
        return [entry for entry in found if entry is not None]

    def attempted(self, document: str, kind: str, state: str, **about: Any) -> DeliveryOutcome:
        """What one attempt came to."""
        reply = Reply(kind=cast("Any", kind), external_id=about.pop("external_id", ""), detail=about.get("reason", ""))
        return DeliveryOutcome(id=document, state=cast("Any", state), reply=reply, **about)

    def work(self, task: Task | None = None) -> list[tuple[str, list[object]]]:
        """What is enqueued."""
        return rows.work(self.means.database, task)

    def delays(self, task: Task) -> list[float]:
        """When it is due."""
        return rows.delays(self.means.database, task)

    def all(self, table: sqlalchemy.Table, *where: Any) -> Sequence[Any]:
        """Rows of a table, by its primary key."""
        with self.means.database.reading() as connection:
            return connection.execute(select(table).where(*where).order_by(*table.primary_key.columns)).all()

    def state(self, document: str) -> str:
        """Where a document stands."""
        detail = self.questions.document(document)
        assert detail is not None
        return detail.row.state

    def kinds(self, document: str) -> list[str]:
        """Kinds of events of a document, in order."""
        detail = self.questions.document(document)
        assert detail is not None
        return [event.kind for event in detail.events if event.subject == document]


async def receive_together(writer: Writer, parcels: Sequence[Parcel]) -> list[Receipt | BaseException]:
    """Hand everything in before the writer starts: it is one group."""
    import asyncio

    writer._open = True
    waiting = [asyncio.ensure_future(writer.receive(parcel)) for parcel in parcels]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.start)
    try:
        return list(await asyncio.gather(*waiting, return_exceptions=True))
    finally:
        await asyncio.to_thread(writer.stop)


def content_of(data: bytes) -> Content:
    """Small content."""
    return Content(sha256=hashlib.sha256(data).hexdigest(), size=len(data), inline=data)


def an_interchange(
    control: str = "000000001",
    *,
    sender: str = "ACMERETAIL",
    receiver: str = "OURHOUSE",
    usage: str = "P",
    sets: int = 1,
    groups: int = 1,
    order: str = "4711",
    line_end: str = "",
) -> bytes:
    """An interchange of small 850s, valid in 004010."""
    segments = [
        f"ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{receiver:<15}*260302*1200*U*00401*{control}*0*{usage}*>"
    ]
    for group in range(1, groups + 1):
        segments.append(f"GS*PO*{sender}*{receiver}*20260302*1200*{group}*X*004010")
        for number in range(1, sets + 1):
            segments += [
                f"ST*850*{number:04}",
                f"BEG*00*SA*{order}{number}**20260302",
                "PO1*1*12*EA*9.25**BP*AB-100",
                "CTT*1",
                f"SE*5*{number:04}",
            ]
        segments.append(f"GE*{sets}*{group}")
    segments.append(f"IEA*{groups}*{control}")
    return "".join(f"{segment}~{line_end}" for segment in segments).encode()


def a_mapped(document: str) -> DocumentOutcome:
    """What mapping makes of a document that is good."""
    return DocumentOutcome(
        id=document,
        ordinal=1,
        partner="acme",
        agreement="acme/850",
        set_id="850",
        version="004010",
        group_control_number="1",
        set_control_number="0001",
        state="mapped",
        offset=0,
        length=0,
        destination="erp",
        canonical_type="order",
        canonical=b"{}",
    )
