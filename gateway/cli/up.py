"""`./run` alone: a whole gateway to try, with a home, secrets and a sandbox ERP of its own."""

import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
import uvloop

from gateway.app.as2 import key_store
from gateway.app.business import doing_business
from gateway.app.gateway import Addresses, checked_rules, read_authored
from gateway.app.home import fill_secrets, make_home, secrets_were_shown
from gateway.app.keys import fill_keys
from gateway.app.logs import configure
from gateway.app.memory import utc_now
from gateway.app.run import running_with_sandbox
from gateway.app.secrets import Secrets
from gateway.app.stopping import until_stopped
from gateway.cli import table
from gateway.cli.table import as_json
from gateway.errors import SettingsError
from gateway.partners.book import Book
from gateway.partners.channel import (
    As2Channel,
    Channel,
    FolderChannel,
    HttpChannel,
    MailChannel,
    SftpChannel,
    SftpClientChannel,
    secrets_of,
)
from gateway.pipeline.rules import Rules
from gateway.settings import Settings

_LAST = "\nCtrl-C stops it. See what happened: ./run documents list"


def command(
    json_: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one JSON line, without the new secrets.")
    ] = False,
    quiet_erp: Annotated[
        bool, typer.Option("--quiet-erp", help="The sandbox ERP only takes documents: it answers no order.")
    ] = False,
) -> None:
    """Make a local home on first use, then run everything on loopback: doors, engine, and a sandbox ERP.

    The sandbox ERP does business: it answers the orders that reach it, ships and bills them. For trying the gateway.
    `gateway serve` is for production.

    Example: GATEWAY_HOME=/tmp/try gateway up --json
    """
    settings = Settings()
    if settings.places.database_url:
        raise SettingsError("`up` keeps to its own SQLite home; with GATEWAY_DATABASE_URL set use `gateway serve`")
    if settings.doors.host not in ("127.0.0.1", "::1", "localhost"):
        raise SettingsError(f"`up` listens on loopback only, not on {settings.doors.host}; use `gateway serve`")
    configure(settings.logs)
    make_home(settings.places.home)
    rules = checked_rules(*read_authored(settings), settings.places)
    new = fill_secrets(rules.book.secrets(), Secrets(settings.places.home))
    fill_keys(key_store(settings, rules.book), rules.book.our_keys, owner=rules.book.company.name, now=utc_now())
    uvloop.run(_up(settings, rules, dict(new), json_=json_, quiet_erp=quiet_erp))


async def _up(settings: Settings, rules: Rules, new: Mapping[str, str], *, json_: bool, quiet_erp: bool) -> None:
    secrets = Secrets(settings.places.home)
    async with contextlib.AsyncExitStack() as held:
        _, addresses, sandbox, erp_url = await held.enter_async_context(running_with_sandbox(settings))
        answers = not quiet_erp and await held.enter_async_context(
            doing_business(sandbox, rules.book, secrets, addresses.http_url)
        )
        shown = _addresses(
            settings,
            addresses,
            erp_url,
            answers=answers,
            folders=any(isinstance(one, FolderChannel) for one in rules.book.channels.values()),
        )
        lines = [*shown, *sign_in(rules.book, secrets, new), _LAST]
        if json_:
            lines = [as_json({**asdict(addresses), "erp_url": erp_url, "home": str(settings.places.home.resolve())})]
        await until_stopped(lambda: _tell(lines, None if json_ else secrets))


def _tell(lines: Sequence[str], shown: Secrets | None) -> None:
    typer.echo("\n".join(lines))
    sys.stdout.flush()
    if shown is not None:
        secrets_were_shown(shown)


def sign_in(book: Book, secrets: Secrets, new: Mapping[str, str]) -> list[str]:
    """How every channel signs in: where its secret is, and the secret itself the one time that it is new.

    `new` are references of channels and destinations, and what stands there.
    """
    rows: list[tuple[str, str, str, str]] = []
    for name, channel in book.channels.items():
        who, without = _known_by(channel)
        for reference in secrets_of(channel) or ("",):
            where = str(secrets.path(reference) or reference) or without
            rows.append((name, who, where, new.get(reference, "")))
    ours = new.keys() - {reference for channel in book.channels.values() for reference in secrets_of(channel)}
    rows += [("(our systems)", "", str(secrets.path(reference)), new[reference]) for reference in sorted(ours)]
    if new:
        return list(table.lines(("CHANNEL", "SIGNS IN AS", "SECRET IS IN", "NEW, SHOWN THIS ONCE"), rows))
    return list(table.lines(("CHANNEL", "SIGNS IN AS", "SECRET IS IN"), [row[:3] for row in rows]))


def _known_by(channel: Channel) -> tuple[str, str]:
    """What a channel signs in as, and how, where it has no secret."""
    match channel:
        case SftpChannel(user=user):
            return f"user {user}", "by key only: authorized_keys"
        case As2Channel(their_id=name):
            return f"AS2 name {name}", "by certificate"
        case HttpChannel():
            return "API key", ""
        case MailChannel(our_address=address):
            bare = channel.receive.plain == "allowed"
            return f"mail to {address}", "by its address alone" if bare else "by certificate"
        case FolderChannel():
            return "folders on this machine", "needs none"
        case SftpClientChannel(host=host, user=user):
            return f"we do: {user} at {host}", "what the partner gave us"
        case _:
            return channel.door, "needs none"


def _off(name: str, door: str) -> str:
    return f"{name:<15} off: no channel has door: {door}"


def _addresses(
    settings: Settings, addresses: Addresses, erp_url: str, *, answers: bool, folders: bool = False
) -> list[str]:
    doors = settings.doors
    does = f"answers, ships and bills what is ordered: GET {erp_url}/business" if answers else "only takes documents"
    return [
        f"SFTP drop-box   sftp -P {addresses.sftp_port} USER@{addresses.sftp_host}",
        f"HTTP API        {addresses.http_url}/api/v1/transmissions   (GET {addresses.http_url}/readyz)",
        f"AS2             {addresses.as2_url}/as2" if addresses.as2_url else _off("AS2", "as2"),
        f"mail            smtp://{doors.smtp_host or doors.host}:{addresses.smtp_port}"
        if addresses.smtp_port
        else _off("mail", "mail"),
        *([f"folders         {settings.places.folders.resolve()}"] if folders else []),
        f"sandbox ERP     {erp_url}   (GET /requests shows what it was sent)",
        f"                {does}",
        f'make it fail    curl -d \'{{"mode": "fail500"}}\' {erp_url}/mode   (and "ok" again)',
        f"home            {settings.places.home.resolve()}   (database, documents, secrets)",
        "",
    ]
