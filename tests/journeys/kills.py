"""Killing a gateway with -9 and bringing it back, and a note of what it had in hand."""

import asyncio
import contextlib
import os
import secrets
from dataclasses import dataclass, field
from random import Random

from tests.journeys.gateway_process import GatewayProcess, Site
from tests.journeys.reckoning import waiting


@dataclass(slots=True)
class Kills:
    """How often something was killed, and how often it had work in hand."""

    count: int = 0
    with_work: int = 0
    while_starting: int = 0
    at: list[str] = field(default_factory=list)


async def strike(site: Site, node: GatewayProcess, kills: Kills, when: str) -> None:
    """kill -9 one node."""
    node.http_url = ""
    await node.process.kill()
    received, unsettled = await asyncio.to_thread(waiting, site)
    kills.count += 1
    kills.with_work += bool(received or unsettled)
    kills.at.append(f"{when} acknowledged, {received} received, {unsettled} on their way")


async def bring_back(node: GatewayProcess, random: Random, kills: Kills) -> None:
    """Start it again; sometimes it is killed once more before it is up."""
    await asyncio.sleep(random.uniform(0, 0.3))
    if random.random() < 0.3:
        await node.process.start()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(node.process.ready_line(), random.uniform(0.2, 1.5))
        await node.process.kill()
        kills.count += 1
        kills.while_starting += 1
    await node.start()


def a_seed() -> int:
    """Another one each time, unless GATEWAY_TEST_SEED asks for one that was printed."""
    seed = int(os.environ.get("GATEWAY_TEST_SEED") or secrets.randbelow(1_000_000))
    print(f"seed {seed}: play it again with GATEWAY_TEST_SEED={seed}")  # noqa: T201 - shown with a failed test
    return seed
