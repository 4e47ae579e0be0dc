from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.x12.errors import OutputRefused
from gateway.x12.interchange import Delimiters, InterchangeResult
from gateway.x12.read import examine
from gateway.x12.values import BASIC, EXTENDED
from gateway.x12.write import (
    Binary,
    OutboundEnvelope,
    OutboundGroup,
    OutboundSegment,
    OutboundSet,
    Repeats,
    is_delimiter,
    write_interchange,
    write_segment,
)

STANDARD = Delimiters()
LATER = Delimiters(repetition="^")
ENVELOPE = OutboundEnvelope(
    sender_qualifier="ZZ",
    sender="OURS",
    receiver_qualifier="ZZ",
    receiver="ACME",
    version="00401",
    usage="P",
    control_number=1,
    at=datetime(2026, 3, 2, 14, 5, tzinfo=UTC),
    delimiters=STANDARD,
)
BEG = ("BEG", "00", "SA", "PO-1", "", "20260302")


def a_group(*sets: OutboundSet, number: int = 1) -> OutboundGroup:
    return OutboundGroup(
        functional_id="PO", sender="OURS", receiver="ACME", version="004010", control_number=number, sets=sets
    )


def test_a_segment_is_joined_and_terminated() -> None:
    assert write_segment(BEG, STANDARD) == "BEG*00*SA*PO-1**20260302~"


def test_absent_trailing_elements_are_left_out() -> None:
    assert write_segment(("N1", "ST", "", "", ""), STANDARD) == "N1*ST~"


def test_components_are_joined_without_trailing_empty_ones() -> None:
    assert write_segment(("AK4", ("3", "2", ""), "", "7"), STANDARD) == "AK4*3:2**7~"


def test_components_keep_their_place_when_an_earlier_one_is_absent() -> None:
    assert write_segment(("AK4", ("3", "", "2"), "", "12"), LATER) == "AK4*3::2**12~"


def test_repetitions_are_joined_with_the_repetition_separator() -> None:
    segment = ("X1", Repeats(("A", ("B", "C"))))

    assert write_segment(segment, LATER) == "X1*A^B:C~"


def test_repetitions_without_a_separator_are_refused() -> None:
    with pytest.raises(OutputRefused, match="X101: no repetition separator"):
        write_segment(("X1", Repeats(("A", "B"))), STANDARD)


@pytest.mark.parametrize("character", ["*", ":", "~"])
def test_a_value_with_a_delimiter_is_refused(character: str) -> None:
    with pytest.raises(OutputRefused, match="MSG01"):
        write_segment(("MSG", f"one{character}two"), STANDARD)


def test_a_caret_is_a_delimiter_only_where_elements_repeat() -> None:
    characters = EXTENDED | {"^"}

    assert write_segment(("MSG", "A^B"), STANDARD, characters=characters) == "MSG*A^B~"
    with pytest.raises(OutputRefused):
        write_segment(("MSG", "A^B"), LATER, characters=characters)


@pytest.mark.parametrize("value", ["caf\u00e9", "tab\there", "line\nend"])
def test_a_character_outside_the_extended_set_is_refused(value: str) -> None:
    with pytest.raises(OutputRefused, match="agreed characters"):
        write_segment(("MSG", value), STANDARD)


def test_lower_case_is_refused_where_the_basic_set_is_agreed() -> None:
    with pytest.raises(OutputRefused):
        write_segment(("MSG", "soon"), STANDARD, characters=BASIC)


@pytest.mark.parametrize("name", ["", "A", "ABCD", "n1", "N*", ("N1", "")])
def test_what_is_no_segment_id_is_refused(name: str) -> None:
    with pytest.raises(OutputRefused, match="not the id"):
        write_segment((name, "X"), STANDARD)


def test_a_refusal_is_our_fault_and_not_worth_a_retry() -> None:
    assert OutputRefused.fault == "ours"
    assert not OutputRefused.may_retry


def test_a_whole_interchange_byte_for_byte() -> None:
    data = write_interchange(ENVELOPE, [a_group(OutboundSet(id="850", segments=[BEG, ("CTT", "1")]), number=77)])

    assert data == (
        b"ISA*00*          *00*          *ZZ*OURS           *ZZ*ACME           *260302*1405*U*00401*000000001*0*P*:~"
        b"GS*PO*OURS*ACME*20260302*1405*77*X*004010~"
        b"ST*850*0001~BEG*00*SA*PO-1**20260302~CTT*1~SE*4*0001~"
        b"GE*1*77~IEA*1*000000001~"
    )


def test_isa_is_106_bytes_with_its_terminator() -> None:
    data = write_interchange(replace(ENVELOPE, sender="", receiver="ABCDEFGHIJKLMNO"), [])

    assert data.index(b"~") == 105


def test_isa11_is_the_repetition_separator_from_00402_on() -> None:
    data = write_interchange(replace(ENVELOPE, version="00501", delimiters=LATER), [])

    assert data[82:83] == b"^"


def test_sets_are_numbered_from_0001_in_each_group() -> None:
    one = OutboundSet(id="850", segments=[BEG])
    data = write_interchange(ENVELOPE, [a_group(one, one, number=1), a_group(one, number=2)])

    assert [s.split(b"*")[2] for s in data.split(b"~") if s.startswith(b"ST*")] == [b"0001", b"0002", b"0001"]
    assert data.endswith(b"GE*1*2~IEA*2*000000001~")


def test_the_implementation_reference_is_st03() -> None:
    group = a_group(OutboundSet(id="850", segments=[BEG], implementation="005010X999"))

    assert b"ST*850*0001*005010X999~" in write_interchange(ENVELOPE, [group])


@pytest.mark.parametrize("number", [0, -1, 1_000_000_000])
def test_a_control_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(OutputRefused, match="control number"):
        write_interchange(replace(ENVELOPE, control_number=number), [])
    with pytest.raises(OutputRefused, match="control number"):
        write_interchange(ENVELOPE, [a_group(number=number)])


def test_an_id_that_is_too_long_for_isa_is_refused() -> None:
    with pytest.raises(OutputRefused, match="ISA06"):
        write_interchange(replace(ENVELOPE, sender="ABCDEFGHIJKLMNOP"), [])


@pytest.mark.parametrize(
    "delimiters",
    [
        Delimiters(element="A"),
        Delimiters(component=" "),
        Delimiters(segment="\t"),
        Delimiters(element="\n"),
        Delimiters(element=":"),
        Delimiters(component="\u20ac"),
        Delimiters(element="**"),
    ],
)
def test_delimiters_that_cannot_separate_are_refused(delimiters: Delimiters) -> None:
    with pytest.raises(OutputRefused):
        write_interchange(replace(ENVELOPE, delimiters=delimiters), [])


def test_a_repetition_separator_before_00402_is_refused() -> None:
    with pytest.raises(OutputRefused, match="no repetition separator"):
        write_interchange(replace(ENVELOPE, delimiters=LATER), [])


def test_what_does_not_fit_one_byte_is_refused() -> None:
    group = a_group(OutboundSet(id="850", segments=[("MSG", "10 \u20ac")]))

    with pytest.raises(OutputRefused, match="one byte"):
        write_interchange(ENVELOPE, [group], characters=EXTENDED | {"\u20ac"})


@pytest.mark.parametrize("character", ["\n", "\r", "'", "\x1d"])
def test_usual_terminators_are_taken(character: str) -> None:
    assert is_delimiter(character, terminator=True)


values = st.text(sorted(EXTENDED - set("*:~^")), max_size=12).map(str.strip)
elements = st.one_of(values, st.tuples(values, values))


@given(st.lists(st.lists(st.tuples(st.just("MSG"), elements), max_size=4), min_size=1, max_size=3))
def test_whatever_is_written_has_the_counts_and_numbers_that_reading_expects(
    sets: list[list[OutboundSegment]],
) -> None:
    groups = [a_group(*(OutboundSet(id="850", segments=segments) for segments in sets), number=9)]
    *_, result = examine(write_interchange(ENVELOPE, groups))

    assert isinstance(result, InterchangeResult)
    assert (result.status, result.findings) == ("A", ())
    assert [group.findings for group in result.groups] == [()]
    assert [one.header.control_number for one in result.groups[0].sets] == [f"{n + 1:04}" for n in range(len(sets))]
    codes = {finding.code for one in result.groups[0].sets for finding in one.findings}
    assert not any(code.startswith("AK502") for code in codes)


def test_a_refusal_says_which_segment_of_which_set() -> None:
    one = OutboundSet(id="850", segments=[BEG, ("N3", "1 Main~Street")])

    with pytest.raises(OutputRefused, match=r'850 0001, segment 3: N301: "1 Main~Street" holds "~"'):
        write_interchange(ENVELOPE, [a_group(one)])


def test_an_agreed_character_stands_for_what_may_not_be_written() -> None:
    segment = ("N3", "1*2 Main~Street", ("A:B", "é"))

    assert write_segment(segment, STANDARD, replacement=" ") == "N3*1 2 Main Street*A B: ~"


@pytest.mark.parametrize("replacement", ["*", "~", "é", "ab"])
def test_an_agreed_character_must_be_one_that_is_allowed(replacement: str) -> None:
    with pytest.raises(OutputRefused, match="cannot stand for"):
        write_segment(BEG, STANDARD, replacement=replacement)


def test_repetitions_that_are_absent_at_the_end_are_left_out() -> None:
    assert write_segment(("X1", Repeats(("A", "", ("", "")))), LATER) == "X1*A~"


def test_binary_data_is_written_by_its_length() -> None:
    assert write_segment(("BIN", "5", Binary("a~*:é")), STANDARD) == "BIN*5*a~*:é~"
    assert write_segment(("BDS", "ASC", "2", Binary("~~")), STANDARD) == "BDS*ASC*2*~~~"


@pytest.mark.parametrize("segment", [("BIN", "4", Binary("a~*:é")), ("BIN", "", Binary("a")), ("MSG", Binary("a"))])
def test_binary_data_without_its_length_is_refused(segment: OutboundSegment) -> None:
    with pytest.raises(OutputRefused, match=r"BIN02: \d bytes|only"):
        write_segment(segment, STANDARD)
