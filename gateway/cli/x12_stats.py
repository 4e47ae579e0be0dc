"""`gateway x12 stats`: what is in a heap of files, for somebody who has to write a mapping and a partner guide."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from gateway.cli.table import as_json
from gateway.cli.x12_source import BLOCK_BYTES, STANDARD_INPUT, blocks, open_binary
from gateway.errors import MachineError
from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader, Terms
from gateway.x12.read import examine

if TYPE_CHECKING:
    from gateway.x12.census import Census

_TERMS = Terms(nearest=True)


def stats(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="X12 files, or folders of them; - is standard input.")
    ],
    elements: Annotated[
        bool, typer.Option("--elements", help="Also which segments, elements and codes are used where, how often.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Count what is in X12 files, or in all files of a folder.

    Who sends which sets to whom, how large, with which delimiters, characters and findings. With --elements, set by
    set: which elements each loop uses, how long values are, which codes come how often. A version without guides is
    read by the nearest one.

    Exit 1 when there is no X12 in a file or folder named.

    Example: gateway x12 stats samples/ --elements
    """
    from gateway.cli.x12_counts import counts, tables
    from gateway.x12.census import Census

    census = Census(elements=elements)
    empty = False
    for file in files:
        before = len(census.files)
        for one in _below(file):
            _count(one, census)
        empty = empty or not any(one.interchanges for one in census.files[before:])
    if json_:
        typer.echo(as_json(counts(census)))
    else:
        for line in tables(census):
            typer.echo(line)
    if empty:
        raise typer.Exit(1)


def _below(file: str) -> Iterator[str]:
    """The file itself, or every file of a folder in order of their names."""
    folder = Path(file)
    if file == STANDARD_INPUT or not folder.is_dir():
        yield file
        return
    yield from (str(path) for path in sorted(folder.rglob("*")) if path.is_file())


def _count(file: str, census: "Census") -> None:
    with ExitStack() as stack:
        source = stack.enter_context(_spooled() if file == STANDARD_INPUT else open_binary(file))

        def text_of(offset: int, length: int) -> Iterator[bytes]:
            end = offset + length
            while offset < end and (block := os.pread(source.fileno(), min(BLOCK_BYTES, end - offset), offset)):
                offset += len(block)
                yield block

        census.begin(file)
        for event in examine(map(census.see, blocks(file, source.read)), _terms):
            census.meet(event, text_of)


def _spooled() -> BinaryIO:
    """Standard input as a file: parts of it are looked at twice."""
    with ExitStack() as stack:
        spool = stack.enter_context(tempfile.TemporaryFile())
        try:
            for block in blocks(STANDARD_INPUT, sys.stdin.buffer.read):
                spool.write(block)
            spool.seek(0)
        except OSError as error:
            raise MachineError(f"standard input cannot be kept: {error.strerror}") from error
        stack.pop_all()
    return spool


def _terms(_interchange: InterchangeHeader, _group: GroupHeader, _set: SetHeader) -> Terms:
    return _TERMS
