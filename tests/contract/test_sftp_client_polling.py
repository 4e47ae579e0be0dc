"""Fetching from a partner's server: everything is received once, nothing is lost, and nothing half is taken."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncssh
import pytest

from gateway.errors import Busy
from gateway.transports.sftp_client import PollTerms, Schedule
from gateway.transports.sftp_client.errors import Declined, LineLost
from tests.fakes.partner_server import Kept, partner_server
from tests.fakes.poll_bench import Bench, a_server


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with partner_server() as running:
        yield Bench(running.drive, a_server(running.port), PollTerms(folder="out"))


WAYS = pytest.mark.parametrize(
    "terms",
    [
        {},
        {"claim": "memory"},
        {"after": "move", "move_to": "done"},
        {"claim": "memory", "after": "move", "move_to": "done"},
        {"claim": "memory", "after": "leave"},
    ],
    ids=["rename-delete", "memory-delete", "rename-move", "memory-move", "memory-leave"],
)


@WAYS
async def test_every_file_is_received_once_however_often_we_look(bench: Bench, terms: dict[str, object]) -> None:
    bench.again(**terms)
    bench.drive.put("out/a.edi", b"ISA*a", mtime=2)
    bench.drive.put("out/b.edi", b"ISA*" * 50_000, mtime=1)

    assert [await bench.look() for _ in range(3)] == [2, 0, 0]
    assert bench.received() == [("b.edi", b"ISA*" * 50_000), ("a.edi", b"ISA*a")]
    assert [one.door for one in bench.intake.parcels] == ["sftp-client"] * 2
    left = {"delete": [], "move": ["done/a.edi", "done/b.edi"], "leave": ["out/a.edi", "out/b.edi"]}
    assert sorted(bench.drive.files) == left[bench.terms.after]
    assert (bench.blobs.open, bench.polls.told) == (set(), [])


@WAYS
@pytest.mark.parametrize("where", ["open", "read", "rename", "remove"])
async def test_a_line_that_is_cut_anywhere_loses_nothing_and_brings_nothing_twice(
    bench: Bench, terms: dict[str, object], where: str
) -> None:
    bench.again(**terms)
    bench.drive.put("out/a.edi", b"ISA*a")
    bench.drive.cut_after = {where: 1}
    looks = 0
    while True:
        bench.again()  # nothing is remembered
        try:
            await bench.look()
            break
        except LineLost:
            looks += 1
            assert looks == 1
    await bench.look()

    assert bench.received() == [("a.edi", b"ISA*a")]
    assert "out/a.edi.taken" not in bench.drive.files
    assert bench.blobs.open == set()


@WAYS
async def test_what_was_stored_and_not_removed_before_we_died_is_known_and_removed(
    bench: Bench, terms: dict[str, object]
) -> None:
    bench.again(**terms)
    bench.drive.put("out/a.edi", b"ISA*a")
    bench.drive.refuse = {"lstat": asyncssh.SFTPFailure("not now")}
    await bench.look()
    bench.drive.refuse = {}
    bench.again()

    assert await bench.look() == 0
    assert bench.received() == [("a.edi", b"ISA*a")]
    assert not [name for name in bench.drive.files if name.startswith("out/") and bench.terms.after != "leave"]


async def test_the_same_name_with_other_bytes_is_another_file(bench: Bench) -> None:
    for data in (b"ISA*1", b"ISA*2"):
        bench.drive.put("out/a.edi", data)  # of the same size, in the same second
        await bench.look()

    assert bench.received() == [("a.edi", b"ISA*1"), ("a.edi", b"ISA*2")]


async def test_a_file_that_grows_while_we_wait_is_taken_when_it_is_whole(bench: Bench) -> None:
    bench.drive.put("out/a.edi", b"ISA")
    bench.drive.hooks["sleep"] = lambda _: bench.drive.put("out/a.edi", b"ISA*and more", mtime=1_700_000_009)
    first = await bench.look()
    del bench.drive.hooks["sleep"]

    assert (first, bench.received()) == (0, [])
    assert await bench.look() == 1
    assert bench.received() == [("a.edi", b"ISA*and more")]


@pytest.mark.parametrize("claim", ["rename", "memory"])
async def test_a_file_that_grows_while_we_read_it_is_not_taken(bench: Bench, claim: str) -> None:
    bench.again(claim=claim)
    bench.drive.put("out/a.edi", b"ISA*a")

    def grow(path: str) -> None:
        kept = bench.drive.files[path]
        kept.data, kept.mtime = b"ISA*a*longer", kept.mtime + 1
        del bench.drive.hooks["read"]

    bench.drive.hooks["read"] = grow
    assert await bench.look() == 0
    assert (bench.received(), len(bench.polls.told)) == ([], 1)
    assert await bench.look() == 1
    assert bench.received() == [("a.edi", b"ISA*a*longer")]


async def test_a_file_that_changes_while_we_read_it_and_keeps_its_size_is_not_taken(bench: Bench) -> None:
    bench.drive.put("out/a.edi", b"ISA*a")

    def change(path: str) -> None:
        kept = bench.drive.files[path]
        kept.data, kept.mtime = b"ISA*b", kept.mtime + 1
        del bench.drive.hooks["read"]

    bench.drive.hooks["read"] = change
    assert (await bench.look(), bench.received()) == (0, [])
    assert (await bench.look(), bench.received()) == (1, [("a.edi", b"ISA*b")])


async def test_a_file_that_is_written_again_after_we_read_it_is_not_deleted(bench: Bench) -> None:
    bench.again(claim="memory")
    bench.drive.put("out/a.edi", b"ISA*a")

    def replace(path: str) -> None:
        del bench.drive.hooks["lstat"]
        bench.drive.put(path, b"ISA*new one", mtime=1_700_000_500)

    bench.drive.hooks["lstat"] = replace
    await bench.look()
    await bench.look()

    assert bench.received() == [("a.edi", b"ISA*a"), ("a.edi", b"ISA*new one")]
    assert bench.drive.files == {}


async def test_what_is_left_at_the_partner_is_told_apart_by_name_size_and_time(bench: Bench) -> None:
    bench.again(claim="memory", after="leave")
    bench.drive.put("out/a.edi", b"ISA*1")
    await bench.look()
    bench.drive.put("out/a.edi", b"ISA*2", mtime=1_700_000_001)
    bench.again()
    await bench.look()
    reads = len(bench.drive.operations("read"))
    bench.again()
    await bench.look()

    assert bench.received() == [("a.edi", b"ISA*1"), ("a.edi", b"ISA*2")]
    assert len(bench.drive.operations("read")) == reads, "nothing is fetched that was received"


async def test_what_is_left_at_a_server_without_times_is_not_guessed_at(bench: Bench) -> None:
    bench.again(claim="memory", after="leave")
    bench.drive.untimed = True
    bench.drive.put("out/a.edi", b"ISA*1")

    assert await bench.look() == 0
    assert bench.polls.told == [("a.edi", "the server tells no times: a new file could not be told from an old one")]


async def test_a_claim_does_not_take_the_place_of_one_that_was_left(bench: Bench) -> None:
    bench.drive.put("out/a.edi.taken", b"ISA*old", mtime=1)
    bench.drive.put("out/a.edi", b"ISA*new", mtime=2)

    assert [await bench.look(), await bench.look()] == [1, 1]
    assert bench.received() == [("a.edi", b"ISA*old"), ("a.edi", b"ISA*new")]


async def test_a_move_never_replaces_what_was_moved_before(bench: Bench) -> None:
    bench.again(after="move", move_to="done")
    for number in (1, 2):
        bench.drive.put("out/a.edi", b"ISA*%d" % number)
        await bench.look()

    assert len(bench.drive.files) == 2
    assert {kept.data for kept in bench.drive.files.values()} == {b"ISA*1", b"ISA*2"}


async def test_temporary_names_folders_and_names_of_others_are_left_alone(bench: Bench) -> None:
    bench.again(takes=lambda name: name.endswith((".edi", ".part")))
    for name in ("a.edi.part", ".a.edi", "b.txt"):
        bench.drive.put(f"out/{name}", b"ISA")
    bench.drive.files["out/folder.edi"] = Kept(b"", mode=0o040755)
    bench.drive.files["out/link.edi"] = Kept(b"ISA", mode=0o120777)

    assert await bench.look() == 0
    assert len(bench.drive.files) == 5
    assert bench.drive.operations("open", "rename", "remove") == []


async def test_what_cannot_be_taken_is_told_once_and_its_neighbours_are_taken(bench: Bench) -> None:
    bench.again(max_file_bytes=10)
    bench.drive.put("out/empty.edi", b"")
    bench.drive.put("out/huge.edi", bytes(11))
    bench.drive.put("out/z.edi", b"ISA*z")
    await bench.look()
    await bench.look()

    assert bench.received() == [("z.edi", b"ISA*z")]
    assert sorted(bench.polls.told) == [("empty.edi", "is empty"), ("huge.edi", "11 bytes, this channel takes 10")]
    assert sorted(bench.drive.files) == ["out/empty.edi", "out/huge.edi"]


async def test_a_server_that_lets_nothing_be_deleted_does_not_bring_it_twice(bench: Bench) -> None:
    bench.drive.put("out/a.edi", b"ISA*a")
    bench.drive.refuse = {"remove": asyncssh.SFTPPermissionDenied("no")}
    for _ in range(3):
        await bench.look()

    assert bench.received() == [("a.edi", b"ISA*a")]
    assert [name for name, _ in bench.polls.told] == ["a.edi.taken"]
    assert len(bench.drive.operations("open")) == 1
    bench.drive.refuse = {}
    await bench.look()
    assert bench.drive.files == {}


async def test_nothing_is_claimed_while_we_have_no_room(bench: Bench) -> None:
    bench.drive.put("out/a.edi", b"ISA*a")
    bench.intake.refusal = Busy("full")
    with pytest.raises(Busy):
        await bench.look()

    assert list(bench.drive.files) == ["out/a.edi"]


async def test_a_full_disk_leaves_the_file_at_the_partner(bench: Bench) -> None:
    bench.drive.put("out/a.edi", b"ISA*a")
    bench.blobs.full = True
    with pytest.raises(Exception, match="no space"):
        await bench.look()
    bench.blobs.full = False

    assert await bench.look() == 1
    assert bench.received() == [("a.edi", b"ISA*a")]


async def test_a_folder_that_is_not_there_is_a_failed_look(bench: Bench) -> None:
    bench.drive.refuse = {"list": asyncssh.SFTPNoSuchFile("no such folder")}
    with pytest.raises(Declined, match="no such folder"):
        await bench.look()


async def test_a_file_is_not_touched_once_another_node_looks_after_the_channel(bench: Bench) -> None:
    bench.drive.put("out/a.edi", b"ISA*a")
    bench.drive.hooks["list"] = lambda _: bench.polls.taken_by_another.add("acme-server")
    with pytest.raises(Exception, match="another node"):
        await bench.look()

    assert bench.drive.operations("rename", "open", "remove") == []


async def test_two_that_look_at_once_receive_a_file_once(bench: Bench) -> None:
    for number in range(20):
        bench.drive.put(f"out/{number}.edi", b"ISA*%d" % number)
    first = bench.poller
    second = bench.again()
    await asyncio.gather(first.look(), second.look(), return_exceptions=True)
    await bench.look()

    assert sorted(bench.received()) == sorted((f"{number}.edi", b"ISA*%d" % number) for number in range(20))
    assert bench.drive.files == {}


async def test_a_claimed_file_with_the_longest_name_is_found_again(bench: Bench) -> None:
    """With what we put behind it, its name is longer than any that we would take."""
    name = "x" * 196 + ".edi"
    bench.drive.put(f"out/{name}", b"ISA*00")
    bench.drive.cut_after = {"open": 1}
    with pytest.raises(LineLost):
        await bench.look()
    bench.again()
    await bench.look()

    assert (bench.received(), bench.drive.files, bench.polls.told) == ([(name, b"ISA*00")], {}, [])


async def test_when_the_hours_end_the_file_in_hand_is_the_last(bench: Bench) -> None:
    for name in ("a", "b", "c"):
        bench.drive.put(f"out/{name}.edi", name.encode())
    closed = datetime(2026, 3, 2, 13, tzinfo=UTC)
    bench.poller.schedule = Schedule(opens_at=lambda now: closed if bench.intake.parcels else now)
    assert await bench.look() == 1

    assert sorted(bench.drive.files) == ["out/b.edi", "out/c.edi"]


@pytest.mark.parametrize(("step", "left"), [("open", b""), ("open", b"ISA*"), ("read", b"ISA*"), ("fstat", None)])
@pytest.mark.parametrize("claim", ["rename", "memory"])
async def test_a_file_that_shrinks_or_goes_away_under_our_hands_is_not_taken_in_part(
    bench: Bench, claim: str, step: str, left: bytes | None
) -> None:
    bench.again(claim=claim, settle_seconds=0)
    bench.drive.put("out/a.edi", b"ISA*00*whole~")

    def change(path: str) -> None:
        del bench.drive.hooks[step]
        bench.drive.files[path].data = left or b""
        if left is None:
            del bench.drive.files[path]

    bench.drive.hooks[step] = change
    bench.drive.put("out/b.edi", b"ISA*b", mtime=1_800_000_000)
    assert await bench.look() == 1

    assert bench.received() == [("b.edi", b"ISA*b")]
    assert bench.blobs.open == set()
