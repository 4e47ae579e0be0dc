"""What a warehouse was ordered to ship against what it says it shipped."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.pipeline.warehousing import balance


def order(*lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """Lines of (number, article, quantity), by the case."""
    told = [{"number": one, "vendor_sku": sku, "quantity": many, "unit": "case"} for one, sku, many in lines]
    return {"purpose": "original", "depositor_order": "HP-1", "lines": told} | more


def shipment(*lines: tuple[str, str, str], unit: str = "case", **more: Any) -> dict[str, Any]:
    """Lines of (number, article, shipped), each in a package of its own."""
    packages = [
        {"lines": [{"number": one, "vendor_sku": sku, "shipped": many, "unit": unit}]} for one, sku, many in lines
    ]
    return {"reporting": "full_detail", "depositor_order": "HP-1", "packages": packages} | more


TWO = order(("1", "AB-1", "10"), ("2", "AB-2", "4"))


@pytest.mark.parametrize(
    ("shipments", "standing", "words"),
    [
        ([], "missing", ()),
        ([shipment(("1", "AB-1", "10"), ("2", "AB-2", "4.0"))], "even", ()),
        ([shipment(("1", "AB-1", "6"), ("1", "AB-1", "4")), shipment(("2", "AB-2", "4"))], "even", ()),
        ([shipment(("1", "AB-1", "10"))], "short", ("line 2 (AB-2): 4 ordered, 0 shipped",)),
        ([shipment(("1", "AB-1", "11"), ("2", "AB-2", "4"))], "over", ("line 1 (AB-1): 10 ordered, 11 shipped",)),
        (
            [shipment(("1", "AB-1", "10"), ("2", "AB-2", "4"), ("", "ZZ-9", "1"))],
            "over",
            ("not ordered (ZZ-9): 0 ordered, 1 shipped",),
        ),
        (
            [shipment(("1", "AB-1", "120"), ("2", "AB-2", "48"), unit="each")],
            "unclear",
            ("line 1 (AB-1): ordered by case, shipped by each", "line 2 (AB-2): ordered by case, shipped by each"),
        ),
        ([{"reporting": "no_exceptions"}], "even", ()),
        (
            [shipment(("2", "AB-2", "1"), reporting="exceptions_only")],
            "short",
            ("line 2 (AB-2): 4 ordered, 1 shipped",),
        ),
        ([{"totals": {"quantity": "14"}}], "even", ()),
        ([{"totals": {"quantity": "13"}}], "short", ("14 ordered, 13 shipped, not told by line",)),
    ],
)
def test_each_line_is_held_against_what_was_shipped_of_it(
    shipments: list[dict[str, Any]], standing: str, words: tuple[str, ...]
) -> None:
    found = balance(TWO, shipments)

    assert (found.standing, tuple(found.words)) == (standing, words)
    assert found.ordered == Decimal(14)


def test_of_what_was_called_off_nothing_is_missing_and_all_that_was_shipped_is_too_much() -> None:
    called_off = TWO | {"purpose": "cancellation"}

    assert balance(called_off, []).standing == "cancelled"
    assert balance(called_off, [shipment(("1", "AB-1", "1"))]).standing == "over"


def test_one_article_on_two_lines_is_told_apart_by_their_numbers() -> None:
    twice = order(("1", "AB-1", "5"), ("2", "AB-1", "7"))

    assert balance(twice, [shipment(("2", "AB-1", "7"), ("1", "AB-1", "5"))]).standing == "even"


def test_an_order_of_many_lines_is_balanced_line_by_line_whatever_their_order() -> None:
    many = [(str(one), f"AB-{one % 700}", "2") for one in range(1, 3_001)]

    even = balance(order(*many), [shipment(*reversed(many))])
    short = balance(order(*many), [shipment(*reversed(many[:-1]))])

    assert (even.standing, even.shipped) == ("even", Decimal(6_000))
    assert (short.standing, short.words) == ("short", ("line 3000 (AB-200): 2 ordered, 0 shipped",))
