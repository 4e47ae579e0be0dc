"""One running gateway for all tests of this folder: a process has one durable engine, so there is never a second."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.bad_input.road import Road, a_road


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def road(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Road]:
    """A gateway with the sample partners, Fir and Gull."""
    async with a_road(tmp_path_factory.mktemp("home")) as opened:
        yield opened
