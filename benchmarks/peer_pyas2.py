"""pyas2lib on the same messages, in its own environment; prints JSON. Nothing of the gateway is imported here.

peer_pyas2.py small FOLDER SECONDS       as `as2_measures.py small`
peer_pyas2.py large FOLDER MEGABYTES     as `as2_measures.py large`, in memory: it has no other way
"""

import json
import sys
import time
from pathlib import Path

from pyas2lib.as2 import Message, Organization, Partner

RUNS = 3


def side(folder: Path, own: str, other: str) -> tuple[Organization, Partner]:
    key = (folder / f"{own}.pem").read_bytes()
    theirs = (folder / f"{other}.certificate.pem").read_bytes()
    organization = Organization(
        as2_name=own.upper(), sign_key=key, sign_key_pass="peer", decrypt_key=key, decrypt_key_pass="peer"
    )
    partner = Partner(
        as2_name=other.upper(), verify_cert=theirs, encrypt_cert=theirs, validate_certs=False,
        sign=True, encrypt=True, digest_alg="sha256", enc_alg="aes_256_cbc",
    )  # fmt: skip
    return organization, partner


def rates(action, seconds: float) -> list[float]:
    for _ in range(5):
        action()
    found = []
    for _ in range(RUNS):
        begun, count = time.process_time(), 0
        while (spent := time.process_time() - begun) < seconds:
            action()
            count += 1
        found.append(count / spent)
    return found


def parsed(raw: bytes, ours: Organization, theirs: Partner) -> None:
    message = Message()
    status, problem, _ = message.parse(raw, find_org_cb=lambda _: ours, find_partner_cb=lambda _: theirs)
    assert status == "processed", problem
    assert message.signed and message.encrypted


def built(payload: bytes, ours: Organization, theirs: Partner) -> Message:
    message = Message(sender=ours, receiver=theirs)
    message.build(payload, filename="a.edi")
    return message


def peak_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def small(folder: Path, seconds: float) -> dict[str, object]:
    raw, payload = (folder / "message").read_bytes(), (folder / "payload").read_bytes()
    receiver, sender = side(folder, "harborpine", "acme"), side(folder, "acme", "harborpine")
    return {
        "unpack": rates(lambda: parsed(raw, *receiver), seconds),
        "pack": rates(lambda: built(payload, *sender), seconds),
    }


def large(folder: Path, megabytes: int) -> dict[str, object]:
    receiver, sender = side(folder, "harborpine", "acme"), side(folder, "acme", "harborpine")
    parsed((folder / "message").read_bytes(), *receiver)
    base = peak_kb()
    block = (b"IT1**12*EA*9.25**UP*012345678905*PI*AB-1000~\n" * 23_302)[: 1 << 20]
    payload = b"".join(number.to_bytes(8, "big") + block[8:] for number in range(megabytes))
    begun = time.perf_counter()
    message = built(payload, *sender)
    raw = message.headers_str + b"\r\n" + message.content
    made = time.perf_counter()
    parsed(raw, *receiver)
    return {"base_kb": base, "peak_kb": peak_kb(), "pack": made - begun, "unpack": time.perf_counter() - made}


if __name__ == "__main__":
    what, place, amount = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    print(json.dumps(small(place, amount) if what == "small" else large(place, int(amount))))
