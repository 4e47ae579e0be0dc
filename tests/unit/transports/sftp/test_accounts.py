from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from gateway.transports.sftp.accounts import Account, Key, holds_key, may_come_from, same_secret

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_only_the_very_password_is_right() -> None:
    check = same_secret("korrekt-pferd")

    assert check("korrekt-pferd")
    assert not check("korrekt-pfer")
    assert not check("")
    assert not check("\udcff")


def test_both_keys_of_an_overlap_are_good() -> None:
    account = Account(channel="acme", user="acme", keys=(Key(b"old"), Key(b"new")))

    assert holds_key(account, b"old", NOON)
    assert holds_key(account, b"new", NOON)
    assert not holds_key(account, b"other", NOON)
    assert not holds_key(None, b"old", NOON)


@pytest.mark.parametrize(
    ("hours", "old", "new"),
    [(-25, True, False), (-24, True, True), (23, True, True), (24, False, True)],
)
def test_a_key_is_good_inside_its_window_only(hours: int, old: bool, new: bool) -> None:
    keys = (Key(b"old", until=NOON + timedelta(hours=24)), Key(b"new", since=NOON - timedelta(hours=24)))
    account = Account(channel="acme", user="acme", keys=keys)
    now = NOON + timedelta(hours=hours)

    assert (holds_key(account, b"old", now), holds_key(account, b"new", now)) == (old, new)


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
