"""Ids: 26 characters that sort by time."""

from datetime import UTC, datetime, timedelta

from gateway.store.identifiers import ALPHABET, LENGTH, Identifiers

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_an_id_has_26_characters_that_cannot_be_misread() -> None:
    made = Identifiers()()

    assert len(made) == LENGTH == 26
    assert set(made) <= set(ALPHABET)


def test_the_same_time_and_chance_give_the_same_id() -> None:
    one = Identifiers(now=lambda: NOON, random=bytes)
    two = Identifiers(now=lambda: NOON, random=bytes)

    assert one() == two() == "01KJQ6PSG00000000000000000"


def test_ids_of_one_millisecond_grow() -> None:
    make = Identifiers(now=lambda: NOON)

    made = [make() for _ in range(1000)]

    assert made == sorted(set(made))


def test_ids_follow_the_clock_and_do_not_go_back_with_it() -> None:
    times = iter([NOON, NOON + timedelta(seconds=1), NOON - timedelta(hours=1)])
    make = Identifiers(now=lambda: next(times))

    first, second, third = make(), make(), make()

    assert first < second < third
    assert first[:10] != second[:10] == third[:10]


def test_even_the_last_of_a_millisecond_is_followed_by_a_greater_one() -> None:
    make = Identifiers(now=lambda: NOON, random=lambda size: b"\xff" * size)

    assert make() < make()
