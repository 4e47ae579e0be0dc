"""How much of it there may be at once, and how much of it is written down."""

from gateway.transports.as2.counts import ADDRESSES_REMEMBERED, Allowance, InHand


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_address_has_so_many_in_hand_and_others_their_own() -> None:
    in_hand = InHand(2)

    with in_hand.one("a") as first, in_hand.one("a") as second, in_hand.one("a") as third, in_hand.one("b") as other:
        assert (first, second, third, other) == (True, True, False, True)
    with in_hand.one("a") as again:
        assert again
    assert not in_hand._count


def test_an_allowance_comes_back_after_its_time() -> None:
    clock = Clock()
    allowance = Allowance(2, 3600.0, clock)

    assert [allowance.take("a") for _ in range(4)] == [True, True, False, False]
    assert allowance.take("b")
    clock.now = 3599.9
    assert not allowance.take("a")
    clock.now = 3600.0
    assert allowance.take("a")


def test_addresses_are_forgotten_before_they_fill_the_memory() -> None:
    allowance = Allowance(1, 3600.0, Clock())

    for number in range(ADDRESSES_REMEMBERED + 10):
        allowance.take(str(number))

    assert len(allowance._seen) == ADDRESSES_REMEMBERED
    assert allowance.take("0") and not allowance.take(str(ADDRESSES_REMEMBERED + 9))


def test_addresses_of_one_network_of_ipv6_are_one_sender() -> None:
    allowance, in_hand = Allowance(1, 3600.0, lambda: 0.0), InHand(1)

    assert [allowance.take(one) for one in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")] == [True, False, True]
    assert not allowance.left("2001:db8::3") and allowance.left("::ffff:192.0.2.1")
    with in_hand.one("2001:db8::1") as first, in_hand.one("2001:db8::2") as second, in_hand.one("192.0.2.1") as other:
        assert (first, second, other) == (True, False, True)
