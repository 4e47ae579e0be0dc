"""The play: every file goes in over SFTP as its sender would send it, and its answers are fetched as the sender
would.
"""

import asyncio
import dataclasses
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from gateway.app.demo.adopt import adopt, with_sftp
from gateway.app.demo.partner import PartnerClient
from gateway.app.demo.told import Told, read_acknowledgements
from gateway.app.gateway import checked_rules, read_authored
from gateway.app.home import fill_secrets, make_home
from gateway.app.memory import Memory
from gateway.app.run import running_with_sandbox
from gateway.app.secrets import Secrets
from gateway.backends.sandbox import SandboxErp
from gateway.errors import UsageError
from gateway.partners.book import Book, Quarantine
from gateway.partners.channel import SftpChannel
from gateway.pipeline.questions import DocumentDetail, TransmissionRow
from gateway.settings import Settings
from gateway.x12.interchange import InterchangeHeader
from gateway.x12.read import examine

PATIENCE_SECONDS = 60.0
"""How long one file may take to be settled; ordinarily it is a fraction of a second."""

SETTLED = frozenset({"delivered", "rejected", "held", "dead"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One file and all that became of it. `transmission` is None when it was lost or refused at the door
    (`refusal`).
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


def find_files(given: Sequence[Path], samples: Path) -> list[Path]:
    """The files to play: those given (folders are walked), or every `in.edi` below `samples`. Raises UsageError."""
    found: list[Path] = []
    for one in given or [samples]:
        if one.is_dir():
            found.extend(sorted(one.rglob("in.edi") if not given else (p for p in one.rglob("*") if p.is_file())))
        elif one.is_file():
            found.append(one)
        else:
            raise UsageError(f"{one}: no such file")
    if not found:
        raise UsageError(f"nothing to play in {', '.join(map(str, given or [samples]))}")
    return found


async def play(paths: Sequence[Path], *, adopt_as: str, settings: Settings, home: Path) -> list[Played]:
    """Play the files one after the other against a gateway that lives in `home` (an empty folder) for as long as it
    takes.

    `adopt_as` is the partner whom unknown senders are taken for, "" to leave them strangers.
    """
    contents = {path: path.read_bytes() for path in paths}
    settings, book = _set_up(settings, home, adopt_as, contents.values())
    channels = {name: one for name, one in book.channels.items() if isinstance(one, SftpChannel)}
    secrets = Secrets(home)
    async with (
        running_with_sandbox(settings) as (gateway, addresses, sandbox, _),
        PartnerClient(addresses.sftp_port, channels, secrets) as client,
    ):
        stage = _Stage(book, gateway.memory, client, sandbox, list(channels))
        return [await stage.play(number, path, contents[path]) for number, path in enumerate(paths, 1)]


def _set_up(settings: Settings, home: Path, adopt_as: str, contents: Iterable[bytes]) -> tuple[Settings, Book]:
    partners, mappings = read_authored(settings)
    book = checked_rules(partners, mappings).book
    if adopt_as:
        headers = [header for content in contents for header in _headers(content)]
        partners = adopt(partners, book, adopt_as, headers)
    partners = with_sftp(partners, book)
    book = checked_rules(partners, mappings).book
    make_home(home)
    fill_secrets(book.secrets(), Secrets(home))
    for folder, files in (("partners", partners), ("mappings", mappings)):
        for name, text in files.items():
            path = home / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    places = settings.places.model_copy(
        update={
            "home": home,
            "partners_dir": home / "partners",
            "mappings_dir": home / "mappings",
            "database_url": "",
        }
    )
    doors = settings.doors.model_copy(update={"host": "127.0.0.1", "sftp_port": 0, "http_port": 0})
    return dataclasses.replace(settings, places=places, doors=doors), book


def _headers(content: bytes) -> Iterator[InterchangeHeader]:
    return (event for event in examine(content) if isinstance(event, InterchangeHeader))


@dataclass(frozen=True, slots=True)
class _Stage:
    """Everything a file is played with."""

    book: Book
    memory: Memory
    client: PartnerClient
    sandbox: SandboxErp
    channels: Sequence[str]

    async def play(self, number: int, path: Path, content: bytes) -> Played:
        """Send one file, wait until it is settled, and fetch what was answered."""
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
        )

    def _channel(self, content: bytes) -> str:
        """The channel that carries the sender; a stranger, or what is no X12, is sent by the first there is."""
        header = next(_headers(content), None)
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
