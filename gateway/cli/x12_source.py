"""Files that the x12 commands read: opened with words for what may go wrong, a block at a time."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from gateway.errors import MachineError, UsageError

BLOCK_BYTES = 1 << 20
"""Bytes read from a file at a time."""

STANDARD_INPUT = "-"


def blocks_of(file: str) -> Iterator[bytes]:
    """The content of a file, `-` being standard input, a block at a time; closed when it ends or is let go."""
    with ExitStack() as stack:
        source = sys.stdin.buffer if file == STANDARD_INPUT else stack.enter_context(open_binary(file))
        yield from blocks(file, source.read)


def open_binary(file: str) -> BinaryIO:
    """A file to read. Raises UsageError when it is not there or no file, MachineError when it cannot be read."""
    try:
        return Path(file).open("rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except OSError as error:
        raise MachineError(f"{file}: {error.strerror}") from error


def blocks(file: str, read: Callable[[int], bytes]) -> Iterator[bytes]:
    """What `read` gives, a block at a time. Raises MachineError when the disk refuses."""
    try:
        while block := read(BLOCK_BYTES):
            yield block
    except OSError as error:
        raise MachineError(f"{file}: {error.strerror}") from error
