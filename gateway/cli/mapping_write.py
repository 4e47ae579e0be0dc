"""`gateway mapping write`: canonical JSON to the segments of a set, checked as a set that arrives would be."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from gateway.errors import NotInOrder
from gateway.mapping.prove import proven
from gateway.mapping.to_canonical import dumps

if TYPE_CHECKING:
    from gateway.mapping.reading import Problem
    from gateway.mapping.references import Lookups
    from gateway.mapping.to_canonical import CompiledMapping


def documents(content: bytes, file: str) -> Iterator[Mapping[str, object]]:
    """The canonical documents of a JSON text. Raises NotInOrder for what is none."""
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise NotInOrder(f"{file}: no JSON: not UTF-8 at byte {error.start + 1}") from error
    except ValueError as error:
        raise NotInOrder(f"{file}: no JSON: {error}") from error
    except RecursionError:
        raise NotInOrder(f"{file}: no canonical document: nested too deep") from None
    for document in found if isinstance(found, list) else [found]:
        if not isinstance(document, dict):
            raise NotInOrder(f"{file}: a canonical document is an object, or a list of them")
        yield document


def print_written(
    compiled: "CompiledMapping",
    document: Mapping[str, object],
    version: str,
    ordinal: int,
    known: "Lookups | None" = None,
    *,
    as_line: bool,
) -> bool:
    """Print one document as X12; False when it would be refused or held."""
    faults = compiled.faults(document)
    written = compiled.write(document, version=version, lookups=known)
    problems = [*faults, *written.problems]
    proof = proven(compiled.transaction, version, written.segments)
    good = not proof.findings and proof.refusal == "" and all(problem.effect == "warn" for problem in problems)
    if as_line:
        said = {"ordinal": ordinal, "set": compiled.transaction, "version": version, "good": good}
        keys = {"search": written.search, "thread": written.thread, "business_number": written.business_number}
        findings = [*proof.findings, *filter(None, [proof.refusal])]
        shown = [asdict(problem) for problem in problems]
        typer.echo(dumps({**said, "segments": list(proof.lines), "problems": shown, "findings": findings, **keys}))
        return good
    for line in proof.lines:
        typer.echo(line)
    for text in (*map(_words, problems), *proof.findings, *filter(None, [proof.refusal])):
        typer.echo(f"document {ordinal}: {text}", err=True)
    return good


def _words(problem: "Problem") -> str:
    return f"{problem.effect}: {problem.field}: {problem.message} [{problem.code}]"
