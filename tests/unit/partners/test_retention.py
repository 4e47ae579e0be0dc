"""How long what is kept: periods of the calendar, and whose word counts."""

from datetime import UTC, datetime

import pytest

from gateway.partners.book import Book, load
from gateway.partners.problems import PartnerFilesError
from gateway.partners.retention import NOTHING_SAID, Period, kept_for
from tests.unit.partners.folder import folder

NOON = datetime(2028, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("7 years", datetime(2021, 2, 28, 12, tzinfo=UTC)),
        ("4 years", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("18 months", datetime(2026, 8, 29, 12, tzinfo=UTC)),
        ("1 month", datetime(2028, 1, 29, 12, tzinfo=UTC)),
        ("90 days", datetime(2027, 12, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_period_is_one_of_the_calendar(text: str, before: datetime) -> None:
    assert Period.parse(text).before(NOON) == before
    assert str(Period.parse(text)) == text


@pytest.mark.parametrize("text", ["7", "years", "0 years", "7 weeks", "-1 years", "1.5 years", ""])
def test_other_words_are_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time to keep"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("set_id", "period"),
    [("810", "7 years"), ("880", "7 years"), ("812", "7 years"), ("820", "7 years"), ("850", "3 years")],
)
def test_books_are_kept_seven_years_where_nothing_is_written(set_id: str, period: str) -> None:
    assert str(kept_for(set_id, NOTHING_SAID, NOTHING_SAID)) == period


def test_the_partners_file_counts_before_the_companys_and_others_only_for_what_nobody_names() -> None:
    company = {"850": Period(5, "years"), "others": Period(2, "years")}
    partner = {"850": Period(6, "years"), "others": Period(1, "years")}

    assert [str(kept_for(one, partner, company)) for one in ("850", "856", "810")] == ["6 years", "1 year", "7 years"]
    assert str(kept_for("850", NOTHING_SAID, company)) == "5 years"


def a_book(line: str) -> Book:
    files = folder()
    files["company.yaml"] += f"\nretention: {line}\n"
    return load(files)


def test_it_is_written_in_partner_files() -> None:
    book = a_book("{'850': 10 years, others: 400 days}")

    assert str(book.company.retention["850"]) == "10 years"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{'850': soon}", "is not a time to keep"),
        ("{'850': 30 days}", "is too short: at least 90 days"),
        ("{invoices: 7 years}", "is neither a set"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(line: str, sentence: str) -> None:
    with pytest.raises(PartnerFilesError, match=sentence):
        a_book(line)
