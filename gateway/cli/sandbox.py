"""`gateway sandbox`: the pretend ERP by itself, for tests and for seeing what happens when an ERP misbehaves."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Annotated

import typer

from gateway.backends.sandbox import SandboxErp
from gateway.backends.sandbox_store import Mode


def command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 8090,
    mode: Annotated[Mode, typer.Option(help="How it behaves until told otherwise by POST /mode.")] = Mode.OK,
    file: Annotated[Path | None, typer.Option(help="Keep documents in this JSON-lines file.")] = None,
    latency: Annotated[float, typer.Option(min=0, max=60, help="Seconds that every answer takes.")] = 0.0,
) -> None:
    """Run the sandbox ERP until interrupted, and print its address.

    Example: gateway sandbox --port 8090 --mode fail500
    """
    asyncio.run(_serve(SandboxErp(mode=mode, file=file, latency_seconds=latency), port))


async def _serve(sandbox: SandboxErp, port: int) -> None:
    url = await sandbox.start(port=port)
    typer.echo(url)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await sandbox.close()
