"""What the mapping commands look at: mappings of a folder, their fixtures, sets of X12 files. No store is needed."""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import GatewayError, UsageError

# The canonical models take a quarter of a second to build: `--help` does not wait for them.
if TYPE_CHECKING:
    from gateway.flaws import Flaw
    from gateway.mapping.differences import Difference
    from gateway.mapping.head import Fixture
    from gateway.mapping.library import Library
    from gateway.mapping.references import Lookups
    from gateway.mapping.to_canonical import CompiledMapping
    from gateway.x12.interchange import SetResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a fixture gave: differences of reading its file, and of writing its JSON.

    None where a direction was not looked at: `unread` and `unwritten` say why, "" where it was.
    """

    fixture: "Fixture"
    sets: int = 0
    read: "tuple[Difference, ...] | None" = None
    written: "tuple[Difference, ...] | None" = None
    unread: str = ""
    unwritten: str = ""

    @property
    def differences(self) -> "tuple[Difference, ...]":
        """All of them, empty for a good fixture."""
        return (*(self.read or ()), *(self.written or ()))


def library_in(folder: Path) -> "Library":
    """The mappings of a folder, none compiled yet."""
    from gateway.mapping.library import SUFFIX, Library
    from gateway.mapping.lock import FILE
    from gateway.store.authored import read_folder

    return Library(read_folder(folder, (SUFFIX, FILE)))


@contextlib.contextmanager
def places_in(folder: Path) -> Iterator[None]:
    """Mistakes of a mapping come with a path that can be opened from where the caller stands."""
    from gateway.mapping.diagnosis import MappingError

    try:
        yield
    except MappingError as wrong:
        raise wrong.below(folder) from None


def chosen(library: "Library", targets: list[str] | None) -> list[str]:
    """Names for what the caller wrote: a version, all versions of a mapping (oldest first), or a file.

    Raises UsageError with the nearest name.
    """
    from gateway.flaws import did_you_mean
    from gateway.mapping.head import name_of

    names = library.names()
    if not targets:
        return list(names)
    found: list[str] = []
    for target in targets:
        as_file = name_of("/".join(Path(target).parts[-3:]))
        meant = [name for name in names if name in (target, as_file) or name.split("@")[0] == target]
        if not meant:
            raise UsageError(f"there is no mapping '{target}'{did_you_mean(target, names)}")
        found += [name for name in meant if name not in found]
    return found


def flaws_of(library: "Library", name: str, folder: Path) -> "tuple[Flaw, ...]":
    """Every mistake of a mapping: its own, or when there is none those that its fixtures show."""
    from gateway.flaws import Flaw
    from gateway.mapping.diagnosis import MappingError

    edited = library.edited(name)
    try:
        found = outcomes(library, name, folder)
    except MappingError as error:
        return (*edited, *error.flaws)
    shown = (
        Flaw(place=outcome.fixture.place, code="E180", sentence=f"{outcome.fixture.name}: {difference}")
        for outcome in found
        for difference in outcome.differences
    )
    return (*edited, *shown)


def outcomes(library: "Library", name: str, folder: Path) -> tuple[Outcome, ...]:
    """What the fixtures of a mapping give. Raises MappingError."""
    compiled = library.compile(name)
    return tuple(_outcome(compiled, fixture, folder) for fixture in library.fixtures(name))


def warnings_in(library: "Library", name: str, folder: Path) -> "tuple[Flaw, ...]":
    """What may be meant, and is told: doubts about the mapping, and its fields that stand in no fixture of its own."""
    from gateway.mapping.coverage import coverage

    documents = [json.loads((folder / fixture.json).read_text("utf-8")) for fixture in library.fixtures(name)]
    found = coverage(library.resolved(name).mapped.root, library.path(name), documents).flaw(library.path(name))
    return (*library.doubts(name), *([found] if found else []))


def flaws_of_guides(library: "Library", partners: Path, names: Sequence[str]) -> "tuple[Flaw, ...]":
    """Where mappings do not go with the partner guides of their agreements (P028, P029).

    Nothing where there are no partner files; what else is wrong with those is for `gateway partner check`.
    """
    if not partners.is_dir():
        return ()
    from gateway.cli.partner_book import files_in, good_of
    from gateway.partners.book import load
    from gateway.partners.problems import PartnerFilesError

    good = good_of(library)
    try:
        known = library.names()
        found = load(
            files_in(partners), mappings=known, about=lambda name: good(name) if name in names else None
        ).doubts
    except PartnerFilesError as wrong:
        found = (*wrong.flaws, *wrong.doubts)
    paths = {library.path(name) for name in names}

    def is_about(flaw: "Flaw") -> bool:
        named = any(f"mapping {name}{end}" in flaw.sentence for name in names for end in "),")
        return flaw.code in ("P028", "P029") and (flaw.place.file in paths or named)

    return tuple(flaw for flaw in found if is_about(flaw))


def _outcome(compiled: "CompiledMapping", fixture: "Fixture", folder: Path) -> Outcome:
    from gateway.mapping.differences import Difference
    from gateway.mapping.fixtures import compare, compare_back, compare_parts

    edi, expected = folder / fixture.edi, folder / fixture.json
    parts = [folder / fixture.parts] if fixture.parts else []
    missing = tuple(Difference(said=f"there is no {path}") for path in (edi, expected, *parts) if not path.is_file())
    if missing:
        return Outcome(fixture=fixture, read=missing, unwritten="nothing to write")
    results = list(sets_of(edi.read_bytes()))
    unread = tuple(
        Difference(said=f"set {result.ordinal} is no set to read: {findings_of(result)}")
        for result in results
        if not result.content
    )
    try:
        known = rows_of(folder / fixture.crossref if fixture.crossref else None, compiled.name, results)
        wanted = expected.read_text("utf-8")
    except (GatewayError, UnicodeDecodeError) as wrong:
        said = tuple(Difference(said=line) for line in str(wrong).splitlines())
        return Outcome(fixture=fixture, sets=len(results), read=said, unwritten="nothing to write")
    readings = [compiled.read(result.content, known) for result in results if result.content]
    only_writes = compiled.direction == "write"
    read = unread or (() if only_writes else compare(wanted, readings))
    if fixture.parts and not read:
        read = compare_parts(compiled, (folder / fixture.parts).read_text("utf-8"), readings)
    unwritten = _why_unwritten(compiled, fixture, bool(read))
    written = None if unwritten else compare_back(compiled, wanted, results, fixture.round_trip, known)
    return Outcome(
        fixture=fixture,
        sets=len(results),
        read=None if only_writes and not read else read,
        written=written,
        unread="direction: write" if only_writes and not read else "",
        unwritten=unwritten,
    )


def _why_unwritten(compiled: "CompiledMapping", fixture: "Fixture", differs: bool) -> str:
    if compiled.direction == "read":
        return "direction: read"
    if fixture.round_trip == "none":
        return "round_trip: none"
    return "not before it reads as expected" if differs else ""


def rows_of(file: Path | None, mapping: str, results: "Sequence[SetResult]" = ()) -> "Lookups | None":
    """The cross references of a file, for the day of the first set; None without a file."""
    if file is None:
        return None
    from gateway.cli.mapping_rows import lookups

    return lookups(file, mapping, next((result.content for result in results if result.content), None))


def sets_of(content: bytes) -> "Iterator[SetResult]":
    """The sets of an X12 file."""
    from gateway.x12.interchange import SetResult
    from gateway.x12.read import examine

    return (event for event in examine(content) if isinstance(event, SetResult))


def content_of(file: str) -> bytes:
    """A file's bytes, or those of standard input for "-". Raises UsageError."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from error


def findings_of(result: "SetResult") -> str:
    """Why a set could not be read, in words."""
    return "; ".join(finding.message for finding in result.findings[:5]) or "no reason found"
