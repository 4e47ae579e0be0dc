"""`./run` alone: a whole gateway to try, with a home, secrets and a sandbox ERP of its own."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
import uvloop

from gateway.app.gateway import Addresses, checked_rules, read_authored
from gateway.app.home import fill_secrets, make_home
from gateway.app.logs import configure
from gateway.app.run import running_with_sandbox
from gateway.app.secrets import Secrets
from gateway.app.stopping import until_stopped
from gateway.cli.table import as_json
from gateway.errors import SettingsError
from gateway.partners.channel import SftpChannel
from gateway.pipeline.rules import Rules
from gateway.settings import Settings


def command(
    json_: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one JSON line, without the new secrets.")
    ] = False,
) -> None:
    """Make a local home on first use, then run everything on loopback: doors, engine, and a sandbox ERP.

    For trying the gateway. `gateway serve` is for production.

    Example: GATEWAY_HOME=/tmp/try gateway up --json
    """
    settings = Settings()
    if settings.places.database_url:
        raise SettingsError("`up` keeps to its own SQLite home; with GATEWAY_DATABASE_URL set use `gateway serve`")
    if settings.doors.host not in ("127.0.0.1", "::1", "localhost"):
        raise SettingsError(f"`up` listens on loopback only, not on {settings.doors.host}; use `gateway serve`")
    configure(settings.logs)
    make_home(settings.places.home)
    rules = checked_rules(*read_authored(settings))
    made = fill_secrets(rules.book.secrets(), Secrets(settings.places.home))
    uvloop.run(_up(settings, rules, made, json_))


async def _up(settings: Settings, rules: Rules, made: Sequence[tuple[str, str]], json_: bool) -> None:
    async with running_with_sandbox(settings) as (_, addresses, _, erp_url):
        lines = _lines(settings, rules, addresses, erp_url, made)
        if json_:
            lines = [as_json({**asdict(addresses), "erp_url": erp_url, "home": str(settings.places.home.resolve())})]
        await until_stopped(lambda: _tell(lines))


def _tell(lines: Sequence[str]) -> None:
    typer.echo("\n".join(lines))
    sys.stdout.flush()


def _lines(
    settings: Settings, rules: Rules, addresses: Addresses, erp_url: str, made: Sequence[tuple[str, str]]
) -> list[str]:
    users = [channel.user for channel in rules.book.channels.values() if isinstance(channel, SftpChannel)]
    lines = [
        f"SFTP drop-box   sftp -P {addresses.sftp_port} USER@{addresses.sftp_host}   users: {', '.join(users)}",
        f"HTTP API        {addresses.http_url}/api/v1/transmissions   (GET {addresses.http_url}/readyz)",
        f"sandbox ERP     {erp_url}   (GET /requests shows what it was sent)",
        f'make it fail    curl -d \'{{"mode": "fail500"}}\' {erp_url}/mode   (and "ok" again)',
        f"home            {settings.places.home.resolve()}   (secrets in its secrets/ folder)",
    ]
    lines += [f"new secret      {reference.removeprefix('file:')}   {secret}" for reference, secret in made]
    lines.append("Ctrl-C stops it. See what happened: ./run documents list")
    return lines
