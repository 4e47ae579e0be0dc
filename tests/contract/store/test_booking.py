"""A person says which document a line of a payment is about: it counts for that until the person takes it back."""

import json
from datetime import timedelta
from typing import Any

import pytest

from gateway.errors import UsageError
from gateway.pipeline.business.report import WantedFacts
from gateway.store import business_report
from gateway.store.audit import AuditBook
from gateway.store.business_report import StoreBusinessFacts
from gateway.store.business_tables import BUSINESS_BOOKING, BUSINESS_FACT
from gateway.store.purge import Purge
from gateway.store.tables import CANONICAL, DOCUMENT
from tests.contract.store.answers import GOOD, an_answer, answered
from tests.contract.store.saying import a_payment, an_advice, an_invoice, an_order, business, look, row
from tests.contract.store.sending import sealed
from tests.contract.store.shop import Shop

WHY = {"reason": "the number is of their old system", "who": "kim"}


def left(shop: Shop) -> list[tuple[int, str]]:
    """Lines that wait for a person, and why."""
    look(shop)
    return [(one.line, one.reason) for one in StoreBusinessFacts(shop.means.database).left(WantedFacts())]


def look_at_all_again(shop: Shop) -> None:
    with shop.means.database.begin() as connection:
        connection.exec_driver_sql("update follower set position = 0")
    look(shop)


def read_otherwise(shop: Shop, payment: str, **item: str) -> None:
    """As a replay with another mapping does: a newer body of one item."""
    shop.clock.turn(hours=1)
    with shop.means.database.begin() as connection:
        mine = CANONICAL.update().where(CANONICAL.c.document_id == payment)
        body = json.loads(shop.all(CANONICAL, CANONICAL.c.document_id == payment)[0].body)
        body["entities"][0]["items"][0] |= item
        body["amount"] = body["entities"][0]["items"][0]["paid"]
        connection.execute(mine.values(body=json.dumps(body).encode(), made_at=shop.clock()))
    look_at_all_again(shop)


async def a_strange_payment(shop: Shop, paid: str = "90.00", **heading: Any) -> str:
    payment = await a_payment(shop, {"number": "OLD-7", "paid": paid}, **heading)
    assert left(shop) == [(1, "no invoice OLD-7 of ours is known")]
    return payment


async def test_a_payment_that_names_no_invoice_of_ours_is_booked_by_hand_and_leaves_the_list(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = await a_strange_payment(shop)

    said = shop.operator.book(payment, line=0, to=invoice, **WHY)

    assert "line 1 of 820" in said and f"is booked to 810 HP-1 ({invoice}): short_paid, 10.00 USD open" in said
    assert (business(shop, invoice), left(shop)) == ("short_paid", [])
    with shop.means.database.reading() as connection:
        [fact] = business_report.of(connection, invoice)
    assert (fact.document, fact.state, fact.reason) == (payment, "matched", f"booked by kim: {WHY['reason']}")
    [moved] = [one for one in shop.questions.document(invoice).events if one.kind == "document.business-short-paid"]  # type: ignore[union-attr]
    assert moved.who == "kim"
    [entry] = AuditBook(shop.means.database).entries(verb="documents.book")
    assert (entry.who, entry.reason, set(entry.subjects)) == ("kim", WHY["reason"], {payment, invoice})


async def test_it_stays_booked_whoever_looks_again_and_when_the_same_is_heard_anew(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = await a_strange_payment(shop)
    shop.operator.book(payment, line=1, to=invoice, **WHY)
    before = row(shop, invoice)

    look_at_all_again(shop)
    read_otherwise(shop, payment)  # a newer body that says the same
    await an_invoice(shop, "OLD-7")  # what it names comes at last

    assert row(shop, invoice) == before
    assert left(shop) == []
    assert shop.kinds(invoice).count("document.business-short-paid") == 1


async def test_what_another_mapping_reads_as_another_amount_is_not_what_was_booked(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = await a_strange_payment(shop)
    shop.operator.book(payment, line=1, to=invoice, **WHY)

    read_otherwise(shop, payment, paid="95.00")

    assert (business(shop, invoice), left(shop)) == ("", [(1, "no invoice OLD-7 of ours is known")])


async def test_it_is_taken_back_by_the_same_verb_and_matched_as_if_nobody_had_booked_it(shop: Shop) -> None:
    first, second = await an_invoice(shop, "HP-1"), await an_invoice(shop, "HP-2", worth="90.00")
    payment = await a_strange_payment(shop)
    shop.operator.book(payment, line=1, to=first, **WHY)
    shop.operator.book(payment, line=1, to=second, **WHY)
    assert (business(shop, first), business(shop, second)) == ("", "paid")

    shop.operator.book(payment, line=1, to="nothing", reason="their mistake", who="kim")

    assert (business(shop, first), business(shop, second)) == ("", "")
    assert left(shop) == [(1, "no invoice OLD-7 of ours is known")]
    assert shop.all(BUSINESS_BOOKING) == []
    with pytest.raises(UsageError, match="nobody has booked line 1"):
        shop.operator.book(payment, line=1, to="nothing", **WHY)


async def test_what_was_matched_is_booked_elsewhere_and_goes_back_when_that_is_taken_back(shop: Shop) -> None:
    meant, other = await an_invoice(shop, "HP-1"), await an_invoice(shop, "HP-2")
    payment = await a_payment(shop, {"number": "HP-1", "paid": "100.00"})
    assert business(shop, meant) == "paid"

    would = shop.operator.book(payment, line=1, to=other, reason="", who="kim", dry_run=True)
    shop.operator.book(payment, line=1, to=other, **WHY)
    assert would.endswith(f"({other}): paid, 0.00 USD open; without it 810 HP-1 ({meant}): nothing else known")
    assert (business(shop, meant), business(shop, other)) == ("", "paid")
    assert set(AuditBook(shop.means.database).entries()[0].subjects) == {payment, other, meant}
    shop.operator.book(payment, line=1, to="nothing", **WHY)

    assert (business(shop, meant), business(shop, other)) == ("paid", "")


async def test_a_dry_run_says_what_would_be_and_does_nothing(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = await a_strange_payment(shop)
    before = shop.all(BUSINESS_FACT), shop.all(BUSINESS_BOOKING), row(shop, invoice), shop.kinds(payment)

    said = shop.operator.book(payment, line=1, to=invoice, reason="", who="kim", dry_run=True)

    assert said.startswith("nothing was done; it would be: ") and "short_paid, 10.00 USD open" in said
    assert (shop.all(BUSINESS_FACT), shop.all(BUSINESS_BOOKING), row(shop, invoice), shop.kinds(payment)) == before
    assert AuditBook(shop.means.database).entries(verb="documents.book") == []


async def test_money_that_names_nothing_and_what_was_closed_by_mistake_are_booked_too(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = await a_payment(shop, {"number": "HP-1", "paid": "60.00"}, amount="100.00")
    assert left(shop) == [(2, "the payment is 100.00, and what it names comes to 60.00")]
    shop.operator.close(payment, reason="somebody else's", who="kim")

    shop.operator.book(payment, line=2, to=invoice, **WHY)
    assert business(shop, invoice) == "paid"
    look_at_all_again(shop)
    assert business(shop, invoice) == "paid"
    shop.operator.book(payment, line=2, to="nothing", **WHY)

    assert business(shop, invoice) == "short_paid"
    assert [line for line, _ in left(shop)] == [2]


async def test_a_line_of_several_that_wait_has_to_be_named(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = await a_payment(shop, {"number": "A", "paid": "1.00"}, {"number": "B", "paid": "2.00"})
    look(shop)

    with pytest.raises(UsageError, match=r"--line is one of 1 \(1.00 USD for A\), 2 \(2.00 USD for B\)"):
        shop.operator.book(payment, line=0, to=invoice, **WHY)
    with pytest.raises(UsageError, match="says nothing in line 9"):
        shop.operator.book(payment, line=9, to=invoice, **WHY)
    with pytest.raises(UsageError, match="nothing that waits"):
        shop.operator.book(invoice, line=0, to=payment, **WHY)


async def test_what_cannot_be_meant_is_refused_and_nothing_is_done(shop: Shop) -> None:
    invoice, order = await an_invoice(shop), await an_order(shop)
    dear = await an_invoice(shop, "HP-9", currency="CAD")
    payment = await a_strange_payment(shop)
    advice = await an_advice(shop, {"status": "partly_odd", "reference": "Z", "reference_kind": "bill_of_lading"})
    look(shop)
    with shop.means.database.begin() as connection:
        connection.exec_driver_sql(f"update document set partner = 'bolt' where id = '{order}'")
    again = shop.operator.resend(invoice, mode="original", reason="lost", who="ann")
    assert again

    for document, to, words in (
        (payment, order, "is of bolt"),
        (payment, dear, "told in USD, and .* is in CAD"),
        (payment, payment, "went the same way"),
        (payment, invoice, "superseded: book it to the document that counts"),
        (payment, "0" * 26, "no document"),
        (advice, dear, "says nothing that a document could be settled by"),
    ):
        with pytest.raises(UsageError, match=words):
            shop.operator.book(document, line=1, to=to, **WHY)
    with pytest.raises(UsageError, match="reason"):
        shop.operator.book(payment, line=1, to=dear, reason=" ", who="kim")
    assert shop.all(BUSINESS_BOOKING) == []


async def test_what_is_booked_to_an_invoice_that_is_sent_again_is_booked_to_the_later_one(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = await a_strange_payment(shop)
    shop.operator.book(payment, line=1, to=invoice, **WHY)
    shop.operator.resend(invoice, mode="original", reason="lost", who="ann")
    [again] = [one.id for one in shop.questions.documents(direction="outbound", state="collected")]
    sealed(shop)

    look(shop)

    assert {one.subject_id for one in shop.all(BUSINESS_FACT)} == {again}
    assert left(shop) == []


async def test_a_booking_goes_with_either_document_and_what_was_paid_stays_with_the_invoice(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await answered(shop, an_answer(GOOD))
    payment = await a_strange_payment(shop)
    shop.operator.book(payment, line=1, to=invoice, **WHY)
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == payment).values(state="delivered"))
    shop.clock.turn(days=150)

    old = shop.means.now() - timedelta(days=100)
    Purge(shop.means, lambda _, set_id: old - timedelta(days=300 * (set_id == "810")), old).run(
        who="jo", reason="of age"
    )
    look_at_all_again(shop)

    assert [one.id for one in shop.all(DOCUMENT) if one.set_id != "997"] == [invoice]
    assert (shop.all(BUSINESS_BOOKING), business(shop, invoice)) == ([], "short_paid")
