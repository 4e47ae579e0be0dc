"""The hours of a channel: what was laid out while it was open is not offered once it is closed."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from gateway.partners.window import DAYS
from gateway.pipeline.questions import DocumentDetail
from tests.journeys.bad_input.road import Road, a_road
from tests.journeys.test_cross_references import hand_in
from tests.journeys.test_parts import files

CHANNEL: Final = "fernhill-sftp"


def with_hours(windows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Fernhill's channel has these hours."""
    found = files()
    partners = found["partners"]
    channel = yaml.safe_load(partners[f"channels/{CHANNEL}.yaml"])
    partners[f"channels/{CHANNEL}.yaml"] = yaml.safe_dump({**channel, "windows": list(windows)})
    return found


def an_answer(number: str) -> dict[str, Any]:
    """One line, accepted."""
    said = [{"status": "accepted", "quantity": "1", "unit": "case"}]
    line = {"number": "1", "quantity": "1", "unit": "case", "price": "1.00", "vendor_sku": "HP-1", "answers": said}
    body: dict[str, Any] = {
        "purpose": "original",
        "answer": "accepted",
        "po_number": number,
        "order_date": "2026-01-08",
    }
    body |= {"response_date": "2026-01-08", "vendor_number": "FH-2290", "lines": [line]}
    return {"schema": "order_response.v1", "partner": "fernhill", "stage": "production", "body": body}


async def laid_out(road: Road, document: str) -> DocumentDetail:
    """The document, once it is in its interchange."""
    async with asyncio.timeout(20):
        while await asyncio.to_thread(road.gateway.memory.questions.document, document) is None:
            await asyncio.sleep(0.02)
    return await road.reached(document, "sealed")


@pytest.mark.long
async def test_what_was_laid_out_is_not_offered_outside_the_hours_of_its_channel(tmp_path: Path) -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    another_day = {"days": DAYS[soon.weekday()], "from": "10:00", "to": "11:00"}

    async with a_road(tmp_path, with_hours([])) as road:
        document = await hand_in(road, an_answer("F-1"), "key-1")
        name = (await laid_out(road, document)).sending["name"]
        assert await road.names(CHANNEL, "outbound") == {name}
    async with a_road(tmp_path, with_hours([another_day])) as road:
        assert await road.names(CHANNEL, "outbound") == set()
    async with a_road(tmp_path, with_hours([])) as road:
        assert await road.names(CHANNEL, "outbound") == {name}
