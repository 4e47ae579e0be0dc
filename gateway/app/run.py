"""Running a gateway for the length of a block."""

import contextlib
from collections.abc import AsyncIterator

from gateway.app.gateway import Addresses, Gateway
from gateway.backends.sandbox import SandboxErp
from gateway.errors import MachineError
from gateway.settings import Settings


@contextlib.asynccontextmanager
async def started(gateway: Gateway) -> AsyncIterator[Addresses]:
    """This gateway, running for the length of a block. Raises MachineError at its end when it had to end by itself."""
    addresses = await gateway.start()
    try:
        yield addresses
    finally:
        await gateway.close()
    if gateway.why_ended:
        raise MachineError(gateway.why_ended)


@contextlib.asynccontextmanager
async def running_with_sandbox(settings: Settings) -> AsyncIterator[tuple[Gateway, Addresses, SandboxErp, str]]:
    """A gateway and a pretend ERP beside it, for the length of a block."""
    sandbox = SandboxErp(file=settings.places.home / "sandbox-erp.jsonl")
    url = await sandbox.start()
    try:
        gateway = Gateway(settings, sandbox_url=url)
        async with started(gateway) as addresses:
            yield gateway, addresses, sandbox, url
    finally:
        await sandbox.close()
