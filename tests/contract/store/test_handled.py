"""What came in and was settled elsewhere is put to rest by a person, in the open, and what hangs on it goes on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway.errors import UsageError
from gateway.pipeline.reconciling import Wanted
from gateway.pipeline.verbs import How, Selection
from gateway.store.audit import AuditBook
from gateway.store.purge import Purge
from gateway.store.reports.reconciliation import StoreReconciling
from gateway.store.tables import DOCUMENT, DOCUMENT_HOLD, EVENT
from gateway.store.threading_tables import ORDER_WAIT
from tests.contract.store.answers import GOOD, an_answer, answered
from tests.contract.store.sending import handed_in
from tests.contract.store.shop import Shop
from tests.contract.store.test_deadlines import running
from tests.contract.store.test_order_waits import change, delivered, followed, to_deliver, why
from tests.contract.store.test_owed import ordered, owed
from tests.contract.store.test_threading import came
from tests.contract.store.test_verbs import do

WHY = {"reason": "entered by hand as SO-1", "who": "dana"}


async def dead(shop: Shop, **about: Any) -> str:
    [document] = await shop.documents(**about)
    _refused(shop, document)
    return document


def _refused(shop: Shop, document: str) -> None:
    shop.journal.record_delivered("erp", [shop.attempted(document, "refused", "dead", reason="no such customer")])


def row(shop: Shop, document: str) -> Any:
    [found] = shop.all(DOCUMENT, DOCUMENT.c.id == document)
    return found


# ---------------------------------------------------------------------------------------------- closing it


@pytest.mark.parametrize("state", ["held", "dead"])
async def test_what_is_held_or_dead_is_closed_as_handled_with_its_event_and_its_entry(shop: Shop, state: str) -> None:
    [document] = await shop.documents(state=state, reason="unmapped unit BX")

    words = shop.operator.close(document, **WHY, handled=True, known_as="SO-1")

    assert words.startswith(f"{document} is closed, and is SO-1 in our system")
    said = f"closed by dana: entered by hand as SO-1; was {state}: unmapped unit BX"
    found = row(shop, document)
    assert (found.state, found.external_id, found.reason) == ("closed", "SO-1", said)
    told = shop.all(EVENT, EVENT.c.subject == document)[-1]
    assert (told.kind, told.who, told.why) == ("document.closed", "dana", "entered by hand as SO-1")
    assert told.detail == {"was": "unmapped unit BX", "state": state, "handled": "yes", "external_id": "SO-1"}
    entry = AuditBook(shop.means.database).entries()[0]
    assert (entry.verb, entry.who) == ("documents.close", "dana")
    assert entry.detail == {"handled": "yes", "as": "SO-1"}


@pytest.mark.parametrize("state", ["held", "dead"])
async def test_what_our_answer_accepted_does_not_vanish_by_a_plain_close(shop: Shop, state: str) -> None:
    [document] = await shop.documents(state=state, reason="unmapped unit BX")

    with pytest.raises(UsageError, match=r"our answer to the partner accepted it.* close it with --handled"):
        shop.operator.close(document, **WHY)

    assert shop.state(document) == state


async def test_what_is_on_its_way_delivered_ours_or_closed_already_is_not_closed(shop: Shop) -> None:
    mapped, there, closed = await shop.documents(3)
    [unmapped] = await shop.documents(control="000000002", state="validated", canonical=None)
    delivered(shop, there)
    _refused(shop, closed)
    shop.operator.close(closed, **WHY, handled=True)
    ours = await handed_in(shop, "HP-1")
    before = [shop.state(one) for one in (mapped, unmapped, there, ours)]

    for document, words in (
        (mapped, "is mapped: it is on its way"),
        (unmapped, "is validated: it is on its way"),
        (there, "our system has it"),
        (ours, "is ours"),
        (closed, "closed it already"),
    ):
        with pytest.raises(UsageError, match=words):
            shop.operator.close(document, **WHY, handled=True)

    assert [shop.state(one) for one in (mapped, unmapped, there, ours)] == before


async def test_an_acknowledgement_is_closed_as_before(shop: Shop) -> None:
    [answer] = await answered(shop, an_answer(tuple(one.replace("IN*1", "IN*77") for one in GOOD)))

    with pytest.raises(UsageError, match="close it without --handled"):
        shop.operator.close(answer, **WHY, handled=True)
    assert shop.operator.close(answer, reason="a test", who="dana").startswith(f"{answer} is closed")
    with pytest.raises(UsageError, match="is an acknowledgement that did not fit"):
        shop.operator.replay(answer, mode="current", again=True, **WHY)


async def test_many_are_closed_at_once_and_only_those_to_which_it_can_be_done(shop: Shop) -> None:
    held = await shop.documents(2, state="held", reason="unmapped unit BX")
    gone = await dead(shop, control="000000702")
    [mapped] = await shop.documents(control="000000703")
    [answer] = await answered(shop, an_answer(tuple(one.replace("IN*1", "IN*77") for one in GOOD), number="000000704"))
    how, acme = How(handled=True), Selection(partner="acme")

    assert shop.operator.preview("close", acme, how).count == 3
    acted = shop.operator.act("close", acme, how, **WHY)

    assert sorted(one for one, _ in acted.done) == sorted([*held, gone])
    assert [shop.state(one) for one in (mapped, answer)] == ["mapped", "held"]
    with pytest.raises(UsageError, match="that of one document"):
        shop.operator.act("close", acme, How(handled=True, known_as="SO-1"), **WHY)
    with pytest.raises(UsageError, match="that of one document"):
        shop.operator.close(answer, **WHY, known_as="SO-1")


# ---------------------------------------------------------------------------------------------- what hangs on it


async def test_its_clock_stops_and_what_we_owe_after_the_order_goes_on(shop: Shop) -> None:
    order = await ordered(shop)
    before = owed(shop)
    _refused(shop, order)
    assert running(shop, order)[:1] == ("attention",)  # type: ignore[index]

    shop.operator.close(order, **WHY, handled=True)

    assert running(shop, order) is None
    assert before["855"][0] == "open"
    assert owed(shop) == before


async def test_it_is_a_count_of_its_own_and_the_day_adds_up(shop: Shop) -> None:
    held, gone, mapped = await shop.documents(3)
    do(shop, "hold", held)
    _refused(shop, gone)
    shop.operator.close(held, **WHY, handled=True)
    shop.operator.close(gone, **WHY, handled=True)
    today = shop.clock().date()
    asked = Wanted(first=today, last=today, partner="acme")
    reports = StoreReconciling(shop.means.database, lambda _: "UTC")

    [day] = reports.days(asked)

    counted = day.received
    assert (counted.received, counted.closed, counted.in_progress) == (3, 2, 1)
    assert (counted.held, counted.failed, counted.matched) == (0, 0, 0)
    assert (counted.difference, day.differences) == (0, ())
    assert [one.documents for one in day.worth] == [3]
    assert {one.id for one in reports.behind(asked, "closed")} == {held, gone}
    assert shop.state(mapped) == "mapped"


async def test_a_change_of_a_closed_order_is_held_for_a_decision_and_says_so(shop: Shop) -> None:
    order = await came(shop, "order")
    _refused(shop, order)
    early = await change(shop)
    assert why(shop, early).startswith("waits for its order 4711, which is dead")

    shop.operator.close(order, **WHY, handled=True)
    followed(shop)

    assert shop.state(early) == "held"
    assert why(shop, early).startswith("its order 4711 was closed by a person")
    shop.operator.release(early, reason="applied to SO-1", who="kim")
    assert shop.state(early) == "mapped"


async def test_a_change_that_waits_and_is_closed_does_not_go_when_its_order_comes(shop: Shop) -> None:
    first, second = await change(shop, "1"), await change(shop, "2")

    shop.operator.close(first, **WHY, handled=True)
    order = await came(shop, "order")
    delivered(shop, order)
    followed(shop)

    assert (shop.state(first), shop.state(second)) == ("closed", "mapped")
    assert shop.all(ORDER_WAIT) == []
    assert to_deliver(shop) == [order, second]


async def test_what_is_closed_is_purged_when_it_is_of_age(shop: Shop) -> None:
    document = await dead(shop)
    purge = Purge(shop.means, lambda *_: shop.means.now() - timedelta(days=100), shop.means.now())
    shop.clock.turn(days=101)
    assert purge.run(reason="of age", who="jo").sums == {}

    shop.operator.close(document, **WHY, handled=True)
    assert purge.run(reason="of age", who="jo").sums == {}  # a person touched it just now
    shop.clock.turn(days=101)

    found = Purge(shop.means, purge.cutoff, shop.means.now()).run(reason="of age", who="jo")
    assert found.sums["acme", "850"].documents == 1


# ---------------------------------------------------------------------------------------------- too late, and undone


async def test_what_was_being_handed_over_when_it_was_held_and_closed_is_delivered_and_says_so(shop: Shop) -> None:
    [document] = await shop.documents()
    do(shop, "hold", document)
    shop.operator.close(document, **WHY, handled=True)
    assert shop.all(DOCUMENT_HOLD) == []

    shop.journal.record_delivered("erp", [shop.attempted(document, "delivered", "delivered", external_id="SO-9")])

    found = row(shop, document)
    assert (found.state, found.external_id) == ("delivered", "SO-9")
    assert _last(shop, document)["held"] == "too late: it was being handed over"


@pytest.mark.parametrize(("kind", "state"), [("retry", "mapped"), ("refused", "dead"), ("unknown", "held")])
async def test_a_try_that_failed_meanwhile_leaves_it_closed(shop: Shop, kind: str, state: str) -> None:
    [document] = await shop.documents()
    do(shop, "hold", document)
    shop.operator.close(document, **WHY, handled=True)

    shop.journal.record_delivered("erp", [shop.attempted(document, kind, state, reason="no answer")])

    assert (row(shop, document).state, row(shop, document).attempts) == ("closed", 1)
    assert "closed by dana" in row(shop, document).reason
    assert shop.kinds(document)[-1] == "document.deferred"


async def test_who_closed_in_error_takes_it_back_by_a_replay_that_says_again(shop: Shop) -> None:
    document = await dead(shop, agreement="acme/orders")
    shop.operator.close(document, **WHY, handled=True, known_as="SO-1")

    with pytest.raises(UsageError, match=r"is closed, closed by dana: .*our system may have it already.*--again"):
        shop.operator.replay(document, mode="current", again=False, reason="was another order", who="kim")
    words = shop.operator.replay(document, mode="current", again=True, reason="was another order", who="kim")

    found = row(shop, document)
    assert words.endswith(f"delivered under key {document}.1")
    assert (found.state, found.external_id, found.generation) == ("validated", "", 1)
    assert _last(shop, document)["from"] == "closed"
    assert running(shop, document)[:1] == ("delivery",)  # type: ignore[index]


async def test_the_number_of_an_earlier_delivery_is_known_again_when_who_closed_it_erred(shop: Shop) -> None:
    [document] = await shop.documents(agreement="acme/orders")
    shop.journal.record_delivered("erp", [shop.attempted(document, "delivered", "delivered", external_id="SO-9")])
    shop.operator.replay(document, mode="current", again=True, reason="the ERP lost it", who="kim")
    with shop.means.database.begin() as connection:
        connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == document).values(state="dead"))
    shop.operator.close(document, **WHY, handled=True, known_as="HAND-7")
    assert row(shop, document).external_id == "HAND-7"

    shop.operator.replay(document, mode="current", again=True, reason="was another order", who="kim")

    assert (row(shop, document).external_id, row(shop, document).generation) == ("SO-9", 2)


async def test_a_replay_of_many_wakes_what_was_closed_only_where_it_is_named_by_its_state(shop: Shop) -> None:
    document = await dead(shop, agreement="acme/orders")
    shop.operator.close(document, **WHY, handled=True)
    again = How(again=True)

    assert shop.operator.preview("replay", Selection(partner="acme"), again).count == 0
    assert shop.operator.preview("replay", Selection(state="closed"), again).count == 1
    assert shop.operator.preview("replay", Selection(state="closed"), How()).count == 0


def _last(shop: Shop, document: str) -> Mapping[str, str]:
    detail: Mapping[str, str] = shop.all(EVENT, EVENT.c.subject == document)[-1].detail
    return detail
