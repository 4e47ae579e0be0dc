"""`gateway sandbox`: the pretend ERP by itself, for tests and for seeing what happens when an ERP misbehaves."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.stopping import until_stopped
from gateway.backends.sandbox import SandboxErp
from gateway.backends.sandbox_store import Mode
from gateway.cli.table import as_json
from gateway.errors import UsageError


def command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 8090,
    mode: Annotated[Mode, typer.Option(help="How it behaves until told otherwise by POST /mode.")] = Mode.OK,
    file: Annotated[Path | None, typer.Option(help="Keep documents in this JSON-lines file.")] = None,
    latency: Annotated[float, typer.Option(min=0, max=60, help="Seconds that every answer takes.")] = 0.0,
    json_: Annotated[bool, typer.Option("--json", help="Print the address as one JSON line.")] = False,
) -> None:
    """Run the sandbox ERP until interrupted, and print its address.

    Example: gateway sandbox --port 8090 --mode fail500
    """
    try:
        sandbox = SandboxErp(mode=mode, file=file, latency_seconds=latency)
    except OSError as refused:
        raise UsageError(f"--file {file}: {refused.strerror or refused}") from refused
    asyncio.run(_serve(sandbox, port, json_))


async def _serve(sandbox: SandboxErp, port: int, json_: bool) -> None:
    url = await sandbox.start(port=port)
    try:
        await until_stopped(lambda: _tell(url, json_))
    finally:
        await sandbox.close()


def _tell(url: str, json_: bool) -> None:
    typer.echo(as_json({"erp_url": url}) if json_ else url)
    sys.stdout.flush()
