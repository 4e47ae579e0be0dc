"""What the partner commands look at: partner files, the names of mappings, headers of X12 files. No store is needed."""

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.x12_source import blocks_of
from gateway.errors import UsageError

# Forms take a tenth of a second to build: `--help` does not wait for them.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.mapping.library import Library
    from gateway.mapping.to_canonical import CompiledMapping
    from gateway.partners.book import Book
    from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader


def book_in(partners: Path, mappings: Path | None, *, in_full: bool = False) -> "Book":
    """The book of a folder; with `mappings` their names have to be there, and `in_full` be for what they are named for.

    Raises PartnerFilesError with its path.
    """
    return book_of_files(partners, files_in(partners), mappings, in_full=in_full)


def files_in(partners: Path) -> dict[str, str]:
    """The partner files as they are."""
    from gateway.partners.authored import SUFFIXES
    from gateway.store.authored import read_folder

    return read_folder(partners, SUFFIXES)


def book_of_files(
    partners: Path, files: "Mapping[str, str]", mappings: Path | None, *, in_full: bool = False
) -> "Book":
    """The book of files that stand, or will stand, in a folder. Raises PartnerFilesError with its path.

    `in_full` looks into the mappings as well: whether they are for what agreements name them for.
    """
    from gateway.partners.book import load
    from gateway.partners.problems import PartnerFilesError

    try:
        names = None if mappings is None else mappings_in(mappings)
        return load(files, mappings=names, about=about_in(mappings) if in_full and mappings is not None else None)
    except PartnerFilesError as wrong:
        raise wrong.below(partners, mappings or "") from None


def about_in(folder: Path) -> "Callable[[str], CompiledMapping | None]":
    """Mappings by name; None for one that is not good, which `gateway mapping check` says."""
    from gateway.mapping.library import Library
    from gateway.store.authored import read_folder

    return good_of(Library(read_folder(folder, (".yaml",))))


def good_of(library: "Library") -> "Callable[[str], CompiledMapping | None]":
    """The mappings of a library by name; None for one that is not good."""
    from gateway.mapping.diagnosis import MappingError

    def about(name: str) -> "CompiledMapping | None":
        try:
            return library.compile(name)
        except MappingError:
            return None

    return about


def mappings_in(folder: Path) -> tuple[str, ...]:
    """The mappings there are, by their file names: whether they are good is for `gateway mapping check`."""
    from gateway.mapping.head import name_of

    found = (name_of(path.relative_to(folder).as_posix()) for path in sorted(folder.glob("*/*/*.map.yaml")))
    return tuple(name for name in found if name)


def known_partner(book: "Book", name: str) -> str:
    """The name of a partner there is. Raises UsageError with the nearest one."""
    from gateway.flaws import did_you_mean

    if name not in book.partners:
        raise UsageError(f"there is no partner '{name}'{did_you_mean(name, book.partners)}")
    return name


def headers_in(file: str) -> "Iterator[tuple[InterchangeHeader, GroupHeader, SetHeader]]":
    """The three headers of every set of an X12 file, in order; sets that cannot be read have headers too."""
    from gateway.x12.interchange import GroupResult, InterchangeHeader
    from gateway.x12.read import examine

    header: InterchangeHeader | None = None
    for event in examine(blocks_of(file)):
        if isinstance(event, InterchangeHeader):
            header = event
        elif isinstance(event, GroupResult) and header is not None:
            for result in event.sets:
                yield header, event.header, result.header
