"""Bytes by their hash. Small content lives in memory and then in its row; large content is a file, durable first.

    <home>/spool/<random>          a file being received, gone when its door gives up
    <home>/blobs/ab/cd/<sha256>    content that a row may refer to: written and synced before that row commits

A process killed between file and row leaves a file nobody refers to: `sweep` finds it at the next start.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import MachineError
from gateway.parcel import Content
from gateway.store.spool import Disk, Spool

ORPHAN_AGE_SECONDS = 3600.0
"""A blob without a row is somebody's upload in the making until it is this old."""

CHUNK = 1 << 20
Known = Callable[[Sequence[str]], Collection[str]]
"""Of these hashes, those that a row refers to."""


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
        with _refusals(), self._path(content).open("rb") as file:
            while chunk := file.read(size):
                yield chunk

    def read(self, content: Content, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; b"" at the end."""
        if content.inline is not None:
            return content.inline[offset : offset + size]
        with _refusals(), self._path(content).open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def stored(self, sha256: str, size: int, body: bytes | None) -> Content:
        """Content as its row describes it."""
        return Content(sha256=sha256, size=size, inline=body, path=None if body is not None else self.path(sha256))

    def path(self, sha256: str) -> Path:
        """Where large content of this hash is. Two levels of folders: no folder grows beyond some thousand names."""
        return self._blobs / sha256[:2] / sha256[2:4] / sha256

    def sweep(self, known: Known, *, older_than_seconds: float = ORPHAN_AGE_SECONDS) -> int:
        """Remove spool files and blobs that no row refers to, both older than this. Returns how many.

        Call it before doors open. Another node may share the folder: only what is old goes.
        """
        before = time.time() - older_than_seconds
        with _refusals():
            swept = [self._remove(path, before) for path in list(self._spool.iterdir())]
            for folder in self._blobs.glob("??/??"):
                names = [path.name for path in folder.iterdir() if path.stat().st_mtime < before]
                referred = set(known(names)) if names else set()
                swept += [self._remove(folder / name, before) for name in names if name not in referred]
        return sum(swept)

    def _remove(self, path: Path, before: float) -> bool:
        """Set aside, look again, then remove: an upload may have put the same content back in between."""
        aside = self._spool / f"{path.name}.{secrets.token_hex(8)}"
        try:
            if path.stat().st_mtime >= before:
                return False
            path.rename(aside)
            if aside.stat().st_mtime >= before:
                aside.rename(path)
                return False
            aside.unlink()
        except FileNotFoundError:  # another node swept it
            return False
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

    def _path(self, content: Content) -> Path:
        return content.path or self.path(content.sha256)

    @property
    def _spool(self) -> Path:
        return self.home / "spool"

    @property
    def _blobs(self) -> Path:
        return self.home / "blobs"


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except OSError as refused:
        raise MachineError(f"blobs: {os.strerror(refused.errno or 0)}") from refused
