"""The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): who is behind a load balancer.

Only addresses that our settings list are believed, and from them a header has to come: an address that anybody could
write would walk past bans and allow-lists. From everybody else such a header is a client that does not speak SSH.
"""

import asyncio
import ipaddress
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog

from gateway.transports.sftp.accounts import Network, parse_address

log = structlog.get_logger("gateway.sftp")

_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
_LONGEST_V1: Final = 107
"""Bytes of a version 1 line with its end (section 2.1)."""
_LONGEST_V2: Final = 16 + 2_048
"""Section 2.2 allows 64 KB of extensions; real balancers send some tens of bytes."""
_FAMILIES_V2: Final = {0x11: (4, ipaddress.IPv4Address), 0x21: (16, ipaddress.IPv6Address)}


class NoHeader(ValueError):
    """What came is no PROXY header."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a header says: the client's address and port, None for the proxy's own health checks; its length."""

    peer: tuple[str, int] | None
    length: int


def read_header(data: bytes) -> Origin | None:
    """The header at the start of `data`, None while it is not whole. Raises NoHeader."""
    if data[: len(_SIGNATURE)] == _SIGNATURE[: len(data)]:
        return _version_2(data)
    if data[:6] == b"PROXY "[: len(data)]:
        return _version_1(data)
    raise NoHeader("no PROXY header")


def _version_1(data: bytes) -> Origin | None:
    end = data.find(b"\r\n", 0, _LONGEST_V1)
    if end < 0:
        if len(data) >= _LONGEST_V1:
            raise NoHeader("a PROXY line without an end")
        return None
    words = data[:end].split(b" ")
    if words[1:2] == [b"UNKNOWN"]:
        return Origin(None, end + 2)
    kinds = {b"TCP4": ipaddress.IPv4Address, b"TCP6": ipaddress.IPv6Address}
    if len(words) != 6 or words[1] not in kinds:
        raise NoHeader("a PROXY line of another form")
    kind = kinds[words[1]]
    try:
        source, port = str(kind(words[2].decode("ascii"))), _port(words[4])
        kind(words[3].decode("ascii"))
        _port(words[5])
    except ValueError:
        raise NoHeader("a PROXY line without addresses") from None
    return Origin((source, port), end + 2)


def _port(text: bytes) -> int:
    if not (text.isdigit() and len(text) <= 5 and int(text) <= 65_535):
        raise ValueError("no port")
    return int(text)


def _version_2(data: bytes) -> Origin | None:
    if len(data) < 16:
        return None
    command, family, length = struct.unpack_from("!BBH", data, 12)
    end = 16 + length
    if command not in (0x20, 0x21) or end > _LONGEST_V2:
        raise NoHeader("a PROXY header of another version, or far too long")
    if len(data) < end:
        return None
    if command == 0x20:  # LOCAL: the proxy asks for itself
        return Origin(None, end)
    if family not in _FAMILIES_V2:
        raise NoHeader("a PROXY header of something that is not TCP")
    size, kind = _FAMILIES_V2[family]
    if length < 2 * size + 4:
        raise NoHeader("a PROXY header without addresses")
    (port,) = struct.unpack_from("!H", data, 16 + 2 * size)
    return Origin((str(kind(data[16 : 16 + size])), port), end)


class _SpokenFor:
    """A transport whose other end is the client behind the proxy; everything else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, peer: tuple[str, int]) -> None:
        self._transport = transport
        self._peer = peer

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._peer if name == "peername" else self._transport.get_extra_info(name, default)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


@dataclass(slots=True)
class Proxies:
    """The proxies that are believed. `seconds` is how long a header may take, `most` how many wait for theirs."""

    listed: Sequence[Network]
    seconds: float
    most: int
    waiting: int = 0

    def believe(self, peer: Any) -> bool:
        """Whether a connection from this socket address has to begin with a header."""
        address = parse_address(str(peer[0])) if peer else None
        return address is not None and any(address.version == one.version and address in one for one in self.listed)


class Gate(asyncio.Protocol):
    """Reads the header, then hands the connection over as if the client had come by itself."""

    def __init__(self, proxies: Proxies, make: Callable[[], asyncio.Protocol]) -> None:
        self._proxies = proxies
        self._make = make
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a header from a listed proxy; anybody else goes on at once."""
        self._transport = cast("asyncio.Transport", transport)
        if not self._proxies.believe(transport.get_extra_info("peername")):
            self._hand_over(self._transport, b"")
            return
        if self._proxies.waiting >= self._proxies.most:
            self._refuse("too many connections without a header")
            return
        self._proxies.waiting += 1
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._proxies.seconds, self._refuse, "no PROXY header in time")

    def data_received(self, data: bytes) -> None:
        """The header in any pieces; what follows it is the client's."""
        if self._transport is None:
            return
        self._data += data
        try:
            origin = read_header(self._data)
        except NoHeader as wrong:
            self._refuse(str(wrong))
            return
        if origin is None:
            return
        transport: Any = self._transport if origin.peer is None else _SpokenFor(self._transport, origin.peer)
        self._hand_over(transport, self._data[origin.length :])

    def connection_lost(self, exc: Exception | None) -> None:
        """The proxy went away before its header was whole."""
        self._stop_waiting()
        self._transport = None

    def _hand_over(self, transport: Any, rest: bytes) -> None:
        self._stop_waiting()
        protocol = self._make()
        if self._transport is not None:
            self._transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if rest:
            protocol.data_received(rest)

    def _refuse(self, because: str) -> None:
        transport, self._transport = self._transport, None
        self._stop_waiting()
        if transport is not None:
            peer = transport.get_extra_info("peername")
            remote = str(peer[0]) if peer else ""
            log.warning("sftp", user="", remote=remote, operation="proxy", name="", size=None, result=because)
            transport.abort()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._proxies.waiting -= 1
