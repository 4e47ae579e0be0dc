"""One connection of the door: who signs in, from where, how often, and how many sessions it may open."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import asyncssh

from gateway.transports.sftp.accounts import Account, Accounts, holds_key, may_come_from, same_secret
from gateway.transports.sftp.algorithms import Profile, only_weak
from gateway.transports.sftp.audit import Audit
from gateway.transports.sftp.desk import Desk, Ports
from gateway.transports.sftp.guard import Guard
from gateway.transports.sftp.limits import Limits
from gateway.transports.sftp.mailbox import PartnerMailbox
from gateway.transports.sftp.names import escaped
from gateway.transports.sftp.session import MailboxSession

_NOBODY: Final = same_secret("")
"""Checked when there is no password to check, so that an unknown user takes the same work; its answer is not used."""

_FACTORS: Final = {b"publickey": "key", b"password": "password", b"keyboard-interactive": "password"}
"""What a method of RFC 4252 proves; asyncssh answers keyboard-interactive by asking for the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What all connections of one listener share."""

    accounts: Accounts
    ports: Ports
    limits: Limits
    guard: Guard
    profile: Callable[[], Profile]
    connections: set["Connection"] = field(default_factory=set)
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)


class Connection(asyncssh.SSHServer):
    """asyncssh's callbacks for one connection. A wrong user, key, password or address all look and take the same."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._connection: asyncssh.SSHServerConnection | None = None
        self._remote = ""
        self._user = ""
        self._counted = False
        self._tries = 0
        self._users = 0
        self._keys_taken = 0
        self._keys_refused = 0
        self._shown: set[str] = set()
        self._account: Account | None = None
        self._sessions: set[MailboxSession] = set()
        self._last_activity = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None
        self.limit_handles = door.limits.handles_per_connection

    # ------------------------------------------------------------------------------------------ coming and going

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Count the connection in, or cut it before a byte is exchanged."""
        self._connection = conn
        peer = conn.get_extra_info("peername")
        self._remote = str(peer[0]) if peer else "local"
        refused = self._door.guard.arrive(self._remote)
        if refused is not None:
            self._audit("").line("connect", f"refused: {refused}", level="warning")
            conn.abort()
            return
        self._counted = True
        self._door.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection out."""
        self._door.connections.discard(self)
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._account is not None:
            self._door.guard.exit(self._account.channel)
            self._audit(self._account.user).line("logout", "ok")
        elif self._counted:
            self._door.guard.leave(self._remote)
            if not self._tries:
                # Who knows none of our algorithms shows here only, with what each side offered.
                because = f": {exc}" if exc is not None else ""
                self._audit(self._user).line("connect", f"ended before signing in{escaped(because, 1_000)}")
            if self._keys_refused or self._keys_taken > 2:
                # A client offers every key it has, so only a connection that came to nothing is one failure.
                self._door.guard.fail(self._remote)

    def _audit(self, user: str) -> Audit:
        return Audit(user=user, remote=self._remote)

    # ------------------------------------------------------------------------------------------ signing in

    def begin_auth(self, username: str) -> bool:
        """Everybody must sign in. Another user name on the same connection is one more try, and begins anew."""
        self._users += 1
        self._user = username
        self._shown.clear()
        self._keys_taken = 0
        if self._users > 1:
            self._count_try(username, "another user name")
        return True

    def password_auth_supported(self) -> bool:
        """Offered to all, so that it tells nothing of the account."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Offered to all, until a key was shown."""
        return "key" not in self._shown

    def lacks_a_factor(self, method: bytes) -> bool:
        """A method of signing in was good. Whether the account asks for the password too (RFC 4252, 5.1)."""
        factor = _FACTORS.get(method)
        if factor is None:  # asyncssh has others; none of them is offered here
            return True
        self._shown.add(factor)
        account = self._account_of(self._username())
        return account is not None and account.sign_in == "both" and self._shown != {"key", "password"}

    def _username(self) -> str:
        return str(self._require_connection()._username)  # the public one is set after signing in

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether the account has this key (asyncssh then verifies the signature)."""
        self._require_tries_left()
        account = self._account_of(username)
        if holds_key(account, key.public_data, self._door.ports.clock()):
            self._keys_taken += 1
            if self._keys_taken > 2:  # one question, one signature; more of them are signatures that were wrong
                self._count_try(username, "wrong signature")
            return True
        self._keys_refused += 1
        self._count_try(username, "unknown key")
        return False

    async def validate_password(self, username: str, password: str) -> bool:
        """Whether the password is the account's. A refusal comes after a delay that nobody can shorten."""
        self._require_tries_left()
        started = asyncio.get_running_loop().time()
        account = self._account_of(username)
        check = account.password_check if account is not None else None
        right = (check or _NOBODY)(password) and check is not None
        # Where both are asked for the key comes first: else anybody could try out passwords.
        if right and account is not None and (account.sign_in == "either" or "key" in self._shown):
            return True
        # Counted before waiting: a client that sends the next try at once cancels this one.
        delay = self._door.guard.fail(self._remote)
        self._count_try(username, "wrong password")
        await asyncio.sleep(max(0.0, started + delay - asyncio.get_running_loop().time()))
        return False

    def change_password(self, username: str, old_password: str, new_password: str) -> bool:
        """Refused, and a try like any other."""
        self._require_tries_left()
        self._count_try(username, "password change")
        return False

    def _account_of(self, username: str) -> Account | None:
        account = self._door.accounts(username)
        return account if account is not None and may_come_from(account, self._remote) else None

    def _require_tries_left(self) -> None:
        """Before anything is checked: tries sent ahead in one packet get no answer either."""
        if self._tries >= self._door.limits.authentication_tries or self._door.guard.banned(self._remote):
            raise asyncssh.DisconnectError(
                asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "too many authentication failures"
            )

    def _count_try(self, username: str, what: str) -> None:
        self._tries += 1
        self._audit(username).line("login", f"refused: {what}", level="warning")
        self._require_tries_left()

    def auth_completed(self) -> None:
        """Signed in: the account is that of the user name asyncssh authenticated, looked up again."""
        conn = self._require_connection()
        username = str(conn.get_extra_info("username"))
        account = self._account_of(username)
        if account is None or not self._door.guard.enter(account.channel):
            because = "no such account any more" if account is None else "too many connections of this partner"
            self._audit(username).line("login", f"refused: {because}", level="warning")
            conn.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, "too many connections")
            return
        self._door.guard.leave(self._remote)
        self._account = account
        self._audit(account.user).line("login", self._signed_in_by(conn))
        self.touch()
        self._watch_idleness()

    def _signed_in_by(self, conn: asyncssh.SSHServerConnection) -> str:
        """ "ok", and what of the legacy profile the connection lives on: who does has to be told before its end."""
        agreed = {kind: str(conn.get_extra_info(kind) or "") for kind in ("recv_cipher", "recv_mac")}
        weak = only_weak(self._door.profile(), agreed)
        return f"ok, by weak algorithms: {', '.join(weak)}" if weak else "ok"

    # ------------------------------------------------------------------------------------------ sessions

    def session_requested(self) -> MailboxSession:
        """A new session channel. Raises ChannelOpenError over the cap."""
        account = self._account
        if account is None or len(self._sessions) >= self._door.limits.sessions_per_connection:
            self.refuse("session", "too many sessions on this connection")
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, "too many sessions on this connection")
        session = MailboxSession(self, self._mailbox_of(account))
        self._sessions.add(session)
        self.touch()
        return session

    def _mailbox_of(self, account: Account) -> Callable[[asyncssh.SSHServerChannel[bytes]], PartnerMailbox]:
        desk = Desk(self._door.ports, account, self._remote)
        return lambda channel: PartnerMailbox(channel, desk, self._audit(account.user))

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        """No forwarding, out or in, to ports or sockets, and no tunnels."""
        self.refuse("forward", "there is no forwarding", f"{dest_host}:{dest_port}")
        return False

    def server_requested(self, listen_host: str, listen_port: int) -> bool:
        """As `connection_requested`."""
        self.refuse("forward", "there is no forwarding", f"{listen_host}:{listen_port}")
        return False

    def unix_connection_requested(self, dest_path: str) -> bool:
        """As `connection_requested`."""
        self.refuse("forward", "there is no forwarding", dest_path)
        return False

    def unix_server_requested(self, listen_path: str) -> bool:
        """As `connection_requested`."""
        self.refuse("forward", "there is no forwarding", listen_path)
        return False

    def refuse(self, operation: str, because: str, name: bytes | str = "") -> None:
        """Write down what was asked for and is not given."""
        self._audit(self._account.user if self._account else "").line(
            operation, f"refused: {because}", name=name, level="warning"
        )

    def session_ended(self, session: MailboxSession) -> None:
        """A session's channel is gone."""
        self._sessions.discard(session)

    def open_handles(self) -> int:
        """Handles open in all sessions of this connection."""
        return sum(session.open_handles for session in self._sessions)

    def working(self, task: "asyncio.Task[None]") -> None:
        """A session's task: `SftpServer.close` waits for it."""
        self._door.tasks.add(task)
        task.add_done_callback(self._door.tasks.discard)

    # ------------------------------------------------------------------------------------------ idleness

    def touch(self) -> None:
        """The client did something."""
        self._last_activity = asyncio.get_running_loop().time()

    def _watch_idleness(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._last_activity + self._door.limits.idle_seconds - loop.time()
        if left > 0:
            self._idle_timer = loop.call_later(left, self._watch_idleness)
            return
        self._audit(self._account.user if self._account else "").line("idle", "disconnected")
        self.disconnect("idle for too long")

    def disconnect(self, because: str) -> None:
        """End the connection; a client that does not listen is cut."""
        conn = self._require_connection()
        conn.disconnect(asyncssh.DISC_BY_APPLICATION, because)

    def _require_connection(self) -> asyncssh.SSHServerConnection:
        if self._connection is None:
            raise RuntimeError("asyncssh calls connection_made first")
        return self._connection
