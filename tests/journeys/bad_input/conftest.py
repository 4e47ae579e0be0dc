"""One running gateway for each module of these tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.bad_input.road import Road, a_road


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def road(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Road]:
    """A gateway with the sample partners, Fir and Gull."""
    async with a_road(tmp_path_factory.mktemp("home")) as opened:
        yield opened
