"""From bytes to acknowledgement and back: whatever is read, its answer reads clean and says the same."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.x12.acknowledge import check, functional_acknowledgement, interchange_acknowledgement
from gateway.x12.draft import AcknowledgementDraft
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import Delimiters, GroupResult, InterchangeResult, SetResult
from gateway.x12.read import examine
from tests.unit.x12 import samples
from tests.unit.x12.results import MARCH, a_finding, a_group, a_header, a_result, a_set, body


def answer(data: bytes) -> AcknowledgementDraft | None:
    result = samples.interchanges(list(examine(data)))[0]
    return functional_acknowledgement(result)


def told(segments: list[str]) -> list[str]:
    draft = answer(samples.order(segments))
    assert draft is not None
    assert check(draft) == ()
    return body(draft)[2:]


@pytest.mark.parametrize("version", samples.VERSIONS)
def test_a_good_order_is_accepted(version: str) -> None:
    draft = answer(samples.order(version=version))

    assert draft is not None
    assert body(draft)[2:] == ["AK5*A", "AK9*A*1*1*1"]
    assert check(draft) == ()


def test_a_missing_mandatory_segment_is_said_where_it_is_missed() -> None:
    assert told(samples.replaced("BEG", None)) == ["AK3*BEG*2**3", "AK5*R*5", "AK9*R*1*1*0"]


def test_a_wrong_quantity_is_said_with_its_value_left_out() -> None:
    segments = samples.replaced("PO1*1*", "PO1*1*TWELVE*EA*9.95")

    assert told(segments) == ["AK3*PO1*16*PO1*8", "AK4*2*330*6", "AK5*R*5", "AK9*R*1*1*0"]


def test_an_unknown_unit_is_noted_with_its_value() -> None:
    segments = samples.replaced("PO1*1*", "PO1*1*12*ZQ*9.95")

    assert told(segments) == ["AK3*PO1*16*PO1*8", "AK4*3*355*7*ZQ", "AK5*E*5", "AK9*E*1*1*1"]


def test_a_group_without_ge_counts_what_was_received() -> None:
    lines = samples.group(samples.closed(samples.ORDER))[:-1]
    draft = answer(samples.interchange(lines))

    assert draft is not None
    assert body(draft)[-1] == "AK9*R*1*1*0*3"


def test_a_truncated_interchange_has_a_ta1_and_no_997() -> None:
    data = samples.interchange(samples.group(samples.closed(samples.ORDER)))
    result = samples.interchanges(list(examine(data[: data.index(b"IEA")])))[0]
    ta1 = interchange_acknowledgement(result, policy="requested")

    assert functional_acknowledgement(result) is None
    assert ta1 is not None
    assert ta1.ta1[4:] == ("R", "023")


def test_our_own_997_is_not_answered() -> None:
    draft = answer(samples.order())
    assert draft is not None
    sealed = draft.seal(interchange_number=1, group_numbers=[1], now=MARCH)

    assert answer(sealed) is None


def test_our_own_ta1_is_not_answered() -> None:
    result = samples.interchanges(list(examine(samples.order())))[0]
    draft = interchange_acknowledgement(result, policy="always")
    assert draft is not None
    sealed = draft.seal(interchange_number=1, group_numbers=[], now=MARCH)
    again = samples.interchanges(list(examine(sealed)))[0]

    assert again.received_ta1 == (draft.ta1,)
    assert interchange_acknowledgement(again, policy="always") is None


def test_a_damaged_draft_does_not_pass_the_check() -> None:
    draft = answer(samples.order())
    assert draft is not None
    group = draft.response_groups[0]
    without_trailer = replace(group, responses=(group.responses[0][:-1],))

    assert [fault.code for fault in check(replace(draft, response_groups=(without_trailer,)))] == ["AK304:3"]
    ta1 = replace(draft, kind="TA1", response_groups=(), ta1=("TA1", "1", "260301", "0900", "Q", "000"))
    assert len(check(ta1)) == 2


@pytest.mark.parametrize(
    ("at", "segment"),
    [
        (0, ("AK1", "PO", "12A")),
        (0, ("AK1", "PO", "1234567890")),
        (0, ("AK1", "PO", "")),
        (1, ("AK2", "850", "001")),
        (2, ("AK5", "Q")),
        (3, ("AK9", "A", "1", "1", "x")),
    ],
)
def test_a_draft_like_one_that_passed_is_still_checked(at: int, segment: tuple[str, ...]) -> None:
    good = answer(samples.order())
    assert good is not None
    assert check(good) == ()
    group = good.response_groups[0]
    damaged = list(group.responses[0])
    damaged[at] = segment

    found = check(replace(good, response_groups=(replace(group, responses=(tuple(damaged),)),)))

    assert len(found) == 1


def test_a_ta1_like_one_that_passed_is_still_checked() -> None:
    result = samples.interchanges(list(examine(samples.order())))[0]
    good = interchange_acknowledgement(result, policy="always")
    assert good is not None
    assert check(good) == ()

    assert len(check(replace(good, ta1=("TA1", "1", *good.ta1[2:])))) == 1
    assert len(check(replace(good, ta1=(*good.ta1[:4], "Q", "000")))) == 1


characters = st.characters(min_codepoint=0, max_codepoint=0x17F)
texts = st.text(characters, max_size=18)
statuses = st.sampled_from("AER")


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    family = draw(st.sampled_from(["AK304", "AK403", "AK502", "AK905", "W"]))
    return a_finding(
        f"{family}:{draw(st.sampled_from(['1', '2', '3', '5', '6', '7', '8', '12', '13', '18', '99', 'I4', '']))}",
        draw(texts),
        draw(st.integers(0, 2_000_000)),
        loop=draw(texts),
        element=draw(st.integers(0, 300)),
        component=draw(st.integers(0, 200)),
        repeat=draw(st.integers(0, 20_000)),
        reference=draw(st.one_of(texts, st.sampled_from(["353", "C001", "I05", "99999"]))),
        value=draw(st.text(characters, max_size=120)),
        effect=draw(st.sampled_from(Effect)),
    )


@st.composite
def set_results(draw: st.DrawFn) -> SetResult:
    found = draw(st.lists(findings(), max_size=5))
    return a_set(draw(texts), draw(statuses), found, id_=draw(texts), convention=draw(texts))


@st.composite
def group_results(draw: st.DrawFn) -> GroupResult:
    return a_group(
        *draw(st.lists(set_results(), max_size=3)),
        status=draw(st.sampled_from("AEPR")),
        number=draw(texts),
        version=draw(
            st.one_of(texts, st.sampled_from(["004010", "005010", "004010VICS", "004010^", "003060", "008010"]))
        ),
        functional_id=draw(texts),
        sender=draw(texts),
        receiver=draw(texts),
        included=draw(st.integers(0, 2_000_000)),
        findings=draw(st.lists(findings(), max_size=3)),
    )


@st.composite
def results(draw: st.DrawFn) -> InterchangeResult:
    any_character = st.text(characters, min_size=1, max_size=1)
    delimiters = Delimiters(
        element=draw(any_character),
        component=draw(any_character),
        segment=draw(any_character),
        repetition=draw(st.one_of(st.just(""), any_character)),
    )
    header = a_header(
        delimiters=delimiters,
        version=draw(st.one_of(texts, st.sampled_from(["00401", "00501", "00306"]))),
        usage=draw(texts),
        requested=draw(st.booleans()),
        sender=draw(texts),
        receiver=draw(texts),
        number=draw(texts),
        qualifier=draw(texts),
    )
    note = draw(st.one_of(texts, st.sampled_from(["000", "001", "023"])))
    made = a_result(*draw(st.lists(group_results(), max_size=3)), header=header, status=draw(statuses), note=note)
    return replace(made, header=replace(header, date=draw(texts), time=draw(texts)))


@given(results())
def test_whatever_the_result_its_answers_are_valid_under_our_own_guide(result: InterchangeResult) -> None:
    drafts = [functional_acknowledgement(result), interchange_acknowledgement(result, policy="always")]

    for draft in filter(None, drafts):
        assert check(draft) == ()
        data = draft.seal(interchange_number=1, group_numbers=range(1, draft.groups + 1), now=MARCH)
        *_, again = examine(data)
        assert isinstance(again, InterchangeResult)
        assert len(again.groups) == draft.groups
        assert data.index(draft.delimiters.segment.encode("latin-1"), 105) == 105


@given(
    st.lists(st.integers(1, len(samples.ORDER) - 1), max_size=6),
    st.binary(max_size=12),
    st.integers(0, 900),
    st.sampled_from(samples.VERSIONS),
)
def test_whatever_is_damaged_in_an_order_its_answer_reads_back_with_the_same_verdicts(
    dropped: list[int], noise: bytes, at: int, version: str
) -> None:
    kept = [segment for n, segment in enumerate(samples.ORDER) if n not in dropped]
    data = samples.order(kept, version=version)
    at = 106 + at % (len(data) - 106)
    for result in samples.interchanges(list(examine(data[:at] + noise + data[at:]))):
        draft = functional_acknowledgement(result)
        if draft is None:
            continue

        assert check(draft) == ()
        expected = [one.status for group in result.groups for one in group.sets]
        statuses = [
            segment[1]
            for group in draft.response_groups
            for body in group.responses
            for segment in body
            if segment[0] == "AK5"
        ]
        assert statuses == expected


def test_now_is_only_written_never_asked_for() -> None:
    draft = answer(samples.order())
    assert draft is not None
    moments = [MARCH, datetime.fromisoformat("2031-12-31T23:59:00+00:00")]
    first, second = (draft.seal(interchange_number=1, group_numbers=[1], now=moment) for moment in moments)

    assert first.replace(b"260302*1405", b"311231*2359") == second


@pytest.mark.parametrize("value", ["EÄCH", "E:ACH"])
def test_a_value_with_characters_that_may_not_stand_there_is_not_copied_in_part(value: str) -> None:
    segments = samples.replaced("CUR*BY", f"CUR*{value}*USD")

    assert told(segments)[1] == "AK4*1*98*5"
