"""One order for three stores: three documents to our ERP, one answer to the grocer, once all three have answered."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.bad_input.orders import named
from tests.journeys.bad_input.road import Became, Road, a_road, authored
from tests.journeys.test_cross_references import hand_in

CHANNEL = "fernhill-sftp"
ORDER = Path(__file__).parents[2] / "mappings" / "fernhill" / "850" / "fixtures" / "stores.edi"


def files() -> dict[str, dict[str, str]]:
    """Fernhill and the neighbour; no other partner and mapping, so that a start is short."""
    found = authored()
    kept = r"(company|fernhill|bolt|channels/(fernhill|bolt)-\w+|guides/(fernhill|bolt)/.*|destinations/.*)\.yaml"
    partners = {name: text for name, text in found["partners"].items() if re.fullmatch(kept, name)}
    partners["intake/erp.yaml"] = "owner: tests\napi_key: file:secrets/erp-intake.key\nmay_send: [fernhill]\n"
    owners = ("x12/", "fernhill/", "bolt/")
    mappings = {name: text for name, text in found["mappings"].items() if name.startswith(owners)}
    return {"partners": partners, "mappings": mappings}


def answer(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Our ERP takes the order of one store."""
    order = envelope["body"]
    lines = [
        {
            **{name: line[name] for name in ("number", "quantity", "unit", "price", "buyer_sku", "vendor_sku")},
            "answers": [{"status": "accepted", "quantity": line["quantity"], "unit": line["unit"]}],
        }
        for line in order["lines"]
    ]
    kept = {name: order[name] for name in ("part", "po_number", "order_date", "buyer", "ship_tos")}
    body = {**kept, "purpose": "original", "answer": "accepted", "response_date": "2026-01-08", "lines": lines}
    about = {"schema": "order_response.v1", "partner": "fernhill", "stage": "production"}
    return {**about, "in_answer_to": envelope["document_id"], "body": body}


async def handed_in(road: Road, envelope: Mapping[str, Any]) -> str:
    """The id of the answer to one store's order, once the road has looked at it."""
    document = await hand_in(road, answer(envelope), f"answer-{envelope['document_id']}")
    async with asyncio.timeout(20):
        while await asyncio.to_thread(road.gateway.memory.questions.document, document) is None:
            await asyncio.sleep(0.02)
    return document


async def ordered(road: Road) -> Became:
    became = await road.send(CHANNEL, ORDER.read_bytes())
    assert became.states == ["delivered"] * 3
    assert became.told == ["A"]
    return became


async def test_three_stores_order_and_the_grocer_gets_one_answer(tmp_path: Path) -> None:
    async with a_road(tmp_path, files()) as road:
        became = await ordered(road)
        assert [one.row.part.split()[0] for one in became.documents] == ["1/3", "2/3", "3/3"]
        assert len({envelope["key"] for envelope in became.erp}) == 3

        first, second = [await handed_in(road, envelope) for envelope in became.erp[:2]]
        waiting = await road.reached(first, "collected")
        assert waiting.row.reason == "waits for its other parts (2 of 3 here)"
        assert await road.names(CHANNEL, "outbound") == {one["name"] for one in became.documents[0].acknowledgements}

        third = await handed_in(road, became.erp[2])
        sealed = await road.reached(first, "sealed")
        others = [await road.reached(one, "combined") for one in (second, third)]
        sent = await road.fetch(CHANNEL, f"/outbound/{sealed.sending['name']}")

    assert [one.row.reason for one in others] == [f"goes out as {first}, with all parts"] * 2
    assert len(named(sent, "ST")) == 1
    assert [segment[2] for segment in named(sent, "PO1")] == ["30", "48"]
    assert [segment[4::2] for segment in named(sent, "SDQ")] == [["10", "12", "8"], ["24", "24"]]


@pytest.mark.long
async def test_without_one_store_the_others_answer_when_a_person_says_so(tmp_path: Path) -> None:
    async with a_road(tmp_path, files()) as road:
        became = await ordered(road)
        first, second = [await handed_in(road, envelope) for envelope in became.erp[:2]]

        operator = road.gateway.memory.operator
        words = await asyncio.to_thread(operator.release, second, reason="store 3 is closed", who="kim")
        sealed = await road.reached(first, "sealed")
        sent = await road.fetch(CHANNEL, f"/outbound/{sealed.sending['name']}")

    assert words == f"2 of 3 parts go out as {first}, without the others"
    assert [segment[2] for segment in named(sent, "PO1")] == ["22", "24"]
    assert {event.who for event in sealed.events if event.kind == "document.replayed"} == {"kim"}
