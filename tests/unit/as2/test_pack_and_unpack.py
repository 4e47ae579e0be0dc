"""Both ends of the wire: what one partner packs, the other unpacks, in every combination."""

import hashlib
import itertools
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.algorithms import CIPHERS, DEFAULT_CIPHERS, DEFAULT_DIGESTS, DEFAULT_TRANSPORTS, DIGESTS, TRANSPORTS
from gateway.as2.errors import InsufficientSecurity
from gateway.as2.mic import Mic
from gateway.as2.names import read_name
from gateway.as2.pack import Address, PackProfile, Payload, pack
from gateway.as2.request import MdnRequest, read_features, read_request
from gateway.as2.source import Memory, whole
from gateway.as2.unpack import UnpackPolicy
from gateway.as2.wrap import joined
from gateway.errors import UsageError
from tests.unit.as2.messages import (
    ADDRESS,
    BOTH,
    ENCRYPTED,
    OPEN,
    ORDER,
    PLAIN,
    SIGNED,
    TOKEN,
    Partners,
    contents,
    entity,
)

CONTENTS = (ORDER, b"\x00\xffbinary\r\n--part\r\n", b"")
SHAPES = list(itertools.product((False, True), (False, True), (None, "before", "after"), ("binary", "base64", "7bit")))


@pytest.mark.parametrize(("sign", "encrypt", "compress", "transfer"), SHAPES)
@pytest.mark.parametrize("count", [1, 3])
def test_every_combination_comes_out_as_it_went_in(
    partners: Partners, sign: bool, encrypt: bool, compress: str | None, transfer: str, count: int
) -> None:
    profile = PackProfile(sign=sign, encrypt=encrypt, compress=compress, transfer=transfer)  # type: ignore[arg-type]
    packed = partners.pack(*CONTENTS[:count], profile=profile, file_name="Bestellung März.edi")

    opened = partners.unpack(packed, UnpackPolicy(require_signed=sign, require_encrypted=encrypt))

    assert contents(opened) == list(CONTENTS[:count])
    assert [part.file_name for part in opened.payloads] == ["Bestellung März.edi"] * count
    assert {part.content_type for part in opened.payloads} == {"application/edi-x12"}
    assert dict(opened.mics) == dict(packed.mics)
    assert opened.signed_by == (partners.sender.certificate if sign else None)
    assert opened.cipher == ("aes256-cbc" if encrypt else "")
    assert opened.compressed == (compress if sign else compress and "only")


@pytest.mark.parametrize(("sign", "encrypt", "compress", "transfer"), SHAPES)
def test_what_is_made_for_mail_survives_it(
    partners: Partners, sign: bool, encrypt: bool, compress: str | None, transfer: str
) -> None:
    if transfer == "binary":
        return
    profile = PackProfile(sign=sign, encrypt=encrypt, compress=compress, transfer=transfer)  # type: ignore[arg-type]
    packed = partners.pack(*CONTENTS, profile=profile, address=Address(message_id="<1@a.example>", subject="Bär"))

    text = whole(joined(packed))  # type: ignore[arg-type]

    assert text.isascii()
    assert all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in text.split(b"\r\n"))


@pytest.mark.parametrize("digest", DIGESTS[1:])
@pytest.mark.parametrize("pss", [False, True])
@pytest.mark.parametrize("dashed", [False, True])
def test_every_digest_signs(partners: Partners, digest: str, pss: bool, dashed: bool) -> None:
    allowed = frozenset({digest})
    packed = partners.pack(profile=replace(SIGNED, digest=digest, pss=pss, dashed=dashed, allowed=allowed))

    opened = partners.unpack(packed, replace(OPEN, require_signed=True, allowed=allowed))

    assert (opened.digest, opened.scheme) == (digest, "pss" if pss else "rsa")
    assert f"micalg={'sha-' if dashed else 'sha'}{digest[3:]}" in (packed.headers.single("Content-Type") or "")


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_cipher_and_transport_encrypts(partners: Partners, cipher: str, transport: str) -> None:
    packed = partners.pack(profile=replace(BOTH, cipher=cipher, transport=transport))

    opened = partners.unpack(packed, replace(OPEN, allowed=DEFAULT_DIGESTS | {cipher, transport}))

    assert (opened.cipher, opened.transport) == (cipher, transport)
    assert contents(opened) == [ORDER]
    kind = "authEnveloped-data" if cipher.endswith("gcm") else "enveloped-data"
    assert f"smime-type={kind}" in (packed.headers.single("Content-Type") or "")


def test_a_digest_that_is_not_permitted_does_not_sign(partners: Partners) -> None:
    with pytest.raises(InsufficientSecurity):
        partners.pack(profile=replace(SIGNED, digest="sha1"))


def test_the_headers_say_who_sends_what_to_whom(partners: Partners) -> None:
    request = MdnRequest(notify="edi@harborpine.example", signed=True, micalgs=("sha-256",))
    address = replace(ADDRESS, subject="Orders", date=datetime(2026, 11, 21, 21, 5, tzinfo=UTC))

    headers = partners.pack(request=request, address=address).headers

    assert headers.single("AS2-Version") == "1.2"
    assert headers.single("AS2-From") == "HARBORPINE"
    assert headers.single("AS2-To") == '"North Gate"'
    assert read_name(headers.single("AS2-To") or "") == "North Gate"
    assert headers.single("Message-ID") == "<0001@harborpine.example>"
    assert headers.single("Date") == "Sat, 21 Nov 2026 21:05:00 +0000"
    assert headers.single("Subject") == "Orders"
    assert read_features(headers) == {"multiple-attachments"}
    assert read_request(headers) == request


def test_a_mail_has_none_of_the_fields_of_as2(partners: Partners) -> None:
    headers = partners.pack(address=Address(message_id="<1@a.example>")).headers

    assert not [name for name, _ in headers.fields if name.startswith(("AS2-", "EDIINT"))]


def test_the_same_arguments_give_the_same_message(partners: Partners) -> None:
    for compress in (None, "before", "after"):
        profile = replace(SIGNED, compress=compress)
        one, other = partners.pack(*CONTENTS, profile=profile), partners.pack(*CONTENTS, profile=profile)

        assert one.headers == other.headers
        assert whole(one.body) == whole(other.body)


def test_several_payloads_are_one_multipart_related(partners: Partners) -> None:
    content_type = partners.pack(b"a", b"b", profile=PLAIN).headers.single("Content-Type") or ""

    assert content_type.startswith('multipart/related; type="application/edi-x12"; boundary=')


@pytest.mark.parametrize(
    "address",
    [
        replace(ADDRESS, as2_from="A\r\nAS2-To: B"),
        replace(ADDRESS, as2_to="B\0"),
        replace(ADDRESS, message_id="<a@b>\r\nX: y"),
        replace(ADDRESS, subject="a\r\nX: y"),
    ],
)
def test_no_name_smuggles_a_header_in(partners: Partners, address: Address) -> None:
    with pytest.raises(UsageError):
        partners.pack(address=address)


@pytest.mark.parametrize("profile", [BOTH, PLAIN])
@pytest.mark.parametrize(
    "content_type", ["a/b\r\nX: y", "a/b; x=1\r\nX: y", "multipart/mixed", "none", "a/b; x=\u00e4"]
)
def test_no_content_type_smuggles_a_header_in(partners: Partners, content_type: str, profile: PackProfile) -> None:
    payload = Payload(source=Memory(ORDER), content_type=content_type)

    with pytest.raises(UsageError):
        pack([payload], profile=profile, address=ADDRESS, token=TOKEN, scratch=Memory, signer=partners.sender,
             recipients=[partners.receiver.certificate])  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "token", "count"), [(SIGNED, TOKEN, 1), (ENCRYPTED, TOKEN, 1), (PLAIN, "short", 1), (PLAIN, TOKEN, 0)]
)
def test_a_message_that_lacks_what_it_needs_is_our_mistake(profile: PackProfile, token: str, count: int) -> None:
    payloads = [Payload(source=Memory(ORDER))] * count

    with pytest.raises(UsageError):
        pack(payloads, profile=profile, address=ADDRESS, token=token, scratch=Memory)


PART = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n" + ORDER


def _mic(content: bytes) -> str:
    return b64encode(hashlib.sha256(content).digest()).decode()


@pytest.mark.parametrize(
    ("profile", "over"),
    [
        (PLAIN, ORDER),
        (replace(PLAIN, transfer="base64"), ORDER),
        (SIGNED, PART),
        (ENCRYPTED, PART),
        (BOTH, PART),
        (replace(PLAIN, compress="before"), PART),
        (replace(ENCRYPTED, compress="after"), PART),
        (replace(SIGNED, compress="after"), PART),
        (replace(BOTH, compress="after"), PART),
    ],
)
def test_the_mic_is_made_over_what_the_standards_name(partners: Partners, profile: PackProfile, over: bytes) -> None:
    """RFC 4130, 7.3.1 and RFC 5402, 4.1 to 4.3."""
    packed = partners.pack(profile=profile)

    assert packed.mics["sha256"] == _mic(over)
    assert partners.unpack(packed).mics["sha256"] == _mic(over)


def test_the_mic_of_what_was_compressed_before_signing_is_over_the_compressed_part(partners: Partners) -> None:
    """RFC 5402, 4.1."""
    compressed = partners.pack(profile=replace(PLAIN, compress="before"))
    head = b"".join(
        f"{name}: {value}\r\n".encode() for name, value in compressed.headers.fields if name.startswith("Content-")
    )

    opened = partners.unpack(partners.pack(profile=replace(BOTH, compress="before")))

    assert opened.mics["sha256"] == _mic(head + b"\r\n" + whole(compressed.body))


def test_the_mic_of_several_plain_attachments_is_over_all_of_them(partners: Partners) -> None:
    packed = partners.pack(b"a", b"b", profile=PLAIN)

    assert partners.unpack(packed).mics["sha256"] == _mic(whole(packed.body))


@pytest.mark.parametrize(
    ("profile", "micalgs", "digest"),
    [(BOTH, ("sha-256",), "sha256"), (BOTH, ("sha1",), "sha1"), (PLAIN, ("sha512",), "sha512"), (PLAIN, (), "sha1")],
)
def test_both_ends_expect_the_same_mic(
    partners: Partners, profile: PackProfile, micalgs: tuple[str, ...], digest: str
) -> None:
    request = MdnRequest(notify="a", signed=bool(micalgs), micalgs=micalgs)
    packed = partners.pack(profile=profile, request=request)

    answer = partners.unpack(packed).mic(read_request(packed.headers))

    assert answer == packed.mic == Mic(packed.mics[digest], digest, micalgs[0] if micalgs else "")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.binary(max_size=2000), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([None, "before", "after"]),
    st.sampled_from(["binary", "base64", "7bit"]),
)
def test_any_content_comes_out_as_it_went_in(
    partners: Partners, payloads: list[bytes], sign: bool, compress: str | None, transfer: str
) -> None:
    profile = PackProfile(sign=sign, encrypt=False, compress=compress, transfer=transfer)  # type: ignore[arg-type]

    assert contents(partners.unpack(partners.pack(*payloads, profile=profile))) == payloads


def test_a_plain_message_without_a_transfer_encoding_is_binary(partners: Partners) -> None:
    raw = bytes(range(256)) * 10

    opened = partners.unpack(entity("Content-Type: application/edi-x12", raw))

    assert contents(opened) == [raw]


def test_the_default_policy_takes_what_the_default_profile_makes(partners: Partners) -> None:
    opened = partners.unpack(partners.pack(), UnpackPolicy())

    assert contents(opened) == [ORDER]
    assert UnpackPolicy().allowed == DEFAULT_DIGESTS | DEFAULT_CIPHERS | DEFAULT_TRANSPORTS
