"""Parts of one set are documents of their own: written together, delivered, replayed and found one by one."""

from dataclasses import replace
from typing import Any

from gateway.pipeline.stage import DocumentOutcome
from gateway.store.tables import CANONICAL, DOCUMENT
from tests.contract.store.shop import Shop, an_interchange

LATER: dict[str, Any] = {"state": "validated", "canonical": None, "destination": ""}
STORES = ("0012", "0047", "0103")


def divided(outcome: DocumentOutcome) -> DocumentOutcome:
    """The first of three parts, with the others."""

    def part(number: int, key: str) -> DocumentOutcome:
        return replace(
            outcome,
            id=outcome.id if number == 1 else "",
            part={"number": number, "of": len(STORES), "key": key},
            state="mapped",
            destination="erp",
            canonical=b'{"store":"%s"}' % key.encode(),
        )

    first, *others = [part(number, key) for number, key in enumerate(STORES, start=1)]
    return replace(first, siblings=tuple(others))


async def three_parts(shop: Shop) -> list[str]:
    """The ids of a set's documents, just processed."""
    outcome = shop.opened(await shop.arrived(an_interchange()))
    [interchange] = outcome.interchanges
    documents = tuple(divided(one) for one in interchange.documents)
    shop.journal.record_processed([replace(outcome, interchanges=(replace(interchange, documents=documents),))])
    return [row.id for row in shop.all(DOCUMENT)]


async def test_each_part_is_a_row_with_a_body_and_a_key_of_its_own(shop: Shop) -> None:
    ids = await three_parts(shop)

    rows = shop.all(DOCUMENT)
    assert [row.part for row in rows] == [{"number": n, "of": 3, "key": key} for n, key in enumerate(STORES, 1)]
    assert {(row.set_control_number, row.byte_offset, row.told) for row in rows} == {
        (rows[0].set_control_number, rows[0].byte_offset, "A")
    }
    going = shop.journal.deliverable("erp", ids)
    assert going is not None
    assert [(one.key, one.part, one.canonical) for one in going] == [
        (f"{id_}.1", f"{n}/3", b'{"store":"%s"}' % key.encode())
        for n, (id_, key) in enumerate(zip(ids, STORES, strict=True), 1)
    ]
    assert shop.work("deliver") == [("deliver", ["erp", ids])]


async def test_one_set_is_answered_once(shop: Shop) -> None:
    await three_parts(shop)

    [answer] = shop.mail("outbound")
    assert answer.content.inline is not None
    assert answer.content.inline.count(b"AK2*") == 1
    assert b"AK9*A*1*1*1" in answer.content.inline


async def test_a_part_is_found_by_its_store_and_shows_which_it_is(shop: Shop) -> None:
    ids = await three_parts(shop)

    [found] = shop.questions.documents(search="0047")
    assert (found.id, found.part) == (ids[1], "2/3 0047")
    assert {row.id for row in shop.questions.documents(search=found.business_number)} == set(ids)


async def test_what_becomes_of_one_part_is_nothing_to_the_others(shop: Shop) -> None:
    ids = await three_parts(shop)

    shop.journal.record_delivered(
        "erp",
        [
            shop.attempted(ids[0], "delivered", "delivered", external_id="SO-1"),
            shop.attempted(ids[1], "refused", "dead", reason="HTTP 422"),
        ],
    )
    shop.operator.replay(ids[1], mode="current", again=False, reason="store opened", who="ann")

    assert [shop.state(one) for one in ids] == ["delivered", "validated", "mapped"]
    [waiting] = shop.journal.translatable(ids)
    assert (waiting.id, waiting.part) == (ids[1], {"number": 2, "of": 3, "key": "0047"})


async def test_a_set_that_is_mapped_later_becomes_all_its_parts_then(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange(), **LATER)
    [document] = outcome.interchanges[0].documents
    mapped = divided(document)

    shop.journal.record_translated([mapped])
    shop.journal.record_translated([mapped])

    rows = shop.all(DOCUMENT)
    assert [(row.state, row.part["key"], row.generation) for row in rows] == [("mapped", key, 1) for key in STORES]
    assert rows[0].id == document.id
    assert {row.transmission_id for row in rows} == {rows[0].transmission_id}
    assert len(shop.all(CANONICAL)) == 3
    assert shop.work("deliver") == [("deliver", ["erp", [row.id for row in rows]])]
    assert shop.kinds(rows[1].id) == ["document.mapped"]
    assert [row.id for row in shop.questions.documents(search="0103")] == [rows[2].id]


async def test_a_part_that_can_no_longer_be_read_stays_the_part_it_is(shop: Shop) -> None:
    ids = await three_parts(shop)
    shop.journal.record_delivered("erp", [shop.attempted(ids[1], "refused", "dead", reason="HTTP 422")])
    shop.operator.replay(ids[1], mode="current", again=False, reason="again", who="ann")

    dead = divided(replace(shop_document(shop), id=ids[1]))
    shop.journal.record_translated([replace(dead, part=None, siblings=(), state="dead", set_id="", canonical=None)])

    row = next(row for row in shop.all(DOCUMENT) if row.id == ids[1])
    assert (row.state, row.part) == ("dead", {"number": 2, "of": 3, "key": "0047"})


def shop_document(shop: Shop) -> DocumentOutcome:
    """Any document."""
    return DocumentOutcome(
        id=shop.means.new_id(),
        ordinal=1,
        partner="acme",
        agreement="acme/850",
        set_id="850",
        version="004010",
        group_control_number="1",
        set_control_number="0001",
        state="mapped",
        offset=0,
        length=0,
    )
