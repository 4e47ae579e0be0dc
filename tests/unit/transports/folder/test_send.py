"""A file of ours shows in a folder under its name in one step, whole, once, and in nobody's place."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import MachineError
from gateway.pipeline.outbound.send import Carriage, Carried
from gateway.transports.folder import FolderSender, Place, place, send
from gateway.transports.folder.place import OWN
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.carrying import MemoryReceipts, a_file


class Door:
    """A folder with a sender, which forgets everything but its notes when it is `killed`."""

    def __init__(self, root: Path) -> None:
        self.root, self.out = root, root / "acme" / "to"
        self.blobs, self.receipts = MemoryBlobs(), MemoryReceipts()

    async def send(self, file: Carried, place: Place | None = None) -> Carriage:
        sender = FolderSender(place or Place(self.root, "acme/to", make=True), self.blobs, self.receipts)
        return await sender.send(file)

    def again(self, file: Carried) -> Carried:
        """The file as it is taken up after a death."""
        about = {"again": True, "notes": dict(self.receipts.notes.get(file.id, {}))}
        return a_file(file.id, self.blobs.bytes_of(file.content), self.blobs, **about)

    def names(self) -> list[str]:
        """What a program sees that skips dots."""
        return sorted(one.name for one in self.out.iterdir() if not one.name.startswith("."))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def killed_at(monkeypatch: pytest.MonkeyPatch, call: str, *, before: bool) -> None:
    """The process dies at this call of the machine's, before or after its effect."""
    where: Any = send if call == "rename_free" else os
    real = getattr(where, call)

    def die(*arguments: object, **options: object) -> None:
        monkeypatch.setattr(where, call, real)
        if not before:
            real(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(where, call, die)


async def test_a_file_lies_there_under_its_name_with_its_bytes_and_nothing_beside_it(door: Door) -> None:
    said = await door.send(a_file("f1", b"x" * 200_000, door.blobs))

    assert said.kind == "carried"
    assert (door.out / "f1.x12").read_bytes() == b"x" * 200_000
    assert list((door.out / OWN).iterdir()) == []
    assert door.names() == ["f1.x12"]


async def test_a_file_of_that_name_with_other_bytes_is_never_replaced(door: Door) -> None:
    door.out.mkdir(parents=True)
    (door.out / "f1.x12").write_bytes(b"somebody else's")

    said = await door.send(a_file("f1", b"ours", door.blobs))

    assert said.kind == "refused"
    assert (door.out / "f1.x12").read_bytes() == b"somebody else's"


async def test_a_link_of_that_name_is_not_followed(door: Door, tmp_path: Path) -> None:
    door.out.mkdir(parents=True)
    target = tmp_path / "elsewhere"
    (door.out / "f1.x12").symlink_to(target)

    said = await door.send(a_file("f1", b"ours", door.blobs))

    assert said.kind == "refused"
    assert not target.exists()


@pytest.mark.parametrize(
    ("call", "before"), [("rename_free", True), ("rename_free", False), ("write", True), ("fsync", False)]
)
@pytest.mark.parametrize("taken", [False, True], ids=["still there", "taken meanwhile"])
async def test_after_a_death_at_any_point_there_is_one_file_and_none_is_lost(
    door: Door, monkeypatch: pytest.MonkeyPatch, call: str, before: bool, taken: bool
) -> None:
    file, received = a_file("f1", b"ours", door.blobs), 0
    killed_at(monkeypatch, call, before=before)
    with pytest.raises(KeyboardInterrupt):
        FolderSender(Place(door.root, "acme/to", make=True), door.blobs, door.receipts)._send(file)
    if taken and (door.out / "f1.x12").exists():
        (door.out / "f1.x12").unlink()
        received = 1

    said = await door.send(door.again(file))

    received += len(door.names())
    assert (said.kind, received) == ("carried", 1)


async def test_what_was_ready_and_then_cleared_away_is_written_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = a_file("f1", b"ours", door.blobs)
    real = place.rename_free

    def cleared(old: str, new: str, **folders: int) -> None:
        os.unlink(old, dir_fd=folders["old_folder"])
        real(old, new, **folders)

    monkeypatch.setattr(send, "rename_free", cleared)
    first = await door.send(file)
    monkeypatch.setattr(send, "rename_free", real)

    second = await door.send(door.again(file))

    assert (first.kind, second.kind, door.names()) == ("retry", "carried", ["f1.x12"])


async def test_a_full_disk_is_tried_again(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file("f1", b"ours", door.blobs)
    real = os.write

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    first = await door.send(file)
    monkeypatch.setattr(os, "write", real)

    second = await door.send(door.again(file))

    assert (first.kind, first.detail) == ("retry", "the folder acme/to refuses: No space left on device")
    assert (second.kind, door.names()) == ("carried", ["f1.x12"])


@pytest.mark.parametrize("file_system", ["with renames that replace nothing", "without"])
async def test_a_file_made_under_its_name_at_the_last_moment_is_not_replaced(
    door: Door, monkeypatch: pytest.MonkeyPatch, file_system: str
) -> None:
    if file_system == "without":
        monkeypatch.setattr(place, "_renameat2", lambda *_: errno.EINVAL)
    real = place.rename_free

    def first(old: str, new: str, **folders: int) -> None:
        (door.out / "f1.x12").write_bytes(b"somebody else's")
        real(old, new, **folders)

    monkeypatch.setattr(send, "rename_free", first)
    said = await door.send(a_file("f1", b"ours", door.blobs))

    assert (said.kind, door.names()) == ("refused", ["f1.x12"])
    assert (door.out / "f1.x12").read_bytes() == b"somebody else's"
    assert list((door.out / OWN).iterdir()) == []


async def test_the_file_system_here_replaces_nothing_when_asked_to(tmp_path: Path) -> None:
    """Between a look and a rename there is always a moment: where the kernel has it, one call does both."""
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
    folder = os.open(tmp_path, os.O_RDONLY)
    assert place._renameat2(folder, b"old", folder, b"new") == errno.EEXIST
    assert place._renameat2(folder, b"old", folder, b"newer") == 0
    os.close(folder)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"new": "new", "newer": "old"}


@pytest.mark.parametrize("name", ["../f1.x12", "a/b.x12", ".hidden", "", "x" * 256, "nul\0"])
async def test_a_name_that_leads_elsewhere_is_refused(door: Door, name: str) -> None:
    said = await door.send(a_file("f1", b"ours", door.blobs, name=name))

    assert said.kind == "refused"
    assert not door.out.exists()


async def test_a_folder_that_is_not_there_is_not_made_where_a_disk_may_be_missing(door: Door) -> None:
    said = await door.send(a_file("f1", b"ours", door.blobs), Place(door.root, "acme/to"))

    assert said.kind == "retry"
    assert not (door.root / "acme").exists()


async def test_a_folder_that_became_a_link_leads_nowhere(door: Door, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "acme").symlink_to(outside)

    said = await door.send(a_file("f1", b"ours", door.blobs))

    assert said.kind == "retry"
    assert list(outside.iterdir()) == []


async def test_bytes_that_are_lost_on_our_disk_are_our_fault(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise MachineError("gone")

    monkeypatch.setattr(door.blobs, "chunks", lost)

    with pytest.raises(MachineError):
        await door.send(a_file("f1", b"ours", door.blobs))
