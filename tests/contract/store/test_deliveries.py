"""Handing over: one effect per key, retries when asked for, a pause that strands nothing."""

import dataclasses
import threading
from datetime import timedelta
from typing import Any

from gateway.store import processed
from gateway.store.means import Transaction
from gateway.store.tables import DESTINATION, DOCUMENT
from gateway.store.work import CHUNK
from tests.contract.store.shop import Shop, an_interchange


async def test_a_deliverable_carries_its_body_and_a_key_of_id_and_generation(shop: Shop) -> None:
    ids = await shop.documents(2)

    found = shop.journal.deliverable("erp", ids)

    assert found is not None
    assert [one.key for one in found] == [f"{one}.1" for one in ids]
    assert found[0].canonical == b'{"total":"10.50"}'
    assert (found[0].stage, found[0].attempts, found[0].first_attempt_at) == ("production", 0, None)


async def test_what_another_destination_waits_for_is_not_handed_out(shop: Shop) -> None:
    ids = await shop.documents()

    assert shop.journal.deliverable("wms", ids) == []


async def test_a_delivery_is_written_once(shop: Shop) -> None:
    ids = await shop.documents()
    done = shop.attempted(ids[0], "delivered", "delivered", external_id="SO-1")

    shop.journal.record_delivered("erp", [done])
    shop.journal.record_delivered("erp", [shop.attempted(ids[0], "refused", "dead", reason="late")])

    row = shop.all(DOCUMENT)[0]
    assert (row.state, row.external_id, row.attempts) == ("delivered", "SO-1", 1)
    assert row.delivered_at == shop.means.now()
    assert shop.kinds(ids[0]) == ["document.mapped", "document.delivered"]
    assert shop.journal.deliverable("erp", ids) == []


async def test_a_retry_is_counted_and_enqueued_with_its_delay(shop: Shop) -> None:
    ids = await shop.documents(2)
    shop.clock.turn(minutes=1)

    shop.journal.record_delivered(
        "erp", [shop.attempted(one, "retry", "mapped", reason="503", delay_seconds=2.5) for one in ids]
    )

    again = shop.journal.deliverable("erp", ids)
    assert again is not None
    assert [(one.attempts, one.first_attempt_at) for one in again] == [(1, shop.means.now())] * 2
    assert shop.work("deliver")[-1] == ("deliver", ["erp", ids])
    assert shop.delays("deliver")[-1] == 3.0
    assert shop.all(DOCUMENT)[0].next_attempt_at == shop.means.now() + timedelta(seconds=2.5)


async def test_the_first_attempt_keeps_its_time(shop: Shop) -> None:
    ids = await shop.documents()
    shop.journal.record_delivered("erp", [shop.attempted(ids[0], "retry", "mapped")])
    first = shop.means.now()
    shop.clock.turn(hours=1)

    shop.journal.record_delivered("erp", [shop.attempted(ids[0], "retry", "mapped")])

    row = shop.all(DOCUMENT)[0]
    assert (row.attempts, row.first_attempt_at, row.last_attempt_at) == (2, first, shop.means.now())


async def test_a_trip_pauses_and_enqueues_one_probe_however_many_nodes_see_it(shop: Shop) -> None:
    ids = await shop.documents(2)

    for one in ids:
        shop.journal.record_delivered("erp", [shop.attempted(one, "retry", "mapped", delay_seconds=9)], trip=True)

    assert shop.work("probe") == [("probe", ["erp", 0])]
    assert len(shop.work("deliver")) == 1  # the first, of receiving: no retry of what is paused
    assert shop.journal.deliverable("erp", ids) is None
    assert shop.questions.counts()["paused"] == 1


async def test_what_a_dead_process_had_in_hand_is_handed_out_during_a_pause_too(shop: Shop) -> None:
    ids = await _paused(shop)

    found = shop.journal.deliverable("erp", ids, paused_too=True)

    assert found is not None
    assert [one.id for one in found] == ids


async def test_a_failed_probe_is_followed_by_the_next_and_a_repeated_one_by_none(shop: Shop) -> None:
    await _paused(shop)

    shop.journal.probe_failed("erp", 1, 4.0)
    shop.journal.probe_failed("erp", 1, 4.0)

    assert shop.work("probe") == [("probe", ["erp", 0]), ("probe", ["erp", 1])]
    assert shop.delays("probe")[-1] == 4.0


async def test_a_probe_takes_the_oldest(shop: Shop) -> None:
    ids = await shop.documents(3)

    oldest = shop.journal.oldest_waiting("erp")

    assert oldest is not None
    assert oldest.id == ids[0]
    assert shop.journal.oldest_waiting("wms") is None


async def test_resuming_enqueues_everything_that_waits_in_chunks(shop: Shop) -> None:
    ids = await _paused(shop, count=CHUNK + 1)
    before = len(shop.work("deliver"))

    shop.journal.resume_destination("erp")

    chunks = [arguments[1] for _, arguments in shop.work("deliver")[before:]]
    assert chunks == [ids[:CHUNK], ids[CHUNK:]]
    assert shop.journal.deliverable("erp", ids[:1]) != []
    assert shop.questions.counts()["paused"] == 0


async def test_what_is_mapped_while_the_pause_ends_is_not_stranded(shop: Shop, opened: Any) -> None:
    await _paused(shop)
    outcome = shop.opened(await shop.arrived(an_interchange("000000002")))
    other = Shop(dataclasses.replace(shop.means, database=opened(), node="two"))
    ending = threading.Thread(target=other.journal.resume_destination, args=("erp",))

    with shop.means.database.begin() as connection:
        processed.record(Transaction(shop.means, connection, shop.means.now()), [outcome], ())
        ending.start()  # the pause was seen, the document is not committed yet
        ending.join(timeout=0.3)
    ending.join()

    enqueued = [one for _, arguments in shop.work("deliver") for one in arguments[1]]  # type: ignore[attr-defined]
    assert outcome.interchanges[0].documents[0].id in enqueued


async def test_a_second_pause_has_probes_of_its_own(shop: Shop) -> None:
    await _paused(shop)
    shop.journal.resume_destination("erp")
    ids = await shop.documents(control="000000002")

    shop.journal.record_delivered("erp", [shop.attempted(ids[0], "retry", "mapped")], trip=True)

    assert len(shop.work("probe")) == 2
    assert shop.all(DESTINATION)[0].pauses == 2


async def test_the_sweep_takes_up_what_waits_too_long_and_leaves_what_has_time(shop: Shop) -> None:
    received = await shop.arrived(b"ISA*~")
    mapped = await shop.documents()
    waiting = (await shop.documents(control="000000002"))[0]
    shop.journal.record_delivered("erp", [shop.attempted(waiting, "retry", "mapped", delay_seconds=900)])
    shop.clock.turn(minutes=5)
    before = len(shop.work())

    taken = shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1))

    assert taken == 2
    assert shop.work()[before:] == [("process", [[received]]), ("deliver", ["erp", mapped])]


async def test_the_sweep_leaves_paused_documents_and_revives_a_lost_probe(shop: Shop) -> None:
    await _paused(shop)
    shop.clock.turn(minutes=5)
    before = len(shop.work())

    taken = shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1))

    assert taken == 1
    assert shop.work()[before:] == [("probe", ["erp", 0])]


async def _paused(shop: Shop, count: int = 1) -> list[str]:
    ids = await shop.documents(count)
    shop.journal.record_delivered("erp", [shop.attempted(ids[0], "retry", "mapped")], trip=True)
    return ids
