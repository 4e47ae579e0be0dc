"""Silence of partners: told once for each time and rule, whoever looks."""

from dataclasses import replace

from sqlalchemy import select

from gateway.pipeline.notices.silence import Silent
from gateway.store.silences import StoreSilences
from gateway.store.tables import EVENT
from tests.contract.store.shop import Shop


async def test_a_partner_was_heard_when_its_last_document_came_in(shop: Shop) -> None:
    await shop.documents(control="000000001")
    shop.clock.turn(hours=2)
    await shop.documents(control="000000002")

    heard = StoreSilences(shop.means).last_heard(["acme", "bolt"])

    assert heard == {"acme": shop.clock.time}


def test_a_silence_is_told_once_and_the_next_one_again(shop: Shop) -> None:
    store = StoreSilences(shop.means)
    since = shop.clock.time
    first = Silent(partner="acme", rule="sales/quiet", since=since, sentence="nothing came")
    shop.clock.turn(days=3)
    later = replace(first, since=shop.clock.time)
    other = replace(first, rule="finance/quiet")

    assert store.tell([first]) == [first]
    assert store.tell([first, other]) == [other]
    assert store.tell([later]) == [later]
    assert store.tell([]) == ()

    with shop.means.database.reading() as connection:
        told = connection.execute(select(EVENT).where(EVENT.c.kind == "partner.silent")).all()
    assert [(row.subject, row.detail["rule"]) for row in told] == [
        ("acme", "sales/quiet"),
        ("acme", "finance/quiet"),
        ("acme", "sales/quiet"),
    ]
