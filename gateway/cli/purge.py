"""`gateway purge`: what is older than it has to be kept goes, once it was looked at and somebody says why."""

from collections.abc import Iterator
from typing import Annotated

import typer

from gateway.app.keeping import kept, purge_of, read_book
from gateway.app.memory import open_memory
from gateway.cli.actor import actor
from gateway.cli.table import as_json, lines
from gateway.errors import UsageError
from gateway.partners.book import Book
from gateway.settings import Settings
from gateway.store.purge import Reckoning

_WHY = {
    "young": "younger than they, or what belongs to them, have to be kept",
    "open": "open: not delivered, not accepted, held, dead or on their way",
    "hold": "under a legal hold",
    "entangled": "belong together with more than is looked at at once",
}


def command(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would go; so it is without --yes.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Have it go.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the proof.")] = "",
    who: Annotated[str, typer.Option("--actor", metavar="NAME", help="By default the operating system's user.")] = "",
    json_: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show what is older than it has to be kept; with --yes and --reason delete it, with a proof.

    Example: gateway purge --yes --reason "yearly, agreed with finance on 2026-11-20"
    """
    if dry_run and yes:
        raise UsageError("--dry-run and --yes exclude each other")
    if yes and not reason.strip():
        raise UsageError("--reason is needed: it is kept with the proof")
    settings = Settings()
    with open_memory(settings) as memory:
        book = read_book(settings.places)
        purge = purge_of(memory, book)
        found = purge.run(who=actor(who), reason=reason) if yes else purge.look()
    if json_:
        typer.echo(as_json(_fields(book, found, done=yes)))
        return
    for line in _told(book, found, done=yes):
        typer.echo(line)


def _fields(book: Book, found: Reckoning, *, done: bool) -> dict[str, object]:
    sums = [
        {"partner": partner, "set": set_id, "kept": str(kept(book, partner, set_id)), "sum": one}
        for (partner, set_id), one in sorted(found.sums.items())
    ]
    proofs = [{"number": number, "hash": digest} for number, digest in found.proofs]
    return {"purged": done, "files": found.files, "documents": sums, "stay": dict(found.stay), "proofs": proofs}


def _told(book: Book, found: Reckoning, *, done: bool) -> Iterator[str]:
    rows = [
        (
            partner,
            set_id,
            str(kept(book, partner, set_id)),
            str(one.documents),
            f"{one.oldest:%Y-%m-%d}",
            f"{one.newest:%Y-%m-%d}",
        )
        for (partner, set_id), one in sorted(found.sums.items())
    ]
    if rows:
        yield from lines(("PARTNER", "SET", "KEPT", "DOCUMENTS", "FROM", "TO"), rows)
    number = sum(one.documents for one in found.sums.values())
    yield f"{number} documents of {found.files} files {'went' if done else 'would go'}"
    for verdict, number in sorted(found.stay.items()):
        yield f"{number} documents of the same age stay: {_WHY[verdict]}"
    for number, digest in found.proofs:
        yield f"proof {number}  SHA-256 {digest}"
    if not done and found.files:
        yield "nothing was changed: --yes --reason TEXT deletes; keep them elsewhere first by `gateway archive export`"
