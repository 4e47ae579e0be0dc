"""Taking files from a folder: whole ones only, each claimed by a rename, stored durably, and only then put away.

in/<name>                          theirs; taken when it is whole
in/.gateway/<node>.<id>/<name>     claimed; the id is the message id under which it is stored, so that a claim
                                   which a dead process left is stored once however often it is taken up
in/done/<name>                     stored (`after: done`)
in/error/<name>                    too large to be taken: a person has to look
"""

import asyncio
import contextlib
import itertools
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import structlog

from gateway.errors import Busy, Conflict, GatewayError, MachineError, TooLarge
from gateway.parcel import Content, Parcel
from gateway.pipeline.polling import Look, Polls
from gateway.pipeline.ports import Blobs, Intake
from gateway.transports.folder.place import LONGEST_NAME, OWN, Place, regular, rename_free, status
from gateway.transports.sftp.names import escaped, is_temporary

log = structlog.get_logger("gateway.folder")

MOST_NAMES = 10_000
"""Files of one folder, looked at in one round; what is put away makes room for the rest."""

MOST_TOLD = 100
"""Names of one folder that are no files and that the log has; each once."""

MOST_AT_ONCE = 100
"""Files claimed in one round: what lies there stays where people can see it until its turn comes."""

STALE_SECONDS = 60.0
"""After this a claim of another node, which shares the folder, is taken up: it is dead, or too slow to matter."""

_CHUNK = 1 << 20
_LONGEST_SUFFIX = 20
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """One folder to take files from. `max_file_bytes` is a security limit, `takes` says which names were agreed on."""

    channel: str
    place: Place
    after: Literal["done", "delete"] = "done"
    settle_seconds: float = 5.0
    max_file_bytes: int = 100 * 1024 * 1024
    takes: Callable[[str], bool] = lambda name: True


@dataclass(frozen=True, slots=True)
class _Claim:
    """A file in a folder of its own; `id` makes its message id."""

    folder: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as it was seen first, and when; as long as it looks so it may be whole."""

    shape: tuple[int, int, int]
    since: float


class _Unsettled(Exception):
    """Somebody still writes into it."""


class _NoFile(Exception):
    """What was claimed is no plain file: somebody put a link in its place at that moment."""


class FolderWatcher:
    """Looks into folders again and again. `start` and `close` on one event loop; `look` is one round, for tests."""

    def __init__(
        self,
        inboxes: Iterable[Inbox],
        *,
        intake: Intake,
        blobs: Blobs,
        polls: Polls,
        node: str,
        new_id: Callable[[], str],
        poll_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inboxes, self._intake, self._blobs = list(inboxes), intake, blobs
        self._polls = polls
        self._node, self._new_id = _NOT_IN_NAMES.sub("_", node), new_id
        self._poll_seconds, self._clock = poll_seconds, clock
        self._seen: dict[str, dict[str, _Look]] = {}
        self._odd: dict[str, set[str]] = {}
        self._troubles: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look."""
        self._tasks = [asyncio.create_task(self._forever(inbox)) for inbox in self._inboxes]

    async def close(self) -> None:
        """Stop looking; what is claimed is taken up at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _forever(self, inbox: Inbox) -> None:
        while True:
            if await self.look(inbox) < MOST_AT_ONCE:  # else there is more
                await asyncio.sleep(self._poll_seconds)

    async def look(self, inbox: Inbox) -> int:
        """One round: what was left claimed, then what is whole. Returns how many files were stored. Never raises."""
        stored, trouble = 0, ""
        try:
            claims, trouble = await asyncio.to_thread(self._claims, inbox)
            for claim in claims:
                try:
                    stored += await self._take(inbox, claim)
                except OSError as refused:  # one file that cannot be read: its neighbours can
                    trouble = f"{escaped(claim.name)}: {refused.strerror}"
        except Busy as ours:  # says nothing of the folder
            log.info("folder.busy", channel=inbox.channel, error=str(ours))
            return stored
        except (MachineError, OSError) as refused:
            trouble = str(refused) or type(refused).__name__
        except Exception as bug:  # whatever it is, the other folders and the next round must not suffer
            log.exception("folder.failed", channel=inbox.channel)
            trouble = f"our own code failed: {type(bug).__name__}"
        await self._tell(inbox.channel, trouble, stored)
        return stored

    async def _tell(self, channel: str, trouble: str, stored: int) -> None:
        """When trouble begins, changes or ends, when files came, and in the first round: rounds are many, and a node
        that has lost its folder must not take turns with one that has it.
        """
        if self._troubles.get(channel) != trouble:
            (log.warning if trouble else log.info)(
                "folder.waits" if trouble else "folder.works", channel=channel, error=trouble
            )
        elif not stored:
            return
        with contextlib.suppress(GatewayError):  # the database is away, too: the next round tells it
            look = Look(state="failing" if trouble else "working", reason=trouble, files=stored)
            await asyncio.to_thread(self._polls.looked, channel, look)
            self._troubles[channel] = trouble

    # ------------------------------------------------------------------------------------------ claiming

    def _claims(self, inbox: Inbox) -> tuple[Sequence[_Claim], str]:
        """What is ours to take now, and why something is not that should be."""
        self._intake.admit(inbox.channel)
        refusals: list[str] = []
        with inbox.place.opened() as theirs, inbox.place.opened(OWN) as own:
            found = list(self._left_over(inbox, own))
            fresh = self._claimed(self._whole(inbox, theirs), theirs, own, refusals)
            found += itertools.islice(fresh, MOST_AT_ONCE)
            if found:
                os.fsync(own)
        return found, refusals[0] if refusals else ""

    def _claimed(self, names: Iterable[str], theirs: int, own: int, refusals: list[str]) -> Iterator[_Claim]:
        """Those of these files that we get; one that cannot be renamed does not keep its neighbours."""
        for name in names:
            try:
                yield self._claim(name, theirs, own)
            except FileNotFoundError:  # another node was faster, or its writer took it back
                continue
            except OSError as refused:
                refusals.append(f"{escaped(name)}: {refused.strerror}")

    def _left_over(self, inbox: Inbox, own: int) -> Iterator[_Claim]:
        """Claims of a process that died, or that could not store them; an empty one is cleared away."""
        with os.scandir(own) as entries:
            folders = sorted(entry.name for entry, _ in zip(entries, range(MOST_NAMES), strict=False))
        for folder in folders:
            node, _, id = folder.rpartition(".")
            found = status(folder, own)
            if not node or found is None or not stat.S_ISDIR(found.st_mode):
                continue  # what machines leave in every folder, as Thumbs.db
            if node != self._node and time.time() - found.st_mtime < STALE_SECONDS:
                continue
            with contextlib.suppress(FileNotFoundError):  # another node took it up, or put it away
                name = _only_name(folder, own)
                if name is None:
                    os.rmdir(folder, dir_fd=own)
                elif not _fresh(f"{folder}/{name}", own, inbox.settle_seconds):
                    yield _Claim(folder, id, name)

    def _whole(self, inbox: Inbox, theirs: int) -> list[str]:
        """Names of files that have not changed for long enough, oldest first seen."""
        seen, now = self._seen.get(inbox.channel, {}), self._clock()
        looked: dict[str, _Look] = {}
        odd: set[str] = set()
        with os.scandir(theirs) as entries:
            for entry in entries:
                wanted = not is_temporary(entry.name) and inbox.takes(entry.name)
                found = status(entry.name, theirs) if wanted else None
                if found is None or stat.S_ISDIR(found.st_mode):
                    continue
                if not regular(found):
                    odd.add(entry.name)
                    continue
                shape = (found.st_ino, found.st_size, found.st_mtime_ns)
                before = seen.get(entry.name)
                looked[entry.name] = before if before is not None and before.shape == shape else _Look(shape, now)
                if len(looked) == MOST_NAMES:
                    break
        self._seen[inbox.channel] = looked
        self._no_files(inbox, odd)
        whole = [name for name, look in looked.items() if now - look.since >= inbox.settle_seconds]
        return sorted(whole, key=lambda name: (looked[name].since, name))

    def _no_files(self, inbox: Inbox, odd: set[str]) -> None:
        """Links and pipes: never followed, never opened, and told of once."""
        told = self._odd.get(inbox.channel, set()) & odd
        for name in sorted(odd - told)[: MOST_TOLD - len(told)]:
            told.add(name)
            log.warning("folder.refused", channel=inbox.channel, name=escaped(name), reason="no plain file")
        self._odd[inbox.channel] = told

    def _claim(self, name: str, theirs: int, own: int) -> _Claim:
        os.close(os.open(name, _READ, dir_fd=theirs))  # what we may not read stays where its writer sees it
        id = self._new_id()
        folder = f"{self._node}.{id}"
        os.mkdir(folder, 0o770, dir_fd=own)
        try:
            os.rename(name, f"{folder}/{name}", src_dir_fd=theirs, dst_dir_fd=own)
        except OSError:
            os.rmdir(folder, dir_fd=own)
            raise
        return _Claim(folder, id, name)

    # ------------------------------------------------------------------------------------------ storing

    async def _take(self, inbox: Inbox, claim: _Claim) -> int:
        """Store one claimed file, then put it away. 1 when it was stored."""
        try:
            content, shape = await asyncio.to_thread(self._read, inbox, claim)
            receipt = await self._intake.receive(self._parcel(inbox, claim, content))
        except (_Unsettled, Conflict):
            await asyncio.to_thread(self._under_another_id, inbox, claim)
            return 0
        except (TooLarge, _NoFile) as refused:
            why = str(refused) or "no plain file"
            self._audit(inbox, claim, "refused", reason=why)
            await asyncio.to_thread(self._polls.left, inbox.channel, claim.name, f"{why}: it lies in error")
            await asyncio.to_thread(self._put_away, inbox, claim, "error")
            return 0
        self._audit(inbox, claim, "known" if receipt.known else "stored", transmission=receipt.transmission_id)
        if not await asyncio.to_thread(self._put_away, inbox, claim, inbox.after, shape):
            await asyncio.to_thread(self._under_another_id, inbox, claim)
        return 1

    def _read(self, inbox: Inbox, claim: _Claim) -> tuple[Content, tuple[int, int]]:
        """Its bytes, durable, and the size and time they were read at. Raises _Unsettled, TooLarge, MachineError."""
        with inbox.place.opened(OWN) as own:
            found = status(f"{claim.folder}/{claim.name}", own)
            if found is None or not regular(found):
                raise _NoFile
            descriptor = os.open(f"{claim.folder}/{claim.name}", _READ, dir_fd=own)
        try:
            before = os.fstat(descriptor)
            if not regular(before):
                raise _NoFile
            if before.st_size > inbox.max_file_bytes:
                raise TooLarge(f"{before.st_size} bytes, the channel takes {inbox.max_file_bytes}")
            content = self._spooled(descriptor, inbox.max_file_bytes)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or content.size != after.st_size:
            raise _Unsettled
        return content, (after.st_size, after.st_mtime_ns)

    def _spooled(self, descriptor: int, most: int) -> Content:
        spool = self._blobs.spool()
        try:
            while chunk := os.read(descriptor, _CHUNK):
                if spool.size + len(chunk) > most:
                    raise TooLarge(f"over {most} bytes, which is what the channel takes")
                spool.write(chunk)
            return spool.seal()
        finally:
            spool.discard()

    def _parcel(self, inbox: Inbox, claim: _Claim, content: Content) -> Parcel:
        return Parcel(
            channel=inbox.channel,
            door="folder",
            content=content,
            received_at=datetime.now(UTC),
            message_id=f"folder-{claim.id}",
            file_name=claim.name,
        )

    def _put_away(self, inbox: Inbox, claim: _Claim, how: str, shape: tuple[int, int] | None = None) -> bool:
        """To `done` or `error`, or deleted. False when it was changed since it was read: then it stays."""
        with inbox.place.opened(OWN) as own:
            path = f"{claim.folder}/{claim.name}"
            found = status(path, own)
            if found is None:  # another node was faster
                return True
            if shape is not None and (found.st_size, found.st_mtime_ns) != shape:
                return False
            if how == "delete":
                os.unlink(path, dir_fd=own)
            else:
                with inbox.place.opened(how) as kept:
                    _keep(path, claim, own, kept)
                    os.fsync(kept)
            os.rmdir(claim.folder, dir_fd=own)
            os.fsync(own)
        return True

    def _under_another_id(self, inbox: Inbox, claim: _Claim) -> None:
        """It was still being written: what it becomes is another file, to be taken when it rests."""
        self._audit(inbox, claim, "unsettled", reason="somebody still writes into it")
        with inbox.place.opened(OWN) as own:
            os.rename(claim.folder, f"{self._node}.{self._new_id()}", src_dir_fd=own, dst_dir_fd=own)
            os.fsync(own)

    def _audit(self, inbox: Inbox, claim: _Claim, result: str, **more: str) -> None:
        log.info("folder.take", channel=inbox.channel, name=escaped(claim.name), result=result, **more)


def _only_name(folder: str, own: int) -> str | None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=own)
    try:
        with os.scandir(descriptor) as entries:
            return next((entry.name for entry in entries), None)
    finally:
        os.close(descriptor)


def _fresh(path: str, own: int, settle_seconds: float) -> bool:
    """Whether it was changed only just now."""
    found = status(path, own)
    return found is not None and 0 <= time.time() - found.st_mtime < settle_seconds


def _keep(path: str, claim: _Claim, own: int, kept: int) -> None:
    """Put away under its name, or, where that is taken, under one with the id of its claim."""
    try:
        rename_free(path, claim.name, old_folder=own, new_folder=kept)
    except FileExistsError:
        stem, dot, suffix = claim.name.rpartition(".")
        ending = f"-{claim.id}.{suffix}" if dot and stem and len(suffix) <= _LONGEST_SUFFIX else f"-{claim.id}"
        room = LONGEST_NAME - len(os.fsencode(ending))
        begins = os.fsdecode(os.fsencode(stem or claim.name)[:room])
        rename_free(path, begins + ending, old_folder=own, new_folder=kept)
