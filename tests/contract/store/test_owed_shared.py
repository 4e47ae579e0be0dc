"""What is owed stands under each order by itself, whatever is known of the others, and under no other number."""

import json
from typing import Any

from sqlalchemy import update

from gateway.store.means import Transaction
from gateway.store.owed import OwedProjector
from gateway.store.owed_tables import OWED
from gateway.store.tables import DOCUMENT, DOCUMENT_KEY
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop
from tests.contract.store.test_owed import Agreed, fetch, laid_out, look, ordered, owed, sent

BILLED = Agreed({"810": "1 day after shipment"})


async def shipped_together(shop: Shop, *numbers: str) -> str:
    """The id of one ship notice for orders that came, which the partner has."""
    for place, number in enumerate(numbers):
        await ordered(shop, number, control=f"{901 + place}")
    terms = {"set_id": "856", "functional_id": "SH", "agreement": "acme/856"}
    said = json.dumps({"orders": [{"po_number": one} for one in numbers]}).encode()
    about: dict[str, Any] = {"canonical_type": "shipment.v1", "thread": {"order": numbers[0]}}
    about["also"] = [("order", one) for one in numbers[1:]]
    notice = await handed_in(shop, "S-1", terms=terms, canonical=said, search={"own order": numbers[0]}, **about)
    sealed(shop)
    fetch(shop)
    return notice


def billing(shop: Shop, notice: str) -> dict[str, str]:
    """By order number, whether an invoice is owed after this ship notice."""
    return {row.order_number: row.state for row in shop.all(OWED, OWED.c.subject == notice)}


def renumbered(shop: Shop, document: str, number: str, agreed: Agreed) -> None:
    """As if a person had it translated anew, by a mapping that reads another order number."""
    with shop.means.database.begin() as connection:
        key = update(DOCUMENT_KEY).where(DOCUMENT_KEY.c.document_id == document, DOCUMENT_KEY.c.name == "po_number")
        connection.execute(key.values(value=number))
        connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == document).values(thread={"order": number}))
        OwedProjector(agreed).project(Transaction(shop.means, connection, shop.means.now()), [document])


async def test_the_invoice_of_one_order_leaves_what_is_owed_for_the_other(shop: Shop) -> None:
    notice = await shipped_together(shop, "4711", "4712")
    look(shop, BILLED)
    assert billing(shop, notice) == {"4711": "open", "4712": "open"}

    await sent(shop, "810", "4711", own="HP-1")
    look(shop, BILLED)
    assert billing(shop, notice) == {"4711": "met", "4712": "open"}

    await sent(shop, "810", "4712", own="HP-2")
    look(shop, BILLED)
    assert billing(shop, notice) == {"4711": "met", "4712": "met"}


async def test_what_is_late_for_one_order_stays_when_something_happens_to_the_other(shop: Shop) -> None:
    notice = await shipped_together(shop, "4711", "4712")
    look(shop, BILLED)
    shop.clock.turn(days=2)
    assert look(shop, BILLED) == 2

    await laid_out(shop, "810", "4711", own="HP-1")
    look(shop, BILLED)

    assert billing(shop, notice) == {"4711": "open", "4712": "open"}


async def test_an_invoice_that_turns_out_to_be_of_another_order_does_not_meet_the_first(shop: Shop) -> None:
    notice = await shipped_together(shop, "4711", "4712")
    invoice = await sent(shop, "810", "4711", own="HP-1")
    look(shop, BILLED)
    assert billing(shop, notice) == {"4711": "met", "4712": "open"}

    renumbered(shop, invoice, "4712", BILLED)

    assert billing(shop, notice) == {"4711": "open", "4712": "met"}


async def test_an_order_that_turns_out_to_have_another_number_is_owed_nothing_under_the_first(shop: Shop) -> None:
    agreed = Agreed()
    order = await ordered(shop, "4711")
    notice = await sent(shop, "856", "4711")
    look(shop, agreed)
    assert billing(shop, notice) == {"4711": "open"}

    renumbered(shop, order, "4799", agreed)

    assert billing(shop, notice) == {}
    assert {(row.what, row.order_number) for row in shop.all(OWED, OWED.c.subject == order)} == {
        ("855", "4799"),
        ("856", "4799"),
    }


async def test_where_nothing_is_promised_any_more_nothing_is_owed(shop: Shop) -> None:
    class Nobody(Agreed):
        def promising(self) -> list[str]:
            return []

    await ordered(shop)
    assert owed(shop) == {"855": ("open", ""), "856": ("open", "")}

    assert owed(shop, Nobody({})) == {}
