"""Laying a file at a partner's server: exactly one whole file under its name, whatever breaks when."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import asyncssh
import pytest

from gateway.errors import MachineError
from gateway.parcel import Content
from gateway.pipeline.outbound.send import Awaited, Carriage, Carried, Settled, Verdict
from gateway.transports.sftp_client import Limits, Pins, PushTerms, SftpSender
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.partner_server import OTHER_PARTNER_KEY, Drive, partner_server
from tests.fakes.poll_bench import a_server
from tests.fakes.polls import MemoryPolls

DATA = b"ISA*00*" * 30_000
SUFFIX = PushTerms(folder="in", temporary_name=lambda name: f"{name}.part")


class Notes:
    """What was noted of a file, by its id; `broken` fails as a database does that is away."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, str]] = {}
        self.broken = False

    def note(self, id: str, notes: Mapping[str, str]) -> None:
        if self.broken:
            raise MachineError("the database is away")
        self.kept.setdefault(id, {}).update(notes)

    def awaited(self, message_id: str) -> Awaited | None:
        return None

    def settle(self, message_id: str, verdict: Verdict) -> Settled:
        return "nothing"


@dataclass
class Bench:
    """A partner's server, and our sender to it; `send` tries as the engine does after what the try before came to."""

    drive: Drive
    port: int
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    notes: Notes = field(default_factory=Notes)
    polls: MemoryPolls = field(default_factory=lambda: MemoryPolls(MemoryIntake()))
    doubt: bool = False
    tries: int = 0

    def __post_init__(self) -> None:
        self.server = a_server(self.port, Limits(step_seconds=2.0))
        self.new_process()

    def new_process(self) -> None:
        self.sender = SftpSender(self.server, SUFFIX, blobs=self.blobs, polls=self.polls, receipts=self.notes)

    def file(self, data: bytes = DATA, name: str = "invoice.edi") -> Carried:
        content: Content = self.blobs.keep(data)
        return Carried(
            id="c-1",
            kind="interchange",
            subject="s-1",
            partner="acme",
            channel="acme-server",
            name=name,
            content=content,
            message_id="c-1-1",
            lane=1,
            usage="P",
            attempts=self.tries,
            since=datetime(2026, 3, 2, tzinfo=UTC),
            again=self.doubt,
            notes=dict(self.notes.kept.get("c-1", {})),
        )

    async def send(self, file: Carried | None = None) -> Carriage:
        carriage = await self.sender.send(file or self.file())
        self.tries += 1
        self.doubt = self.doubt or carriage.kind == "unknown"
        return carriage

    def there(self) -> dict[str, bytes]:
        return {path: kept.data for path, kept in self.drive.files.items()}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with partner_server() as running:
        bench = Bench(running.drive, running.port)
        yield bench
        await bench.sender.close()


async def test_a_file_is_there_under_its_name_once_it_is_whole(bench: Bench) -> None:
    names: list[set[str]] = []
    bench.drive.hooks["write"] = lambda _: names.append(set(bench.drive.files))
    carriage = await bench.send()

    assert (carriage.kind, bench.there()) == ("carried", {"in/invoice.edi": DATA})
    assert set().union(*names) == {"in/invoice.edi.part"}


async def test_files_of_one_batch_share_a_connection(bench: Bench) -> None:
    connections = set()
    bench.drive.hooks["rename"] = lambda _: connections.update(bench.drive.connections)
    for number in range(3):
        await bench.send(replace(bench.file(), id=f"c-{number}", name=f"{number}.edi"))

    assert (len(connections), len(bench.drive.files)) == (1, 3)


async def test_a_prefix_may_be_the_temporary_name(bench: Bench) -> None:
    terms = PushTerms(folder="in", temporary_name=lambda name: f"tmp_{name}")
    sender = SftpSender(bench.server, terms, blobs=bench.blobs, polls=bench.polls, receipts=bench.notes)
    await sender.send(bench.file())
    await sender.close()

    assert bench.drive.operations("create") == [("create", "in/tmp_invoice.edi")]
    assert list(bench.there()) == ["in/invoice.edi"]


@pytest.mark.parametrize("data", [b"", b"x", b"y" * 32_768, b"z" * 262_145])
async def test_every_size_arrives_byte_by_byte(bench: Bench, data: bytes) -> None:
    assert (await bench.send(bench.file(data))).kind == "carried"
    assert bench.there() == {"in/invoice.edi": data}


@pytest.mark.parametrize("where", ["write", "rename"])
@pytest.mark.parametrize("nth", [1, 3])
async def test_a_line_that_is_cut_leaves_one_whole_file_in_the_end(bench: Bench, where: str, nth: int) -> None:
    bench.drive.cut_after = {where: nth}
    kinds = [(await bench.send()).kind]
    while kinds[-1] in ("retry", "unknown"):
        bench.new_process()
        kinds.append((await bench.send()).kind)

    assert kinds[-1] == "carried"
    assert bench.there() == {"in/invoice.edi": DATA}


async def test_a_rename_without_an_answer_is_asked_about_and_not_done_twice(bench: Bench) -> None:
    bench.drive.cut_after = {"rename": 1}
    first = await bench.send()
    bench.new_process()
    second = await bench.send()

    assert (first.kind, second.kind, second.detail) == ("unknown", "carried", "it lies there already")
    assert len(bench.drive.operations("rename")) == 1
    assert len(bench.drive.operations("create")) == 1


async def test_a_node_that_died_before_its_rename_writes_it_anew(bench: Bench) -> None:
    bench.drive.put("in/invoice.edi.part", DATA[:1000])
    bench.doubt = True
    carriage = await bench.send()

    assert (carriage.kind, bench.there()) == ("carried", {"in/invoice.edi": DATA})


async def test_what_was_taken_before_we_could_ask_is_not_sent_again_but_asked_of_a_person(bench: Bench) -> None:
    bench.drive.cut_after = {"rename": 1}
    await bench.send()
    bench.drive.files.clear()  # the partner was quick
    bench.new_process()
    carriage = await bench.send()

    assert carriage.kind == "refused"
    assert "Ask the partner" in carriage.detail
    assert bench.there() == {}


async def test_doubt_about_a_try_that_never_came_to_its_rename_is_no_doubt(bench: Bench) -> None:
    bench.doubt = True
    assert (await bench.send()).kind == "carried"
    assert bench.there() == {"in/invoice.edi": DATA}


async def test_another_file_of_the_name_is_never_overwritten(bench: Bench) -> None:
    for other in (b"theirs", bytes(len(DATA))):
        bench.drive.put("in/invoice.edi", other)
        carriage = await bench.send()

        assert (carriage.kind, bench.there()) == ("refused", {"in/invoice.edi": other})


async def test_the_same_bytes_that_lie_there_still_are_carried(bench: Bench) -> None:
    """An answer that is asked for once more goes under another message id, and under its old name."""
    await bench.send()
    bench.notes.kept.clear()
    carriage = await bench.send(replace(bench.file(), message_id="c-1-2"))

    assert (carriage.kind, len(bench.drive.operations("create"))) == ("carried", 1)


async def test_a_name_that_is_taken_while_we_write_is_not_overwritten(bench: Bench) -> None:
    bench.drive.hooks["close"] = lambda _: bench.drive.put("in/invoice.edi", b"theirs")
    carriage = await bench.send()

    assert carriage.kind == "refused"
    assert bench.there()["in/invoice.edi"] == b"theirs"


@pytest.mark.parametrize("where", ["create", "write", "close", "rename"])
async def test_a_server_that_says_no_is_tried_again(bench: Bench, where: str) -> None:
    bench.drive.refuse = {where: asyncssh.SFTPFailure("disk full")}
    first = await bench.send()
    bench.drive.refuse = {}
    second = await bench.send()

    assert (first.kind, "disk full" in first.detail) == ("retry", True)
    assert (second.kind, bench.there()) == ("carried", {"in/invoice.edi": DATA})


async def test_who_takes_files_under_their_temporary_names_is_not_sent_one_with_every_try(bench: Bench) -> None:
    taken: list[bytes] = []
    bench.drive.hooks["rename"] = lambda path: taken.append(bench.drive.files.pop(path).data)
    carriage = await bench.send()

    assert (carriage.kind, "Ask the partner" in carriage.detail) == ("refused", True)
    assert (taken, bench.there()) == ([DATA], {})


async def test_bytes_that_a_server_lost_are_noticed_before_the_rename(bench: Bench) -> None:
    def lose(path: str) -> None:
        bench.drive.files[path].data = b"half"

    bench.drive.hooks["close"] = lose
    carriage = await bench.send()

    assert (carriage.kind, "in/invoice.edi" in bench.drive.files) == ("retry", False)


@pytest.mark.parametrize(
    ("where", "kind"), [("lstat", "retry"), ("create", "retry"), ("write", "retry"), ("rename", "unknown")]
)
async def test_silence_ends_in_time_and_says_whether_it_may_be_there(bench: Bench, where: str, kind: str) -> None:
    bench.server.limits = Limits(step_seconds=0.3)
    bench.drive.hooks[where] = lambda _: asyncio.sleep(3600)
    bench.new_process()

    assert (await bench.send()).kind == kind


async def test_nothing_is_renamed_that_could_not_be_noted(bench: Bench) -> None:
    bench.notes.broken = True
    with pytest.raises(MachineError):
        await bench.send()

    assert bench.drive.operations("rename") == []


async def test_a_server_that_is_not_there_certainly_has_nothing(bench: Bench) -> None:
    bench.server.port = 1
    assert (await bench.send()).kind == "retry"


async def test_another_host_key_stops_the_channel_and_sends_nothing(bench: Bench) -> None:
    bench.server.pins = Pins((OTHER_PARTNER_KEY,))
    first, second = await bench.send(), await bench.send()

    assert (first.kind, second.kind, bench.drive.done) == ("retry", "retry", [])
    assert [look.state for look in bench.polls.looks] == ["stopped"]


async def test_a_push_goes_on_once_the_key_that_is_shown_is_pinned(bench: Bench) -> None:
    right, wrong = bench.server.pins, Pins((OTHER_PARTNER_KEY,))
    bench.server.pins, bench.server.reread = wrong, lambda: written[0]
    written = [wrong]
    stopped = [(await bench.send()).kind for _ in range(2)]

    written[0] = right
    carried = [(await bench.send(replace(bench.file(), name=name))).kind for name in ("1.edi", "2.edi")]

    assert (stopped, carried) == (["retry"] * 2, ["carried"] * 2)
    assert [look.state for look in bench.polls.looks] == ["stopped", "working"]


async def test_a_session_is_ended_when_nothing_follows(bench: Bench) -> None:
    bench.server.limits = Limits(idle_seconds=0.01)
    await bench.send()
    async with asyncio.timeout(5):
        while bench.drive.connections:
            await asyncio.sleep(0.01)
    assert (await bench.send(replace(bench.file(), name="2.edi"))).kind == "carried"
