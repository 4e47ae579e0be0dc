from ipaddress import ip_network

import pytest

from gateway.transports.sftp.accounts import Account, holds_key, may_come_from, same_secret


def test_only_the_very_password_is_right() -> None:
    check = same_secret("korrekt-pferd")

    assert check("korrekt-pferd")
    assert not check("korrekt-pfer")
    assert not check("")
    assert not check("\udcff")


def test_both_keys_of_an_overlap_are_good() -> None:
    account = Account(channel="acme", user="acme", keys=(b"old", b"new"))

    assert holds_key(account, b"old")
    assert holds_key(account, b"new")
    assert not holds_key(account, b"other")
    assert not holds_key(None, b"old")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("192.0.3.7", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("local", False),
    ],
)
def test_an_account_may_be_bound_to_networks(address: str, allowed: bool) -> None:
    networks = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))

    assert may_come_from(Account(channel="acme", user="acme", allow_from=networks), address) is allowed


def test_an_account_without_networks_comes_from_anywhere() -> None:
    assert may_come_from(Account(channel="acme", user="acme"), "203.0.113.9")
