"""Hundreds of megabytes that make no sense: stored, answered, and never held in memory."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from gateway.app.memory import Memory, compose_memory
from gateway.app.secrets import Secrets
from gateway.pipeline.questions import TransmissionRow
from tests.journeys.bad_input.orders import an_order, fresh, from_acme, from_bolt, group, isa, named, sealed
from tests.journeys.bad_input.road import ROOT, authored, write_home

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEGABYTE = 1 << 20
HUGE_MEGABYTES = 300
GROWTH_BYTES = 100 * MEGABYTE
"""What a file of any size may add to the process (DESIGN: under 100 MB over the base)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A gateway in a process of its own, so that its memory is its own."""

    pid: int
    url: str
    home: Path
    memory: Memory

    def peak_bytes(self) -> int:
        """The most memory it ever had (VmHWM)."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        return int(kilobytes) * 1024

    async def post(self, channel: str, content: bytes | AsyncIterator[bytes]) -> str:
        """Post a transmission; its id."""
        key = Secrets(self.home).get(f"file:secrets/{channel}.key")
        headers = {"Authorization": f"Bearer {key}"}
        url = f"{self.url}/api/v1/transmissions"
        async with aiohttp.ClientSession() as client, client.post(url, data=content, headers=headers) as response:
            assert response.status == 202
            return str((await response.json())["transmission_id"])

    async def fetch(self, channel: str, name: str) -> bytes:
        """One file of a channel's mailbox."""
        headers = {"Authorization": f"Bearer {Secrets(self.home).get(f'file:secrets/{channel}.key')}"}
        url = f"{self.url}/api/v1/mailbox/{name}"
        async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as response:
            return await response.read()

    async def settled(self, transmission_id: str) -> tuple[TransmissionRow, list[str]]:
        """The transmission once nothing of it moves, and the states of its last documents."""
        questions = self.memory.questions
        async with asyncio.timeout(60):
            while True:
                row = await asyncio.to_thread(questions.transmission, transmission_id)
                assert row is not None
                details = [await asyncio.to_thread(questions.document, one) for one in row.documents[-3:]]
                states = [detail.row.state for detail in details if detail is not None]
                if row.state != "received" and not {"validated", "mapped"} & set(states):
                    return row, states
                await asyncio.sleep(0.05)

    async def neighbour(self, number: str) -> float:
        """Bolt's good order, delivered; the seconds it took."""
        started = asyncio.get_running_loop().time()
        _, states = await self.settled(await self.post("bolt-http", from_bolt(number)))

        assert states == ["delivered"]
        return asyncio.get_running_loop().time() - started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Process]:
    """`gateway up` with the sample partners."""
    home = tmp_path_factory.mktemp("home")
    settings, _ = write_home(home, authored())
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | {
        "GATEWAY_HOME": str(home),
        "GATEWAY_PARTNERS_DIR": str(home / "partners"),
        "GATEWAY_MAPPINGS_DIR": str(home / "mappings"),
        "GATEWAY_SFTP_PORT": "0",
        "GATEWAY_HTTP_PORT": "0",
    }
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from gateway.cli.main import main; main()", "up", "--quiet-erp"),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert started.stdout is not None
    url = ""
    async with asyncio.timeout(60):
        while not url:
            line = (await started.stdout.readline()).decode()
            assert line, "the gateway ended instead of starting"
            url = next(iter(re.findall(r"^HTTP API\s+(http://[^/\s]+)", line)), "")
    memory = compose_memory(settings.places.url, home, "onlooker")
    opened = Process(pid=started.pid, url=url, home=home, memory=memory)
    await opened.neighbour("HUGE-0")
    await opened.settled(await opened.post("acme-http", from_acme(an_order("HUGE-1"))))
    try:
        yield opened
    finally:
        memory.close()
        with contextlib.suppress(ProcessLookupError):
            started.terminate()
        await started.communicate()


async def _behind(start: bytes, filler: bytes, megabytes: int = HUGE_MEGABYTES) -> AsyncIterator[bytes]:
    yield start
    chunk = filler * (MEGABYTE // len(filler))
    for _ in range(megabytes):
        yield chunk


async def _with_a_neighbour(process: Process, content: AsyncIterator[bytes], number: str) -> TransmissionRow:
    """Send it while the neighbour sends too; what became of it. Checks memory, and that the neighbour did not wait."""
    before = process.peak_bytes()
    transmission_id, _ = await asyncio.gather(process.post("acme-http", content), process.neighbour(number))
    (row, _), waited = await asyncio.gather(process.settled(transmission_id), process.neighbour(f"{number}-2"))

    assert process.peak_bytes() - before < GROWTH_BYTES
    assert waited < 5.0
    return row


async def test_300_megabytes_without_a_segment_terminator_are_refused_in_bounded_memory(process: Process) -> None:
    number = fresh()
    start = from_acme(an_order("HUGE-2"), number=number)
    start = start[: start.index(b"BEG*")] + b"BEG*00*SA*"
    row = await _with_a_neighbour(process, _behind(start, b"A"), "HUGE-3")

    (interchange,) = row.interchanges
    (offered,) = row.acknowledgements
    (ta1,) = named(await process.fetch("acme-http", offered["name"]), "TA1")
    assert ta1 == ["TA1", number, "260103", "0915", "R", "022"]
    assert interchange["state"] == "rejected"
    assert interchange["reason"] == "no segment terminator '~' within 65536 bytes: the rest cannot be read"
    assert row.size == HUGE_MEGABYTES * MEGABYTE + len(start)
    assert (process.home / "blobs" / row.sha256[:2] / row.sha256[2:4] / row.sha256).stat().st_size == row.size


async def test_300_megabytes_that_are_no_x12_are_refused_in_bounded_memory(process: Process) -> None:
    row = await _with_a_neighbour(process, _behind(b"", b"A"), "HUGE-4")

    assert row.state == "refused"
    assert row.reason.startswith("no ISA: this is not X12")
    assert row.acknowledgements == []


async def test_10_megabytes_of_beginnings_of_interchanges_are_refused_in_bounded_memory_and_time(
    process: Process,
) -> None:
    began = asyncio.get_running_loop().time()
    row = await _with_a_neighbour(process, _behind(b"", b"ISA*", 10), "HUGE-begin")

    assert row.state == "refused"
    assert row.reason.startswith("an ISA that cannot be read: fewer than sixteen elements")
    assert row.acknowledgements == []
    assert asyncio.get_running_loop().time() - began < 15


@pytest.mark.parametrize("content", ["interchanges of a stranger", "interchanges of a partner", "sets", "groups"])
async def test_a_file_of_countless_parts_is_refused_in_bounded_memory_and_time(process: Process, content: str) -> None:
    start = sealed(isa(fresh()), group())
    start = start[: start.index(b"GS*")]
    smallest = {
        "interchanges of a stranger": (b"", sealed(isa(fresh(), sender="ZZ/NOBODYWEKNOW"))),
        "interchanges of a partner": (b"", sealed(isa(fresh(), ask="1"))),
        "sets": (start + b"GS*PO*ACMERETAIL*HARBORPINE*20260103*0915*1*X*004010~", b"ST*850*0001~SE*2*0001~"),
        "groups": (start, b"GS*PO~GE~"),
    }
    began = asyncio.get_running_loop().time()
    row = await _with_a_neighbour(process, _behind(*smallest[content], 10), f"HUGE-{content[:6]}")

    assert row.state == "refused"
    assert (
        row.reason == "more than 10000 transaction sets and TA1s or 5000 interchanges in one file: send it in several"
    )
    assert row.acknowledgements == []
    assert asyncio.get_running_loop().time() - began < 15


async def test_as_many_sets_as_a_file_may_have_are_taken_in_bounded_memory(process: Process) -> None:
    header = isa(fresh())
    sets = b"".join(f"ST*850*{n:04}~BEG*00~SE*3*{n:04}~".encode() for n in range(1, 9_901))
    last = "".join(f"{segment}~" for segment in an_order("HUGE-LAST", st02="9901")).encode()
    start = f"{header}~{group()[0]}~".encode()
    end = f"GE*9901*1~IEA*1*{header.split('*')[13]}~".encode()

    async def content() -> AsyncIterator[bytes]:
        yield start + sets + last + end

    row = await _with_a_neighbour(process, content(), "HUGE-MOST")

    assert row.state == "processed"
    assert len(row.documents) == 9_901
    (offered,) = row.acknowledgements
    (ak9,) = named(await process.fetch("acme-http", offered["name"]), "AK9")
    assert ak9 == ["AK9", "P", "9901", "9901", "1"]
