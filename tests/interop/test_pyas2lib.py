"""pyas2lib as a partner: it takes what we send, and sends what we take, in every way that both know."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from gateway.pipeline.outbound.send import Carriage, Carried
from gateway.transports.as2.post import Wire
from gateway.transports.as2.sender import As2Sender
from tests.fakes.as2_memory import SentInMemory
from tests.fakes.blobs import MemoryBlobs
from tests.integration.as2_door import Door, a_party, opened, ourselves, somebody

ORDER = (
    b"ISA*00*          *00*          *ZZ*ACME           *ZZ*HARBORPINE     *261121*1200*U*00401*000000001*0*P*>~\r\n"
    * 30
)
PEER = Path(__file__).with_name("pyas2_peer.py")
PYTHON = Path(__file__).parents[2] / ".tools" / "interop" / "as2" / "bin" / "python"
pytestmark = pytest.mark.skipif(
    not PYTHON.parents[1].joinpath("whole").exists(), reason="pyas2lib is not here: run tests/interop/get-as2-peer"
)

CIPHERS = {
    "aes128-cbc": "aes_128_cbc",
    "aes192-cbc": "aes_192_cbc",
    "aes256-cbc": "aes_256_cbc",
    "3des-cbc": "tripledes_192_cbc",
}
DIGESTS = ("sha1", "sha224", "sha256", "sha384", "sha512")
WAYS: list[dict[str, Any]] = [
    {},
    {"sign": False},
    {"encrypt": False},
    {"sign": False, "encrypt": False},
    {"compress": "before"},
    {"compress": "after"},
    {"compress": "before", "encrypt": False},
    {"pss": True},
    {"signed_attributes": False},
    {"named_by": "ski"},
    {"transport": "oaep-sha1"},
    *({"cipher": cipher} for cipher in CIPHERS),
    *({"digest": digest, "micalg_spelling": "sha256"} for digest in DIGESTS),
]
NOT_KNOWN_THERE = ("named_by",)
"""pyas2lib looks a recipient up by issuer and serial number alone."""


def words(way: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in way.items()) or "as agreed"


def desk(folder: Path, **terms: Any) -> Path:
    """What the peer needs: it is ACME, and knows our certificate."""
    folder.mkdir(exist_ok=True)
    own = somebody("acme")
    key = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"peer"))
    (folder / "own.pem").write_bytes(key + own.certificate.public_bytes(Encoding.PEM))
    (folder / "other.pem").write_bytes(ourselves().certificate.public_bytes(Encoding.PEM))
    (folder / "terms.json").write_text(json.dumps({"own": "ACME AS2", "other": "HARBORPINE", **terms}))
    return folder


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """The peer's server: its port, and what it says of each message."""
    process = await asyncio.create_subprocess_exec(
        str(PYTHON), str(PEER), "serve", str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield int(await asyncio.wait_for(process.stdout.readline(), 30)), process.stdout
    finally:
        process.kill()
        await process.wait()


async def sent(port: int, way: dict[str, Any], number: int, memory: SentInMemory, **terms: Any) -> Carriage:
    """One file of ours to the peer."""
    written = {name: str(one).lower() if isinstance(one, bool) else one for name, one in (way | terms).items()}
    url = f"http://127.0.0.1:{port}/as2"
    party = a_party("acme", send={"url": url, **written}, receive={"digests": list(DIGESTS)})
    blobs = MemoryBlobs()
    sender = As2Sender(
        party.terms,
        party.identity,
        sent=memory,
        notes=memory,
        blobs=blobs,
        wire=Wire(url=url, answer_seconds=20),
        clock=lambda: datetime.now(UTC),
    )
    carried = Carried(
        id=f"row-{number}",
        kind="interchange",
        subject="01SUBJECT",
        partner="acme",
        channel="acme-as2",
        name="invoices.edi",
        content=blobs.keep(ORDER),
        message_id=f"01FILE{number}-1",
        lane=1,
        usage="P",
        attempts=0,
        since=datetime.now(UTC),
    )
    try:
        return await sender.send(carried)
    finally:
        await sender.close()


@pytest.mark.parametrize("way", [way for way in WAYS if not way.keys() & set(NOT_KNOWN_THERE)], ids=words)
async def test_it_takes_what_we_send_and_its_receipt_settles_it(tmp_path: Path, way: dict[str, Any]) -> None:
    folder = desk(tmp_path / "peer", partner={"mdn_digest_alg": "sha256", "validate_certs": False})
    async with serving(folder) as (port, said):
        carriage = await sent(port, way, 1, SentInMemory())
        heard = json.loads(await asyncio.wait_for(said.readline(), 30))

    assert heard["status"] == "processed", (heard, carriage)
    assert (folder / "received").read_bytes().rstrip() == ORDER.rstrip()
    assert heard["signed"] == (way.get("sign") is not False)
    assert heard["encrypted"] == (way.get("encrypt") is not False)
    assert heard["compressed"] == ("compress" in way)
    assert carriage.kind == expected(way), carriage


def expected(way: dict[str, Any]) -> str:
    """Its receipt for a message without a signature has no MIC at all: signed as asked, it is no success here."""
    return "refused" if way.get("sign") is False else "carried"


@pytest.mark.parametrize("mode", ["SYNC", "ASYNC"])
@pytest.mark.parametrize(
    "partner",
    [
        {"sign": True, "encrypt": True, "enc_alg": "aes_256_cbc"},
        {"sign": True, "encrypt": True, "compress": True, "enc_alg": "aes_128_cbc"},
        {"sign": True, "encrypt": True, "enc_alg": "tripledes_192_cbc", "digest_alg": "sha1"},
        {"sign": True, "digest_alg": "sha512"},
        {"sign": True, "encrypt": True, "enc_alg": "aes_192_cbc"},
    ],
    ids=lambda partner: "-".join(map(str, partner.values())),
)
async def test_we_take_what_it_sends_and_it_believes_our_receipt(
    tmp_path: Path, mode: str, partner: dict[str, Any]
) -> None:
    receive = {
        "encrypted": "true" if partner.get("encrypt") else "false",
        "digests": list(DIGESTS),
        "ciphers": list(CIPHERS),
    }
    async with serving(desk(tmp_path / "mdn")) as (port, _):
        receive["mdn_hosts"] = [f"127.0.0.1:{port}"]
        async with opened(tmp_path / "door", a_party("acme", receive=receive, mdn_networks=["127.0.0.0/8"])) as door:
            # It compares the MIC by the digest of its message, whatever it asked for.
            asks = {"mdn_mode": mode, "mdn_digest_alg": partner.get("digest_alg", "sha256")}
            said = await told(tmp_path, door, {**partner, **asks}, port)
            (content,) = door.contents()

    assert content.rstrip() == ORDER.rstrip()
    if mode == "SYNC":
        assert said["status"] == "processed", said


async def told(tmp_path: Path, door: Door, partner: dict[str, Any], port: int) -> dict[str, Any]:
    """One message of the peer to our door, and what it makes of our answer."""
    terms = {"partner": {**partner, "validate_certs": False}, "mdn_url": f"http://127.0.0.1:{port}/mdn"}
    folder = desk(tmp_path / "peer", **terms)
    (folder / "payload").write_bytes(ORDER)
    process = await asyncio.create_subprocess_exec(
        str(PYTHON), str(PEER), "send", str(folder), f"{door.url}/as2", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return dict(json.loads(output))


async def test_its_pss_names_no_digest_and_is_refused(tmp_path: Path) -> None:
    """It leaves the parameters out, which means SHA-1 (RFC 4055, 3.1), and signs with SHA-256."""
    partner = {"sign": True, "encrypt": True, "enc_alg": "aes_256_cbc", "sign_alg": "rsassa_pss", "mdn_mode": "SYNC"}
    async with opened(tmp_path / "door", a_party("acme")) as door:
        said = await told(tmp_path, door, {**partner, "mdn_digest_alg": "sha256"}, 1)

        assert door.transmissions == []
    assert said["status"] == "processed/error"
