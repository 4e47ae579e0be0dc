"""`gateway partner certificate`: certificates of partners and keys of ours, for AS2 and mail: look, add, retire."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.actor import actor
from gateway.cli.folders import MAPPINGS, PARTNERS, Mappings, Partners
from gateway.cli.partner_book import book_of_files, files_in
from gateway.cli.table import as_json, lines, printable
from gateway.errors import UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gateway.app.certificate_desk import Changed, Desk
    from gateway.app.trail import Trail

app = typer.Typer(
    help="Certificates of partners and keys of ours, for AS2 and mail: list, add, retire, make the next.",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Actor = Annotated[str, typer.Option("--actor", metavar="NAME", help="By default the operating system's user.")]
Channel = Annotated[str, typer.Option("--channel", metavar="CHANNEL", help="Only at this channel.")]
Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's id, as its file is named.")]
_PURPOSES = ("both", "signing", "encryption")
_OVERLAP_DAYS = 30


@app.command(name="list")
def list_(
    partner: Annotated[str, typer.Option("--partner", metavar="PARTNER", help="Only this partner's channels.")] = "",
    partners: Partners = PARTNERS,
    mappings: Mappings = MAPPINGS,
    json_: Json = False,
) -> None:
    """Every certificate and key with what it is used for now and the days it has left.

    Example: gateway partner certificate list
    """
    found = list(_desk(partners, mappings).entries(partner))
    if json_:
        for one in found:
            typer.echo(as_json(one))
        return
    if not found:
        typer.echo("no AS2 or mail channel has a certificate or key", err=True)
        return
    headers = ("CHANNEL", "WHOSE", "NAME", "PURPOSE", "IN USE", "FROM", "UNTIL", "DAYS LEFT", "KEY", "SHA-256")
    rows = [
        (one.channel, one.whose, one.name, one.purpose, one.use, one.begins, one.ends or "-",
         "-" if one.days is None else str(one.days), one.key, one.sha256)
        for one in found
    ]  # fmt: skip
    typer.echo("\n".join(lines(headers, rows)))


@app.command()
def add(
    partner: Partner,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What it sent: PEM, DER or PKCS#7.")],
    channel: Channel = "",
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Of the file; by default its first day.")] = "",
    begins: Annotated[str, typer.Option("--from", metavar="DAY", help="Not before this day, like 2027-03-01.")] = "",
    ends: Annotated[str, typer.Option("--until", metavar="DAY", help="To the end of this day (UTC).")] = "",
    purpose: Annotated[str, typer.Option(help="both, signing (we verify) or encryption (we encrypt for it).")] = "both",
    partners: Partners = PARTNERS,
    mappings: Mappings = MAPPINGS,
    who: Actor = "",
    json_: Json = False,
) -> None:
    """Pin a certificate of a partner, beside those it has: any in force verifies, the newest is encrypted for.

    Where the partner has no AS2 or mail channel yet the file is laid down alone, for the channel file to name it.
    Exit 1, and nothing is written, for a private key, an RSA key under 2048 bits, a certificate that is over or is for
    something else, and one that is pinned already.

    Example: gateway partner certificate add acme acme-2027.cer --from 2027-03-01
    """
    from gateway.app.certificate_desk import read_small

    if purpose not in _PURPOSES:
        raise UsageError(f"--purpose {purpose!r}: it is one of {', '.join(_PURPOSES)}")
    with _trail(who) as write:
        changed = _desk(partners, mappings).add(
            partner,
            read_small(file),
            channel=channel,
            name=name,
            begins=_day("--from", begins),
            ends=_day("--until", ends),
            purpose=purpose,  # type: ignore[arg-type]  # looked at above
        )
        write("certificate.add", [partner], sha256=changed.sha256, written=[str(path) for path in changed.written])
    _told(changed, json_)


@app.command()
def retire(
    what: Annotated[str, typer.Argument(metavar="NAME", help="As `list` names it: acme/2026.pem, or a key of ours.")],
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="Its last day (UTC), like 2027-03-31.")],
    channel: Channel = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Though nothing is there to take its place.")] = False,
    partners: Partners = PARTNERS,
    mappings: Mappings = MAPPINGS,
    who: Actor = "",
    json_: Json = False,
) -> None:
    """Let a certificate, or a key of ours, end with a day. It stays where it is: what it proved stays proved.

    Exit 1, and nothing is written, when nothing takes its place after that day.

    Example: gateway partner certificate retire acme/2026.pem --on 2027-03-31
    """
    day = _day("--on", on)
    if day is None:
        raise UsageError("--on: a day is needed, like 2027-03-31")
    with _trail(who) as write:
        changed = _desk(partners, mappings).retire(what, day, channel=channel, anyway=anyway)
        write("certificate.retire", [what], on=on, anyway=anyway, written=[str(path) for path in changed.written])
    _told(changed, json_)


@app.command(name="new-key")
def new_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the key, like harborpine-2027.")],
    replaces: Annotated[
        str, typer.Option("--replaces", metavar="KEY", help="Put it beside this key, wherever that is used.")
    ] = "",
    channels: Annotated[
        list[str] | None, typer.Option("--channel", metavar="CHANNEL", help="Use it at this channel; may be repeated.")
    ] = None,
    begins: Annotated[
        str, typer.Option("--from", metavar="DAY", help="Sign with it from then; with --replaces in 30 days.")
    ] = "",
    years: Annotated[int, typer.Option(min=1, max=10, help="Its certificate is good for so long.")] = 3,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Its certificate, for the partner; NAME.pem here.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option("--request", metavar="FILE", help="A request to an authority as well (PKCS#10).")
    ] = None,
    partners: Partners = PARTNERS,
    mappings: Mappings = MAPPINGS,
    who: Actor = "",
    json_: Json = False,
) -> None:
    """Make our next key with a certificate that it signs itself, and write the certificate for the partner.

    What is encrypted for it can be read at once; it signs from its day on. The key before it goes on decrypting until
    it is retired, so that every partner changes when it can. The private key stays in the home, encrypted.

    Example: gateway partner certificate new-key harborpine-2027 --replaces harborpine-2026
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    from gateway.app.certificate_desk import signing_request, write_public

    public = out or Path(f"{name}.pem")
    if taken := next((one for one in (public, request) if one is not None and one.exists()), None):
        raise UsageError(f"{taken} is there already: nothing was made")
    desk = _desk(partners, mappings)
    day = _day("--from", begins) or (desk.now.date() + timedelta(days=_OVERLAP_DAYS) if replaces else None)
    with _trail(who) as write:
        changed, pair = desk.new_key(name, replaces=replaces, channels=channels or (), begins=day, years=years)
        written = [str(path) for path in changed.written]
        write("certificate.new-key", [name], sha256=changed.sha256, replaces=replaces, written=written)
    write_public(public, pair.certificate.public_bytes(Encoding.PEM))
    if request is not None:
        write_public(request, signing_request(pair))
        place = f"when the authority answers: put its certificate in the place of the one in {changed.written[0]}"
        changed = replace(changed, notes=[*changed.notes, f"{place}, and leave the key below it"])
    _told(changed, json_, also=[one for one in (public, request) if one is not None])


def _trail(who: str) -> "AbstractContextManager[Trail]":
    """Where it is written down who did it, if there is a database."""
    from gateway.app.trail import trail
    from gateway.settings import Settings

    return trail(Settings(), actor(who))


def _desk(partners: Path, mappings: Path) -> "Desk":
    from gateway.app.certificate_desk import Desk
    from gateway.app.keys import KeyStore
    from gateway.app.memory import utc_now
    from gateway.app.secrets import Secrets
    from gateway.settings import Settings

    files = files_in(partners)
    book = book_of_files(partners, files, mappings)
    home = Settings().places.home
    return Desk(
        folder=partners,
        files=files,
        book=book,
        load=lambda changed: book_of_files(partners, changed, mappings),
        keys=KeyStore(home, lambda: Secrets(home).get(book.company.key_passphrase)),
        now=utc_now(),
    )


def _day(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{option} {text!r}: a day is written like 2027-03-31") from None


def _told(changed: "Changed", json_: bool, *, also: "list[Path] | None" = None) -> None:
    written = [str(path) for path in (*changed.written, *(also or ()))]
    if json_:
        typer.echo(as_json({"written": written, "sha256": changed.sha256, "notes": list(changed.notes)}))
        return
    for path in written:
        typer.echo(f"wrote {printable(path)}")
    if changed.sha256:
        typer.echo(f"SHA-256 {changed.sha256}")
    for note in changed.notes:
        typer.echo(f"note: {note}", err=True)
