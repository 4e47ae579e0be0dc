"""Who may send at the AS2 door, from where, and where its receipts may go."""

import pytest

from gateway.transports.as2.party import Party
from tests.integration.as2_door import a_party, receiving


def with_hosts(*hosts: str) -> Party:
    return a_party(**receiving(mdn_hosts=hosts))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("as2.acme.example", "https://as2.acme.example/mdn"),
        ("as2.acme.example", "http://as2.acme.example/any/path?x=1"),
        ("as2.acme.example", "https://AS2.ACME.EXAMPLE/mdn"),
        ("as2.acme.example", "https://as2.acme.example:443/mdn"),
        ("as2.acme.example:443", "https://as2.acme.example/mdn"),
        ("as2.acme.example:4080", "http://as2.acme.example:4080/mdn"),
        ("[2001:db8::7]:4080", "http://[2001:db8::7]:4080/mdn"),
    ],
)
def test_a_receipt_may_go_to_a_host_that_is_named(host: str, url: str) -> None:
    assert with_hosts(host).answers_to(url)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("as2.acme.example", "https://as2.acme.example:4080/mdn"),
        ("as2.acme.example:4080", "http://as2.acme.example/mdn"),
        ("as2.acme.example:443", "http://as2.acme.example/mdn"),
        ("as2.acme.example", "https://x.as2.acme.example/mdn"),
        ("as2.acme.example", "https://as2.acme.example.mallory.example/mdn"),
        ("as2.acme.example", "https://as2.acme.example@mallory.example/mdn"),
        ("as2.acme.example", "https://mallory.example@as2.acme.example/mdn"),
        ("as2.acme.example", "gopher://as2.acme.example/mdn"),
        ("as2.acme.example", "https://as2.acme.example.:443/mdn"),
        ("127.0.0.1:80", "http://127.1/mdn"),
        ("127.0.0.1:80", "http://0x7f.0.0.1/mdn"),
    ],
)
def test_a_receipt_goes_nowhere_else(host: str, url: str) -> None:
    assert not with_hosts(host).answers_to(url)


def test_without_hosts_no_receipt_leaves_the_connection() -> None:
    assert not a_party().answers_to("https://as2.acme.example/mdn")


def test_a_channel_is_used_from_its_addresses_only() -> None:
    party = a_party(allow_from=("192.0.2.0/24", "2001:db8::/32"))

    assert all(party.admits(one) for one in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"))
    assert not any(party.admits(one) for one in ("198.51.100.7", "2001:db9::1", "", "unix", "::1"))
    assert a_party().admits("anything")


def test_what_grows_is_held_to_the_limit_of_the_channel() -> None:
    assert a_party(max_file_bytes="12345").policy().limits.decompressed == 12345
