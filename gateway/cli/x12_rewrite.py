"""`gateway x12 rewrite`: a file with other delimiters and right counts, streamed, and given out whole or not at all."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated

import typer

from gateway.app.words import counted
from gateway.cli.table import as_json, printable
from gateway.cli.x12_source import blocks_of
from gateway.errors import MachineError, UsageError
from gateway.x12.errors import OutputRefused
from gateway.x12.interchange import Delimiters
from gateway.x12.rewrite import Rewriter, RewriteSummary, Wish

_WRITTEN = re.compile(r"\\n|\\r|\\x[0-9A-Fa-f]{2}|0x[0-9A-Fa-f]{2}|.", re.DOTALL)
_NAMED = {"\\n": "\n", "\\r": "\r"}

SPOOLED_BYTES = 1 << 20
"""Bytes for standard output kept in memory until all is written; more go to a temporary file."""


def rewrite(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An X12 file; - is standard input.")],
    delimiters: Annotated[
        str,
        typer.Option(
            metavar="CHARACTERS",
            help="Element, component and segment, in this order, and repetition from 00402 on: '*:~^'. Invisible ones "
            "as \\n, \\r or 0x1D; blanks are skipped. Default: those of the file.",
        ),
    ] = "",
    newline: Annotated[bool, typer.Option("--newline", help="A line feed behind every segment terminator.")] = False,
    replace: Annotated[
        str,
        typer.Option(metavar="CHARACTER", help="Stands for new delimiters found in data, which are else refused."),
    ] = "",
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to write instead of standard output.")] = "",
    json_: Annotated[bool, typer.Option("--json", help="One JSON object about what was written. Needs --out.")] = False,
) -> None:
    """Write an X12 file again with other delimiters.

    It goes to standard output or a file. Composites and repetitions are translated, absent elements at the end left
    out, ISA padded, counts in SE, GE and IEA put right. Data that holds a new delimiter is refused with its place.
    Nothing else is changed or judged. What is written is the whole file: where it is refused there is no output.

    Exit 1 when data is refused, a count was wrong, or the file is truncated.

    Example: gateway x12 rewrite orders.edi --delimiters '|>~^' --newline
    """
    if json_ and not out:
        raise UsageError("--json needs --out: standard output has the file itself")
    wish = Wish(delimiters=parse_delimiters(delimiters) if delimiters else None, newline=newline, replacement=replace)
    try:
        rewriter = Rewriter(wish)
    except OutputRefused as error:
        raise UsageError(str(error)) from error
    with _target(out) as target:
        for piece in rewriter.rewrite(blocks_of(file)):
            target.write(piece)
    _tell(file, out, rewriter.summary, json_=json_)
    if rewriter.summary.corrected or rewriter.summary.faults:
        raise typer.Exit(1)


def parse_delimiters(text: str) -> Delimiters:
    """Delimiters from what was typed: three or four characters, blanks between them skipped.

    Raises UsageError when there are fewer or more.
    """
    found = [_NAMED.get(one) or _character(one) for one in _WRITTEN.findall(text) if one != " "]
    if not 3 <= len(found) <= 4:
        given = counted(len(found), "character")
        raise UsageError(f"--delimiters {text!r} is {given}: give element, component, segment and, if any, repetition")
    return Delimiters(*found)


def _character(written: str) -> str:
    return chr(int(written[-2:], 16)) if len(written) == 4 else written


@contextmanager
def _target(out: str) -> Iterator[IO[bytes]]:
    """Where to write: a file that takes its name once it is whole, or what standard output gets once it is."""
    if not out:
        with SpooledTemporaryFile(max_size=SPOOLED_BYTES) as spool:
            yield spool
            spool.seek(0)
            shutil.copyfileobj(spool, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    path = Path(out)
    if path.is_dir():
        raise UsageError(f"--out {out}: Is a directory")
    part = path.with_name(f"{path.name}.part")
    try:
        target = part.open("wb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise UsageError(f"--out {out}: {error.strerror}") from error
    except OSError as error:
        raise MachineError(f"{out}: {error.strerror}") from error
    try:
        with target:
            yield target
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _tell(file: str, out: str, summary: RewriteSummary, *, json_: bool) -> None:
    """What was written, and everything that was not as it should be."""
    if json_:
        typer.echo(as_json({"file": file, "out": out, **asdict(summary)}))
        return
    replaced = [f"{counted(summary.replaced, 'character')} of data replaced"] if summary.replaced else []
    for sentence in (*summary.corrected, *summary.faults, *summary.remarks, *replaced):
        typer.echo(f"{file}: {printable(sentence)}", err=True)
    if out:
        typer.echo(
            f"{counted(summary.interchanges, 'interchange')}, {counted(summary.groups, 'group')}, "
            f"{counted(summary.sets, 'set')}, {counted(summary.segments, 'segment')} written to {out}"
        )
