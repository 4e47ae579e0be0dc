"""Spool files: half a document is none, whatever order bytes come in and whatever the disk does."""

import errno
import hashlib
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import MachineError
from gateway.parcel import INLINE_LIMIT, Content
from gateway.store.blobs import FileBlobs
from gateway.store.spool import Disk

LARGE = INLINE_LIMIT + 1


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    """Blobs in an empty home."""
    made = FileBlobs(tmp_path)
    made.prepare()
    return made


def _files(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*") if path.is_file())


def _whole(blobs: FileBlobs, content: Content) -> bytes:
    data = b"".join(blobs.chunks(content, 1000))
    assert hashlib.sha256(data).hexdigest() == content.sha256
    assert len(data) == content.size
    return data


def _failing(at: int, error: int = errno.ENOSPC) -> Callable[..., Any]:
    calls = iter(range(at))

    def call(*arguments: Any) -> int:
        if next(calls, None) is None:
            raise OSError(error, os.strerror(error))
        return os.pwrite(*arguments) if len(arguments) == 3 else 0

    return call


def test_small_content_never_touches_the_disk(blobs: FileBlobs, tmp_path: Path) -> None:
    spool = blobs.spool()
    spool.write(b"x" * INLINE_LIMIT)

    content = spool.seal()

    assert content.inline == b"x" * INLINE_LIMIT
    assert content.path is None
    assert _files(tmp_path) == []


def test_one_byte_more_is_a_file_named_by_its_hash(blobs: FileBlobs, tmp_path: Path) -> None:
    spool = blobs.spool()
    spool.write(b"x" * LARGE)

    content = spool.seal()

    assert content.inline is None
    assert _files(tmp_path) == [tmp_path / "blobs" / content.sha256[:2] / content.sha256[2:4] / content.sha256]
    assert content.path == _files(tmp_path)[0]
    assert content.path.stat().st_mode & 0o077 == 0
    assert _whole(blobs, content) == b"x" * LARGE


def test_content_is_synced_with_its_folders_before_it_is_sealed(tmp_path: Path) -> None:
    synced: list[str] = []

    def sync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        os.fsync(descriptor)

    def replace(source: Path, target: Path) -> None:
        synced.append("renamed")
        source.replace(target)

    blobs = FileBlobs(tmp_path, Disk(sync=sync, replace=replace))
    blobs.prepare()

    content = blobs.keep(b"x" * LARGE)

    spooled, *rest = synced
    assert len(spooled) == 32
    assert rest == ["renamed", content.sha256[2:4], content.sha256[:2], "blobs"]


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_writes_reads_and_cuts_is_what_a_file_would_hold(blobs: FileBlobs, seed: int) -> None:
    chance = random.Random(seed)
    spool, model = blobs.spool(), bytearray()
    for _ in range(60):
        offset = chance.choice([None, len(model), chance.randrange(len(model) + 3000)])
        data = chance.randbytes(chance.randrange(4000))
        if chance.random() < 0.15:
            size = chance.randrange(len(model) + 2000)
            spool.truncate(size)
            model = model[:size] + bytes(max(0, size - len(model)))
        elif data:
            start = len(model) if offset is None else offset
            spool.write(data, offset)
            model.extend(bytes(max(0, start - len(model))))
            model[start : start + len(data)] = data
        where = chance.randrange(len(model) + 1)
        assert spool.read(where, 100) == bytes(model[where : where + 100])

    assert spool.size == len(model)
    assert _whole(blobs, spool.seal()) == bytes(model)


def test_a_file_that_was_cut_small_again_is_small_content(blobs: FileBlobs, tmp_path: Path) -> None:
    spool = blobs.spool()
    spool.write(b"x" * LARGE)
    spool.truncate(10)

    assert spool.seal().inline == b"x" * 10
    assert _files(tmp_path) == []


def test_a_full_disk_poisons_the_file_for_good(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path, Disk(write=_failing(1)))
    blobs.prepare()
    spool = blobs.spool()
    spool.write(b"x" * LARGE)

    with pytest.raises(MachineError, match="No space left"):
        spool.write(b"y")

    for after in (lambda: spool.write(b"z", 0), lambda: spool.read(0, 1), lambda: spool.truncate(0), spool.seal):
        with pytest.raises(MachineError):
            after()
    spool.discard()
    assert _files(tmp_path) == []


def test_a_disk_that_cannot_sync_seals_nothing(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path, Disk(sync=_failing(0, errno.EIO)))
    blobs.prepare()
    spool = blobs.spool()
    spool.write(b"x" * LARGE)

    with pytest.raises(MachineError):
        spool.seal()
    with pytest.raises(MachineError):
        spool.seal()
    spool.discard()
    assert _files(tmp_path) == []


def test_a_short_write_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def a_little(descriptor: int, data: bytes | memoryview, offset: int) -> int:
        return os.pwrite(descriptor, bytes(data[:7000]), offset)

    blobs = FileBlobs(tmp_path, Disk(write=a_little))
    blobs.prepare()
    data = random.Random(1).randbytes(LARGE)

    assert _whole(blobs, blobs.keep(data)) == data


def test_discarding_leaves_nothing_and_may_be_done_twice(blobs: FileBlobs, tmp_path: Path) -> None:
    spool = blobs.spool()
    spool.write(b"x" * LARGE)

    spool.discard()
    spool.discard()

    assert _files(tmp_path) == []
    with pytest.raises(MachineError):
        spool.write(b"y")


def test_discarding_after_sealing_leaves_the_content(blobs: FileBlobs) -> None:
    spool = blobs.spool()
    spool.write(b"x" * LARGE)
    content = spool.seal()

    spool.discard()

    assert _whole(blobs, content) == b"x" * LARGE


@pytest.mark.parametrize("size", [10, LARGE])
def test_resuming_starts_with_a_copy_and_leaves_the_original(blobs: FileBlobs, size: int) -> None:
    original = blobs.keep(b"x" * size)
    spool = blobs.resume(original)
    spool.write(b"y")

    longer = spool.seal()

    assert _whole(blobs, longer) == b"x" * size + b"y"
    assert _whole(blobs, original) == b"x" * size
