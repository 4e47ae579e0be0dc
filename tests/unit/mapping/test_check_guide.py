"""A mapping that writes against the guide of the partner it writes for: what could only ever be refused there."""

import pytest

from gateway.partners.guides import pinned
from gateway.x12.overlay import PartnerGuide
from tests.unit.mapping.orders import a_library, a_mapping


def a_guide(rules: str) -> PartnerGuide:
    head = "guide: acme/850-004010\nversion: 1\nowner: onboarding\nname: ACME\nrules:\n"
    found = pinned("acme/850-004010@1", head + f"  {rules}\n", {})
    assert found is not None, rules
    return found


def told(rules: str, fields: str = "", **more: str) -> tuple[str, ...]:
    return a_library(a_mapping(fields, **more)).compile("x12/850@1").against(a_guide(rules))


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("REF(DP): required", "REF(DP) is required, and the mapping never writes it"),
        ("N1(ST): required", "N1(ST) is required, and the mapping never writes it"),
        ("N1(BY)/N104: required", "N1(BY)/N104 is required, and the mapping writes N1 without it"),
        ("PO1/PO104: required", "PO1/PO104 is required, and the mapping writes PO1 without it"),
        ("PO1/PID(F): required", "PO1/PID(F) is required, and the mapping never writes it"),
        ("CUR01: {codes: [SE]}", "CUR01 may be SE, and the mapping always writes BY there"),
        ("N1(BY)/N103: {codes: ['91']}", "N1(BY)/N103 may be 91, and the mapping always writes 92 there"),
    ],
)
def test_what_a_partner_could_only_refuse_is_told(rules: str, sentence: str) -> None:
    fields = "currency: {at: CUR02, with: {CUR01: BY}}\nbuyer: {in: N1(BY), name: {at: N102, with: {N103: '92'}}}"

    assert told(rules, fields) == (sentence,)


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        ("REF(DP): required", "department: REF(DP).02"),
        ("REF(DP): required", "references: {each: REF, kind: REF01, value: REF02}"),
        ("REF(DP): {use: required, when: BEG02=DS}", ""),
        ("REF(DP): {use: required, severity: warn}", ""),
        ("N1(ST)/N104: required", "ship_tos: {each: N1(ST), id: {at: N104, with: {N103: '92'}}}"),
        ("CUR01: {codes: [SE]}", "currency: {at: CUR02, with: {CUR01: [SE, BY]}}"),
        ("N1(ST)/N103: {codes: ['91']}", "buyer: {in: N1(BY), id: {at: N104, with: {N103: '92'}}}"),
        ("N1(ST)/N103: {codes: ['91']}", "other_parties: {each: N1, role: N101, id: {at: N104, with: {N103: '92'}}}"),
        ("CTT: required", ""),
        ("PO1/PO106: required", "lines.upc: PO1<UP>"),
    ],
)
def test_what_depends_on_the_document_or_is_right_is_not(rules: str, fields: str) -> None:
    if fields.startswith("lines."):
        assert told(rules, lines=fields.removeprefix("lines.")) == ()
    else:
        assert told(rules, fields) == ()


def test_who_only_reads_writes_nothing_wrong() -> None:
    assert told("REF(DP): required", rest="direction: read\n") == ()


def test_a_guide_for_another_release_says_nothing() -> None:
    assert told("REF(DP): required", versions='"005010"') == ()
