"""Looking up: whose row goes first, on which day, and what was known when."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from gateway.crossref.rows import Row
from gateway.crossref.tables import Tables
from gateway.mapping.references import Lookups

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_row(partner: str, theirs: str, ours: str, **about: object) -> Row:
    values: dict[str, object] = {"partner": partner, "table": "sku", "theirs": theirs, "ours": ours} | about
    return Row(**values)  # type: ignore[arg-type]


def a_unit(partner: str, theirs: str, factor: int, item: str = "*") -> Row:
    return Row(partner=partner, table="unit", theirs=theirs, ours="each", item=item, factor=Fraction(factor))


def test_a_partners_own_row_goes_before_that_of_all_partners() -> None:
    tables = Tables([a_row("*", "A-1", "SKU-ALL"), a_row("acme", "A-1", "SKU-ACME")])

    assert tables.at("acme", DAY).find("sku", "A-1") == "SKU-ACME"
    assert tables.at("other", DAY).find("sku", "A-1") == "SKU-ALL"
    assert tables.at("acme", DAY).find("sku", "A-2") is None
    assert tables.at("acme", DAY).find("location", "A-1") is None


def test_a_row_holds_from_its_first_day_until_before_its_last() -> None:
    rows = [a_row("acme", "A-1", "OLD", valid_to=DAY), a_row("acme", "A-1", "NEW", valid_from=DAY)]

    assert Tables(rows).at("acme", DAY - timedelta(days=1)).find("sku", "A-1") == "OLD"
    assert Tables(rows).at("acme", DAY).find("sku", "A-1") == "NEW"


def test_what_was_known_at_a_time_is_what_was_recorded_and_not_yet_retired() -> None:
    later = NOON + timedelta(hours=1)
    rows = [
        a_row("acme", "A-1", "WRONG", recorded_at=NOON, retired_at=later),
        a_row("acme", "A-1", "RIGHT", recorded_at=later),
    ]

    found = [
        Tables(rows).at("acme", DAY, at).find("sku", "A-1")
        for at in (NOON - timedelta(seconds=1), NOON, later - timedelta(seconds=1), later, None)
    ]

    assert found == [None, "WRONG", "WRONG", "RIGHT", "RIGHT"]


def test_of_several_values_for_one_of_ours_the_preferred_is_written() -> None:
    rows = [a_row("acme", "A-1", "SKU-1"), a_row("acme", "A-2", "SKU-1", preferred=True)]

    assert Tables(rows).at("acme", DAY).find("sku", "SKU-1", back=True) == "A-2"


def test_a_unit_of_one_item_goes_before_that_of_every_item_and_own_rows_before_both() -> None:
    tables = Tables([a_unit("*", "case", 6), a_unit("*", "case", 10, "SKU-1"), a_unit("acme", "case", 12)])

    assert tables.at("acme", DAY).factor("unit", "case", item="SKU-1") == ("each", Fraction(12))
    assert tables.at("other", DAY).factor("unit", "case", item="SKU-1") == ("each", Fraction(10))
    assert tables.at("other", DAY).factor("unit", "case") == ("each", Fraction(6))
    assert tables.at("other", DAY).factor("unit", "each", back=True) == ("case", Fraction(6))


def test_a_row_without_a_factor_converts_nothing() -> None:
    assert Tables([a_row("acme", "A-1", "SKU-1")]).at("acme", DAY).factor("sku", "A-1") is None


def test_what_is_looked_up_in_is_what_mappings_ask_for() -> None:
    lookups: Lookups = Tables([]).at("acme", DAY)

    assert lookups.find("sku", "A-1") is None
