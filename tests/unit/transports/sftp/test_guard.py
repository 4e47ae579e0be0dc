import pytest

from gateway.transports.sftp.guard import ADDRESSES_REMEMBERED, Guard
from gateway.transports.sftp.limits import Limits


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def guard(time: Time) -> Guard:
    return Guard(Limits(), time)


def test_a_sixth_silent_connection_from_one_address_is_refused(guard: Guard) -> None:
    taken = [guard.arrive("192.0.2.1") for _ in range(6)]

    assert taken[:5] == [None] * 5
    assert taken[5] is not None
    assert guard.arrive("192.0.2.2") is None


def test_a_connection_that_signed_in_makes_room_for_the_next(guard: Guard) -> None:
    for _ in range(5):
        guard.arrive("192.0.2.1")
    guard.leave("192.0.2.1")

    assert guard.arrive("192.0.2.1") is None


def test_a_hundred_silent_connections_in_all_are_the_most(guard: Guard) -> None:
    for number in range(100):
        assert guard.arrive(f"192.0.2.{number}") is None

    assert guard.arrive("198.51.100.1") is not None


def test_a_network_of_ipv6_addresses_counts_as_one(guard: Guard) -> None:
    for number in range(5):
        assert guard.arrive(f"2001:db8:1:2::{number + 1}") is None

    assert guard.arrive("2001:db8:1:2:ffff::1") is not None
    assert guard.arrive("2001:db8:1:3::1") is None


def test_an_ipv4_address_written_as_ipv6_is_the_same_address(guard: Guard) -> None:
    for _ in range(5):
        guard.arrive("::ffff:192.0.2.1")

    assert guard.arrive("192.0.2.1") is not None


def test_a_partner_has_ten_connections(guard: Guard) -> None:
    taken = [guard.enter("acme") for _ in range(11)]
    guard.exit("acme")

    assert taken == [True] * 10 + [False]
    assert guard.enter("acme")
    assert guard.enter("other")


def test_fifteen_failures_ban_the_address_for_half_an_hour_and_nobody_else(guard: Guard, time: Time) -> None:
    for _ in range(15):
        guard.fail("192.0.2.1")

    assert guard.banned("192.0.2.1")
    assert guard.arrive("192.0.2.1") is not None
    assert guard.arrive("192.0.2.2") is None
    time.now += 1801
    assert guard.arrive("192.0.2.1") is None


def test_failures_spread_over_hours_do_not_ban(guard: Guard, time: Time) -> None:
    for _ in range(40):
        guard.fail("192.0.2.1")
        time.now += 60

    assert not guard.banned("192.0.2.1")


def test_the_delay_doubles_up_to_eight_times(guard: Guard) -> None:
    assert [guard.fail("192.0.2.1") for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_memory_of_failing_addresses_is_bounded(guard: Guard) -> None:
    for number in range(ADDRESSES_REMEMBERED + 10):
        guard.fail(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")

    assert len(guard._records) == ADDRESSES_REMEMBERED
