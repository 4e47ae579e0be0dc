"""What partners say of the business in our documents moves them, once, whatever the order in which it comes."""

import dataclasses
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from gateway.canonical.facts import Facts
from gateway.errors import UsageError
from gateway.ledger.deadlines import StandardClocks
from gateway.pipeline.business.report import WantedFacts
from gateway.store import business_hearing
from gateway.store.business import BusinessProjector
from gateway.store.business_report import StoreBusinessFacts
from gateway.store.business_tables import BUSINESS_FACT
from gateway.store.database import Database
from gateway.store.deadlines import StoreDeadlines
from gateway.store.following import Follower
from gateway.store.lineage import belongings, families
from gateway.store.means import Transaction
from gateway.store.tables import CANONICAL, DOCUMENT, EVENT
from tests.contract.store.answers import GOOD, an_answer, answered
from tests.contract.store.saying import (
    a_payment,
    an_advice,
    an_invoice,
    an_order,
    an_order_response,
    business,
    came,
    fetched,
    look,
    row,
)
from tests.contract.store.sending import sealed, translated
from tests.contract.store.shop import Shop

MOST = "99999999999999"
LINE = {"number": "1", "quantity": "10", "unit": "each", "price": "2.00"}
TAKEN = {**LINE, "answers": [{"status": "accepted", "quantity": "10", "unit": "each"}]}


def left(shop: Shop) -> list[tuple[str, str]]:
    """What waits, and why."""
    look(shop)
    return [(one.state, one.reason) for one in shop.all(BUSINESS_FACT, BUSINESS_FACT.c.subject_id.is_(None))]


# ---------------------------------------------------------------------------------------------- orders


async def test_an_acknowledgement_says_nothing_of_the_business(shop: Shop) -> None:
    invoice = await an_invoice(shop)

    await answered(shop, an_answer(GOOD))

    assert business(shop, invoice) == ""


@pytest.mark.parametrize(
    ("answer", "state"),
    [("accepted", "confirmed"), ("on_hold", "pending"), ("rejected", "declined"), ("accepted_as_ordered", "confirmed")],
)
async def test_an_answer_to_the_whole_order_moves_it(shop: Shop, answer: str, state: str) -> None:
    order = await an_order(shop)

    await an_order_response(shop, "4711", answer)

    assert business(shop, order) == state
    assert shop.kinds(order)[-1] == f"document.business-{state}"


async def test_a_line_that_is_accepted_and_not_as_ordered_changes_the_order_and_says_what(shop: Shop) -> None:
    order = await an_order(shop)

    await an_order_response(shop, "4711", "accepted", {**TAKEN, "price": "2.25", "scheduled_ship": "2026-03-09"})

    assert business(shop, order) == "changed"
    assert "line 1: price 2.25, ordered at 2.00" in row(shop, order).business_words


async def test_a_later_answer_counts_and_the_one_before_is_named(shop: Shop) -> None:
    order = await an_order(shop)
    await an_order_response(shop, "4711", "rejected")
    look(shop)
    shop.clock.turn(hours=1)

    await an_order_response(shop, "4711", "accepted", TAKEN)

    assert business(shop, order) == "confirmed"
    assert "said declined" in row(shop, order).business_words


async def test_an_answer_before_the_order_is_known_to_be_sent_waits_for_it(shop: Shop) -> None:
    order = await an_order(shop, sent=False)
    await an_order_response(shop, "4711", "accepted")
    assert business(shop, order) == ""
    assert left(shop) == [("early", "order 4711 is not known to have been sent yet")]

    sealed(shop)
    fetched(shop)

    assert business(shop, order) == "confirmed"
    assert left(shop) == []


# ---------------------------------------------------------------------------------------------- payments


@pytest.mark.parametrize(
    ("item", "state", "open_", "words"),
    [
        ({"paid": "100.00"}, "paid", "0.00", "100.00 of 100.00 USD paid"),
        ({"paid": "90.00"}, "short_paid", "10.00", "10.00 short"),
        ({"paid": "40.00", "action": "partial"}, "partly_paid", "60.00", "60.00 short"),
        ({"paid": "101.00"}, "overpaid", "-1.00", "1.00 too much"),
        (
            {"paid": "96.00", "adjustments": [{"amount": "-4.00", "reason": "06"}]},
            "disputed",
            "4.00",
            "quantity contested (06) -4.00",
        ),
        ({"paid": "98.00", "discount": "2.00"}, "short_paid", "2.00", "discount of 2.00 taken, of which 0 was agreed"),
    ],
)
async def test_a_payment_is_held_beside_what_is_owed(
    shop: Shop, item: dict[str, str], state: str, open_: str, words: str
) -> None:
    invoice = await an_invoice(shop)

    await a_payment(shop, {"number": "HP-1", **item})

    found = row(shop, invoice)
    assert (found.business, found.business_open) == (state, Decimal(open_))
    assert words in found.business_words


async def test_a_discount_that_the_invoice_offers_is_not_short(shop: Shop) -> None:
    terms = [{"discount_percent": "2", "discount_days": 60}]
    invoice = await an_invoice(shop, invoice_date="2026-03-02", terms=terms)

    await a_payment(shop, {"number": "HP-1", "paid": "98.00", "discount": "2.00"})

    assert business(shop, invoice) == "paid"


async def test_several_payments_add_up_and_each_is_an_event(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    for paid in ("40.00", "30.00"):
        await a_payment(shop, {"number": "HP-1", "paid": paid, "action": "partial"})
        look(shop)

    await a_payment(shop, {"number": "HP-1", "paid": "30.00"})

    assert business(shop, invoice) == "paid"
    moves = [kind.removeprefix("document.business-") for kind in shop.kinds(invoice) if "business" in kind]
    assert moves == ["partly-paid", "partly-paid", "paid"]


async def test_the_same_payment_told_again_under_its_trace_number_counts_once(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await a_payment(shop, {"number": "HP-1", "paid": "100.00"}, trace="WT-9", handling="remittance_only")

    await a_payment(shop, {"number": "HP-1", "paid": "100.00"}, trace="WT-9")

    assert business(shop, invoice) == "paid"


async def test_a_credit_memo_is_taken_off_the_payment(shop: Shop) -> None:
    credit = await an_invoice(shop, "CM-1", "25.00", type="credit_memo")

    await a_payment(shop, {"number": "CM-1", "kind": "credit_memo", "paid": "-25.00"})

    assert business(shop, credit) == "paid"


async def test_a_number_written_otherwise_is_found_when_only_one_can_be_meant(shop: Shop) -> None:
    invoice = await an_invoice(shop, "HP-00123")

    await a_payment(shop, {"number": "hp00123", "paid": "100.00"})

    assert business(shop, invoice) == "paid"


async def test_a_number_that_two_invoices_may_be_written_as_is_left_to_a_person(shop: Shop) -> None:
    invoices = [await an_invoice(shop, number) for number in ("HP-123", "HP1-23")]

    await a_payment(shop, {"number": "HP 123", "paid": "100.00"})

    [(state, reason)] = left(shop)
    assert state == "ambiguous"
    assert "can be any of 2" in reason
    assert [business(shop, one) for one in invoices] == ["", ""]


async def test_what_names_nothing_of_ours_is_kept_and_told_with_the_payment(shop: Shop) -> None:
    payment = await a_payment(
        shop, {"number": "HP-7", "paid": "10.00"}, {"number": "AB", "kind": "bill_of_lading", "paid": "1.00"}
    )

    assert left(shop) == [
        ("unmatched", "no invoice HP-7 of ours is known"),
        ("unmatched", "it pays by bill of lading AB, not by an invoice number"),
    ]
    assert shop.kinds(payment).count("document.unmatched") == 1


async def test_a_payment_before_its_invoice_is_matched_when_that_is_sent(shop: Shop) -> None:
    await a_payment(shop, {"number": "HP-1", "paid": "100.00"})
    look(shop)
    invoice = await an_invoice(shop, sent=False)
    assert business(shop, invoice) == ""

    sealed(shop)
    fetched(shop)

    assert business(shop, invoice) == "paid"
    assert left(shop) == []


async def test_test_and_production_never_pay_for_each_other_nor_one_currency_for_another(shop: Shop) -> None:
    invoice = await an_invoice(shop)

    await a_payment(shop, {"number": "HP-1", "paid": "100.00"}, currency="CAD")

    assert business(shop, invoice) == ""
    assert left(shop) == [("unmatched", "HP-1 is told in CAD and invoiced in USD")]


async def test_what_a_payment_does_not_name_is_left_over_with_its_amount(shop: Shop) -> None:
    await an_invoice(shop)

    await a_payment(shop, {"number": "HP-1", "paid": "100.00"}, amount="93.00")

    assert left(shop) == [("unmatched", "the payment is 93.00, and what it names comes to 100.00")]


# ---------------------------------------------------------------------------------------------- 812 and 824


async def test_a_debit_note_of_the_buyer_lowers_what_is_owed_and_the_payment_is_held_beside_that(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    note = {"adjustment_number": "CB-1", "handling": "deducted_from_next_payment", "amount": "10.00", "currency": "USD"}
    await came(shop, "812", "adjustment.v1", {**note, "direction": "debit", "invoice_number": "HP-1", "lines": []})
    found = row(shop, invoice)
    assert (found.business, found.business_open) == ("adjusted", Decimal("90.00"))

    await a_payment(shop, {"number": "HP-1", "paid": "90.00"})

    assert business(shop, invoice) == "paid"


async def test_a_request_for_an_adjustment_takes_nothing_off_and_is_contested(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    note = {"handling": "adjustment_requested", "amount": "10.00", "direction": "debit", "invoice_number": "HP-1"}

    await came(shop, "812", "adjustment.v1", note)

    found = row(shop, invoice)
    assert (found.business, found.business_open) == ("disputed", None)
    assert "asks for 10.00 less" in found.business_words


async def test_an_824_rejects_what_a_997_accepted_and_says_why(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await answered(shop, an_answer(GOOD))
    error = {"code": "wrong_price", "text": "PRICE NOT ON FILE", "segment": "IT1", "element_position": 4}

    await an_advice(shop, {"status": "rejected", "reference_kind": "invoice", "reference": "HP-1", "errors": [error]})

    found = row(shop, invoice)
    assert (found.acknowledgement, found.business) == ("accepted", "disputed")
    assert "rejected; wrong price: PRICE NOT ON FILE, IT1 element 4" in found.business_words


async def test_an_824_finds_a_document_by_its_control_numbers_and_a_group_means_all_in_it(shop: Shop) -> None:
    invoices = [await an_invoice(shop, number) for number in ("HP-1", "HP-2")]
    told = {"reference_kind": "transaction", "reference": "9", "set": "810"}

    await an_advice(
        shop,
        {"status": "accepted_with_changes", "group_number": "000001", "set_number": "1", **told},
        {"status": "group_rejected", "group_number": "2", **told},
        {
            "status": "rejected",
            "reference_kind": "invoice",
            "reference": "HP-9",
            "group_number": "1",
            "set_number": "1",
        },
    )

    assert [business(shop, one) for one in invoices] == ["noted", "disputed"]
    [(state, reason)] = left(shop)
    assert state == "ambiguous"
    assert "another than HP-9" in reason


@pytest.mark.parametrize(
    ("most", "stand", "words"),
    [
        (1, ["disputed", ""], ["it speaks of groups with more than 1 documents: of the others nobody looked"]),
        (2, ["disputed", "disputed"], []),
    ],
)
async def test_an_824_that_speaks_of_groups_over_and_over_is_heard_as_far_as_anybody_looks(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, most: int, stand: list[str], words: list[str]
) -> None:
    invoices = [await an_invoice(shop, number) for number in ("HP-1", "HP-2")]
    monkeypatch.setattr("gateway.store.business_hearing.MOST_OF_GROUPS", most)
    told = {"status": "group_rejected", "reference_kind": "transaction", "reference": "9", "set": "810"}

    await an_advice(shop, {"group_number": "1", **told}, {"group_number": "2", **told})

    assert [business(shop, one) for one in invoices] == stand
    assert [reason for _, reason in left(shop)] == words


# ---------------------------------------------------------------------------------------------- people


async def test_a_person_writes_a_short_pay_off_and_what_comes_later_counts(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await a_payment(shop, {"number": "HP-1", "paid": "90.00"})
    assert business(shop, invoice) == "short_paid"
    shop.clock.turn(hours=1)

    shop.operator.close(invoice, reason="written off", who="dana")

    found = row(shop, invoice)
    assert (found.business, "written off" in found.business_words) == ("closed", True)
    [event] = shop.all(EVENT, EVENT.c.kind == "document.business-closed")
    assert event.who == "dana"

    shop.clock.turn(hours=1)
    await a_payment(shop, {"number": "HP-1", "paid": "10.00"})

    assert business(shop, invoice) == "paid"


async def test_a_person_takes_what_fits_nothing_off_the_list_and_it_stays_off(shop: Shop) -> None:
    payment = await a_payment(shop, {"number": "HP-7", "paid": "10.00"})
    book = StoreBusinessFacts(shop.means.database)
    look(shop)
    assert [one.number for one in book.left(WantedFacts(set_id="820"), limit=10)] == ["HP-7"]

    shop.operator.close(payment, reason="booked by hand", who="dana")

    assert book.left(WantedFacts(), limit=10) == []
    invoice = await an_invoice(shop, "HP-7")
    assert business(shop, invoice) == ""


async def test_an_invoice_that_was_paid_without_a_word_is_closed_and_what_comes_later_counts(shop: Shop) -> None:
    invoice = await an_invoice(shop)

    shop.operator.close(invoice, reason="paid by cheque", who="dana")

    said = "closed by dana: paid by cheque; nobody had said anything of it"
    assert (business(shop, invoice), row(shop, invoice).business_words) == ("closed", said)
    shop.clock.turn(hours=1)
    await a_payment(shop, {"number": "HP-1", "paid": "90.00"})
    assert business(shop, invoice) == "short_paid"


async def test_an_invoice_that_the_partner_refused_is_not_closed_as_paid(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await answered(shop, an_answer((*GOOD[:2], "AK5*R*5", "AK9*R*1*1*0")))

    with pytest.raises(UsageError, match="nothing to close"):
        shop.operator.close(invoice, reason="paid by cheque", who="dana")


async def test_there_is_nothing_to_close_where_nothing_was_said_and_nothing_can_be_paid(shop: Shop) -> None:
    order, waits = await an_order(shop), await an_invoice(shop, sent=False)

    for one in (order, waits):
        with pytest.raises(UsageError, match="nothing to close"):
            shop.operator.close(one, reason="tidy up", who="dana")


async def test_a_document_is_shown_with_its_business_its_times_and_what_is_due(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await a_payment(shop, {"number": "HP-1", "paid": "90.00"})
    look(shop)
    StoreDeadlines(shop.means, StandardClocks(), "first").work()

    [listed] = shop.questions.documents(business="short_paid")
    shown = shop.questions.document(invoice)

    assert (listed.id, listed.business_open) == (invoice, Decimal("10.00"))
    assert listed.headline == "Paid short: less came than is owed, and nothing more is announced."
    assert shown is not None
    assert [one.amount for one in shown.facts] == [Decimal("90.00")]
    times = shown.times
    assert (times.dated, times.due) == ("2026-03-02", "acknowledgement")
    assert None not in (times.received, times.sealed, times.offered, times.sent, times.picked_up, times.due_at)
    assert times.envelope == f"{times.sealed:%Y-%m-%d %H:%M}"


async def test_what_came_in_is_shown_with_the_clock_of_its_envelope_and_when_we_answered(shop: Shop) -> None:
    [order] = await shop.documents()

    shown = shop.questions.document(order)

    assert shown is not None
    assert shown.times.envelope == "2026-03-02 12:00"
    assert None not in (shown.times.received, shown.times.validated, shown.times.told)


# ---------------------------------------------------------------------------------------------- again and again


async def test_looking_again_at_everything_changes_nothing(shop: Shop) -> None:
    invoice, order = await an_invoice(shop), await an_order(shop)
    await a_payment(shop, {"number": "HP-1", "paid": "90.00"}, {"number": "X", "paid": "1.00"})
    await an_order_response(shop, "4711", "accepted", TAKEN)
    look(shop)
    before = (row(shop, invoice), row(shop, order), shop.all(BUSINESS_FACT), shop.all(EVENT))

    with shop.means.database.begin() as connection:
        connection.exec_driver_sql("update follower set position = 0")
    look(shop)

    assert (row(shop, invoice), row(shop, order), shop.all(BUSINESS_FACT), shop.all(EVENT)) == before


def look_at_all_again(shop: Shop) -> None:
    with shop.means.database.begin() as connection:
        connection.exec_driver_sql("update follower set position = 0")
    look(shop)


async def test_a_set_that_another_mapping_reads_otherwise_is_heard_anew_and_what_it_said_is_taken_back(
    shop: Shop,
) -> None:
    paid, order = await an_invoice(shop), await an_order(shop)
    payment = await a_payment(shop, {"number": "HP-1", "paid": "100.00"})
    await an_order_response(shop, "4711", "accepted")
    assert business(shop, paid) == "paid"
    shop.clock.turn(hours=1)
    with shop.means.database.begin() as connection:
        values = {"body": b'{"direction": "debit"}', "made_at": shop.clock()}
        connection.execute(CANONICAL.update().where(CANONICAL.c.document_id == payment).values(**values))

    look_at_all_again(shop)

    assert (business(shop, paid), business(shop, order)) == ("", "confirmed")
    assert shop.kinds(paid)[-1] == "document.business-taken-back"


async def test_what_was_said_of_an_invoice_is_said_of_the_one_that_takes_its_place(shop: Shop) -> None:
    first = await an_invoice(shop)
    await a_payment(shop, {"number": "HP-1", "paid": "90.00"})
    assert business(shop, first) == "short_paid"

    shop.operator.resend(first, reason="lost", who="dana", mode="original")
    [again] = [one.id for one in shop.questions.documents(direction="outbound", state="collected")]
    assert row(shop, again).business == ""
    facts = Facts(amount=Decimal("100.00"), currency="USD")
    shop.journal.record_collected([translated(again, "HP-1", facts=facts)])
    sealed(shop)
    fetched(shop)

    look(shop)
    standing = {one.id: one.business for one in shop.questions.documents(direction="outbound")}
    assert standing == {first: "", again: "short_paid"}
    assert shop.kinds(again)[-1] == "document.business-short-paid"


@pytest.mark.parametrize(
    "body",
    [
        {"entities": "none"},
        {"direction": "credit", "entities": [{"items": [{"number": "HP-1", "paid": "9" * 28}, {"paid": []}, 7]}]},
        {
            "direction": "credit",
            "amount": "99999999999999",
            "entities": [{"adjustments": [{"amount": "-99999999999999"}]}],
        },
        {"direction": "credit", "entities": [{"items": [{"number": "\0\ud800", "paid": "1", "comments": [1]}]}]},
    ],
)
async def test_no_payment_keeps_what_comes_after_it_from_being_heard(shop: Shop, body: dict[str, Any]) -> None:
    terms = [{"discount_percent": "9" * 15, "discount_days": -999999999}]
    invoice = await an_invoice(shop, terms=terms, invoice_date="2026-03-02")
    await came(shop, "820", "remittance.v1", body)

    await a_payment(shop, {"number": "HP-1", "paid": "100.00"})

    assert business(shop, invoice) == "paid"


async def test_two_payments_of_all_there_is_overflow_nothing(shop: Shop) -> None:
    invoice = await an_invoice(shop)

    for _ in range(2):
        await a_payment(shop, {"number": "HP-1", "paid": "99999999999999"}, amount="0")

    found = row(shop, invoice)
    assert (found.business, found.business_open) == ("overpaid", None)


async def test_a_payment_that_was_heard_in_part_when_the_gateway_died_is_heard_to_its_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoices = [await an_invoice(shop, f"HP-{number}") for number in range(5)]
    look(shop)
    payment = await a_payment(shop, *({"number": f"HP-{number}", "paid": "100.00"} for number in range(5)))
    with monkeypatch.context() as patch:
        patch.setattr(business_hearing, "AT_ONCE", 2)
        with shop.means.database.begin() as connection:  # and nothing after this transaction
            unfinished = BusinessProjector().project(Transaction(shop.means, connection, shop.clock()), [payment])
    standing = [shop.all(DOCUMENT, DOCUMENT.c.id == one)[0].business for one in invoices]

    look(shop)
    look_at_all_again(shop)

    assert (unfinished, standing) == (True, ["paid"] * 2 + [""] * 3)
    assert [business(shop, one) for one in invoices] == ["paid"] * 5
    assert [shop.kinds(one).count("document.business-paid") for one in invoices] == [1] * 5
    assert len(shop.all(BUSINESS_FACT, BUSINESS_FACT.c.document_id == payment)) == 5


async def test_what_a_person_closed_is_not_heard_again_and_again(shop: Shop) -> None:
    payment = await a_payment(shop, {"number": "X", "paid": "1.00"})
    look(shop)
    shop.operator.close(payment, reason="not ours", who="kim")
    shop.clock.turn(hours=1)
    with shop.means.database.begin() as connection:
        connection.execute(CANONICAL.update().where(CANONICAL.c.document_id == payment).values(made_at=shop.clock()))
    look_at_all_again(shop)
    before = shop.all(BUSINESS_FACT)

    look_at_all_again(shop)

    assert shop.all(BUSINESS_FACT) == before
    assert {one.heard_of for one in before} == {shop.clock()}
    assert shop.kinds(payment).count("document.unmatched") == 1


@pytest.mark.parametrize(("size", "hours"), [(5, -1), (5, 1), (9, -1), (9, 1)])
async def test_a_large_payment_that_a_person_closed_and_another_mapping_reads_otherwise_is_heard_to_its_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, size: int, hours: int
) -> None:
    monkeypatch.setattr(business_hearing, "AT_ONCE", 2)
    payment = await a_payment(shop, *({"number": f"X-{number}", "paid": "1.00"} for number in range(6)))
    look(shop)
    shop.operator.close(payment, reason="not ours", who="kim")
    with shop.means.database.begin() as connection:
        mine = CANONICAL.update().where(CANONICAL.c.document_id == payment)
        body = json.loads(shop.all(CANONICAL, CANONICAL.c.document_id == payment)[0].body)
        items = [{"kind": "invoice", "number": f"X-{number}", "paid": "1.00"} for number in range(size)]
        made_at = shop.clock() + timedelta(hours=hours)  # a clock may go back
        body = json.dumps(body | {"amount": str(size), "entities": [{"items": items}]}).encode()
        connection.execute(mine.values(body=body, made_at=made_at))

    look_at_all_again(shop)

    facts = shop.all(BUSINESS_FACT, BUSINESS_FACT.c.document_id == payment)
    assert [one.state for one in facts] == ["closed"] * 6 + ["unmatched"] * max(0, size - 6)


async def test_two_nodes_that_look_at_once_move_a_document_once(shop: Shop, opened: Callable[[], Database]) -> None:
    invoices = [await an_invoice(shop, f"HP-{number}") for number in range(5)]
    await a_payment(shop, *({"number": f"HP-{number}", "paid": "100.00"} for number in range(5)))
    means = dataclasses.replace(shop.means, database=opened(), node="two")
    followers = [Follower(one, "business", [BusinessProjector()]) for one in (shop.means, means)]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda follower: follower.work(), followers))

    assert [business(shop, one) for one in invoices] == ["paid"] * 5
    assert [shop.kinds(one).count("document.business-paid") for one in invoices] == [1] * 5


async def test_what_was_said_of_an_invoice_goes_with_the_invoice_and_the_rest_with_what_said_it(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = await a_payment(shop, {"number": "HP-1", "paid": "90.00"}, {"number": "HP-7", "paid": "1.00"})
    look(shop)

    assert (purged_with(shop, payment), purged_with(shop, invoice)) == (["HP-7"], ["HP-1"])


def purged_with(shop: Shop, document: str) -> list[str]:
    """The numbers of statements that are deleted with a document."""
    [found] = shop.all(DOCUMENT, DOCUMENT.c.id == document)
    with shop.means.database.reading() as connection:
        family = families(shop.means.database, connection, [found.transmission_id])
        theirs = dict(belongings(shop.means.database, connection, family).conditions)[BUSINESS_FACT]
        return list(connection.execute(select(BUSINESS_FACT.c.number).where(theirs)).scalars())
