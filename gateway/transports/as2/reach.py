"""Which addresses we connect to: what a name of a partner leads to is the partner's to say, so it is looked at first.

An address that is written as a number in our own partner file is meant so, whatever network it is in: nobody but us
wrote it. A name is resolved by the partner's servers, and may lead into our own network tomorrow: it is connected to
there only when the channel names that network (`mdn_networks`). The connection goes to the address that was looked at.
"""

import errno
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import AddressFamily
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

Network = IPv4Network | IPv6Network

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052, 2.1: the last 32 bits are an address of IPv4, private ones too."""


def may_reach(address: str, networks: Sequence[Network]) -> bool:
    """Whether this is an address of the public Internet, or in one of the networks."""
    ip = _within(ip_address(address.partition("%")[0]))
    if any(ip.version == network.version and ip in network for network in networks):
        return True
    return ip.is_global and not ip.is_multicast and not ip.is_reserved  # ::127.0.0.1 is neither private nor public


def _within(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address of IPv4 that one of IPv6 stands for, else itself."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


class Guarded(AbstractResolver):
    """Resolves names, and leaves out what may not be reached."""

    def __init__(self, networks: Sequence[Network] = (), within: AbstractResolver | None = None) -> None:
        self._networks, self._within = tuple(networks), within or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """The addresses to try. Raises OSError, also when there are some and none may be reached."""
        found = await self._within.resolve(host, port, family)
        good = [one for one in found if may_reach(one["host"], self._networks)]
        if not good:
            raise OSError(errno.EACCES, f"{host} leads into a private network that the channel does not name")
        return good

    async def close(self) -> None:
        """Close the resolver beneath."""
        await self._within.close()
