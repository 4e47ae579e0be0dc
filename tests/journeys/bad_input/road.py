"""A whole gateway with a pretend ERP, and what a partner, the ERP and the gateway's own record say of one file."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import asyncssh
import yaml

from gateway.app.gateway import Addresses, Gateway, checked_rules
from gateway.app.home import fill_secrets, make_home
from gateway.app.run import running_with_sandbox
from gateway.app.secrets import Secrets
from gateway.backends.sandbox import SandboxErp
from gateway.partners.book import Book
from gateway.partners.channel import Channel, HttpChannel, SftpChannel
from gateway.pipeline.questions import DocumentDetail, TransmissionRow
from gateway.settings import Doors, Places, Settings
from gateway.store.authored import read_folder
from tests.journeys.bad_input.orders import from_bolt, named

ROOT = Path(__file__).parents[3]
SETTLED = ("delivered", "reconciled", "rejected", "held", "dead")
PATIENCE_SECONDS = 30.0

_EXTRA = {
    "fir.yaml": """
name: Fir Hardware
owner: onboarding
isa: [ZZ/FIRHARDWARE]
agreements:
  orders: {set: "850", versions: ["004010"], usage: test, mapping: acme/850@1}
""",
    "gull.yaml": """
name: Gull Stores
owner: onboarding
isa: [ZZ/GULLSTORES]
agreements:
  orders: {set: "850", versions: ["004010"], usage: production, mapping: acme/850@1, truncated: keep}
""",
    "channels/fir-sftp.yaml": """
{door: sftp, owner: onboarding, carries: [fir], user: fir, password: "file:secrets/fir-sftp.password"}
""",
    "channels/gull-sftp.yaml": """
{door: sftp, owner: onboarding, carries: [gull], user: gull, password: "file:secrets/gull-sftp.password"}
""",
}
"""Fir is still in test; from Gull truncated interchanges are taken."""


def authored() -> dict[str, dict[str, str]]:
    """The sample files, Fir and Gull, an identity of ours without a test destination, and a large HTTP limit."""
    partners = read_folder(ROOT / "partners", (".yaml",)) | _EXTRA
    company = yaml.safe_load(partners["company.yaml"])
    company["identities"]["cove"] = {"legal_entity": "Cove Supply", "isa": ["ZZ/COVESUPPLY"], "destination": "erp"}
    partners["company.yaml"] = yaml.safe_dump(company)
    for name in [name for name in partners if "/" not in name]:
        profile = yaml.safe_load(partners[name])
        outbound = [one for one in profile.get("agreements", {}).values() if one.get("direction") == "outbound"]
        for agreement in outbound:  # with several identities an agreement says which
            agreement.setdefault("from", "harborpine")
        partners[name] = yaml.safe_dump(profile, sort_keys=False) if outbound else partners[name]
    channel = yaml.safe_load(partners["channels/acme-http.yaml"])
    partners["channels/acme-http.yaml"] = yaml.safe_dump(channel | {"max_file_bytes": 400 * 1024 * 1024})
    return {"partners": partners, "mappings": read_folder(ROOT / "mappings", (".yaml",))}


def write_home(home: Path, files: Mapping[str, Mapping[str, str]]) -> tuple[Settings, Book]:
    """Author the files and make the secrets they name; the settings and the book of a gateway that lives there."""
    make_home(home)
    for folder, texts in files.items():
        for name, text in texts.items():
            path = home / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    book = checked_rules(files["partners"], files["mappings"]).book
    fill_secrets(book.secrets(), Secrets(home))
    places = Places(home=home, partners_dir=home / "partners", mappings_dir=home / "mappings", database_url="")
    return Settings(places=places, doors=Doors(host="127.0.0.1", sftp_port=0, http_port=0)), book


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What became of one file: the record, the partner's answers by kind, its error note, what the ERP was sent."""

    transmission: TransmissionRow
    documents: Sequence[DocumentDetail]
    answers: Mapping[str, bytes]
    note: str
    erp: Sequence[Mapping[str, Any]]

    @property
    def state(self) -> str:
        return self.transmission.state

    @property
    def states(self) -> list[str]:
        """States of the documents, in their order."""
        return [document.row.state for document in self.documents]

    @property
    def document(self) -> DocumentDetail:
        """The only document."""
        (document,) = self.documents
        return document

    @property
    def told(self) -> list[str]:
        """AK501 of every set that was answered, in order."""
        return [segment[1] for segment in named(self.answers.get("997", b""), "AK5")] if self.answers else []

    def answer(self, kind: str, segment: str) -> list[str]:
        """The only segment of this id in an answer, without its id."""
        (found,) = named(self.answers[kind], segment)
        return found[1:]


@dataclass
class Road:
    """One running gateway with everybody around it."""

    gateway: Gateway
    addresses: Addresses
    sandbox: SandboxErp
    home: Path
    channels: Mapping[str, Channel]
    _connections: dict[str, asyncssh.SSHClientConnection] = field(default_factory=dict)
    _sessions: dict[str, asyncssh.SFTPClient] = field(default_factory=dict)
    _names: Any = field(default_factory=count)

    # ------------------------------------------------------------------------------------------ as a partner

    async def connect(self, channel: str) -> asyncssh.SSHClientConnection:
        """A new connection of the channel's principal."""
        account = self.channels[channel]
        assert isinstance(account, SftpChannel)
        assert account.password is not None
        return await asyncssh.connect(
            "127.0.0.1",
            self.addresses.sftp_port,
            username=account.user,
            password=Secrets(self.home).get(account.password),
            known_hosts=None,
            client_keys=None,
            config=[],
        )

    async def session(self, channel: str) -> asyncssh.SFTPClient:
        """The channel's session, opened when first used."""
        if channel not in self._sessions:
            self._connections[channel] = await self.connect(channel)
            self._sessions[channel] = await self._connections[channel].start_sftp_client()
        return self._sessions[channel]

    async def upload(self, channel: str, content: bytes, name: str = "") -> str:
        """Put a file into inbound; its name. Raises asyncssh.SFTPError when the gateway refuses it."""
        name = name or f"file-{next(self._names):04}.edi"
        session = await self.session(channel)
        async with session.open(f"/inbound/{name}", "wb") as file:
            await file.write(content)
        return name

    async def fetch(self, channel: str, path: str) -> bytes:
        """A file of the channel's, whole."""
        session = await self.session(channel)
        async with session.open(path, "rb") as file:
            content = await file.read()
        assert isinstance(content, bytes)
        return content

    async def names(self, channel: str, folder: str) -> set[str]:
        """What the channel sees in a folder."""
        session = await self.session(channel)
        return {str(name) for name in await session.listdir(f"/{folder}")} - {".", ".."}

    def key(self, channel: str) -> dict[str, str]:
        """The headers with which a channel comes to the HTTP door."""
        account = self.channels[channel]
        assert isinstance(account, HttpChannel)
        return {"Authorization": f"Bearer {Secrets(self.home).get(account.api_key)}"}

    async def post(self, channel: str, content: Any, message_id: str = "") -> tuple[int, dict[str, Any]]:
        """Post a transmission: HTTP status and the answer's JSON."""
        headers = self.key(channel) | ({"X-Message-Id": message_id} if message_id else {})
        url = f"{self.addresses.http_url}/api/v1/transmissions"
        async with aiohttp.ClientSession() as client, client.post(url, data=content, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def get(self, channel: str, path: str) -> tuple[int, bytes]:
        """Ask the HTTP door as a channel."""
        url = f"{self.addresses.http_url}{path}"
        async with aiohttp.ClientSession() as client, client.get(url, headers=self.key(channel)) as response:
            return response.status, await response.read()

    # ------------------------------------------------------------------------------------------ what became of it

    async def send(self, channel: str, content: bytes) -> Became:
        """Send a file while the neighbour sends a good one, which has to get through; wait until both are settled."""
        became, _ = await asyncio.gather(self._sent(channel, content), self.neighbour())
        return became

    async def neighbour(self) -> None:
        """Bolt's good order, delivered once and answered with A whatever else goes on."""
        number = f"B-{next(self._names)}"
        became = await self._sent("bolt-sftp", from_bolt(number))

        assert became.states == ["delivered"]
        assert became.told == ["A"]
        assert [envelope["business_number"] for envelope in became.erp] == [number]

    async def _sent(self, channel: str, content: bytes) -> Became:
        name = await self.upload(channel, content)
        return await self.settled(file_name=name)

    async def settled(self, *, transmission_id: str = "", file_name: str = "") -> Became:
        """Wait until nothing of it moves any more, and fetch its answers as the partner would."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                row = await asyncio.to_thread(self._row, transmission_id, file_name)
                if row is not None and row.state != "received":
                    documents = await asyncio.to_thread(self._details, row)
                    if all(document.row.state in SETTLED for document in documents):
                        return await self._became(row, documents)
                await asyncio.sleep(0.02)

    async def reached(self, document_id: str, state: str) -> DocumentDetail:
        """Wait until a document is in a state."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                detail = await asyncio.to_thread(self.gateway.memory.questions.document, document_id)
                if detail is not None and detail.row.state == state:  # none yet of what was handed in just now
                    return detail
                await asyncio.sleep(0.02)

    async def _became(self, row: TransmissionRow, documents: Sequence[DocumentDetail]) -> Became:
        answers = {one["kind"]: await self._answer(one["channel"], one["name"]) for one in row.acknowledgements}
        note = ""
        if isinstance(self.channels[row.channel], SftpChannel):
            notes = await self.names(row.channel, "error")
            if f"{row.id}.txt" in notes:
                note = (await self.fetch(row.channel, f"/error/{row.id}.txt")).decode()
        erp = [envelope for document in documents for envelope in self.envelopes(document.row.id)]
        return Became(transmission=row, documents=documents, answers=answers, note=note, erp=erp)

    async def _answer(self, channel: str, name: str) -> bytes:
        if isinstance(self.channels[channel], SftpChannel):
            return await self.fetch(channel, f"/outbound/{name}")
        status, body = await self.get(channel, f"/api/v1/mailbox/{name}")
        assert status == 200
        return body

    def envelopes(self, document_id: str) -> list[dict[str, Any]]:
        """What the ERP keeps of a document: one envelope for each effect, with its key."""
        sent = {request.headers.get("Idempotency-Key", ""): request.body for request in self.sandbox.requests}
        kept = [stored for stored in self.sandbox.stored if stored.document_id == document_id]
        return [json.loads(sent[stored.key]) | {"key": stored.key} for stored in kept]

    def _row(self, transmission_id: str, file_name: str) -> TransmissionRow | None:
        questions = self.gateway.memory.questions
        if transmission_id:
            return questions.transmission(transmission_id)
        return next((row for row in questions.transmissions(limit=200) if row.file_name == file_name), None)

    def _details(self, row: TransmissionRow) -> list[DocumentDetail]:
        found = [self.gateway.memory.questions.document(one) for one in row.documents]
        return [detail for detail in found if detail is not None]

    async def close(self) -> None:
        """Sign off everywhere."""
        for connection in self._connections.values():
            connection.close()
            await connection.wait_closed()


@contextlib.asynccontextmanager
async def a_road(home: Path, files: Mapping[str, Mapping[str, str]] | None = None) -> AsyncIterator[Road]:
    """A gateway in `home`, which may have been lived in before."""
    settings, book = write_home(home, files or authored())
    async with running_with_sandbox(settings) as (gateway, addresses, sandbox, _):
        road = Road(gateway=gateway, addresses=addresses, sandbox=sandbox, home=home, channels=book.channels)
        try:
            yield road
        finally:
            await road.close()
