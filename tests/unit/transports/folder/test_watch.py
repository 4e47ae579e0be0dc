"""Whole files only, each stored before it is put away, and no link followed."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Busy, MachineError
from gateway.pipeline.polling import Look
from gateway.transports.folder import FolderWatcher, Inbox, Place, watch
from gateway.transports.folder.place import OWN
from gateway.transports.folder.watch import MOST_AT_ONCE
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.polls import MemoryPolls


class Door:
    """A folder that is watched; `time` is turned by hand."""

    def __init__(self, root: Path) -> None:
        self.root, self.inbox = root, root / "acme" / "from"
        self.inbox.mkdir(parents=True)
        self.intake, self.blobs = MemoryIntake(), MemoryBlobs()
        self.polls = MemoryPolls(self.intake)
        self.time, self.count = 0.0, 0
        self.watcher = self.started()

    def started(self, node: str = "node") -> FolderWatcher:
        """A process that watches, as after a start."""
        return FolderWatcher(
            [],
            intake=self.intake,
            blobs=self.blobs,
            polls=self.polls,
            node=node,
            new_id=self._id,
            clock=lambda: self.time,
        )

    def _id(self) -> str:
        self.count += 1
        return f"{self.count:026}"

    async def look(self, **about: Any) -> int:
        """One round."""
        values: dict[str, Any] = {"channel": "acme-folder", "place": Place(self.root, "acme/from"), "settle_seconds": 5}
        inbox = Inbox(**values | about)
        return await self.watcher.look(inbox)

    async def settled(self, **about: Any) -> int:
        """A round, and another when what lies there has rested."""
        found = await self.look(**about)
        self.time += 5
        return found + await self.look(**about)

    def put(self, name: str, data: bytes = b"ISA*~", *, old: bool = True) -> Path:
        """A file that somebody wrote a while ago."""
        path = self.inbox / name
        path.write_bytes(data)
        if old:
            os.utime(path, (1_700_000_000, 1_700_000_000))
        return path

    def shown(self) -> list[str]:
        """What lies in the folder, with what was put away."""
        return sorted(str(one.relative_to(self.inbox)) for one in self.inbox.rglob("*") if one.is_file())

    def stored(self) -> list[tuple[str | None, bytes]]:
        """Names and bytes of what was taken."""
        return [(one.file_name, self.blobs.bytes_of(one.content)) for one in self.intake.parcels]


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


async def test_a_whole_file_is_stored_and_then_put_away(door: Door) -> None:
    door.put("orders.edi", b"x" * 100_000)

    assert await door.settled() == 1

    [parcel] = door.intake.parcels
    assert door.stored() == [("orders.edi", b"x" * 100_000)]
    assert (parcel.channel, parcel.door, (parcel.message_id or "")[:7]) == ("acme-folder", "folder", "folder-")
    assert door.shown() == ["done/orders.edi"]
    assert list((door.inbox / OWN).iterdir()) == []


async def test_it_may_be_deleted_instead(door: Door) -> None:
    door.put("orders.edi")

    await door.settled(after="delete")

    assert (len(door.intake.parcels), door.shown()) == (1, [])


async def test_a_file_that_grows_is_not_whole(door: Door) -> None:
    path = door.put("orders.edi", b"ISA")
    await door.look()
    door.time += 4
    path.write_bytes(b"ISA*and more")
    await door.look()
    door.time += 4

    assert await door.look() == 0

    door.time += 1
    assert await door.look() == 1
    assert door.stored() == [("orders.edi", b"ISA*and more")]


async def test_without_a_time_to_rest_a_file_is_taken_at_once(door: Door) -> None:
    door.put("orders.edi")

    assert await door.look(settle_seconds=0) == 1


async def test_a_file_under_a_name_that_was_not_agreed_on_is_left_alone(door: Door) -> None:
    agreed, other = door.put("PO_1.edi"), door.put("readme.txt")

    assert await door.settled(takes=lambda name: name.endswith(".edi")) == 1
    assert (agreed.exists(), other.exists()) == (False, True)


@pytest.mark.parametrize("name", ["orders.edi.part", "orders.tmp", ".orders.edi", "orders.filepart"])
async def test_a_name_that_looks_temporary_waits_until_it_is_renamed(door: Door, name: str) -> None:
    door.put(name)
    assert await door.settled() == 0

    (door.inbox / name).rename(door.inbox / "orders.edi")

    assert await door.settled() == 1


async def test_links_folders_and_pipes_are_left_alone(door: Door, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"not theirs")
    (door.inbox / "link.edi").symlink_to(secret)
    (door.inbox / "folder.edi").mkdir()
    os.mkfifo(door.inbox / "pipe.edi")

    assert await door.settled() == 0

    assert door.stored() == []
    assert (door.inbox / "link.edi").is_symlink()


async def test_a_link_put_in_its_place_at_the_last_moment_is_not_followed(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"not theirs")
    path = door.put("orders.edi")
    real = os.rename

    def swapped(old: str, new: str, **folders: int) -> None:
        monkeypatch.setattr(os, "rename", real)
        path.unlink()
        path.symlink_to(secret)
        real(old, new, **folders)

    monkeypatch.setattr(os, "rename", swapped)

    assert await door.settled() == 0

    assert (door.stored(), (door.inbox / "error" / "orders.edi").is_symlink()) == ([], True)


async def test_too_large_a_file_goes_to_error_and_its_neighbour_is_taken(door: Door) -> None:
    door.put("a.edi", b"x" * 2_000)
    door.put("b.edi", b"x" * 1_000)

    assert await door.settled(max_file_bytes=1_000) == 1

    assert door.shown() == ["done/b.edi", "error/a.edi"]


async def test_while_we_are_busy_files_stay_where_they_are(door: Door) -> None:
    door.put("orders.edi")
    door.intake.refusal = Busy("full")

    assert await door.settled() == 0

    assert door.shown() == ["orders.edi"]


async def test_what_could_not_be_stored_is_stored_by_the_next_process_under_the_same_id(door: Door) -> None:
    door.put("orders.edi")
    door.intake.failure = MachineError("disk full")
    await door.settled(settle_seconds=0)
    assert door.shown() == [f"{OWN}/node.{1:026}/orders.edi"]
    door.intake.failure = None
    door.watcher = door.started()

    assert await door.look(settle_seconds=0) == 1

    [parcel] = door.intake.parcels
    assert (parcel.message_id, door.shown()) == (f"folder-{1:026}", ["done/orders.edi"])


async def test_what_was_stored_and_not_put_away_is_not_stored_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.put("orders.edi")

    def die(*_: object) -> bool:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as dying:
        dying.setattr(FolderWatcher, "_put_away", die)
        await door.settled(settle_seconds=0)
    door.watcher = door.started()

    await door.look(settle_seconds=0)

    assert (len(door.intake.parcels), door.shown()) == (1, ["done/orders.edi"])


async def test_a_claim_of_another_node_is_its_own_until_that_must_be_dead(door: Door) -> None:
    door.put("orders.edi")
    door.intake.failure = MachineError("disk full")
    await door.settled(settle_seconds=0)
    door.intake.failure = None
    door.watcher = door.started("other")

    assert await door.look(settle_seconds=0) == 0

    claim = next((door.inbox / OWN).iterdir())
    os.utime(claim, (1_700_000_000, 1_700_000_000))
    assert await door.look(settle_seconds=0) == 1


async def test_a_file_that_is_written_on_after_it_was_claimed_is_taken_whole_later(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.put("orders.edi", b"half")
    real = FolderWatcher._put_away

    def written_on(watcher: FolderWatcher, inbox: Inbox, claim: Any, *how: Any) -> bool:
        monkeypatch.setattr(FolderWatcher, "_put_away", real)
        path = door.inbox / OWN / claim.folder / claim.name
        path.write_bytes(b"half and the rest")
        os.utime(path, (1_700_000_001, 1_700_000_001))
        return real(watcher, inbox, claim, *how)

    monkeypatch.setattr(FolderWatcher, "_put_away", written_on)
    await door.settled()

    assert await door.look() == 1
    assert [data for _, data in door.stored()] == [b"half", b"half and the rest"]
    assert door.shown() == ["done/orders.edi"]


async def test_a_second_file_of_a_name_is_kept_beside_the_first(door: Door) -> None:
    door.put("orders.edi", b"one")
    await door.settled()
    door.put("orders.edi", b"two")

    await door.settled()

    assert [data for _, data in door.stored()] == [b"one", b"two"]
    assert len(door.shown()) == 2


async def test_one_file_that_cannot_be_read_does_not_keep_its_neighbours(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.put("a.edi")
    door.put("b.edi")
    real = FolderWatcher._read

    def refused(watcher: FolderWatcher, inbox: Inbox, claim: Any) -> Any:
        if claim.name == "a.edi":
            raise PermissionError(13, "Permission denied")
        return real(watcher, inbox, claim)

    monkeypatch.setattr(FolderWatcher, "_read", refused)

    assert await door.settled() == 1

    assert [name for name, _ in door.stored()] == ["b.edi"]


async def test_a_file_that_we_may_not_read_stays_where_its_writer_sees_it(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no longer in the folder, we have: so it is told to partners."""
    door.put("a.edi")
    door.put("b.edi")
    real = os.open

    def refused(path: str, *arguments: Any, **folders: Any) -> int:
        if path == "a.edi":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **folders)

    monkeypatch.setattr(os, "open", refused)

    assert await door.settled() == 1
    assert door.shown() == ["a.edi", "done/b.edi"]
    assert door.polls.looks[-1] == Look(state="failing", reason="a.edi: Permission denied", files=1)


async def test_people_are_told_when_a_folder_goes_and_when_it_is_back(door: Door) -> None:
    await door.look()
    away = door.inbox.rename(door.root / "away")
    for _ in range(3):
        await door.look()
    away.rename(door.inbox)
    for _ in range(2):
        await door.look()

    assert [look.state for look in door.polls.looks] == ["working", "failing", "working"]
    assert "No such file or directory" in door.polls.looks[1].reason


async def test_people_are_told_of_a_file_that_went_to_error(door: Door) -> None:
    door.put("big.edi", b"x" * 101)
    await door.settled(max_file_bytes=100)

    assert door.polls.told == [("big.edi", "101 bytes, the channel takes 100: it lies in error")]


async def test_that_we_are_busy_says_nothing_of_the_folder(door: Door) -> None:
    await door.look()
    door.intake.refusal = Busy("too much waits")
    await door.look()

    assert [look.state for look in door.polls.looks] == ["working"]


async def test_one_file_that_cannot_be_claimed_does_not_keep_its_neighbours(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder with the sticky bit it belongs to somebody else; on a share another machine has it open."""
    door.put("a.edi")
    door.put("b.edi")
    real = os.rename

    def refused(old: str, new: str, **folders: int) -> None:
        if old == "a.edi":
            raise PermissionError(1, "Operation not permitted")
        real(old, new, **folders)

    monkeypatch.setattr(os, "rename", refused)

    assert await door.settled() == 1

    assert (door.stored(), door.shown()) == ([("b.edi", b"ISA*~")], ["a.edi", "done/b.edi"])
    assert door.watcher._troubles == {"acme-folder": "a.edi: Operation not permitted"}
    assert list((door.inbox / OWN).iterdir()) == []


async def test_a_hundred_files_that_cannot_be_claimed_do_not_hide_the_next(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MOST_AT_ONCE):
        door.put(f"a{number:03}.edi")
    door.put("z.edi")
    real = os.rename

    def refused(old: str, new: str, **folders: int) -> None:
        if old.startswith("a"):
            raise PermissionError(1, "Operation not permitted")
        real(old, new, **folders)

    monkeypatch.setattr(os, "rename", refused)

    assert await door.settled() == 1
    assert door.stored() == [("z.edi", b"ISA*~")]


async def test_two_nodes_share_thousands_of_files_and_every_round_brings_some(door: Door) -> None:
    for number in range(1_000):
        door.put(f"{number:04}.edi", b"ISA*%d" % number)
    nodes = [door.started(node) for node in ("one", "two")]
    inbox = Inbox(channel="acme-folder", place=Place(door.root, "acme/from"), settle_seconds=0)

    troubles: list[str] = []
    for _ in range(20):
        await asyncio.gather(*(node.look(inbox) for node in nodes))
        troubles += [node._troubles.get("acme-folder", "") for node in nodes]

    assert sorted(name or "" for name, _ in door.stored()) == [f"{number:04}.edi" for number in range(1_000)]
    assert set(troubles) == {""}
    assert list((door.inbox / OWN).iterdir()) == []


async def test_what_machines_leave_in_every_folder_does_not_stop_ours(door: Door) -> None:
    (door.inbox / OWN).mkdir()
    left = door.inbox / OWN / "Thumbs.db"
    left.write_bytes(b"pictures")
    os.utime(left, (1_700_000_000, 1_700_000_000))
    door.put("a.edi")

    assert await door.settled() == 1
    assert left.exists()


async def test_the_longest_name_is_kept_beside_one_that_was_there(door: Door) -> None:
    name = "x" * 251 + ".edi"
    (door.inbox / "done").mkdir()
    (door.inbox / "done" / name).write_bytes(b"before")
    door.put(name)

    assert await door.settled() == 1
    assert await door.settled() == 0

    assert [one.read_bytes() for one in sorted((door.inbox / "done").iterdir())] == [b"ISA*~", b"before"]
    assert list((door.inbox / OWN).iterdir()) == []


async def test_any_name_that_a_machine_can_write_is_text_and_no_more(door: Door) -> None:
    names = [b"not-utf-8-\xff.edi", b"line\nbreak.edi", b"esc\x1b[2J.edi", "right\u202eto-left.edi".encode(), b"-rf"]
    for raw in names:
        door.put(os.fsdecode(raw), b"ISA*" + raw)

    assert await door.settled() == len(names)
    assert sorted(os.fsencode(one.name) for one in (door.inbox / "done").iterdir()) == sorted(names)


async def test_links_and_pipes_are_told_of_once_and_no_number_of_names_hides_a_file(
    door: Door, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watch, "MOST_NAMES", 5)
    for number in range(20):
        (door.inbox / f"{number:03}.part").write_bytes(b"half")
        (door.inbox / f"{number:03}.folder").mkdir()
        os.mkfifo(door.inbox / f"{number:03}.pipe")
    door.put("z.edi")

    assert await door.settled() == 1
    await door.settled()

    assert capsys.readouterr().out.count("folder.refused") == 20


async def test_rounds_follow_each_other_while_there_is_more(door: Door) -> None:
    for number in range(250):
        door.put(f"{number}.edi", b"ISA*%d" % number)
    inbox = Inbox(channel="acme-folder", place=Place(door.root, "acme/from"), settle_seconds=0)
    watcher = FolderWatcher(
        [inbox],
        intake=door.intake,
        blobs=door.blobs,
        polls=door.polls,
        node="node",
        new_id=door._id,
        poll_seconds=3_600,
    )

    watcher.start()
    async with asyncio.timeout(30):
        while len(door.intake.parcels) < 250:
            await asyncio.sleep(0.01)
    await watcher.close()


async def test_a_folder_that_is_not_there_is_said_once_and_others_go_on(door: Door) -> None:
    assert await door.look(channel="lost", place=Place(door.root, "nowhere")) == 0
    assert await door.look(channel="lost", place=Place(door.root, "nowhere")) == 0


async def test_it_looks_until_it_is_closed(door: Door) -> None:
    door.put("orders.edi")
    inbox = Inbox(channel="acme-folder", place=Place(door.root, "acme/from"), settle_seconds=0)
    watcher = FolderWatcher(
        [inbox], intake=door.intake, blobs=door.blobs, polls=door.polls, node="n", new_id=door._id, poll_seconds=0.001
    )
    watcher.start()

    async with asyncio.timeout(10):
        while not door.intake.parcels:
            await asyncio.sleep(0.001)

    await watcher.close()

    assert len(door.intake.parcels) == 1
