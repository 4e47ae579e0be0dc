"""The whole life of an order as people see it: what passed, how it stands, what is out of order, line by line."""

import json
from typing import Any

import pytest
import sqlalchemy

from gateway.ledger.thread_flags import Flag
from gateway.pipeline.order_threads import OrderThread, Wanted
from gateway.store import threading_view
from gateway.store.deadlines import StoreDeadlines
from gateway.store.threading_view import StoreOrderThreads
from tests.contract.store.answers import an_answer, answered
from tests.contract.store.sending import sealed
from tests.contract.store.shop import Shop
from tests.contract.store.test_deadlines import Clocks, fetched
from tests.contract.store.test_order_waits import change, delivered
from tests.contract.store.test_threading import WAREHOUSE, came, followed, went

SECOND = ("AK1*IN*2", "AK2*810*0001", "AK5*A", "AK9*A*1*1*1")
"""A 997 for our second group: the first was our own 997."""


def body(quantity: str, **more: Any) -> bytes:
    line = {"number": "1", "quantity": quantity, "unit": "each", "buyer_sku": "AB-1"}
    return json.dumps({"po_number": "4711", "lines": [line]} | more).encode()


def shipped(quantity: str) -> bytes:
    line = {"order": "4711", "po_line_number": "1", "quantity": quantity, "unit": "each"}
    return json.dumps({"orders": [{"id": "4711", "po_number": "4711"}], "lines": [line]}).encode()


def shown(shop: Shop, number: str = "4711", exchanged: Any = None, **asked: Any) -> list[OrderThread]:
    followed(shop)
    StoreDeadlines(shop.means, Clocks()).work()
    view = StoreOrderThreads(shop.means.database, shop.means.blobs, lambda _: exchanged)
    return list(view.threads(number, **asked))


def codes(flags: Any) -> list[str]:
    return [flag.code for flag in flags]


async def test_what_passed_is_told_with_every_axis_and_every_receipt(shop: Shop) -> None:
    order = await came(shop, "order", set_id="850")
    invoice = await went(shop, "invoice", "HP-1")
    sealed(shop)
    shop.clock.turn(hours=1)
    fetched(shop)
    shop.clock.turn(hours=1)
    await answered(shop, an_answer(SECOND))

    [thread] = shown(shop)

    assert thread.title == "order 4711 of acme, 2026-03-02 to 2026-03-02"
    told = [(row.way, row.document, row.answers, row.state, row.acknowledgement) for row in thread.rows]
    assert told == [
        ("in", "850 purchase order", "", "mapped", "A"),
        ("out", "997 receipt", "850 PO-0001", "fetched", ""),
        ("out", "810 invoice", "", "sent", "accepted"),
        ("in", "997 receipt", "810 HP-1", "says A", ""),
    ]
    assert [row.id for row in thread.rows if not row.answers] == [order, invoice]
    assert thread.rows[0].owed.startswith("delivery until 2026-03-02")
    assert list(thread.flags) == []


async def test_a_receipt_that_counts_for_nothing_is_told_apart_from_one_that_accepts(shop: Shop) -> None:
    await came(shop, "order", set_id="850")
    await went(shop, "invoice", "HP-1")
    sealed(shop)
    await answered(shop, an_answer(("AK1*IN*2", "AK2*810*0001", "AK5*A", "AK9*A*3*3*3")))

    [thread] = shown(shop)
    [receipt] = [row for row in thread.rows if row.answers == "810 HP-1"]
    assert (receipt.state, thread.rows[-2].acknowledgement) == ("says A, held", "awaited")
    shop.operator.close(receipt.id, reason="its counts are wrong", who="r.ito")

    [thread] = shown(shop)
    assert [row.state for row in thread.rows if row.answers == "810 HP-1"] == ["says A, closed"]


async def test_the_lines_are_added_up_from_order_to_invoice(shop: Shop) -> None:
    await came(shop, "order", canonical=body("10"))
    await came(shop, "order_change", canonical=body("8"))
    await went(shop, "order_response", "R-1", canonical=body("8", answer="accepted"))
    await went(shop, "shipment", "S-1", canonical=shipped("5"))
    await went(shop, "invoice", "I-1", canonical=body("6"))

    [thread] = shown(shop)

    [line] = thread.lines
    assert (line.number, line.article, line.units) == ("1", "AB-1", ["each"])
    said = (line.ordered, line.changed, line.confirmed, line.shipped, line.invoiced, line.to_ship, line.to_invoice)
    assert [str(one) for one in said] == ["10", "8", "8", "5", "6", "3", "-1"]


async def test_what_is_out_of_order_is_flagged_in_sentences(shop: Shop) -> None:
    early = await change(shop, "C-1")
    first = await came(shop, "order", set_id="850", business_number="4711")
    invoice = await went(shop, "invoice", "I-1")
    notice = await went(shop, "shipment", "S-1")
    again = await came(shop, "order", set_id="850", business_number="4711")

    [thread] = shown(shop)

    assert thread.flags == [
        Flag(
            code="change-before-order",
            sentence="860 C-1 came 2026-03-02 12:00:00 UTC, before its order (2026-03-02 12:01:00 UTC); it waits",
            document=early,
        ),
        Flag(
            code="invoice-before-shipment",
            sentence="810 I-1 is of 2026-03-02 12:02:00 UTC, before the ship notice S-1 (2026-03-02 12:03:00 UTC)",
            document=invoice,
        ),
        Flag(
            code="second-order",
            sentence=f"850 4711 came again 2026-03-02 12:04:00 UTC; the first is {first} of 2026-03-02 12:01:00 UTC",
            document=again,
        ),
    ]
    assert notice in {row.id for row in thread.rows}


async def test_changes_that_overtook_each_other_are_flagged_by_their_numbers_and_by_what_our_system_had(
    shop: Shop,
) -> None:
    delivered(shop, await came(shop, "order", set_id="850"))
    second, first = [await counted(shop, number) for number in ("10", "9")]
    delivered(shop, first)
    shop.clock.turn(minutes=1)
    delivered(shop, second)

    [thread] = shown(shop)

    assert [(flag.code, flag.document, flag.sentence) for flag in thread.flags] == [
        ("change-out-of-order", second, "our system had 860 4711, change 9 before 860 4711, change 10"),
        (
            "change-out-of-order",
            first,
            "860 4711, change 9 came 2026-03-02 12:02:00 UTC, after 860 4711, change 10",
        ),
    ]


async def test_changes_in_their_order_and_changes_that_nobody_counts_are_not_flagged(shop: Shop) -> None:
    delivered(shop, await came(shop, "order", set_id="850"))
    for number in ("9", "10", "A-3", "", "10"):
        delivered(shop, await counted(shop, number))

    assert codes(shown(shop)[0].flags) == []


async def counted(shop: Shop, number: str) -> str:
    """A change with this number of its own, that waits for none."""
    search = {"po_number": "4711", "change_number": number}
    return await came(shop, "order_change", set_id="860", business_number="4711", search=search)


async def test_what_was_never_agreed_on_is_not_missed(shop: Shop) -> None:
    await went(shop, "shipment", "S-1")
    await went(shop, "invoice", "I-1", number="4712")

    assert [codes(one.flags) for one in shown(shop, exchanged={"shipment", "invoice"})] == [[]]
    assert [codes(one.flags) for one in shown(shop, exchanged={"order"})] == [["shipment-without-order"]]
    assert [codes(one.flags) for one in shown(shop, "4712", exchanged={"invoice"})] == [[]]
    assert [codes(one.flags) for one in shown(shop, "4712", exchanged={"shipment"})] == [["invoice-before-shipment"]]


async def test_an_acknowledgement_of_what_is_not_known_to_be_there_is_flagged(shop: Shop) -> None:
    await came(shop, "order")
    await went(shop, "invoice", "HP-1")
    sealed(shop)
    await answered(shop, an_answer(SECOND))  # and nobody has fetched it

    [thread] = shown(shop)

    assert codes(thread.flags) == ["answer-before-sent"]
    assert thread.flags[0].sentence.endswith("and is not known to be with the partner")


async def test_what_was_sent_again_stays_with_what_took_its_place(shop: Shop) -> None:
    invoice = await went(shop, "invoice", "HP-1")
    sealed(shop)
    fetched(shop)
    shop.operator.resend(invoice, mode="original", reason="lost", who="kim", anyway=True)
    [later] = {row.id for row in shop.questions.documents()} - {invoice}

    [thread] = shown(shop)

    assert [(row.id, row.instead) for row in thread.rows] == [(invoice, later), (later, "")]
    assert thread.rows[0].stands == f"superseded by {later}"


async def test_a_warehouse_is_shown_with_the_order_and_apart_where_nobody_can_say(shop: Shop) -> None:
    numbers = {"warehouse_order": "W-1", "order": "4711"}
    await came(shop, "order")
    told = await went(shop, "warehouse_order", "W-1", thread=numbers, terms=WAREHOUSE)
    [thread] = shown(shop)
    assert told in {row.id for row in thread.rows}

    await came(shop, "order", "4711", partner="bolt")
    other = await went(
        shop, "warehouse_order", "W-2", thread={"warehouse_order": "W-2", "order": "4711"}, terms=WAREHOUSE
    )

    found = shown(shop)
    assert [(one.kind, one.partner) for one in found] == [
        ("customer", "acme"),
        ("customer", "bolt"),
        ("warehouse", "northgate"),
    ]
    assert {row.id for row in found[-1].rows} == {other}
    assert codes(found[-1].flags) == ["ambiguous"]
    assert [one.partner for one in shown(shop, partner="bolt")] == ["bolt"]


async def test_several_threads_of_one_number_are_told_one_after_the_other(shop: Shop) -> None:
    first = await came(shop, "order")
    shop.clock.turn(days=400)
    second = await came(shop, "order")

    assert [[row.id for row in one.rows if not row.answers] for one in shown(shop)] == [[first], [second]]
    assert shown(shop, "4712") == []
    assert shown(shop, usage="T") == []


async def test_a_list_tells_what_has_something_to_come(shop: Shop) -> None:
    open_ = await came(shop, "order", "4711")
    done = await came(shop, "order", "4712")
    shop.journal.record_delivered("erp", [shop.attempted(done, "delivered", "delivered", external_id="SO-1")])
    shop.clock.turn(hours=5)
    shown(shop)
    view = StoreOrderThreads(shop.means.database, shop.means.blobs)

    both = view.listed(Wanted(), limit=10)
    only = view.listed(Wanted(partner="acme", open=True), limit=10)

    assert [(one.number, one.documents, one.open, one.late) for one in both] == [("4712", 1, 0, 0), ("4711", 1, 1, 1)]
    assert [one.number for one in only] == ["4711"]
    assert open_


async def test_every_document_of_a_long_thread_is_added_up_and_few_are_read_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading_view, "_BODIES", 2)
    read, asked = threading_view.bodies, list[int]()

    def bodies(*about: Any) -> Any:
        asked.append(len(about[-1]))
        return read(*about)

    monkeypatch.setattr(threading_view, "bodies", bodies)
    await came(shop, "order", set_id="850", canonical=body("10"))
    for number in range(5):
        await went(shop, "shipment", f"S-{number}", set_id="856", canonical=shipped("2"))

    [thread] = shown(shop)

    assert [(str(line.ordered), str(line.shipped), line.note) for line in thread.lines] == [("10", "10", "")]
    assert asked == [2, 2, 2]


async def test_threads_of_which_something_has_to_come_are_begun_from_that(shop: Shop) -> None:
    if shop.means.database.kind != "sqlite":
        return  # which chooses by no statistics, and would go through all documents of all threads
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    sqlalchemy.event.listen(shop.means.database.read, "before_cursor_execute", note)
    view = StoreOrderThreads(shop.means.database, shop.means.blobs)
    view.listed(Wanted(open=True), limit=10)
    sqlalchemy.event.remove(shop.means.database.read, "before_cursor_execute", note)
    statement, parameters = next(one for one in asked if "last_at DESC" in one[0])
    with shop.means.database.begin() as connection:
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]

    assert "SEARCH thread_document USING INDEX ix_thread_document_document_id (document_id=?)" in plan
    assert not any(one.startswith("SCAN thread_document") for one in plan)
