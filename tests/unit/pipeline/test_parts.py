"""A set that is several documents: divided, each with a life of its own, and still one set to its partner."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.pipeline.inbound import translate as module
from gateway.pipeline.inbound.deliver import DeliveryTerms, decide, must_look_up
from gateway.pipeline.inbound.translate import retranslate
from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import DocumentOutcome, Reply, Translatable, TransmissionOutcome
from tests.documents import NOON, a_document
from tests.journeys.bad_input.orders import LINE, an_order, group, isa, sealed
from tests.unit.pipeline.rules_of_samples import rules_with, unsealed

BY_STORE = """
mapping: test/850
version: 1
extends: acme/850@1
owner: tests
direction: read
split: {by: lines.destinations, into: mark_for}
"""
SHARES = "SDQ*EA*92*0012*5*0047*7"
HEADER = isa("000000005")


def rules(text: str = BY_STORE) -> Rules:
    return rules_with({"mapping": "test/850@1"}, mappings={"test/850/v1.map.yaml": text})


def an_interchange(*lines: str, usage: str = "P") -> bytes:
    return sealed(isa("000000005", usage=usage), group(an_order("PO-1", lines=lines or (LINE, SHARES))))


def first_of(outcome: TransmissionOutcome) -> DocumentOutcome:
    return outcome.interchanges[0].documents[0]


def parts_of(outcome: TransmissionOutcome) -> list[DocumentOutcome]:
    first = first_of(outcome)
    return [first, *first.siblings]


def again(data: bytes, part: dict[str, Any] | None, under: Rules, *, original: bool = False) -> DocumentOutcome:
    pins = first_of(unsealed(data, rules=rules())).pins if original else {}
    waiting = Translatable(
        id="d-2", channel="acme-sftp", partner="acme", x12=data, pins=pins, original=original, part=part
    )
    return retranslate(waiting, under, lambda _: None)


def body(document: DocumentOutcome) -> dict[str, Any]:
    assert document.canonical is not None
    found: dict[str, Any] = json.loads(document.canonical)
    return found


def test_a_set_for_two_stores_is_two_documents_and_each_says_which_part_it_is() -> None:
    parts = parts_of(unsealed(an_interchange(), rules=rules()))

    assert [(one.state, one.destination, one.business_number) for one in parts] == [("mapped", "erp", "PO-1")] * 2
    assert [one.part for one in parts] == [
        {"number": 1, "of": 2, "key": "0012"},
        {"number": 2, "of": 2, "key": "0047"},
    ]
    assert [body(one)["part"] for one in parts] == [one.part for one in parts]
    assert [body(one)["lines"][0]["quantity"] for one in parts] == ["5", "7"]


def test_the_partner_hears_of_one_set_whatever_it_is_to_our_systems() -> None:
    def answer(lines: Sequence[str], under: Rules) -> object:
        [interchange] = unsealed(an_interchange(*lines), rules=under).interchanges
        return interchange.acknowledgements

    assert answer((LINE, SHARES), rules()) == answer((LINE, SHARES), rules_with({}))


def test_shares_that_do_not_add_up_hold_the_one_document_and_are_no_fault_of_the_set() -> None:
    outcome = unsealed(an_interchange(LINE, "SDQ*EA*92*0012*5*0047*6"), rules=rules())

    [document] = parts_of(outcome)
    assert (document.state, document.part, document.canonical) == ("held", None, None)
    assert "its shares add up to 11, the line says 12" in document.reason
    assert outcome.interchanges[0].state == "accepted"


def test_of_a_rejected_set_there_are_no_parts() -> None:
    broken = sealed(HEADER, group(an_order("PO-1", lines=(LINE, SHARES, "ZZZ*1")), ge="GE*7*9"))

    [document] = parts_of(unsealed(broken, rules=rules()))

    assert (document.state, document.part) == ("rejected", None)


def test_parts_for_nobody_are_held_one_by_one() -> None:
    parts = parts_of(unsealed(an_interchange(usage="I"), rules=rules()))

    assert [(one.state, body(one)["part"]["key"]) for one in parts] == [("held", "0012"), ("held", "0047")]


def test_a_set_whose_parts_are_too_large_together_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)

    [document] = parts_of(unsealed(an_interchange(), rules=rules()))

    assert (document.state, document.canonical) == ("held", None)


@pytest.mark.parametrize("original", [False, True])
def test_a_replay_of_one_part_is_that_part_and_no_other(original: bool) -> None:
    part = {"number": 2, "of": 2, "key": "0047"}

    found = again(an_interchange(), part, rules(), original=original)

    assert (found.id, found.state, found.part, found.siblings) == ("d-2", "mapped", part, ())
    assert body(found)["lines"][0]["quantity"] == "7"


def test_a_document_that_was_held_whole_is_divided_when_it_can_be() -> None:
    found = again(an_interchange(), None, rules())

    assert (found.id, found.part) == ("d-2", {"number": 1, "of": 2, "key": "0012"})
    assert [one.part for one in found.siblings] == [{"number": 2, "of": 2, "key": "0047"}]


def test_a_part_that_todays_mapping_does_not_make_is_held_and_not_delivered_as_the_whole() -> None:
    part = {"number": 2, "of": 2, "key": "0047"}

    found = again(an_interchange(), part, rules(BY_STORE.replace("split:", "# split:")))

    assert (found.state, found.part, found.canonical) == ("held", part, None)
    assert "no part for 0047" in found.reason


def test_that_our_system_has_one_part_says_nothing_about_the_others() -> None:
    look_up, lost = DeliveryTerms(idempotency="lookup"), Reply(kind="unknown", detail="no answer")
    part = replace(a_document(attempts=1), part="2/3")

    outcome = decide(part, lost, look_up, now=NOON, random=0.5)

    assert not must_look_up(part, look_up)
    assert (outcome.state, "ask the ERP" in outcome.reason) == ("held", True)
