"""The first look of a projection at a home of before tells nobody about last year; what is said now is told."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from gateway.ledger.events import HISTORY
from gateway.store.notice_tables import NOTICE
from gateway.store.notices import StoreOutbox
from gateway.store.tables import EVENT
from tests.contract.store.happenings import wanted
from tests.contract.store.saying import a_payment, an_invoice, business, look
from tests.contract.store.shop import Shop

WANTS = """\
owner: finance
webhooks:
  ledger:
    url: "https://hooks.pine.example/edi"
    secret: file:secrets/ledger.key
    events: ["document.business-short-paid", "document.unmatched"]
    stages: [production, test]
alerts:
  mail: [controller@pine.example]
  rules:
    short: {when: [document.business-short-paid, document.unmatched], stages: [production, test]}
"""


@pytest.fixture
def outbox(shop: Shop) -> StoreOutbox:
    """Who is told, since before any of it."""
    outbox = StoreOutbox(shop.means, lambda _channel: ("acme",))
    outbox.stand_up({})
    return outbox


def told(shop: Shop, outbox: StoreOutbox) -> Sequence[str]:
    """Kinds of notices that were made."""
    more = True
    while more:
        _, more = outbox.follow(wanted(WANTS), most=500)
    with shop.means.database.reading() as connection:
        return sorted(connection.execute(select(NOTICE.c.kind)).scalars())


async def test_what_was_said_last_year_is_written_down_and_nobody_is_told(shop: Shop, outbox: StoreOutbox) -> None:
    invoice = await an_invoice(shop)
    odd = await a_payment(shop, {"number": "HP-1", "paid": "90.00"}, {"number": "NOBODYS", "paid": "1.00"})
    shop.clock.turn(days=90)  # here comes the version that listens

    look(shop)

    assert shop.kinds(invoice)[-1] == "document.business-short-paid"
    assert shop.kinds(odd)[-1] == "document.unmatched"
    assert [one.detail[HISTORY] for one in shop.all(EVENT, EVENT.c.subject == odd) if HISTORY in one.detail]
    assert told(shop, outbox) == []


async def test_what_came_this_month_is_told_at_the_first_look(shop: Shop, outbox: StoreOutbox) -> None:
    await an_invoice(shop)
    await a_payment(shop, {"number": "HP-1", "paid": "90.00"})
    shop.clock.turn(days=3)

    look(shop)

    assert told(shop, outbox) == ["mail", "webhook"]


async def test_what_is_paid_today_of_an_invoice_of_last_year_is_told(shop: Shop, outbox: StoreOutbox) -> None:
    invoice = await an_invoice(shop)
    shop.clock.turn(days=90)
    await a_payment(shop, {"number": "HP-1", "paid": "90.00"})

    assert business(shop, invoice) == "short_paid"

    assert told(shop, outbox) == ["mail", "webhook"]
