"""aiosmtpd as this door needs it. What we override calls names that are private there: the version is pinned, and a
test holds it to them.

- A mail goes into a spool as it comes; aiosmtpd would hold it in memory, each line an object of its own.
- Line ends, their length and the size are judged on the way (`lines`).
- Whoever sends commands before we answered, which we never offered, may be smuggling: the line is cut.
- Addresses are read by a strict grammar, not by the library that mail programs use.
- AUTH is not offered, as nobody signs in; VRFY, EXPN and HELP tell nothing.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.errors import MachineError
from gateway.partners.mail_form import is_address
from gateway.pipeline.ports import SpoolFile
from gateway.transports.mail.door import LATER, MailDoor, Welcome
from gateway.transports.mail.lines import MailLines

log = structlog.get_logger("gateway.mail")
logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)  # aiosmtpd writes down what strangers say, as they say it

READ_BYTES: Final = 256 * 1024
FLUSH_SECONDS: Final = 2.0
"""That our last words have to reach a client."""

TOO_EARLY: Final = "554 5.5.0 Commands came before the answer"
FAILED: Final = "451 4.3.0 It cannot be taken now; send it again later"
ONE_AT_A_TIME: Final = "452 4.5.3 One recipient at a time"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How patient we are with one client, in seconds: `idle` between commands, `whole` for everything; a mail has
    `grace` and then `least_bytes_per_second`. So many of each command are answered.
    """

    idle_seconds: float = 60.0
    whole_seconds: float = 1800.0
    grace_seconds: float = 60.0
    least_bytes_per_second: float = 4096.0
    handshake_seconds: float = 20.0
    commands: int = 100


class _Hooks:
    """What aiosmtpd asks while it reads commands."""

    def __init__(self, door: MailDoor) -> None:
        self._door = door

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, server: "MailProtocol", session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Nothing that we do not do is offered."""
        session.host_name = hostname
        kept = [one for one in responses if one[4:].split(" ")[0] not in ("AUTH", "HELP")]
        return [*(f"250-{one[4:]}" for one in kept[:-1]), f"250 {kept[-1][4:]}"]

    async def handle_RCPT(  # noqa: N802
        self, server: "MailProtocol", session: Session, envelope: Envelope, address: str, _options: Sequence[str]
    ) -> str:
        """Here it is decided whether a mail may come; what was said with MAIL is not answered by itself."""
        if envelope.rcpt_tos:
            return ONE_AT_A_TIME
        sender = "" if envelope.mail_from == _NULL else envelope.mail_from or ""
        decided = await self._door.admit(
            sender, address, remote=server.remote, secure=server.secure, size=_size(envelope.mail_options)
        )
        if isinstance(decided, str):
            return decided
        server.welcome = decided
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Go on"

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours; its text is for our log alone."""
        log.error("mail session failed", exc_info=error)
        return FAILED


_NULL: Final = "<>"


def _size(options: Sequence[str]) -> int:
    """SIZE as it was declared with MAIL; aiosmtpd has checked that it is a number."""
    found = [one.partition("=")[2] for one in options if one.startswith("SIZE=")]
    return int(found[0]) if found and found[0].isascii() and found[0].isdigit() and len(found[0]) < 16 else 0


class MailProtocol(SMTP):
    """One connection. `remote` is the address of the client; `ended` is called when it is over, once."""

    def __init__(
        self,
        door: MailDoor,
        *,
        hostname: str,
        context: ssl.SSLContext | None,
        limits: SessionLimits,
        ended: Callable[["MailProtocol"], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            _Hooks(door),
            data_size_limit=door.largest,
            hostname=hostname,
            ident="ESMTP",
            tls_context=context,
            timeout=limits.idle_seconds,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=limits.commands,
            loop=loop,
        )
        self._door, self._limits, self._ended = door, limits, ended
        self._whole: asyncio.TimerHandle | None = None
        self._over = False
        self.remote = ""
        self.secure = False
        self.welcome: Welcome | None = None
        self.in_hand = False
        """Whether a mail is being taken: an end of the gateway waits for it."""

    # ------------------------------------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It may last so long, whatever happens on it."""
        peer = transport.get_extra_info("peername")
        self.remote = str(peer[0]) if peer else ""
        self._whole = self.loop.call_later(self._limits.whole_seconds, self.cut)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Counted once, whoever ended it."""
        if self._over:
            return
        self._over = True
        if self._whole is not None:
            self._whole.cancel()
        self._ended(self)
        super().connection_lost(error)

    def cut(self) -> None:
        """End it, in a while even if the client does not read our last words."""
        if self.transport is not None and not self._over:
            self.transport.close()
            self.loop.call_later(FLUSH_SECONDS, self.drop)

    def drop(self) -> None:
        """End it at once."""
        if self._over:
            return
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()  # uvloop's is one in all but name
        self.connection_lost(None)

    def _timeout_cb(self) -> None:
        self.cut()

    def _create_session(self) -> Session:
        self.welcome = None
        return super()._create_session()

    def _set_post_data_state(self) -> None:
        self.welcome = None
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    # ------------------------------------------------------------------------------------------ commands

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """`<address>` and what follows it; `(None, None)` for anything else. No routes, no comments, no quotes."""
        inside, bracket, rest = arg.partition(">")
        if not inside.startswith("<") or not bracket or (rest and not rest.startswith(" ")):
            return None, None
        address = inside[1:]
        if not address:
            return _NULL, rest.strip()
        return (address, rest.strip()) if is_address(address) else (None, None)

    async def smtp_AUTH(self, _arg: str) -> None:  # noqa: N802 - aiosmtpd's names, as below
        """Nobody signs in here."""
        await self.push("502 5.5.1 Not here")

    async def smtp_VRFY(self, _arg: str) -> None:  # noqa: N802
        """Nobody is told who is known."""
        await self.push("502 5.5.1 Not here")

    async def smtp_EXPN(self, _arg: str) -> None:  # noqa: N802
        """Nor who else."""
        await self.push("502 5.5.1 Not here")

    async def smtp_HELP(self, _arg: str) -> None:  # noqa: N802
        """Nor what we run."""
        await self.push("214 2.0.0 See the page that we sent you")

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        """Begin TLS (RFC 3207). What came in the clear behind the command is not taken for a part of what follows."""
        if arg or self.tls_context is None or self.secure:
            await self.push("454 4.7.0 TLS is not available" if self.tls_context is None else "503 5.5.1 Not now")
            return
        if self._reader._buffer:  # type: ignore[attr-defined]
            await self._cut_short()
            return
        await self.push("220 2.0.0 Begin")
        bare = self._writer.transport
        try:
            wrapped = await self.loop.start_tls(
                bare,
                self,
                self.tls_context,
                server_side=True,
                ssl_handshake_timeout=self._limits.handshake_seconds,
            )
        except (OSError, ssl.SSLError) as failed:
            log.info("mail tls failed", remote=self.remote, error=str(failed))
            self.drop()
            return
        if (
            wrapped is None or bare.is_closing()
        ):  # cut in the handshake: asyncio returns, and never says that it is lost
            self.drop()
            return
        self.transport = wrapped
        self._reader._transport = self._writer._transport = wrapped  # type: ignore[attr-defined]
        self.secure = True
        self._tls_protocol = self.transport  # type: ignore[assignment]  # it only asks whether there is one
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session = self._create_session()
        self.session.peer = self.transport.get_extra_info("peername")
        self.session.ssl = {"cipher": self.transport.get_extra_info("cipher")}

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """A mail, into a spool and from there to the door."""
        welcome = self.welcome
        if welcome is None or self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 First MAIL and RCPT")
            return
        if arg:
            await self.push("501 5.5.4 DATA stands alone")
            return
        if self._reader._buffer:  # type: ignore[attr-defined]
            await self._cut_short()
            return
        self._reset_timeout(self._limits.whole_seconds)  # the mail has time limits of its own
        self.in_hand = True
        try:
            await self._taken(welcome)
        finally:
            self.in_hand = False
            if not self._over:
                self._reset_timeout()

    async def _taken(self, welcome: Welcome) -> None:
        try:
            spool = self._door.blobs.spool()
        except (MachineError, OSError):
            await self.push(LATER)
            return
        whole = False
        try:
            await self.push("354 End with a dot alone in a line")
            lines = await self._received(spool, welcome.party.terms.max_file_bytes)
            answer, whole = lines.wrong, True
            if lines.surplus or self._reader._buffer:  # type: ignore[attr-defined]
                answer = TOO_EARLY
            if answer:
                self._door.refused_on_the_way(welcome, answer)
            else:
                answer = await self._door.judge(welcome, spool)
        except (MachineError, OSError) as refused:
            log.warning("mail not stored", remote=self.remote, error=str(refused))
            answer = LATER
        finally:
            spool.discard()
        self._set_post_data_state()
        await self.push(answer)
        if not whole or answer == TOO_EARLY:
            self.cut()  # what follows is the rest of a mail, and no commands

    async def _received(self, spool: SpoolFile, most_bytes: int) -> MailLines:
        """All of it. What is refused is read to its end too, within reason, or the client would not hear why."""
        lines = MailLines(most_bytes)
        began, limits = self.loop.time(), self._limits
        while not lines.ended:
            due = began + limits.grace_seconds + lines.size / limits.least_bytes_per_second
            try:
                async with asyncio.timeout(min(limits.idle_seconds, due - self.loop.time())):
                    chunk = await self._reader.read(READ_BYTES)
            except TimeoutError:
                chunk = b""
            if not chunk or lines.size > 2 * most_bytes + READ_BYTES:
                self.cut()
                raise asyncio.CancelledError  # gone, too slow, or without end: nobody waits for an answer
            data = lines.feed(chunk)
            if data:
                await self._write(spool, data)
        return lines

    async def _write(self, spool: SpoolFile, data: bytes) -> None:
        if spool.size + len(data) <= 64 * 1024:
            spool.write(data)  # it stays in memory
        else:
            await self._door.threads.run(spool.write, data)

    async def _cut_short(self) -> None:
        await self.push(TOO_EARLY)
        self.cut()
