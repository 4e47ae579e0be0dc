"""The 997 of hand-made results, segment by segment."""

from datetime import datetime

import pytest

from gateway.x12.acknowledge import check, functional_acknowledgement
from gateway.x12.errors import OutputRefused
from gateway.x12.findings import Effect
from gateway.x12.interchange import Delimiters
from tests.unit.x12.results import MARCH, a_finding, a_group, a_header, a_result, a_set, body, sealed

BAD = a_set("0002", "R", [a_finding("AK403:1", "BEG", 2, element=3, reference="324")])


def test_an_accepted_group_byte_for_byte() -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set())))
    assert draft is not None

    assert draft.seal(interchange_number=12, group_numbers=[5], now=MARCH) == (
        b"ISA*00*          *00*          *12*OURS           *ZZ*ACME           *260302*1405*U*00401*000000012*0*P*:~"
        b"GS*FA*OURAPP*ACMEAPP*20260302*1405*5*X*004010~"
        b"ST*997*0001~AK1*PO*7~AK2*850*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~"
        b"GE*1*5~IEA*1*000000012~"
    )


def test_a_noted_set_is_told_what_was_noted_and_counts_as_accepted() -> None:
    noted = a_finding("AK403:7", "PO1", 5, loop="PO1", element=3, reference="355", value="XX", effect=Effect.NOTE)
    draft = functional_acknowledgement(a_result(a_group(a_set("0001", "E", [noted]), status="E")))

    expected = ["AK1*PO*7", "AK2*850*0001", "AK3*PO1*5*PO1*8", "AK4*3*355*7*XX", "AK5*E*5", "AK9*E*1*1*1"]
    assert body(draft) == expected


def test_one_bad_set_between_two_good_ones_is_a_partial_acceptance() -> None:
    group = a_group(a_set("0001"), BAD, a_set("0003"), status="P")

    assert body(functional_acknowledgement(a_result(group))) == [
        "AK1*PO*7",
        "AK2*850*0001",
        "AK5*A",
        "AK2*850*0002",
        "AK3*BEG*2**8",
        "AK4*3*324*1",
        "AK5*R*5",
        "AK2*850*0003",
        "AK5*A",
        "AK9*P*3*3*2",
    ]


def test_a_group_whose_only_set_is_rejected_is_rejected_without_a_group_code() -> None:
    assert body(functional_acknowledgement(a_result(a_group(BAD, status="R"))))[-1] == "AK9*R*1*1*0"


def test_broken_counts_are_said_at_their_level() -> None:
    counted = a_set("0001", "R", [a_finding("AK502:4"), a_finding("AK502:3")])
    group = a_group(counted, status="R", included=4, findings=[a_finding("AK905:5"), a_finding("AK905:4")])

    assert body(functional_acknowledgement(a_result(group))) == [
        "AK1*PO*7",
        "AK2*850*0001",
        "AK5*R*4*3",
        "AK9*R*4*1*0*5*4",
    ]


def test_a_missing_segment_is_named_with_its_place_and_loop() -> None:
    missing = a_finding("AK304:3", "N4", 9, loop="N1")
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", [missing]), status="R"))))

    assert lines[2:4] == ["AK3*N4*9*N1*3", "AK5*R*5"]


def test_an_unknown_set_has_code_1_and_nothing_else() -> None:
    group = a_group(a_set("0001", "R", [a_finding("AK502:1")], id_="123"), status="R")

    assert body(functional_acknowledgement(a_result(group)))[1:3] == ["AK2*123*0001", "AK5*R*1"]


def test_findings_on_one_segment_share_an_ak3_with_the_gravest_segment_code() -> None:
    findings = [
        a_finding("AK304:5", "REF", 4, effect=Effect.NOTE),
        a_finding("AK403:7", "REF", 4, element=1, reference="128", value="Q9", effect=Effect.NOTE),
        a_finding("AK304:7", "REF", 4),
        a_finding("AK403:1", "REF", 4, element=2, reference="127"),
    ]
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", findings), status="R"))))

    assert lines[2:] == ["AK3*REF*4**7", "AK4*1*128*7*Q9", "AK4*2*127*1", "AK5*R*5", "AK9*R*1*1*0"]


def test_a_segment_missing_where_another_is_wrong_has_an_ak3_of_its_own() -> None:
    findings = [
        a_finding("AK304:3", "N4", 9, loop="N1"),
        a_finding("AK403:5", "PO1", 9, loop="PO1", element=2, reference="330", value="123456789012"),
    ]
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", findings), status="R"))))

    assert lines[2:5] == ["AK3*N4*9*N1*3", "AK3*PO1*9*PO1*8", "AK4*2*330*5*123456789012"]


def test_segments_are_listed_in_order_of_position() -> None:
    findings = [a_finding("AK304:2", "MSG", 8), a_finding("AK304:2", "CUR", 3)]
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", findings), status="R"))))

    assert lines[2:4] == ["AK3*CUR*3**2", "AK3*MSG*8**2"]


def test_warnings_are_never_in_an_acknowledgement() -> None:
    warnings = [
        a_finding("W:trailing-separator", "N1", 5, effect=Effect.WARN),
        a_finding("AK403:7", "PO1", 6, element=3, effect=Effect.WARN),
        a_finding("AK502:4", effect=Effect.WARN),
    ]
    group = a_group(a_set("0001", "A", warnings), findings=[a_finding("AK905:5", effect=Effect.WARN)])

    assert body(functional_acknowledgement(a_result(group))) == ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]


def test_a_component_is_named_in_its_own_place() -> None:
    bad = a_finding("AK403:5", "SLN", 9, element=5, component=1, reference="355", value="EACH")
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", [bad]), status="R"))))

    assert lines[3] == "AK4*5:1*355*5*EACH"


def test_a_repetition_is_named_in_its_own_place_since_00402() -> None:
    bad = a_finding("AK403:12", "REF", 9, element=4, repeat=3, reference="128")
    group = a_group(a_set("0001", "R", [bad]), status="R", version="005010")
    lines = body(functional_acknowledgement(a_result(group, header=a_header(version="00501"))))

    assert lines[3] == "AK4*4::3*128*12"


def test_005010_says_version_and_implementation_of_what_it_answers() -> None:
    group = a_group(a_set(convention="005010X999"), version="005010")
    lines = body(functional_acknowledgement(a_result(group, header=a_header(version="00501"))))

    assert lines[:2] == ["AK1*PO*7*005010", "AK2*850*0001*005010X999"]


@pytest.mark.parametrize("code", ["1", "2", "6"])
def test_no_value_is_copied_where_there_is_none_or_it_cannot_be_written(code: str) -> None:
    bad = a_finding(f"AK403:{code}", "BEG", 2, element=3, reference="324", value="X")
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", [bad]), status="R"))))

    assert lines[3] == f"AK4*3*324*{code}"


@pytest.mark.parametrize("value", ["A:B", "caf\u00e9", "  "])
def test_a_value_that_would_break_the_acknowledgement_is_left_out(value: str) -> None:
    bad = a_finding("AK403:5", "BEG", 2, element=3, reference="324", value=value)
    draft = functional_acknowledgement(a_result(a_group(a_set("0001", "R", [bad]), status="R")))

    assert draft is not None
    assert body(draft)[3] == "AK4*3*324*5"
    assert check(draft) == ()


def test_a_copied_value_has_at_most_99_characters() -> None:
    bad = a_finding("AK403:5", "BEG", 2, element=3, reference="324", value="X" * 150)
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", [bad]), status="R"))))

    assert lines[3] == "AK4*3*324*5*" + "X" * 99


def test_the_id_of_a_composite_is_no_reference_number() -> None:
    bad = a_finding("AK403:1", "SLN", 2, element=5, reference="C001")
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", [bad]), status="R"))))

    assert lines[3] == "AK4*5**1"


def test_at_most_99_elements_of_a_segment_are_named() -> None:
    many = [a_finding("AK403:7", "SDQ", 4, element=n % 23 + 1, value="X") for n in range(150)]
    draft = functional_acknowledgement(a_result(a_group(a_set("0001", "R", many), status="R")))

    assert draft is not None
    assert sum(line.startswith("AK4*") for line in body(draft)) == 99
    assert check(draft) == ()


def test_at_most_five_different_codes_are_given() -> None:
    codes = [a_finding(f"AK502:{code}") for code in ("1", "2", "3", "3", "4", "6", "7")]
    groups = [a_finding(f"AK905:{code}") for code in ("1", "2", "3", "4", "5", "6")]
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", codes), status="R", findings=groups))))

    assert lines[2:] == ["AK5*R*1*2*3*4*6", "AK9*R*1*1*0*1*2*3*4*5"]


def test_a_set_rejected_for_findings_that_were_not_kept_says_segments_in_error() -> None:
    more = a_finding("W:more")
    lines = body(functional_acknowledgement(a_result(a_group(a_set("0001", "R", [more]), status="R"))))

    assert lines[2] == "AK5*R*5"


def test_acknowledgements_are_not_acknowledged() -> None:
    result = a_result(a_group(a_set(id_="997"), functional_id="FA"), a_group(a_set(), number="8"))

    assert [line for line in body(functional_acknowledgement(result)) if line.startswith("AK1")] == ["AK1*PO*8"]


def test_nothing_but_acknowledgements_is_not_answered() -> None:
    assert functional_acknowledgement(a_result(a_group(a_set(id_="997"), functional_id="FA"))) is None
    assert functional_acknowledgement(a_result()) is None


def test_a_rejected_interchange_has_no_997() -> None:
    assert functional_acknowledgement(a_result(a_group(a_set()), status="R", note="023")) is None


def test_groups_of_one_pair_share_a_group_and_others_have_their_own() -> None:
    result = a_result(
        a_group(a_set(), number="1"),
        a_group(a_set(), number="2", sender="OTHERAPP"),
        a_group(a_set(), number="3"),
        a_group(a_set(), number="4", version="004010VICS"),
    )
    draft = functional_acknowledgement(result)

    assert draft is not None
    assert draft.groups == 3
    assert draft.group_pairs == (("OURAPP", "ACMEAPP"), ("OURAPP", "OTHERAPP"), ("OURAPP", "ACMEAPP"))
    lines = sealed(draft)
    assert [line for line in lines if line[:3] in ("GS*", "ST*", "AK1", "GE*", "IEA")] == [
        "GS*FA*OURAPP*ACMEAPP*20260302*1405*1*X*004010",
        "ST*997*0001",
        "AK1*PO*1",
        "ST*997*0002",
        "AK1*PO*3",
        "GE*2*1",
        "GS*FA*OURAPP*OTHERAPP*20260302*1405*2*X*004010",
        "ST*997*0001",
        "AK1*PO*2",
        "GE*1*2",
        "GS*FA*OURAPP*ACMEAPP*20260302*1405*3*X*004010VICS",
        "ST*997*0001",
        "AK1*PO*4",
        "GE*1*3",
        "IEA*3*000000001",
    ]


def test_the_summary_says_what_each_group_is_told() -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set(), BAD, status="P")))

    assert draft is not None
    told = draft.summary[0]
    assert (draft.kind, draft.answers) == ("997", "000000041")
    assert (told.functional_id, told.control_number, told.status) == ("PO", "7", "P")
    assert (told.included, told.received, told.accepted) == (2, 2, 1)


def test_a_test_interchange_is_answered_as_a_test() -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set()), header=a_header(usage="T")))

    assert sealed(draft)[0].split("*")[15] == "T"


def test_an_acknowledgement_never_asks_to_be_acknowledged() -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set()), header=a_header(requested=True)))

    assert sealed(draft)[0].split("*")[14] == "0"


def test_the_inbound_delimiters_are_used() -> None:
    inbound = Delimiters(element="|", component=">", segment="\n")
    draft = functional_acknowledgement(a_result(a_group(a_set()), header=a_header(delimiters=inbound)))
    assert draft is not None
    data = draft.seal(interchange_number=1, group_numbers=[1], now=MARCH)

    assert data[103:107] == b"|>\nG"
    assert b"\nAK9|A|1|1|1\n" in data


def test_delimiters_that_stand_in_an_id_are_replaced_by_others() -> None:
    group = a_group(a_set(), sender="ACME:1", receiver="OUR~APP")
    draft = functional_acknowledgement(a_result(group))

    assert draft is not None
    assert draft.delimiters == Delimiters(element="*", component=">", segment="\n")
    assert sealed(draft)[1] == "GS*FA*OUR~APP*ACME:1*20260302*1405*1*X*004010"


def test_an_invented_repetition_separator_replaces_one_that_was_misused() -> None:
    header = a_header(version="00501", delimiters=Delimiters())
    draft = functional_acknowledgement(a_result(a_group(a_set(), version="005010"), header=header))

    assert draft is not None
    assert draft.delimiters.repetition == "^"


def test_an_accented_id_is_repeated_as_it_is() -> None:
    header = a_header(sender="CAF\u00c9")
    draft = functional_acknowledgement(a_result(a_group(a_set()), header=header))

    assert sealed(draft)[0].split("*")[8] == "CAF\u00c9".ljust(15)


def test_an_unknown_version_is_answered_in_that_version() -> None:
    group = a_group(a_set(), status="R", version="003060", findings=[a_finding("AK905:2")])
    draft = functional_acknowledgement(a_result(group))

    assert draft is not None
    assert sealed(draft)[1].endswith("*X*003060")
    assert body(draft)[-1] == "AK9*R*1*1*1*2"
    assert check(draft) == ()


@pytest.mark.parametrize("version", ["004010^", "004010*", "004010 VICS", "004010VICS4567", "004010\u00c9"])
def test_a_version_that_cannot_be_written_is_answered_in_its_release(version: str) -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set(), version=version)))

    assert draft is not None
    assert sealed(draft)[1].endswith("*X*004010")


@pytest.mark.parametrize(
    ("number", "id_", "expected"),
    [("1", "850", "AK2*850*0001"), ("", "", "AK2*???*0000"), ("12 34567890", "85", "AK2*85?*123456789")],
)
def test_headers_that_cannot_be_repeated_are_made_to_fit(number: str, id_: str, expected: str) -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set(number, "R", id_=id_), status="R")))

    assert draft is not None
    assert body(draft)[1] == expected
    assert check(draft) == ()


def test_a_group_number_that_is_none_is_answered_with_zero() -> None:
    group = a_group(a_set(), status="R", number="A7", findings=[a_finding("AK905:6")])

    assert body(functional_acknowledgement(a_result(group)))[0] == "AK1*PO*0"


def test_sealing_needs_as_many_numbers_as_groups() -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set())))
    assert draft is not None

    with pytest.raises(OutputRefused, match="2 group numbers for 1 groups"):
        draft.seal(interchange_number=1, group_numbers=[1, 2], now=MARCH)


def test_sealing_needs_a_time_with_a_zone() -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set())))
    assert draft is not None

    with pytest.raises(OutputRefused, match="time zone"):
        draft.seal(interchange_number=1, group_numbers=[1], now=datetime(2026, 3, 2))  # noqa: DTZ001


def test_the_time_is_written_as_the_partners_clock_shows_it() -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set())))
    assert draft is not None
    there = datetime.fromisoformat("2026-03-01T23:05:00-06:00")

    assert b"*260301*2305*U*" in draft.seal(interchange_number=1, group_numbers=[1], now=there)
