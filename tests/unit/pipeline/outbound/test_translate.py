"""A document of ours becomes X12 that we would accept ourselves, or is held with a reason a person understands."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gateway.mapping.library import Library
from gateway.mapping.references import NoLookups
from gateway.mapping.written import Written
from gateway.pipeline.knowledge import NOTHING_YET, Knowledge
from gateway.pipeline.outbound.carry import filled
from gateway.pipeline.outbound.collect import Posted, read
from gateway.pipeline.outbound.stage import Collected, segments_as_plain, segments_from_plain
from gateway.pipeline.outbound.translate import Surroundings, broken, translate
from gateway.pipeline.rules import Rules
from gateway.x12.write import Binary, Repeats
from tests.unit.pipeline.outbound.documents import (
    ANSWERED,
    MAPPING,
    NOON,
    Remembered,
    came_in,
    changed,
    outcome,
    posted,
    rules_with,
)
from tests.unit.pipeline.rules_of_samples import sample_files

UNTAXED = "".join(f"  {name}taxes: !remove\n" for name in ("", "allowances_charges.", "lines."))

GUIDE = """
guide: acme/810-004010
version: 1
owner: tests
name: ACME Retail
rules:
  BIG04: {codes: ["4500999999"], text: the one order there is}
"""


def test_a_good_document_is_translated_with_everything_sealing_needs() -> None:
    found = outcome()

    assert (found.state, found.reason) == ("translated", "")
    assert (found.partner, found.agreement, found.channel) == ("acme", "acme/invoices", "acme-sftp")
    assert (found.set_id, found.version, found.usage) == ("810", "004010", "P")
    assert (found.business_number, found.search["invoice_number"]) == ("HP-9001", "HP-9001")
    assert found.thread == {"order": "4500123456"}
    assert found.segments[0][:5] == ("BIG", "20260302", "HP-9001", "", "4500123456")
    assert found.opens_at == NOON
    assert found.canonical is not None
    assert found.terms is not None
    assert (found.terms.sender, found.terms.receiver, found.terms.lane) == ("HARBORPINE", "ACMERETAIL", "normal")


def test_a_ship_notice_of_two_orders_is_kept_with_both() -> None:
    rules = rules_with(others={"notices": {"set": "856", "mapping": "x12/856@1"}})
    orders = [{"id": one, "po_number": one} for one in ("A-1", "A-2")]
    lines = [{"order": one["id"], "vendor_sku": "HP-1", "quantity": "1", "unit": "each"} for one in orders]
    said = {"purpose": "original", "shipment_number": "S-1", "created": "2026-03-05", "created_time": "14:30"}

    found = outcome(posted({**said, "orders": orders, "lines": lines}, schema="shipment.v1"), rules)

    assert found.thread["order"] == "A-1"
    assert set(found.also) == {("po_number", "A-2"), ("order", "A-2")}


def test_what_makes_a_replay_exact_is_pinned() -> None:
    pins = outcome().pins

    assert (pins["mapping"], pins["revision"], pins["guide"]) == ("test/810@1", "r-1", "004010")
    assert "test/810@1=" in pins["mapping_chain"] and "x12/810@1=" in pins["mapping_chain"]


def test_without_an_agreement_it_is_held_and_kept() -> None:
    found = outcome(posted(stage="test"))

    assert found.state == "held"
    assert "nothing is agreed with acme about invoice.v1 for test" in found.reason
    assert (found.partner, found.usage, found.canonical_type) == ("acme", "T", "invoice.v1")
    assert found.canonical is not None


def test_money_that_does_not_add_up_is_held_to_the_cent() -> None:
    found = outcome(posted(changed(totals={"amount": "2.51"})))

    assert found.state == "held"
    assert "totals.amount" in found.reason
    assert "2.51" in found.reason and "2.50" in found.reason


def test_an_invoice_whose_tax_the_mapping_never_writes_is_held_for_its_total_includes_it() -> None:
    taxed = changed(taxes=[{"kind": "ST", "amount": "1.00"}], totals={"amount": "3.50"})
    library = Library({**sample_files()[1], "test/810/v1.map.yaml": MAPPING + UNTAXED})
    untaxed = Rules(revision="r-1", book=rules_with().book, library=library)

    assert outcome(posted(taxed)).state == "translated"
    held = outcome(posted(taxed), untaxed)

    assert (held.state, held.segments) == ("held", ())
    assert held.reason == (
        "the 810 as it is written would not add up: totals.amount: the total is stated as 3.50 and comes to 2.50 "
        "(1.00 too much; rounded per line: + lines 2.50)"
    )


def test_a_mapping_that_refuses_a_value_holds_it_and_names_the_field() -> None:
    found = outcome(posted(changed(lines=[{"quantity": "2", "unit": "dozn", "price": "1.25"}])))

    assert found.state == "held"
    assert found.reason.startswith("lines[0].unit: ")
    assert found.segments == ()


def test_what_a_partner_would_only_note_holds_our_own_output_and_is_told_in_plain_words() -> None:
    found = outcome(posted(changed(lines=[{"number": "1", "quantity": "2", "unit": "QQ", "price": "1.25"}])))

    assert found.state == "held"
    assert found.reason.startswith("our own 810 would be faulty: line 1: ")
    assert found.reason.endswith('(IT1-03) has a code that is not known there: "QQ"')
    assert {one.code for one in found.findings} >= {"AK403:7"}


def test_it_is_held_to_the_partners_guide() -> None:
    rules = rules_with({"guide": "acme/810-004010@1"}, files={"guides/acme/810-004010/v1.guide.yaml": GUIDE})

    found = outcome(rules=rules)

    assert found.state == "held"
    assert "(BIG-04)" in found.reason


def test_of_several_segments_that_a_guide_asks_for_the_one_that_is_missing_is_told_with_what_it_is() -> None:
    guide = GUIDE.split("rules:")[0] + "rules:\n  REF(19): {use: required, text: the division}\n  REF(IA): required\n"
    rules = rules_with({"guide": "acme/810-004010@1"}, files={"guides/acme/810-004010/v1.guide.yaml": guide})

    found = outcome(posted(changed(vendor_number="12345")), rules=rules)

    assert found.state == "held"
    assert found.reason == (
        "our own 810 would be faulty: "
        "reference number (REF with REF01 19, the division) comes too seldom for the partner"
    )


def test_a_character_outside_the_agreed_set_holds_it() -> None:
    found = outcome(posted(changed(invoice_number="HP-é1")), rules_with({"charset": "basic"}))

    assert found.state == "held"
    assert "outside the agreed characters" in found.reason or "characters" in found.reason


def test_hundreds_of_faults_are_the_first_five_in_words() -> None:
    lines = [{"quantity": "2", "unit": "QQ", "price": "1.25"}] * 300

    found = outcome(posted(changed(lines=lines, totals={"amount": "750.00"})))

    assert found.state == "held"
    assert found.reason.count("; ") == 5
    assert found.reason.endswith(" more")


def test_a_currency_that_the_partner_does_not_deal_in_holds_it() -> None:
    rules = rules_with({"mapping": "acme/810@1"})
    order = came_in("A", {"vendor_number": "0098765"})

    dollars = outcome(posted(changed(currency="USD")), rules, threads=Remembered(order))
    euros = outcome(posted(changed(currency="EUR")), rules, threads=Remembered(order))

    assert "currency" not in dollars.reason
    assert euros.state == "held"
    assert "currency: the mapping always means 'USD', the document says 'EUR'" in euros.reason


def test_what_our_system_left_out_is_taken_from_the_order_of_the_thread() -> None:
    threads = Remembered(came_in("A", {"vendor_number": "0098765"}))

    found = outcome(threads=threads)

    assert ("REF", "IA", "0098765") in found.segments
    assert threads.asked == [("acme", "P", {"order": "4500123456"})]


def test_nothing_of_a_test_order_is_in_a_production_invoice() -> None:
    found = outcome(threads=Remembered(came_in("T", {"vendor_number": "TEST"}, usage="T")))

    assert found.state == "translated"
    assert not [segment for segment in found.segments if segment[:2] == ("REF", "IA")]


def test_two_orders_that_would_fill_in_different_values_hold_it() -> None:
    two = (came_in("B", {"vendor_number": "2"}), came_in("A", {"vendor_number": "1"}))

    found = outcome(threads=Remembered(*two))

    assert found.state == "held"
    assert found.reason == "in_answer_to: orders B and A of this number differ in what is taken from them: name one"
    named = Remembered(*two, answered=came_in(ANSWERED, {"vendor_number": "1"}))
    assert outcome(posted(in_answer_to=ANSWERED), threads=named).state == "translated"


def test_two_orders_that_differ_in_nothing_that_is_needed_are_only_told() -> None:
    two = (came_in("B", {"vendor_number": "2"}), came_in("A", {"vendor_number": "1"}))

    found = outcome(posted(changed(vendor_number="3")), threads=Remembered(*two))

    assert (found.state, [finding.code for finding in found.findings]) == ("translated", ["M:several-orders"])
    assert ("REF", "IA", "3") in found.segments


def test_an_order_that_was_sent_again_or_tested_with_is_no_second_one() -> None:
    again = [came_in(one, {"vendor_number": "2"}) for one in "BA"]
    parts = [came_in(one, {"vendor_number": "2", "part": {"number": at, "of": 2}}) for at, one in enumerate("BA")]
    tested = came_in("T", {"vendor_number": "1"}, usage="T")

    for orders in (again, parts):
        found = outcome(threads=Remembered(tested, *orders))

        assert (found.state, found.findings) == ("translated", ())


def test_the_document_it_answers_counts_more_than_the_thread() -> None:
    threads = Remembered(came_in("A", {"vendor_number": "1"}), answered=came_in(ANSWERED, {"vendor_number": "2"}))

    found = outcome(posted(in_answer_to=ANSWERED), threads=threads)

    assert ("REF", "IA", "2") in found.segments


@pytest.mark.parametrize(("usage", "words"), [("T", "test"), ("I", "usage 'I'")])
def test_an_answer_to_a_document_of_another_stage_is_held(usage: str, words: str) -> None:
    threads = Remembered(answered=came_in(ANSWERED, {"vendor_number": "TEST"}, usage=usage))

    found = outcome(posted(in_answer_to=ANSWERED), threads=threads)

    assert found.state == "held"
    assert found.reason == f"in_answer_to: {ANSWERED} came in for {words}, this document is for production"


def test_an_answer_to_what_never_came_is_held() -> None:
    found = outcome(posted(in_answer_to="01KJQ6NONE"))

    assert found.state == "held"
    assert found.reason == "in_answer_to: acme has sent no document '01KJQ6NONE'"


def test_an_answer_to_a_document_of_another_order_is_held() -> None:
    threads = Remembered(answered=came_in(ANSWERED, {"vendor_number": "2"}, thread={"order": "4500999999"}))

    found = outcome(posted(in_answer_to=ANSWERED), threads=threads)

    assert found.state == "held"
    assert found.reason == f"in_answer_to: {ANSWERED} is about order '4500999999' and not '4500123456'"
    assert [finding.code for finding in found.findings] == ["M:other-order"]


@pytest.mark.parametrize(("release", "state"), [("", "translated"), ("R1", "translated"), ("R2", "held")])
def test_an_answer_is_about_the_same_release_where_both_name_one(release: str, state: str) -> None:
    threads = Remembered(answered=came_in(ANSWERED, {}, thread={"order": "4500123456", "release": release}))

    found = outcome(posted(changed(release="R1"), in_answer_to=ANSWERED), threads=threads)

    assert found.state == state


def test_a_shipment_of_several_orders_answers_any_of_them() -> None:
    def written(_: object) -> Written:
        return Written(segments=(), thread={"order": "4500123456"})

    orders = [{"id": number, "po_number": number} for number in ("4500123456", "4500123457")]
    said = {"purpose": "original", "shipment_number": "S-1", "created": "2026-03-05", "created_time": "14:30"}
    shipment = read(posted({**said, "orders": orders}, schema="shipment.v1", in_answer_to=ANSWERED))
    assert isinstance(shipment, Posted)

    for number, problems in (("4500123457", 0), ("4500123458", 1)):
        answered = came_in(ANSWERED, {}, thread={"order": number})
        assert len(filled(written, Remembered(), shipment, answered).problems) == problems


def test_a_channel_that_is_closed_says_when_it_opens() -> None:
    night = {"windows": [{"days": "mon-fri", "from": "22:00", "to": "23:00"}]}

    found = outcome(rules=rules_with(channel=night))

    assert found.state == "translated"
    assert found.opens_at is not None
    assert found.opens_at.isoformat() == "2026-03-03T03:00:00+00:00"  # 22:00 in New York


def test_a_replay_with_what_was_pinned_needs_it_to_be_there() -> None:
    pins: dict[str, Any] = {**outcome().pins, "mapping_chain": "test/810@1=0000"}

    found = outcome(pins=pins, original=True)

    assert found.state == "held"
    assert "not in the store" in found.reason


def test_a_replay_with_what_was_pinned_keeps_its_pins() -> None:
    pins = outcome().pins

    found = outcome(pins=pins, original=True)

    assert (found.state, found.pins) == ("translated", pins)


def test_what_cannot_be_read_is_held_and_not_lost() -> None:
    assert outcome(b"{").state == "held"


@pytest.mark.parametrize("content", [b"{", posted()])
def test_what_our_own_code_fails_on_is_dead_with_what_is_known_of_it(content: bytes) -> None:
    found = broken(Collected(id="d", transmission="t", posted=content, received_at=NOON), "it failed")

    assert (found.state, found.reason) == ("dead", "it failed")
    assert found.partner == ("acme" if content != b"{" else "")


def test_segments_come_back_from_json_as_they_were() -> None:
    segments = (
        ("BIG", "20260302", ("a", "", "b"), Repeats(("x", ("y", "z")))),
        ("BIN", "3", Binary("\x00~*")),
    )

    assert segments_from_plain(segments_as_plain(segments)) == segments


def test_values_are_looked_up_for_the_day_it_was_handed_in_whenever_it_goes_on() -> None:
    handed_in = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # the evening of the first of March in New York
    looking = {"test/810/v1.map.yaml": MAPPING + "  lines.vendor_sku: {at: IT1<VN>, xref: sku}\n"}
    library = Library({**sample_files()[1], **looking})
    asked: list[tuple[str, date]] = []

    class References:
        def current(self, partner: str, on: date) -> Knowledge:
            asked.append((partner, on))
            return Knowledge(lookups=NoLookups(), on=on, as_of=NOTHING_YET)

        def pinned(self, partner: str, on: date, as_of: datetime) -> Knowledge:
            raise AssertionError("it is no replay of what was pinned")

    around = Surroundings(
        rules=Rules(revision="r-1", book=rules_with().book, library=library),
        threads=Remembered(),
        texts=lambda _: None,
        now=NOON + timedelta(days=9),
        references=References(),
    )
    translate(Collected(id="d", transmission="t", posted=posted(), received_at=handed_in), around)

    assert asked == [("acme", date(2026, 3, 1))]
