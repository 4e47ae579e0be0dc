"""What finance opens in a spreadsheet is data there, and never a formula."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.cli.formats import formatted

HEADERS = ("number", "amount", "sent at")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff20A1"]
)
def test_text_that_a_spreadsheet_would_reckon_stands_behind_an_apostrophe(text: str) -> None:
    written = formatted(HEADERS, [(text, Decimal("-4.10"), NOON)], "csv")

    assert list(csv.reader(io.StringIO(written, newline="")))[1] == [f"'{text}", "-4.10", "2026-03-02T12:00:00Z"]


def test_a_cell_with_commas_quotes_and_line_ends_is_one_cell() -> None:
    written = formatted(HEADERS, [('a,"b"\nc', None, None)], "csv")

    assert list(csv.reader(io.StringIO(written)))[1] == ['a,"b"\nc', "", ""]


def test_json_has_amounts_as_strings_and_nothing_as_null() -> None:
    assert json.loads(formatted(HEADERS, [("HP-1", Decimal("4.10"), None)], "json")) == {
        "number": "HP-1",
        "amount": "4.10",
        "sent_at": None,
    }


def test_a_table_shows_what_a_terminal_would_obey_as_an_escape() -> None:
    assert "\x1b" not in formatted(HEADERS, [("\x1b[2J", Decimal(1), NOON)], "table")
    assert "2026-03-02 12:00" in formatted(HEADERS, [("HP-1", Decimal(1), NOON)], "table")
