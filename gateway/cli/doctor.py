"""`gateway doctor`: look for what would keep the gateway from working, before it does."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated

import typer

from gateway.app import mail
from gateway.app.accounts import api_accounts, sftp_accounts
from gateway.app.as2 import our_keys
from gateway.app.destinations import deliveries
from gateway.app.expiry import expiring
from gateway.app.gateway import checked_rules, read_authored
from gateway.app.memory import open_memory, utc_now
from gateway.app.notify import NO_RELAY, ways
from gateway.app.partner_servers import partner_servers
from gateway.app.secrets import Secrets
from gateway.app.words import counted
from gateway.cli.ports import as2_port, http_port, mail_port, sftp_port
from gateway.cli.table import as_json, printable
from gateway.errors import GatewayError
from gateway.partners.channel import As2Channel, FolderChannel, MailChannel, SftpClientChannel, given
from gateway.pipeline.rules import Rules
from gateway.settings import Settings
from gateway.store.notice_desk import NoticeDesk

LEAST_FREE_BYTES = 1024**3
"""Below a gigabyte free a busy day may fill the disk."""


class Examined:
    """What is looked at. Partner files and mappings are read and compiled once, for every check that needs them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def rules(self) -> Rules:
        """Raises ConfigurationError with every mistake of the authored files."""
        return checked_rules(*read_authored(self.settings), self.settings.places)


Check = Callable[[Examined], str]


def command(json_: Annotated[bool, typer.Option("--json", help="One JSON object per check.")] = False) -> None:
    """Check settings, home, authored files, secrets, database and ports; one line each, exit 3 when something is wrong.

    Example: gateway doctor
    """
    settings = Settings()
    bad = False
    for name, found, good in _look(settings):
        bad |= not good
        if json_:
            typer.echo(as_json({"check": name, "good": good, "found": found}))
        else:
            typer.echo(f"{'ok ' if good else 'BAD'} {name:<16} {printable(found)}")
    if bad:
        raise typer.Exit(3)


def _look(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    examined, doors = Examined(settings), settings.doors
    checks: tuple[tuple[str, Check], ...] = (
        ("home", lambda one: _home(one.settings)),
        ("authored files", _authored),
        ("secrets", _secrets),
        ("certificates", _certificates),
        ("database", lambda one: _database(one.settings)),
        ("one home", lambda one: _one_home(one.settings)),
        ("SFTP port", lambda _: sftp_port(doors.host, doors.sftp_port, settings.places.home / "keys")),
        ("HTTP port", lambda _: http_port(doors.host, doors.http_port)),
        ("AS2 port", _as2_port),
        ("mail port", _mail_port),
        ("partner servers", _partner_servers),
        ("notifications", _notifications),
    )
    for name, check in checks:
        try:
            yield name, check(examined), True
        except (GatewayError, OSError) as wrong:
            yield name, str(wrong), False


def _home(settings: Settings) -> str:
    home = settings.places.home
    if not home.is_dir():
        raise OSError(f"{home} is not there: `./run` makes one to try, or make it and set GATEWAY_HOME")
    if not os.access(home, os.W_OK):
        raise OSError(f"{home} cannot be written by this user")
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        raise OSError(f"{home}: only {free // 1024**2} MB free, at least {LEAST_FREE_BYTES // 1024**2} are needed")
    return f"{home.resolve()}, {free // 1024**3} GB free"


def _authored(examined: Examined) -> str:
    rules = examined.rules
    book = rules.book
    return (
        f"{counted(len(book.partners), 'partner')}, {counted(len(book.channels), 'channel')}, "
        f"{counted(len(book.destinations), 'destination')}, {counted(len(rules.library.names()), 'mapping')}"
    )


def _secrets(examined: Examined) -> str:
    settings, book = examined.settings, examined.rules.book
    secrets = Secrets(settings.places.home)
    paths = [secrets.path(reference) for reference in (*book.secrets(), *given(book.channels.values()))]
    paths.append(settings.places.home / mail.KEY)
    open_to_others = [str(path) for path in paths if path is not None and _others_may_read(path)]
    if open_to_others:
        raise OSError(f"others may read {', '.join(open_to_others)}: chmod 600")
    sftp_accounts(book.channels, secrets)
    api_accounts(book.channels, secrets)
    deliveries(book.destinations, secrets, "http://127.0.0.1:9")
    our_keys(settings, book)
    partner_servers(book, secrets)
    return f"{len(book.secrets())} in place"


def _certificates(examined: Examined) -> str:
    """Keys that can be opened, and nothing that is over within 30 days without another that takes its place."""
    settings, book = examined.settings, examined.rules.book
    pairs = our_keys(settings, book)
    ours = {name: pair.certificate for name, pair in pairs.items()}
    soon = expiring(book, ours, utc_now(), shown=mail.shown(settings.places.home))
    alone = [one.sentence for one in soon if not one.followed]
    if alone:
        raise OSError("; ".join(alone))
    said = [f"{counted(len(book.certificates), 'certificate')} and {counted(len(pairs), 'key')}"]
    return "; ".join([*said, *(one.sentence for one in soon)])


def _as2_port(examined: Examined) -> str:
    book = examined.rules.book
    if not any(isinstance(one, As2Channel) for one in book.channels.values()):
        return "not needed: no channel has the AS2 door"
    doors = examined.settings.doors
    return as2_port(doors.as2_host or doors.host, doors.as2_port)


def _mail_port(examined: Examined) -> str:
    """The port, and what the listener shows there: a channel that wants TLS gets nothing where none is offered."""
    book, home = examined.rules.book, examined.settings.places.home
    channels = {name: one for name, one in book.channels.items() if isinstance(one, MailChannel)}
    if not channels:
        return "not needed: no channel has the mail door"
    doors = examined.settings.doors
    found = mail_port(doors.smtp_host or doors.host, doors.smtp_port)
    if mail.starttls(home) is not None:
        return f"{found}; STARTTLS is offered"
    wanting = [name for name, one in channels.items() if one.require_tls]
    if wanting:
        raise OSError(f"{', '.join(wanting)} takes nothing in the clear, and STARTTLS needs {home / mail.CERTIFICATE}")
    return f"{found}; STARTTLS is not offered, as there is no {home / mail.CERTIFICATE}"


def _partner_servers(examined: Examined) -> str:
    """Whether every server and folder that we look into could be looked into, with the host key that is pinned."""
    book = examined.rules.book
    looked = {name for name, one in book.channels.items() if isinstance(one, SftpClientChannel | FolderChannel)}
    if not looked:
        return "not needed: no channel has the door sftp-client or folder"
    with open_memory(examined.settings) as memory:
        known = [one for one in memory.polls.polled() if one.channel in looked]
    bad = [f"{one.channel} is {one.state}: {one.reason}; last seen {_when(one.seen_at)}" for one in known]
    bad = [words for words, one in zip(bad, known, strict=True) if one.state != "working"]
    if bad:
        raise OSError("; ".join(bad))
    servers = {name for name in looked if isinstance(book.channels[name], SftpClientChannel)}
    seen = [
        f"{one.channel} {f'last seen {_when(one.seen_at)}, ' if one.channel in servers else ''}last file"
        f" {_when(one.taken_at)}"
        for one in known
    ]
    return "; ".join(seen) or "not looked into yet"


def _notifications(examined: Examined) -> str:
    """Whether everybody who is to be told can be: secrets and urls in place, a relay, and no target that fails."""
    settings, book = examined.settings, examined.rules.book
    way = ways(book, Secrets(settings.places.home), settings.mail, sandbox_url="http://127.0.0.1:9")
    if not way.senders:
        return "not needed: nobody is to be told anything"
    mailed = [name for name in way.senders if name.startswith("mail/")]
    if mailed and not settings.mail.mail_relay:
        raise OSError(f"{NO_RELAY}; {counted(len(mailed), 'mailbox', 'mailboxes')} wait for it: {', '.join(mailed)}")
    with open_memory(settings) as memory:
        known = [one for one in NoticeDesk(memory.means).targets() if one.name in way.senders]
    bad = [
        f"{one.name} is {one.state}: {one.last_error} ({one.waiting} wait)" for one in known if one.state != "working"
    ]
    if bad:
        raise OSError("; ".join(bad))
    return f"{counted(len(way.senders), 'target')}, {counted(sum(one.waiting for one in known), 'notice')} waiting"


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "never"


def _others_may_read(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & 0o077)


def _database(settings: Settings) -> str:
    with open_memory(settings) as memory:
        counts = memory.questions.counts()
        kind = memory.database.kind
    return f"{kind}, current; " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count)


def _one_home(settings: Settings) -> str:
    """Whether this home is the database's, and what it holds can be read: some of it, so that it takes no time."""
    with open_memory(settings) as memory:
        belongs = memory.home.check()
        held = memory.home.holdings.sampled()
    if held.missing:
        raise OSError(
            f"{held.missing} of {held.contents} contents looked at cannot be read: bring the files below "
            f"{settings.places.home / 'blobs'} back from a backup; what waits for them goes on by itself"
        )
    return f"{belongs}; {held.contents} contents above 64 KB looked at, all can be read"
