"""Parts that our systems hand in one by one go out as one document where that was agreed, and not before."""

from typing import Any

import pytest

from gateway.mapping.library import Library
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.stage import Collected, OtherPart, OutboundOutcome
from gateway.pipeline.outbound.translate import Surroundings, translate
from gateway.pipeline.rules import Rules
from tests.unit.pipeline.outbound.documents import BODY, MAPPING, NOON, TRANSMISSION, Remembered, posted, rules_with
from tests.unit.pipeline.rules_of_samples import sample_files

COMBINING = MAPPING.replace("owner: tests\n", "owner: tests\nsplit: {by: lines.destinations}\n")


def rules(mapping: str = COMBINING, *, combine: bool = True) -> Rules:
    found = rules_with({"combine": combine})
    library = Library({**sample_files()[1], "test/810/v1.map.yaml": mapping})
    return Rules(revision="r-1", book=found.book, library=library)


def an_invoice(number: int, quantity: str, amount: str, of: int = 2, **changes: Any) -> bytes:
    line = {**BODY["lines"][0], "quantity": quantity}
    part = {"number": number, "of": of, "key": f"00{number}"}
    return posted({**BODY, "lines": [line], "totals": {"amount": amount}, "part": part, **changes})


def translated(content: bytes, *others: bytes, under: Rules | None = None, together: bool = False) -> OutboundOutcome:
    beside = tuple(OtherPart(f"d-{n}", other) for n, other in enumerate(others, start=2))
    document = Collected(
        id=document_id(TRANSMISSION),
        transmission=TRANSMISSION,
        posted=content,
        received_at=NOON,
        others=beside,
        together=together,
    )
    return translate(
        document, Surroundings(rules=under or rules(), threads=Remembered(), texts=lambda _: None, now=NOON)
    )


def test_a_part_waits_for_the_others_and_says_which_it_is() -> None:
    outcome = translated(an_invoice(1, "2", "2.50"))

    assert (outcome.state, outcome.segments, outcome.business_number) == ("collected", (), "HP-9001")
    assert outcome.part is not None
    assert outcome.part.plain() == {"number": 1, "of": 2, "key": "001"}


def test_parts_with_the_same_number_belong_together_and_others_do_not() -> None:
    def group(content: bytes) -> str:
        outcome = translated(content)
        assert outcome.part is not None
        return outcome.part.group

    first = group(an_invoice(1, "2", "2.50"))

    assert group(an_invoice(2, "4", "5.00")) == first
    assert group(an_invoice(1, "2", "2.50", invoice_number="HP-9002")) != first
    assert group(an_invoice(1, "2", "2.50", po_number="4500999999")) != first


def test_all_parts_are_one_set_that_is_held_to_the_cent() -> None:
    outcome = translated(an_invoice(1, "2", "2.50"), an_invoice(2, "4", "5.00"), together=True)

    assert (outcome.state, outcome.reason, outcome.combined) == ("translated", "", ("d-2",))
    segments = [segment for segment in outcome.segments if segment[0] in ("IT1", "SDQ", "TDS")]
    assert [segment[:4] for segment in segments if segment[0] == "IT1"] == [("IT1", "1", "6", "EA")]
    assert [segment[3:] for segment in segments if segment[0] == "SDQ"] == [("001", "2", "002", "4")]
    assert [segment for segment in segments if segment[0] == "TDS"] == [("TDS", "750")]
    assert outcome.canonical is not None
    assert b'"part"' not in outcome.canonical


def test_parts_whose_money_does_not_add_up_together_are_held() -> None:
    outcome = translated(an_invoice(1, "2", "2.50"), an_invoice(2, "4", "5.01"), together=True)

    assert (outcome.state, outcome.segments) == ("held", ())
    assert outcome.part is not None


def test_parts_that_contradict_each_other_are_held_with_what_they_say() -> None:
    outcome = translated(an_invoice(1, "2", "2.50"), an_invoice(2, "4", "5.00", currency="CAD"), together=True)

    assert outcome.state == "held"
    assert "'currency' its parts say different things: nothing and CAD" in outcome.reason


def test_another_part_that_cannot_be_read_any_more_holds_the_whole() -> None:
    outcome = translated(an_invoice(1, "2", "2.50"), b"{}", together=True)

    assert outcome.state == "held"
    assert "another part of it" in outcome.reason


def test_what_is_there_goes_when_a_person_has_said_so() -> None:
    outcome = translated(an_invoice(2, "4", "5.00", of=3), together=True)

    assert (outcome.state, outcome.combined) == ("translated", ())


@pytest.mark.parametrize("of", [1, 2])
def test_without_such_an_agreement_each_part_goes_by_itself(of: int) -> None:
    outcome = translated(an_invoice(1, "2", "2.50", of), under=rules(combine=False))

    assert (outcome.state, outcome.part, outcome.combined) == ("translated", None, ())
    assert not [finding for finding in outcome.findings if "'part'" in finding.message]


def test_the_one_part_of_a_document_waits_for_nobody() -> None:
    assert translated(an_invoice(1, "2", "2.50", of=1)).state == "translated"


def test_a_mapping_that_cannot_combine_holds_the_part_and_says_so() -> None:
    outcome = translated(an_invoice(1, "2", "2.50"), under=rules(MAPPING))

    assert (outcome.state, outcome.part) == ("held", None)
    assert "has no split" in outcome.reason
