"""One gateway on the demo's stage: a file goes in over SFTP as its sender would send it, and its answers are fetched as
the sender would.
"""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from gateway.app.demo.partner import PartnerClient
from gateway.app.demo.rounds import Strangers
from gateway.app.demo.told import Told, read_acknowledgements
from gateway.app.memory import Memory
from gateway.backends.sandbox import SandboxErp
from gateway.partners.book import Book, Quarantine
from gateway.pipeline.questions import DocumentDetail, TransmissionRow
from gateway.x12.interchange import GroupResult, InterchangeHeader, InterchangeResult
from gateway.x12.read import examine

PATIENCE_SECONDS = 60.0
"""How long one file may take to be settled; ordinarily it is a fraction of a second."""

SETTLED = frozenset({"delivered", "reconciled", "rejected", "held", "dead"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One file and all that became of it. `transmission` is None when it was lost or refused at the door
    (`refusal`). `note` says what was unusual in how it was sent; `round` counts the gateways it took, from 1.
    `never_answered` are (ISA13, GS06) of acknowledgements in it, GS06 "" for TA1s: nobody acknowledges those.
    """

    path: Path
    channel: str
    seconds: float
    transmission: TransmissionRow | None
    documents: Sequence[DocumentDetail]
    answers: Mapping[str, bytes]
    told: Told
    erp_requests: Sequence[Mapping[str, object]]
    refusal: str = ""
    note: str = ""
    round: int = 1
    never_answered: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One file as it will be sent. `note` says what is unusual about that."""

    path: Path
    content: bytes
    note: str
    strangers: Strangers


def acknowledgements_in(content: bytes) -> frozenset[tuple[str, str]]:
    """(ISA13, GS06) of groups of acknowledgements (GS01 FA), and (ISA13, "") of interchanges that carry TA1s."""
    found: set[tuple[str, str]] = set()
    control_number = ""
    for event in examine(content):
        if isinstance(event, InterchangeHeader):
            control_number = event.control_number
        elif isinstance(event, GroupResult) and event.header.functional_id == "FA":
            found.add((control_number, event.header.control_number))
        elif isinstance(event, InterchangeResult) and event.received_ta1:
            found.add((control_number, ""))
    return frozenset(found)


def headers_of(content: bytes) -> Iterator[InterchangeHeader]:
    """The header of every interchange in a file."""
    return (event for event in examine(content) if isinstance(event, InterchangeHeader))


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a file is played with."""

    book: Book
    memory: Memory
    client: PartnerClient
    sandbox: SandboxErp
    channels: Sequence[str]

    async def play(self, number: int, script: Script, round_: int) -> Played:
        """Send one file, wait until it is settled, and fetch what was answered."""
        path, content = script.path, script.content
        channel = self._channel(content)
        # Only characters the drop-box takes, and a number that makes the name the only one of its kind.
        name = f"{number:04d}-{re.sub(r'[^A-Za-z0-9._-]', '_', path.name)[-120:]}"
        started = time.monotonic()
        refusal = ""
        try:
            await self.client.upload(channel, name, content)
        except asyncssh.Error as refused:
            refusal = f"refused at the door: {refused.reason}"
        transmission, documents = (None, ()) if refusal else await self._settled(name)
        seconds = time.monotonic() - started
        answers = await self._answers(transmission)
        return Played(
            path=path,
            channel=channel,
            seconds=seconds,
            transmission=transmission,
            documents=documents,
            answers=answers,
            told=read_acknowledgements(answers.values()),
            erp_requests=self._requests(documents),
            refusal=refusal,
            note=script.note,
            round=round_,
            never_answered=acknowledgements_in(content),
        )

    def _channel(self, content: bytes) -> str:
        """The channel that carries the sender; a stranger, or what is no X12, is sent by the first there is."""
        header = next(headers_of(content), None)
        if header is not None:
            for channel in self.channels:
                found = self.book.partner_of(channel, (header.sender_qualifier, header.sender))
                if not isinstance(found, Quarantine):
                    return channel
        return self.channels[0]

    async def _settled(self, name: str) -> tuple[TransmissionRow | None, Sequence[DocumentDetail]]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = await asyncio.to_thread(self._found, name)
            if found is not None:
                transmission, documents = found
                waiting = transmission.state == "received" or any(one.row.state not in SETTLED for one in documents)
                if not waiting or time.monotonic() > deadline:
                    return transmission, documents
            elif time.monotonic() > deadline:
                return None, ()
            await asyncio.sleep(0.02)

    def _found(self, name: str) -> tuple[TransmissionRow, Sequence[DocumentDetail]] | None:
        questions = self.memory.questions
        for row in questions.transmissions(limit=3):
            if row.file_name == name:
                details = (questions.document(one) for one in row.documents)
                return row, [detail for detail in details if detail is not None]
        return None

    async def _answers(self, transmission: TransmissionRow | None) -> Mapping[str, bytes]:
        fetched: dict[str, bytes] = {}
        for one in transmission.acknowledgements if transmission else ():
            try:
                fetched[one["name"]] = await self.client.fetch(one["channel"], one["name"])
            except asyncssh.Error:
                continue  # not there for its receiver: then it was not answered
        return fetched

    def _requests(self, documents: Sequence[DocumentDetail]) -> Sequence[Mapping[str, object]]:
        ids = {detail.row.id for detail in documents}
        shown = (request.as_json() for request in self.sandbox.requests)
        return [one for one in shown if _key(one).rpartition(".")[0] in ids]


def _key(request: Mapping[str, object]) -> str:
    headers = request["headers"]
    assert isinstance(headers, dict)  # noqa: S101 - the sandbox's own form
    return str(headers.get("Idempotency-Key", ""))
