"""Who may sign in at the SFTP door, as plain values; the composition root makes them from the channels."""

import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_FILE_LIMIT = 100 * 1024 * 1024
"""Bytes of one file when nothing else is agreed; EDI files are rarely over 1 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One principal of the door.

    `keys` are public keys in SSH wire form (`SSHKey.public_data`); several overlap while a partner changes keys.
    `password_check` tells whether a password is right, in constant time and without blocking (see `same_secret`).
    `max_file_bytes` is a security limit. `allow_from` empty means any address. `staging` False: the partner's final
    names may look temporary, so names that do are refused when opened instead of waiting for a rename.
    """

    channel: str
    user: str
    keys: tuple[bytes, ...] = ()
    password_check: Callable[[str], bool] | None = None
    max_file_bytes: int = DEFAULT_FILE_LIMIT
    allow_from: tuple[Network, ...] = ()
    staging: bool = True


Accounts = Callable[[str], Account | None]
"""The account of a user name, None when there is none."""


def same_secret(secret: str) -> Callable[[str], bool]:
    """A password check against `secret`, in constant time whatever the lengths."""
    expected = sha256(secret.encode()).digest()
    return lambda given: hmac.compare_digest(expected, sha256(given.encode("utf-8", "surrogatepass")).digest())


def holds_key(account: Account | None, public_data: bytes) -> bool:
    """Whether the account has this key; every key is compared, so that the time tells nothing of their order."""
    if account is None:
        return False
    return sum(hmac.compare_digest(known, public_data) for known in account.keys) > 0


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
