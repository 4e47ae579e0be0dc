from pathlib import Path

import pytest

from gateway.canonical import SCHEMAS
from gateway.canonical.sets import CANONICAL_TYPES, sets_of

ROOT = Path(__file__).parents[3]
MAPPED = sorted((ROOT / "mappings" / "x12").glob("*/v1.map.yaml"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_canonical_type_has_a_set(name: str) -> None:
    assert sets_of(name)


@pytest.mark.parametrize("path", MAPPED, ids=lambda path: path.parts[-2])
def test_a_base_mapping_is_of_the_type_its_set_stands_for(path: Path) -> None:
    assert f"canonical: {CANONICAL_TYPES[path.parts[-2]]}\n" in path.read_text(encoding="utf-8")


def test_orders_and_invoices_of_the_grocery_trade_are_orders_and_invoices() -> None:
    assert sets_of("order.v1") == ("850", "875")
    assert sets_of("invoice.v1") == ("810", "880")
    assert sets_of("order_response.v1") == ("855", "865")


def test_every_set_we_know_is_a_document_but_the_acknowledgement() -> None:
    known = {path.stem for path in (ROOT / "gateway" / "x12" / "guides" / "004010" / "sets").glob("*.json")}

    assert known - set(CANONICAL_TYPES) == {"997"}
