"""One purchase order with all that followed: which documents belong together, whoever wrote them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from gateway.store.following import Follower
from gateway.store.threading_projector import ThreadProjector
from gateway.store.threading_tables import THREAD, THREAD_DOCUMENT
from tests.contract.store.sending import handed_in
from tests.contract.store.shop import Shop, a_mapped

_CONTROL = iter(range(100, 1_000_000))


def control() -> str:
    return f"{next(_CONTROL):09}"


async def came(shop: Shop, type_: str, number: str = "4711", **about: Any) -> str:
    """The id of a document of this canonical type that came from ACME, under an order number."""
    names = {"release": about.pop("release", "")}
    thread = about.pop("thread", {"order": number} | {name: value for name, value in names.items() if value})
    found = {"search": {f"own {name}": value for name, value in thread.items()}}
    about = found | about
    [document] = await shop.documents(control=control(), canonical_type=f"{type_}.v1", thread=thread, **about)
    shop.clock.turn(minutes=1)
    return document


async def went(shop: Shop, type_: str, own: str, number: str = "4711", **about: Any) -> str:
    """The id of a document of ours."""
    thread = about.pop("thread", {"order": number})
    found = {"search": {f"own {name}": value for name, value in thread.items()}}
    document = await handed_in(shop, own, canonical_type=f"{type_}.v1", thread=thread, **found, **about)
    shop.clock.turn(minutes=1)
    return document


def followed(shop: Shop) -> None:
    Follower(shop.means, "threads", [ThreadProjector()]).work()


def threads(shop: Shop) -> list[set[str]]:
    """The documents of each thread, the first that was opened first."""
    followed(shop)
    wanted = select(THREAD_DOCUMENT).join(THREAD, THREAD.c.id == THREAD_DOCUMENT.c.thread_id)
    with shop.means.database.reading() as connection:
        rows = connection.execute(wanted.order_by(THREAD.c.opened_at, THREAD.c.kind, THREAD.c.id)).all()
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.thread_id, set()).add(row.document_id)
    return list(found.values())


def doubts(shop: Shop) -> Sequence[str]:
    return [row.doubt for row in shop.all(THREAD_DOCUMENT) if row.doubt]


# ---------------------------------------------------------------------------------------------- one order


async def test_an_order_and_all_that_followed_is_one_thread(shop: Shop) -> None:
    order = await came(shop, "order")
    response = await went(shop, "order_response", "R-1")
    change = await came(shop, "order_change")
    notice = await went(shop, "shipment", "S-1")
    invoice = await went(shop, "invoice", "I-1")

    assert threads(shop) == [{order, response, change, notice, invoice}]


async def test_a_ship_notice_of_two_orders_belongs_to_both(shop: Shop) -> None:
    first, second = await came(shop, "order", "4711"), await came(shop, "order", "4712")

    notice = await went(shop, "shipment", "S-1", also=(("order", "4712"),))

    assert threads(shop) == [{first, notice}, {second, notice}]


async def test_other_partners_numbers_tests_and_our_own_orders_are_threads_of_their_own(shop: Shop) -> None:
    ours = await came(shop, "order")
    bolts = await came(shop, "order", partner="bolt")
    test = await went(shop, "invoice", "I-T", terms={"usage": "T"})
    supplied = await went(shop, "order", "4711")

    assert threads(shop) == [{ours}, {bolts}, {test}, {supplied}]


async def test_the_same_number_more_than_a_year_later_is_another_order(shop: Shop) -> None:
    first = await came(shop, "order")
    shop.clock.turn(days=300)
    late = await went(shop, "invoice", "I-1")
    shop.clock.turn(days=364)
    again = await came(shop, "order")
    assert threads(shop) == [{first, late, again}]  # within a year of the invoice: flagged as a second order

    shop.clock.turn(days=366)
    another = await came(shop, "order")

    assert threads(shop) == [{first, late, again}, {another}]


async def test_looking_again_changes_nothing(shop: Shop) -> None:
    await came(shop, "order")
    notice = await went(shop, "shipment", "S-1", also=(("order", "4712"),))
    await came(shop, "order", "4712")
    before = (threads(shop), shop.all(THREAD))

    Follower(shop.means, "anew", [ThreadProjector()]).work()

    assert (threads(shop), shop.all(THREAD)) == before
    assert sum(notice in one for one in before[0]) == 2


async def test_what_names_another_order_after_a_replay_moves_there(shop: Shop) -> None:
    order = await came(shop, "order", "4711")
    wrong = await came(shop, "order_change", "4712")
    assert threads(shop) == [{order}, {wrong}]

    shop.journal.record_delivered("erp", [shop.attempted(wrong, "delivered", "delivered", external_id="C-1")])
    shop.operator.replay(wrong, mode="current", again=True, reason="the mapping read another number", who="kim")
    read = replace(a_mapped(wrong), canonical_type="order_change.v1", thread={"order": "4711"})
    shop.journal.record_translated([read])

    assert threads(shop) == [{order, wrong}]


# ---------------------------------------------------------------------------------------------- releases


async def test_releases_of_a_blanket_order_are_threads_of_their_own(shop: Shop) -> None:
    first, second = await came(shop, "order", release="1"), await came(shop, "order", release="2")
    notice = await went(shop, "shipment", "S-2", thread={"order": "4711", "release": "2"})

    assert threads(shop) == [{first}, {second, notice}]
    assert doubts(shop) == []


async def test_what_names_no_release_belongs_to_the_only_one(shop: Shop) -> None:
    order = await came(shop, "order", release="1")

    invoice = await went(shop, "invoice", "I-1")

    assert threads(shop) == [{order, invoice}]


async def test_what_could_be_of_two_releases_stands_apart_and_says_so(shop: Shop) -> None:
    first, second = await came(shop, "order", release="1"), await came(shop, "order", release="2")

    invoice = await went(shop, "invoice", "I-1")

    assert threads(shop) == [{first}, {second}, {invoice}]
    assert doubts(shop) == ["810 I-1 names no release, and there are 1, 2 of this order"]


# ---------------------------------------------------------------------------------------------- payments


async def test_a_payment_belongs_to_the_orders_of_the_invoices_it_pays(shop: Shop) -> None:
    order = await came(shop, "order")
    invoice = await went(shop, "invoice", "I-1")
    body = b'{"entities": [{"items": [{"kind": "invoice", "number": "I-1", "paid": "9.00"}]}]}'

    payment = await came(shop, "remittance", thread={}, canonical=body)

    assert threads(shop) == [{order, invoice, payment}]


async def test_a_payment_of_unknown_invoices_belongs_nowhere(shop: Shop) -> None:
    body = b'{"entities": [{"items": [{"kind": "invoice", "number": "I-9"}, {"kind": "deduction", "number": "4711"}]}]}'

    await came(shop, "remittance", thread={}, canonical=body)

    assert threads(shop) == []


# ---------------------------------------------------------------------------------------------- warehouses


WAREHOUSE = {"partner": "northgate"}


async def test_what_a_warehouse_ships_belongs_to_the_customers_order_too(shop: Shop) -> None:
    order = await came(shop, "order")
    told = await went(
        shop, "warehouse_order", "W-1", thread={"warehouse_order": "W-1", "order": "4711"}, terms=WAREHOUSE
    )

    shipped = await came(shop, "warehouse_shipment", thread={"warehouse_order": "W-1", "order": "4711"}, **WAREHOUSE)

    assert threads(shop) == [{order, told, shipped}, {told, shipped}]
    assert doubts(shop) == []


async def test_a_number_of_two_customers_is_never_guessed(shop: Shop) -> None:
    acme, bolt = await came(shop, "order"), await came(shop, "order", partner="bolt")

    told = await went(
        shop, "warehouse_order", "W-1", thread={"warehouse_order": "W-1", "order": "4711"}, terms=WAREHOUSE
    )

    assert threads(shop) == [{acme}, {bolt}, {told}]
    assert doubts(shop) == ["810 W-1 names order 4711, and 2 threads of customers have that number"]


async def test_a_warehouse_order_that_came_before_the_order_finds_it_later(shop: Shop) -> None:
    told = await went(
        shop, "warehouse_order", "W-1", thread={"warehouse_order": "W-1", "order": "4711"}, terms=WAREHOUSE
    )
    assert threads(shop) == [{told}]

    order = await came(shop, "order")

    assert threads(shop) == [{order, told}, {told}]


async def test_goods_for_the_warehouse_and_their_receipt_are_one_thread(shop: Shop) -> None:
    sent = await went(
        shop, "warehouse_transfer", "T-1", thread={"warehouse_transfer": "T-1", "shipment": "S-1"}, terms=WAREHOUSE
    )

    receipt = await came(shop, "warehouse_receipt", thread={"shipment": "S-1"}, **WAREHOUSE)

    assert threads(shop) == [{sent, receipt}]
