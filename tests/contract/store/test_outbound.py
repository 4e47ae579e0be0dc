"""Documents of ours before they are sealed, what partners do with them after, and what they may take from a thread."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from gateway.errors import NotInOrder, UsageError
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.stage import OutboundOutcome
from gateway.pipeline.ports import CameIn
from gateway.pipeline.stage import TransmissionOutcome
from gateway.store.tables import DOCUMENT, EVENT, OUTBOUND_INTERCHANGE, UNSEALED_SET
from gateway.store.threads import StoreThreads
from tests.contract.store.sending import SYSTEM, handed_in, held, sealed, translated
from tests.contract.store.shop import Shop, an_interchange


async def a_held_one(shop: Shop, number: str = "HP-1") -> str:
    """The id of a document that was held when it was handed in."""
    transmission = await shop.arrived(number.encode(), channel=SYSTEM, door="intake", message_id=f"key-{number}")
    outcome = held(document_id(transmission))
    shop.journal.record_processed([TransmissionOutcome(id=transmission, state="processed", outbound=(outcome,))])
    return outcome.id


async def test_what_was_handed_in_is_one_document_however_often_it_is_processed(shop: Shop) -> None:
    transmission = await shop.arrived(b"{}", channel=SYSTEM, door="intake", message_id="key-1")
    outcome = TransmissionOutcome(
        id=transmission, state="processed", outbound=(translated(document_id(transmission), "HP-1"),)
    )

    shop.journal.record_processed([outcome])
    shop.journal.record_processed([outcome])

    assert [(row.id, row.state, row.direction) for row in shop.all(DOCUMENT)] == [
        (document_id(transmission), "translated", "outbound")
    ]
    assert len(shop.all(UNSEALED_SET)) == 1
    assert shop.kinds(document_id(transmission)) == ["document.collected", "document.translated"]


async def test_the_transmission_says_that_it_came_by_the_intake(shop: Shop) -> None:
    transmission = await shop.arrived(b"{}", channel=SYSTEM, door="intake", message_id="key-1")

    assert [one.door for one in shop.journal.received([transmission])] == ["intake"]
    known = shop.questions.handed_in(SYSTEM, "key-1")
    assert known is not None
    assert (known.id, known.door) == (transmission, "intake")
    assert shop.questions.handed_in("intake/wms", "key-1") is None
    assert shop.questions.handed_in(SYSTEM, "key-2") is None


async def test_a_held_document_says_why_and_nothing_of_it_waits_to_be_sealed(shop: Shop) -> None:
    document = await a_held_one(shop)

    detail = shop.questions.document(document)
    assert detail is not None
    assert (detail.row.state, detail.row.reason) == ("held", "nothing is agreed")
    assert (detail.x12, detail.sending, detail.interchange_state) == (b"", {}, "")
    assert (shop.all(UNSEALED_SET), shop.work("seal")) == ([], [])


async def test_a_replay_of_a_held_document_translates_again_what_was_handed_in(shop: Shop) -> None:
    document = await a_held_one(shop)

    shop.operator.replay(document, mode="current", again=False, reason="agreed on now", who="ann")

    assert shop.work("collect") == [("collect", [[document]])]
    [again] = shop.journal.collected([document])
    assert (again.id, again.posted, again.original) == (document, b"HP-1", False)
    shop.journal.record_collected([translated(document, "HP-1")])
    sealed(shop)
    assert shop.state(document) == "sealed"
    assert shop.kinds(document) == [
        "document.collected",
        "document.held",
        "document.replayed",
        "document.translated",
        "document.sealed",
    ]


async def test_what_translating_again_finds_is_written_once(shop: Shop) -> None:
    document = await a_held_one(shop)
    shop.operator.replay(document, mode="current", again=False, reason="agreed on now", who="ann")
    shop.journal.record_collected([translated(document, "HP-1")])
    events = len(shop.all(EVENT))

    shop.journal.record_collected([held(document, "too late")])

    assert (shop.state(document), len(shop.all(EVENT))) == ("translated", events)


async def test_a_document_our_own_code_fails_on_again_keeps_what_was_known_of_it(shop: Shop) -> None:
    document = await a_held_one(shop)
    shop.operator.replay(document, mode="current", again=False, reason="mended", who="ann")

    shop.journal.record_collected([OutboundOutcome(id=document, state="dead", reason="it failed")])

    row = shop.all(DOCUMENT)[0]
    assert (row.state, row.reason, row.partner, row.usage) == ("dead", "it failed", "acme", "P")


@pytest.mark.parametrize("state", ["translated", "sealed", "sent"])
async def test_a_document_on_its_way_or_gone_is_not_replayed(shop: Shop, state: str) -> None:
    document = await handed_in(shop, "HP-1")
    if state != "translated":
        sealed(shop)
    if state == "sent":
        shop.mailbox.fetched("acme", shop.mail("outbound")[0])
    assert shop.state(document) == state

    with pytest.raises(UsageError):
        shop.operator.replay(document, mode="current", again=True, reason="once more", who="ann")

    assert shop.state(document) == state


async def test_what_was_replayed_and_forgotten_is_taken_up_by_the_sweep(shop: Shop) -> None:
    document = await a_held_one(shop)
    shop.operator.replay(document, mode="current", again=False, reason="agreed on now", who="ann")
    shop.clock.turn(minutes=2)

    shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1))

    assert shop.work("collect") == [("collect", [[document]])] * 2


# ---------------------------------------------------------------------------------------------- what a partner does


async def test_a_pickup_is_the_sending_and_a_removal_confirms_it(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)
    entry = shop.mail("outbound")[0]

    shop.clock.turn(minutes=1)
    shop.mailbox.fetched("acme", entry)
    shop.mailbox.fetched("acme", entry)
    fetched = shop.all(OUTBOUND_INTERCHANGE)[0]
    shop.clock.turn(minutes=1)
    shop.mailbox.remove("acme", "outbound", entry.name)

    row = shop.all(OUTBOUND_INTERCHANGE)[0]
    assert (fetched.state, fetched.fetched_at) == ("fetched", entry.modified_at + timedelta(minutes=1))
    assert (row.state, row.fetched_at, row.confirmed_at) == ("confirmed", fetched.fetched_at, shop.means.now())
    assert shop.state(document) == "sent"
    assert [event.kind for event in shop.all(EVENT)][-4:] == [
        "sending.offered",
        "sending.fetched",
        "document.sent",
        "sending.confirmed",
    ]
    assert [event.who for event in shop.all(EVENT)][-3:] == ["channel/acme"] * 3


async def test_a_file_removed_without_a_pickup_was_taken_all_the_same(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)

    shop.mailbox.remove("acme", "outbound", shop.mail("outbound")[0].name)

    row = shop.all(OUTBOUND_INTERCHANGE)[0]
    assert (row.state, row.fetched_at, row.confirmed_at) == ("confirmed", shop.means.now(), shop.means.now())
    assert shop.state(document) == "sent"


async def test_a_pickup_of_an_acknowledgement_sends_no_document(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)
    await shop.processed(an_interchange())
    answer = next(entry for entry in shop.mail("outbound") if "997" in entry.name)

    shop.mailbox.fetched("acme", answer)

    assert shop.state(document) == "sealed"


# ---------------------------------------------------------------------------------------------- theirs again


async def a_sent_one(shop: Shop) -> str:
    """The id of a document that the partner has fetched."""
    document = await handed_in(shop, "HP-1")
    sealed(shop)
    shop.mailbox.fetched("acme", shop.mail("outbound")[0])
    return document


async def test_a_resent_document_takes_other_numbers_and_the_place_of_the_first(shop: Shop) -> None:
    first = await a_sent_one(shop)

    shop.operator.resend(first, mode="original", reason="acme lost it", who="ann")

    second = next(row.id for row in shop.all(DOCUMENT) if row.id != first)
    assert shop.work("collect") == [("collect", [[second]])]
    [waiting] = shop.journal.collected([second])
    assert (waiting.posted, waiting.original, waiting.pins) == (b"HP-1", True, {"mapping": "x12/810@1"})
    shop.journal.record_collected([translated(second, "HP-1")])
    sealed(shop)
    rows = {row.id: row for row in shop.all(DOCUMENT)}
    assert (rows[first].state, rows[second].state) == ("superseded", "sealed")
    assert rows[first].reason == f"sent again as {second}: acme lost it"
    numbers = [rows[one].interchange_control_number for one in (first, second)]
    assert numbers == ["000000001", "000000002"]
    assert rows[second].acknowledgement == "awaited"
    assert shop.kinds(first)[-1] == "document.superseded"
    assert shop.kinds(second) == ["document.collected", "document.translated", "document.sealed"]


async def test_a_document_is_sent_again_once_for_each_time_a_person_asks(shop: Shop) -> None:
    first = await a_sent_one(shop)
    shop.operator.resend(first, mode="original", reason="acme lost it", who="ann")

    with pytest.raises(UsageError, match="superseded"):
        shop.operator.resend(first, mode="original", reason="acme lost it", who="bob")

    assert len(shop.all(DOCUMENT)) == 2


async def test_what_still_lies_in_the_folder_is_sent_again_only_when_somebody_insists(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)

    with pytest.raises(NotInOrder, match="would find both"):
        shop.operator.resend(document, mode="original", reason="acme lost it", who="ann")
    shop.operator.resend(document, mode="original", reason="acme lost it", who="ann", anyway=True)

    assert shop.state(document) == "superseded"


async def test_what_was_never_sent_or_came_in_or_has_no_reason_is_not_sent_again(shop: Shop) -> None:
    sent = await a_sent_one(shop)
    held_one = await a_held_one(shop, "HP-2")
    [inbound] = await shop.documents()

    for document, reason in ((held_one, "why not"), (inbound, "why not"), (sent, " "), ("01KJQ6NONE", "why not")):
        with pytest.raises(UsageError):
            shop.operator.resend(document, mode="original", reason=reason, who="ann", anyway=True)

    assert len(shop.all(DOCUMENT)) == 3


# ---------------------------------------------------------------------------------------------- threads


async def an_order(shop: Shop, control: str, usage: str = "P", **changes: Any) -> str:
    """The id of an order that came in."""
    values: dict[str, Any] = {
        "canonical_type": "order.v1",
        "business_number": "PO-7",
        "thread": {"order": "PO-7"},
        "canonical": b'{"vendor_number":"%s"}' % control.encode(),
    }
    outcome = await shop.processed(an_interchange(control, usage=usage), **values | changes)
    return outcome.interchanges[0].documents[0].id


@pytest.fixture
def threads(shop: Shop) -> StoreThreads:
    return StoreThreads(shop.means.database, shop.means.blobs)


def numbers(orders: Sequence[CameIn]) -> list[object]:
    """What distinguishes them."""
    return [order.body["vendor_number"] for order in orders if order.body]


async def test_the_orders_of_a_number_are_known_newest_first(shop: Shop, threads: StoreThreads) -> None:
    await an_order(shop, "000000001")
    await an_order(shop, "000000002")
    await an_order(shop, "000000003", business_number="PO-8", thread={"order": "PO-8"})

    assert numbers(threads.orders("acme", "P", {"order": "PO-7"})) == ["000000002", "000000001"]
    assert threads.orders("bolt", "P", {"order": "PO-7"}) == ()
    assert threads.orders("acme", "P", {"order": "PO-9"}) == ()
    assert threads.orders("acme", "P", {}) == ()


async def test_a_release_has_its_own_order_only(shop: Shop, threads: StoreThreads) -> None:
    await an_order(shop, "000000001", thread={"order": "PO-7", "release": "R1"})
    await an_order(shop, "000000002", thread={"order": "PO-7", "release": "R2"})

    assert numbers(threads.orders("acme", "P", {"order": "PO-7", "release": "R1"})) == ["000000001"]
    assert numbers(threads.orders("acme", "P", {"order": "PO-7"})) == ["000000002", "000000001"]


async def test_orders_of_another_stage_are_not_of_the_thread(shop: Shop, threads: StoreThreads) -> None:
    await an_order(shop, "000000001")
    await an_order(shop, "000000002", usage="T")

    assert numbers(threads.orders("acme", "P", {"order": "PO-7"})) == ["000000001"]
    assert numbers(threads.orders("acme", "T", {"order": "PO-7"})) == ["000000002"]


async def test_a_document_that_is_answered_is_known_to_its_partner_only(shop: Shop, threads: StoreThreads) -> None:
    first = await an_order(shop, "000000001", usage="T")

    found = threads.answered("acme", first)
    assert found == CameIn(
        id=first, usage="T", name="order", thread={"order": "PO-7"}, body={"vendor_number": "000000001"}
    )
    assert threads.answered("bolt", first) is None
    assert threads.answered("acme", "01KJQ6NONE") is None
