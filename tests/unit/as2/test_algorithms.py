"""How algorithms are spelled, and what is allowed without asking."""

import pytest

from gateway.as2.algorithms import (
    CIPHER_KINDS,
    CIPHERS,
    DEFAULT_CIPHERS,
    DEFAULT_DIGESTS,
    DIGESTS,
    HASHES,
    digest_named,
    micalg,
)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("sha1", "sha1"),
        ("SHA-1", "sha1"),
        ("sha-256", "sha256"),
        ("SHA256", "sha256"),
        ("sha2-256", "sha256"),
        ("rsa-sha256", "sha256"),
        ("rsa-sha1", "sha1"),
        (' "sha-384" ', "sha384"),
        ("sha_512", "sha512"),
        ("md5", "md5"),
        ("rsa-md5", "md5"),
        ("MD-5", "md5"),
        ("sha3-256", None),
        ("sha", None),
        ("sha-2", None),
        ("", None),
        ("sha256, sha1", None),
        ("\u017fha-256", None),
    ],
)
def test_a_digest_is_known_by_its_spellings(spelling: str, name: str | None) -> None:
    assert digest_named(spelling) == name


@pytest.mark.parametrize("name", DIGESTS)
def test_what_we_spell_we_read(name: str) -> None:
    assert digest_named(micalg(name)) == digest_named(micalg(name, dashed=False)) == name


def test_the_newer_spelling_has_a_dash() -> None:
    assert [micalg(name) for name in ("md5", "sha1", "sha256")] == ["md5", "sha-1", "sha-256"]
    assert micalg("sha256", dashed=False) == "sha256"


def test_what_is_broken_or_old_is_not_allowed_by_itself() -> None:
    assert not DEFAULT_DIGESTS & {"md5", "sha1", "sha224"}
    assert "3des-cbc" not in DEFAULT_CIPHERS
    assert set(HASHES) == set(DIGESTS)
    assert tuple(CIPHER_KINDS) == CIPHERS
