"""Acknowledgements read back: what is meant, and that broken ones are read as far as they go."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.x12.acknowledge import functional_acknowledgement, interchange_acknowledgement
from gateway.x12.answers import GroupAnswer, InterchangeAnswer, SetAnswer, Verdict, Where
from gateway.x12.read import examine
from gateway.x12.readback import read_answers, read_response, read_ta1
from tests.unit.x12 import samples
from tests.unit.x12.results import MARCH

PARTLY = (
    "ST*997*0001",
    "AK1*IN*77",
    "AK2*810*0001",
    "AK5*A",
    "AK2*810*0002",
    "AK3*IT1*8*IT1*8",
    "AK4*2:1*358*5*TOO LONG",
    "AK4*4**1",
    "AK3*TDS*12**3",
    "AK5*R*5",
    "AK9*P*2*2*1",
    "SE*11*0001",
)
FULLY = (
    "ST*999*0001*005010",
    "AK1*IN*77*005010",
    "AK2*810*0001*005010X999",
    "IK3*N1*5*N1*8",
    "CTX*TRN02:4711",
    "IK4*4:2:3*67*I9",
    "CTX*SITUATIONAL TRIGGER*N1*5*N1*3*66",
    "IK3*REF*6**I6",
    "CTX*SITUATIONAL TRIGGER*BIG*2",
    "IK5*R*I6*5",
    "AK9*R*1*1*0*1*2",
    "SE*12*0001",
)


def answered(*lines: str) -> GroupAnswer:
    return read_response(tuple(line.split("*")) for line in lines)


def test_a_997_is_read_with_every_place() -> None:
    answer = answered(*PARTLY)

    assert (answer.kind, answer.functional_id, answer.control_number, answer.status) == ("997", "IN", "77", "P")
    assert (answer.included, answer.received, answer.accepted, answer.codes, answer.oddities) == (2, 2, 1, (), ())
    good, bad = answer.sets
    assert (good.control_number, good.status, good.notes) == ("0001", "A", ())
    assert (bad.set_id, bad.control_number, bad.status, bad.codes) == ("810", "0002", "R", ("5",))
    first, second = bad.notes
    assert (first.where, first.code) == (Where(segment="IT1", position=8, loop="IT1"), "8")
    long, missing = first.elements
    assert long.where == Where(segment="IT1", position=8, loop="IT1", element=2, component=1, reference="358")
    assert (long.code, long.value, missing.where.element, missing.code) == ("5", "TOO LONG", 4, "1")
    assert (second.where.segment, second.where.position, second.code) == ("TDS", 12, "3")


def test_a_999_is_read_with_what_it_says_more() -> None:
    answer = answered(*FULLY)

    (one,) = answer.sets
    assert (answer.kind, answer.version, answer.codes, answer.oddities) == ("999", "005010", ("1", "2"), ())
    assert (one.implementation, one.codes) == ("005010X999", ("I6", "5"))
    first, second = one.notes
    (element,) = first.elements
    assert first.unit == ("TRN02", "4711")
    assert (element.where.element, element.where.component, element.where.repeat) == (4, 2, 3)
    assert element.triggers == (Where(segment="N1", position=5, loop="N1", element=3, reference="66"),)
    assert second.triggers == (Where(segment="BIG", position=2),)


def test_a_ta1_is_read() -> None:
    answer = read_ta1(("TA1", "000000041", "260301", "0900", "R", "023"))

    assert (answer.control_number, answer.date, answer.time) == ("000000041", "260301", "0900")
    assert (answer.status, answer.note, answer.verdict, answer.oddities) == ("R", "023", "rejected", ())


@pytest.mark.parametrize(
    ("lines", "number", "verdict"),
    [
        (PARTLY, "0001", "accepted"),
        (PARTLY, "0002", "rejected"),
        (PARTLY, "0003", "accepted"),
        (("AK1*IN*7", "AK9*A*3*3*3"), "0002", "accepted"),
        (("AK1*IN*7", "AK9*E*3*3*3"), "0002", "accepted"),
        (("AK1*IN*7", "AK2*810*0002", "AK5*E*5", "AK9*E*3*3*3"), "0002", "noted"),
        (("AK1*IN*7", "AK2*810*0002", "AK9*E*3*3*3"), "0002", "noted"),
        (("AK1*IN*7", "AK2*810*0002", "AK5*A", "AK9*R*3*3*0*4"), "0002", "rejected"),
        (("AK1*IN*7", "AK9*M*3*3*0"), "0002", "rejected"),
        (("AK1*IN*7", "AK2*810*0002", "AK5*X", "AK9*P*3*3*2"), "0002", "rejected"),
        (("AK1*IN*7", "AK9*P*3*3*2"), "0002", "unclear"),
        (("AK1*IN*7", "AK2*810*0001", "AK5*R", "AK9*P*3*3*1"), "0002", "unclear"),
        (("AK1*IN*7",), "0002", "unclear"),
        (("AK1*IN*7", "AK2*810*0002", "AK5*Q", "AK9*P*3*3*1"), "0002", "unclear"),
        (("AK1*IN*7", "AK2*810*0002", "AK5*A", "AK2*810*0002", "AK5*R", "AK9*P*2*2*1"), "0002", "rejected"),
        (("AK1*IN*7", "AK2*810*0002", "AK5*R", "AK2*810*0002", "AK5*A", "AK9*P*2*2*1"), "0002", "rejected"),
        (("AK1*IN*7", "AK2*810*0002", "AK5*A", "AK2*810*0002", "AK5*E", "AK9*E*2*2*2"), "0002", "noted"),
    ],
)
def test_what_became_of_a_set(lines: tuple[str, ...], number: str, verdict: Verdict) -> None:
    assert answered(*lines).verdict("810", number) == verdict


@pytest.mark.parametrize(
    ("lines", "oddity"),
    [
        (("AK9*A*1*1*1",), "AK1 is missing"),
        (("AK1*IN*7",), "AK9 is missing"),
        (("AK1*IN*7", "AK1*IN*8", "AK9*A*1*1*1"), "AK1 comes twice"),
        (("AK1*IN*7", "AK2*810*0001", "AK9*A*1*1*1"), "810 0001 has no AK5"),
        (("AK1*IN*7", "AK2*810*0001", "AK2*810*0002", "AK5*A", "AK9*A*2*2*2"), "810 0001 has no AK5"),
        (("AK1*IN*7", "AK5*A", "AK9*A*1*1*1"), "AK2 is missing"),
        (("AK1*IN*7", "AK3*IT1*3**3", "AK9*R*1*1*0"), "AK3 without a set"),
        (("AK1*IN*7", "AK2*810*0001", "AK4*1**1", "AK5*R", "AK9*R*1*1*0"), "AK4 without a segment"),
        (("AK1*IN*7", "AK2*810*0001", "AK5*Z", "AK9*R*1*1*0"), "AK501 'Z' is no status"),
        (("AK1*IN*7", "AK9*Z*1*1*1"), "AK901 'Z' is no status"),
        (("AK1*IN*7", "AK9*A*1*x"), "AK903 and AK904 do not count"),
        (("AK1*IN*7", "AK9*A*1*1*2"), "AK904 says 2 sets were accepted of 1"),
        (("AK1*IN*7", "AK2*810*0001", "AK5*A", "AK2*810*0002", "AK5*A", "AK9*A*1*1*1"), "AK903 says 1 sets were"),
        (("AK1*IN*7", "AK2*810*0001", "AK5*R", "AK9*P*2*2*2"), "AK904 says 2 of 2 sets were accepted"),
        (("AK1*IN*7", "AK2*810*0001", "AK5*R", "AK9*A*2*2*1"), "AK901 says A, 1 sets are named as rejected"),
        (
            ("AK1*IN*7", "AK2*810*0001", "AK5*R", "AK2*810*1", "AK5*A", "AK9*P*2*2*1"),
            "810 1 is answered twice: rejected, and not rejected",
        ),
    ],
)
def test_what_is_broken_in_an_answer_is_said_and_the_rest_is_read(lines: tuple[str, ...], oddity: str) -> None:
    answer = answered(*lines)

    assert oddity in answer.oddities[0]


def test_a_note_before_any_set_is_not_lost() -> None:
    (one,) = answered("AK1*IN*7", "AK3*IT1*3**3", "AK9*R*1*1*0").sets

    assert (one.set_id, one.notes[0].where.segment) == ("", "IT1")


def test_ta1_and_answers_are_found_in_the_bytes_of_an_interchange() -> None:
    data = samples.interchange(
        ["TA1*000000041*260301*0900*A*000"],
        samples.group(PARTLY, ("ST*810*0002", "SE*2*0002"), FULLY, functional_id="FA"),
    )
    found = list(read_answers(data))

    assert [type(one) for one in found] == [InterchangeAnswer, GroupAnswer, GroupAnswer]
    assert found[1] == replace(answered(*PARTLY), written="004010")
    assert found[2] == replace(answered(*FULLY), written="004010")


def test_an_answer_without_se_is_read_before_the_next_one() -> None:
    data = samples.interchange(samples.group(PARTLY[:-1], FULLY[:4], functional_id="FA"))

    kinds = [one.kind for one in read_answers(data) if isinstance(one, GroupAnswer)]
    assert kinds == ["997", "999"]


@pytest.mark.parametrize("data", [b"", b"hello", b"ISA*00*", samples.order()])
def test_bytes_without_answers_hold_none(data: bytes) -> None:
    assert list(read_answers(data)) == []


def test_a_version_that_nobody_has_a_guide_for_is_read() -> None:
    data = samples.interchange(samples.group(PARTLY, functional_id="FA", version="003060"))

    assert list(read_answers(data)) == [replace(answered(*PARTLY), written="003060")]


def test_what_we_answer_is_read_as_we_meant_it() -> None:
    result = samples.interchanges(list(examine(samples.order(samples.replaced("BEG", None), version="005010"))))[0]
    drafts = (
        interchange_acknowledgement(result, policy="always"),
        functional_acknowledgement(result, kind="999"),
    )
    sealed = [
        draft.seal(interchange_number=1, group_numbers=range(1, draft.groups + 1), now=MARCH)
        for draft in drafts
        if draft is not None
    ]
    ta1, group = (answer for data in sealed for answer in read_answers(data))

    assert isinstance(ta1, InterchangeAnswer)
    assert isinstance(group, GroupAnswer)
    assert (ta1.control_number, ta1.status, ta1.note) == ("000000001", "A", "000")
    assert group.oddities == ()
    assert isinstance(group.about("850", "0001"), SetAnswer)
    assert group.about("850", "0002") is None
    assert group.verdict("850", "0001") == "rejected"


names = st.sampled_from(["ST", "AK1", "AK2", "AK3", "AK4", "AK5", "AK9", "IK3", "IK4", "IK5", "CTX", "SE", "XYZ", ""])
values = st.one_of(st.sampled_from(["A", "R", "997", "1", "2:1:3", "99999999999999", "ISA", "²"]), st.text(max_size=6))
segments = st.lists(values, max_size=10).flatmap(lambda rest: names.map(lambda name: (name, *rest)))


@given(st.lists(segments, max_size=12))
def test_whatever_the_segments_are_they_are_read(found: list[tuple[str, ...]]) -> None:
    answer = read_response(found)

    assert all(answer.verdict(one.set_id, one.control_number) for one in answer.sets)


@given(st.lists(segments, max_size=12), st.binary(max_size=20))
def test_whatever_the_bytes_are_they_are_read(found: list[tuple[str, ...]], noise: bytes) -> None:
    lines = ["*".join(segment) for segment in found]
    data = samples.interchange(lines)

    assert isinstance(list(read_answers(data[:120] + noise + data[120:])), list)
    assert isinstance(list(read_answers(noise + data)), list)
