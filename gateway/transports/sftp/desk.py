"""What happens to a partner's files behind the SFTP operations: the pipeline's ports, called in threads.

Nothing of SFTP's packets is known here, and nothing of the store there.
"""

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import asyncssh

from gateway.parcel import Content, Parcel
from gateway.pipeline.ports import Blobs, Entry, Folder, Intake, Mailbox, Waiting
from gateway.transports.sftp.accounts import Account
from gateway.transports.sftp.files import Download, Upload
from gateway.transports.sftp.names import Layout
from gateway.transports.sftp.quota import Held, Share

READS_REMEMBERED: Final = 10_000
"""Unfinished downloads whose beginning is remembered, so that a resumed one counts as a pickup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What every desk of the door works with; `clock` answers aware UTC times, `listing` is names per folder.

    `reads` is how far unfinished downloads got, by entry id; `renaming`, `storing` and `held` (by channel) what is
    under way just now; `counted` what waited of a channel when it was last counted, at most `counting_seconds` ago.
    """

    intake: Intake
    mailbox: Mailbox
    blobs: Blobs
    clock: Callable[[], datetime]
    listing: int
    counting_seconds: float
    reads: OrderedDict[str, int] = field(default_factory=OrderedDict)
    renaming: set[tuple[str, str]] = field(default_factory=set)
    storing: set[object] = field(default_factory=set)
    held: defaultdict[str, Held] = field(default_factory=lambda: defaultdict(Held))
    counted: dict[str, tuple[float, Waiting]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a file is opened for writing, as the flags of SFTP OPEN say it."""

    create: bool
    exclusive: bool
    truncate: bool
    append: bool


class Desk:
    """One signed-in session's way to the ports: the channel is the account's, never the client's choice.

    Methods raise SFTPError for what the client did, GatewayError and OSError for what the ports refuse.
    """

    def __init__(self, ports: Ports, account: Account, remote: str) -> None:
        self._ports = ports
        self._account = account
        self._channel = account.channel
        self._remote = remote

    def now(self) -> datetime:
        """The door's clock."""
        return self._ports.clock()

    @property
    def layout(self) -> Layout:
        """Where the account's folders are."""
        return self._account.layout

    # ------------------------------------------------------------------------------------------ uploads

    async def open_to_write(self, name: str, opening: Opening) -> Upload:
        """A new upload under `name` in inbound; refused here, before any byte, when nothing can be taken now."""
        self._require_agreed(name)
        return await asyncio.to_thread(self._open_to_write, name, opening)

    def _require_agreed(self, name: str) -> None:
        if not self._account.waits(name) and not self._account.takes(name):
            raise asyncssh.SFTPPermissionDenied("this is not a file name that was agreed on")

    def _open_to_write(self, name: str, opening: Opening) -> Upload:
        self._ports.intake.admit(self._channel)
        waiting = self._waiting()
        known = self._ports.mailbox.entry(self._channel, "inbound", name)
        if known is None and not opening.create:
            raise asyncssh.SFTPNoSuchFile("no such file")
        if known is not None and opening.exclusive:
            raise asyncssh.SFTPFailure("the file exists")
        accepted = known is not None and known.state == "accepted"
        if accepted and opening.append:
            raise asyncssh.SFTPPermissionDenied("this document has been accepted; it cannot be continued")
        resumed = known.content if known is not None and not accepted and not opening.truncate else None
        share = Share(self._ports.held[self._channel], waiting, self._account.quota)
        # scp opens without TRUNC and cuts at the end, so a name accepted before starts empty: a new document.
        try:
            share.grow(resumed.size if resumed is not None else 0)
            spool = self._ports.blobs.spool() if resumed is None else self._ports.blobs.resume(resumed)
        except BaseException:
            share.release()
            raise
        return Upload(
            name,
            spool,
            limit_bytes=self._account.max_file_bytes,
            share=share,
            append=opening.append,
            continues_accepted=accepted,
        )

    def _waiting(self) -> Waiting:
        """What waits of the channel: counting costs more than opening a file, so a second old will do."""
        now, counted = time.monotonic(), self._ports.counted.get(self._channel)
        if counted is None or now - counted[0] >= self._ports.counting_seconds:
            counted = self._ports.counted[self._channel] = (now, self._ports.mailbox.waiting(self._channel))
        return counted[1]

    async def take_in(self, upload: Upload) -> str:
        """Make a finished upload durable: staged under a temporary name, received under any other. What became of
        it.
        """
        try:
            with self._storing():
                content = await upload.finish()
                if not self._account.waits(upload.name):
                    return await self._receive(upload.name, content)
                await asyncio.to_thread(self._ports.mailbox.stage, self._channel, upload.name, content)
                return "staged"
        finally:
            upload.share.release()

    async def _receive(self, name: str, content: Content, staged_name: str | None = None) -> str:
        receipt = await self._ports.intake.receive(
            Parcel(
                channel=self._channel,
                door="sftp",
                content=content,
                received_at=self.now(),
                file_name=name,
                staged_name=staged_name,
                remote=self._remote,
            )
        )
        return f"accepted {receipt.transmission_id}"

    async def rename(self, entry: Entry, new: str, *, replace: bool) -> str:
        """Rename a staged upload; under a final name it is received. `replace`: over another staged one."""
        if entry.state != "staged":
            raise asyncssh.SFTPPermissionDenied("this document has been accepted; it keeps its name")
        self._require_agreed(new)
        claim = (self._channel, entry.name)
        if claim in self._ports.renaming:
            raise asyncssh.SFTPFailure("this file is being renamed")
        self._ports.renaming.add(claim)
        try:
            with self._storing():
                if self._account.waits(new):
                    return await asyncio.to_thread(self._rename_staged, entry.name, new, replace)
                # A document accepted under this name before is no hindrance: this is a new one, that one stays.
                return await self._receive(new, entry.content, staged_name=entry.name)
        finally:
            self._ports.renaming.discard(claim)

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """While this lasts, a door that closes waits: the client should hear the answer."""
        token = object()
        self._ports.storing.add(token)
        try:
            yield
        finally:
            self._ports.storing.discard(token)

    def _rename_staged(self, old: str, new: str, replace: bool) -> str:
        taken = self._ports.mailbox.entry(self._channel, "inbound", new) if new != old else None
        if taken is not None and (taken.state == "accepted" or not replace):
            raise asyncssh.SFTPFailure("the new name exists")
        self._ports.mailbox.rename(self._channel, old, new)
        return "staged"

    # ------------------------------------------------------------------------------------------ downloads

    async def open_to_read(self, folder: Folder, name: str) -> Download:
        """A file of any folder, to read."""
        entry = await self.entry(folder, name)
        return Download(entry, self._ports.blobs, read_before=self._ports.reads.get(entry.id, 0))

    async def hand_out(self, download: Download) -> str:
        """Record a closed download: an outbound file read to its end is picked up. What became of it."""
        if not download.whole:
            self.remember(download)
            return "partial"
        if download.entry.folder == "outbound":
            await asyncio.to_thread(self._ports.mailbox.fetched, self._channel, download.entry)
            self._ports.reads.pop(download.entry.id, None)
        return "whole"

    def remember(self, download: Download) -> None:
        """Keep how far an unfinished download of an outbound file got."""
        reads = self._ports.reads
        if download.entry.folder == "outbound" and download.prefix:
            reads[download.entry.id] = download.prefix
            reads.move_to_end(download.entry.id)
            while len(reads) > READS_REMEMBERED:
                reads.popitem(last=False)

    # ------------------------------------------------------------------------------------------ names

    async def entry(self, folder: Folder, name: str) -> Entry:
        """What the mailbox has under a name. Raises SFTPNoSuchFile."""
        found = await asyncio.to_thread(self._ports.mailbox.entry, self._channel, folder, name)
        if found is None:
            raise asyncssh.SFTPNoSuchFile("no such file")
        return found

    async def entries(self, folder: Folder) -> Sequence[Entry]:
        """The names of a folder: of several documents sent under one name, the newest."""
        found = await asyncio.to_thread(self._ports.mailbox.entries, self._channel, folder, limit=self._ports.listing)
        fresh = [entry for entry in found if entry.state == "ready"] if folder == "outbound" else []
        if fresh:
            await asyncio.to_thread(self._ports.mailbox.listed, self._channel, fresh)
        return list({entry.name: entry for entry in found}.values())

    async def remove(self, folder: Folder, name: str) -> None:
        """Remove a name: a staged upload is dropped, an accepted document stays with us, an outbound file arrived."""
        if not await asyncio.to_thread(self._ports.mailbox.remove, self._channel, folder, name):
            raise asyncssh.SFTPNoSuchFile("no such file")
