"""A change of an order is never delivered before its order, is never lost, and never delivered twice."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import MachineError, UsageError
from gateway.pipeline.verbs import How, Selection
from gateway.store.following import Follower
from gateway.store.order_waits import OrderWaits
from gateway.store.threading_projector import ThreadProjector
from gateway.store.threading_tables import ORDER_WAIT
from tests.contract.store.shop import Shop, a_mapped, an_interchange
from tests.contract.store.test_threading import came, control

WHO = {"reason": "the buyer asked", "who": "kim"}


async def change(shop: Shop, name: str = "1", number: str = "4711", **about: Any) -> str:
    """The id of a change that came from ACME."""
    return await came(shop, "order_change", number, set_id="860", business_number=name, after_order=True, **about)


def followed(shop: Shop) -> None:
    Follower(shop.means, "order changes", [OrderWaits()]).work()


def delivered(shop: Shop, document: str) -> None:
    shop.journal.record_delivered("erp", [shop.attempted(document, "delivered", "delivered", external_id="SO-1")])


def to_deliver(shop: Shop) -> list[object]:
    """What was given to the engine to be delivered, document by document."""
    return [one for _, (_, ids) in shop.work("deliver") for one in ids]  # type: ignore[misc, attr-defined]


def why(shop: Shop, document: str) -> str:
    detail = shop.questions.document(document)
    assert detail is not None
    return detail.row.reason


# ---------------------------------------------------------------------------------------------- waiting


async def test_a_change_that_comes_before_its_order_waits_and_says_so(shop: Shop) -> None:
    early = await change(shop)

    assert shop.state(early) == "held"
    assert why(shop, early).startswith("waits for its order 4711, which has not come; it goes on by itself")
    assert shop.kinds(early) == ["document.before-order"]
    assert to_deliver(shop) == []


async def test_it_goes_on_by_itself_when_our_system_has_the_order(shop: Shop) -> None:
    early = await change(shop)
    order = await came(shop, "order")
    followed(shop)
    assert why(shop, early).startswith("waits for its order 4711, which is mapped")

    delivered(shop, order)
    followed(shop)

    assert shop.state(early) == "mapped"
    assert to_deliver(shop) == [order, early]
    assert shop.kinds(early) == ["document.before-order", "document.after-order"]
    assert shop.all(ORDER_WAIT) == []


async def test_looking_again_hands_nothing_over_twice(shop: Shop) -> None:
    early, order = await change(shop), await came(shop, "order")
    delivered(shop, order)
    followed(shop)

    Follower(shop.means, "another", [OrderWaits()]).work()

    assert to_deliver(shop) == [order, early]


async def test_what_dies_while_it_lets_a_change_go_has_done_nothing_and_the_next_look_does_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, order = await change(shop), await came(shop, "order")
    delivered(shop, order)
    with monkeypatch.context() as patch:
        patch.setattr("gateway.store.order_waits.events.record", _dies)  # after its row was moved and work enqueued
        with pytest.raises(MachineError):
            followed(shop)
    assert (shop.state(early), to_deliver(shop)) == ("held", [order])

    followed(shop)

    assert (shop.state(early), to_deliver(shop)) == ("mapped", [order, early])


def _dies(*_: object) -> None:
    raise MachineError("killed")


async def test_a_change_behind_a_delivered_order_goes_at_once(shop: Shop) -> None:
    order = await came(shop, "order")
    delivered(shop, order)

    later = await change(shop)

    assert shop.state(later) == "mapped"
    assert to_deliver(shop) == [order, later]


async def test_where_it_is_agreed_that_changes_do_not_wait_they_go(shop: Shop) -> None:
    anyway = await came(shop, "order_change", set_id="860")

    assert shop.state(anyway) == "mapped"


async def test_a_change_right_behind_its_order_in_one_file_is_delivered_after_it(shop: Shop) -> None:
    outcome = shop.opened(await shop.arrived(an_interchange(control(), sets=2)), thread={"order": "4711"})
    [interchange] = outcome.interchanges
    order, after = interchange.documents
    found = {"search": {"po_number": "4711"}}
    order = replace(order, canonical_type="order.v1", **found)
    after = replace(after, canonical_type="order_change.v1", set_id="860", after_order=True, **found)
    shop.journal.record_processed([replace(outcome, interchanges=(replace(interchange, documents=(order, after)),))])
    followed(shop)
    assert [shop.state(one) for one in (order.id, after.id)] == ["mapped", "held"]

    delivered(shop, order.id)
    followed(shop)

    assert to_deliver(shop) == [order.id, after.id]


async def test_an_order_of_another_partner_usage_number_or_release_is_another_order(shop: Shop) -> None:
    for about in ({"partner": "bolt"}, {"number": "4712"}, {"release": "2"}):
        delivered(shop, await came(shop, "order", **about))

    early = await change(shop, release="1")

    assert shop.state(early) == "held"


async def test_an_order_of_more_than_a_year_ago_is_another_order(shop: Shop) -> None:
    delivered(shop, await came(shop, "order"))
    Follower(shop.means, "threads", [ThreadProjector()]).work()
    shop.clock.turn(days=366)

    late = await change(shop)

    assert shop.state(late) == "held"


async def test_an_order_of_which_was_heard_within_the_year_is_the_same(shop: Shop) -> None:
    delivered(shop, await came(shop, "order"))
    shop.clock.turn(days=300)
    first = await change(shop)
    delivered(shop, first)
    Follower(shop.means, "threads", [ThreadProjector()]).work()
    shop.clock.turn(days=300)

    second = await change(shop, "2")

    assert shop.state(second) == "mapped"


async def test_an_order_in_parts_is_there_when_all_of_them_are(shop: Shop) -> None:
    search = {"po_number": "4711"}
    part = replace(a_mapped(""), canonical_type="order.v1", thread={"order": "4711"}, search=search)
    part = replace(part, set_id="850", group_control_number="1", set_control_number="0001")
    first = await came(shop, "order", siblings=(part,))
    [_, second] = sorted(row.id for row in shop.questions.documents())
    early = await change(shop)
    delivered(shop, first)
    followed(shop)
    assert shop.state(early) == "held"

    delivered(shop, second)
    followed(shop)

    assert shop.state(early) == "mapped"


# ---------------------------------------------------------------------------------------------- one after the other


async def test_changes_of_one_order_go_one_after_the_other(shop: Shop) -> None:
    first, second, order = await change(shop, "1"), await change(shop, "2"), await came(shop, "order")
    delivered(shop, order)
    followed(shop)
    assert [shop.state(one) for one in (first, second)] == ["mapped", "held"]
    assert why(shop, second).startswith("waits for an earlier change of its order (1), which is mapped")

    delivered(shop, first)
    followed(shop)

    assert to_deliver(shop) == [order, first, second]


async def test_a_change_that_our_system_refused_for_good_keeps_no_other_waiting(shop: Shop) -> None:
    delivered(shop, await came(shop, "order"))
    first, second = await change(shop, "1"), await change(shop, "2")
    assert shop.state(second) == "held"

    shop.journal.record_delivered("erp", [shop.attempted(first, "refused", "dead", reason="no such line")])
    followed(shop)

    assert shop.state(second) == "mapped"


# ---------------------------------------------------------------------------------------------- people


async def test_a_person_lets_it_go_without_its_order(shop: Shop) -> None:
    early = await change(shop)

    words = shop.operator.release(early, **WHO)
    followed(shop)

    assert words == f"{early} goes on, without its order"
    assert to_deliver(shop) == [early]
    assert shop.kinds(early) == ["document.before-order", "document.released"]
    with pytest.raises(UsageError):
        shop.operator.release(early, **WHO)


async def test_a_person_keeps_it_and_it_does_not_go_when_its_order_comes(shop: Shop) -> None:
    early = await change(shop)
    shop.operator.act("hold", Selection(ids=(early,)), How(), **WHO)
    delivered(shop, await came(shop, "order"))

    followed(shop)
    assert shop.state(early) == "held"
    shop.operator.release(early, **WHO)

    assert shop.state(early) == "validated"  # mapped once more: it waits again if it still has to


async def test_a_replay_is_judged_anew(shop: Shop) -> None:
    early = await change(shop)
    shop.operator.replay(early, mode="current", again=False, **WHO)
    followed(shop)
    assert shop.state(early) == "validated"

    shop.journal.record_translated([mapped_again(early)])
    assert shop.state(early) == "held"
    delivered(shop, await came(shop, "order"))
    followed(shop)

    assert shop.state(early) == "mapped"


async def test_a_change_that_is_held_for_something_else_after_a_replay_does_not_go_by_itself(shop: Shop) -> None:
    early = await change(shop)
    shop.operator.replay(early, mode="current", again=False, **WHO)
    shop.journal.record_translated([replace(mapped_again(early), state="held", reason="an unknown unit")])

    delivered(shop, await came(shop, "order"))
    followed(shop)

    assert (shop.state(early), why(shop, early)) == ("held", "an unknown unit")


async def test_nothing_is_lost_when_order_and_change_come_at_the_same_moment(shop: Shop) -> None:
    for number in range(10):
        order = await came(shop, "order", f"N-{number}")
        outcome = shop.opened(
            await shop.arrived(an_interchange(control())),
            canonical_type="order_change.v1",
            set_id="860",
            after_order=True,
            thread={"order": f"N-{number}"},
            search={"po_number": f"N-{number}"},
        )
        await asyncio.gather(
            asyncio.to_thread(delivered, shop, order),
            asyncio.to_thread(shop.journal.record_processed, [outcome]),
            asyncio.to_thread(followed, shop),
        )
        followed(shop)

        [later] = outcome.interchanges[0].documents
        assert shop.state(later.id) == "mapped"
        assert to_deliver(shop).count(later.id) == 1


def mapped_again(document: str) -> Any:
    about = {"canonical_type": "order_change.v1", "set_id": "860", "thread": {"order": "4711"}, "after_order": True}
    return replace(a_mapped(document), **about, search={"po_number": "4711"}, business_number="1")
