"""Laying a file of ours into a folder: written and synced out of sight, then shown under its name in one step.

Who reads the folder may take the file the moment it shows. So that a node that dies right after does not lay it out a
second time, what is ready is noted in the row before it shows: then it waits out of sight, or it was shown.
"""

import asyncio
import hashlib
import os
from dataclasses import dataclass

import structlog

from gateway.pipeline.outbound.send import Carriage, Carried
from gateway.pipeline.ports import Blobs, Receipts
from gateway.transports.folder.place import LONGEST_NAME, OWN, Place, regular, rename_free, status

log = structlog.get_logger("gateway.folder")

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FolderSender:
    """The `Sender` port over a folder."""

    place: Place
    blobs: Blobs
    receipts: Receipts

    async def send(self, carried: Carried) -> Carriage:
        """Lay one file out. Raises MachineError when its bytes cannot be read on our own disk."""
        return await asyncio.to_thread(self._send, carried)

    async def close(self) -> None:
        """Nothing is held open."""

    def _send(self, carried: Carried) -> Carriage:
        if not _plain(carried.name):
            return Carriage(kind="refused", detail=f"{carried.name[:80]!r} cannot be the name of a file here")
        try:
            with self.place.opened() as out, self.place.opened(OWN) as own:
                carriage = self._laid(carried, out, own)
        except OSError as refused:
            carriage = Carriage(kind="retry", detail=f"the folder {self.place.name} refuses: {refused.strerror}")
        log.info("folder.send", channel=carried.channel, name=carried.name, outcome=carriage.kind, file=carried.id)
        return carriage

    def _laid(self, carried: Carried, out: int, own: int) -> Carriage:
        ready, staged = carried.notes.get(self._note) == carried.message_id, carried.message_id
        waits = status(staged, own)
        if ready and waits is None:
            return Carriage(kind="carried", detail="it was laid out before, and taken since or still there")
        there = status(carried.name, out)
        if there is not None:
            return self._there_already(carried, out, own)
        if not ready:
            self._stage(carried, own)
            self._ready(carried, staged)
        return self._show(carried, out, own)

    def _stage(self, carried: Carried, own: int) -> None:
        """Written anew, whatever a try before may have left."""
        if status(carried.message_id, own) is not None:
            os.unlink(carried.message_id, dir_fd=own)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(carried.message_id, flags, 0o660, dir_fd=own)
        try:
            for chunk in self.blobs.chunks(carried.content):
                _write(descriptor, chunk)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.fsync(own)

    def _show(self, carried: Carried, out: int, own: int) -> Carriage:
        try:
            rename_free(carried.message_id, carried.name, old_folder=own, new_folder=out)
        except FileExistsError:
            return self._there_already(carried, out, own)
        except FileNotFoundError:
            self._ready(carried, "")  # somebody cleared our folder, and it was not shown: it has to be written again
            return Carriage(kind="retry", detail="what was ready to be laid out has been removed")
        try:
            os.fsync(out)
            os.fsync(own)
        except OSError as refused:
            return Carriage(kind="unknown", detail=f"the folder {self.place.name} refuses: {refused.strerror}")
        return Carriage(kind="carried")

    def _there_already(self, carried: Carried, out: int, own: int) -> Carriage:
        """Ours from a try before, or another's, which is never replaced."""
        same = _same(carried, out)
        self._ready(carried, "")
        if status(carried.message_id, own) is not None:
            os.unlink(carried.message_id, dir_fd=own)
        if same:
            return Carriage(kind="carried", detail="it lies there already")
        return Carriage(kind="refused", detail=f"another file of the name {carried.name} lies there: none is replaced")

    @property
    def _note(self) -> str:
        return f"ready in {self.place.name}"

    def _ready(self, carried: Carried, staged: str) -> None:
        self.receipts.note(carried.id, {self._note: staged})


def _plain(name: str) -> bool:
    hidden = name.startswith(".") or "/" in name or "\0" in name
    return bool(name) and not hidden and len(os.fsencode(name)) <= LONGEST_NAME


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _same(carried: Carried, out: int) -> bool:
    """Whether what lies there has our bytes."""
    found = status(carried.name, out)
    if found is None or not regular(found) or found.st_size != carried.content.size:
        return False
    descriptor = os.open(carried.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=out)
    try:
        digest = hashlib.sha256()
        while chunk := os.read(descriptor, _CHUNK):
            digest.update(chunk)
    finally:
        os.close(descriptor)
    return digest.hexdigest() == carried.content.sha256
