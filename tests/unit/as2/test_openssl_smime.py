"""Whole S/MIME entities, held against the `openssl smime` and `openssl cms` commands, both ways."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.as2.algorithms import DEFAULT_DIGESTS
from gateway.as2.mic import digests
from gateway.as2.mime import read_entity
from gateway.as2.pack import Address, Packed, PackProfile
from gateway.as2.source import Memory, whole
from gateway.as2.unpack import Unpacked
from gateway.as2.wrap import joined
from tests.unit.as2.messages import BOTH, ENCRYPTED, OPEN, SIGNED, Partners, contents

TEXT = b"ISA*00~\r\nGS*PO~\r\nSE*2*0001~\r\n"
PART = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + TEXT
OpenSsl = Callable[..., bytes]


@pytest.fixture
def openssl(tmp_path: Path, partners: Partners) -> OpenSsl:
    """Runs a command of openssl on bytes; `SENDER` and `RECEIVER` stand for their certificates and keys."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command here: nothing was held against another implementation")
    for name, pair in (("sender", partners.sender), ("receiver", partners.receiver)):
        (tmp_path / f"{name}.crt").write_bytes(pair.certificate.public_bytes(Encoding.PEM))
        (tmp_path / f"{name}.key").write_bytes(
            pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )

    def run(content: bytes, command: str) -> bytes:
        (tmp_path / "in").write_bytes(content)
        tool, *options = command.split()
        done = subprocess.run(["openssl", tool, "-in", "in", *options], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, f"openssl {command}: {done.stderr.decode()}"
        return done.stdout

    return run


SIGN = "-sign -signer sender.crt -inkey sender.key"
DECRYPT = "-decrypt -recip receiver.crt -inkey receiver.key"
VERIFY = "-verify -CAfile sender.crt -certfile sender.crt -purpose any"


def _opened(partners: Partners, raw: bytes) -> Unpacked:
    return partners.unpack(read_entity(Memory(raw)), replace(OPEN, allowed=OPEN.allowed | {"sha1", "3des-cbc"}))


@pytest.mark.parametrize("tool", ["smime", "cms"])
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("how", ["-binary", "-crlfeol", "-binary -noattr", "-nodetach -binary", "-nodetach", ""])
def test_what_openssl_signs_is_read(partners: Partners, openssl: OpenSsl, tool: str, digest: str, how: str) -> None:
    opened = _opened(partners, openssl(PART, f"{tool} {SIGN} -md {digest} {how}"))

    assert opened.digest == digest
    assert contents(opened)[0].replace(b"\r\n", b"\n") == TEXT.replace(b"\r\n", b"\n")
    assert opened.mics["sha256"] == _mic(PART)


def _mic(content: bytes) -> str:
    from gateway.as2.mic import mics

    return mics(digests([content], ["sha256"]))["sha256"]


@pytest.mark.parametrize("how", ["smime -aes256", "smime -des3", "cms -aes-128-cbc", "cms -aes-256-gcm",
                                 "cms -aes-192-cbc -keyid", "cms -aes256 -stream"])  # fmt: skip
def test_what_openssl_signs_and_encrypts_is_read(partners: Partners, openssl: OpenSsl, how: str) -> None:
    tool, *options = how.split()
    signed = openssl(PART, f"{tool} {SIGN} -binary -md sha256")
    recipient = "receiver.crt" if tool == "smime" else "-recip receiver.crt"
    raw = openssl(signed, f"{tool} -encrypt -binary {' '.join(options)} {recipient}")

    opened = _opened(partners, raw)

    assert contents(opened) == [TEXT]
    assert opened.signed_by == partners.sender.certificate
    assert opened.mics["sha256"] == _mic(PART)


def _mail(partners: Partners, profile: PackProfile, *payloads: bytes) -> Packed:
    return partners.pack(*(payloads or (TEXT,)), profile=profile, address=Address(message_id="<1@a.example>"))


def _raw(packed: Packed) -> bytes:
    return packed.headers.block() + whole(packed.body)


@pytest.mark.parametrize("tool", ["smime", "cms"])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("transfer", ["7bit", "base64"])
@pytest.mark.parametrize("attributes", [True, False])
def test_openssl_verifies_what_is_signed(
    partners: Partners, openssl: OpenSsl, tool: str, digest: str, transfer: str, attributes: bool
) -> None:
    profile = replace(SIGNED, digest=digest, transfer=transfer, attributes=attributes)  # type: ignore[arg-type]
    packed = _mail(partners, profile)

    content = openssl(_raw(packed), f"{tool} {VERIFY}")

    assert _mic(content) == packed.mics["sha256"]


@pytest.mark.parametrize("cipher", ["aes128-cbc", "aes256-cbc", "3des-cbc"])
@pytest.mark.parametrize("tool", ["smime", "cms"])
def test_openssl_decrypts_what_is_encrypted(partners: Partners, openssl: OpenSsl, tool: str, cipher: str) -> None:
    packed = _mail(partners, replace(ENCRYPTED, cipher=cipher, transfer="base64"))

    content = openssl(_raw(packed), f"{tool} {DECRYPT}")

    assert _mic(content) == packed.mics["sha256"]


@pytest.mark.parametrize("cipher", ["aes256-cbc", "aes128-gcm"])
@pytest.mark.parametrize("transport", ["rsa", "oaep-sha256"])
def test_openssl_opens_a_whole_message_of_several_payloads(
    partners: Partners, openssl: OpenSsl, cipher: str, transport: str
) -> None:
    profile = replace(BOTH, cipher=cipher, transport=transport, transfer="7bit", by="ski")
    packed = _mail(partners, profile, TEXT, b"\x00\xff binary")

    signed = openssl(_raw(packed), f"cms {DECRYPT}")
    content = openssl(signed, f"cms {VERIFY}")

    assert _mic(content) == packed.mics["sha256"]
    assert contents(partners.unpack(read_entity(Memory(content)))) == [TEXT, b"\x00\xff binary"]


def test_openssl_decrypts_the_binary_body_that_goes_over_http(partners: Partners, openssl: OpenSsl) -> None:
    packed = partners.pack()

    signed = openssl(whole(packed.body), f"cms {DECRYPT} -inform DER -binary")

    opened = partners.unpack(read_entity(Memory(signed)))
    assert opened.mics == packed.mics
    assert joined(read_entity(Memory(signed))).size == len(signed)
    assert opened.digest in DEFAULT_DIGESTS
