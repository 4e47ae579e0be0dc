import json
import timeit
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.canonical.order import Order


def an_order(*, lines: int = 1, **fields: object) -> dict[str, Any]:
    order: dict[str, Any] = {
        "purpose": "original",
        "type": "stand_alone",
        "po_number": "4500123456",
        "order_date": date(2026, 1, 2),
        "lines": [a_line(number) for number in range(1, lines + 1)],
    }
    return order | fields


def a_line(number: int) -> dict[str, Any]:
    return {
        "number": str(number),
        "quantity": Decimal("12"),
        "unit": "case",
        "price": Decimal("12.50"),
        "upc": "012345678905",
        "buyer_sku": f"B-{number}",
        "vendor_sku": f"V-{number}",
        "descriptions": [{"form": "free", "text": "WIDGET"}],
        "packs": [{"packs": 12, "size": Decimal("1.5"), "size_unit": "each"}],
        "allowances_charges": [{"indicator": "allowance", "amount": Decimal("1.20")}],
        "requested_ship": date(2026, 1, 9),
    }


@pytest.mark.parametrize("field", ["purpose", "type", "po_number", "order_date", "lines"])
def test_an_order_cannot_live_without_these(field: str) -> None:
    order = an_order()
    del order[field]

    with pytest.raises(ValidationError, match=field):
        Order.model_validate(order)


def test_nothing_else_of_an_order_is_required() -> None:
    order = Order.model_validate(an_order() | {"lines": [{"quantity": "1"}]})

    assert order.body()["lines"] == [{"quantity": "1"}]


def test_an_order_without_lines_is_refused() -> None:
    with pytest.raises(ValidationError, match="lines"):
        Order.model_validate(an_order(lines=0))


def test_a_fault_in_the_only_line_is_told_once() -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate(an_order() | {"lines": [{"unit": "case"}]})

    assert [error["loc"] for error in refused.value.errors()] == [("lines", 0, "quantity")]


def test_a_misspelt_field_is_refused_at_any_depth() -> None:
    with pytest.raises(ValidationError, match=r"ship_tos\.0\.zip"):
        Order.model_validate(an_order(ship_tos=[{"name": "DEPOT", "zip": "60432"}]))


def test_json_comes_back_as_the_same_order() -> None:
    order = Order.model_validate(an_order(lines=3))

    assert Order.model_validate_json(order.body_json()) == order
    assert json.loads(order.body_json()) == order.body()


def test_equal_orders_are_equal_bytes_in_the_order_of_definition() -> None:
    fields = an_order()
    shuffled = dict(reversed(fields.items()))

    assert Order.model_validate(fields).body_json() == Order.model_validate(shuffled).body_json()
    assert Order.model_validate(shuffled).body_json().startswith(b'{"purpose":"original","type":')


def test_an_order_of_fifty_lines_is_validated_in_less_than_a_millisecond() -> None:
    order = an_order(lines=50)

    fastest = min(timeit.repeat(lambda: Order.model_validate(order), number=1, repeat=200))

    assert fastest < 0.001
