"""The 999: what it says beyond the 997, and what a 997 says instead."""

import pytest

from gateway.x12.acknowledge import check, functional_acknowledgement
from gateway.x12.findings import Effect, Finding, Trigger
from gateway.x12.guide import load
from gateway.x12.interchange import InterchangeResult, SetResult, Terms
from gateway.x12.narrow import narrowed
from gateway.x12.overlay import PartnerGuide, Rule
from gateway.x12.read import examine
from gateway.x12.response import FunctionalKind
from tests.unit.x12 import samples
from tests.unit.x12.results import MARCH, a_finding, a_group, a_header, a_result, a_set, body, sealed

NEWER = a_header(version="00501")


def answered(*sets: SetResult, kind: FunctionalKind = "999", status: str = "R", version: str = "005010") -> list[str]:
    header = NEWER if version >= "005010" else a_header()
    draft = functional_acknowledgement(
        a_result(a_group(*sets, status=status, version=version), header=header), kind=kind
    )
    assert draft is not None
    assert check(draft) == ()
    return body(draft)


def told(*findings: Finding, kind: FunctionalKind = "999", version: str = "005010") -> list[str]:
    """What stands between AK2 and AK9 about one rejected set."""
    return answered(a_set("0001", "R", findings), kind=kind, version=version)[2:-1]


def read(segments: list[str]) -> InterchangeResult:
    data = samples.order(segments, version="005010")
    return samples.interchanges(list(examine(data)))[0]


def test_an_accepted_group_byte_for_byte() -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set(), version="005010"), header=NEWER), kind="999")
    assert draft is not None

    assert draft.seal(interchange_number=12, group_numbers=[5], now=MARCH) == (
        b"ISA*00*          *00*          *12*OURS           *ZZ*ACME           *260302*1405*^*00501*000000012*0*P*:~"
        b"GS*FA*OURAPP*ACMEAPP*20260302*1405*5*X*005010~"
        b"ST*999*0001*005010~AK1*PO*7*005010~AK2*850*0001~IK5*A~AK9*A*1*1*1~SE*6*0001~"
        b"GE*1*5~IEA*1*000000012~"
    )


def test_st03_names_the_same_as_gs08() -> None:
    group = a_group(a_set(), version="005010VICS")
    draft = functional_acknowledgement(a_result(group, header=NEWER), kind="999")

    assert [line for line in sealed(draft) if line[:3] in ("GS*", "ST*")] == [
        "GS*FA*OURAPP*ACMEAPP*20260302*1405*1*X*005010VICS",
        "ST*999*0001*005010VICS",
    ]


def test_a_segment_and_an_element_in_error_are_named_as_in_a_997() -> None:
    bad = a_finding("AK403:5", "PO1", 6, loop="PO1", element=3, reference="355", value="EACH")

    assert told(bad) == ["IK3*PO1*6*PO1*8", "IK4*3*355*5*EACH", "IK5*R*5"]


def test_element_component_and_repetition_stand_each_in_their_own_place() -> None:
    bad = a_finding("AK403:5", "REF", 4, element=4, component=2, repeat=3, reference="127", value="X")

    assert told(bad)[1] == "IK4*4:2:3*127*5*X"


def test_what_made_a_syntax_note_apply_is_named_behind_the_element() -> None:
    trigger = Trigger(segment="N1", position=13, loop="N1", element=3, reference="66")
    bad = a_finding("AK403:2", "N1", 13, loop="N1", element=4, reference="67", trigger=trigger)

    assert told(bad)[:3] == ["IK3*N1*13*N1*8", "IK4*4*67*2", "CTX*SITUATIONAL TRIGGER*N1*13*N1*3*66"]


def test_what_asked_for_a_segment_is_named_behind_the_segment() -> None:
    trigger = Trigger(segment="BEG", position=2)
    missing = a_finding("IK304:I6", "REF", 3, trigger=trigger)

    assert told(missing)[:2] == ["IK3*REF*3**I6", "CTX*SITUATIONAL TRIGGER*BEG*2"]


def test_a_997_has_no_context() -> None:
    trigger = Trigger(segment="N1", position=13, loop="N1", element=3, reference="66")
    bad = a_finding("AK403:2", "N1", 13, loop="N1", element=4, reference="67", trigger=trigger)

    assert told(bad, kind="997") == ["AK3*N1*13*N1*8", "AK4*4*67*2", "AK5*R*5"]


@pytest.mark.parametrize(
    ("segment", "broken", "context"),
    [
        ("N1*ST", "N1*ST*North Store*92", ["CTX*SITUATIONAL TRIGGER*N1*13*N1*3*66"]),
        ("PER*BD", "PER*BD*Jane Roe**5550100", ["CTX*SITUATIONAL TRIGGER*PER*6**4*364"]),
        ("TD5*", "TD5**2**M", ["CTX*SITUATIONAL TRIGGER*TD5*10**2*66"]),
        ("REF*DP", "REF*DP", []),
    ],
)
def test_the_trigger_of_each_kind_of_note_is_found_while_reading(segment: str, broken: str, context: list[str]) -> None:
    draft = functional_acknowledgement(read(samples.replaced(segment, broken)), kind="999")

    assert draft is not None
    assert check(draft) == ()
    assert [line for line in body(draft) if line.startswith("CTX")] == context


def test_a_business_unit_stands_behind_the_segment_in_error() -> None:
    bad = a_finding("AK403:5", "ENT", 6, loop="ENT", element=1, reference="554", value="1234567")
    group = a_group(a_set("0001", "R", [bad], id_="820", unit=("TRN02", "71-4400")), status="R", version="005010")
    draft = functional_acknowledgement(a_result(group, header=NEWER), kind="999")

    assert draft is not None
    assert check(draft) == ()
    assert body(draft)[2:5] == ["IK3*ENT*6*ENT*8", "CTX*TRN02:71-4400", "IK4*1*554*5*1234567"]


@pytest.mark.parametrize("value", ["A:B", "café", "  ", "X" * 36])
def test_a_business_unit_that_cannot_be_written_is_left_out(value: str) -> None:
    group = a_group(
        a_set("0001", "R", [a_finding("AK304:2", "CUR", 3)], unit=("TRN02", value)), status="R", version="005010"
    )
    draft = functional_acknowledgement(a_result(group, header=NEWER), kind="999")

    assert draft is not None
    assert check(draft) == ()
    assert body(draft)[2:-1] == ["IK3*CUR*3**2", "IK5*R*5"]


ELEMENT_CODES = {"I6": "7", "I9": "2", "I10": "10", "I11": "1", "I12": "7", "I13": "10"}
SEGMENT_CODES = {"I4": "2", "I6": "3", "I7": "3", "I8": "3", "I9": "2"}


@pytest.mark.parametrize(("code", "plain"), ELEMENT_CODES.items())
def test_a_fault_under_a_partner_guide_has_its_own_code_in_a_999_and_the_nearest_in_a_997(
    code: str, plain: str
) -> None:
    bad = a_finding(f"IK403:{code}", "REF", 4, element=2, reference="127", value="")

    assert told(bad)[:2] == ["IK3*REF*4**8", f"IK4*2*127*{code}"]
    assert told(bad, kind="997")[:2] == ["AK3*REF*4**8", f"AK4*2*127*{plain}"]
    assert told(bad, kind="997", version="004010")[:2] == ["AK3*REF*4**8", f"AK4*2*127*{plain}"]


@pytest.mark.parametrize(("code", "plain"), SEGMENT_CODES.items())
def test_a_segment_fault_under_a_partner_guide_likewise(code: str, plain: str) -> None:
    bad = a_finding(f"IK304:{code}", "REF", 4)

    assert told(bad) == [f"IK3*REF*4**{code}", "IK5*R*5"]
    assert told(bad, kind="997") == [f"AK3*REF*4**{plain}", "AK5*R*5"]


def test_an_unsupported_convention_is_i6_in_a_999_and_an_unsupported_set_in_a_997() -> None:
    bad = a_finding("IK502:I6")

    assert told(bad) == ["IK5*R*I6"]
    assert told(bad, kind="997") == ["AK5*R*1"]


NOTED = a_finding("IK403:I10", "REF", 4, element=3, reference="352", value="X", effect=Effect.NOTE)


def test_what_a_partner_guide_only_notes_is_told_in_a_999() -> None:
    lines = answered(a_set("0001", "E", [NOTED]), status="E")

    assert lines[2:] == ["IK3*REF*4**8", "IK4*3*352*I10*X", "IK5*E*5", "AK9*E*1*1*1"]


def test_what_a_partner_guide_only_notes_is_not_in_a_997_where_the_set_is_just_accepted() -> None:
    assert answered(a_set("0001", "E", [NOTED]), kind="997", status="E")[2:] == ["AK5*A", "AK9*A*1*1*1"]


def test_a_noted_fault_of_the_standard_beside_one_of_the_guide_stays_in_a_997() -> None:
    standard = a_finding("AK403:7", "PO1", 6, element=3, reference="355", value="ZQ", effect=Effect.NOTE)
    lines = answered(a_set("0001", "E", [NOTED, standard]), kind="997", status="E")

    assert lines[2:] == ["AK3*PO1*6**8", "AK4*3*355*7*ZQ", "AK5*E*5", "AK9*E*1*1*1"]


def test_the_summary_says_what_the_997_says() -> None:
    group = a_group(a_set("0001", "E", [NOTED]), status="E", version="005010")
    result = a_result(group, header=NEWER)
    plain, full = (functional_acknowledgement(result, kind=kind) for kind in ("997", "999"))

    assert plain is not None
    assert full is not None
    assert (plain.summary[0].status, full.summary[0].status) == ("A", "E")


@pytest.mark.parametrize(("code", "older"), [("AK502:18", "6"), ("AK502:23", "7")])
def test_codes_that_came_after_004010_have_a_nearest_one_there(code: str, older: str) -> None:
    newer = code.partition(":")[2]

    assert told(a_finding(code)) == [f"IK5*R*{newer}"]
    assert told(a_finding(code), kind="997", version="004010")[0] in (f"AK5*R*{older}", f"AK5*R*{newer}")


@pytest.mark.parametrize("code", ["12", "13"])
def test_too_many_repetitions_or_components_are_too_many_elements_in_004010(code: str) -> None:
    bad = a_finding(f"AK403:{code}", "REF", 4, element=4, value="A?B")

    assert told(bad)[1] == f"IK4*4**{code}"
    assert told(bad, kind="997", version="004010")[1] == "AK4*4**3"


def test_five_codes_at_most_and_each_once() -> None:
    codes = [a_finding(f"AK502:{code}") for code in ("1", "2", "3", "3", "4", "6", "7")]

    assert told(*codes) == ["IK5*R*1*2*3*4*6"]


@pytest.mark.parametrize("version", ["004010", "004010VICS", "003060", "002001"])
def test_a_release_without_a_999_is_answered_with_a_997(version: str) -> None:
    draft = functional_acknowledgement(a_result(a_group(a_set(), version=version)), kind="999")

    assert draft is not None
    assert draft.kind == "997"
    assert [line for line in sealed(draft) if line[:3] == "ST*"] == ["ST*997*0001"]
    assert check(draft) == ()


@pytest.mark.parametrize("version", ["005010", "006020", "008010", "??"])
def test_newer_and_nameless_versions_have_a_999(version: str) -> None:
    group = a_group(a_set(), version=version)
    draft = functional_acknowledgement(a_result(group, header=NEWER), kind="999")

    assert draft is not None
    assert draft.kind == "999"
    assert check(draft) == ()


def test_groups_of_both_releases_are_answered_each_in_its_own_way_in_one_interchange() -> None:
    result = a_result(
        a_group(a_set(), number="1", version="005010"), a_group(a_set(), number="2", version="004010"), header=NEWER
    )
    draft = functional_acknowledgement(result, kind="999")

    assert draft is not None
    assert (draft.kind, draft.groups) == ("999", 2)
    assert [line for line in sealed(draft) if line[:3] in ("GS*", "ST*")] == [
        "GS*FA*OURAPP*ACMEAPP*20260302*1405*1*X*005010",
        "ST*999*0001*005010",
        "GS*FA*OURAPP*ACMEAPP*20260302*1405*2*X*004010",
        "ST*997*0001",
    ]
    assert check(draft) == ()


def test_acknowledgements_are_not_acknowledged() -> None:
    group = a_group(a_set(id_="999"), functional_id="FA", version="005010")

    assert functional_acknowledgement(a_result(group, header=NEWER), kind="999") is None


@pytest.mark.parametrize(
    ("rule", "kind", "lines"),
    [
        (
            Rule(where="BEG04", use="required", when="BEG02=SA"),
            "999",
            ["IK3*BEG*2**8", "IK4*4*328*I9", "CTX*SITUATIONAL TRIGGER*BEG*2**2*92", "IK5*R*5"],
        ),
        (
            Rule(where="REF(VR)", use="required", when="BEG02=SA"),
            "999",
            ["IK3*REF*6**I6", "CTX*SITUATIONAL TRIGGER*BEG*2**2*92", "IK5*R*5"],
        ),
        (Rule(where="REF(VR)", use="required", when="BEG02=SA"), "997", ["AK3*REF*6**3", "AK5*R*5"]),
        (Rule(where="PER03", use="not used"), "999", ["IK3*PER*6**8", "IK4*3*365*I10*TE", "IK5*R*5"]),
        (Rule(where="PER03", use="not used", severity=Effect.NOTE), "997", ["AK5*A"]),
    ],
)
def test_a_rule_of_a_partner_is_told_in_the_words_of_the_answer(
    rule: Rule, kind: FunctionalKind, lines: list[str]
) -> None:
    standard = load("850", "005010")
    assert standard is not None
    sound, _ = narrowed(standard, [rule])
    guide = PartnerGuide(name="acme/850-005010@1", partner="ACME", guide=standard, rules=sound, document="")
    terms = Terms(guide=guide)
    events = examine(samples.order(version="005010"), lambda *_: terms)
    draft = functional_acknowledgement(samples.interchanges(list(events))[0], kind=kind)

    assert draft is not None
    assert check(draft) == ()
    assert body(draft)[2:-1] == lines
