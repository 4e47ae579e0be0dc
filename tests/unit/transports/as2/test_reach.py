"""Which addresses are connected to: row 29 of the attacks, names that lead into our own network."""

from ipaddress import ip_network
from socket import AddressFamily

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.transports.as2.reach import Guarded, may_reach

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),
    *("::127.0.0.1", "2001:0:a00:1::1", "64:ff9b:1::a00:1"),
    *("224.0.0.1", "ff02::1", "255.255.255.255"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_reached_by_a_name(address: str) -> None:
    assert not may_reach(address, [])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_a_public_address_is_reached(address: str) -> None:
    assert may_reach(address, [])


def test_a_network_that_the_channel_names_is_reached_and_no_other() -> None:
    networks = [ip_network("10.20.0.0/16"), ip_network("fd00::/8")]

    assert may_reach("10.20.1.1", networks)
    assert may_reach("fd00::5", networks)
    assert not may_reach("10.21.1.1", networks)


class _Names(AbstractResolver):
    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        one = {"hostname": host, "port": port, "family": family, "proto": 0, "flags": 0}
        return [ResolveResult(**one, host=address) for address in self.addresses]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        pass


async def test_of_several_addresses_only_those_are_tried_that_may_be() -> None:
    found = await Guarded(within=_Names("10.0.0.1", "93.184.216.34")).resolve("as2.acme.example", 443)

    assert [one["host"] for one in found] == ["93.184.216.34"]


async def test_a_name_that_leads_only_into_a_private_network_is_not_connected_to() -> None:
    with pytest.raises(OSError, match="does not name"):
        await Guarded(within=_Names("127.0.0.1")).resolve("as2.acme.example", 443)
