"""Sent again when the partner would get two of it, or its neighbours, or there is nothing left to send."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from gateway.errors import NotInOrder
from gateway.parcel import Content
from gateway.pipeline.outbound.send import Carriage, Verdict
from gateway.pipeline.verbs import How, Selection
from gateway.store import contents
from gateway.store.means import Transaction
from gateway.store.purge import Purge
from gateway.store.tables import CARRYING, MAILBOX_ENTRY, OUTBOUND_INTERCHANGE
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop
from tests.contract.store.test_carrying import CARRIED, CUT, NO, tried
from tests.contract.store.test_sending_again import again, fetched, sent

AWAITED = Carriage(kind="awaiting", answer_due_at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC))
TOGETHER = {"batch_sets": 2, "batch_wait_minutes": 60}


async def a_pair(shop: Shop) -> list[str]:
    """Two documents of one interchange, fetched."""
    both = [await handed_in(shop, one, terms=TOGETHER) for one in ("HP-1", "HP-2")]
    sealed(shop)
    fetched(shop)
    return both


# ---------------------------------------------------------------------------------------------- the partner gets both


async def test_what_lies_there_once_more_unfetched_is_not_sent_under_new_numbers_too(shop: Shop) -> None:
    document = await sent(shop)
    again(shop, document)

    with pytest.raises(NotInOrder, match="would find both"):
        again(shop, document, "original", "new")

    fetched(shop)
    assert "other control numbers" in again(shop, document, "original", "new")


async def test_what_is_carried_once_more_is_not_sent_under_new_numbers_too(shop: Shop) -> None:
    document = await to_carry(shop)
    tried(shop, CARRIED)
    again(shop, document)

    with pytest.raises(NotInOrder, match="would find both"):
        again(shop, document, "original", "new")

    tried(shop, NO)
    assert "other control numbers" in again(shop, document, "original", "new")


async def test_a_file_is_not_offered_again_with_what_another_took_the_place_of(shop: Shop) -> None:
    document = await sent(shop)
    [entry] = shop.mailbox.entries("acme", "outbound")
    again(shop, document, "original", "new")

    with pytest.raises(NotInOrder, match="would get both"):
        shop.mailbox.offer_again("acme", entry.name, reason="they asked", who="dana")

    assert [one.state for one in shop.all(MAILBOX_ENTRY, MAILBOX_ENTRY.c.name == entry.name)] == ["fetched"]


@pytest.mark.parametrize("picked_up", [False, True])
async def test_who_corrects_what_lies_there_once_more_is_told_that_the_partner_will_find_both(
    shop: Shop, picked_up: bool
) -> None:
    document = await sent(shop)
    await answered(shop, an_answer(REFUSED))
    shop.operator.resend(document, mode="original", reason="x", who="dana", numbers="same", anyway=True)
    if picked_up:
        fetched(shop)

    said = shop.operator.correct(document, await handed_in(shop, "HP-2"), reason="quantity", who="dana")

    assert ("the first still lies for the partner in acme" in said) is not picked_up


# ---------------------------------------------------------------------------------------------- its neighbours


async def test_a_neighbour_that_was_refused_keeps_the_others_back_unless_it_is_said(shop: Shop) -> None:
    first, second = await a_pair(shop)
    partly = ("AK1*IN*1", "AK2*810*0001", "AK5*R*5", "AK2*810*0002", "AK5*A", "AK9*P*2*2*1")
    await answered(shop, an_answer(partly))

    with pytest.raises(NotInOrder, match=f"^{second} does not go: {first} is in the same interchange, and was refused"):
        again(shop, second)

    chosen, same = Selection(partner="acme", state="sent"), How(mode="original", numbers="same")
    assert shop.operator.preview("resend", chosen, same).along == 0
    assert shop.operator.act("resend", chosen, same, reason="lost", who="dana").done == []
    hers = Selection(ids=(second,))
    anyway = shop.operator.preview("resend", hers, How(mode="original", numbers="same", anyway=True))
    assert [one.id for one in anyway.along_first] == [first]
    resend = shop.operator.resend
    said = resend(second, mode="original", reason="lost", who="dana", numbers="same", anyway=True)
    assert "1 more of the same interchange" in said


# ---------------------------------------------------------------------------------------------- nothing to send


async def test_what_is_kept_no_more_does_not_go_again(shop: Shop) -> None:
    document = await sent(shop)
    large = shop.means.blobs.keep(b"x" * 100_000)
    _stored_as(shop, large)
    shop.means.blobs.path(large.sha256).unlink()

    with pytest.raises(NotInOrder, match="--numbers new"):
        again(shop, document)

    assert shop.all(MAILBOX_ENTRY)[0].state == "fetched"
    assert shop.kinds(document)[-1] != "document.resent"


def _stored_as(shop: Shop, content: Content) -> None:
    """As if the interchange were too large for a row."""
    with shop.means.database.begin() as connection:
        contents.put(Transaction(shop.means, connection, shop.means.now()), [content])
        for table in (OUTBOUND_INTERCHANGE, MAILBOX_ENTRY):
            connection.execute(update(table).values(sha256=content.sha256, size=content.size))


async def test_what_went_once_more_lately_is_not_purged_from_under_the_partner(shop: Shop) -> None:
    document = await to_carry(shop)
    tried(shop, CARRIED)
    await answered(shop, an_answer(GOOD))
    shop.clock.turn(days=150)
    again(shop, document)
    tried(shop, CARRIED)
    shop.clock.turn(days=20)
    before = shop.clock() - timedelta(days=100)

    assert Purge(shop.means, lambda _partner, _set: before, before).look().stay == {"young": 2}

    shop.clock.turn(days=100)
    before = shop.clock() - timedelta(days=100)
    assert Purge(shop.means, lambda _partner, _set: before, before).look().stay == {}


# ---------------------------------------------------------------------------------------------- what is said


async def test_what_was_not_carried_yet_goes_the_same_again_by_push_alone(shop: Shop) -> None:
    document = await to_carry(shop)

    with pytest.raises(NotInOrder) as no:
        shop.operator.resend(document, mode="original", reason="x", who="dana", numbers="same", anyway=True)

    assert "--anyway" not in str(no.value)


@pytest.mark.parametrize("carriage", [NO, CUT, AWAITED], ids=["refused", "unknown", "no receipt yet"])
async def test_what_may_be_there_already_is_never_sent_the_same_again_beside_its_first_try(
    shop: Shop, carriage: Carriage
) -> None:
    document = await to_carry(shop)
    tried(shop, carriage)
    [before] = shop.all(CARRYING)

    with pytest.raises(NotInOrder, match="would find both"):
        shop.operator.resend(document, mode="original", reason="x", who="dana", numbers="same", anyway=True)

    assert shop.all(CARRYING) == [before]


async def test_a_receipt_for_the_first_copy_says_nothing_of_the_second_that_waits_for_its_own(shop: Shop) -> None:
    document = await to_carry(shop)
    [first] = tried(shop, CARRIED)
    again(shop, document)
    [second] = tried(shop, AWAITED)

    said = [shop.carryings.settle(first.message_id, Verdict(kind=kind)) for kind in ("refused", "carried")]

    assert (said, shop.all(CARRYING)[0].state, shop.state(document)) == (["nothing"] * 2, "awaiting", "sent")
    assert shop.carryings.settle(second.message_id, Verdict(kind="carried")) == "settled"
    assert shop.kinds(document).count("document.sent") == 1
