"""Doors' ports in memory and a temporary folder: what a door is tested against when the store is not the subject.

`Mailroom` is Intake and Mailbox in one, as the store is: what is received shows up under its name.
"""

import asyncio
import errno
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import IO

from gateway.errors import Conflict, MachineError
from gateway.parcel import INLINE_LIMIT, Content, Parcel, Receipt
from gateway.pipeline.ports import Entry, Folder, Waiting


def at_noon() -> datetime:
    """A clock that stands still."""
    return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FolderBlobs:
    """Content in a folder. `room_bytes` is the disk: a write beyond it fails with ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.room_bytes: int | None = None
        self.opened = 0
        self._numbers = count(1)

    def spool(self) -> "FolderSpool":
        self.opened += 1
        return FolderSpool(self, self.folder / f"spool-{next(self._numbers)}")

    def resume(self, content: Content) -> "FolderSpool":
        spool = self.spool()
        for chunk in self.chunks(content):
            spool.write(chunk)
        return spool

    def chunks(self, content: Content, size: int = 1 << 20) -> Iterator[bytes]:
        for offset in range(0, content.size, size):
            yield self.read(content, offset, size)

    def read(self, content: Content, offset: int, size: int) -> bytes:
        if content.inline is not None:
            return content.inline[offset : offset + size]
        assert content.path is not None
        with content.path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def leftovers(self) -> list[str]:
        """Spool files that nobody sealed or discarded."""
        return sorted(path.name for path in self.folder.glob("spool-*"))


class FolderSpool:
    """A spool file of FolderBlobs."""

    def __init__(self, blobs: FolderBlobs, path: Path) -> None:
        self._blobs = blobs
        self._path = path
        self._file: IO[bytes] | None = path.open("x+b")
        self._failed = False
        self.size = 0

    def write(self, data: bytes, offset: int | None = None) -> None:
        file = self._usable()
        where = self.size if offset is None else offset
        if self._blobs.room_bytes is not None and where + len(data) > self._blobs.room_bytes:
            self._failed = True
            raise OSError(errno.ENOSPC, "No space left on device")
        file.seek(where)
        file.write(data)
        self.size = max(self.size, where + len(data))

    def read(self, offset: int, size: int) -> bytes:
        file = self._usable()
        file.seek(offset)
        return file.read(size)

    def truncate(self, size: int) -> None:
        self._usable().truncate(size)
        self.size = size

    def seal(self) -> Content:
        file = self._usable()
        file.seek(0)
        data = file.read()
        file.close()
        self._file = None
        digest = sha256(data).hexdigest()
        if self.size <= INLINE_LIMIT:
            self._path.unlink()
            return Content(sha256=digest, size=self.size, inline=data)
        blob = self._path.with_name(f"blob-{digest}")
        self._path.rename(blob)
        return Content(sha256=digest, size=self.size, path=blob)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink()

    def _usable(self) -> IO[bytes]:
        if self._failed or self._file is None:
            raise MachineError("this spool file failed or is closed")
        return self._file


class Mailroom:
    """Intake and Mailbox in memory; `refuse_admission`, `refuse_receipt` and `gate` make it behave badly."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.pickups: list[Entry] = []
        self.refuse_admission: Exception | None = None
        self.refuse_receipt: Exception | None = None
        self.receiving = asyncio.Event()
        self.gate: asyncio.Event | None = None
        self.listings: list[tuple[str, list[str]]] = []
        self.unprocessed: dict[str, list[int]] = {}
        self.left: list[tuple[str, str]] = []
        self.tended = 0
        self._entries: dict[tuple[str, Folder], list[Entry]] = {}
        self._numbers = count(1)
        self._lock = threading.RLock()

    # -- Intake

    def admit(self, channel: str) -> None:
        if self.refuse_admission is not None:
            raise self.refuse_admission

    async def receive(self, parcel: Parcel) -> Receipt:
        self.receiving.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.refuse_receipt is not None:
            raise self.refuse_receipt
        with self._lock:
            if parcel.staged_name is not None and not self._drop(parcel.channel, "inbound", parcel.staged_name):
                raise Conflict(f"{parcel.staged_name} is not staged")
            self.parcels.append(parcel)
            entry = self.put(parcel.channel, "inbound", parcel.file_name or "", parcel.content, state="accepted")
        return Receipt(transmission_id=entry.id)

    # -- Mailbox

    def entries(self, channel: str, folder: Folder, *, limit: int = 10_000) -> Sequence[Entry]:
        with self._lock:
            return list(self._entries.get((channel, folder), []))[:limit]

    def entry(self, channel: str, folder: Folder, name: str) -> Entry | None:
        found = [entry for entry in self.entries(channel, folder) if entry.name == name]
        return found[-1] if found else None

    def stage(self, channel: str, name: str, content: Content) -> None:
        with self._lock:
            self._drop(channel, "inbound", name)
            self.put(channel, "inbound", name, content, state="staged")

    def rename(self, channel: str, old: str, new: str) -> None:
        with self._lock:
            staged = self.entry(channel, "inbound", old)
            assert staged is not None
            self._drop(channel, "inbound", new)
            self._drop(channel, "inbound", old)
            self.put(channel, "inbound", new, staged.content, state="staged")

    def fetched(self, channel: str, entry: Entry) -> None:
        with self._lock:
            self.pickups.append(entry)
            self._drop(channel, "outbound", entry.name)
            self._entries[channel, "outbound"].append(replace(entry, state="fetched"))

    def remove(self, channel: str, folder: Folder, name: str) -> bool:
        with self._lock:
            known = self.entry(channel, folder, name)
            if known is None:
                return False
            self._drop(channel, folder, name)
            if folder == "outbound":
                self.put(channel, "archive", name, known.content, state="confirmed")
            return True

    def listed(self, channel: str, entries: Sequence[Entry]) -> None:
        with self._lock:
            ids = {entry.id for entry in entries}
            for here in self._entries.values():
                here[:] = [replace(one, state="listed") if one.id in ids else one for one in here]
            self.listings.append((channel, [entry.name for entry in entries]))

    def waiting(self, channel: str) -> Waiting:
        with self._lock:
            staged = [one for one in self.entries(channel, "inbound") if one.state == "staged"]
            files = [one.content.size for one in staged] + self.unprocessed.get(channel, [])
        return Waiting(files=len(files), size=sum(files))

    def tend(self) -> Sequence[tuple[str, str]]:
        self.tended += 1
        left, self.left = self.left, []
        return left

    # -- what tests put in

    def put(self, channel: str, folder: Folder, name: str, content: Content | bytes, *, state: str = "ready") -> Entry:
        """An entry as the gateway would have made it."""
        if isinstance(content, bytes):
            content = Content(sha256=sha256(content).hexdigest(), size=len(content), inline=content)
        entry = Entry(
            id=f"entry-{next(self._numbers)}",
            folder=folder,
            name=name,
            state=state,  # type: ignore[arg-type]  # tests write it in plain words
            content=content,
            modified_at=at_noon(),
        )
        with self._lock:
            self._entries.setdefault((channel, folder), []).append(entry)
        return entry

    def _drop(self, channel: str, folder: Folder, name: str) -> bool:
        entries = self._entries.setdefault((channel, folder), [])
        kept = [entry for entry in entries if entry.name != name]
        dropped = len(kept) < len(entries)
        entries[:] = kept
        return dropped
