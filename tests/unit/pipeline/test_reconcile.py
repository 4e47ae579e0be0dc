"""What partners answer: as values that can be matched, and in lines for those who have to act on it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.matching import Pair
from gateway.pipeline.reconcile import (
    MOST_LINES,
    MOST_SETS,
    PartnerAnswer,
    cut,
    details,
    group_said,
    lines_of_answer,
    lines_of_set,
    read_answer,
    verdicts,
)
from gateway.x12.readback import read_ta1

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAIR = Pair(ours="ZZ/HARBORPINE", theirs="ZZ/ACMERETAIL", usage="P")
ONE, TWO = ("810", "0001"), ("810", "0002")
INVOICE = b"ST*810*0001~BIG*20260302*HP-1~IT1*1**EA*1.25~IT1*2*4*EACH*0.25~TDS*350~SE*6*0001~"
REFUSED = (
    "AK1*IN*12",
    "AK2*810*0001",
    "AK3*IT1*3**8",
    "AK4*2*358*1",
    "AK4*4*212*6*1.25",
    "AK3*REF**HEAD*3",
    "AK5*R*5",
    "AK2*810*0002",
    "AK5*A",
    "AK9*P*2*2*1",
)


def said(*lines: str) -> PartnerAnswer:
    segments = [tuple(line.split("*")) for line in ("ST*997*0001", *lines, "SE*9*0001")]
    return read_answer(segments, component=">", written="004010", sender="ACMERETAIL", receiver="HARBORPINE")


def lines(answer: PartnerAnswer, name: tuple[str, str] = ONE, data: bytes = INVOICE) -> list[str]:
    return [line.line for line in lines_of_set(answer.said, name, "004010", cut(data))]


def test_the_lines_of_a_set_say_what_became_of_group_and_set_and_what_is_wrong_where() -> None:
    assert lines(said(*REFUSED)) == [
        "group IN 12 was accepted in part, 1 of 2 sets accepted",
        "810 0001 was rejected",
        "line 1: quantity invoiced (IT1-02) is missing",
        'line 1: unit price (IT1-04) has characters that may not stand there: "1.25"',
        "segment 0 REF, reference number, is missing",
    ]


def test_each_line_about_a_place_has_the_place() -> None:
    found = lines_of_set(said(*REFUSED).said, ONE, "004010", cut(INVOICE))

    assert [(one.segment, one.position, one.element) for one in found[2:4]] == [("IT1", 3, 2), ("IT1", 3, 4)]
    assert found[0].plain() == {"line": found[0].line}


def test_without_the_bytes_that_were_sent_places_are_counted() -> None:
    assert lines(said(*REFUSED), data=b"")[2] == "segment 3 IT1, element 2 quantity invoiced is missing"


def test_a_set_that_is_not_named_has_what_is_said_of_its_group() -> None:
    (line,) = lines(said("AK1*IN*12", "AK9*R*2*0*0*4"))

    assert line.startswith("group IN 12 was rejected, 0 of 0 sets accepted: ")


@pytest.mark.parametrize(
    ("data", "segments"),
    [
        (b"ST*810*0001~SE*2*0001~", [("ST", "810", "0001"), ("SE", "2", "0001")]),
        (b"ST|810|0001\nBIG|1\nSE|3|0001\n", [("ST", "810", "0001"), ("BIG", "1"), ("SE", "3", "0001")]),
        (b"ST*810*0001~\r\nSE*2*0001~", [("ST", "810", "0001"), ("SE", "2", "0001")]),
        (b"", []),
        (b"ST", []),
        (b"GS*IN~", []),
    ],
)
def test_a_set_is_cut_by_its_own_delimiters(data: bytes, segments: Sequence[tuple[str, ...]]) -> None:
    assert list(cut(data)) == segments


def test_zeros_left_out_of_st02_are_put_back() -> None:
    answer = said("AK1*IN*12", "AK2*810*1", "AK5*R*5", "AK2*810*ABC", "AK5*A", "AK9*P*2*2*1")

    assert [one.control_number for one in answer.said.sets] == ["0001", "ABC"]


def test_what_is_matched_is_turned_round_and_has_every_flaw() -> None:
    answer = said("AK1*IN*12", "AK2*810*0001", "AK5*A")
    found = group_said(answer, PAIR, NOON)

    assert (found.gs_ours, found.gs_theirs, found.at) == ("HARBORPINE", "ACMERETAIL", NOON)
    assert found.named == {ONE}
    assert found.flaws == ("AK9 is missing: it does not say what became of the group",)


@pytest.mark.parametrize(
    ("trailer", "verdict"),
    [
        ("AK9*P*2*2*1", "in part"),
        ("AK9*P*2*2*0", "unclear"),
        ("AK9*P*2*2", "unclear"),
        ("AK9*A*2*2*2", "accepted"),
        ("AK9*R*2*2*0", "rejected"),
    ],
)
def test_in_part_is_said_only_of_a_group_that_counts_so_and_names_none(trailer: str, verdict: str) -> None:
    assert set(verdicts(said("AK1*IN*12", trailer).said, [ONE, TWO]).values()) == {verdict}


def test_in_part_is_not_said_where_some_are_named() -> None:
    answer = said("AK1*IN*12", "AK2*810*0001", "AK5*R", "AK9*P*3*3*1").said

    assert verdicts(answer, [ONE, TWO, ("810", "0003")]) == {
        ONE: "rejected",
        TWO: "unclear",
        ("810", "0003"): "unclear",
    }


def test_of_an_endless_answer_as_much_is_kept_as_can_be_used() -> None:
    notes = [line for n in range(3, 2_000) for line in (f"AK3*IT1*{n}**8", "AK4*2*358*1")]
    sets = [line for n in range(1, 3_000) for line in (f"AK2*810*{n:04}", "AK5*R*5")]
    deep = said("AK1*IN*12", "AK2*810*0001", *notes, "AK5*R*5", "AK9*R*1*1*0")
    wide = said("AK1*IN*12", *sets, "AK9*R*2999*2999*0")

    assert len(deep.said.sets[0].notes) == MOST_LINES
    assert len(lines(deep)) == MOST_LINES
    assert len(wide.said.sets) == MOST_SETS
    assert wide.said.oddities[0] == "it answers 2999 sets, and no group of ours has as many"
    assert len(lines_of_answer(wide.said)) <= MOST_LINES + 1


def test_what_is_kept_for_reports_names_codes_and_places_and_none_of_our_values() -> None:
    kept = details(said(*REFUSED).said)

    assert kept["sets"][0]["faults"] == [
        {"segment": "IT1", "position": 3, "element": 2, "code": "1"},
        {"segment": "IT1", "position": 3, "element": 4, "code": "6"},
        {"segment": "REF", "position": 0, "element": 0, "code": "3"},
    ]
    assert (kept["functional_id"], kept["counts"], kept["sets"][1]["status"]) == ("IN", [2, 2, 1], "A")
    assert "1.25" not in json.dumps(kept)
    assert details(read_ta1(("TA1", "000000041", "260301", "0900", "R", "023")))["note"] == "023"


names = st.sampled_from(["AK1", "AK2", "AK3", "AK4", "AK5", "AK9", "IK3", "IK4", "IK5", "CTX", "XYZ"])
values = st.one_of(st.sampled_from(["A", "R", "E", "810", "0001", "IT1", "3", "8", "2>1"]), st.text(max_size=4))
segments = st.lists(values, max_size=6).flatmap(lambda rest: names.map(lambda name: (name, *rest)))


@given(st.lists(segments, max_size=15))
def test_whatever_is_answered_it_is_told_and_kept(found: list[tuple[str, ...]]) -> None:
    answer = read_answer(found, component=">", written="004010", sender="A", receiver="B")

    assert lines_of_answer(answer.said)
    assert all(one.line for one in lines_of_set(answer.said, ONE, "004010", cut(INVOICE)))
    assert json.dumps(details(answer.said))
    assert set(verdicts(answer.said, [ONE, TWO])) == {ONE, TWO}
