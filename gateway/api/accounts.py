"""Who calls: a channel's API key, from where it may be used, and how wrong keys are slowed down.

Keys are 256 random bits, so their plain SHA-256 is what is stored and looked up: the time of the look-up tells nothing
about a key, and a stolen table opens nothing. (A password needs a slow hash; a key nobody can guess does not.)
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Generic, TypeVar

from starlette.types import Scope

from gateway.api.problems import Problem

MAX_KEY_CHARACTERS = 512
REMEMBERED_ADDRESSES = 10_000
"""Failures are counted for so many addresses; the one longest quiet is forgotten first."""

WAITING_AT_ONCE = 200
"""So many refusals are held back at a time; further ones are answered at once, or holding them would be the attack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAccount:
    """What a key opens: one channel, files up to `max_file_bytes`, from `allow_from` only (empty: from anywhere)."""

    channel: str
    max_file_bytes: int
    allow_from: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemAccount(ApiAccount):
    """What the key of one of our own systems opens: documents for the partners in `may_send`. Its channel is
    "intake/<system>"; it sees no partner's mailbox, and no partner's key opens what it does.
    """

    may_send: frozenset[str]


Account = TypeVar("Account", bound=ApiAccount)
Accounts = Callable[[str], ApiAccount | None]
"""Account by the SHA-256 of its key, 64 lower-case hex digits."""

SystemAccounts = Callable[[str], SystemAccount | None]


class Gatekeeper(Generic[Account]):
    """Finds the account of a request, or refuses it after a delay that grows with the address's failures."""

    def __init__(
        self,
        accounts: Callable[[str], Account | None],
        *,
        delay_seconds: float = 0.1,
        longest_delay_seconds: float = 2.0,
    ) -> None:
        self._accounts = accounts
        self._delay, self._longest = delay_seconds, longest_delay_seconds
        self._failures: OrderedDict[str, int] = OrderedDict()
        self._waiting = 0

    async def account(self, scope: Scope) -> Account:
        """The account whose key the request carries. Raises Problem "unauthenticated" or "not-permitted"."""
        remote = address(scope)
        key = _key_in(scope)
        account = self._accounts(hashlib.sha256(key).hexdigest()) if key else None
        if account is None:
            await self._hold_back(remote)
            raise Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
        if account.allow_from and not _within(remote, account):
            await self._hold_back(remote)
            raise Problem("not-permitted", "this key may not be used from this address")
        if self._failures:
            self._failures.pop(remote, None)
        return account

    def failures(self, remote: str) -> int:
        """Failures in a row from an address."""
        return self._failures.get(remote, 0)

    async def _hold_back(self, remote: str) -> None:
        count = self._failures.pop(remote, 0) + 1
        self._failures[remote] = count
        if len(self._failures) > REMEMBERED_ADDRESSES:
            self._failures.popitem(last=False)
        if self._waiting >= WAITING_AT_ONCE:
            return
        self._waiting += 1
        try:
            await asyncio.sleep(min(self._longest, self._delay * 2 ** min(count - 1, 16)))
        finally:
            self._waiting -= 1


def address(scope: Scope) -> str:
    """The peer's address as text, "" when the server does not know it."""
    client = scope.get("client")
    return client[0] if client else ""


def _within(remote: str, account: ApiAccount) -> bool:
    try:
        one = ip_address(remote)
    except ValueError:
        return False
    mapped = getattr(one, "ipv4_mapped", None)  # a dual-stack socket shows 192.0.2.1 as ::ffff:192.0.2.1
    return any((mapped or one) in network for network in account.allow_from)


def _key_in(scope: Scope) -> bytes:
    """The key, b"" unless the request carries exactly one: two proofs of identity are a trick, not a client."""
    found: list[bytes] = []
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            found.append(value.strip())
        elif name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            found.append(rest.strip() if scheme.lower() == b"bearer" else b"")
    return found[0] if len(found) == 1 and len(found[0]) <= MAX_KEY_CHARACTERS else b""
