"""`gateway database backup`, `restore` and `compare`."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.memory import open_memory
from gateway.app.restoring import Restored, back_up, later_database
from gateway.app.restoring import restore as restore_into
from gateway.cli.actor import actor
from gateway.cli.table import as_json, lines
from gateway.errors import SettingsError
from gateway.settings import Settings
from gateway.store.after_restore import AHEAD
from gateway.store.backup_form import Manifest, in_words, read_manifest, verify
from gateway.store.later import Difference, Later

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the backup.")]
Json = Annotated[bool, typer.Option("--json", help="As one JSON object.")]
_SHOWN = 200


def backup(
    folder: Folder,
    secrets: Annotated[bool, typer.Option("--with-secrets", help="Also secrets and SFTP host keys, in clear.")] = False,
    copies: Annotated[bool, typer.Option("--copies", help="Copy content files, never link them.")] = False,
    who: Annotated[str, typer.Option("--actor", metavar="NAME", help="By default the operating system's user.")] = "",
    json_: Json = False,
) -> None:
    """Make a backup of database and home while the gateway runs. Exit 1 when content was missing in the home.

    Example: gateway database backup /backups/2026-11-22
    """
    settings = Settings()
    if not settings.places.home.is_dir():
        raise SettingsError(f"no home at {settings.places.home}: set GATEWAY_HOME")
    with open_memory(settings) as memory:
        manifest, sha256 = back_up(memory, folder, who=actor(who), secrets=secrets, link=not copies)
    if json_:
        about = manifest.model_dump(mode="json", exclude={"files", "tables"})
        typer.echo(as_json({"folder": str(folder), "manifest": sha256, **about}))
    else:
        for line in _told(folder, manifest, sha256):
            typer.echo(line)
    if manifest.missing:
        raise typer.Exit(1)


def _told(folder: Path, manifest: Manifest, sha256: str) -> Iterator[str]:
    held = "in it, in clear" if manifest.secrets else "not in it"
    yield f"moment      {manifest.told}: all that was acknowledged before is in {folder}"
    yield f"documents   {manifest.rows['document']} of {manifest.rows['transmission']} transmissions"
    yield f"content     {manifest.contents} files, {manifest.content_bytes} bytes, each held to its hash"
    yield f"secrets     {held}; private keys of AS2 and mail are, encrypted"
    yield f"manifest    SHA-256 {sha256}"
    for one in manifest.missing[:_SHOWN]:
        yield f"missing     {one}: the home does not have this content whole"


def restore(
    folder: Folder,
    check: Annotated[bool, typer.Option("--check", help="Only hold every file to its hash.")] = False,
    later: Annotated[str, typer.Option(metavar="HOME_OR_URL", help="What was lost, where it is still readable.")] = "",
    ahead: Annotated[
        int, typer.Option("--numbers-ahead", min=0, max=900_000_000, help="How far control numbers jump.")
    ] = AHEAD,
    who: Annotated[str, typer.Option("--actor", metavar="NAME", help="By default the operating system's user.")] = "",
    json_: Json = False,
) -> None:
    """Restore a backup into an empty home and database. Exit 1 when a file of it does not fit its hash.

    Example: GATEWAY_HOME=/srv/new gateway database restore /backups/2026-11-22 --later /srv/gateway
    """
    if check:
        manifest = verify(folder)
        shown = {"folder": str(folder), "moment": manifest.moment, "manifest": read_manifest(folder)[1]}
        typer.echo(as_json(shown) if json_ else f"good: {folder} is whole, of {manifest.told}")
        return
    places = Settings().places
    with _later(later) as known:
        done = restore_into(folder, places, who=actor(who), ahead=ahead, later=known)
    if json_:
        moment = done.manifest.moment
        typer.echo(as_json({"moment": moment, "home": done.home, "kept": done.kept, "taken": done.taken}))
    else:
        for line in _restored(places.home, done, ahead, later):
            typer.echo(line)


@contextlib.contextmanager
def _later(name: str) -> Iterator[Later | None]:
    if not name:
        yield None
        return
    database = later_database(name)
    try:
        yield Later(database)
    finally:
        database.close()


def _restored(home: Path, done: Restored, ahead: int, later: str) -> Iterator[str]:
    taken = done.taken
    yield f"restored    {home}, as it was at {done.manifest.told}; it is home {done.home[:8]}"
    where = f"as {later} gave them out" if later else f"{ahead} further on"
    yield f"numbers     {taken.numbers} counters of control numbers stand {where}"
    yield f"set aside   {taken.quarantined} transmissions not read by then: look, then `gateway documents release`"
    yield f"held        {taken.held} documents that may have gone out since: look, then `gateway documents replay`"
    yield f"going on    {taken.going_on} documents under the keys they had: nothing is delivered twice by that"
    for one in done.kept:
        yield f"kept        {one}: the home had it, the backup's was not used"
    if not done.manifest.secrets:
        yield "secrets     are not in the backup: put them and the SFTP host keys into the home before you start"
    if not later:
        yield "next        `gateway database compare OLD_HOME`, where it can be read, lists what came later"


def compare(
    later: Annotated[str, typer.Argument(metavar="HOME_OR_URL", help="The home or database that was used later.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List what a later home or database has and this one has not, after a restore. Exit 1 when there is anything.

    Example: gateway database compare /srv/gateway-lost
    """
    with open_memory(Settings()) as memory, _later(later) as other:
        assert other is not None  # noqa: S101 - the argument is not empty
        found = list(other.beyond(memory.database))
    for line in _compared(found, json_=json_):
        typer.echo(line)
    if found:
        raise typer.Exit(1)


def _compared(found: list[Difference], *, json_: bool) -> Iterator[str]:
    if json_:
        yield from map(as_json, found)
    elif found:
        rows = [(one.kind, in_words(one.at) if one.at else "", one.who, one.number, one.found, one.id) for one in found]
        yield from lines(("WHAT", "WHEN", "WHO", "NUMBER", "FOUND", "ID"), rows)
    else:
        yield "nothing came later"
