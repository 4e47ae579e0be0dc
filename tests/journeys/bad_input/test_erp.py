"""What the ERP refuses stops there, with the ERP's own reason, until somebody replays it."""

import asyncio

import pytest

from gateway.backends.sandbox_store import Mode
from tests.journeys.bad_input.orders import an_order, from_acme
from tests.journeys.bad_input.road import Road

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_what_the_erp_answers_with_400_is_dead_with_its_reason_and_delivered_by_a_replay(road: Road) -> None:
    # The neighbour goes first: this mode refuses whoever comes.
    await road.neighbour()
    road.sandbox.set_mode(Mode.REFUSE400)
    try:
        became = await road.settled(file_name=await road.upload("acme-sftp", from_acme(an_order("ERP-1"))))
    finally:
        road.sandbox.set_mode(Mode.OK)
    await road.neighbour()

    document = became.document
    assert became.states == ["dead"]
    assert "HTTP 400" in document.row.reason
    assert "the sandbox was told to refuse: unknown item number" in document.row.reason
    assert became.told == ["A"]
    assert became.erp == []

    operator = road.gateway.memory.operator
    await asyncio.to_thread(
        operator.replay, document.row.id, mode="current", again=False, reason="item number added", who="dana"
    )
    replayed = await road.reached(document.row.id, "delivered")

    (envelope,) = road.envelopes(document.row.id)
    assert envelope["key"] == f"{document.row.id}.1"
    assert envelope["business_number"] == "ERP-1"
    assert replayed.row.external_id
    events = [(event.kind, event.who, event.why) for event in replayed.events]
    assert ("document.replayed", "dana", "item number added") in events
    assert len(replayed.acknowledgements) == 1


async def test_one_refusal_does_not_stop_the_documents_behind_it(road: Road) -> None:
    road.sandbox.set_mode(Mode.REFUSE400, times=1)
    sets = [an_order(f"ERP-{n}", st02=f"{n:04}") for n in range(2, 6)]
    became = await road.settled(file_name=await road.upload("acme-sftp", from_acme(*sets)))

    assert sorted(became.states) == ["dead", "delivered", "delivered", "delivered"]
    assert became.told == ["A"] * 4
