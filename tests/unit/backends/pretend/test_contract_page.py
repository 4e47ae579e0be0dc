"""What docs/erp-contract.md shows an ERP to hand in is what the gateway takes."""

import json
import re
from pathlib import Path

import pytest

from gateway.canonical.arithmetic import faults
from gateway.partners.book import load
from gateway.pipeline.outbound.collect import admit, read
from gateway.store.authored import read_folder

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "erp-contract.md").read_text("utf-8").partition("## What you hand in")[2].partition("\n## ")[0]
EXAMPLES = {json.loads(text)["schema"]: text for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)}


@pytest.fixture(scope="module")
def book() -> object:
    return load(read_folder(ROOT / "partners", (".yaml",)))


def test_every_post_of_an_order_to_cash_is_shown() -> None:
    assert list(EXAMPLES) == ["order_response.v1", "warehouse_order.v1", "shipment.v1", "invoice.v1"]


@pytest.mark.parametrize("schema", EXAMPLES)
def test_an_example_is_taken_as_it_stands(schema: str, book: object) -> None:
    assert admit(EXAMPLES[schema].encode(), book, None) is None  # type: ignore[arg-type]


def test_the_invoice_of_the_page_adds_up() -> None:
    posted = read(EXAMPLES["invoice.v1"].encode())

    assert faults(posted.body.body()) == ()  # type: ignore[union-attr]
