"""Where a thread stands as a whole: one word, by what troubles most."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.ledger.owed import CANCELLED
from gateway.ledger.promises import PARTNER, US
from gateway.ledger.thread import Kind
from gateway.ledger.thread_state import PUT_TO_REST, WORDS, Following, Standing, ThreadState, told

ALL = ("order", "order_response", "shipment", "invoice", "remittance")
NAMES = {"850": "order", "855": "order_response", "856": "shipment", "810": "invoice", "860": "order_change"}


def theirs(set_id: str = "850", **about: Any) -> Standing:
    return Standing(
        **{"name": NAMES[set_id], "set_id": set_id, "number": "4711", "state": "delivered"} | about, direction="inbound"
    )


def ours(set_id: str = "810", **about: Any) -> Standing:
    usual = {"name": NAMES[set_id], "set_id": set_id, "number": "HP-1", "state": "sent", "acknowledgement": "accepted"}
    return Standing(**usual | about, direction="outbound")


def owed(what: str = "855", **about: Any) -> Following:
    return Following(**{"what": what, "by": US, "subject": "850 4711"} | about)


def stands(
    *documents: Standing,
    owes: Sequence[Following] = (),
    exchanged: Collection[str] | None = ALL,
    kind: Kind = Kind.CUSTOMER,
) -> tuple[str, str]:
    found = told(kind, documents, owes, exchanged)
    return str(found.state), found.because


def test_every_state_is_explained_and_in_the_order_in_which_it_is_told() -> None:
    page = (Path(__file__).parents[3] / "docs/threads.md").read_text("utf-8")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]

    assert list(WORDS) == list(ThreadState)
    assert [one for one in rows if one in set(ThreadState)] == [str(one) for one in WORDS]


@pytest.mark.parametrize(
    ("documents", "owes", "expected"),
    [
        ([theirs()], [owed()], ("waiting for us", "850 4711: 855")),
        ([theirs()], [owed(by=PARTNER)], ("waiting for partner", "850 4711: 855")),
        ([theirs()], [owed(late=True)], ("late with us", "850 4711: 855")),
        ([theirs()], [owed(late=True, by=PARTNER)], ("late with partner", "850 4711: 855")),
        ([theirs(state="held")], [], ("waiting for us", "850 4711: held")),
        ([theirs(state="dead", late=True)], [], ("late with us", "850 4711: dead")),
        ([theirs(state="mapped")], [], ("waiting for us", "850 4711: delivery")),
        ([theirs(), ours(state="translated", acknowledgement="")], [], ("waiting for us", "810 HP-1: dispatch")),
        ([theirs(), ours(state="sealed", acknowledgement="awaited")], [], ("waiting for partner", "810 HP-1: pickup")),
        ([ours(acknowledgement="awaited")], [], ("waiting for partner", "810 HP-1: acknowledgement")),
        ([ours(acknowledgement="overdue", late=True)], [], ("late with partner", "810 HP-1: acknowledgement")),
        ([theirs(), ours()], [], ("waiting for partner", "810 HP-1: payment")),
        ([theirs(), ours(business="partly_paid")], [], ("waiting for partner", "810 HP-1: payment")),
        ([theirs(), ours(business="disputed")], [], ("waiting for us", "810 HP-1: disputed")),
        ([theirs(), ours(business="short_paid")], [], ("waiting for us", "810 HP-1: short paid")),
        ([theirs(business="pending")], [], ("waiting for us", "850 4711: decision")),
        ([theirs(), ours(business="paid")], [], ("complete", "")),
        ([theirs(), ours(business="closed")], [], ("complete", "")),
        ([theirs()], [], ("under way", "no invoice yet")),
        ([theirs(state="closed")], [], ("under way", "no invoice yet")),
        ([theirs()], [owed(waived=True)], ("under way", "no invoice yet")),
        ([theirs(state="closed")], [owed(waived=True)], ("ended", PUT_TO_REST)),
        ([theirs(state="closed")], [owed(waived=True), owed("856")], ("waiting for us", "850 4711: 856")),
        ([theirs(state="closed"), ours()], [owed(waived=True)], ("waiting for partner", "810 HP-1: payment")),
        ([theirs()], [owed(ended=CANCELLED)], ("ended", "the order was cancelled")),
        ([theirs(business="declined")], [], ("ended", "the order was declined")),
        ([theirs(), ours(business="paid")], [owed(ended=CANCELLED)], ("complete", "")),
        ([theirs(), ours("856")], [owed(ended=CANCELLED)], ("under way", "no invoice yet")),
    ],
)
def test_a_thread_stands_where_its_documents_stand(
    documents: Sequence[Standing], owes: Sequence[Following], expected: tuple[str, str]
) -> None:
    assert stands(*documents, owes=owes) == expected


@pytest.mark.parametrize("said", ["rejected", "partially_accepted"])
def test_what_they_refused_is_told_before_all_that_is_late(said: str) -> None:
    refused = ours(acknowledgement=said)

    assert stands(refused, owes=[owed(late=True)]) == ("refused", "810 HP-1: refused by the partner")


@pytest.mark.parametrize("past", [{"state": "superseded"}, {"acknowledgement": "waived"}, {"business": "paid"}])
def test_what_took_its_place_was_waived_or_paid_after_all_is_refused_no_more(past: dict[str, str]) -> None:
    assert stands(ours(**{"acknowledgement": "rejected"} | past), ours(business="paid"))[0] != "refused"


def test_what_we_refused_counts_until_it_came_anew() -> None:
    refused, before, after = (
        theirs(state="rejected", last="2"),
        theirs(last="1"),
        theirs(last="3"),
    )

    assert stands(refused, before) == ("refused", "850 4711: refused by us")
    assert stands(refused, after) == ("under way", "no invoice yet")


def test_what_is_past_its_time_with_us_is_told_before_what_is_with_them() -> None:
    awaited = ours(acknowledgement="overdue", late=True)

    assert stands(awaited, owes=[owed(late=True)]) == ("late with us", "850 4711: 855")
    assert stands(awaited, owes=[owed()]) == ("late with partner", "810 HP-1: acknowledgement")


def test_what_is_on_its_way_waits_for_whoever_has_it_now_and_stays_late() -> None:
    answer = ours("855", state="sealed", acknowledgement="awaited", number="R-1")

    assert stands(theirs(), answer, owes=[owed(coming=True)]) == ("waiting for partner", "855 R-1: pickup")
    assert stands(theirs(), answer, owes=[owed(coming=True, late=True)])[0] == "late with us"


def test_more_of_the_same_is_counted() -> None:
    assert stands(ours(acknowledgement="awaited", count=3))[1] == "810 HP-1: acknowledgement and 2 more"


def test_a_payment_is_awaited_only_where_payments_were_agreed_on() -> None:
    for exchanged in (None, ("order", "invoice")):
        assert stands(theirs(), ours(), exchanged=exchanged) == ("complete", "")


def test_the_last_step_is_the_last_that_was_agreed_on() -> None:
    assert stands(theirs(), ours("855"), exchanged=("order", "order_response")) == ("complete", "")
    assert stands(theirs(), ours("855"), exchanged=("order", "order_response", "shipment"))[1] == "no shipment yet"
    assert stands(theirs(), ours("855"), exchanged=None)[1] == "no invoice yet"


def test_a_suppliers_invoice_waits_for_our_payment_and_its_dispute_for_them() -> None:
    order, bill = ours("850"), theirs("810")

    assert stands(order, bill, kind=Kind.SUPPLIER) == ("waiting for us", "810 4711: payment")
    assert stands(order, theirs("810", business="disputed"), kind=Kind.SUPPLIER)[0] == "waiting for partner"


def test_a_warehouse_order_is_complete_when_it_was_shipped() -> None:
    asked = Standing(name="warehouse_order", direction="outbound", set_id="940", number="W-1", state="sent")
    came = Standing(name="warehouse_shipment", direction="inbound", set_id="945", number="W-1", state="delivered")

    assert stands(asked, kind=Kind.WAREHOUSE) == ("under way", "no warehouse shipment yet")
    assert stands(asked, came, kind=Kind.WAREHOUSE) == ("complete", "")
