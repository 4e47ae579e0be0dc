"""MICs: how they are written, read, and chosen."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.algorithms import DIGESTS
from gateway.as2.mic import Mic, answering, digests, mics, read_mic
from gateway.as2.request import MdnRequest

SHA256 = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
SHA1 = base64.b64encode(hashlib.sha1(b"x").digest()).decode()
KEPT = mics(digests([b"x"], DIGESTS))


def test_all_digests_are_made_in_one_reading() -> None:
    made = digests(iter([b"or", b"der"]), DIGESTS)

    assert made == {name: hashlib.new(name, b"order").digest() for name in DIGESTS}


@pytest.mark.parametrize(
    ("text", "mic"),
    [
        (f"{SHA256}, sha-256", Mic(SHA256, "sha256")),
        (f"{SHA256},sha256", Mic(SHA256, "sha256")),
        (f" {SHA256} ,  SHA2-256 ", Mic(SHA256, "sha256")),
        (f"sha1, {SHA1}", Mic(SHA1, "sha1")),
        (f'"{SHA1}", "rsa-sha1"', Mic(SHA1, "sha1")),
        (f"{SHA256[:20]} {SHA256[20:]}, sha256", Mic(SHA256, "sha256")),
        (SHA256, None),
        (f"{SHA256}, sha1", None),
        (f"{SHA256}, whirlpool", None),
        (f"{SHA256[:-4]}, sha256", None),
        (f"{SHA256}!, sha256", None),
        (f"{SHA256}, sha256, sha1", None),
        (", ", None),
        ("", None),
    ],
)
def test_a_mic_is_read_in_the_spellings_of_partners(text: str, mic: Mic | None) -> None:
    assert read_mic(text) == mic


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_is_a_mic_or_none(text: str) -> None:
    read_mic(text)


def test_a_mic_is_written_with_the_spelling_that_was_asked_for() -> None:
    assert str(Mic(SHA256, "sha256")) == f"{SHA256}, sha-256"
    assert str(Mic(SHA256, "sha256", "SHA256")) == f"{SHA256}, SHA256"


@pytest.mark.parametrize(
    ("signed_with", "micalgs", "digest", "spelling"),
    [
        ("sha256", ("sha256",), "sha256", "sha256"),
        ("sha256", ("sha1", "sha-256"), "sha256", "sha-256"),
        ("sha256", ("sha1", "md5"), "sha1", "sha1"),
        ("sha256", (), "sha256", ""),
        (None, ("sha-512", "sha1"), "sha512", "sha-512"),
        (None, (), "sha1", ""),
    ],
)
def test_the_mic_is_by_the_digest_of_the_signature_or_else_as_asked(
    signed_with: str | None, micalgs: tuple[str, ...], digest: str, spelling: str
) -> None:
    request = MdnRequest(notify="a", signed=True, micalgs=micalgs)

    assert answering(KEPT, signed_with, request) == Mic(KEPT[digest], digest, spelling)


def test_a_mic_that_was_not_kept_is_not_answered() -> None:
    assert answering({}, "sha256", None) is None
