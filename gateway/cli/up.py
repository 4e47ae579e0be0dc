"""`./run` alone: a whole gateway to try, with a home, secrets and a sandbox ERP of its own."""

import sys
from collections.abc import Sequence

import typer
import uvloop

from gateway.app.gateway import Addresses, checked_rules, read_authored
from gateway.app.home import fill_secrets, make_home
from gateway.app.logs import configure
from gateway.app.run import running_with_sandbox, until_stopped
from gateway.app.secrets import Secrets
from gateway.errors import UsageError
from gateway.partners.channel import SftpChannel
from gateway.pipeline.rules import Rules
from gateway.settings import Settings


def command() -> None:
    """Make a local home on first use, then run everything on loopback: doors, engine, and a sandbox ERP.

    For trying the gateway. `gateway serve` is for production.
    """
    settings = Settings()
    if settings.places.database_url:
        raise UsageError("`up` keeps to its own SQLite home; with GATEWAY_DATABASE_URL set use `gateway serve`")
    if settings.doors.host not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(f"`up` listens on loopback only, not on {settings.doors.host}; use `gateway serve`")
    configure(settings.logs)
    make_home(settings.places.home)
    rules = checked_rules(*read_authored(settings))
    made = fill_secrets(rules.book.secrets(), Secrets(settings.places.home))
    uvloop.run(_up(settings, rules, made))


async def _up(settings: Settings, rules: Rules, made: Sequence[tuple[str, str]]) -> None:
    async with running_with_sandbox(settings) as (_, addresses, _, erp_url):
        await until_stopped(lambda: _tell(settings, rules, addresses, erp_url, made))


def _tell(
    settings: Settings, rules: Rules, addresses: Addresses, erp_url: str, made: Sequence[tuple[str, str]]
) -> None:
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
    typer.echo("\n".join(lines))
    sys.stdout.flush()
