"""Bytes by their hash. Small content lives in memory and then in its row; large content is a file, durable first.

    <home>/spool/<random>               a file being received, gone when its door gives up
    <home>/blobs/ab/cd/<sha256>         content that a row may refer to: written and synced before that row commits
    <home>/set-aside/<day>/<sha256>     content that no row referred to at a start: `gateway.store.aside`

A process killed between file and row leaves a file nobody refers to: `sweep` finds it at the next start.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import structlog

from gateway.errors import MachineError
from gateway.parcel import Content
from gateway.store.aside import KEPT_DAYS, Aside, Known
from gateway.store.spool import Disk, Spool

log = structlog.get_logger("gateway.store")

ORPHAN_AGE_SECONDS = 3600.0
"""A blob without a row is somebody's upload in the making until it is this old."""

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileBlobs:
    """The `Blobs` port on a local (or shared) file system. `disk` are the calls that may fail."""

    home: Path
    disk: Disk = field(default_factory=Disk)

    def prepare(self) -> None:
        """Make the folders, readable by their owner only. Raises MachineError."""
        try:
            for folder in (self._spool, self._blobs):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as refused:
            raise MachineError(f"blobs: {refused}") from refused

    def spool(self) -> Spool:
        """A new, empty spool file."""
        return Spool(self._spool / secrets.token_hex(16), self._adopt, self.disk)

    def resume(self, content: Content) -> Spool:
        """A new spool file that starts with a copy of `content`."""
        spool = self.spool()
        try:
            for chunk in self.chunks(content):
                spool.write(chunk)
        except BaseException:
            spool.discard()
            raise
        return spool

    def keep(self, data: bytes) -> Content:
        """Content of our own making: durable before this returns when it is too large for a row."""
        spool = self.spool()
        try:
            spool.write(data)
            return spool.seal()
        finally:
            spool.discard()

    def chunks(self, content: Content, size: int = CHUNK) -> Iterator[bytes]:
        """The bytes in order, at most `size` at a time. Raises MachineError when the file is gone."""
        if content.inline is not None:
            for start in range(0, len(content.inline), size):
                yield content.inline[start : start + size]
            return
        with _refusals(), self._open(content) as file:
            while chunk := file.read(size):
                yield chunk

    def read(self, content: Content, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; b"" at the end."""
        if content.inline is not None:
            return content.inline[offset : offset + size]
        with _refusals(), self._open(content) as file:
            file.seek(offset)
            return file.read(size)

    def stored(self, sha256: str, size: int, body: bytes | None) -> Content:
        """Content as its row describes it."""
        return Content(sha256=sha256, size=size, inline=body, path=None if body is not None else self.path(sha256))

    def path(self, sha256: str) -> Path:
        """Where large content of this hash is. Two levels of folders: no folder grows beyond some thousand names."""
        return self._blobs / sha256[:2] / sha256[2:4] / sha256

    def has(self, sha256: str, size: int) -> bool:
        """Whether large content of this hash can be read, all of it."""
        path = self.path(sha256)
        try:
            with (path if path.exists() else self._aside.find(sha256) or path).open("rb") as file:
                return file.seek(0, os.SEEK_END) == size
        except OSError:
            return False

    def sweep(self, known: Known, *, older_than_seconds: float = ORPHAN_AGE_SECONDS) -> int:
        """Set aside blobs that no row refers to, remove spool files, both older than this. Returns how many blobs.

        Call it before doors open. Another node may share the folder: only what is old goes.
        """
        before = time.time() - older_than_seconds
        with _refusals():
            for path in list(self._spool.iterdir()):
                _remove(path, before)
            self._aside.sweep(known)
            moved = 0
            for folder in self._blobs.glob("??/??"):
                names = [path.name for path in folder.iterdir()]
                referred = set(known(names)) if names else set()
                moved += sum(self._set_aside(folder / name, before) for name in names if name not in referred)
        if moved:
            found = f"no row refers to these files: they stay in {self._aside.folder} for {KEPT_DAYS} days"
            log.warning("blobs.set_aside", files=moved, found=found)
        return moved

    def forget(self, sha256: str, *, older_than_seconds: float = ORPHAN_AGE_SECONDS) -> bool:
        """Remove content that no row refers to any more. Returns whether it is gone.

        What is younger may be an upload of the same bytes that is just being stored: the sweep of a later start sees.
        """
        with _refusals():
            if not self._set_aside(self.path(sha256), time.time() - older_than_seconds):
                return not self.path(sha256).exists()
            found = self._aside.find(sha256)
            if found is not None:
                found.unlink(missing_ok=True)
        return True

    def _set_aside(self, path: Path, before: float) -> bool:
        """Move, then look again: an upload may have put the same content back in between."""
        try:
            if path.stat().st_mtime >= before:
                return False
            aside = self._aside.put(path)
            if aside.stat().st_mtime >= before:
                aside.rename(path)
                return False
        except FileNotFoundError:  # another node swept it, or brought it back
            return False
        log.info("blob.set_aside", sha256=path.name)
        return True

    def _adopt(self, spooled: Path, sha256: str) -> Path:
        """Give a synced spool file its name. What is there already is replaced: same bytes, younger."""
        target = self.path(sha256)
        made = [folder for folder in (target.parent, target.parent.parent) if not folder.exists()]
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.disk.replace(spooled, target)
        for folder in (target.parent, *(folder.parent for folder in made)):
            self.disk.sync_folder(folder)
        return target

    def _open(self, content: Content) -> BinaryIO:
        path = self.path(content.sha256)
        try:
            return path.open("rb")
        except FileNotFoundError:
            self._aside.bring_back(content.sha256)
            return path.open("rb")

    @property
    def _aside(self) -> Aside:
        return Aside(self.home / "set-aside", self.path)

    @property
    def _spool(self) -> Path:
        return self.home / "spool"

    @property
    def _blobs(self) -> Path:
        return self.home / "blobs"


def _remove(path: Path, before: float) -> None:
    with contextlib.suppress(FileNotFoundError):  # another node swept it, or its door ended
        if path.stat().st_mtime < before:
            path.unlink()


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except OSError as refused:
        raise MachineError(f"blobs: {os.strerror(refused.errno or 0)}") from refused
