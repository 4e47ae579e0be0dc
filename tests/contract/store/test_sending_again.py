"""Theirs again under the same control numbers: the same interchange, byte for byte, and its answer waited for anew."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.deadlines import StandardClocks
from gateway.pipeline.outbound.send import Verdict
from gateway.pipeline.verbs import How, Selection
from gateway.store import acting, sendings
from gateway.store.audit_tables import AUDIT
from gateway.store.deadline_tables import DEADLINE
from gateway.store.deadlines import StoreDeadlines
from gateway.store.operator import StoreOperator
from gateway.store.tables import CARRYING, DOCUMENT, EVENT, MAILBOX_ENTRY, OUTBOUND_INTERCHANGE
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop
from tests.contract.store.test_carrying import CARRIED, tried


def fetched(shop: Shop) -> None:
    for entry in shop.mailbox.entries("acme", "outbound"):
        shop.mailbox.fetched("acme", entry)


async def sent(shop: Shop) -> str:
    document = await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    return document


def again(shop: Shop, document: str, mode: str = "original", numbers: Any = "same") -> str:
    return shop.operator.resend(document, mode=mode, reason="they lost it", who="dana", numbers=numbers)


async def test_under_the_same_numbers_the_interchange_goes_again_as_it_is(shop: Shop) -> None:
    document = await sent(shop)
    [entry] = shop.mailbox.entries("acme", "outbound")

    words = again(shop, document)

    [later] = shop.mailbox.entries("acme", "outbound")
    assert (later.name, later.content.sha256, later.state) == (entry.name, entry.content.sha256, "ready")
    assert "goes again under the same control numbers" in words
    [row] = shop.all(DOCUMENT, DOCUMENT.c.id == document)
    assert (row.state, row.acknowledgement, row.resent_at) == ("sent", "awaited", shop.clock())
    assert shop.kinds(document)[-1] == "document.resent"


async def test_the_time_for_its_answer_begins_anew(shop: Shop) -> None:
    document = await sent(shop)
    shop.clock.turn(days=3)
    StoreDeadlines(shop.means, StandardClocks()).work()
    assert shop.all(DOCUMENT, DOCUMENT.c.id == document)[0].acknowledgement == "overdue"

    again(shop, document)

    StoreDeadlines(shop.means, StandardClocks()).work()
    [row], [due] = shop.all(DOCUMENT, DOCUMENT.c.id == document), shop.all(DEADLINE, DEADLINE.c.document_id == document)
    assert row.acknowledgement == "awaited"
    assert (due.due, due.missed_at, due.started_at) == ("acknowledgement", None, shop.clock())


async def test_what_is_agreed_counts_where_nobody_says_under_which_numbers(shop: Shop) -> None:
    document = await sent(shop)
    agreed = StoreOperator(shop.means, lambda _: "same")

    assert "same control numbers" in agreed.resend(document, mode="original", reason="they lost it", who="dana")
    for entry in shop.mailbox.entries("acme", "outbound"):
        shop.mailbox.fetched("acme", entry)
    assert "other control numbers" in agreed.resend(document, mode="current", reason="mended", who="dana")


async def test_the_same_bytes_do_not_go_twice_at_once_nor_with_what_was_replaced(shop: Shop) -> None:
    document = await sent(shop)
    again(shop, document)
    with pytest.raises(NotInOrder, match="in outbound of acme already"):
        again(shop, document)
    with pytest.raises(UsageError, match="same bytes"):
        again(shop, document, "current", "same")


async def test_neighbours_go_with_it_and_one_that_was_replaced_keeps_all_back(shop: Shop) -> None:
    together = {"batch_sets": 2, "batch_wait_minutes": 60}
    first, second = [await handed_in(shop, one, terms=together) for one in ("HP-1", "HP-2")]
    sealed(shop)
    fetched(shop)
    acted = shop.operator.act(
        "resend",
        Selection(ids=(first, second)),
        How(mode="original", numbers="same"),
        reason="they lost it",
        who="dana",
    )
    assert ["1 more of the same interchange" in words for _, words in acted.done] == [True, False]
    fetched(shop)
    again(shop, first, "original", "new")

    with pytest.raises(NotInOrder, match="would get both"):
        again(shop, second)


async def test_more_than_may_go_at_once_are_refused_before_anybody_has_to_wait_for_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[Any] = []
    await three_together(shop)
    monkeypatch.setattr(acting, "MOST", 2)
    monkeypatch.setattr(sendings, "lock", lambda *asked: locked.append(asked))
    about = {"reason": "they lost it", "who": "dana"}

    with pytest.raises(UsageError, match="more than 2 documents are like that"):
        shop.operator.act("resend", Selection(partner="acme"), How(mode="original", numbers="same"), **about)

    assert locked == []


async def three_together(shop: Shop) -> list[str]:
    """In one interchange, fetched."""
    together = {"batch_sets": 3, "batch_wait_minutes": 60}
    ids = [await handed_in(shop, one, terms=together) for one in ("HP-1", "HP-2", "HP-3")]
    sealed(shop)
    fetched(shop)
    return ids


def tables(shop: Shop) -> list[Any]:
    return [shop.work(), *(shop.all(one) for one in (DOCUMENT, MAILBOX_ENTRY, OUTBOUND_INTERCHANGE, EVENT, AUDIT))]


async def test_the_preview_names_the_neighbours_that_nobody_chose_and_that_go_along(shop: Shop) -> None:
    first, second, third = await three_together(shop)
    shop.operator.act("assign", Selection(ids=(first,)), How(to="dana"), reason="x", who="kim")
    hers, same = Selection(owner="dana"), How(mode="original", numbers="same")
    agreed = StoreOperator(shop.means, lambda agreement: "same" if agreement == "acme/invoices" else "new")

    found = shop.operator.preview("resend", hers, same)

    assert (found.count, [one.id for one in found.first]) == (1, [first])
    assert (found.along, [one.id for one in found.along_first]) == (2, [second, third])
    assert agreed.preview("resend", hers, How(mode="original")).along == 2
    for how in (How(mode="original"), How(mode="original", numbers="new"), How(mode="current")):
        assert shop.operator.preview("resend", hers, how).along == 0
    assert agreed.preview("hold", hers, How(mode="original")).along == 0
    assert shop.operator.preview("resend", Selection(partner="acme"), same).along == 0


async def test_what_one_would_take_along_is_said_before_it_is_done_and_named_after(shop: Shop) -> None:
    first, second, third = await three_together(shop)
    before = tables(shop)
    one, same = Selection(ids=(first,)), How(mode="original", numbers="same")

    looked = shop.operator.act("resend", one, replace(same, dry_run=True), reason="they lost it", who="dana")

    assert looked.entry == 0
    assert looked.done[0][1].endswith(f", and with it 2 more of the same interchange: {second}, {third}")
    assert tables(shop) == before
    assert shop.operator.act("resend", one, same, reason="they lost it", who="dana").done == looked.done


async def test_what_would_be_another_document_is_not_named_by_an_id_that_it_will_not_have(shop: Shop) -> None:
    document = await sent(shop)
    asked = How(mode="original", numbers="new", dry_run=True)

    looked = shop.operator.act("resend", Selection(ids=(document,)), asked, reason="", who="dana")

    assert looked.done[0][1].startswith(f"{document} is sent again as another document, under other control numbers")
    with pytest.raises(UsageError, match="a reason is needed"):
        shop.operator.act("resend", Selection(ids=(document,)), replace(asked, dry_run=False), reason="", who="dana")


async def test_what_would_be_refused_is_refused_when_it_is_only_asked(shop: Shop) -> None:
    document = await sent(shop)
    again(shop, document)

    with pytest.raises(NotInOrder, match="in outbound of acme already"):
        asked = How(mode="original", numbers="same", dry_run=True)
        shop.operator.act("resend", Selection(ids=(document,)), asked, reason="they lost it", who="dana")


async def test_what_is_pushed_is_carried_again_under_another_message_id(shop: Shop) -> None:
    await to_carry(shop)
    [carrying] = shop.all(CARRYING)
    tried(shop, CARRIED)
    [document] = shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound")

    again(shop, document.id)

    [later] = shop.all(CARRYING)
    assert (later.state, later.sha256) == ("waiting", carrying.sha256)
    assert later.message_id != carrying.message_id
    first, second = (shop.carryings.awaited(one.message_id) for one in (carrying, later))
    assert first is not None and second is not None
    assert [(one.id, one.message_id, one.earlier) for one in (first, second)] == [
        (carrying.id, later.message_id, 1),
        (carrying.id, later.message_id, 0),
    ]
    assert [shop.carryings.awaited(f"{carrying.id}-{number}") for number in ("0", "3", "x")] == [None] * 3
    assert shop.carryings.settle(carrying.message_id, Verdict(kind="refused")) == "nothing"
    with pytest.raises(NotInOrder, match="not carried yet"):
        again(shop, document.id)
