from decimal import Decimal

import pytest

from gateway.mapping.expression import CannotEvaluate, NotAllowed, build

FIELDS = {"quantity": Decimal("3"), "pack": 12, "unit": "case", "price": Decimal("0.10"), "release": None}


def _value(text: str) -> object:
    return build(text, FIELDS)(FIELDS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("quantity * pack if unit == 'case' else quantity", Decimal(36)),
        ("0.1 + 0.2", Decimal("0.3")),
        ("price * quantity", Decimal("0.30")),
        ("-quantity", Decimal(-3)),
        ("join('-', 'A', release, 'B')", "A-B"),
        ("pad('12', 5)", "00012"),
        ("pad('12', 4, ' ')", "  12"),
        ("cut('012345', 1, 3)", "12"),
        ("cut('012345', 4)", "45"),
        ("upper(unit)", "CASE"),
        ("strip('  a ')", "a"),
        ("length(unit)", Decimal(4)),
        ("first(release, '', unit)", "case"),
        ("number('12.50')", Decimal("12.50")),
        ("text(price)", "0.10"),
        ("round(0.125, 2)", Decimal("0.13")),
        ("unit in ('case', 'each')", True),
        ("unit not in ('case', 'each')", False),
        ("release or unit", "case"),
        ("not release and quantity >= 3", True),
        ("release * 2", None),
        ("release > 2", False),
        ("upper(release)", None),
    ],
)
def test_an_expression_gives(text: str, value: object) -> None:
    found = _value(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "2 ** 9",
        "quantity % 2",
        "quantity // 2",
        "unit.upper()",
        "unit.__class__",
        "__import__('os')",
        "eval('1')",
        "[x for x in unit]",
        "lambda: 1",
        "f'{unit}'",
        "unit[0]",
        "{1: 2}",
        "(yield)",
        "a := 1",
        "1 < 2 < 3",
        "b'x'",
        "1j",
        "...",
        "~1",
        "join('-', *unit)",
        "pad(value=1)",
        "quantity +",
        "",
        "1\n2",
        "+" * 400 + "1",
        "(" * 300 + "1" + ")" * 300,
        " or ".join(["unit"] * 200)[:400] + " or " + "unit",
        "'" + "x" * 600 + "'",
    ],
)
def test_what_is_not_on_the_list_is_refused_when_it_is_built(text: str) -> None:
    with pytest.raises(NotAllowed):
        build(text, FIELDS)


def test_an_unknown_name_is_told_with_its_column_and_the_nearest_one() -> None:
    with pytest.raises(NotAllowed, match="did you mean 'quantity'") as caught:
        build("pack * quantty", FIELDS)

    assert caught.value.column == 7


@pytest.mark.parametrize(
    "text",
    [
        "unit * 2",
        "unit + 1",
        "(unit if pack > 3 else 2) * 2",
        "1 / 0",
        "unit < 3",
        "quantity in 3",
        "pad('x', 1000000000)",
        "pad('x', 5, 'ab')",
        "round(1, 1000)",
        "number('1e5')",
        "number('NaN')",
        "number('\u0661')",
        "upper(quantity)",
        "cut(quantity, 1)",
        "1e30 * 1e30",
    ],
)
def test_values_that_cannot_be_worked_on_are_told_not_computed(text: str) -> None:
    with pytest.raises(CannotEvaluate):
        _value(text)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("'a' * 1000000000", 0),
        ("3 * 'a'", 4),
        ("unit + 1", 0),
        ("quantity * (unit or 'x')", 12),
        ("1 - first(unit, 'x')", 4),
        ("-upper(unit)", 1),
        ("(cut(unit, 1) if pack > 3 else '7') * 2", 1),
    ],
)
def test_arithmetic_with_what_is_always_text_is_refused_before_any_document(text: str, column: int) -> None:
    with pytest.raises(NotAllowed, match="no arithmetic with text") as caught:
        build(text, FIELDS, texts={"unit"})

    assert caught.value.column == column


def test_text_that_may_be_a_number_is_for_the_document_to_show() -> None:
    assert build("number(unit) * 2", FIELDS, texts={"unit"})({"unit": "3"}) == 6
    assert build("length(unit) * 2", FIELDS, texts={"unit"})({"unit": "case"}) == 8
    assert build("(pack if pack else unit) * 2", FIELDS, texts={"unit"})(FIELDS) == 24


def test_text_cannot_be_grown_beyond_the_limit() -> None:
    grow = "join('x', value, value, value, value, value, value, value, value, value, value)"
    evaluate = build(grow, ["value"])

    with pytest.raises(CannotEvaluate):
        evaluate({"value": "y" * 4096})


def test_products_of_the_widest_numbers_are_exact() -> None:
    wide = Decimal("1234567890123456789.123456789")

    square = build("value * value", ["value"])({"value": wide})

    assert isinstance(square, Decimal)
    assert square.as_tuple().digits == Decimal(1234567890123456789123456789**2).as_tuple().digits
    assert square.as_tuple().exponent == -18
