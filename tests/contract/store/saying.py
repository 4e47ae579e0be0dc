"""What partners say of our documents, and the documents they say it of, as the road hands them to the store."""

import json
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from gateway.canonical.facts import Facts
from gateway.store.business import BusinessProjector
from gateway.store.following import Follower
from gateway.store.tables import DOCUMENT
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop

_controls = count(700_001)
"""Apart from those of what is received otherwise, whichever tests run before."""


def look(shop: Shop) -> int:
    """What the follower does every few seconds; how many events it looked at."""
    return Follower(shop.means, "business", [BusinessProjector()]).work()


def fetched(shop: Shop) -> None:
    """The partner fetches everything that lies there."""
    for entry in shop.mailbox.entries("acme", "outbound"):
        shop.mailbox.fetched("acme", entry)


def row(shop: Shop, document: str) -> Any:
    """A document as its row stands after a look."""
    look(shop)
    return shop.all(DOCUMENT, DOCUMENT.c.id == document)[0]


def business(shop: Shop, document: str) -> str:
    """Where its business stands after a look."""
    return str(row(shop, document).business)


async def an_invoice(shop: Shop, number: str = "HP-1", worth: str = "100.00", *, sent: bool = True, **more: Any) -> str:
    """The id of an invoice of ours for ACME that the partner fetched, or only waits."""
    currency = more.pop("currency", "USD")
    body = {"invoice_number": number, "totals": {"amount": worth}, **more}
    facts = Facts(amount=Decimal(worth), currency=currency, dated=date(2026, 3, 2))
    document = await handed_in(
        shop, number, canonical=json.dumps(body).encode(), search={"invoice_number": number}, facts=facts
    )
    if sent:
        sealed(shop)
        fetched(shop)
    return document


async def an_order(shop: Shop, number: str = "4711", *, sent: bool = True, **more: Any) -> str:
    """The id of an order of ours to ACME."""
    lines = [{"number": "1", "quantity": "10", "unit": "each", "price": "2.00"}]
    body = {"po_number": number, "lines": lines, **more}
    document = await handed_in(
        shop,
        f"order-{next(_controls)}",
        terms={"agreement": "acme/orders", "set_id": "850", "functional_id": "PO"},
        canonical_type="order.v1",
        canonical=json.dumps(body).encode(),
        business_number=number,
        search={"po_number": number},
        thread={"order": number},
        segments=(("BEG", "00", "SA", number, "", "20260302"), ("PO1", "1", "10", "EA", "2.00", "", "VN", "AB-1")),
    )
    if sent:
        sealed(shop)
        fetched(shop)
    return document


async def came(shop: Shop, set_id: str, type_: str, body: dict[str, Any], *, number: str = "", **more: Any) -> str:
    """The id of a set of ACME's that was received and mapped."""
    control = f"{next(_controls):09}"
    [document] = await shop.documents(
        control=control,
        set_id=set_id,
        canonical_type=type_,
        canonical=json.dumps(body).encode(),
        business_number=number or control,
        **more,
    )
    return document


async def a_payment(shop: Shop, *items: dict[str, Any], trace: str = "", **heading: Any) -> str:
    """The id of an 820: each item an invoice number, what is paid, and what else RMR says."""
    trace = trace or f"WT-{next(_controls)}"
    paid = sum((Decimal(one.get("paid", "0")) for one in items), Decimal())
    body = {"handling": "payment_with_remittance", "direction": "credit", "method": "ach", "amount": str(paid)}
    body |= {"currency": "USD", "trace_number": trace, "effective_date": "2026-04-01", **heading}
    entities = [{"items": [{"kind": "invoice", **one} for one in items]}]
    return await came(shop, "820", "remittance.v1", {**body, "entities": entities}, number=trace)


async def an_order_response(shop: Shop, number: str, answer: str, *lines: dict[str, Any], set_id: str = "855") -> str:
    """The id of an 855 or 865."""
    body = {"purpose": "original", "answer": answer, "po_number": number, "order_date": "2026-03-02", "lines": lines}
    return await came(shop, set_id, "order_response.v1", body, number=number)


async def an_advice(shop: Shop, *answers: dict[str, Any]) -> str:
    """The id of an 824."""
    body = {"purpose": "original", "advice_number": "A-1", "advice_date": "2026-03-03", "answers": answers}
    return await came(shop, "824", "application_advice.v1", body, number="A-1")
