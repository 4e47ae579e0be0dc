"""Where the name of a partner's server may lead: to the whole Internet, and into private networks only as configured.

A name is looked up once, and the connection goes to the address that was judged: no second answer of the name server
can lead it elsewhere.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from gateway.transports.sftp_client.errors import NotReached

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_TRIED = 4
"""Addresses of one name that are tried, one after the other."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Stands for IPv4 addresses (RFC 6052, 2.1): its last 32 bits are one."""


def judged(address: str) -> Address:
    """An address as what it leads to: IPv4 inside IPv6 is that IPv4 address. Raises ValueError."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return found
    if found in _NAT64:
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None) or found


def may_be_reached(address: str, networks: Sequence[Network]) -> bool:
    """Whether we connect there: a public address, or one in `networks`."""
    found = judged(address)
    if any(found.version == network.version and found in network for network in networks):
        return True
    return found.is_global and not found.is_multicast


async def addresses_of(host: str, port: int, networks: Sequence[Network], seconds: float) -> Sequence[str]:
    """The addresses of a host that we may connect to, in the resolver's order.

    Raises NotReached when it has none within `seconds`, or none that may be reached.
    """
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as wrong:
        raise NotReached(f"{host} has no address: {str(wrong) or 'the name server does not answer'}") from wrong
    every = list(dict.fromkeys(str(one[4][0]) for one in found))
    good = [one for one in every if may_be_reached(one, networks)]
    if not good:
        shown = ", ".join(every[:MOST_TRIED])
        raise NotReached(f"{host} leads to {shown}, which is not public and in none of the channel's networks")
    return good[:MOST_TRIED]
