"""Receipts, written by one end and read by the other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.cms.identity import KeyPair
from gateway.as2.disposition import DUPLICATE, PROCESSED, Disposition, of_error
from gateway.as2.errors import DecryptionFailed, InsufficientSecurity, Malformed, UnsupportedMic
from gateway.as2.mdn import Answered, Built, Signing, build, words
from gateway.as2.mic import Mic
from gateway.as2.receipt import Mdn, is_receipt, read
from gateway.as2.source import Memory
from gateway.errors import UsageError
from tests.unit.as2.messages import TOKEN, Partners

MIC = Mic("LE1wUjNpTGJyHrGzAjJyeQb6vqF2o2jNiiYBBM5FCz0=", "sha256", "sha-256")
ANSWERED = Answered(
    message_id="<0001@harborpine.example>", sender="HARBORPINE", receiver="North Gate", disposition=PROCESSED, mic=MIC
)
DATE = datetime(2026, 11, 21, 21, 5, 7, tzinfo=UTC)


def _built(answered: Answered = ANSWERED, signer: KeyPair | None = None, text: str = "", **how: object) -> Built:
    return build(
        answered,
        message_id="<mdn-1@northgate.example>",
        reporting_ua="gateway.northgate.example; EDI gateway",
        token=TOKEN,
        date=DATE,
        text=text,
        signing=Signing(signer=signer, time=DATE) if signer else None,
        **how,  # type: ignore[arg-type]
    )


def _read(built: Built, partners: Partners) -> Mdn:
    return read(built.headers, Memory(built.body), trusted=[partners.sender.certificate])


def test_a_receipt_is_written_as_the_standard_shows_it() -> None:
    """After the examples of RFC 4130, appendix A.2."""
    built = _built()

    assert [f"{name}: {value}" for name, value in built.headers.fields] == [
        "AS2-Version: 1.2",
        'AS2-From: "North Gate"',
        "AS2-To: HARBORPINE",
        "Message-ID: <mdn-1@northgate.example>",
        "Date: Sat, 21 Nov 2026 21:05:07 +0000",
        "Subject: Receipt of your message",
        "MIME-Version: 1.0",
        "EDIINT-Features: multiple-attachments",
        "Content-Type: multipart/report; report-type=disposition-notification; "
        'boundary="part-0123456789abcdef0123-report"',
    ]
    assert built.body.decode().split("\r\n") == [
        "--part-0123456789abcdef0123-report",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
        "",
        "The message was received and processed.",
        "",
        "--part-0123456789abcdef0123-report",
        "Content-Type: message/disposition-notification",
        "Content-Transfer-Encoding: 7bit",
        "",
        "Reporting-UA: gateway.northgate.example; EDI gateway",
        'Original-Recipient: rfc822; "North Gate"',
        'Final-Recipient: rfc822; "North Gate"',
        "Original-Message-ID: <0001@harborpine.example>",
        "Disposition: automatic-action/MDN-sent-automatically; processed",
        "Received-content-MIC: LE1wUjNpTGJyHrGzAjJyeQb6vqF2o2jNiiYBBM5FCz0=, sha-256",
        "",
        "",
        "--part-0123456789abcdef0123-report--",
        "",
    ]


def test_the_same_receipt_is_the_same_bytes(sender: KeyPair) -> None:
    for signer in (None, sender):
        assert _built(signer=signer) == _built(signer=signer)


@pytest.mark.parametrize(
    "disposition",
    [
        PROCESSED,
        DUPLICATE,
        of_error(DecryptionFailed("x")),
        of_error(InsufficientSecurity("x")),
        of_error(UnsupportedMic("x")),
        Disposition("processed", "warning", "authentication-failed, processing continued"),
        Disposition("failed", "failure", "sender-equals-receiver"),
    ],
)
@pytest.mark.parametrize("signed", [False, True])
def test_every_disposition_comes_back(partners: Partners, disposition: Disposition, signed: bool) -> None:
    built = _built(replace(ANSWERED, disposition=disposition), partners.sender if signed else None)

    mdn = _read(built, partners)

    assert mdn.disposition == disposition
    assert mdn.original_message_id == "<0001@harborpine.example>"
    assert mdn.mic == Mic(MIC.value, "sha256")
    assert mdn.text == words(disposition)
    assert (mdn.as2_from, mdn.as2_to, mdn.message_id) == ("North Gate", "HARBORPINE", "<mdn-1@northgate.example>")
    assert mdn.reporting_ua == "gateway.northgate.example; EDI gateway"
    assert mdn.final_recipient == 'rfc822; "North Gate"'
    assert mdn.signed_by == (partners.sender.certificate if signed else None)
    assert mdn.signing_time == (DATE if signed else None)
    assert is_receipt(built.headers, Memory(built.body))


def test_a_receipt_without_a_mic_has_none(partners: Partners) -> None:
    mdn = _read(_built(replace(ANSWERED, mic=None)), partners)

    assert (mdn.mic, mdn.mic_text) == (None, "")


def test_a_receipt_by_mail_has_no_fields_of_as2(partners: Partners) -> None:
    built = _built(signer=partners.sender, by_mail=True)

    assert not [name for name, _ in built.headers.fields if name.startswith(("AS2", "EDIINT"))]
    assert built.body.isascii()


@pytest.mark.parametrize("text", ["Übernommen.\nDanke", "lines\r\nof text", "x" * 3000, "a\0b\x1b[31m", "--part-x--"])
def test_a_text_for_people_is_carried_and_nothing_else_with_it(partners: Partners, text: str) -> None:
    built = _built(text=text)

    assert built.body.isascii()
    assert not any(character in built.body for character in (b"\0", b"\x1b"))
    kept = text.replace("\r\n", "\n").replace("\0", "").replace("\x1b", "")
    assert _read(built, partners).text == kept


def test_the_words_of_an_error_never_reach_the_partner() -> None:
    built = _built(replace(ANSWERED, disposition=of_error(DecryptionFailed("key 17 has the wrong padding")), mic=None))

    assert b"padding" not in built.body
    assert b"could not be processed: decryption-failed" in built.body


@pytest.mark.parametrize(
    "change",
    [
        {"receiver": "a\r\nDisposition: x"},
        {"sender": "a\r\nX: y"},
        {"receiver": ""},
        {"disposition": Disposition("processed", "error", "a\r\nb")},
    ],
)
def test_no_name_smuggles_a_line_into_a_receipt(change: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        _built(replace(ANSWERED, **change))  # type: ignore[arg-type]


def test_no_message_id_smuggles_a_line_into_a_receipt() -> None:
    with pytest.raises(Malformed):
        _built(replace(ANSWERED, message_id="<a>\r\nDisposition: automatic-action/MDN-sent-automatically; processed"))


@settings(deadline=None)
@given(st.from_regex(r"\A[!-~][ -~]{0,960}[!-~]\Z"), st.from_regex(r"\A[ -~]{1,128}\Z"))
def test_whatever_a_partner_calls_itself_and_its_message_is_answered(
    partners: Partners, message_id: str, name: str
) -> None:
    built = _built(replace(ANSWERED, message_id=message_id, sender=name, receiver=name))

    mdn = _read(built, partners)

    assert (mdn.original_message_id, mdn.as2_from, mdn.as2_to) == (message_id, name, name)


@pytest.mark.parametrize("digest", ["sha1", "sha384", "sha512"])
def test_a_receipt_is_signed_with_the_digest_that_is_wanted(partners: Partners, digest: str) -> None:
    signing = Signing(signer=partners.sender, digest=digest, allowed=frozenset({digest}), dashed=False)
    built = build(ANSWERED, message_id="<m@n>", reporting_ua="x", token=TOKEN, signing=signing)

    mdn = read(built.headers, Memory(built.body), trusted=[partners.sender.certificate], allowed=frozenset({digest}))

    assert mdn.signed_by == partners.sender.certificate
    assert f"micalg={digest};" in (built.headers.single("Content-Type") or "")
    with pytest.raises(InsufficientSecurity):
        build(ANSWERED, message_id="<m@n>", reporting_ua="x", token=TOKEN,
              signing=Signing(signer=partners.sender, digest="sha1"))  # fmt: skip
