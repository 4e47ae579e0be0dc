"""The invoices of the shipped mappings are real ones: they add up, and a cent more or less is found."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import SCHEMAS
from gateway.canonical.arithmetic import faults

FOUND = sorted((Path(__file__).parents[3] / "mappings").glob("*/8[18]0/fixtures/*.json"))
FIXTURES = [path for path in FOUND if not path.stem.startswith("every-field")]
"""Invoices as partners write them; those that have every field once are about places, not money."""

each_invoice = pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")


def body(path: Path) -> dict[str, Any]:
    return SCHEMAS["invoice.v1"].model_validate_json(path.read_bytes()).body()


@each_invoice
def test_a_mapped_invoice_adds_up(path: Path) -> None:
    assert faults(body(path)) == ()


@each_invoice
def test_a_cent_more_is_found(path: Path) -> None:
    invoice = body(path)
    invoice["totals"]["amount"] = str(Decimal(invoice["totals"]["amount"]) + Decimal("0.01"))

    (fault,) = faults(invoice)

    assert fault.stated is not None
    assert fault.reckoned == fault.stated - Decimal("0.01")
