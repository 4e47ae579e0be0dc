"""What is read of a request before anything else is."""

from datetime import UTC, datetime

import pytest

from gateway.as2.errors import Malformed, OverLimit, UnsupportedFormat, UnsupportedMic
from gateway.transports.as2.envelope import Envelope, read_envelope

GOOD = {
    "AS2-From": '"ACME Retail"',
    "AS2-To": "HARBORPINE",
    "Message-ID": "<1@acme.example>",
    "Content-Type": "application/pkcs7-mime; smime-type=enveloped-data",
    "Content-Length": "12",
    "Disposition-Notification-To": "x",
}


def read(**fields: str | None) -> Envelope:
    changed = {name.replace("_", "-"): value for name, value in fields.items()}
    pairs = [(name.encode(), value.encode()) for name, value in {**GOOD, **changed}.items() if value is not None]
    return read_envelope(pairs, remote="192.0.2.7", received_at=datetime(2026, 1, 2, tzinfo=UTC))


def test_a_head_says_who_and_which_and_how_much() -> None:
    envelope = read()

    assert (envelope.as2_from, envelope.as2_to, envelope.message_id) == (
        "ACME Retail",
        "HARBORPINE",
        "<1@acme.example>",
    )
    assert (envelope.length, envelope.wrong, envelope.claimed) == (12, None, "cms")
    assert envelope.request is not None and envelope.request.url is None


@pytest.mark.parametrize(
    ("content_type", "claimed"),
    [
        ("multipart/signed; boundary=x", "multipart-signed"),
        ("multipart/report; report-type=disposition-notification; boundary=x", "report"),
        ("message/disposition-notification", "report"),
        ("application/edi-x12", "plain"),
        ('text/plain; x="', "unreadable"),
        (None, "plain"),
    ],
)
def test_a_head_says_what_the_body_is_said_to_be(content_type: str | None, claimed: str) -> None:
    assert read(Content_Type=content_type).claimed == claimed


@pytest.mark.parametrize("name", ["AS2-From", "AS2-To", "Message-ID"])
def test_without_names_and_id_there_is_nobody_to_answer(name: str) -> None:
    with pytest.raises(Malformed, match=f"without {name}"):
        read(**{name.replace("-", "_"): None})


@pytest.mark.parametrize("value", ["-1", "+5", "١٢", "1e3", "9" * 30, ""])
def test_a_length_is_a_number_of_few_digits(value: str) -> None:
    with pytest.raises(Malformed):
        read(Content_Length=value)


def test_a_long_field_is_over_the_limit() -> None:
    with pytest.raises(OverLimit, match="Subject"):
        read(Subject="x" * 9000)


def test_what_cannot_be_given_is_wrong_and_answered_all_the_same() -> None:
    options = "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, whirlpool"

    assert isinstance(read(Disposition_Notification_Options=options).wrong, UnsupportedMic)
    assert isinstance(read(Content_Encoding="gzip").wrong, UnsupportedFormat)
    assert read(Content_Encoding="identity").wrong is None
    bad = read(Receipt_Delivery_Option="mailto:x@y")
    assert isinstance(bad.wrong, Malformed) and bad.request is not None and bad.request.url is None
