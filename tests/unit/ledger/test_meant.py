"""Which document is meant by a number: never guessed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.meant import Candidate, Claim, find, normal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def one(id_: str = "A", number: str = "HP-1", **about: Any) -> Candidate:
    values: dict[str, Any] = {"kind": "invoice", "set_id": "810", "release": "", "change": "", "dated": None}
    values |= {"at": NOON, "there": True, "refused": False}
    return Candidate(id=id_, number=number, **values | about)


def claim(number: str = "HP-1", **about: Any) -> Claim:
    return Claim(kinds=about.pop("kinds", ("invoice",)), number=number, **about)


@pytest.mark.parametrize(
    ("written", "compared"), [("HP-00123 ", "HP00123"), ("hp/00123", "HP00123"), ("000123", "123"), ("--", "")]
)
def test_a_number_is_compared_by_its_letters_and_digits(written: str, compared: str) -> None:
    assert normal(written) == compared


@given(st.text())
def test_a_number_is_the_same_however_often_it_is_made_normal(number: str) -> None:
    assert normal(normal(number)) == normal(number)


def test_the_number_as_written_wins_over_one_written_otherwise() -> None:
    assert find(claim(), [one(), one("B", "HP1")], NOON).id == "A"


@pytest.mark.parametrize(
    ("candidates", "state"),
    [
        ([], "unmatched"),
        ([one(kind="order")], "unmatched"),
        ([one(there=False)], "early"),
        ([one(), one("B")], "ambiguous"),
        ([one(number="HP 1"), one("B", "HP/1")], "ambiguous"),
        ([one(at=NOON - timedelta(days=801))], "unmatched"),
        ([one(at=NOON + timedelta(days=31))], "unmatched"),
    ],
)
def test_what_fits_nothing_or_more_than_one_is_left_with_why(candidates: list[Candidate], state: str) -> None:
    found = find(claim(), candidates, NOON)

    assert (found.id, found.state) == ("", state)
    assert found.reason


def test_date_release_change_and_what_the_partner_could_use_choose_between_several() -> None:
    day = date(2026, 3, 1)
    assert find(claim(dated=day), [one(dated=day), one("B", dated=date(2026, 2, 1))], NOON).id == "A"
    assert find(claim(release="7"), [one(release="7"), one("B", release="8")], NOON).id == "A"
    assert find(claim(change="2"), [one(change="1"), one("B", change="2")], NOON).id == "B"
    assert find(claim(), [one(refused=True), one("B")], NOON).id == "B"


def test_the_parts_of_one_set_are_one_document() -> None:
    assert find(claim(), [one("B", family="S", part=2), one("A", family="S", part=1)], NOON).id == "A"
