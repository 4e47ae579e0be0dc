"""One partner's server: who it is, how we sign in, and whether we still do."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import asyncssh

from gateway.transports.sftp.algorithms import COMPATIBLE, Profile
from gateway.transports.sftp_client.addresses import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What we wait for and take at most; seconds, bytes or counts. Every number is a security limit."""

    connect_seconds: float = 20.0
    login_seconds: float = 30.0
    step_seconds: float = 30.0
    """One request and its answer."""
    listing_seconds: float = 120.0
    names: int = 10_000
    """Names of one folder that are looked at."""
    packet: int = 512 * 1024
    """Bytes of one answer; listings are the largest, OpenSSH's have at most 256 KB."""
    slowest: int = 2_000
    """Bytes in a second: below it, a file is taken for one that never ends."""
    grace_seconds: float = 120.0
    """What one file may take beside that."""
    push_seconds: float = 540.0
    """All of one push: below the ten minutes after which the carriers would end it."""
    idle_seconds: float = 15.0
    """How long a session stays open for the next file."""


@dataclass(frozen=True, slots=True)
class Pins:
    """The host keys that we know the server by; one of them is enough, so that it can change them with an overlap."""

    keys: tuple[asyncssh.SSHKey, ...] = ()
    fingerprints: tuple[str, ...] = ()

    def shown(self) -> frozenset[str]:
        """The fingerprints of all."""
        return frozenset((*(fingerprint_of(one) for one in self.keys), *self.fingerprints))

    def hold(self, key: asyncssh.SSHKey) -> bool:
        """Whether this is one of them."""
        shown = fingerprint_of(key)
        return sum(hmac.compare_digest(shown, one) for one in self.shown()) > 0

    def algorithms(self, profile: Profile) -> list[str]:
        """What the server may sign with, the kinds of pinned keys first: it shows the first key that it has of
        these, so one with several shows ours, and one that has changed it shows another, which is seen. Asked for our
        kinds only, OpenSSH would cut the connection, and nobody would know why.
        """
        kinds = {name.decode("ascii") for key in self.keys for name in key.sig_algorithms}
        return sorted(profile.signature, key=lambda name: name not in kinds)


def fingerprint_of(key: asyncssh.SSHKey) -> str:
    """`SHA256:...` as OpenSSH prints it."""
    digest = hashlib.sha256(key.public_data).digest()
    return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """As whom, and with what. Keys are loaded once, never read per connection."""

    user: str
    key: asyncssh.SSHKey | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(slots=True, kw_only=True)
class PartnerServer:
    """The server behind one channel. `stopped` is why nothing goes there any more, "" while it does.

    `reread` gives the pins that are written down for it now, None while they cannot be read.
    """

    channel: str
    host: str
    port: int
    sign_in: SignIn
    pins: Pins
    networks: Sequence[Network] = ()
    profile: Callable[[], Profile] = lambda: COMPATIBLE
    limits: Limits = field(default_factory=Limits)
    stopped: str = ""
    reread: Callable[[], Pins | None] | None = None

    def pinned_anew(self) -> bool:
        """Go on after a stop, once other host keys are pinned than we stopped with. Whether we do; reads files."""
        pins = self.reread() if self.reread is not None else None
        if not self.stopped or pins is None or pins.shown() == self.pins.shown():
            return False
        self.pins, self.stopped = pins, ""
        return True

    @property
    def remote(self) -> str:
        """Host and port, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
