"""Receipts as partners and attackers send them, and whether they settle a message."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.algorithms import DIGESTS
from gateway.as2.disposition import DUPLICATE, PROCESSED, Disposition
from gateway.as2.errors import As2Error, Malformed, OverLimit
from gateway.as2.headers import Headers
from gateway.as2.mdn import Answered, Built, Signing, build
from gateway.as2.mic import Mic, Mics, digests, mics
from gateway.as2.mime import Entity
from gateway.as2.receipt import Mdn, Sent, is_receipt, matches, read
from gateway.as2.source import Memory, whole
from gateway.as2.wrap import joined, multipart
from tests.unit.as2.messages import ORDER, TOKEN, Partners, entity

KEPT = mics(digests([ORDER], DIGESTS))
SENT = Sent(message_id="<0001@harborpine.example>", mics=KEPT, signed=False)
FIELDS = (
    "Original-Message-ID: <0001@harborpine.example>\r\n"
    "Disposition: automatic-action/MDN-sent-automatically; processed\r\n"
    f"Received-content-MIC: {KEPT['sha256']}, sha-256\r\n"
)


def _part(content_type: str, body: str, more: str = "") -> Memory:
    return Memory(f"Content-Type: {content_type}\r\n{more}\r\n{body}".encode())


def _report(fields: str = FIELDS, *others: Memory) -> Entity:
    return multipart("report", [*others, _part("message/disposition-notification", fields)], "0123456789")


def _read(message: Entity, partners: Partners | None = None) -> Mdn:
    trusted = [partners.sender.certificate] if partners else []
    return read(message.headers, message.body, trusted=trusted)


def _built(partners: Partners, signed: bool, **change: object) -> Built:
    answered = Answered(
        message_id=SENT.message_id, sender="A", receiver="B", disposition=PROCESSED, mic=Mic(KEPT["sha256"], "sha256")
    )
    signing = Signing(signer=partners.sender) if signed else None
    return build(replace(answered, **change), message_id="<m@n>", reporting_ua="x", token=TOKEN, signing=signing)  # type: ignore[arg-type]


def _mdn(partners: Partners, signed: bool = True, **change: object) -> Mdn:
    built = _built(partners, signed, **change)
    return read(built.headers, Memory(built.body), trusted=[partners.sender.certificate])


# Reading


@pytest.mark.parametrize(
    "fields",
    [
        FIELDS,
        FIELDS.replace("\r\n", "\n"),
        "\r\n\r\n" + FIELDS,
        FIELDS.replace("\r\n", "\r\n\r\n"),
        FIELDS.replace("Disposition", "DISPOSITION").replace("Original-Message-ID", "original-message-id"),
        FIELDS.replace("MIC: ", "MIC:\r\n "),
        "here is what became of it\r\n" + FIELDS + "yours, the machine\r\n continued\r\n",
        "Reporting-UA: x\r\nX-Own: y\r\n" + FIELDS + "Error: none\r\n",
        FIELDS.rstrip(),
    ],
)
def test_the_notification_is_read_in_many_spellings(fields: str) -> None:
    mdn = _read(_report(fields))

    assert matches(mdn, SENT).outcome == "confirmed"
    assert mdn.mic == Mic(KEPT["sha256"], "sha256")


def test_the_parts_of_a_receipt_come_in_any_order_and_number() -> None:
    notification = _part("Message/Disposition-Notification", FIELDS)
    text = _part('text/plain; charset="utf-8"', "Vielen Dank für Ihre Nachricht")
    returned = _part("text/rfc822-headers", "AS2-From: HARBORPINE\r\nDisposition: nothing")

    for parts in ([notification, text], [text, notification, returned], [returned, notification, text]):
        mdn = _read(multipart("report", parts, "0123456789"))
        assert (mdn.disposition, mdn.text) == (PROCESSED, "Vielen Dank für Ihre Nachricht")


@pytest.mark.parametrize("subtype", ["report", "mixed"])
def test_a_receipt_is_known_by_its_notification(subtype: str) -> None:
    message = multipart(subtype, [_part("message/disposition-notification", FIELDS)], "0123456789")

    assert _read(message).disposition == PROCESSED


def test_a_notification_without_anything_around_it_is_a_receipt() -> None:
    message = entity("Content-Type: message/disposition-notification", FIELDS.encode())

    assert _read(message).disposition == PROCESSED
    assert is_receipt(message.headers, message.body)


def test_an_encoded_notification_is_decoded() -> None:
    quoted = FIELDS.replace("=", "=3D")
    part = _part("message/disposition-notification", quoted, "Content-Transfer-Encoding: quoted-printable\r\n")

    assert _read(multipart("report", [part], "0123456789")).mic == Mic(KEPT["sha256"], "sha256")


@pytest.mark.parametrize(
    "message",
    [
        entity("Content-Type: text/html", b"<h1>502 Bad Gateway</h1>"),
        entity("Content-Type: application/edi-x12", ORDER),
        entity("X-Nothing: x", b""),
        _report(""),
        _report("Original-Message-ID: <a@b>\r\n"),
        _report(FIELDS + FIELDS),
        _report(FIELDS + "Disposition: automatic-action/MDN-sent-automatically; failed\r\n"),
        _report(FIELDS.replace("processed", "")),
        _report(FIELDS + f"Received-Content-MIC: {KEPT['sha1']}, sha1\r\n"),
        _report(FIELDS, _part("message/disposition-notification", FIELDS)),
        multipart("report", [_part("text/plain", FIELDS)], "0123456789"),
        entity("Content-Type: multipart/report; boundary=b", b"--b\r\n"),
        entity("Content-Type: multipart/report", b"--b\r\n"),
    ],
)
def test_what_is_no_receipt_or_two_of_them_is_refused(message: Entity) -> None:
    with pytest.raises(Malformed):
        _read(message)


def test_a_receipt_beyond_the_limit_is_not_read() -> None:
    with pytest.raises(OverLimit, match="a receipt of"):
        _read(_report(FIELDS, _part("text/plain", "x" * 1024 * 1024)))
    with pytest.raises(OverLimit, match="a notification of"):
        _read(entity("Content-Type: message/disposition-notification", b"X: y\r\n" * 20_000))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_notification_is_read_or_refused(raw: bytes) -> None:
    try:
        _read(entity("Content-Type: message/disposition-notification", raw))
    except As2Error:
        pass


def test_messages_and_receipts_on_one_address_are_told_apart(partners: Partners) -> None:
    for packed in (partners.pack(), partners.pack(b"a", b"b")):
        assert not is_receipt(packed.headers, packed.body)
    for signed in (False, True):
        built = _built(partners, signed)
        assert is_receipt(built.headers, Memory(built.body))
    assert not is_receipt(Headers.of([("Content-Type", "multipart/signed")]), Memory(b"x"))


def test_the_signed_part_is_what_counts(partners: Partners) -> None:
    """Another notification beside or around a signed one would be a receipt that nobody signed."""
    built = _built(partners, True)
    inner = Entity(built.headers, Memory(built.body))
    forged = _part("message/disposition-notification", FIELDS)

    mdn = _read(multipart("report", [joined(inner), forged], "9876543210"), partners)
    assert mdn.signed_by is None
    with pytest.raises(Malformed):
        _read(multipart("report", [joined(inner)], "9876543210"), partners)


# Settling


@pytest.mark.parametrize("digest", DIGESTS)
def test_a_good_receipt_with_the_mic_by_any_digest_confirms(partners: Partners, digest: str) -> None:
    verdict = matches(_mdn(partners, mic=Mic(KEPT[digest], digest)), replace(SENT, signed=True))

    assert verdict.outcome == "confirmed"
    assert digest in verdict.reason


def test_a_warning_confirms_and_is_told(partners: Partners) -> None:
    verdict = matches(_mdn(partners, disposition=DUPLICATE), replace(SENT, signed=True))

    assert verdict.outcome == "confirmed"
    assert "duplicate-document" in verdict.reason


@pytest.mark.parametrize(("kept", "reason"), [(KEPT, "other content"), ({}, "no MIC by sha256 was kept")])
def test_a_receipt_by_another_mic_is_a_mismatch(partners: Partners, kept: Mics, reason: str) -> None:
    other = mics(digests([b"something else"], ["sha256"]))["sha256"]

    verdict = matches(_mdn(partners, mic=Mic(other, "sha256")), replace(SENT, signed=True, mics=kept))

    assert verdict.outcome == "mismatch"
    assert reason in verdict.reason


def test_a_signed_receipt_without_a_mic_is_no_success(partners: Partners) -> None:
    verdict = matches(_mdn(partners, mic=None), replace(SENT, signed=True))

    assert verdict == type(verdict)("mismatch", "the receipt is signed and has no MIC")


def test_an_unsigned_receipt_may_lack_the_mic_but_not_have_a_wrong_one(partners: Partners) -> None:
    """RFC 4130, 7.4.3: required in signed receipts, optional in unsigned ones."""
    assert matches(_mdn(partners, signed=False, mic=None), SENT).outcome == "confirmed"
    assert matches(_mdn(partners, signed=False, mic=Mic(KEPT["md5"], "md5")), SENT).outcome == "confirmed"
    assert matches(_mdn(partners, signed=False), replace(SENT, mics={})).outcome == "mismatch"
    unreadable = _read(_report(FIELDS.replace("sha-256", "whirlpool")))
    assert matches(unreadable, SENT).outcome == "mismatch"


@pytest.mark.parametrize(
    "disposition",
    [
        Disposition("processed", "error", "decryption-failed"),
        Disposition("failed", "failure", "unsupported format"),
        Disposition("processed", "failure", "unsupported format"),
        Disposition("failed"),
        Disposition("deleted"),
    ],
)
def test_bad_news_refuses_whatever_the_mic_is(partners: Partners, disposition: Disposition) -> None:
    verdict = matches(_mdn(partners, disposition=disposition), replace(SENT, signed=True))

    assert verdict.outcome == "refused"
    assert str(disposition) in verdict.reason


@pytest.mark.parametrize("kind", ["displayed", "dispatched"])
def test_a_disposition_of_human_mail_settles_nothing(partners: Partners, kind: str) -> None:
    assert matches(_mdn(partners, disposition=Disposition(kind)), SENT).outcome == "unknown"


@pytest.mark.parametrize("message_id", ["<0002@harborpine.example>", "<0001@HARBORPINE.example>"])
def test_a_receipt_for_another_message_settles_nothing(partners: Partners, message_id: str) -> None:
    assert matches(_mdn(partners, message_id=message_id), SENT).outcome == "unknown"


def test_a_receipt_for_no_message_settles_nothing() -> None:
    without = FIELDS.partition("\r\n")[2]

    for fields in (without, "Original-Message-ID:\r\n" + without):
        assert matches(_read(_report(fields)), SENT).outcome == "unknown"


def test_a_message_id_without_its_brackets_is_the_same(partners: Partners) -> None:
    assert matches(_mdn(partners, message_id="0001@harborpine.example"), SENT).outcome == "confirmed"


@pytest.mark.parametrize("disposition", [PROCESSED, Disposition("processed", "error", "decryption-failed")])
def test_where_a_signature_was_asked_for_nothing_unsigned_settles(partners: Partners, disposition: Disposition) -> None:
    verdict = matches(_mdn(partners, signed=False, disposition=disposition), replace(SENT, signed=True))

    assert verdict.outcome == "unsigned"
    assert str(disposition) in verdict.reason


def test_a_receipt_signed_by_somebody_else_is_unsigned(partners: Partners) -> None:
    built = _built(replace(partners, sender=partners.stranger), True)

    mdn = read(built.headers, Memory(built.body), trusted=[partners.sender.certificate])

    assert mdn.disposition == PROCESSED
    assert mdn.signature_problem
    assert matches(mdn, replace(SENT, signed=True)).outcome == "unsigned"


def test_a_receipt_that_was_changed_is_unsigned(partners: Partners) -> None:
    built = _built(partners, True, disposition=Disposition("processed", "error", "decryption-failed"))
    changed = built.body.replace(b"processed/error: decryption-failed", b"processed")

    mdn = read(built.headers, Memory(changed), trusted=[partners.sender.certificate])

    assert mdn.disposition == PROCESSED
    assert matches(mdn, replace(SENT, signed=True)).outcome == "unsigned"


def test_a_receipt_signed_with_a_digest_that_is_not_permitted_is_unsigned(partners: Partners) -> None:
    built = _built(partners, True)

    mdn = read(built.headers, Memory(built.body), trusted=[partners.sender.certificate], allowed=frozenset({"sha512"}))

    assert matches(mdn, replace(SENT, signed=True)).outcome == "unsigned"


def test_what_is_sent_is_confirmed_by_what_is_answered(partners: Partners) -> None:
    """The whole way: pack, unpack, build, read, match."""
    packed = partners.pack()
    opened = partners.unpack(packed)
    built = _built(partners, True, mic=opened.mic(None))

    mdn = read(built.headers, Memory(built.body), trusted=[partners.sender.certificate])

    assert matches(mdn, Sent(message_id=SENT.message_id, mics=packed.mics, signed=True)).outcome == "confirmed"
    assert whole(opened.payloads[0].source) == ORDER
