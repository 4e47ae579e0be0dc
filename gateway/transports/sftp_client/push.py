"""The `Sender` of partners' own SFTP servers: under a temporary name, whole, then renamed; and never a guess.

Where a server forbids renames a file is written under its final name, one block after the other (`_DirectPush`).

What is where when we die, and what the next try (`again`) does:
  the temporary name is there   it was not renamed: it is written anew, and renamed
  the final name is there       with our bytes it is ours; else a person looks
  neither, and we had noted, durably, that we were about to rename
                                it was taken already, or it never arrived: nobody can tell, so a person asks the partner
  neither, and we had not       nothing has happened
A rename that is refused, with neither there, is told the same way: somebody took the file under its temporary name.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh
import structlog

from gateway.errors import GatewayError
from gateway.pipeline.outbound.send import Carriage, Carried
from gateway.pipeline.polling import Look, Polls
from gateway.pipeline.ports import Blobs, Receipts
from gateway.transports.sftp_client.errors import Declined, HostKeyChanged, LineLost, NotReached, NotWhole
from gateway.transports.sftp_client.host import PartnerServer
from gateway.transports.sftp_client.line import Line, connect
from gateway.transports.sftp_client.listing import path_of

log = structlog.get_logger("gateway.sftp-client")

BLOCK = 32 * 1024
AT_ONCE = 8

NEITHER = "it was about to be renamed and is there under neither name: taken, or lost. Ask the partner"
BEGUN = "it was begun under its final name and is not there: taken, or lost. Ask the partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTerms:
    """Where files go, and what one is called until it is whole: its own name where the server forbids renames."""

    folder: str
    temporary_name: Callable[[str], str]


class SftpSender:
    """The `Sender` port over one partner's server: one file at a time, in a session that is kept for the next one."""

    def __init__(
        self, server: PartnerServer, terms: PushTerms, *, blobs: Blobs, polls: Polls, receipts: Receipts
    ) -> None:
        self._server, self._terms = server, terms
        self._blobs, self._polls, self._receipts = blobs, polls, receipts
        self._turn = asyncio.Lock()
        self._line: Line | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def send(self, carried: Carried) -> Carriage:
        """Lay one file there. Raises MachineError when its bytes cannot be read on our own disk."""
        async with self._turn:
            if self._server.stopped and not await asyncio.to_thread(self._server.pinned_anew):
                return Carriage(kind="retry", detail=self._server.stopped)
            try:
                async with asyncio.timeout(self._server.limits.push_seconds):
                    return await self._send(carried)
            except HostKeyChanged as changed:
                return await self._stop(changed)
            except TimeoutError:
                self._drop()
                return Carriage(kind="unknown", detail="took longer than a push may")
            except BaseException:
                self._drop()
                raise
            finally:
                self._rest()

    async def close(self) -> None:
        """Release the connection."""
        if self._idle is not None:
            self._idle.cancel()
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _send(self, carried: Carried) -> Carriage:
        try:
            line = await self._open()
        except NotReached as refused:
            return Carriage(kind="retry", detail=str(refused))
        direct = self._terms.temporary_name(carried.name) == carried.name
        push = (_DirectPush if direct else _Push)(line, self._terms, carried, self._blobs, self._receipts)
        try:
            with line.audit.operation("push", push.final) as told:
                told.size = carried.content.size
                carriage = await push.run()
                told.result = f"{carriage.kind}: {carriage.detail}"
            return carriage
        except LineLost as lost:
            self._drop()
            return Carriage(kind="unknown" if push.may_be_there else "retry", detail=str(lost))
        except (Declined, NotWhole) as declined:
            return Carriage(kind="unknown" if push.may_be_there else "retry", detail=str(declined))

    async def _open(self) -> Line:
        """A session that stands. Raises HostKeyChanged, NotReached."""
        if self._idle is not None:
            self._idle.cancel()
        if self._line is None or not self._line.usable:
            self._line = await connect(self._server)
            with contextlib.suppress(GatewayError):
                await asyncio.to_thread(self._polls.goes_on, self._server.channel)
        return self._line

    def _rest(self) -> None:
        """End the session unless there is another file soon."""
        if self._line is not None:
            self._idle = asyncio.get_running_loop().call_later(self._server.limits.idle_seconds, self._drop)

    def _drop(self) -> None:
        if self._line is not None:
            self._line.abort()
            self._line = None

    async def _stop(self, changed: HostKeyChanged) -> Carriage:
        channel = self._server.channel
        self._server.stopped = str(changed)
        log.error("a partner's server shows another host key: stopped", channel=channel, why=str(changed))
        with contextlib.suppress(GatewayError):
            await asyncio.to_thread(self._polls.looked, channel, Look(state="stopped", reason=str(changed)))
        return Carriage(kind="retry", detail=str(changed))


class _Push:
    """One try of one file. `may_be_there`: from now on it may be, under its final name."""

    what = "renaming"

    def __init__(
        self,
        line: Line,
        terms: PushTerms,
        carried: Carried,
        blobs: Blobs,
        receipts: Receipts,
    ) -> None:
        self._line, self._carried, self._blobs, self._receipts = line, carried, blobs, receipts
        self.final = path_of(terms.folder, carried.name)
        self._temporary = path_of(terms.folder, terms.temporary_name(carried.name))
        self._note = f"{self.what} at {carried.channel}"
        self._noted = carried.notes.get(self._note) == carried.message_id
        self.may_be_there = False

    async def run(self) -> Carriage:
        """Raises LineLost, Declined, NotWhole, MachineError."""
        if self._carried.again and self._noted and (found := await self._asked()) is not None:
            return found
        if (there := await self._size(self.final)) is not None:
            return await self._there_already(there, trusted=self._carried.again)
        await self._upload()
        await self._about_to(self._carried.message_id)
        return await self._rename()

    async def _about_to(self, message_id: str) -> None:
        """Note, durably, that from now on the file may be there; or, with "", that it is not."""
        await asyncio.to_thread(self._receipts.note, self._carried.id, {self._note: message_id})

    async def _asked(self) -> Carriage | None:
        """What became of the rename that was about to be asked for; None when it was not done."""
        self.may_be_there = True  # until we know better, it may be there
        try:
            final, temporary = await self._size(self.final), await self._size(self._temporary)
        except Declined as declined:
            return _cannot_be_asked(declined)
        if final is not None:
            return await self._there_already(final, trusted=True)
        if temporary is None:
            return Carriage(kind="refused", detail=NEITHER)
        self.may_be_there = False
        return None

    async def _there_already(self, size: int, *, trusted: bool) -> Carriage:
        """A file of this name is there. Ours when it has our bytes; where we may not read it back, its size and a try
        before this one (`trusted`) have to do.
        """
        if size != self._carried.content.size:
            words = f"a file of this name is there with {size} bytes, ours has {self._carried.content.size}"
            return Carriage(kind="refused", detail=f"{words}: nothing is overwritten")
        try:
            same = await self._same()
        except Declined:
            same = trusted
        if same:
            return Carriage(kind="carried", detail="it lies there already")
        return Carriage(kind="refused", detail="another file has this name and size: nothing is overwritten")

    async def _same(self) -> bool:
        """Whether what is there under the final name has our bytes."""
        content, step = self._carried.content, self._line.step
        file = await step("open", self._line.client.open(self.final, asyncssh.FXF_READ, encoding=None, block_size=None))
        digest, offset = hashlib.sha256(), 0
        while offset < content.size:
            block: bytes = await step("read", file.read(min(BLOCK, content.size - offset), offset))
            if not block:
                break
            digest.update(block)
            offset += len(block)
        await step("close", file.close())
        return digest.hexdigest() == content.sha256

    async def _upload(self) -> None:
        """All of it under its temporary name, which is nobody else's, and its size looked at afterwards."""
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
        client, step, size = self._line.client, self._line.step, self._carried.content.size
        with self._line.audit.operation("upload", self._temporary) as told:
            told.size = size
            file = await step("open", client.open(self._temporary, flags, encoding=None, block_size=None))
            await self._write(file, at_once=AT_ONCE)
            there = await self._size(self._temporary)
            if there is not None and there != size:
                raise NotWhole(f"{there} bytes are there after {size} were written")

    async def _write(self, file: "asyncssh.SFTPClientFile", *, at_once: int) -> None:
        """All of it, and closed."""
        content, step = self._carried.content, self._line.step
        for offset in range(0, content.size, BLOCK * at_once):
            data = await asyncio.to_thread(self._blobs.read, content, offset, BLOCK * at_once)
            if len(data) != min(BLOCK * at_once, content.size - offset):
                raise NotWhole("our own copy is shorter than it was")
            parts = range(0, len(data), BLOCK)
            await step("write", asyncio.gather(*(file.write(data[at : at + BLOCK], offset + at) for at in parts)))
        with contextlib.suppress(Declined):  # few servers can
            await step("fsync", file.fsync())
        await step("close", file.close())

    async def _rename(self) -> Carriage:
        """SFTP version 3's own rename, which does not replace. What it was asked and did not answer, may be done."""
        self.may_be_there = True
        size = self._carried.content.size
        with self._line.audit.operation("rename", self._temporary) as told:
            try:
                await self._line.step("rename", self._line.client.rename(self._temporary, self.final))
            except Declined as declined:
                told.result = str(declined)
                there = await self._size(self.final)
                if there is not None and await self._size(self._temporary) is not None:
                    return Carriage(kind="refused", detail="another file took this name: nothing is overwritten")
                if there is None and await self._gone(self._temporary):
                    # Whoever takes files under their temporary names would be sent one more with every try.
                    return Carriage(kind="refused", detail=NEITHER)
                if there != size:
                    self.may_be_there = False
                    raise
        there = await self._size(self.final)
        if there is not None and there != size:
            return Carriage(kind="refused", detail=f"renamed, but {there} bytes are there of {size}")
        return Carriage(kind="carried", detail="renamed to its final name")

    async def _size(self, path: bytes) -> int | None:
        """Bytes of what has a name; None when nothing has it, or the server does not tell. Raises LineLost, Declined
        when it does not say which, and it matters.
        """
        try:
            return (await self._line.step("lstat", self._line.client.lstat(path))).size
        except Declined as declined:
            if declined.missing or not self._carried.again:
                return None
            raise

    async def _gone(self, path: bytes) -> bool:
        """Whether the server says that nothing has this name."""
        try:
            await self._line.step("lstat", self._line.client.lstat(path))
        except Declined as declined:
            return declined.missing
        return False


class _DirectPush(_Push):
    """One try at a server that forbids renames: under the final name from the first byte on.

    That is noted before. Then its size tells: all of it is there; the beginning of it is, which is ours and is written
    anew; or nothing, and it was taken or lost.
    """

    what = "writing"

    async def run(self) -> Carriage:
        """Raises LineLost, Declined, NotWhole, MachineError."""
        self.may_be_there = self._noted
        try:
            there = await self._size(self.final)
        except Declined as declined:
            if self._noted:
                return _cannot_be_asked(declined)
            there = None
        if there is None and self._noted:
            return Carriage(kind="refused", detail=BEGUN)
        if there is not None and not (self._noted and there < self._carried.content.size):
            return await self._there_already(there, trusted=self._noted)
        return await self._lay()

    async def _lay(self) -> Carriage:
        """One block after the other, so that what a cut leaves is the beginning, and never as long as the whole."""
        size, step = self._carried.content.size, self._line.step
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | (asyncssh.FXF_TRUNC if self._noted else asyncssh.FXF_EXCL)
        with self._line.audit.operation("upload", self.final) as told:
            told.size = size
            await self._about_to(self._carried.message_id)
            self.may_be_there = True
            try:
                opened = self._line.client.open(self.final, flags, encoding=None, block_size=None)
                file = await step("open", opened)
            except Declined:
                if not self._noted:
                    await self._about_to("")
                    self.may_be_there = False
                raise
            await self._write(file, at_once=1)
            with contextlib.suppress(Declined):
                there = await self._size(self.final)
                if there is not None and there != size:
                    raise NotWhole(f"{there} bytes are there after {size} were written")
        return Carriage(kind="carried", detail="written under its final name")


def _cannot_be_asked(declined: Declined) -> Carriage:
    return Carriage(kind="refused", detail=f"may be there already, and cannot be asked for: {declined}")
