"""Which files are played: those that are named, and of a folder those that are X12."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import UsageError

LOOKED_AT_BYTES = 1024
"""Of a file in a folder. X12 begins with its ISA; comments or a letter before it are rarely longer."""

SAMPLE = "in.edi"
_HEADER = re.compile(rb"(?:\A|[\r\n])(?:\xef\xbb\xbf)?[ \t]*ISA([^\w\s])(?:[^\r\n]*?\1){9}")
_PROSE = (".md", ".markdown", ".rst", ".html")
"""Texts about X12 that may show some of it."""


@dataclass(slots=True)
class Found:
    """The files to play, and those of the folders that were left out, with the reason."""

    files: list[Path] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)


def find_files(given: Sequence[Path], samples: Path) -> Found:
    """What to play: every file given, whatever is in it; of folders what is X12; `samples` when nothing is given.

    Beside an `in.edi` nothing else is played: the folder is a sample, and the rest is what should come out. Raises
    UsageError when a name is no file, or there is nothing to play.
    """
    found = Found()
    for one in given or [samples]:
        if one.is_dir():
            for path in sorted(path for path in one.rglob("*") if path.is_file()):
                why = _not_played(path)
                if why:
                    found.left_out.append((path, why))
                else:
                    found.files.append(path)
        elif one.is_file():
            found.files.append(one)
        else:
            raise UsageError(f"{one}: no such file")
    if not found.files:
        where = ", ".join(map(str, given or [samples]))
        raise UsageError(f"nothing to play in {where}: {len(found.left_out)} files, and no X12 (ISA) in any of them")
    return found


def _not_played(path: Path) -> str:
    if path.name != SAMPLE and path.with_name(SAMPLE).is_file():
        return f"beside an {SAMPLE}"
    return "" if path.name == SAMPLE or _begins_as_x12(path) else "no X12"


def _begins_as_x12(path: Path) -> bool:
    if path.suffix.lower() in _PROSE:
        return False
    with path.open("rb") as file:
        return _HEADER.search(file.read(LOOKED_AT_BYTES)) is not None


def told(left_out: Sequence[tuple[Path, str]]) -> Iterator[str]:
    """What was left out, a line for each reason: how many, and the first names."""
    for why in dict.fromkeys(why for _, why in left_out):
        names = [path.name for path, reason in left_out if reason == why]
        shown = ", ".join(dict.fromkeys(names[:200]).keys() if len(set(names)) < 6 else names[:5])
        rest = "" if len(set(names)) < 6 else ", ..."
        yield f"left out {len(names)} ({why}): {shown}{rest}"
