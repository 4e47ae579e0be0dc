"""Blobs: read in parts, and swept when nobody refers to them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.errors import MachineError
from gateway.parcel import INLINE_LIMIT, Content
from gateway.store.aside import KEPT_DAYS
from gateway.store.blobs import FileBlobs

LARGE = INLINE_LIMIT + 1
OLD = time.time() - 7200


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    """Blobs in an empty home."""
    made = FileBlobs(tmp_path)
    made.prepare()
    return made


def _nobody(names: Sequence[str]) -> Sequence[str]:
    return []


@pytest.mark.parametrize("size", [1000, LARGE])
def test_parts_are_read_from_any_place(blobs: FileBlobs, size: int) -> None:
    content = blobs.keep(bytes(index % 251 for index in range(size)))

    assert blobs.read(content, 500, 3) == bytes([500 % 251, 501 % 251, 502 % 251])
    assert blobs.read(content, size - 1, 100) == bytes([(size - 1) % 251])
    assert blobs.read(content, size, 100) == b""
    assert max(map(len, blobs.chunks(content, 300))) == 300


def test_a_blob_that_is_gone_is_a_machine_error(blobs: FileBlobs) -> None:
    gone = Content(sha256="ab" * 32, size=5)

    with pytest.raises(MachineError):
        blobs.read(gone, 0, 1)
    with pytest.raises(MachineError):
        list(blobs.chunks(gone))


def test_the_same_content_is_one_file(blobs: FileBlobs, tmp_path: Path) -> None:
    blobs.keep(b"x" * LARGE)
    blobs.keep(b"x" * LARGE)

    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_the_sweep_sets_aside_old_orphans_and_leaves_the_young_and_those_with_rows(blobs: FileBlobs) -> None:
    young, orphan, referred = (blobs.keep(letter * LARGE) for letter in (b"a", b"b", b"c"))
    for content in (orphan, referred):
        assert content.path is not None
        os.utime(content.path, (OLD, OLD))

    swept = blobs.sweep(lambda names: [name for name in names if name == referred.sha256])

    assert swept == 1
    assert [content.path.exists() for content in (young, orphan, referred) if content.path] == [True, False, True]


def test_content_that_comes_again_makes_an_old_orphan_young(blobs: FileBlobs) -> None:
    orphan = blobs.keep(b"x" * LARGE)
    assert orphan.path is not None
    os.utime(orphan.path, (OLD, OLD))

    blobs.keep(b"x" * LARGE)

    assert blobs.sweep(_nobody) == 0
    assert orphan.path.exists()


def test_an_upload_that_puts_the_content_back_during_the_sweep_keeps_it(blobs: FileBlobs) -> None:
    orphan = blobs.keep(b"x" * LARGE)
    assert orphan.path is not None
    os.utime(orphan.path, (OLD, OLD))

    def meanwhile(names: Sequence[str]) -> Sequence[str]:
        blobs.keep(b"x" * LARGE)
        return []

    assert blobs.sweep(meanwhile) == 0
    assert orphan.path.exists()


_DIES = """
import os, sys
from pathlib import Path
from gateway.store.blobs import FileBlobs

blobs = FileBlobs(Path(sys.argv[1]))
blobs.prepare()
half = blobs.spool()
half.write(b"y" * 100_000)
blobs.keep(b"x" * 100_000)
print("ready", flush=True)
os.read(0, 1)
"""


def test_a_process_killed_between_file_and_row_leaves_only_what_the_sweep_clears_away(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _DIES, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]

    swept = FileBlobs(tmp_path).sweep(_nobody, older_than_seconds=-1)

    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert (len(left), swept) == (2, 1)
    assert [path.parts[-3] for path in kept] == ["set-aside"]


# ---------------------------------------------------------------------------------------------- set aside


def swept_away(blobs: FileBlobs, data: bytes, *, days_ago: int = 0) -> Content:
    """Content that a sweep of a database which does not know it has set aside, so many days ago."""
    content = blobs.keep(data)
    assert blobs.sweep(_nobody, older_than_seconds=-1) == 1
    (today,) = (blobs.home / "set-aside").iterdir()
    today.rename(today.with_name((date.fromisoformat(today.name) - timedelta(days=days_ago)).isoformat()))
    return content


def files_set_aside(blobs: FileBlobs) -> list[str]:
    return [path.name for path in (blobs.home / "set-aside").rglob("*") if path.is_file()]


def test_what_a_sweep_set_aside_is_read_as_if_nothing_had_happened(blobs: FileBlobs) -> None:
    content = swept_away(blobs, b"x" * LARGE)
    assert blobs.has(content.sha256, LARGE)

    assert blobs.read(content, 0, 3) == b"xxx"

    assert content.path is not None
    assert content.path.exists()
    assert files_set_aside(blobs) == []


def test_a_sweep_that_knows_what_was_set_aside_brings_it_back(blobs: FileBlobs) -> None:
    content = swept_away(blobs, b"x" * LARGE, days_ago=KEPT_DAYS + 1)

    blobs.sweep(lambda names: names)

    assert content.path is not None
    assert content.path.exists()
    assert files_set_aside(blobs) == []


def test_what_was_set_aside_is_removed_when_nobody_asked_for_it_in_thirty_days(blobs: FileBlobs) -> None:
    content = swept_away(blobs, b"x" * LARGE, days_ago=KEPT_DAYS)
    blobs.sweep(_nobody)
    assert files_set_aside(blobs) == [content.sha256]
    (day,) = (blobs.home / "set-aside").iterdir()
    day.rename(day.with_name((date.fromisoformat(day.name) - timedelta(days=1)).isoformat()))

    with capture_logs() as logs:
        blobs.sweep(_nobody)

    assert list((blobs.home / "set-aside").iterdir()) == []
    assert [(entry["event"], entry["sha256"]) for entry in logs] == [("blob.removed", content.sha256)]


def test_a_sweep_says_once_how_many_it_set_aside_and_which(blobs: FileBlobs) -> None:
    kept = [blobs.keep(letter * LARGE).sha256 for letter in (b"a", b"b")]

    with capture_logs() as logs:
        blobs.sweep(_nobody, older_than_seconds=-1)

    assert sorted(entry["sha256"] for entry in logs if entry["log_level"] == "info") == sorted(kept)
    assert [(entry["event"], entry["files"]) for entry in logs if entry["log_level"] == "warning"] == [
        ("blobs.set_aside", 2)
    ]
