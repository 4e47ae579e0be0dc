"""`gateway serve`: the gateway in production. Creates no users, partners, secrets or sandboxes."""

import sys
from typing import Annotated

import typer
import uvloop

from gateway.app.gateway import Addresses, Gateway
from gateway.app.logs import configure
from gateway.app.run import started
from gateway.app.stopping import until_stopped
from gateway.cli.table import as_json
from gateway.settings import Settings


def command(json_: Annotated[bool, typer.Option("--json", help="Print the addresses as JSON.")] = False) -> None:
    """Run doors, engine and deliveries until SIGTERM or Ctrl-C, or until this home is no longer the database's.

    On SQLite the tables are made or updated at start; on PostgreSQL run `gateway database migrate` before.

    Example: GATEWAY_DATABASE_URL=postgresql://gateway@db/gateway gateway serve
    """
    settings = Settings()
    configure(settings.logs)
    uvloop.run(_serve(settings, json_))


async def _serve(settings: Settings, json_: bool) -> None:
    gateway = Gateway(settings)
    async with started(gateway) as addresses:
        await until_stopped(lambda: _tell(addresses, json_), gateway.ended)


def _tell(addresses: Addresses, json_: bool) -> None:
    typer.echo(as_json(addresses) if json_ else f"ready: {_words(addresses)}")
    sys.stdout.flush()


def _words(addresses: Addresses) -> str:
    as2 = f", AS2 at {addresses.as2_url}/as2" if addresses.as2_url else ""
    mail = f", mail on port {addresses.smtp_port}" if addresses.smtp_port else ""
    return f"SFTP on {addresses.sftp_host} port {addresses.sftp_port}, HTTP at {addresses.http_url}{as2}{mail}"
