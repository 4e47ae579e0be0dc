"""Where threads stand as a whole, as the list and the life of an order tell it."""

import json
from typing import Any

from gateway.pipeline.order_threads import Wanted, list_sheet
from gateway.pipeline.verbs import How, Selection
from gateway.store.deadlines import StoreDeadlines
from gateway.store.threading_view import StoreOrderThreads
from tests.contract.store.answers import an_answer, answered
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop
from tests.contract.store.test_deadlines import Clocks
from tests.contract.store.test_order_waits import delivered
from tests.contract.store.test_owed import Agreed, fetch, laid_out, look, ordered, sent
from tests.contract.store.test_threading import came, followed, went

SEALED = ("AK1*IN*2", "AK2*810*0001")


def standing(shop: Shop, *exchanged: str) -> dict[str, tuple[str, str]]:
    """By order number, what the list says; the life of each order has to say the same."""
    followed(shop)
    StoreDeadlines(shop.means, Clocks()).work()
    view = StoreOrderThreads(shop.means.database, shop.means.blobs, lambda _: exchanged or None)
    found = {row.number: (row.state, row.because) for row in view.listed(Wanted(), limit=10)}
    for number, said in found.items():
        assert [(one.state, one.because) for one in view.threads(number)] == [said]
    return found


async def billed(shop: Shop, **about: Any) -> str:
    """The id of an invoice that the partner has, for an order that our system has."""
    delivered(shop, await came(shop, "order", set_id="850", business_number="4711"))
    return await laid_out(shop, "810", "4711", **about)


async def orders_came(shop: Shop, *numbers: str) -> None:
    """Orders of the retailer of `test_owed`, which our system has."""
    for place, number in enumerate(numbers):
        delivered(shop, await ordered(shop, number, control=f"{901 + place}"))


async def test_an_order_is_waited_for_by_us_then_late_then_under_way(shop: Shop) -> None:
    order = await came(shop, "order", set_id="850", business_number="4711")
    assert standing(shop) == {"4711": ("waiting for us", "850 4711: delivery")}

    shop.clock.turn(hours=5)
    assert standing(shop) == {"4711": ("late with us", "850 4711: delivery")}

    delivered(shop, order)
    assert standing(shop) == {"4711": ("under way", "no invoice yet")}


async def test_an_invoice_waits_for_them_until_it_is_complete(shop: Shop) -> None:
    await billed(shop, own="HP-1")
    assert standing(shop) == {"4711": ("waiting for partner", "810 HP-1: pickup")}

    await answered(shop, an_answer((*SEALED, "AK5*A", "AK9*A*1*1*1")))

    assert standing(shop) == {"4711": ("complete", "")}
    assert standing(shop, "order", "invoice", "remittance") == {"4711": ("waiting for partner", "810 HP-1: payment")}


async def test_an_order_that_was_paid_without_an_820_is_complete_when_a_person_says_so(shop: Shop) -> None:
    invoice = await billed(shop, own="HP-1")
    await answered(shop, an_answer((*SEALED, "AK5*A", "AK9*A*1*1*1")))

    shop.operator.close(invoice, reason="paid by cheque", who="dana")

    assert standing(shop, "order", "invoice", "remittance") == {"4711": ("complete", "")}


async def test_an_invoice_that_they_refused_is_refused_until_another_takes_its_place(shop: Shop) -> None:
    invoice = await billed(shop, own="HP-1")
    await answered(shop, an_answer((*SEALED, "AK5*R*5", "AK9*R*1*1*0")))
    assert standing(shop) == {"4711": ("refused", "810 HP-1: refused by the partner")}

    shop.operator.resend(invoice, mode="original", reason="their fault", who="kim", anyway=True)

    assert standing(shop)["4711"][0] == "waiting for us"  # to lay it out


async def test_what_is_promised_waits_for_us_until_it_went(shop: Shop) -> None:
    await orders_came(shop, "4711")
    look(shop, Agreed({"855": "24 hours"}))
    assert standing(shop) == {"4711": ("waiting for us", "850 PO-0001: 855")}

    shop.clock.turn(hours=25)
    look(shop, Agreed({"855": "24 hours"}))
    assert standing(shop) == {"4711": ("late with us", "850 PO-0001: 855")}

    await sent(shop, "855", "4711", own="R-1")
    look(shop, Agreed({"855": "24 hours"}))
    assert standing(shop) == {"4711": ("waiting for partner", "855 R-1: acknowledgement")}


async def test_what_is_due_next_is_told_before_what_nobody_can_say_the_time_of(shop: Shop) -> None:
    delivered(shop, await ordered(shop, "4711", requested_ship=None))
    look(shop, Agreed({"855": "24 hours", "856": "before ship"}))

    assert standing(shop) == {"4711": ("waiting for us", "850 PO-0001: 855 and 1 more")}
    [order] = StoreOrderThreads(shop.means.database, shop.means.blobs).threads("4711")
    assert [one.partition(" by ")[0] for one in order.rows[0].owed.split("; ")] == ["855", "856"]


async def test_an_order_that_was_called_off_has_ended(shop: Shop) -> None:
    await orders_came(shop, "4711")
    said = json.dumps({"purpose": "cancellation", "po_number": "4711"}).encode()
    about = {"set_id": "860", "canonical": said, "search": {"po_number": "4711"}}
    delivered(shop, await came(shop, "order_change", **about))
    look(shop, Agreed({"855": "24 hours"}))

    assert standing(shop) == {"4711": ("ended", "the order was cancelled")}


async def test_an_order_that_a_person_closed_has_ended_when_nobody_waits_for_what_follows_it(shop: Shop) -> None:
    order = await ordered(shop, "4711")
    shop.operator.act("hold", Selection(ids=(order,)), How(), reason="the buyer called", who="kim")
    look(shop, Agreed({"855": "24 hours", "856": "2 days"}))
    shop.operator.close(order, reason="wanted by nobody", who="kim", handled=True)
    assert standing(shop)["4711"][0] == "waiting for us"

    shop.operator.act("waive", Selection(ids=(order,)), How(owed="all"), reason="wanted by nobody", who="kim")

    assert standing(shop) == {"4711": ("ended", "a person closed the order and waived what follows it")}


async def test_what_is_owed_of_a_shipment_of_two_orders_is_of_the_one_that_it_is_owed_to(shop: Shop) -> None:
    await orders_came(shop, "4711", "4712")
    notice = {"set_id": "856", "functional_id": "SH", "agreement": "acme/856"}
    about = {"canonical_type": "shipment.v1", "thread": {"order": "4711"}, "also": (("order", "4712"),)}
    said = json.dumps({"orders": [{"po_number": "4711"}, {"po_number": "4712"}]}).encode()
    await handed_in(shop, "S-1", terms=notice, canonical=said, search={"own order": "4711"}, **about)
    sealed(shop)
    fetch(shop)
    await sent(shop, "810", "4711", own="HP-1")
    look(shop, Agreed({"810": "1 day after shipment"}))

    found = standing(shop)

    assert found["4711"] == ("waiting for partner", "856 S-1: acknowledgement and 1 more")
    assert found["4712"] == ("waiting for us", "856 S-1: 810")


async def test_the_list_ends_with_the_state_and_what_it_is_for(shop: Shop) -> None:
    await came(shop, "order", set_id="850", business_number="4711")
    followed(shop)
    view = StoreOrderThreads(shop.means.database, shop.means.blobs)

    sheet = list_sheet(view.listed(Wanted(), limit=10))

    assert (sheet.headers[-2:], [row[-2:] for row in sheet.rows]) == (
        ("state", "because"),
        [("waiting for us", "850 4711: delivery")],
    )
    assert await went(shop, "invoice", "I-1")
