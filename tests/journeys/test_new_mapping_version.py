"""An unmapped code is held until a mapping that knows it is released; then a replay delivers."""

import asyncio
from pathlib import Path

import pytest

from tests.journeys.bad_input.orders import LINE, an_order, from_acme
from tests.journeys.bad_input.road import Road, a_road, authored

ASSORTMENT = LINE.replace("*EA*", "*AS*")


async def _held(home: Path) -> str:
    """An order with a unit nobody has agreed on, in a gateway that is then stopped; its document id."""
    async with a_road(home) as road:
        became = await road.send("acme-sftp", from_acme(an_order("NEW-1", lines=[ASSORTMENT])))

    assert became.states == ["held"]
    assert "AS" in became.document.row.reason
    assert became.told == ["A"]
    assert became.erp == []
    return became.document.row.id


async def _replay(road: Road, document_id: str, mode: str) -> None:
    operator = road.gateway.memory.operator
    await asyncio.to_thread(
        operator.replay, document_id, mode=mode, again=False, reason="AS agreed with ACME", who="dana"
    )


@pytest.mark.long
async def test_a_held_order_is_delivered_by_a_replay_with_the_next_version_of_its_mapping(tmp_path: Path) -> None:
    document_id = await _held(tmp_path)
    files = authored()
    first = files["mappings"]["acme/850/v1.map.yaml"]
    second = first.replace("version: 1", "version: 2").replace("{CS: !read case,", "{CS: !read case, AS: assortment,")
    files["mappings"]["acme/850/v2.map.yaml"] = second
    files["partners"]["acme.yaml"] = files["partners"]["acme.yaml"].replace("acme/850@1", "acme/850@2")

    async with a_road(tmp_path, files) as road:
        await _replay(road, document_id, "original")
        still = await road.reached(document_id, "held")
        assert still.pins["mapping"] == "acme/850@1"
        assert "AS" in still.row.reason

        await _replay(road, document_id, "current")
        delivered = await road.reached(document_id, "delivered")
        (envelope,) = road.envelopes(document_id)
        await road.neighbour()

    assert delivered.pins["mapping"] == "acme/850@2"
    assert envelope["body"]["lines"][0]["unit"] == "assortment"
    assert envelope["key"] == f"{document_id}.1"
    assert len(delivered.acknowledgements) == 1
    assert [event.who for event in delivered.events if event.kind == "document.replayed"] == ["dana", "dana"]
