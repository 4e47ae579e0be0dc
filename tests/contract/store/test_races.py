"""Two that do the same at once, or one that comes late: what one of them did must not undo the other."""

import hashlib
from datetime import timedelta

import pytest

from gateway.pipeline.stage import DeliveryOutcome, Reply, TransmissionOutcome
from gateway.store import stranded
from gateway.store.means import Means, Transaction
from gateway.store.tables import TRANSMISSION
from tests.contract.store.rows import WORK
from tests.contract.store.shop import Shop, a_mapped, an_interchange, content_of

LARGE = b'{"notes":"' + b"x" * 70_000 + b'"}'


async def test_a_late_answer_to_one_generation_is_not_taken_for_an_answer_to_the_next(shop: Shop) -> None:
    [document] = await shop.documents()
    late = shop.journal.deliverable("erp", [document])
    shop.journal.record_delivered("erp", [shop.attempted(document, "delivered", "delivered", external_id="SO-1")])
    shop.operator.replay(document, mode="current", again=True, reason="the ERP lost it", who="ann")
    row = shop.journal.translatable([document])[0]
    shop.journal.record_translated([a_mapped(row.id)])

    assert late
    shop.journal.record_delivered(
        "erp", [DeliveryOutcome(id=document, key=late[0].key, state="delivered", reply=Reply(kind="delivered"))]
    )

    waiting = shop.journal.deliverable("erp", [document])
    assert [one.key for one in waiting or []] == [f"{document}.2"]


async def test_a_lost_file_keeps_neither_its_neighbours_nor_the_probe_from_going_on(shop: Shop) -> None:
    [lost] = await shop.documents(canonical=LARGE)
    [fine] = await shop.documents(control="000000002")
    shop.means.blobs.path(hashlib.sha256(LARGE).hexdigest()).unlink()

    going = shop.journal.deliverable("erp", [lost, fine])
    oldest = shop.journal.oldest_waiting("erp")

    assert [one.id for one in going or []] == [fine]
    assert oldest is not None
    assert oldest.id == fine


async def test_a_lost_transmission_keeps_only_its_own_documents_from_being_mapped(shop: Shop) -> None:
    large = an_interchange(sets=900)
    lost = shop.opened(await shop.arrived(content=shop.means.blobs.keep(large)), state="validated")
    shop.journal.record_processed([lost])
    fine = await shop.processed(an_interchange("000000002"), state="validated")
    ids = [one.interchanges[0].documents[0].id for one in (lost, fine)]
    shop.means.blobs.path(hashlib.sha256(large).hexdigest()).unlink()

    assert [one.id for one in shop.journal.translatable(ids)] == ids[1:]


async def test_a_rename_takes_only_the_upload_it_saw_under_the_temporary_name(shop: Shop) -> None:
    shop.mailbox.stage("acme", "orders.tmp", content_of(b"ISA*first~"))
    seen = shop.mailbox.entry("acme", "inbound", "orders.tmp")
    assert seen is not None
    shop.mailbox.stage("acme", "orders.tmp", content_of(b"ISA*second~"))

    await shop.receive(shop.parcel(content=seen.content, door="sftp", file_name="orders.x12", staged_name="orders.tmp"))

    inbound = {entry.name: (entry.state, entry.content.inline) for entry in shop.mail("inbound")}
    assert inbound == {"orders.x12": ("accepted", b"ISA*first~"), "orders.tmp": ("staged", b"ISA*second~")}


async def test_what_a_person_reads_again_is_isolated_again_when_it_kills_again(shop: Shop) -> None:
    transmission = await shop.arrived(an_interchange())
    shop.journal.mark_suspects([transmission], [])
    shop.journal.record_processed([], suspects=[transmission])
    shop.journal.record_processed([TransmissionOutcome(id=transmission, state="dead", reason="stopped the gateway")])

    shop.operator.release(transmission, reason="corrected", who="ann")
    shop.journal.mark_suspects([transmission], [])
    shop.journal.record_processed([], suspects=[transmission])

    assert shop.work("suspect") == [("suspect", [[transmission]])] * 2


@pytest.mark.parametrize("state", ["mapped", "validated"])
async def test_the_sweep_takes_a_document_up_once_and_not_at_every_turn(shop: Shop, state: str) -> None:
    await shop.documents(2, state=state)
    shop.clock.turn(minutes=5)
    before = shop.means.now() - timedelta(minutes=1)

    first, second = shop.journal.requeue_stranded(before), shop.journal.requeue_stranded(before)

    assert (first, second) == (2, 0)


async def test_what_a_resumed_destination_sends_out_is_not_taken_for_forgotten(shop: Shop) -> None:
    [document] = await shop.documents()
    shop.journal.record_delivered("erp", [shop.attempted(document, "retry", "mapped")], trip=True)
    shop.clock.turn(hours=1)
    shop.journal.resume_destination("erp")

    assert shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1)) == 0


async def test_what_has_to_come_back_later_is_not_taken_for_forgotten(shop: Shop) -> None:
    [document] = await shop.documents()
    shop.clock.turn(minutes=5)

    shop.journal.postpone("erp", [document], 30.0)

    assert shop.delays("deliver")[-1] == 30.0
    assert shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1)) == 0
    assert [one.attempts for one in shop.journal.deliverable("erp", [document]) or []] == [0]


async def test_ten_thousand_parked_documents_do_not_hide_a_forgotten_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stranded, "MOST", 2)
    parked = await shop.documents(3)
    shop.journal.record_delivered("erp", [shop.attempted(parked[0], "retry", "mapped")], trip=True)
    forgotten = await shop.documents(control="000000002", destination="wms")
    shop.clock.turn(minutes=5)

    shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1))

    assert shop.work("deliver")[-1] == ("deliver", ["wms", forgotten])
    assert len([one for one in shop.work("deliver") if one[1][0] == "wms"]) == 2


async def test_two_nodes_that_sweep_at_once_take_a_row_up_once(shop: Shop, means: Means, kind: str) -> None:
    if kind == "sqlite":
        pytest.skip("SQLite has one process and one writer")
    await shop.arrived(an_interchange())
    shop.clock.turn(minutes=5)
    before = means.now() - timedelta(minutes=1)
    with means.database.begin() as connection:
        first = stranded.requeue(Transaction(means, connection, means.now()), before)
        second = shop.journal.requeue_stranded(before)

    assert (first, second) == (1, 0)
    assert [row.takes for row in shop.all(TRANSMISSION)] == [1]
    assert len(shop.all(WORK, WORK.c.task == "process")) == 2
