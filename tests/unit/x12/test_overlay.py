"""A partner's rules narrow the standard and nothing else; a set that departs from them gets one finding per fault."""

from collections.abc import Sequence

import pytest

from gateway.x12.findings import Effect, Finding
from gateway.x12.guide import load
from gateway.x12.interchange import SetResult, Terms
from gateway.x12.narrow import narrowed
from gateway.x12.overlay import PartnerGuide, Rule
from gateway.x12.read import examine
from tests.unit.x12.samples import ORDER, inserted, order, replaced


def guide_of(*rules: Rule, version: str = "004010", set_id: str = "850") -> PartnerGuide:
    standard = load(set_id, version)
    assert standard is not None
    sound, refused = narrowed(standard, rules)
    assert [objection.sentence for _, objection in refused] == []
    return PartnerGuide(
        name=f"acme/{set_id}-{version}@1",
        partner="ACME",
        guide=standard,
        rules=sound,
        document="https://acme.example/850",
    )


def read(
    guide: PartnerGuide, segments: Sequence[str] = ORDER, version: str = "004010", terms: Terms | None = None
) -> SetResult:
    agreed = terms or Terms(guide=guide)
    events = examine(order(segments, version), lambda *_: agreed)
    return next(event for event in events if isinstance(event, SetResult))


def found(
    *rules: Rule, segments: Sequence[str] = ORDER, version: str = "004010"
) -> list[tuple[str, str, int, str, int, str]]:
    """(code, segment, position, loop, element, value) of every finding."""
    result = read(guide_of(*rules, version=version), segments, version)
    return [(one.code, one.segment, one.position, one.loop, one.element, one.value) for one in result.findings]


def refused(
    rule: Rule, extra: dict[str, frozenset[str]] | None = None, version: str = "004010"
) -> list[tuple[str, str]]:
    standard = load("850", version)
    assert standard is not None
    return [(objection.kind, objection.key) for _, objection in narrowed(standard, [rule], extra)[1]]


# ---------------------------------------------------------------------------------------------- what it finds


@pytest.mark.parametrize(
    ("rule", "segments", "finding"),
    [
        (Rule(where="CUR", use="required"), replaced("CUR", None), ("IK304:I8", "CUR", 3, "", 0, "")),
        (Rule(where="CUR", use="not used"), ORDER, ("IK304:I4", "CUR", 3, "", 0, "")),
        (Rule(where="REF", most=1), ORDER, ("IK304:5", "REF", 5, "", 0, "")),
        (Rule(where="REF", least=3), ORDER, ("IK304:I8", "REF", 6, "", 0, "")),
        (Rule(where="REF(VR)", use="required"), ORDER, ("IK304:I8", "REF", 6, "", 0, "")),
        (Rule(where="REF(DP|IA)", most=1), ORDER, ("IK304:5", "REF", 5, "", 0, "")),
        (Rule(where="REF(IA)", use="not used"), ORDER, ("IK304:I4", "REF", 5, "", 0, "")),
        (Rule(where="N9", use="not used"), ORDER, ("IK304:I4", "N9", 11, "N9", 0, "")),
        (Rule(where="N1(BY)", use="required"), ORDER, ("IK304:I7", "N1", 16, "N1", 0, "")),
        (Rule(where="PO1", most=1), ORDER, ("IK304:4", "PO1", 20, "PO1", 0, "")),
        (Rule(where="PO1/PO4", use="required"), ORDER, ("IK304:I8", "PO4", 22, "PO1", 0, "")),
        (Rule(where="REF(VR)", use="required", when="BEG02=SA"), ORDER, ("IK304:I6", "REF", 6, "", 0, "")),
        (Rule(where="CUR", use="not used", when="BEG02=SA"), ORDER, ("IK304:I9", "CUR", 3, "", 0, "")),
        (Rule(where="BEG04", use="required"), ORDER, ("IK403:I9", "BEG", 2, "", 4, "")),
        (Rule(where="PER03", use="not used"), ORDER, ("IK403:I10", "PER", 6, "", 3, "TE")),
        (Rule(where="BEG02", codes=("NE", "RL")), ORDER, ("IK403:I6", "BEG", 2, "", 2, "SA")),
        (Rule(where="BEG03", longest=5), ORDER, ("IK403:I12", "BEG", 2, "", 3, "PO-1001")),
        (Rule(where="BEG03", shortest=8), ORDER, ("IK403:I12", "BEG", 2, "", 3, "PO-1001")),
        (Rule(where="N1(ST)/N104", forms=("999",)), ORDER, ("IK403:I12", "N1", 13, "N1", 4, "0042")),
        (Rule(where="N1(ST).04", forms=("999", "AA99")), ORDER, ("IK403:I12", "N1", 13, "N1", 4, "0042")),
        (Rule(where="PO1/PID(F)/PID05", longest=6), ORDER, ("IK403:I12", "PID", 17, "PID", 5, "STEEL BOLT")),
        (Rule(where="TD5", notes=("P0305",)), ORDER, ("IK403:I9", "TD5", 10, "", 5, "")),
        (Rule(where="TD5", notes=("E0304",)), ORDER, ("IK403:I13", "TD5", 10, "", 4, "M")),
        (
            Rule(where="PO1/PID(F)", notes=("P0507",)),
            replaced("PID*F****WASHER", None),
            ("IK403:I9", "PID", 17, "PID", 7, ""),
        ),
        (Rule(where="BEG04", use="required", when="BEG02=SA"), ORDER, ("IK403:I9", "BEG", 2, "", 4, "")),
        (Rule(where="PER03", use="not used", when="BEG02=SA"), ORDER, ("IK403:I13", "PER", 6, "", 3, "TE")),
    ],
    ids=lambda value: f"{value.where} {value.use}" if isinstance(value, Rule) else None,
)
def test_a_departure_is_one_finding_at_its_place(
    rule: Rule, segments: Sequence[str], finding: tuple[str, str, int, str, int, str]
) -> None:
    assert found(rule, segments=segments) == [finding]


@pytest.mark.parametrize(
    "rule",
    [
        Rule(where="CUR", use="required"),
        Rule(where="TAX", use="not used"),
        Rule(where="REF(DP)", use="required", most=1),
        Rule(where="REF(DP).02", forms=("999",)),
        Rule(where="N1(ST)", use="required"),
        Rule(where="N1(BY)/N104", forms=("999",)),
        Rule(where="PO1", most=2),
        Rule(where="BEG01", codes=("00",)),
        Rule(where="TD5", notes=("C0304",)),
        Rule(where="REF(VR)", use="required", when="BEG02=DS|RL"),
        Rule(where="PO1/PO102", longest=3),
        Rule(where="PO1", notes=("P0203",)),
        Rule(where="BEG04", use="required", when="BEG02=DS"),
        Rule(where="PO1/PO103", codes=("EA", "CA"), use="required"),
        Rule(where="PO1/PID/PID05", shortest=6, longest=10, codes=("STEEL BOLT", "WASHER")),
    ],
    ids=lambda rule: rule.where,
)
def test_a_set_that_keeps_a_rule_has_no_finding(rule: Rule) -> None:
    assert found(rule) == []


def test_a_component_is_looked_at_by_itself() -> None:
    measured = inserted("PID*F****WASHER", "MEA**WT*7*LB")

    result = read(guide_of(Rule(where="PO1/MEA04:1", codes=("KG",)), version="005010"), measured, "005010")

    (finding,) = result.findings
    assert (finding.code, finding.element, finding.component, finding.reference) == ("IK403:I6", 4, 1, "355")


@pytest.mark.parametrize("severity", list(Effect))
def test_the_severity_of_a_rule_is_the_effect_of_its_finding(severity: Effect) -> None:
    result = read(guide_of(Rule(where="BEG02", codes=("NE",), severity=severity)))

    assert [one.effect for one in result.findings] == [severity]
    assert result.status == {Effect.REJECT: "R", Effect.NOTE: "E", Effect.WARN: "A"}[severity]


def test_an_agreement_moves_the_effect_of_a_partner_guides_finding() -> None:
    guide = guide_of(Rule(where="BEG02", codes=("NE",)))

    (finding,) = read(guide, terms=Terms(guide=guide, effects={"IK403:I6/92": "warn"})).findings

    assert finding.effect is Effect.WARN


def test_a_message_says_who_asks_for_it_and_where_to_read_more() -> None:
    (finding,) = read(guide_of(Rule(where="BEG02", codes=("NE",), text="new orders only"))).findings

    assert finding.message == (
        '850/BEG[2]/BEG02: "SA" is not NE; asked for by ACME (new orders only), see https://acme.example/850'
    )


def test_what_the_standard_finds_is_not_found_again() -> None:
    bad_code = replaced("BEG", "BEG*ZA*SA*PO-1001**20240131")

    codes = [one[0] for one in found(Rule(where="BEG01", codes=("00",)), segments=bad_code)]

    assert codes == ["AK403:7"]


def test_a_segment_that_stands_in_the_wrong_place_is_not_missing_too() -> None:
    late = [*replaced("CUR", None)[:8], "CUR*BY*USD", *replaced("CUR", None)[8:]]

    codes = [one[0] for one in found(Rule(where="CUR", use="required"), segments=late)]

    assert codes == ["AK304:7"]


def test_a_segment_that_came_where_its_loop_is_not_open_is_not_missing_too() -> None:
    early = inserted("N1*ST", "N3*1 Main Street", segments=replaced("N3", None))

    codes = [one[0] for one in found(Rule(where="N1(ST)/N3", use="required"), segments=early)]

    assert codes == ["AK304:2"]


def test_two_rules_about_one_element_give_one_finding_the_graver() -> None:
    rules = (
        Rule(where="N1/N104", longest=3, severity=Effect.NOTE),
        Rule(where="N1(ST)/N104", forms=("999",), severity=Effect.REJECT),
    )

    result = read(guide_of(*rules))

    assert [(one.code, one.effect) for one in result.findings] == [("IK403:I12", Effect.REJECT)]


def test_each_of_two_equal_segments_has_its_own_position() -> None:
    """Equal segments of an interchange are one object."""
    twice = inserted("SLN", "PO4*12*1*EA")

    positions = [one[2] for one in found(Rule(where="PO1/PO4", use="not used"), segments=twice)]

    assert positions == [18, 22]


def test_a_guide_of_another_release_is_not_asked() -> None:
    guide = guide_of(Rule(where="BEG02", codes=("NE",)), version="005010")

    assert read(guide).findings == ()


def test_levels_of_a_ship_notice_have_rules_of_their_own() -> None:
    guide = guide_of(Rule(where="HL(O)/PRF", use="required"), Rule(where="HL(S)/TD1", use="required"), set_id="856")

    assert [rule.qualified for rule in guide.rules] == [True, True]


# ---------------------------------------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("rule", "kind", "key"),
    [
        (Rule(where="REF(DP"), "place", ""),
        (Rule(where="REFF01"), "place", ""),
        (Rule(where="ZZZ"), "place", ""),
        (Rule(where="BEG99"), "place", ""),
        (Rule(where="BEG00"), "place", ""),
        (Rule(where="BEG01:1"), "place", ""),
        (Rule(where="PO1/BEG01"), "place", ""),
        (Rule(where="REF(QQQ)"), "place", ""),
        (Rule(where="CUR", when="BEG99=DS"), "place", "when"),
        (Rule(where="CUR", when="PO101=1"), "place", "when"),
        (Rule(where="CUR", when="BEG02=QQ"), "place", "when"),
        (Rule(where="TD5", notes=("X0304",)), "place", "notes"),
        (Rule(where="TD5", notes=("P0399",)), "place", "notes"),
        (Rule(where="N1", most=201), "wider", "most"),
        (Rule(where="CUR", most=2), "wider", "most"),
        (Rule(where="CUR", least=2), "wider", "least"),
        (Rule(where="BEG01", codes=("00", "ZA")), "wider", "codes"),
        (Rule(where="BEG03", codes=("A" * 23,)), "wider", "codes"),
        (Rule(where="BEG03", longest=23), "wider", "longest"),
        (Rule(where="BEG05", shortest=6), "wider", "shortest"),
        (Rule(where="BEG03", forms=("9" * 23,)), "wider", "forms"),
        (Rule(where="BEG01", most=2), "wider", "most"),
        (Rule(where="BEG", use="not used"), "vain", "use"),
        (Rule(where="PO1", use="not used"), "vain", "use"),
        (Rule(where="BEG01", use="not used"), "vain", "use"),
        (Rule(where="BEG01", use="not used", codes=("00",)), "vain", "use"),
        (Rule(where="REF", least=3, most=2), "vain", "least"),
        (Rule(where="BEG03", shortest=9, longest=8), "vain", "shortest"),
        (Rule(where="CUR", codes=("USD",)), "vain", "codes"),
        (Rule(where="BEG03", notes=("P0203",)), "vain", "notes"),
        (Rule(where="PO102", forms=("99",)), "vain", "form"),
        (Rule(where="PO1/PO102", forms=("99",)), "vain", "form"),
        (Rule(where="BEG03", forms=("999",), example="12"), "vain", "example"),
        (Rule(where="REF(DP)", example="REF*IA*1"), "vain", "example"),
        (Rule(where="REF(DP)", example="REF*DP"), "vain", "example"),
    ],
    ids=lambda value: value.where if isinstance(value, Rule) else str(value),
)
def test_what_would_widen_the_standard_or_cannot_be_is_refused(rule: Rule, kind: str, key: str) -> None:
    key = {"forms": "form"}.get(key, key)

    assert [(one, part) for one, part in refused(rule)] == [(kind, key)]


@pytest.mark.parametrize(
    "rules",
    [
        (Rule(where="REF(DP)", use="required"), Rule(where="REF", use="not used")),
        (Rule(where="REF(DP)", use="required"), Rule(where="REF(DP|IA)", use="not used")),
        (Rule(where="REF(DP)", least=3), Rule(where="REF", most=2)),
        (Rule(where="CUR", use="required", when="BEG02=DS"), Rule(where="CUR", use="not used")),
        (Rule(where="N1(ST)/N104", use="required"), Rule(where="N1/N104", use="not used")),
        (Rule(where="BEG", notes=("E0203",)),),
        (Rule(where="BEG", notes=("E0304",)), Rule(where="BEG04", use="required")),
        (
            Rule(where="N1(ST)", notes=("R0304",)),
            Rule(where="N103", use="not used"),
            Rule(where="N104", use="not used"),
        ),
        (Rule(where="BEG", notes=("P0304",)), Rule(where="BEG04", use="not used")),
        (Rule(where="BEG", notes=("C0304",)), Rule(where="BEG04", use="not used")),
        (Rule(where="BEG", notes=("L0304",)), Rule(where="BEG04", use="not used")),
    ],
    ids=lambda rules: " ".join(rule.where for rule in rules),
)
def test_what_nothing_could_satisfy_is_refused_at_the_rule_that_asks(rules: Sequence[Rule]) -> None:
    standard = load("850", "004010")
    assert standard is not None

    assert [(number, one.kind) for number, one in narrowed(standard, rules)[1]] == [(0, "vain")]


@pytest.mark.parametrize(
    "rules",
    [
        (Rule(where="REF(DP)", use="required"), Rule(where="REF(IA)", use="not used")),
        (Rule(where="REF", use="required"), Rule(where="REF(DP)", use="not used")),
        (Rule(where="REF(DP)", use="required"), Rule(where="REF", use="not used", when="BEG02=DS")),
        (Rule(where="REF(DP)", use="required"), Rule(where="PO1/REF", use="not used")),
        (Rule(where="N1(ST)/N104", use="required"), Rule(where="N1(BY)/N104", use="not used")),
        (Rule(where="BEG", notes=("E0304",)), Rule(where="BEG04", use="required", when="BEG02=DS")),
        (Rule(where="N1", notes=("R0304",)), Rule(where="N103", use="not used")),
        (Rule(where="REF", notes=("E0203",)), Rule(where="REF(DP).02", use="required")),
    ],
    ids=lambda rules: " ".join(rule.where for rule in rules),
)
def test_what_some_set_could_satisfy_is_no_contradiction(rules: Sequence[Rule]) -> None:
    assert len(guide_of(*rules).rules) == len(rules)


def test_a_code_that_the_agreement_adds_may_be_named() -> None:
    rule = Rule(where="BEG02", codes=("SA", "Q1"))

    assert refused(rule) == [("wider", "codes")]
    assert refused(rule, {"92": frozenset({"Q1"})}) == []


def test_one_place_has_one_rule_however_it_is_written() -> None:
    standard = load("850", "004010")
    assert standard is not None
    twice = [Rule(where="N1(ST).04", longest=9), Rule(where="N1(ST)/N104", longest=8)]

    sound, objections = narrowed(standard, twice)

    assert [one.rule.longest for one in sound] == [9]
    assert [(number, one.kind) for number, one in objections] == [(1, "vain")]


def test_findings_are_bounded_like_all_others() -> None:
    lines = [segment for _ in range(300) for segment in ("PO1*1*1*EA*1**VN*1",)]
    segments = [*ORDER[:15], *lines, "CTT*300"]

    findings: tuple[Finding, ...] = read(guide_of(Rule(where="PO1/PO107", forms=("AAA",))), segments).findings

    assert 0 < len(findings) <= 301
