"""The AS2 core, measured beside pyas2lib on the same machine in one run.

    .tools/bin/uv run --frozen python benchmarks/as2.py [--quick] [--write] [--without peer,peer-large]

A message of 2 KB, signed (RSA-2048, SHA-256) and encrypted (AES-256-CBC), is unpacked, verified and decrypted; and a
payload of 200 MB is packed and unpacked, with its memory. Each measurement runs in a process of its own; pyas2lib in
the environment that tests/interop/get-as2-peer makes. `--write` puts the table into docs/evidence/as2.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from as2_measures import ADDRESS, TOKEN
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import NameOID
from x12 import machine

from gateway.as2.cms.identity import KeyPair
from gateway.as2.pack import PackProfile, Payload, pack
from gateway.as2.source import Memory, whole

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "evidence" / "as2.md"
PEER = ROOT / ".tools" / "interop" / "as2" / "bin" / "python"
GET_PEER = ROOT / "tests" / "interop" / "get-as2-peer"
MEGABYTES = 200
LEAST_RATIO = 4.0
MOST_EXTRA_MB = 64

TITLE = """# Speed and memory of the AS2 core

`benchmarks/as2.py`, in one run. Messages a second of processor time, on one core: median of {runs} runs with slowest
and fastest, each measurement in a process of its own, ours and pyas2lib's one after the other. Memory is what the peak
was above what the process had after a small message.
"""

NOTES = """pyas2lib 1.4.4 holds messages in memory and has no other way; it runs in an environment of its own, in which
one pattern of oscrypto 1.3.0 is mended that does not know the version of this OpenSSL. Both open the same 2 KB message,
which asks for no receipt, so that none is made. Ours makes the MIC by six digests, as it does for every message."""


def keys(folder: Path) -> dict[str, KeyPair]:
    """Two who send to each other."""
    found = {}
    for name in ("acme", "harborpine"):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .sign(key, hashes.SHA256())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"peer"))
        public = certificate.public_bytes(Encoding.PEM)
        (folder / f"{name}.pem").write_bytes(private + public)
        (folder / f"{name}.certificate.pem").write_bytes(public)
        found[name] = KeyPair(certificate, key)
    return found


def prepare(folder: Path) -> None:
    """Keys, a payload of 2 KB, and its message."""
    pairs = keys(folder)
    payload = b"".join(f"IT1*{number}*12*EA*9.25**UP*012345678905~\r\n".encode() for number in range(100))[:2048]
    message = pack(
        [Payload(source=Memory(payload))],
        profile=PackProfile(),
        address=ADDRESS,
        token=TOKEN,
        scratch=Memory,
        signer=pairs["acme"],
        recipients=[pairs["harborpine"].certificate],
    )
    (folder / "payload").write_bytes(payload)
    (folder / "message").write_bytes(message.headers.block() + whole(message.body))


def measured(python: str, script: str, what: str, folder: Path, amount: float) -> dict[str, Any]:
    """What a measuring process prints. Raises RuntimeError with the end of what it said when it fails."""
    command = [python, str(HERE / script), what, str(folder), str(amount)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} if script == "as2_measures.py" else None
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it failed without a word"])[-1])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def peer() -> str:
    """The interpreter that has pyas2lib. Raises RuntimeError when it cannot be had."""
    if not PEER.exists():
        done = subprocess.run(["sh", str(GET_PEER)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError((done.stderr.strip().splitlines() or ["get-as2-peer failed"])[-1])
    return str(PEER)


def rate(found: list[float]) -> str:
    return f"{statistics.median(found):,.0f} ({min(found):,.0f}-{max(found):,.0f})"


def large_row(who: str, found: dict[str, Any]) -> str:
    extra = (found["peak_kb"] - found["base_kb"]) / 1024
    pack_rate, unpack_rate = (MEGABYTES * 1.048576 / found[name] for name in ("pack", "unpack"))
    return f"| {who} | {pack_rate:,.0f} | {unpack_rate:,.0f} | {extra:,.0f} |"


def main() -> int:
    """Measure, print, and with --write keep the page. Returns 1 when what is promised does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="half a second a run, and no large message of the peer")
    parser.add_argument("--write", action="store_true", help="put the table into docs/evidence/as2.md")
    parser.add_argument("--without", default="", help="peer, peer-large: leave these out")
    options = parser.parse_args()
    without = {*filter(None, options.without.split(",")), *(["peer-large"] if options.quick else [])}
    before = os.getloadavg()
    page, good = measure(0.5 if options.quick else 2.0, without)
    page += "\n".join([*machine(before), ""])
    print(page)
    if options.write:
        PAGE.write_text(page, "utf-8")
    return 0 if good else 1


def measure(seconds: float, without: set[str]) -> tuple[str, bool]:
    """The page, and whether what is promised holds."""
    with tempfile.TemporaryDirectory(prefix="as2-") as place:
        folder = Path(place)
        prepare(folder)
        ours = measured(sys.executable, "as2_measures.py", "small", folder, seconds)
        theirs = None if "peer" in without else measured(peer(), "peer_pyas2.py", "small", folder, seconds)
        large = measured(sys.executable, "as2_measures.py", "large", folder, MEGABYTES)
        lines = [f"| gateway | {rate(ours['unpack'])} | {rate(ours['pack'])} |"]
        ratio = None
        if theirs is not None:
            ratio = statistics.median(ours["unpack"]) / statistics.median(theirs["unpack"])
            packing = statistics.median(ours["pack"]) / statistics.median(theirs["pack"])
            lines.append(f"| pyas2lib 1.4.4 | {rate(theirs['unpack'])} | {rate(theirs['pack'])} |")
            lines.append(f"| times as many | {ratio:.1f} | {packing:.1f} |")
        larges = [large_row("gateway", large)]
        if not without & {"peer", "peer-large"}:
            larges.append(large_row("pyas2lib 1.4.4", measured(peer(), "peer_pyas2.py", "large", folder, MEGABYTES)))
    extra = (large["peak_kb"] - large["base_kb"]) / 1024
    good = extra < MOST_EXTRA_MB and (ratio is None or ratio >= LEAST_RATIO)
    return _page(lines, larges), good


def _page(small: list[str], large: list[str]) -> str:
    head = "| 2 KB | unpacked, verified, decrypted a second | packed a second |\n|---|---|---|\n"
    second = f"| {MEGABYTES} MB | packed, MB/s | unpacked, MB/s | memory above the base, MB |\n|---|---|---|---|\n"
    promise = f"Promised: at least {LEAST_RATIO:.0f} times as many unpacked, and under {MOST_EXTRA_MB} MB."
    tables = [head + "\n".join(small), second + "\n".join(large)]
    return "\n".join([TITLE.format(runs=3), *(f"{one}\n" for one in tables), promise, "", NOTES, "", ""])


if __name__ == "__main__":
    sys.exit(main())
