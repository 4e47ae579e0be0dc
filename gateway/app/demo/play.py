"""The play: every file is sent and answered, foreign ones in as many rounds as it takes to see what becomes of each."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from gateway.app.demo.adopt import adopt, require_partner, with_sftp
from gateway.app.demo.cast import mappings_of, only
from gateway.app.demo.partner import PartnerClient
from gateway.app.demo.rounds import Strangers, padded_with_spaces, rounds, strangers, usable
from gateway.app.demo.stage import Played, Script, Stage, headers_of
from gateway.app.gateway import Gateway, checked_rules, read_authored
from gateway.app.home import fill_secrets, make_home
from gateway.app.run import started
from gateway.app.secrets import Secrets
from gateway.backends.sandbox import SandboxErp
from gateway.partners.book import Book, load
from gateway.partners.channel import SftpChannel
from gateway.settings import Settings


async def play(paths: Sequence[Path], *, adopt_as: str, settings: Settings, home: Path) -> list[Played]:
    """Play the files against gateways that live in folders below `home` for as long as it takes.

    One gateway, one file after the other. With `adopt_as`, the partner whom unknown senders are taken for, as many
    rounds as it takes to tell of each foreign file what becomes of it (see `rounds`).
    """
    partners, mappings = read_authored(settings)
    book = checked_rules(partners, mappings, settings.places).book
    if adopt_as:
        require_partner(book, adopt_as)
    scripts = [_script(path, book, adopt_as) for path in paths]
    played: dict[int, Played] = {}
    sandbox = SandboxErp()
    url = await sandbox.start()
    try:
        for number, indices in enumerate(rounds([script.strangers for script in scripts]), 1):
            together = Strangers()
            for index in indices:
                together.add(scripts[index].strangers)
            adopted = _cast(partners, book, [scripts[index] for index in indices], adopt_as, together)
            needed = mappings_of(adopted, mappings) if adopt_as else mappings
            place, authored = settle(settings, home / str(number), with_sftp(adopted, load(adopted)), needed)
            async with _stage(place, authored, sandbox, url) as stage:
                for index in indices:
                    played[index] = await stage.play(index + 1, scripts[index], number)
    finally:
        await sandbox.close()
    return [played[index] for index in range(len(scripts))]


def _cast(
    partners: Mapping[str, str], book: Book, scripts: Sequence[Script], adopt_as: str, together: Strangers
) -> Mapping[str, str]:
    """The partner files of a round. Where strangers are adopted there may be many rounds: each has its senders only."""
    if not adopt_as:
        return partners
    headers = [header for script in scripts for header in headers_of(script.content)]
    senders = {book.partner_with((header.sender_qualifier, header.sender)) for header in headers}
    return adopt(only({adopt_as, *(one for one in senders if one)}, partners, book), adopt_as, together)


def _script(path: Path, book: Book, adopt_as: str) -> Script:
    content = path.read_bytes()
    if not adopt_as:
        return Script(path=path, content=content, note="", strangers=Strangers())
    sent = padded_with_spaces(content, list(headers_of(content)))
    headers = list(headers_of(sent))
    note = "" if sent == content else "sent with spaces behind the ids in ISA06 and ISA08, the file has others"
    if not all(usable(f"{header.sender_qualifier}/{header.sender}") for header in headers):
        note = "its ISA05-06 can be nobody's id, so it was not adopted"
    return Script(path=path, content=sent, note=note, strangers=strangers(headers, book))


def settle(
    settings: Settings, home: Path, partners: Mapping[str, str], mappings: Mapping[str, str]
) -> tuple[Settings, Book]:
    """A new home with these authored files and secrets for them, and the settings of a gateway that lives there.

    The gateway checks them when it starts, mappings and all; that is not done here, too.
    """
    book = load(partners)
    make_home(home)
    fill_secrets(book.secrets(), Secrets(home))
    for folder, files in (("partners", partners), ("mappings", mappings)):
        for name, text in files.items():
            path = home / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    places = settings.places.model_copy(
        update={
            "home": home,
            "partners_dir": home / "partners",
            "mappings_dir": home / "mappings",
            "database_url": "",
        }
    )
    doors = settings.doors.model_copy(update={"host": "127.0.0.1", "sftp_port": 0, "http_port": 0, "as2_port": 0})
    return dataclasses.replace(settings, places=places, doors=doors), book


@contextlib.asynccontextmanager
async def _stage(settings: Settings, book: Book, sandbox: SandboxErp, url: str) -> AsyncIterator[Stage]:
    channels = {name: one for name, one in book.channels.items() if isinstance(one, SftpChannel)}
    gateway = Gateway(settings, sandbox_url=url)
    async with (
        started(gateway) as addresses,
        PartnerClient(addresses.sftp_port, channels, Secrets(settings.places.home)) as client,
    ):
        yield Stage(book, gateway.memory, client, sandbox, list(channels))
