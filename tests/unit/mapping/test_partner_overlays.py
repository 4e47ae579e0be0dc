"""What the mappings of partners promise beyond the base, and what they refuse to send or to guess."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.mapping.library import Library
from gateway.mapping.to_canonical import CompiledMapping

MAPPINGS = Path(__file__).parents[3] / "mappings"


@cache
def library() -> Library:
    files = {str(path.relative_to(MAPPINGS)): path.read_text(encoding="utf-8") for path in MAPPINGS.rglob("*.map.yaml")}
    return Library(files)


def compiled(mapping: str) -> CompiledMapping:
    return library().compile(f"{mapping}@1")


def document(fixture: str) -> Any:
    """A document as a fixture has it, to be changed at will."""
    folder, _, name = fixture.rpartition("/")
    return deepcopy(json.loads((MAPPINGS / folder / "fixtures" / f"{name}.json").read_text(encoding="utf-8")))


def refused(mapping: str, body: Any, version: str = "004010") -> list[str]:
    """The fields for which a document would not be sent."""
    problems = compiled(mapping).write(body, version=version).problems
    return [problem.field for problem in problems if problem.effect == "refuse"]


def written(mapping: str, body: Any) -> list[str]:
    """The segments as they would stand in the set; none of these have components."""
    return ["*".join(map(str, segment)) for segment in compiled(mapping).write(body, version="004010").segments]


def test_acme_is_never_offered_a_substitute() -> None:
    body = document("acme/855/changes")
    body["lines"][0]["answers"][0]["status"] = "substituted"

    assert refused("acme/855", body) == ["lines[0].answers[0].status"]


def test_acme_gets_no_carton_without_a_label() -> None:
    body = document("acme/856/cartons")
    del body["packages"][0]["sscc"]

    assert refused("acme/856", body) == ["packages[0].sscc"]


def test_what_acme_ordered_with_stands_in_the_answer_though_the_erp_leaves_it_out() -> None:
    body = document("acme/810/freight-and-tax")
    del body["department"], body["vendor_number"]
    order = {"order": {"department": "042", "vendor_number": "ACM0417"}}

    sent = compiled("acme/810").write(body, version="004010", carried=order)

    assert [one for one in sent.segments if one[0] == "REF"][1:3] == [("REF", "19", "042"), ("REF", "IA", "ACM0417")]
    assert refused("acme/810", body) == ["vendor_number"]


@pytest.mark.parametrize(("mapping", "told"), [("acme/856/cartons", "0001"), ("fernhill/856/stores", "0003")])
def test_each_ship_notice_says_how_its_partner_has_it_nested(mapping: str, told: str) -> None:
    body = document(mapping)

    assert written(mapping.rpartition("/")[0], body)[0].endswith(f"*{told}")


def test_northgate_gets_labels_of_eighteen_digits_and_we_have_twenty() -> None:
    label = document("northgate/945/cartons")["packages"][0]["labels"][0]["sscc"]

    marks = [one for one in written("northgate/945", document("northgate/945/cartons")) if one.startswith("MAN*GM")]

    assert (len(label), label[:2]) == (20, "00")
    assert marks[0].split("*")[2] == label[2:]


def test_northgate_never_writes_a_sign_and_losses_are_below_zero_to_us() -> None:
    body = document("northgate/947/count")
    changes = {line["reason"]: line["change"] for line in body["lines"]}

    assert changes == {"book_down": "-3", "found": "2", "damaged_here": "-1", "put_on_hold": "12"}
    assert [one.split("*")[2] for one in written("northgate/947", body) if one.startswith("W19")] == [
        "3",
        "2",
        "1",
        "12",
    ]


def test_kestrel_gets_no_order_without_the_contract_its_prices_stand_in() -> None:
    body = document("kestrel/850/release")
    del body["contract"]

    assert refused("kestrel/850", body, "005010") == ["contract"]
