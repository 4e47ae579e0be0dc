"""Under which agreement a document of ours goes, and everything that follows from it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.canonical.sets import CANONICAL_TYPES, sets_of
from gateway.flaws import Place
from gateway.partners.book import Book, NoAgreement, load
from gateway.partners.outbound import LANES, OutboundAgreement, file_name
from gateway.x12.guide import load as guide_for
from gateway.x12.guide import releases
from gateway.x12.interchange import Delimiters
from tests.unit.partners.folder import ACME, COMPANY, INTAKE, INVOICES, a_book, an_acme, folder

OAK = (
    "  oak:\n    legal_entity: Oak Inc\n    isa: [ZZ/OAK, 08/9250000001]\n    gs: [OAKA, OAKB]\n    destination: erp\n"
)


def invoices(more: str = "") -> dict[str, str | None]:
    """ACME with one outbound agreement; `more` are its further keys, one a line."""
    return an_acme(INVOICES + "".join(f"    {line}\n" for line in more.splitlines()))


def the_invoices(more: str = "", changes: dict[str, str | None] | None = None) -> OutboundAgreement:
    found = a_book({**invoices(more), **(changes or {})}).outbound_by_id("acme/invoices")
    assert found is not None
    return found


def asked(book: Book, canonical: str = "invoice.v1", stage: str = "production", **more: str) -> str:
    """The id of the agreement found, or why there is none."""
    found = book.outbound("acme", canonical, stage, **more)
    return found.reason if isinstance(found, NoAgreement) else found.id


def test_every_default_is_filled_in() -> None:
    found = the_invoices()

    assert replace(found, revision="", place=Place("")) == OutboundAgreement(
        id="acme/invoices",
        partner="acme",
        identity="pine",
        legal_entity="Pine LLC",
        owner="onboarding",
        set_id="810",
        version="004010",
        release="004010",
        usage="production",
        mapping="acme/810@1",
        guide="",
        terms=replace(found.terms, charset="extended", extra_codes={}, guide=None),
        channel="acme-sftp",
        sender_qualifier="ZZ",
        sender="PINE",
        receiver_qualifier="ZZ",
        receiver="ACME",
        gs_sender="PINE",
        gs_receiver="ACME",
        interchange_version="00401",
        functional_id="IN",
        delimiters=Delimiters(element="*", component=">", segment="~", repetition=""),
        characters="extended",
        line_ends=False,
        batch_sets=1,
        batch_wait_minutes=0,
        lane="normal",
        file_name="{partner}-{set}-{control_number}.x12",
        expects="997",
        ta1_requested=False,
        rounding="line",
        combine=False,
        time_zone="America/New_York",
        revision="",
        place=Place(""),
    )
    assert (found.canonical, str(found.place)) == ("invoice.v1", "acme.yaml:6")


EVERYTHING = """\
owner: billing
from: oak
from_isa: 08/9250000001
to_isa: 12/5550199
from_gs: OAKB
to_gs: ACMEB
delimiters: {element: "|", component: ":", segment: "\\n"}
charset: basic
batch: {sets: 20, wait_minutes: 15}
lane: urgent
acknowledgement: {expects: none, ta1: requested}
rounding: total
combine: true
extra_codes: {355: [KN]}
"""


def test_what_is_written_holds_against_every_default() -> None:
    text = str(invoices(EVERYTHING)["acme.yaml"])
    several = text.replace("isa: [ZZ/ACME]", "isa: [ZZ/ACME, 12/5550199]\ngs: [ACME, ACMEB]")

    found = a_book({"company.yaml": COMPANY + OAK, "acme.yaml": several}).outbounds[0]

    assert (found.sender_qualifier, found.sender, found.gs_sender) == ("08", "9250000001", "OAKB")
    assert (found.receiver_qualifier, found.receiver, found.gs_receiver) == ("12", "5550199", "ACMEB")
    assert (found.identity, found.legal_entity, found.owner) == ("oak", "Oak Inc", "billing")
    assert found.delimiters == Delimiters(element="|", component=":", segment="\n", repetition="")
    assert (found.terms.charset, found.terms.extra_codes) == ("basic", {"355": frozenset({"KN"})})
    assert (found.batch_sets, found.batch_wait_minutes, found.lane) == (20, 15, "urgent")
    assert (found.expects, found.ta1_requested, found.rounding, found.combine) == ("none", True, "total", True)


def test_a_later_release_has_its_interchange_version_and_a_repetition_separator() -> None:
    book = a_book(an_acme(INVOICES.replace("004010", "005010UCS")))

    found = book.outbounds[0]
    assert (found.version, found.release, found.interchange_version) == ("005010UCS", "005010", "00501")
    assert found.delimiters.repetition == "^"


def test_without_a_word_the_group_has_the_first_gs_id_of_either_side_or_else_its_isa_id() -> None:
    bare = COMPANY.replace("    gs: [PINE]\n", "")
    named = str(invoices()["acme.yaml"]).replace("time_zone", "gs: [ACMEHQ, ACMEB]\ntime_zone")

    first = a_book({"acme.yaml": named}).outbounds[0]
    second = a_book({**invoices(), "company.yaml": bare}).outbounds[0]

    assert (first.gs_sender, first.gs_receiver) == ("PINE", "ACMEHQ")
    assert (second.gs_sender, second.gs_receiver) == ("PINE", "ACME")


def test_line_ends_are_asked_for() -> None:
    assert the_invoices("line_ends: true").line_ends


def test_what_a_truck_waits_for_goes_before_what_is_only_told() -> None:
    assert {set_id for set_id, lane in LANES.items() if lane == "urgent"} == {"850", "856", "860", "940", "945"}
    assert {set_id for set_id, lane in LANES.items() if lane == "bulk"} == {"832", "846"}


@pytest.mark.parametrize("set_id", CANONICAL_TYPES)
def test_every_set_of_a_canonical_type_is_one_we_have_a_guide_for(set_id: str) -> None:
    assert any(guide_for(set_id, release) for release in releases())


def test_a_canonical_type_knows_its_sets() -> None:
    assert sets_of("invoice.v1") == ("810", "880")
    assert sets_of("nothing.v1") == ()


# ---------------------------------------------------------------------------------------------- which one

TWO = INVOICES + INVOICES.replace("invoices", "next").replace("production", "test")


def test_a_document_finds_the_agreement_of_its_type_and_stage() -> None:
    book = a_book(an_acme(TWO))

    assert asked(book) == "acme/invoices"
    assert asked(book, stage="test") == "acme/next"


def test_two_sets_of_one_type_are_told_apart_by_the_set() -> None:
    grocery = INVOICES.replace("invoices", "grocery").replace("810", "880")
    book = load(folder(an_acme(INVOICES + grocery)))

    assert asked(book, set_id="880") == "acme/grocery"
    assert asked(book) == (
        "acme/invoices (810, invoice.v1, production) and acme/grocery (880, invoice.v1, production) all fit "
        "invoice.v1 for production: name one as agreement"
    )
    assert asked(book, agreement="grocery") == asked(book, agreement="acme/grocery") == "acme/grocery"


def test_a_test_document_never_goes_by_an_agreement_in_production() -> None:
    assert asked(a_book(invoices()), stage="test") == (
        "nothing is agreed with acme about invoice.v1 for test: acme/invoices (810, invoice.v1, production)"
    )


def test_of_what_nobody_agreed_the_reason_names_what_there_is() -> None:
    there = "there is acme/invoices (810, invoice.v1, production)"
    book = a_book(invoices())

    assert asked(book, canonical="order.v1") == f"nothing is agreed with acme about order.v1; {there}"
    assert asked(book, set_id="880") == f"nothing is agreed with acme about invoice.v1 as 880; {there}"
    assert asked(book, agreement="invoics") == (
        f"there is no outbound agreement 'invoics' with acme; did you mean 'invoices'?; {there}"
    )
    assert asked(a_book()) == "nothing is agreed with acme about what we send"


def test_a_partner_nobody_knows_is_told_with_the_nearest() -> None:
    found = a_book().outbound("acne", "invoice.v1", "production")

    assert found == NoAgreement("there is no partner 'acne'; did you mean 'acme'?")


def test_what_comes_in_is_never_found_for_what_goes_out_nor_the_other_way() -> None:
    book = a_book({"acme.yaml": ACME + INVOICES})

    assert [one.id for one in book.outbounds] == ["acme/invoices"]
    assert [one.id for one in book.agreements if one.partner == "acme"] == ["acme/orders"]
    assert asked(book, canonical="order.v1").startswith("nothing is agreed with acme about order.v1")
    assert book.outbound_by_id("acme/orders") is None


# ---------------------------------------------------------------------------------------------- what it comes to


def test_a_file_is_named_by_its_pattern_on_the_partners_clock() -> None:
    found = the_invoices('file_name: "{agreement}_{date}T{time}.{control_number}.{partner}-{set}-{usage}"')

    name = file_name(
        found.file_name,
        partner=found.partner,
        set_id=found.set_id,
        agreement=found.id,
        usage="P",
        control_number=417,
        at=datetime(2026, 3, 2, 3, 4, 5, tzinfo=UTC),
        time_zone=found.time_zone,
    )
    assert name == "invoices_20260301T220405.000000417.acme-810-P"


def test_the_revision_changes_with_the_meaning_and_not_with_the_place() -> None:
    first = the_invoices().revision

    assert the_invoices("# only a word").revision == first
    assert the_invoices("owner: somebody").revision == first
    assert the_invoices("line_ends: true").revision != first
    assert the_invoices("extra_codes: {355: [KN]}").revision != first


def test_the_guide_an_agreement_names_holds_what_we_send() -> None:
    guide = (
        "guide: acme/810-004010\nversion: 1\nowner: onboarding\nname: ACME\n"
        "rules:\n  BIG04: {use: required, text: our order}\n"
    )
    found = the_invoices("guide: acme/810-004010@1", {"guides/acme/810-004010/v1.guide.yaml": guide})

    assert found.terms.guide is not None
    assert found.terms.guide.name == found.guide == "acme/810-004010@1"
    assert the_invoices().revision != found.revision


def test_systems_of_ours_are_known_with_their_keys() -> None:
    book = a_book({"intake/erp.yaml": INTAKE})

    assert book.intakes["erp"].may_send == ("acme",)
    assert "file:secrets/erp.key" in book.secrets()
