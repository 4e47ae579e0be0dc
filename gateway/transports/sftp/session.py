"""Our own SFTP session around asyncssh's packet handler.

asyncssh closes every handle still open when a session ends, so that a lost connection looks exactly like a finished
upload (its issue 248): in five of five ways to break off, half a document would be delivered. Here, whatever ends a
session, what is open is aborted. tests/contract/test_asyncssh_private_names.py fails when a private name used here
changes; the exact version is pinned.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol, cast

import asyncssh
from asyncssh.constants import FXP_EXTENDED, FXP_OPEN, FXP_OPENDIR, FXP_WRITE
from asyncssh.packet import SSHPacket
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHServerStreamSession

from gateway.errors import GatewayError
from gateway.transports.sftp.files import INLINE_WRITE, LARGEST_READ, Download
from gateway.transports.sftp.mailbox import PartnerMailbox

REMOVED: Final = frozenset(
    {
        b"copy-data",  # onto the same handle it never ends: 60 bytes of request filled a disk in 2 seconds
        b"hardlink@openssh.com",
        b"ranges@asyncssh.com",
        b"statvfs@openssh.com",  # tells the size of our disk
        b"fstatvfs@openssh.com",
        b"lsetstat@openssh.com",  # asyncssh says OK and does nothing
        b"vendor-id",  # tells the exact version
    }
)

UNSENT_BYTES: Final = 4 * 1024 * 1024
"""Answers a client has not read, above which it is not served further: else a client that sends READs and reads
nothing fills our memory at 256 KB for every 30 bytes (asyncssh never drains)."""

UNSENT_POLL_SECONDS: Final = 0.01


class SessionOwner(Protocol):
    """What a session asks of its connection."""

    limit_handles: int

    def touch(self) -> None:
        """The client did something."""

    def open_handles(self) -> int:
        """Handles open in all sessions of the connection."""

    def session_ended(self, session: "MailboxSession") -> None:
        """The channel of this session is gone."""

    def working(self, task: "asyncio.Task[None]") -> None:
        """A task that must be let finish before the door closes."""

    def refuse(self, operation: str, because: str, name: bytes | str = "") -> None:
        """Write down what was asked for and is not given."""


class MailboxHandler(SFTPServerHandler):
    """asyncssh's handler of SFTP packets, without what is REMOVED, and with a lost session that is an abort."""

    _extensions = [  # noqa: RUF012 - as asyncssh declares it
        pair for pair in SFTPServerHandler._extensions if pair[0] not in REMOVED
    ]

    def __init__(
        self,
        mailbox: PartnerMailbox,
        reader: asyncssh.SSHReader[bytes],
        writer: asyncssh.SSHWriter[bytes],
        owner: SessionOwner,
    ) -> None:
        super().__init__(mailbox, reader, writer, 3)
        self._mailbox = mailbox
        self._owner = owner

    @property
    def open_handles(self) -> int:
        """Files and folders this session has open."""
        return len(self._file_handles) + len(self._dir_handles)

    async def _process_packet(self, pkttype: int, pktid: int, packet: SSHPacket) -> None:
        self._owner.touch()
        await self._sent()
        if pkttype != FXP_EXTENDED and pkttype not in self._packet_handlers:
            self._owner.refuse("request", f"not supported: type {pkttype}")
        await super()._process_packet(pkttype, pktid, packet)
        self._owner.touch()

    async def _sent(self) -> None:
        """Wait until the client has read most of what it was answered. Raises when the connection is gone."""
        if self._writer is None:
            return
        await self._writer.drain()
        connection = self._writer.channel.get_connection()
        while (transport := connection._transport) is not None and transport.get_write_buffer_size() > UNSENT_BYTES:
            await asyncio.sleep(UNSENT_POLL_SECONDS)

    def _require_free_handle(self) -> None:
        if self._owner.open_handles() >= self._owner.limit_handles:
            self._owner.refuse("open", "too many open files on this connection")
            raise asyncssh.SFTPFailure("too many open files on this connection")

    async def _process_removed(self, packet: SSHPacket) -> None:
        self._owner.refuse("extension", "not supported")
        raise asyncssh.SFTPOpUnsupported("Unsupported request type: 200")

    async def _process_open(self, packet: SSHPacket) -> bytes:
        self._require_free_handle()
        return await super()._process_open(packet)

    async def _process_opendir(self, packet: SSHPacket) -> bytes:
        self._require_free_handle()
        return await super()._process_opendir(packet)

    async def _process_write(self, packet: SSHPacket) -> int:
        """As asyncssh's, but what follows the data is let be, as OpenSSH lets it: rclone 1.60 (Debian 12) sends the
        rest of its buffer behind the last piece of a file over 32 KB.
        """
        handle, offset, data = packet.get_string(), packet.get_uint64(), packet.get_string()
        file_obj = self._file_handles.get(handle)
        if file_obj is None:
            raise asyncssh.SFTPInvalidHandle("Invalid file handle")
        return await self._mailbox.write(file_obj, offset, data)

    async def _process_limits(self, packet: SSHPacket) -> asyncssh.SFTPLimits:
        """limits@openssh.com: what we really take, not the process's file limit."""
        packet.check_end()
        return asyncssh.SFTPLimits(INLINE_WRITE + 1024, LARGEST_READ, INLINE_WRITE, self._owner.limit_handles)

    async def _close_what_was_read(self) -> None:
        """lftp ends its session in order instead of closing the last file it read: if it got all of it, it has it."""
        for handle, file_obj in list(self._file_handles.items()):
            if isinstance(file_obj, Download) and file_obj.whole:
                del self._file_handles[handle]
                with suppress(asyncssh.SFTPError):  # told in the log; nobody is there to hear it
                    await self._mailbox.close(file_obj)

    def abandon(self) -> bool:
        """Abort everything open. True when an upload was lost by it."""
        files, self._file_handles = list(self._file_handles.values()), {}
        self._dir_handles = {}
        lost = 0
        for file_obj in files:
            with suppress(OSError, GatewayError):  # the others must be aborted too; start-up sweeps what stays
                lost += self._mailbox.abort(file_obj)
        return lost > 0

    async def _cleanup(self, exc: Exception | None) -> None:
        if exc is None:
            await self._close_what_was_read()
        lost = self.abandon()
        if self._writer is not None and exc is None:
            # Without an exit status OpenSSH's scp says 1 although the file arrived, and scripts send it again.
            self._mailbox.channel.exit(1 if lost else 0)
        if isinstance(exc, asyncssh.SFTPError):
            self._owner.refuse("session", f"ended, what came is not SFTP ({exc.reason})")
        await super()._cleanup(exc)

    async def serve(self) -> None:
        """Answer packets until the session ends, however it ends."""
        try:
            await self.run()
        except EOFError:  # the channel was closed before a whole first packet
            await self._cleanup(None)
        finally:
            self.abandon()

    _packet_handlers = {  # noqa: RUF012 - as asyncssh declares it
        **SFTPServerHandler._packet_handlers,
        **dict.fromkeys(REMOVED, _process_removed),  # type: ignore[arg-type]  # called with instances of this class only
        FXP_OPEN: _process_open,  # type: ignore[dict-item]  # called with instances of this class only
        FXP_OPENDIR: _process_opendir,  # type: ignore[dict-item]  # likewise
        FXP_WRITE: _process_write,  # type: ignore[dict-item]  # likewise
        b"limits@openssh.com": _process_limits,  # type: ignore[dict-item]  # likewise
    }


class MailboxSession(SSHServerStreamSession[bytes]):
    """A session channel on which only the sftp subsystem can be started: no shell, no command, no terminal."""

    def __init__(
        self,
        owner: SessionOwner,
        make_mailbox: Callable[[asyncssh.SSHServerChannel[bytes]], PartnerMailbox],
    ) -> None:
        super().__init__(None)
        self._owner = owner
        self._make_mailbox = make_mailbox
        self._handler: MailboxHandler | None = None

    @property
    def open_handles(self) -> int:
        """Files and folders this session has open."""
        return self._handler.open_handles if self._handler is not None else 0

    def shell_requested(self) -> bool:
        """No shell."""
        self._owner.refuse("shell", "there is none")
        return False

    def exec_requested(self, command: str) -> bool:
        """No commands, not even scp's old protocol (CVE-2026-54591 was there)."""
        self._owner.refuse("exec", "there are no commands; scp has to speak SFTP (scp -s)", command)
        return False

    def subsystem_requested(self, subsystem: str) -> bool:
        """Only sftp."""
        if subsystem != "sftp":
            self._owner.refuse("subsystem", "there is only sftp", subsystem)
        return subsystem == "sftp"

    def session_started(self) -> None:
        """The client started sftp."""
        if self._chan is None or self._conn is None:
            return
        channel = cast("asyncssh.SSHServerChannel[bytes]", self._chan)
        reader = asyncssh.SSHReader[bytes](self, channel)
        writer = asyncssh.SSHWriter[bytes](self, channel)
        self._handler = MailboxHandler(self._make_mailbox(channel), reader, writer, self._owner)
        self._owner.working(self._conn.create_task(self._handler.serve(), reader.logger))

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel, or the whole connection, is gone."""
        super().connection_lost(exc)
        self._owner.session_ended(self)
