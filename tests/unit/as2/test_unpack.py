"""Opening what may be hostile: policy first, every layer once, and one answer for everything behind CBC."""

import base64
import sys
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2 import unwrap
from gateway.as2.cms.compress import compress
from gateway.as2.cms.encrypt import encrypt
from gateway.as2.cms.sign import sign, sign_opaque
from gateway.as2.errors import (
    As2Error,
    AuthenticationFailed,
    DecompressionFailed,
    DecryptionFailed,
    InsufficientSecurity,
    IntegrityFailed,
    Malformed,
    OverLimit,
    UnsupportedFormat,
)
from gateway.as2.headers import Headers
from gateway.as2.limits import Limits
from gateway.as2.mic import digests
from gateway.as2.mime import Entity
from gateway.as2.source import Memory, Source, chunks, whole
from gateway.as2.unpack import UnpackPolicy, unpack
from gateway.as2.wrap import cms_part, joined, multipart, signed
from tests.unit.as2.messages import (
    BOTH,
    ENCRYPTED,
    OPEN,
    ORDER,
    PLAIN,
    SIGNED,
    Partners,
    contents,
    entity,
    with_body,
)

PART = entity("Content-Type: application/edi-x12", ORDER)


class Untouched:
    """A body that nobody may read."""

    size = 1000

    def read(self, offset: int, size: int, /) -> bytes:
        raise AssertionError(f"read {size} bytes at {offset}")


def _compressed(part: Entity) -> Entity:
    into = Memory()
    compress(joined(part), into)
    return cms_part("compressed-data", "smime.p7z", into, binary=True)


def _encrypted(part: Entity | bytes, partners: Partners, cipher: str = "aes256-cbc") -> Entity:
    into = Memory()
    content: Source = Memory(part) if isinstance(part, bytes) else joined(part)
    encrypt(content, into, [partners.receiver.certificate], cipher=cipher)
    return cms_part("enveloped-data", "smime.p7m", into, binary=True)


def _opaque(part: Entity, partners: Partners) -> Entity:
    into = Memory()
    sign_opaque(joined(part), into, digest_name="sha256", signer=partners.sender)
    return cms_part("signed-data", "smime.p7m", into, binary=True)


def _signed(part: Entity, partners: Partners, token: str = "0123456789") -> Entity:
    content = joined(part)
    digest = digests(chunks(content), ["sha256"])["sha256"]
    return signed(content, sign(digest, digest_name="sha256", signer=partners.sender), "sha256", token)


# Policy


@pytest.mark.parametrize(
    "content_type",
    ["application/edi-x12", "multipart/related; boundary=b", "multipart/signed; boundary=b", "", "text/plain", "x"],
)
def test_what_is_not_encrypted_is_refused_unread_where_it_has_to_be(partners: Partners, content_type: str) -> None:
    message = Entity(Headers.of([("Content-Type", content_type)]), Untouched())

    with pytest.raises(InsufficientSecurity):
        partners.unpack(message, replace(OPEN, require_encrypted=True))


@pytest.mark.parametrize("content_type", ["application/edi-x12", "multipart/mixed; boundary=b", "", "text/html"])
def test_what_is_not_signed_is_refused_unread_where_it_has_to_be(partners: Partners, content_type: str) -> None:
    message = Entity(Headers.of([("Content-Type", content_type)]), Untouched())

    with pytest.raises(InsufficientSecurity):
        partners.unpack(message, replace(OPEN, require_signed=True))


def test_a_label_of_encryption_is_not_believed(partners: Partners) -> None:
    opaque, pressed = _opaque(PART, partners), _compressed(PART)
    label = Headers.of([("Content-Type", "application/pkcs7-mime; smime-type=enveloped-data")])

    for message in (opaque, pressed):
        with pytest.raises(InsufficientSecurity, match="not encrypted"):
            partners.unpack(Entity(label, message.body), replace(OPEN, require_encrypted=True))


def test_encrypted_but_not_signed_is_refused_where_it_has_to_be_signed(partners: Partners) -> None:
    for profile in (ENCRYPTED, replace(ENCRYPTED, compress="before")):
        with pytest.raises(DecryptionFailed, match="not signed"):
            partners.unpack(partners.pack(profile=profile), UnpackPolicy())


def test_behind_authenticated_encryption_the_answer_says_what_is_missing(partners: Partners) -> None:
    with pytest.raises(InsufficientSecurity, match="not signed"):
        partners.unpack(partners.pack(profile=replace(ENCRYPTED, cipher="aes256-gcm")), UnpackPolicy())


@pytest.mark.parametrize("missing", ["aes256-cbc", "rsa"])
def test_an_encryption_that_is_not_permitted_is_refused_as_such(partners: Partners, missing: str) -> None:
    policy = replace(OPEN, allowed=OPEN.allowed - {missing})

    with pytest.raises(InsufficientSecurity):
        partners.unpack(partners.pack(), policy)


def test_a_digest_that_is_not_permitted_is_refused_as_such(partners: Partners) -> None:
    packed = partners.pack(profile=replace(SIGNED, digest="sha1", allowed=frozenset({"sha1"})))

    with pytest.raises(InsufficientSecurity):
        partners.unpack(packed)


# Signatures


def test_a_signature_of_somebody_else_is_no_signature(partners: Partners) -> None:
    packed = partners.pack(profile=SIGNED)

    with pytest.raises(AuthenticationFailed):
        unpack(
            packed.headers, packed.body, policy=OPEN, keys=[], trusted=[partners.stranger.certificate], scratch=Memory
        )


def test_content_that_was_changed_is_not_what_was_signed(partners: Partners) -> None:
    packed = partners.pack(profile=SIGNED)
    body = whole(packed.body)

    with pytest.raises(IntegrityFailed):
        partners.unpack(with_body(packed, body.replace(b"HARBORPINE", b"harborpine", 1)))


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"Content-Type: application/edi-x12", b"Content-Type: application/edifact", 1),
        lambda body: body.replace(b"SE*2*0001~\r\n", b"SE*2*0001~\r\n\r\n", 1),
        lambda body: body.replace(b"~\r\nGS", b"~\nGS", 1),
    ],
)
def test_fields_and_line_ends_are_signed_too(partners: Partners, change: Callable[[bytes], bytes]) -> None:
    packed = partners.pack(profile=SIGNED)

    with pytest.raises(IntegrityFailed):
        partners.unpack(with_body(packed, change(whole(packed.body))))


def test_a_signed_message_has_two_parts_and_no_third(partners: Partners) -> None:
    packed = partners.pack(profile=SIGNED)
    body = whole(packed.body)
    boundary = packed.headers.single("Content-Type").split('boundary="')[1].rstrip('"').encode()  # type: ignore[union-attr]
    first = b"--" + boundary + b"\r\n"
    forged = first + b"Content-Type: application/edi-x12\r\n\r\nISA*FORGED~\r\n" + body

    for changed in (
        forged,
        body.replace(b"--" + boundary + b"--", first + b"\r\nISA*FORGED~\r\n--" + boundary + b"--"),
    ):
        with pytest.raises(Malformed, match="3 parts"):
            partners.unpack(with_body(packed, changed))


def test_what_stands_around_the_signed_part_is_not_delivered(partners: Partners) -> None:
    packed = partners.pack(profile=SIGNED)

    opened = partners.unpack(with_body(packed, b"ISA*PREAMBLE~\r\n" + whole(packed.body) + b"ISA*EPILOGUE~\r\n"))

    assert contents(opened) == [ORDER]


@pytest.mark.parametrize("encoding", ["binary", None, "base64"])
def test_a_signature_is_read_binary_and_in_base64_whatever_its_label_says(
    partners: Partners, encoding: str | None
) -> None:
    packed = partners.pack(profile=SIGNED)
    body = whole(packed.body)
    label = f"Content-Transfer-Encoding: {encoding}\r\n".encode() if encoding else b""
    head, _, rest = body.partition(b"Content-Transfer-Encoding: base64\r\n")
    middle, _, tail = rest.partition(b"\r\n\r\n")
    text, _, end = tail.partition(b"\r\n--")

    for signature in (text, base64.b64decode(text)):
        changed = head + label + middle + b"\r\n\r\n" + signature + b"\r\n--" + end
        assert contents(partners.unpack(with_body(packed, changed))) == [ORDER]


def test_a_message_whose_closing_delimiter_was_lost_is_read_when_its_signature_holds(partners: Partners) -> None:
    packed = partners.pack(profile=SIGNED)
    body = whole(packed.body)

    opened = partners.unpack(with_body(packed, body[: body.rindex(b"\r\n--")]))

    assert contents(opened) == [ORDER]


def test_line_ends_that_became_bare_on_the_way_are_made_canonical_again(partners: Partners) -> None:
    """RFC 8551, 3.1.1: signed with CRLF; a mail server left LF alone."""
    packed = partners.pack(profile=replace(SIGNED, transfer="7bit"))

    opened = partners.unpack(with_body(packed, whole(packed.body).replace(b"\r\n", b"\n")))

    assert contents(opened) == [ORDER.replace(b"\r\n", b"\n")]
    assert opened.mics == packed.mics


def test_line_ends_are_made_canonical_whatever_the_blocks_cut(
    partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the fields lost their CR; no CRLF of the body may become two line ends."""
    packed = partners.pack(profile=replace(SIGNED, transfer="7bit"))
    body = whole(packed.body).replace(b"edi-x12\r\n", b"edi-x12\n", 1)
    for block in range(1, 20):
        monkeypatch.setattr(unwrap, "chunks", lambda source, block=block: chunks(source, block))

        assert partners.unpack(with_body(packed, body)).mics == packed.mics


def test_what_was_signed_with_bare_line_ends_is_taken_as_it_is(partners: Partners) -> None:
    raw = b"Content-Type: application/edi-x12\nContent-Transfer-Encoding: 7bit\n\nISA*1~\nGS*2~\n"
    content = digests([raw], ["sha256"])["sha256"]
    message = _signed_raw(raw, content, partners)

    opened = partners.unpack(message)

    assert contents(opened) == [b"ISA*1~\nGS*2~\n"]
    assert opened.mics["sha256"] == base64.b64encode(content).decode()


def _signed_raw(raw: bytes, digest: bytes, partners: Partners) -> Entity:
    signature = sign(digest, digest_name="sha256", signer=partners.sender)
    return signed(Memory(raw), signature, "sha256", "0123456789")


def test_binary_content_is_not_made_canonical(partners: Partners) -> None:
    raw = b"Content-Type: application/edi-x12\nContent-Transfer-Encoding: binary\n\nISA*1~\nGS*2~\n"
    canonical = raw.replace(b"\n", b"\r\n")

    with pytest.raises(IntegrityFailed):
        partners.unpack(_signed_raw(raw, digests([canonical], ["sha256"])["sha256"], partners))


def test_a_signature_beyond_the_limit_is_not_read(partners: Partners) -> None:
    packed = partners.pack(profile=SIGNED)

    with pytest.raises(OverLimit, match="signature"):
        partners.unpack(packed, replace(OPEN, limits=Limits(signature=100)))


def test_signatures_that_are_not_cms_are_not_supported(partners: Partners) -> None:
    message = multipart(
        "signed", [Memory(b"\r\nx"), Memory(b"\r\ny")], "0123456789", '; protocol="application/pgp-signature"'
    )

    with pytest.raises(UnsupportedFormat, match="pgp"):
        partners.unpack(message)


# Layers


@pytest.mark.parametrize("cipher", ["aes256-cbc", "aes128-gcm"])
def test_content_within_its_signature_is_read(partners: Partners, cipher: str) -> None:
    for message in (_opaque(PART, partners), _encrypted(_opaque(PART, partners), partners, cipher)):
        opened = partners.unpack(message, replace(OPEN, require_signed=True))

        assert contents(opened) == [ORDER]
        assert opened.signed_by == partners.sender.certificate
        assert opened.mics == partners.unpack(_signed(PART, partners)).mics


def test_compression_stands_before_or_after_either_signature(partners: Partners) -> None:
    for message, compressed in (
        (_opaque(_compressed(PART), partners), "before"),
        (_compressed(_opaque(PART, partners)), "after"),
        (_signed(_compressed(PART), partners), "before"),
        (_encrypted(_compressed(_signed(PART, partners)), partners), "after"),
    ):
        opened = partners.unpack(message)

        assert (contents(opened), opened.compressed) == ([ORDER], compressed)


def test_no_layer_stands_twice_and_encryption_only_outside(partners: Partners) -> None:
    for message in (
        _compressed(_compressed(PART)),
        _signed(_signed(PART, partners), partners, "9876543210"),
        _signed(_opaque(PART, partners), partners),
        _compressed(_signed(_compressed(PART), partners)),
        _signed(_encrypted(PART, partners), partners),
        _compressed(_encrypted(PART, partners)),
    ):
        with pytest.raises(UnsupportedFormat):
            partners.unpack(message)
    with pytest.raises(DecryptionFailed, match="encryption"):
        partners.unpack(_encrypted(_encrypted(PART, partners), partners))


def test_a_layer_within_an_attachment_is_no_payload(partners: Partners) -> None:
    for inner in (_signed(PART, partners), _encrypted(PART, partners), _compressed(PART)):
        with pytest.raises(UnsupportedFormat, match="within a multipart"):
            partners.unpack(multipart("mixed", [joined(inner)], "0123456789"))


def test_a_receipt_is_no_message(partners: Partners) -> None:
    report = multipart("report", [Memory(b"\r\nx")], "0123456789")

    for message in (report, _signed(report, partners)):
        with pytest.raises(UnsupportedFormat, match="receipt"):
            partners.unpack(message)


def test_multiparts_are_read_as_deep_as_the_limit(partners: Partners) -> None:
    def nested(levels: int) -> Entity:
        inner = PART
        for level in range(levels):
            inner = multipart("mixed", [joined(inner)], f"{level:010}")
        return inner

    assert contents(partners.unpack(nested(8))) == [ORDER]
    with pytest.raises(OverLimit, match="deep"):
        partners.unpack(nested(9))
    with pytest.raises(OverLimit, match="deep"):
        partners.unpack(_signed(nested(8), partners))


def test_parts_are_counted_over_all_multiparts(partners: Partners) -> None:
    def level(name: str, count: int) -> Source:
        return joined(multipart("mixed", [joined(PART)] * count, f"{name}-0123456"))

    assert len(partners.unpack(multipart("mixed", [level("a", 25), level("b", 25)], "0123456789")).payloads) == 50
    with pytest.raises(OverLimit, match="50 parts"):
        partners.unpack(multipart("mixed", [level("a", 25), level("b", 26)], "0123456789"))


def test_a_small_message_does_not_become_a_large_one(partners: Partners) -> None:
    message = _compressed(entity("Content-Type: application/edi-x12", b"\0" * 20_000_000))

    with pytest.raises(DecompressionFailed):
        partners.unpack(message)
    with pytest.raises(DecompressionFailed):
        partners.unpack(message, replace(OPEN, limits=Limits(decompressed=1_000_000, ratio=2000)))


def test_an_unsigned_multipart_that_was_cut_short_is_refused(partners: Partners) -> None:
    packed = partners.pack(b"one", b"two", profile=PLAIN)
    body = whole(packed.body)

    with pytest.raises(Malformed, match="closing"):
        partners.unpack(with_body(packed, body[: body.rindex(b"\r\n--")]))


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Type: application/edi-x12\nContent-Type: application/pkcs7-mime",
        "Content-Type: multipart/signed; boundary=a; boundary=b",
        "Content-Type: multipart/mixed",
        "Content-Type: application/pkcs7-mime",
        "Content-Type: application/edi-x12\nContent-Transfer-Encoding: base64\nContent-Transfer-Encoding: binary",
        'Content-Type: application/edi-x12\nContent-Disposition: attachment; filename="a"; filename="b"',
    ],
)
def test_fields_that_say_two_things_are_refused(partners: Partners, fields: str) -> None:
    with pytest.raises(Malformed):
        partners.unpack(entity(fields, b"!not of that kind!"))


@pytest.mark.parametrize("label", ["base64", "binary", None])
def test_encrypted_content_is_read_binary_and_in_base64_whatever_its_label_says(
    partners: Partners, label: str | None
) -> None:
    raw = whole(_encrypted(_signed(PART, partners), partners).body)
    fields = "Content-Type: application/x-pkcs7-mime; name=smime.p7m"
    fields += f"\nContent-Transfer-Encoding: {label}" if label else ""

    for body in (raw, base64.encodebytes(raw), base64.b64encode(raw)):
        assert contents(partners.unpack(entity(fields, body), UnpackPolicy())) == [ORDER]


def test_a_cms_is_known_by_its_name_where_its_type_was_lost(partners: Partners) -> None:
    """RFC 8551, 3.2.1."""
    body = _encrypted(_signed(PART, partners), partners).body
    for fields in (
        "Content-Type: application/octet-stream; name=smime.p7m",
        'Content-Type: application/octet-stream\nContent-Disposition: attachment; filename="SMIME.P7M"',
    ):
        message = entity(fields)
        assert contents(partners.unpack(Entity(message.headers, body), UnpackPolicy())) == [ORDER]


# One answer


def test_behind_cbc_every_failure_is_one_answer(partners: Partners) -> None:
    forged = _signed(PART, replace_sender(partners))
    tampered = Entity(forged.headers, Memory(whole(forged.body).replace(b"ISA", b"isa")))
    for content in (
        b"garbage \x00 without any header end" * 10,
        b"\x00" * 100,
        forged,
        tampered,
        PART,
        _compressed(PART),
        entity("Content-Type: multipart/mixed; boundary=b", b"no parts"),
        entity("Content-Type: application/pkcs7-mime", b"no CMS"),
        _compressed(entity("X: y", b"")),
    ):
        with pytest.raises(DecryptionFailed) as caught:
            partners.unpack(_encrypted(content, partners), UnpackPolicy())
        assert caught.value.disposition == "processed/error: decryption-failed"
        assert caught.value.partner_sees == DecryptionFailed.partner_sees


def _walked(message: Entity, partners: Partners) -> tuple[str, list[str]]:
    """What comes of opening it, and every function of ours that was called on the way."""
    calls: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and "/gateway/as2/" in frame.f_code.co_filename:
            calls.append(f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}")

    sys.setprofile(note)
    try:
        partners.unpack(message, UnpackPolicy())
    except As2Error as refused:
        return refused.disposition, calls
    finally:
        sys.setprofile(None)
    return "processed", calls


def test_a_failed_decryption_walks_the_road_of_a_good_one(partners: Partners) -> None:
    """A padding, or a key, that is wrong is told at the end of all work, which then is the same: in time too."""
    unread = b"\r\nbehind the end, where nobody reads" + bytes(64)
    good = _encrypted(whole(joined(_signed(PART, partners))) + unread, partners)
    raw = whole(good.body)
    wrong_padding = Entity(good.headers, Memory(raw[:-17] + bytes([raw[-17] ^ 0x55]) + raw[-16:]))
    of_garbage = _encrypted(b"\x07" * (len(whole(joined(_signed(PART, partners)))) + len(unread)), partners)
    place = raw.index(b"\x04\x82\x01\x00") + 4
    wrong_key = Entity(good.headers, Memory(raw[:place] + bytes(256) + raw[place + 256 :]))
    _walked(good, partners)  # what is looked up once, as the names of certificates, is known from here on

    processed, road = _walked(good, partners)
    refused, same = _walked(wrong_padding, partners)
    assert (processed, refused) == ("processed", "processed/error: decryption-failed")
    assert _but_for_the_end(same) == _but_for_the_end(road) and len(road) > 100

    garbage, short = _walked(of_garbage, partners)
    stranger, also_short = _walked(wrong_key, partners)
    assert garbage == stranger == "processed/error: decryption-failed"
    assert _opened_in(also_short) == _opened_in(short) == _opened_in(road)


_END = ("errors.", "Decrypted.", "Unpacked.", "disposition", "algorithms.")


def _but_for_the_end(road: list[str]) -> list[str]:
    return [call for call in road if not any(word in call for word in _END)]


def _opened_in(road: list[str]) -> list[str]:
    """Decrypting, and going on with what came out of it."""
    stages = ("decrypt.decrypt", "decrypt._key", "decrypt._cbc", "Opening.enter", "mime.read_entity")
    return [call for call in road if call.endswith(stages)][:5]


def replace_sender(partners: Partners) -> Partners:
    """Somebody else who says to be the sender."""
    return replace(partners, sender=partners.stranger)


def test_a_message_for_somebody_else_cannot_be_decrypted(partners: Partners) -> None:
    packed = partners.pack()

    with pytest.raises(DecryptionFailed):
        unpack(packed.headers, packed.body, policy=OPEN, keys=[partners.stranger], trusted=[], scratch=Memory)


def test_behind_a_good_signature_the_answer_says_what_is_wrong(partners: Partners) -> None:
    bad = entity("Content-Type: multipart/mixed; boundary=b", b"no parts")

    with pytest.raises(Malformed):
        partners.unpack(_encrypted(_signed(bad, partners), partners), UnpackPolicy())


def test_every_key_of_an_overlap_opens_and_every_certificate_vouches(partners: Partners) -> None:
    packed = partners.pack()
    for keys, trusted in (
        ([partners.stranger, partners.receiver], [partners.stranger.certificate, partners.sender.certificate]),
        ([partners.receiver, partners.stranger], [partners.sender.certificate, partners.stranger.certificate]),
    ):
        opened = unpack(packed.headers, packed.body, policy=UnpackPolicy(), keys=keys, trusted=trusted, scratch=Memory)

        assert opened.decrypted_with == partners.receiver.certificate


# Anything


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_message_is_opened_to_the_same_content_or_refused(partners: Partners, data: st.DataObject) -> None:
    profile = data.draw(
        st.sampled_from([SIGNED, BOTH, replace(BOTH, compress="after"), replace(SIGNED, transfer="base64")])
    )
    packed = partners.pack(profile=profile)
    body = bytearray(whole(packed.body))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        opened = partners.unpack(with_body(packed, bytes(body)), replace(OPEN, require_signed=True))
    except As2Error:
        return
    assert contents(opened) == [ORDER]


_pieces = st.sampled_from(
    [b"Content-Type: ", b"multipart/signed", b"multipart/mixed", b"; boundary=b", b"application/pkcs7-mime", b"\r\n",
     b"\n", b"\r\n\r\n", b"--b", b"--b--", b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"MIIB",
     b"\x30\x80", b"\x30\x82\xff\xff", b"\x00", b"text/plain", b";", b'"', b"=", b" ", b":"]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(_pieces, max_size=8), st.lists(_pieces | st.binary(max_size=8), max_size=30))
def test_any_message_is_opened_or_refused(partners: Partners, head: list[bytes], body: list[bytes]) -> None:
    try:
        message = Entity(Headers.of([(b"Content-Type", b"".join(head))]), Memory(b"".join(body)))
        partners.unpack(message)
    except As2Error:
        pass
