"""The Disposition field, as the standards have it and as products write it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.disposition import DUPLICATE, PROCESSED, Disposition, of_error, read_disposition
from gateway.as2.errors import (
    As2Error,
    AuthenticationFailed,
    DecompressionFailed,
    DecryptionFailed,
    InsufficientSecurity,
    IntegrityFailed,
    Malformed,
    OverLimit,
    UnknownRelationship,
    UnsupportedFormat,
    UnsupportedMic,
)
from gateway.errors import UsageError

GOOD = Disposition("processed")


@pytest.mark.parametrize(
    ("text", "found", "good"),
    [
        ("automatic-action/MDN-sent-automatically; processed", GOOD, True),
        ("automatic-action/MDN-sent-automatically;processed", GOOD, True),
        ("Automatic-Action/mdn-sent-automatically ; Processed ", GOOD, True),
        ("manual-action/MDN-sent-manually; processed", GOOD, True),
        ("processed", GOOD, True),
        ("automatic-action/MDN-sent-automatically (by hand); processed (yes)", GOOD, True),
        ("a/b; processed/warning: duplicate-document", Disposition("processed", "warning", "duplicate-document"), True),
        ("a/b; processed/Warning:authentication-failed, processing continued",
         Disposition("processed", "warning", "authentication-failed, processing continued"), True),
        ("a/b; processed/error: decryption-failed", Disposition("processed", "error", "decryption-failed"), False),
        ("a/b; processed/Error:Integrity-Check-Failed",
         Disposition("processed", "error", "Integrity-Check-Failed"), False),
        ("a/b; processed/error", Disposition("processed", "error"), False),
        ("a/b; processed/errordecryption", Disposition("processed", "error", "errordecryption"), False),
        ("a/b; processed/authentication-failed", Disposition("processed", "error", "authentication-failed"), False),
        ("a/b; processed/warning: late, error: not read", Disposition("processed", "error", "not read"), False),
        ("a/b; processed/error: one, warning: two", Disposition("processed", "error", "one"), False),
        ("a/b; failed/Failure: unsupported format", Disposition("failed", "failure", "unsupported format"), False),
        ("a/b; failed", Disposition("failed"), False),
        ("a/b; displayed", Disposition("displayed"), False),
        ("a/b; deleted", Disposition("deleted"), False),
    ],
)  # fmt: skip
def test_good_news_is_told_from_bad_in_any_spelling(text: str, found: Disposition, good: bool) -> None:
    disposition = read_disposition(text)

    assert disposition == found
    assert disposition.is_good is good


@pytest.mark.parametrize(
    "text",
    ["", ";", "a/b;", "automatic-action/MDN-sent-automatically", "a/b; /error", "x" * 1001, "a/b; pro cessed", "1"],
)
def test_a_disposition_without_a_type_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_disposition(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_disposition_or_refused(text: str) -> None:
    try:
        read_disposition(text)
    except As2Error:
        pass


@pytest.mark.parametrize(
    ("error", "written"),
    [
        (Malformed, "processed/error: unexpected-processing-error"),
        (OverLimit, "processed/error: unexpected-processing-error"),
        (InsufficientSecurity, "processed/error: insufficient-message-security"),
        (DecryptionFailed, "processed/error: decryption-failed"),
        (AuthenticationFailed, "processed/error: authentication-failed"),
        (IntegrityFailed, "processed/error: integrity-check-failed"),
        (DecompressionFailed, "processed/error: decompression-failed"),
        (UnknownRelationship, "processed/error: unknown-trading-relationship"),
        (UnsupportedFormat, "failed/failure: unsupported format"),
        (UnsupportedMic, "failed/failure: unsupported MIC-algorithms"),
    ],
)
def test_every_error_has_its_disposition(error: type[As2Error], written: str) -> None:
    disposition = of_error(error("what only we may know"))

    assert str(disposition) == written
    assert disposition.field() == f"automatic-action/MDN-sent-automatically; {written}"
    assert read_disposition(disposition.field()) == disposition


def test_good_news_is_written_and_read() -> None:
    assert PROCESSED.field() == "automatic-action/MDN-sent-automatically; processed"
    assert read_disposition(DUPLICATE.field()) == DUPLICATE


@pytest.mark.parametrize(
    "disposition", [Disposition("a\r\nb"), Disposition(""), Disposition("processed", "error", "a\r\nX: y")]
)
def test_no_disposition_smuggles_a_line_in(disposition: Disposition) -> None:
    with pytest.raises(UsageError):
        disposition.field()
