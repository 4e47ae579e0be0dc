"""One measurement of our AS2 core in a process of its own; prints JSON.

as2_measures.py small FOLDER SECONDS     unpack, verify and decrypt the message in FOLDER, and pack one like it
as2_measures.py large FOLDER MEGABYTES   pack and unpack a payload of this size through the store's spool files
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from memory import peak_kb

from gateway.as2.cms.identity import KeyPair
from gateway.as2.headers import Headers
from gateway.as2.pack import Address, Packed, PackProfile, Payload, pack
from gateway.as2.source import Memory, Source, chunks
from gateway.as2.unpack import Unpacked, UnpackPolicy, unpack
from gateway.store.blobs import FileBlobs

RUNS = 3
TOKEN = "0123456789abcdef0123"
ADDRESS = Address(message_id="<1@acme.example>", as2_from="ACME", as2_to="HARBORPINE")


@dataclass(frozen=True, slots=True)
class Folder:
    """Keys and messages that `as2.py` made."""

    path: Path

    def pair(self, name: str) -> KeyPair:
        """A key with its certificate."""
        data = (self.path / f"{name}.pem").read_bytes()
        return KeyPair(x509.load_pem_x509_certificate(data), load_pem_private_key(data, b"peer"))  # type: ignore[arg-type]


def packed(folder: Folder, source: Source, new: Callable[[], object], profile: PackProfile) -> Packed:
    return pack(
        [Payload(source=source)],
        profile=profile,
        address=ADDRESS,
        token=TOKEN,
        scratch=new,  # type: ignore[arg-type]
        signer=folder.pair("acme"),
        recipients=[folder.pair("harborpine").certificate],
    )


def opened(
    headers: Headers, body: Source, keys: list[KeyPair], trusted: list[x509.Certificate], new: Callable[[], object]
) -> Unpacked:
    return unpack(headers, body, policy=UnpackPolicy(), keys=keys, trusted=trusted, scratch=new)  # type: ignore[arg-type]


def rates(action: Callable[[], object], seconds: float) -> list[float]:
    """How often a second of processor time, run after run."""
    for _ in range(20):
        action()
    found = []
    for _ in range(RUNS):
        begun, count = time.process_time(), 0
        while (spent := time.process_time() - begun) < seconds:
            action()
            count += 1
        found.append(count / spent)
    return found


def small(folder: Folder, seconds: float) -> dict[str, object]:
    raw = (folder.path / "message").read_bytes()
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = Headers.of(line.split(": ", 1) for line in head.decode().split("\r\n"))  # type: ignore[misc]
    keys, trusted = [folder.pair("harborpine")], [folder.pair("acme").certificate]
    payload, acme = (folder.path / "payload").read_bytes(), folder.pair("acme")
    profile = PackProfile()

    def make() -> Packed:
        return pack(
            [Payload(source=Memory(payload))],
            profile=profile,
            address=ADDRESS,
            token=TOKEN,
            scratch=Memory,
            signer=acme,
            recipients=[keys[0].certificate],
        )

    unpacked = opened(headers, Memory(body), keys, trusted, Memory)
    assert unpacked.payloads[0].source.read(0, 1 << 20) == payload
    return {
        "unpack": rates(lambda: opened(headers, Memory(body), keys, trusted, Memory), seconds),
        "pack": rates(make, seconds),
    }


def large(folder: Folder, megabytes: int) -> dict[str, object]:
    blobs = FileBlobs(folder.path / "home")
    blobs.prepare()
    small_source = blobs.keep(b"ISA*00*" * 300)
    _round(folder, blobs, _Stored(blobs, small_source))
    base = peak_kb()
    spool = blobs.spool()
    block = ("IT1**12*EA*9.25**UP*012345678905*PI*AB-1000~\n" * 23_302).encode()[: 1 << 20]
    for number in range(megabytes):
        spool.write(number.to_bytes(8, "big") + block[8:])
    content = spool.seal()
    pack_seconds, unpack_seconds = _round(folder, blobs, _Stored(blobs, content))
    return {"base_kb": base, "peak_kb": peak_kb(), "pack": pack_seconds, "unpack": unpack_seconds}


@dataclass(frozen=True, slots=True)
class _Stored:
    blobs: FileBlobs
    content: object

    @property
    def size(self) -> int:
        return self.content.size  # type: ignore[attr-defined,no-any-return]

    def read(self, offset: int, size: int, /) -> bytes:
        return self.blobs.read(self.content, offset, size)  # type: ignore[arg-type]


def _round(folder: Folder, blobs: FileBlobs, source: Source) -> tuple[float, float]:
    begun = time.perf_counter()
    message = packed(folder, source, blobs.spool, PackProfile())
    made = time.perf_counter()
    keys, trusted = [folder.pair("harborpine")], [folder.pair("acme").certificate]
    unpacked = opened(message.headers, message.body, keys, trusted, blobs.spool)
    size = sum(len(chunk) for chunk in chunks(unpacked.payloads[0].source))
    assert size == source.size
    return made - begun, time.perf_counter() - made


if __name__ == "__main__":
    what, place, amount = sys.argv[1], Folder(Path(sys.argv[2])), float(sys.argv[3])
    print(json.dumps(small(place, amount) if what == "small" else large(place, int(amount))))
