"""Every cipher, digest and shape, both ways with another implementation, as its version here can make them."""

from itertools import product

import pytest

from gateway.as2.algorithms import CIPHERS, DIGESTS, TRANSPORTS
from gateway.as2.cms.content import content_kind
from gateway.as2.cms.identity import KeyPair
from gateway.as2.source import Memory
from tests.unit.as2.cms.openssl import OpenSsl
from tests.unit.as2.cms.samples import (
    ORDER,
    decrypted,
    enclosed,
    encrypted,
    signed,
    taken_out,
    verified,
)

_CIPHER = {"3des-cbc": "-des3"} | {
    f"aes{bits}-{mode}": f"-aes-{bits}-{mode}" for bits in (128, 192, 256) for mode in ("cbc", "gcm")
}
_LENGTHS = (ORDER, b"", b"x", b"x" * 16, ORDER * 200)


def _oaep(transport: str) -> tuple[str, ...]:
    if transport == "rsa":
        return ()
    digest = transport.removeprefix("oaep-")
    options = ("rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}", f"rsa_mgf1_md:{digest}")
    return tuple(part for option in options for part in ("-keyopt", option))


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("cipher", CIPHERS)
def test_what_openssl_encrypts_is_decrypted(
    cipher: str, transport: str, openssl: OpenSsl, birch: KeyPair, cedar: KeyPair
) -> None:
    """The common transports in every shape; the rest once."""
    shapes = ([], ["-stream"], ["-indef"], ["-keyid"], ["-stream", "-keyid"])
    for shape in shapes if transport in ("rsa", "oaep-sha1", "oaep-sha256") else shapes[:1]:
        content = ORDER * (200 if "-stream" in shape else 1)
        message = openssl.encrypt(content, _CIPHER[cipher], *shape, *_oaep(transport), recipient="birch")

        how, plain = decrypted(message, cedar, birch)

        assert plain == content, shape
        assert (how.cipher, how.transport, how.recipient) == (cipher, transport, birch)
        assert content_kind(Memory(message)) == ("auth-enveloped" if cipher.endswith("gcm") else "enveloped")


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("cipher", CIPHERS)
def test_openssl_decrypts_what_is_encrypted(
    cipher: str, transport: str, openssl: OpenSsl, birch: KeyPair, cedar: KeyPair
) -> None:
    """For two recipients, each by both names."""
    for by, recipient in (("issuer-serial", "birch"), ("ski", "cedar")):
        message = encrypted(ORDER, cedar, birch, cipher=cipher, transport=transport, by=by)

        assert openssl.decrypt(message, recipient=recipient) == ORDER


@pytest.mark.parametrize("cipher", ["3des-cbc", "aes256-cbc", "aes256-gcm"])
def test_every_length_is_decrypted_both_ways(cipher: str, openssl: OpenSsl, birch: KeyPair) -> None:
    for content in _LENGTHS:
        assert openssl.decrypt(encrypted(content, birch, cipher=cipher), recipient="birch") == content
        assert decrypted(openssl.encrypt(content, _CIPHER[cipher], recipient="birch"), birch)[1] == content


_SIGNERS = [("alder", "rsa"), ("alder", "pss"), ("elm", "ecdsa")]


def _keyed(scheme: str) -> list[str]:
    return ["-keyopt", "rsa_padding_mode:pss"] if scheme == "pss" else []


@pytest.mark.parametrize(
    ("digest", "signer", "scheme"),
    # MD5 goes with the oldest kind of signature only.
    [("md5", "alder", "rsa"), *((digest, *signer) for digest, signer in product(DIGESTS[1:], _SIGNERS))],
)
def test_what_openssl_signs_is_verified(
    digest: str, signer: str, scheme: str, openssl: OpenSsl, alder: KeyPair, elm: KeyPair, cedar: KeyPair
) -> None:
    """Beside the content and around it, with and without attributes and certificates, named in both ways."""
    who = {"alder": alder, "elm": elm}[signer].certificate
    shapes = [[], ["-noattr"], ["-nocerts"], ["-keyid"], ["-noattr", "-keyid"]]
    if scheme != "pss":  # with which openssl cannot stream: "illegal zero content"
        shapes += [["-stream"], ["-stream", "-noattr", "-nocerts"]]
    for shape in shapes:
        beside = openssl.sign(ORDER, digest, *_keyed(scheme), *shape, signer=signer)
        around = openssl.sign(ORDER, digest, *_keyed(scheme), *shape, "-nodetach", signer=signer)

        found = verified(beside, ORDER, [cedar.certificate, who])
        opened, content = taken_out(around, [cedar.certificate, who])

        assert (found.certificate, found.scheme, found.digest_name) == (who, scheme, digest), shape
        assert (found.signing_time is None) == ("-noattr" in shape)
        assert (opened.digest, content) == (found.digest, ORDER), shape


@pytest.mark.parametrize(("signer", "scheme"), _SIGNERS)
@pytest.mark.parametrize("digest", [name for name in DIGESTS if name != "md5"])
def test_openssl_verifies_what_is_signed(
    digest: str, signer: str, scheme: str, openssl: OpenSsl, alder: KeyPair, elm: KeyPair, cedar: KeyPair
) -> None:
    pair = {"alder": alder, "elm": elm}[signer]
    for attributes, by in product((True, False), ("issuer-serial", "ski")):
        how = {"digest_name": digest, "pss": scheme == "pss", "attributes": attributes, "by": by}
        beside = signed(ORDER, pair, chain=[cedar.certificate], **how)

        openssl.verify(beside, ORDER, signer=signer)
        assert openssl.verify(enclosed(ORDER, pair, **how), None, signer=signer) == ORDER
        with pytest.raises(AssertionError, match=r"(?i)verif"):
            openssl.verify(beside, ORDER + b" ", signer=signer)


def test_large_content_in_pieces_is_taken_out(openssl: OpenSsl, alder: KeyPair) -> None:
    content = ORDER * 500

    message = openssl.sign(content, "sha256", "-stream", "-nodetach", signer="alder")

    assert taken_out(message, [alder.certificate])[1] == content
    assert openssl.verify(enclosed(content, alder), None, signer="alder") == content


def test_one_of_several_signers_is_enough(openssl: OpenSsl, alder: KeyPair, elm: KeyPair, cedar: KeyPair) -> None:
    second = ["-signer", "elm.crt", "-inkey", "elm.key"]
    message = openssl.sign(ORDER, "sha256", *second, signer="alder")

    for pair in (alder, elm):
        assert verified(message, ORDER, [cedar.certificate, pair.certificate]).certificate == pair.certificate


def test_a_salt_of_another_length_is_verified(openssl: OpenSsl, alder: KeyPair) -> None:
    for salt in ("0", "20", "max"):
        options = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", f"rsa_pss_saltlen:{salt}"]
        message = openssl.sign(ORDER, "sha256", *options, signer="alder")

        assert verified(message, ORDER, [alder.certificate]).scheme == "pss"


def test_a_mask_with_another_digest_than_oaep_is_decrypted(openssl: OpenSsl, birch: KeyPair) -> None:
    """As Java does it."""
    options = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha1"]
    keyed = [part for option in options for part in ("-keyopt", option)]
    message = openssl.encrypt(ORDER, "-aes-256-cbc", *keyed, recipient="birch")

    how, plain = decrypted(message, birch)

    assert (how.transport, plain) == ("oaep-sha256", ORDER)
