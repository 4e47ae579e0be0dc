"""Keys that documents are found and joined by: every order that a ship notice names, without the blanks around it."""

import json
from pathlib import Path
from typing import Any

from gateway.mapping.library import Library
from gateway.mapping.prove import proven
from gateway.mapping.reading import MOST_KEYS, further
from gateway.store.authored import read_folder

MAPPINGS = Path(__file__).parents[3] / "mappings"
NOTICE = MAPPINGS / "fernhill" / "856" / "fixtures" / "stores.json"
MAPPING = Library(read_folder(MAPPINGS, (".yaml", ".lock"))).compile("fernhill/856@1")
BOTH = {("po_number", "F-51007"), ("order", "F-51007")}


def a_notice(**about: Any) -> dict[str, Any]:
    """Cartons with goods of the orders F-51002 and F-51007."""
    document: dict[str, Any] = json.loads(NOTICE.read_text("utf-8"))
    return document | about


def test_a_ship_notice_of_two_orders_belongs_to_both_as_it_goes_out() -> None:
    written = MAPPING.write(a_notice(), version="004010")

    assert (written.thread["order"], written.search["po_number"]) == ("F-51002", "F-51002")
    assert set(written.also) >= BOTH


def test_a_ship_notice_of_two_orders_belongs_to_both_as_it_comes_in() -> None:
    content = proven("856", "004010", MAPPING.write(a_notice(), version="004010").segments).content
    assert content is not None

    reading = MAPPING.translate(content)

    assert (reading.thread["order"], reading.search["po_number"]) == ("F-51002", "F-51002")
    assert set(reading.also) >= BOTH


def test_blanks_around_a_number_do_not_make_it_another_one() -> None:
    document = a_notice()
    document["orders"][0]["po_number"] = "  F-51002 "

    written = MAPPING.write(document, version="004010")
    content = proven("856", "004010", written.segments).content
    assert content is not None

    assert written.thread["order"] == MAPPING.translate(content).thread["order"] == "F-51002"


def test_a_value_counts_once_and_no_document_has_keys_without_end() -> None:
    labels = [str(number) for number in range(MOST_KEYS + 50)]

    assert further({"po_number": ["A", "B", "A", "B"]}) == (("po_number", "B"),)
    assert len(further({"sscc": labels})) == MOST_KEYS
