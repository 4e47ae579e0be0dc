"""A gateway that runs looks by itself whether the days of its partners add up."""

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from gateway.store.day_end_tables import DAY_END
from gateway.store.day_ends import StoreDayEnds
from tests.journeys.bad_input.road import PATIENCE_SECONDS, a_road
from tests.journeys.test_parts import files


async def test_days_of_all_partners_are_looked_at_while_the_gateway_runs(tmp_path: Path) -> None:
    async with a_road(tmp_path, files()) as road:
        days = StoreDayEnds(road.gateway.memory.means)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (begun := await asyncio.to_thread(days.looked)):
                await asyncio.sleep(0.05)
        with road.gateway.memory.database.begin() as connection:
            connection.execute(update(DAY_END).values(day=min(begun.values()) - timedelta(days=2)))

    async with a_road(tmp_path, files()) as road:
        days = StoreDayEnds(road.gateway.memory.means)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while any(day < begun[name] for name, day in (await asyncio.to_thread(days.looked)).items()):
                await asyncio.sleep(0.05)

    assert set(begun) == {"bolt", "fernhill"}
