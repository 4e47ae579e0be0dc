"""A message of 200 MB through everything, in a process of its own, which says how much memory each step took.

Prints JSON: for each step the growth of the peak of resident memory over what the process had before, in bytes, and
its seconds.
"""

import hashlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable

from gateway.as2.cms.compress import compress, decompress
from gateway.as2.cms.decrypt import decrypt
from gateway.as2.cms.encrypt import encrypt
from gateway.as2.cms.sign import sign_opaque
from gateway.as2.cms.verify import open_opaque
from gateway.as2.source import Joined, Memory, Sink, Source, chunks
from tests.unit.as2.cms.people import with_rsa

_LINE = b"PO1*1*12*EA*4.25**UP*075900001234~PID*F****A thing that nobody needs~\n"


class File:
    """A scratch in a file without a name."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self._descriptor = self._file.fileno()
        self.size = 0

    def read(self, offset: int, size: int, /) -> bytes:
        """As in `Source`."""
        return os.pread(self._descriptor, size, offset)

    def write(self, data: bytes, /) -> None:
        """As in `Sink`."""
        os.write(self._descriptor, data)
        self.size += len(data)

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()


class Digest:
    """A sink that remembers only what it was."""

    def __init__(self) -> None:
        self._hasher = hashlib.sha256()

    def write(self, data: bytes, /) -> None:
        """As in `Sink`."""
        self._hasher.update(data)

    def of(self, source: Source) -> bytes:
        """The digest of a source."""
        for chunk in chunks(source):
            self.write(chunk)
        return self._hasher.digest()

    def digest(self) -> bytes:
        """Of what was written."""
        return self._hasher.digest()


def _pieces(message: Source, sink: Sink, size: int) -> None:
    """An EnvelopedData of ours as other products write it: indefinite lengths, pieces of 1,000 octets."""
    head = message.read(0, 2000)
    kind, _ = _inside(head, 0)
    envelope, _ = _inside(head, _after(head, kind))
    version, _ = _inside(head, envelope)
    recipients = _after(head, version)
    inner = _after(head, recipients)
    what, _ = _inside(head, inner)
    cipher = _after(head, what)
    place = _after(head, cipher)
    start, octets = _inside(head, place)
    assert octets > size
    sink.write(b"\x30\x80" + head[kind : _after(head, kind)] + b"\xa0\x80\x30\x80" + head[version:inner])
    sink.write(b"\x30\x80" + head[what:place] + b"\xa0\x80")
    for offset in range(start, start + octets, 1_000_000):
        block = message.read(offset, min(1_000_000, start + octets - offset))
        sink.write(b"".join(_piece(block[at : at + 1000]) for at in range(0, len(block), 1000)))
    sink.write(b"\0\0" * 5)


def _inside(head: bytes, at: int) -> tuple[int, int]:
    """Where the content of the value at `at` begins, and how many octets it has."""
    first = head[at + 1]
    if first < 0x80:
        return at + 2, first
    start = at + 2 + (first & 0x7F)
    return start, int.from_bytes(head[at + 2 : start], "big")


def _after(head: bytes, at: int) -> int:
    start, octets = _inside(head, at)
    return start + octets


def _piece(octets: bytes) -> bytes:
    return b"\x04\x82" + len(octets).to_bytes(2, "big") + octets


def main(size: int) -> dict[str, tuple[int, float]]:
    """Each step after the other; the content is compared by its digest at the end of each way."""
    line = Memory(_LINE * 1500)
    content = Joined([line] * (size // line.size))
    wanted = Digest().of(content)
    who, whom = with_rsa("oak"), with_rsa("pine")
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken: dict[str, tuple[int, float]] = {}

    def step(name: str, work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken[name] = ((peak - base) * 1024, time.perf_counter() - begun)

    def there_and_back(cipher: str, loose: bool) -> None:
        envelope, plain = File(), Digest()
        step(f"encrypt {cipher}", lambda: encrypt(content, envelope, [whom.certificate], cipher=cipher))
        if loose:
            definite, envelope = envelope, File()
            _pieces(definite, envelope, size // 2)
            definite.close()
        step(f"decrypt {cipher}{' in pieces' if loose else ''}", lambda: decrypt(envelope, plain, [whom]))
        assert plain.digest() == wanted
        envelope.close()

    signed, opened = File(), Digest()
    step("sign", lambda: sign_opaque(content, signed, digest_name="sha256", signer=who))
    step("open", lambda: open_opaque(signed, opened, [who.certificate]))
    assert opened.digest() == wanted
    signed.close()
    there_and_back("aes256-cbc", loose=True)
    there_and_back("aes256-gcm", loose=False)
    small, large = File(), Digest()
    step("compress", lambda: compress(content, small, level=1))
    step("decompress", lambda: decompress(small, large, most_ratio=1000))
    assert large.digest() == wanted
    return taken


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))))
