"""`gateway partner new`: the files of a new partner, from a sample or like another partner; and what comes next."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.folders import MAPPINGS, PARTNERS, Mappings, Partners
from gateway.cli.partner_book import about_in, book_of_files, files_in, headers_in, mappings_in
from gateway.cli.table import as_json, printable
from gateway.errors import MachineError, NotInOrder, UsageError

if TYPE_CHECKING:
    from gateway.partners.draft import Seen
    from gateway.partners.draft_text import Draft
    from gateway.partners.form import InterchangeId


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new partner's id, like larkspur.")],
    sample: Annotated[
        str, typer.Option("--from", metavar="FILE", help="An X12 file of theirs, or of ours to them; - for stdin.")
    ] = "",
    other: Annotated[str, typer.Option("--like", metavar="PARTNER", help="A partner with the same agreements.")] = "",
    isa: Annotated[str, typer.Option("--isa", metavar="QUALIFIER/ID", help="With --like: its ISA id.")] = "",
    partners: Partners = PARTNERS,
    mappings: Mappings = MAPPINGS,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write the files of a new partner and its channel, everything in test, and say what to do next.

    From a sample: its ids, versions and sets. Nothing that is there is ever overwritten, and nothing is written that
    `gateway partner check` would refuse.

    Example: gateway partner new larkspur --from larkspur.edi
    """
    if bool(sample) == bool(other):
        raise UsageError("say what to begin with: --from FILE or --like PARTNER")
    if isa and sample:
        raise UsageError("--isa goes with --like: a sample has its ISA id in it")
    files = files_in(partners)
    book = book_of_files(partners, files, mappings)
    from gateway.partners import draft as drafts
    from gateway.partners.known_mappings import KnownMappings

    if other:
        draft = drafts.like(book, name, other, files, _isa(isa))
    else:
        seen = tuple(dict.fromkeys(_seen(sample)))
        if not seen:
            raise NotInOrder(f"{sample}: no transaction set in it; `gateway x12 check` says why")
        shown = "a sample" if sample == "-" else Path(sample).name
        known = KnownMappings(mappings_in(mappings), about_in(mappings))
        draft = drafts.from_sample(book, name, seen, known, printable(shown))
    book_of_files(partners, {**files, **draft.files}, mappings, in_full=True)
    _write(partners, draft)
    typer.echo(_json(partners, draft, sample) if json_ else "\n".join(_told(partners, draft, sample)))


def _isa(text: str) -> "InterchangeId | None":
    from pydantic import TypeAdapter, ValidationError

    from gateway.partners.form import Isa

    try:
        return TypeAdapter(Isa).validate_python(text) if text else None
    except ValidationError as wrong:
        raise UsageError(f"--isa: {wrong.errors()[0]['msg'].removeprefix('Value error, ')}") from wrong


def _seen(file: str) -> "Iterator[Seen]":
    from gateway.partners.draft import Seen
    from gateway.partners.form import InterchangeId

    for header, group, transaction in headers_in(file):
        yield Seen(
            sender=InterchangeId(header.sender_qualifier, header.sender),
            receiver=InterchangeId(header.receiver_qualifier, header.receiver),
            gs_sender=group.sender,
            gs_receiver=group.receiver,
            set_id=transaction.id,
            version=group.version,
            delimiters=header.delimiters,
        )


def _write(partners: Path, draft: "Draft") -> None:
    """All files or none; what is there stays as it is."""
    written: list[Path] = []
    try:
        for name, text in draft.files.items():
            path = partners / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as target:
                written.append(path)
                target.write(text)
    except OSError as error:
        for one in written:
            one.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise UsageError(f"{error.filename} is there already: nothing was written") from error
        raise MachineError(f"{path}: {error.strerror or error}") from error


def _told(partners: Path, draft: "Draft", sample: str) -> Iterator[str]:
    for name in draft.files:
        yield f"wrote {partners / name}"
    yield f"agreements, all in test: {', '.join(draft.agreements)}" if draft.agreements else "agreements: none yet"
    yield from (f"note: {printable(note)}" for note in draft.notes)
    yield "next:"
    yield from (f"  {number}. {step}" for number, step in enumerate(_steps(partners, draft, sample), start=1))


def _steps(partners: Path, draft: "Draft", sample: str) -> Iterator[str]:
    yield f"correct {partners / f'{draft.partner}.yaml'}: name, owner, time zone, and what the notes say"
    if sample not in ("", "-"):
        yield f"gateway partner why {sample} --channel {draft.channel}"
        for mapping in draft.mappings:
            yield f"gateway mapping read {mapping} {sample}"
    yield f"a secret at secrets/{draft.channel}.password in the gateway's home, or a public key in the channel's file"
    yield f"gateway partner check, then gateway partner show {draft.partner}"


def _json(partners: Path, draft: "Draft", sample: str) -> str:
    return as_json(
        {
            "partner": draft.partner,
            "written": [str(partners / name) for name in draft.files],
            "agreements": draft.agreements,
            "mappings": draft.mappings,
            "notes": draft.notes,
            "next": list(_steps(partners, draft, sample)),
        }
    )
