"""Packs and unpacks one large message over files, and says what memory that took: run by `test_large`.

The last line is the growth of the resident set over what the interpreter and its libraries take, in bytes.
"""

import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from gateway.as2.cms.identity import KeyPair
from gateway.as2.pack import Address, Packed, PackProfile, Payload, pack
from gateway.as2.source import Memory
from gateway.as2.unpack import Unpacked, UnpackPolicy, unpack
from tests.unit.as2.cms.people import with_rsa

LINE = b"PO1*1*12*EA*3.75**VN*HP-100045*PO*71-230077*ZZ*0000000000000000000000000000~\r\n"


class File:
    """A `Scratch` in a file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self.size = 0

    def read(self, offset: int, size: int, /) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)

    def write(self, data: bytes, /) -> None:
        self._file.seek(self.size)
        self._file.write(data)
        self.size += len(data)


class Folder:
    """Makes scratches in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __call__(self) -> File:
        self._count += 1
        return File(self._folder / str(self._count))


def payload(size: int, scratch: Folder) -> File:
    """A file of lines, all different from a distance, so that compression has something to do."""
    into = scratch()
    block = b"".join(b"%07d" % number + LINE for number in range(10_000))
    while into.size < size:
        into.write(block)
    return into


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _packed(profile: PackProfile, content: File, scratch: Folder, pair: KeyPair) -> Packed:
    address = Address(message_id="<1@a.example>", as2_from="A", as2_to="B")
    return pack([Payload(source=content)], profile=profile, address=address, token="0123456789abcdef", scratch=scratch,
                signer=pair, recipients=[pair.certificate])  # fmt: skip


def _unpacked(packed: Packed, scratch: Folder, pair: KeyPair) -> Unpacked:
    return unpack(packed.headers, packed.body, policy=UnpackPolicy(), keys=[pair], trusted=[pair.certificate],
                  scratch=scratch)  # fmt: skip


def main(
    folder: Path, size: int, compress: Literal["before", "after"] | None, transfer: Literal["binary", "base64"]
) -> None:
    """Write the growth."""
    scratch = Folder(folder)
    pair = with_rsa("large")
    profile = replace(PackProfile(), compress=compress, transfer=transfer)
    content = payload(size, scratch)
    warm = _packed(profile, payload(1, scratch), scratch, pair)
    _unpacked(warm, scratch, pair)
    before = _resident()
    packed = _packed(profile, content, scratch, pair)
    opened = _unpacked(packed, scratch, pair)
    after = _resident()
    assert opened.payloads[0].source.size == content.size
    assert opened.mics == packed.mics
    assert not isinstance(packed.body, Memory)
    sys.stdout.write(f"{after - before}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None, sys.argv[4])  # type: ignore[arg-type]
