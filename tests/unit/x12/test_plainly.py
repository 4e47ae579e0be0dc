"""What an acknowledgement says, in sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.x12.guide import load
from gateway.x12.interchange import Segment
from gateway.x12.plainly import ELEMENT_WORDS, SEGMENT_WORDS, plainly
from gateway.x12.readback import read_answers, read_response, read_ta1
from tests.unit.x12 import samples

SENT: tuple[Segment, ...] = tuple(tuple(line.split("*")) for line in samples.closed(samples.ORDER))


def said(*lines: str, sent: tuple[Segment, ...] = (), version: str = "004010") -> list[str]:
    """What is said of one order of group 7."""
    segments = ("AK1*PO*7", "AK2*850*0001", *lines, "AK5*R*5", "AK9*R*1*1*0")
    answer = read_response(tuple(line.split("*")) for line in segments)
    sentences = plainly(answer, (lambda _set, _number: sent) if sent else None, version)
    assert sentences[:2] == ["group PO 7 was rejected, 0 of 1 sets accepted", "850 0001 was rejected"]
    return [sentence.removeprefix("850 0001, ") for sentence in sentences[2:]]


def test_with_the_document_at_hand_a_place_is_named_as_people_know_it() -> None:
    assert said("AK3*PO1*16*PO1*8", "AK4*2*330*1", sent=SENT) == ["line 1: quantity ordered (PO1-02) is missing"]


def test_without_the_document_a_place_is_counted() -> None:
    assert said("AK3*PO1*7*PO1*8", "AK4*2*330*1") == ["segment 7 PO1, element 2 quantity ordered is missing"]


def test_a_997_that_names_no_version_is_taken_to_answer_in_its_own() -> None:
    lines = ("ST*997*1", "AK1*PO*7", "AK2*850*0001", "AK3*PO1*5*PO1*8", "AK4*2*330*6*1A", "AK5*R*5", "AK9*R*1*1*0")
    data = samples.interchange(samples.group([*lines, "SE*8*1"], functional_id="FA"))
    (answer,) = read_answers(data)

    assert plainly(answer)[2].startswith("850 0001, segment 5 PO1, element 2 quantity ordered has characters")


def test_a_line_is_called_by_its_own_number() -> None:
    sent = tuple(("PO1", "30", *one[2:]) if one[:2] == ("PO1", "2") else one for one in SENT)

    assert said("AK3*PO1*20*PO1*8", "AK4*2*330*1", sent=sent) == ["line 30: quantity ordered (PO1-02) is missing"]


def test_a_line_without_a_number_is_counted() -> None:
    sent = tuple(("PO1", "", *one[2:]) if one[0] == "PO1" else one for one in SENT)

    assert said("AK3*PO1*20*PO1*8", "AK4*2*330*1", sent=sent) == ["line 2: quantity ordered (PO1-02) is missing"]


def test_what_belongs_to_a_line_is_named_with_it() -> None:
    assert said("AK3*PID*17*PID*3", sent=SENT) == ["line 1: description (PID) is missing"]


def test_what_belongs_to_a_party_is_named_with_it() -> None:
    position = next(at for at, one in enumerate(SENT, 1) if one[:2] == ("N1", "ST"))

    assert said(f"AK3*N1*{position}*N1*8", "AK4*4*67*1", sent=SENT) == ["ship to identifier (N1-04) is missing"]


@pytest.mark.parametrize(("position", "segment"), [(2, "BEG"), (13, "N1"), (23, "CTT")])
def test_what_belongs_to_no_line_is_named_without_one(position: int, segment: str) -> None:
    (sentence,) = said(f"AK3*{segment}*{position}**8", "AK4*1**1", sent=SENT)

    assert ":" not in sentence
    assert sentence.endswith(f"({segment}-01) is missing")


def test_a_missing_segment_is_named_though_another_stands_in_its_place() -> None:
    assert said("AK3*CTT*24**3", sent=SENT) == ["totals (CTT) is missing"]


def test_a_place_that_the_document_does_not_have_is_counted() -> None:
    assert said("AK3*PO1*99*PO1*8", "AK4*2*330*1", sent=SENT) == [
        "segment 99 PO1, element 2 quantity ordered is missing"
    ]
    assert said("AK3*PO1*2*PO1*8", "AK4*2*330*1", sent=SENT)[0].startswith("segment 2 PO1")


def test_the_value_is_shown_from_the_copy_or_else_from_the_document() -> None:
    assert said("AK3*PO1*16*PO1*8", "AK4*3*355*7*ZQ") == [
        'segment 16 PO1, element 3 unit of measure has a code that is not known there: "ZQ"'
    ]
    assert said("AK3*PO1*16*PO1*8", "AK4*3*355*7", sent=SENT)[0].endswith('not known there: "EA"')


def test_lengths_are_said_with_what_is_allowed() -> None:
    assert said("AK3*PO1*16*PO1*8", "AK4*3*355*5*EACH") == [
        'segment 16 PO1, element 3 unit of measure is too long: "EACH", at most 2 characters'
    ]


def test_one_character_is_one() -> None:
    assert said("AK3*PO1*16*PO1*8", "AK4*2*330*4") == [
        "segment 16 PO1, element 2 quantity ordered is too short, at least 1 character"
    ]


def test_components_and_repetitions_are_named() -> None:
    (component,) = said("AK3*SLN*22*SLN*8", "AK4*5:1*355*7*QQ", sent=SENT)
    (repetition,) = said("AK3*REF*4**8", "AK4*2::3*127*7*QQ")

    assert "(SLN-05-1)" in component
    assert "repetition 3," in repetition


def test_what_made_a_rule_apply_is_said() -> None:
    answer = read_response(
        tuple(line.split("*"))
        for line in (
            "AK1*PO*7*005010",
            "AK2*850*0001",
            "IK3*N1*13*N1*8",
            "IK4*4*67*2",
            "CTX*SITUATIONAL TRIGGER*N1*13*N1*3*66",
            "IK5*R*5",
            "AK9*R*1*1*0",
        )
    )

    assert plainly(answer)[2] == (
        "850 0001, segment 13 N1, element 4 identifier is missing, because N1-03 kind of identifier is there"
    )


def test_codes_of_sets_and_groups_are_said_in_words() -> None:
    lines = ("AK1*PO*7", "AK2*850*0001", "AK5*R*4*99", "AK9*R*1*1*0*5")
    answer = read_response(tuple(line.split("*")) for line in lines)

    assert plainly(answer) == [
        "group PO 7 was rejected, 0 of 1 sets accepted: wrong number of sets (5)",
        "850 0001 was rejected: wrong number of segments (4), code 99",
    ]


def test_sets_that_are_accepted_without_a_word_are_not_listed() -> None:
    lines = ("AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1")

    assert plainly(read_response(tuple(line.split("*")) for line in lines)) == [
        "group PO 7 was accepted, 1 of 1 sets accepted"
    ]


def test_what_is_broken_in_the_acknowledgement_itself_comes_last() -> None:
    answer = read_response([("AK1", "PO", "7"), ("AK2", "850", "0001")])

    assert plainly(answer) == [
        "group PO 7 was not said to be accepted or rejected",
        "850 0001 was not said to be accepted or rejected",
        "the acknowledgement itself: 850 0001 has no AK5: it does not say what became of it",
        "the acknowledgement itself: AK9 is missing: it does not say what became of the group",
    ]


def test_a_ta1_in_words() -> None:
    assert plainly(read_ta1(("TA1", "000000041", "260301", "0900", "R", "023"))) == [
        "interchange 000000041 was rejected: file ends too early (023)"
    ]
    assert plainly(read_ta1(("TA1", "000000041", "260301", "0900", "A", "000"))) == [
        "interchange 000000041 was accepted"
    ]


def test_there_are_words_for_every_code_of_both_kinds() -> None:
    for kind, position, words in (("IK3", 4, SEGMENT_WORDS), ("IK4", 3, ELEMENT_WORDS)):
        guide = load("999", "005010")
        assert guide is not None
        definition = guide.segment(kind)
        assert definition is not None
        element = definition.elements[position - 1].element
        assert element is not None
        assert element.codes == words.keys()


def test_a_set_without_a_guide_is_said_by_number() -> None:
    lines = ("AK1*XX*7", "AK2*111*0001", "AK3*ABC*3**8", "AK4*2**1", "AK5*R*5", "AK9*R*1*1*0")

    assert plainly(read_response(tuple(line.split("*")) for line in lines))[2:] == [
        "111 0001, segment 3 ABC, element 2 is missing"
    ]


anything = st.text(max_size=8) | st.sampled_from(["850", "005010", "PO1", "{x}", "16", "2:1:3", "I9", "R"])
names = st.sampled_from(["AK1", "AK2", "AK3", "AK4", "IK3", "IK4", "CTX", "AK5", "IK5", "AK9"])
segments = st.lists(anything, max_size=7).flatmap(lambda rest: names.map(lambda name: (name, *rest)))


@given(st.lists(segments, max_size=10), st.sampled_from(samples.VERSIONS))
def test_whatever_was_answered_is_said_in_printable_words(found: list[tuple[str, ...]], version: str) -> None:
    sentences = plainly(read_response(found), lambda _set, _number: SENT, version)

    assert all(sentence.isprintable() for sentence in sentences)
