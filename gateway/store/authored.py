"""Folders of authored files (mappings/, partners/) to text, as the cores take them. Reads, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

from gateway.errors import ConfigurationError, SettingsError

MAXIMUM_BYTES = 1_000_000
"""Of one file; the mapping language refuses more anyway."""

MAXIMUM_FILES = 20_000
"""A gateway with a thousand partners has some ten thousand files; more is a wrong folder."""

MAXIMUM_DEPTH = 6


def read_folder(path: Path, suffixes: tuple[str, ...]) -> dict[str, str]:
    """Every file under `path` whose name ends with one of `suffixes`: relative path with "/" to text, sorted.

    Symbolic links are not followed, names that begin with a dot are passed over. Raises SettingsError when the folder
    is not there, ConfigurationError when a file is larger than a megabyte, or there are more than 20,000. Bytes that
    are not UTF-8 come as lone surrogates: the cores say where they stand, as they do of every other mistake.
    """
    if not path.is_dir():
        raise SettingsError(f"{path}: there is no such folder")
    found: dict[str, str] = {}
    for file in _files(path, MAXIMUM_DEPTH):
        if file.name.endswith(suffixes):
            if len(found) == MAXIMUM_FILES:
                raise ConfigurationError(f"{path}: more than {MAXIMUM_FILES} files: is this the right folder?")
            found[file.relative_to(path).as_posix()] = read_text(file)
    return found


def read_text(file: Path) -> str:
    """One file's text, taken for UTF-8. Raises ConfigurationError when it is larger than a megabyte or not readable."""
    try:
        with file.open("rb") as source:
            content = source.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror or error}") from error
    if len(content) > MAXIMUM_BYTES:
        raise ConfigurationError(f"{file}: more than {MAXIMUM_BYTES} bytes")
    return content.decode("utf-8-sig", errors="surrogateescape")


def _files(folder: Path, depth: int) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_file():
            yield entry
        elif entry.is_dir() and depth > 0:
            yield from _files(entry, depth - 1)
