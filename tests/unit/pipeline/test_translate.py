"""A set that was accepted becomes canonical with a destination, or waits with the reason."""

import json
from collections.abc import Mapping
from hashlib import sha256

import pytest

from gateway.pipeline.inbound.translate import retranslate
from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import DocumentOutcome, Translatable
from tests.journeys.bad_input.orders import LINE, an_order, group, isa, sealed
from tests.unit.pipeline.rules_of_samples import rules_with, sample_files, sample_rules, unsealed
from tests.unit.pipeline.test_other_releases import GUIDE, GUIDE_FILE

ASSORTMENT = LINE.replace("*EA*", "*AS*")
V2 = {
    "acme/850/v2.map.yaml": sample_files()[1]["acme/850/v1.map.yaml"]
    .replace("version: 1", "version: 2")
    .replace("{CS: !read case,", "{CS: !read case, AS: assortment,")
}


def an_interchange(*, usage: str = "P", lines: tuple[str, ...] = (LINE,), without: str = "") -> bytes:
    return sealed(isa("000000005", usage=usage), group(an_order("PO-1", lines=lines, without=without)))


def translated(data: bytes, rules: Rules | None = None) -> DocumentOutcome:
    """The only document of an interchange of ACME's."""
    (interchange,) = unsealed(data, rules=rules).interchanges
    (document,) = interchange.documents
    return document


def again(
    data: bytes, rules: Rules, *, pins: Mapping[str, str] | None = None, original: bool = False
) -> DocumentOutcome:
    """The document replayed under these rules."""
    document = Translatable(id="d-1", channel="acme-sftp", partner="acme", x12=data, pins=pins or {}, original=original)
    return retranslate(document, rules, lambda _: None)


def test_an_accepted_order_is_mapped_to_the_agreements_destination() -> None:
    document = translated(an_interchange())

    assert (document.state, document.destination, document.reason) == ("mapped", "erp", "")
    assert (document.canonical_type, document.business_number) == ("order.v1", "PO-1")
    assert document.search["po_number"] == "PO-1"
    assert document.canonical is not None
    assert json.loads(document.canonical)["lines"][0]["quantity"] == "12"


def test_an_unmapped_code_holds_the_document_and_says_which() -> None:
    document = translated(an_interchange(lines=(ASSORTMENT,)))

    assert (document.state, document.canonical) == ("held", None)
    assert "AS" in document.reason
    assert [finding.code for finding in document.findings if finding.code.startswith("M:")]


def test_what_the_mapping_refuses_is_dead_and_says_why() -> None:
    document = translated(an_interchange(without="REF*IA"))

    assert (document.state, document.canonical) == ("dead", None)
    assert "vendor_number" in document.reason


def test_a_long_list_of_problems_is_cut_in_the_reason_and_whole_in_the_findings() -> None:
    lines = tuple(ASSORTMENT.replace("*001*", f"*{n:03}*") for n in range(1, 9))
    document = translated(an_interchange(lines=lines))

    assert document.reason.count("AS") < 8
    assert document.reason.endswith("; and 3 more")
    assert len([finding for finding in document.findings if finding.code.startswith("M:")]) == 8


@pytest.mark.parametrize(
    ("usage", "agreed", "state", "destination"),
    [
        ("P", "production", "mapped", "erp"),
        ("T", "production", "mapped", "erp-test"),
        ("T", "test", "mapped", "erp-test"),
        ("P", "test", "held", ""),
        ("I", "production", "held", ""),
    ],
)
def test_usage_decides_between_destinations(usage: str, agreed: str, state: str, destination: str) -> None:
    document = translated(an_interchange(usage=usage), rules_with({"usage": agreed}))

    assert (document.state, document.destination) == (state, destination)
    assert bool(document.reason) == (state == "held")


def test_a_replay_uses_the_agreement_and_mapping_of_now() -> None:
    data = an_interchange(lines=(ASSORTMENT,))
    before = translated(data)
    document = again(data, rules_with({"mapping": "acme/850@2"}, mappings=V2), pins=before.pins)

    assert before.state == "held"
    assert (document.id, document.state, document.pins["mapping"]) == ("d-1", "mapped", "acme/850@2")


def test_an_original_replay_uses_what_is_pinned() -> None:
    data = an_interchange(lines=(ASSORTMENT,))
    pins = translated(data).pins
    document = again(data, rules_with({"mapping": "acme/850@2"}, mappings=V2), pins=pins, original=True)

    assert document.state == "held"
    assert document.pins == pins


@pytest.mark.parametrize("gone", [False, True])
def test_an_original_replay_holds_a_set_to_the_partner_guide_that_is_pinned(gone: bool) -> None:
    """Also when its file is not among those of now: its text was released."""
    text = GUIDE.replace("NE", "SA")
    with_guide = rules_with({"guide": "acme/850-004010@1"}, files={GUIDE_FILE: text})
    pins = translated(an_interchange(), with_guide).pins
    released = {sha256(text.encode()).hexdigest(): text}
    now = rules_with({}) if gone else rules_with({}, files={GUIDE_FILE: text})

    found = now.guide(pins, now.book.candidates("acme", "850")[0], released.get)

    assert found is not None
    assert (found.name, found.digest) == ("acme/850-004010@1", sha256(text.encode()).hexdigest())
    assert now.guide({}, now.book.candidates("acme", "850")[0], released.get) is None


def test_an_original_replay_without_the_pinned_mapping_is_dead() -> None:
    pins = {"mapping": "acme/850@9", "mapping_chain": "acme/850@9=" + "0" * 64}
    document = again(an_interchange(), sample_rules(), pins=pins, original=True)

    assert (document.state, document.pins) == ("dead", pins)
    assert document.reason == "the pinned mapping acme/850@9 is not in the store"


def test_a_replay_without_an_agreement_is_dead() -> None:
    document = again(an_interchange(), rules_with({"versions": ["005010"]}))

    assert document.state == "dead"
    assert document.reason.startswith("no agreement any more: ")


def test_a_replay_of_bytes_that_are_no_set_any_more_is_dead() -> None:
    document = again(b"ISA*00*", sample_rules())

    assert (document.state, document.reason) == ("dead", "its stored bytes can no longer be read as the set they were")


def test_pins_of_two_translations_of_one_document_are_the_same() -> None:
    data = an_interchange()
    first = translated(data)

    assert again(data, sample_rules()).pins == first.pins
