"""A change of an order is never delivered before its order, is never lost, and never delivered twice."""

import asyncio
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import select

from gateway.errors import MachineError, UsageError
from gateway.pipeline.stage import TransmissionOutcome
from gateway.pipeline.verbs import How, Selection
from gateway.store import holding
from gateway.store.deadlines import StoreDeadlines
from gateway.store.following import Follower
from gateway.store.means import Transaction
from gateway.store.order_waits import OrderWaits
from gateway.store.tables import DOCUMENT
from gateway.store.threading_projector import ThreadProjector
from gateway.store.threading_tables import ORDER_WAIT
from gateway.store.threads import StoreThreads
from tests.contract.store.shop import Shop, a_mapped, an_interchange
from tests.contract.store.test_deadlines import Clocks
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


async def test_orders_and_changes_are_told_by_their_threads_though_nobody_searches_for_them_by_that(shop: Shop) -> None:
    early, order = await change(shop, search={}), await came(shop, "order", search={})
    delivered(shop, order)
    followed(shop)
    assert shop.state(early) == "mapped"
    delivered(shop, early)

    later = await change(shop, "2", search={})

    assert shop.state(later) == "mapped"


async def test_an_order_is_found_among_many_whose_control_numbers_are_like_its_number(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.order_waits.LOOKED_AT", 2)
    delivered(shop, await came(shop, "order", "0001"))
    about = {"canonical_type": "order.v1", "thread": {"order": "X"}, "search": {"po_number": "X"}}
    await shop.processed(an_interchange(control(), groups=60), **about, business_number="X")  # each with ST02 0001

    later = await change(shop, number="0001")
    known = StoreThreads(shop.means.database, shop.means.blobs).orders("acme", "P", {"order": "0001"})

    assert shop.state(later) == "mapped"
    assert len(known) == 1


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


async def test_an_order_of_more_than_a_year_later_is_another_order(shop: Shop) -> None:
    early = await change(shop)
    shop.clock.turn(days=366)
    delivered(shop, await came(shop, "order"))

    followed(shop)

    assert shop.state(early) == "held"


async def test_what_its_order_waits_for_is_said_of_the_part_that_is_missing(shop: Shop) -> None:
    search = {"po_number": "4711"}
    part = replace(a_mapped(""), canonical_type="order.v1", thread={"order": "4711"}, search=search)
    part = replace(part, set_id="850", group_control_number="1", set_control_number="0001")
    first = await came(shop, "order", siblings=(part,))
    [_, second] = sorted(row.id for row in shop.questions.documents())
    dead(shop, first)
    delivered(shop, second)

    early = await change(shop)

    assert why(shop, early).startswith("waits for its order 4711, which is dead;")


@pytest.mark.parametrize("fate", ["never came", "is dead", "is held", "is a test", "another partner's"])
async def test_whatever_became_of_its_order_a_change_that_waits_has_a_deadline_and_is_told(
    shop: Shop, fate: str
) -> None:
    match fate:
        case "is dead":
            dead(shop, await came(shop, "order"))
        case "is held":
            await came(shop, "order", state="held", reason="an unknown unit")
        case "is a test":
            test = shop.opened(
                await shop.arrived(an_interchange(control(), usage="T")),
                canonical_type="order.v1",
                thread={"order": "4711"},
                search={"po_number": "4711"},
            )
            shop.journal.record_processed([test])
            delivered(shop, test.interchanges[0].documents[0].id)
        case "another partner's":
            delivered(shop, await came(shop, "order", partner="bolt"))
    early = await change(shop)
    deadlines = StoreDeadlines(shop.means, Clocks())
    deadlines.work()
    shop.clock.turn(days=3)

    followed(shop)
    deadlines.work()

    assert shop.state(early) == "held"
    assert shop.kinds(early) == ["document.before-order", "document.late"]


# ---------------------------------------------------------------------------------------------- ordered again


async def test_a_replacement_of_the_order_that_came_before_a_change_goes_before_it(shop: Shop) -> None:
    delivered(shop, await came(shop, "order"))
    replacement = await came(shop, "order")
    later = await change(shop)
    assert why(shop, later).startswith("waits for its order 4711, which goes to our system again and is mapped;")

    delivered(shop, replacement)
    followed(shop)

    assert shop.state(later) == "mapped"


async def test_a_replacement_that_our_system_refused_or_that_came_later_keeps_no_change(shop: Shop) -> None:
    delivered(shop, await came(shop, "order"))
    dead(shop, await came(shop, "order"))

    first = await change(shop)
    await came(shop, "order")
    followed(shop)

    assert shop.state(first) == "mapped"


async def test_an_order_that_a_person_has_delivered_again_does_not_overwrite_a_change_that_came_meanwhile(
    shop: Shop,
) -> None:
    order = await came(shop, "order")
    delivered(shop, order)
    shop.operator.replay(order, mode="current", again=True, **WHO)
    later = await change(shop)
    assert shop.state(later) == "held"

    shop.journal.record_translated([order_again(order)])
    delivered(shop, order)
    followed(shop)

    assert shop.state(later) == "mapped"


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


async def test_two_changes_that_are_read_in_another_order_than_they_came_go_as_they_came(shop: Shop) -> None:
    delivered(shop, await came(shop, "order"))
    first, second = [await arrived_change(shop, name) for name in ("1", "2")]

    shop.journal.record_processed([second, first])

    ids = [one.interchanges[0].documents[0].id for one in (first, second)]
    assert [shop.state(one) for one in ids] == ["mapped", "held"]


async def test_a_change_is_not_handed_over_behind_a_later_one_unless_a_person_says_so(shop: Shop) -> None:
    first, second = await change(shop, "1"), await change(shop, "2")
    shop.operator.release(second, **WHO)
    delivered(shop, second)
    delivered(shop, await came(shop, "order"))
    followed(shop)
    assert shop.state(first) == "held"
    assert why(shop, first).startswith("came before a change of its order (2) that is delivered already;")

    third = await change(shop, "3")
    assert shop.state(third) == "mapped"  # what was overtaken keeps nobody waiting

    shop.operator.release(first, **WHO)
    assert to_deliver(shop)[-2:] == [third, first]


async def test_a_change_that_was_read_behind_a_later_one_is_a_persons_decision(shop: Shop) -> None:
    delivered(shop, await came(shop, "order"))
    first, second = [await arrived_change(shop, name) for name in ("1", "2")]
    shop.journal.record_processed([second])

    shop.journal.record_processed([first])

    early = first.interchanges[0].documents[0].id
    assert why(shop, early).startswith("came before a change of its order (2) that is mapped already;")


async def test_changes_that_our_system_lost_are_delivered_again_in_their_order(shop: Shop) -> None:
    delivered(shop, await came(shop, "order"))
    first = await change(shop, "1")
    delivered(shop, first)
    second = await change(shop, "2")
    delivered(shop, second)

    shop.operator.replay(first, mode="current", again=True, **WHO)
    shop.journal.record_translated([mapped_again(first)])

    assert shop.state(first) == "mapped"


@pytest.mark.parametrize("what", ["the order", "a change before it"])
async def test_what_is_of_another_number_after_a_replay_keeps_no_change_waiting(shop: Shop, what: str) -> None:
    order = await came(shop, "order", state="held", reason="unknown")
    blocks = order
    if what == "a change before it":
        delivered(shop, await came(shop, "order"))
        shop.operator.replay(order, mode="current", again=False, **WHO)
        shop.journal.record_translated([order_again(order)])
        delivered(shop, order)
        blocks = await change(shop, "1", state="held", reason="unknown")
    later = await change(shop, "2")
    followed(shop)
    shop.operator.replay(blocks, mode="current", again=False, **WHO)
    again = order_again(blocks) if blocks == order else mapped_again(blocks)

    shop.journal.record_translated([replace(again, thread={"order": "4712"}, search={"po_number": "4712"})])
    followed(shop)

    if what == "the order":
        assert why(shop, later).startswith("waits for its order 4711, which has not come;")
    else:
        assert shop.state(later) == "mapped"


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


async def test_who_lets_go_what_people_held_lets_no_change_go_without_its_order_unless_the_set_is_named(
    shop: Shop,
) -> None:
    early, held = await change(shop), await came(shop, "order", "4712")
    shop.operator.act("hold", Selection(ids=(held,)), How(), **WHO)

    for wanted in ({"partner": "acme"}, {"state": "held"}, {"older_than": shop.clock() + timedelta(days=1)}):
        assert shop.operator.preview("release", Selection(**wanted), How()).count == 1  # type: ignore[arg-type]
    shop.operator.act("release", Selection(partner="acme"), How(), **WHO)
    assert (shop.state(early), shop.state(held)) == ("held", "mapped")

    shop.operator.act("release", Selection(partner="acme", set_id="860"), How(), **WHO)
    assert shop.state(early) == "mapped"


async def test_a_person_who_holds_a_change_in_the_moment_in_which_its_order_is_delivered_keeps_it(shop: Shop) -> None:
    early, order = await change(shop), await came(shop, "order")
    delivered(shop, order)
    looks = threading.Thread(target=looked_at, args=(shop, order))
    with shop.means.database.begin() as connection:
        transaction = Transaction(shop.means, connection, shop.means.now())
        row = connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == early).with_for_update()).one()
        holding.hold(transaction, row, **WHO)
        looks.start()
        until_it_waits(shop)
    looks.join()

    assert (shop.state(early), to_deliver(shop)) == ("held", [order])


def looked_at(shop: Shop, document: str) -> None:
    """What a follower does once it has read its events."""
    with shop.means.database.begin() as connection:
        OrderWaits().project(Transaction(shop.means, connection, shop.means.now()), [document])


def until_it_waits(shop: Shop) -> None:
    """For the lock of a row; on SQLite nobody begins to write before the other is done."""
    waits = sqlalchemy.text("select count(*) from pg_locks where not granted")
    ends = time.monotonic() + 30
    while shop.means.database.kind == "postgresql" and time.monotonic() < ends:
        with shop.means.database.reading() as connection:
            if connection.execute(waits).scalar():
                return


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


def dead(shop: Shop, document: str) -> None:
    shop.journal.record_delivered("erp", [shop.attempted(document, "refused", "dead", reason="no such customer")])


async def arrived_change(shop: Shop, name: str) -> TransmissionOutcome:
    """A change that came and was looked into; nothing of that is written yet."""
    received = await shop.arrived(an_interchange(control()))
    shop.clock.turn(minutes=1)
    about = {"canonical_type": "order_change.v1", "set_id": "860", "thread": {"order": "4711"}, "after_order": True}
    return shop.opened(received, **about, search={"po_number": "4711"}, business_number=name)


def order_again(document: str) -> Any:
    about = {"canonical_type": "order.v1", "set_id": "850", "thread": {"order": "4711"}}
    return replace(a_mapped(document), **about, search={"po_number": "4711"})


def mapped_again(document: str) -> Any:
    about = {"canonical_type": "order_change.v1", "set_id": "860", "thread": {"order": "4711"}, "after_order": True}
    return replace(a_mapped(document), **about, search={"po_number": "4711"}, business_number="1")
