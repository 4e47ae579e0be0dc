"""CSV files of rows: read as people's programs write them, and every mistake told at once, with its line."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.crossref.rows import Row
from gateway.crossref.sheet import COLUMNS, read_sheet

GOOD = """partner,table,theirs,ours,item,factor,valid_from,valid_to,preferred,note,owner
acme,sku,AB-100,SKU-1,,,2026-03-01,2027-01-01,yes,"new
packing",sales
*,unit,case,each,SKU-1,1/12,,,,,

acme,location,0042,NORTH,,,,,no,,
"""


def told(text: str, **about: object) -> list[str]:
    sheet = read_sheet("rows.csv", text.encode(), **about)  # type: ignore[arg-type]
    return [str(mistake) for mistake in sheet.mistakes]


def test_rows_are_read_with_the_lines_they_end_in() -> None:
    sheet = read_sheet("rows.csv", GOOD.encode())

    assert sheet.mistakes == ()
    assert sheet.lines == (3, 4, 6)
    assert sheet.rows[0] == Row(
        partner="acme",
        table="sku",
        theirs="AB-100",
        ours="SKU-1",
        valid_from=date(2026, 3, 1),
        valid_to=date(2027, 1, 1),
        preferred=True,
        note="new\npacking",
        owner="sales",
    )
    assert sheet.rows[1].factor == Fraction(1, 12)
    assert sheet.rows[1].item == "SKU-1"


def test_a_file_of_a_spreadsheet_is_read_too() -> None:
    text = "\ufeffPartner;Table;Theirs;Ours\r\nacme;sku; AB-100 ;SKU-1\r\n"

    sheet = read_sheet("rows.csv", text.encode())

    assert [(row.theirs, row.ours) for row in sheet.rows] == [("AB-100", "SKU-1")]


def test_every_mistake_is_told_at_once() -> None:
    text = (
        "partner,table,theirs,ours,factor,valid_from,preferred\n"
        "acme,sku,,SKU-1,,,\n"
        "acme,unit,case,each,a dozen,,\n"
        "acme,sku,A-1,SKU-1,,01.03.2026,maybe\n"
        "acme,sku,A-2\n"
        "acmee,sku,A-3,SKU-3,,,\n"
    )

    assert told(text, partners=("acme", "other")) == [
        "rows.csv:2: theirs is empty",
        "rows.csv:3: 'a dozen' is no factor: write 12, 0.4536 or 1/12",
        "rows.csv:4: valid_from: '01.03.2026' is no date like 2026-01-31",
        "rows.csv:4: preferred is yes or no, not 'maybe'",
        "rows.csv:5: 3 cells under 7 columns",
        "rows.csv:6: there is no partner 'acmee'; did you mean 'acme'?",
    ]


def test_the_first_line_has_to_name_the_columns() -> None:
    assert told("acme,sku,A-1,SKU-1\n")[-1] == "rows.csv:1: the first line names the columns; 'ours' is missing"
    assert "did you mean 'theirs'?" in told("partner,table,their,ours\n")[0]
    assert told("partner,table,theirs,ours,ours\n")[0] == "rows.csv:1: column 'ours' stands 2 times"
    assert told("")[0].startswith("rows.csv:1: ")


def test_what_is_no_utf8_is_told_with_its_line() -> None:
    sheet = read_sheet("rows.csv", b"partner,table,theirs,ours\nacme,sku,M\xfcller,SKU-1\n")

    assert [str(one) for one in sheet.mistakes] == ["rows.csv:2: not UTF-8: byte 0xFC; save the file as UTF-8"]


@given(st.binary(max_size=200) | st.text(alphabet='acmesku,;"\n\r*1/2-\x00é', max_size=200).map(str.encode))
def test_no_file_is_too_odd_to_be_told_about(data: bytes) -> None:
    sheet = read_sheet("rows.csv", ",".join(COLUMNS).encode() + b"\n" + data)

    assert len(sheet.rows) == len(sheet.lines)


@pytest.mark.parametrize(
    "rows",
    [
        'acme,sku,A,B,"oops,sales\nacme,sku,C,D,,sales\n',
        'acme,sku,A,B,",sales\nacme,sku,C,D,,sales\nacme,sku,E,F,",sales\n',
        'acme,sku,A,B,"\nacme,sku,C,D,",sales\n',
        'acme,sku,A,B,"5" pipe,sales\n',
    ],
)
def test_a_quote_that_nobody_closes_swallows_no_rows(rows: str) -> None:
    sheet = read_sheet("rows.csv", f"partner,table,theirs,ours,note,owner\n{rows}".encode())

    assert ["quote" in one.sentence for one in sheet.mistakes] == [True]


def test_a_note_of_several_lines_with_commas_is_no_row() -> None:
    text = 'partner,table,theirs,ours,note\nacme,sku,A,B,"packed, since May, by ten\nasked, Kim, said, yes"\n'

    assert told(text) == []


@pytest.mark.parametrize("value", ["1.23457E+12", "1,23E+12", '"=""0042"""', "=A1&B1"])
def test_what_a_spreadsheet_made_of_a_number_is_no_value(value: str) -> None:
    between = ";" if "," in value else ","
    text = "partner,table,theirs,ours\nacme,sku,VALUE,SKU-1\n".replace(",", between).replace("VALUE", value)

    [mistake] = told(text)
    assert "is what a spreadsheet made of it" in mistake
