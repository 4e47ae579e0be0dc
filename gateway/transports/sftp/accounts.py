"""Who may sign in at the SFTP door, as plain values; the composition root makes them from the channels."""

import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from gateway.pipeline.ports import Waiting
from gateway.transports.sftp.names import PLAIN, Layout, is_temporary

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_FILE_LIMIT = 100 * 1024 * 1024
"""Bytes of one file when nothing else is agreed; EDI files are rarely over 1 MB."""


DEFAULT_QUOTA = Waiting(files=20_000, size=10 * 1024**3)
"""What of a channel may wait with us when nothing else is agreed: hours of the largest senders, not all our disk."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key in SSH wire form (`SSHKey.public_data`), good from `since` until before `until` (aware times)."""

    public_data: bytes
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is good at this time."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One principal of the door.

    Several `keys` overlap while a partner changes keys. `password_check` tells whether a password is right, in constant
    time and without blocking (see `same_secret`). `sign_in`: a key or the password, or the key and then the password.
    `max_file_bytes` and `quota` (what may wait unprocessed) are security limits. `allow_from` empty means any address.
    `staging` False: the partner's final names may look temporary, so none waits for a rename. `layout` is where its
    folders are, `takes` whether a final name is one that was agreed on.
    """

    channel: str
    user: str
    keys: tuple[Key, ...] = ()
    password_check: Callable[[str], bool] | None = None
    sign_in: Literal["either", "both"] = "either"
    max_file_bytes: int = DEFAULT_FILE_LIMIT
    quota: Waiting = DEFAULT_QUOTA
    allow_from: tuple[Network, ...] = ()
    staging: bool = True
    layout: Layout = PLAIN
    takes: Callable[[str], bool] = lambda name: True

    def waits(self, name: str) -> bool:
        """Whether a file of this name is no document before it is renamed."""
        return self.staging and is_temporary(name)


Accounts = Callable[[str], Account | None]
"""The account of a user name, None when there is none."""


def same_secret(secret: str) -> Callable[[str], bool]:
    """A password check against `secret`, in constant time whatever the lengths."""
    expected = sha256(secret.encode()).digest()
    return lambda given: hmac.compare_digest(expected, sha256(given.encode("utf-8", "surrogatepass")).digest())


def holds_key(account: Account | None, public_data: bytes, now: datetime) -> bool:
    """Whether the account has this key now; every key is compared, so that the time tells nothing of their order."""
    if account is None:
        return False
    return sum(hmac.compare_digest(one.public_data, public_data) & one.holds(now) for one in account.keys) > 0


def may_come_from(account: Account, address: str) -> bool:
    """Whether the account may be used from this address (no list: from anywhere)."""
    if not account.allow_from:
        return True
    where = parse_address(address)
    return where is not None and any(
        where.version == network.version and where in network for network in account.allow_from
    )


def parse_address(text: str) -> Address | None:
    """An address, IPv4 written as IPv6 taken as IPv4; None for what is no address (a Unix socket)."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
