"""Laying a file at a server that forbids renames: under its final name, and no guess about what became of it."""

import asyncio
from collections.abc import AsyncIterator

import asyncssh
import pytest

from gateway.transports.sftp_client import Limits, PushTerms, SftpSender
from tests.contract.test_sftp_client_push import DATA, Bench
from tests.fakes.partner_server import partner_server


class Direct(Bench):
    """`temporary: none`."""

    def new_process(self) -> None:
        terms = PushTerms(folder="in", temporary_name=lambda name: name)
        self.sender = SftpSender(self.server, terms, blobs=self.blobs, polls=self.polls, receipts=self.notes)


@pytest.fixture
async def bench() -> AsyncIterator[Direct]:
    async with partner_server() as running:
        bench = Direct(running.drive, running.port)
        bench.drive.refuse = {"rename": asyncssh.SFTPPermissionDenied("no renames here")}
        yield bench
        await bench.sender.close()


async def test_a_file_is_written_under_its_name_and_nothing_is_renamed(bench: Direct) -> None:
    carriage = await bench.send()

    assert (carriage.kind, bench.there()) == ("carried", {"in/invoice.edi": DATA})
    assert bench.drive.operations("rename") == []


@pytest.mark.parametrize("data", [b"", b"x", b"y" * 32_768, b"z" * 262_145])
async def test_every_size_arrives_byte_by_byte(bench: Direct, data: bytes) -> None:
    assert (await bench.send(bench.file(data))).kind == "carried"
    assert bench.there() == {"in/invoice.edi": data}


@pytest.mark.parametrize(("where", "nth"), [("open", 1), ("write", 1), ("write", 3)])
async def test_what_a_cut_line_left_is_written_anew(bench: Direct, where: str, nth: int) -> None:
    bench.drive.cut_after = {where: nth}
    first = await bench.send()
    half = bench.there()["in/invoice.edi"]
    bench.new_process()
    second = await bench.send()

    assert (first.kind, len(half) < len(DATA), DATA.startswith(half)) == ("unknown", True, True)
    assert (second.kind, bench.there()) == ("carried", {"in/invoice.edi": DATA})


async def test_what_a_cut_leaves_is_a_beginning_and_never_as_long_as_the_whole(bench: Direct) -> None:
    """Blocks that are written at once may leave a hole, in a file of the right size."""
    under_way = most = 0

    async def count(_: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        under_way -= 1

    bench.drive.hooks["write"] = count
    await bench.send()
    offsets = len(bench.drive.operations("write"))

    assert (most, offsets) == (1, -(-len(DATA) // 32_768))


async def test_a_file_whose_last_answer_was_lost_is_asked_for_by_its_size(bench: Direct) -> None:
    bench.drive.cut_after = {"write": 7}  # all of it is there
    first = await bench.send()
    bench.new_process()
    bench.drive.refuse["open"] = asyncssh.SFTPPermissionDenied("write only")
    second = await bench.send()

    assert (first.kind, second.kind, second.detail) == ("unknown", "carried", "it lies there already")
    assert (len(bench.drive.operations("create")), bench.there()) == (1, {"in/invoice.edi": DATA})


async def test_what_was_begun_and_is_gone_is_asked_of_a_person(bench: Direct) -> None:
    bench.drive.cut_after = {"write": 7}
    await bench.send()
    bench.drive.files.clear()  # the partner was quick
    bench.new_process()
    carriage = await bench.send()

    assert (carriage.kind, "Ask the partner" in carriage.detail, bench.there()) == ("refused", True, {})


async def test_what_cannot_be_asked_for_is_asked_of_a_person(bench: Direct) -> None:
    bench.drive.cut_after = {"write": 2}
    await bench.send()
    bench.new_process()
    bench.drive.refuse["lstat"] = asyncssh.SFTPPermissionDenied("no listing")
    carriage = await bench.send()

    assert (carriage.kind, "cannot be asked for" in carriage.detail) == ("refused", True)


async def test_what_was_taken_the_moment_it_was_whole_is_carried(bench: Direct) -> None:
    bench.drive.hooks["close"] = lambda _: bench.drive.files.clear()

    assert (await bench.send()).kind == "carried"


async def test_another_file_of_the_name_is_never_overwritten(bench: Direct) -> None:
    for other in (b"theirs", b"longer" * len(DATA), bytes(len(DATA))):
        bench.drive.put("in/invoice.edi", other)
        assert (await bench.send()).kind == "refused"
        assert bench.there() == {"in/invoice.edi": other}


async def test_a_name_that_is_taken_between_our_look_and_our_write_is_not_overwritten(bench: Direct) -> None:
    bench.drive.hooks["create"] = lambda path: bench.drive.put(path, b"theirs")
    first = await bench.send()
    del bench.drive.hooks["create"]
    second = await bench.send()

    assert ((first.kind, second.kind), bench.there()) == (("retry", "refused"), {"in/invoice.edi": b"theirs"})


@pytest.mark.parametrize(("where", "kind"), [("create", "retry"), ("write", "unknown"), ("close", "unknown")])
async def test_a_server_that_says_no_is_tried_again(bench: Direct, where: str, kind: str) -> None:
    bench.drive.refuse[where] = asyncssh.SFTPFailure("disk full")
    first = await bench.send()
    del bench.drive.refuse[where]
    second = await bench.send()

    assert (first.kind, "disk full" in first.detail) == (kind, True)
    assert (second.kind, bench.there()) == ("carried", {"in/invoice.edi": DATA})


async def test_silence_says_that_it_may_be_there(bench: Direct) -> None:
    bench.server.limits = Limits(step_seconds=0.3)

    async def silence(_: str) -> None:
        await asyncio.sleep(3600)

    bench.drive.hooks["write"] = silence
    bench.new_process()

    assert (await bench.send()).kind == "unknown"


async def test_a_node_that_died_with_half_of_it_writes_it_anew(bench: Direct) -> None:
    bench.notes.note("c-1", {"writing at acme-server": "c-1-1"})
    bench.drive.put("in/invoice.edi", DATA[:1000])
    bench.doubt = True

    assert (await bench.send()).kind == "carried"
    assert bench.there() == {"in/invoice.edi": DATA}


async def test_half_a_file_of_anothers_is_not_taken_for_ours(bench: Direct) -> None:
    bench.drive.put("in/invoice.edi", DATA[:1000])
    bench.doubt = True

    assert (await bench.send()).kind == "refused"
    assert bench.there() == {"in/invoice.edi": DATA[:1000]}
