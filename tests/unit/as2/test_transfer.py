"""Transfer encodings, in streams."""

import base64
import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2 import transfer
from gateway.as2.errors import Malformed, UnsupportedFormat
from gateway.as2.headers import Headers
from gateway.as2.source import Memory, Source, whole
from gateway.as2.transfer import Base64Lines, decoded, is_seven_bit


def _decoded(name: str | None, raw: bytes) -> bytes:
    headers = Headers.of([] if name is None else [("Content-Transfer-Encoding", name)])
    return whole(decoded(headers, Memory(raw), Memory))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads seven bytes at a time."""
    from gateway.as2.source import chunks

    monkeypatch.setattr(transfer, "chunks", lambda source: chunks(source, 7))


@pytest.mark.parametrize("name", [None, "", "binary", "8bit", "7BIT", ' "binary" ', "binary; x=y"])
def test_content_that_is_not_encoded_is_not_touched(name: str | None) -> None:
    raw = b"=41\r\nQUJD\x00\xff\r\n"

    assert _decoded(name, raw) == raw


def test_an_encoding_that_nobody_knows_is_not_supported() -> None:
    with pytest.raises(UnsupportedFormat, match="x-uuencode"):
        _decoded("x-uuencode", b"begin 644")


def test_two_encodings_are_refused() -> None:
    headers = Headers.of([("Content-Transfer-Encoding", "binary"), ("content-transfer-encoding", "base64")])

    with pytest.raises(Malformed):
        decoded(headers, Memory(b"QUJD"), Memory)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (b"", b""),
        (b"QUJD", b"ABC"),
        (b"QUI=", b"AB"),
        (b"QQ==\r\n", b"A"),
        (b"QUJD\r\nREVG\n\tR0g=\r\n\r\n", b"ABCDEFGH"),
        (b"Q\nU\nJ\nD", b"ABC"),
        (b"QUJDRA", b"ABCD"),
        (b"QUJDREU", b"ABCDE"),
    ],
)
@pytest.mark.usefixtures("small_blocks")
def test_base64_is_read_with_any_line_ends_and_padding(text: bytes, raw: bytes) -> None:
    assert _decoded("Base64", text) == raw


@pytest.mark.parametrize(
    "text", [b"QUJD!REVG", b"QQ==QUJD", b"QQ==\r\n\r\nQUJD", b"QQ==QUJ", b"QUJDR", b"=", b"Q===", b"\xff"]
)
@pytest.mark.parametrize("block", [3, 4, 1000])
def test_what_is_no_base64_is_refused(monkeypatch: pytest.MonkeyPatch, text: bytes, block: int) -> None:
    from gateway.as2.source import chunks

    monkeypatch.setattr(transfer, "chunks", lambda source: chunks(source, block))
    with pytest.raises(Malformed):
        _decoded("base64", text)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 90))
def test_base64_of_any_content_is_read_in_any_blocks(raw: bytes, block: int) -> None:
    from gateway.as2.source import chunks

    into = Memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer, "chunks", lambda source: chunks(source, block))
        transfer.decode_base64(Memory(base64.encodebytes(raw)), into)

    assert whole(into) == raw


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (b"a=3Db\r\n", b"a=b\r\n"),
        (b"long=\r\n line", b"long line"),
        (b"soft=  \r\nbreak", b"softbreak"),
        (b"blanks  \t\r\nend", b"blanks\r\nend"),
        (b"=E4=f6", b"\xe4\xf6"),
        (b"bare=0Aline\n", b"bare\nline\n"),
    ],
)
def test_quoted_printable_is_read(text: bytes, raw: bytes) -> None:
    assert _decoded("quoted-printable", text) == raw


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(5, 90))
def test_quoted_printable_of_any_content_is_read_in_any_blocks(raw: bytes, block: int) -> None:
    from gateway.as2.source import chunks

    text = quopri.encodestring(raw, quotetabs=True)
    into = Memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer, "chunks", lambda source: chunks(source, block))
        transfer.decode_quoted_printable(Memory(text), into)

    assert whole(into) == quopri.decodestring(text)


@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(0, 600), st.integers(0, 200))
def test_content_in_base64_is_read_from_any_place_without_being_made(raw: bytes, offset: int, size: int) -> None:
    lines: Source = Base64Lines(Memory(raw))
    expected = base64.encodebytes(raw).replace(b"\n", b"\r\n")

    assert lines.size == len(expected)
    assert whole(lines) == expected
    assert lines.read(offset, size) == expected[offset : offset + size]


@pytest.mark.parametrize(
    ("raw", "fits"),
    [
        (b"ISA*00~\r\nGS*PO~\r\n", True),
        (b"", True),
        (b"x" * 998 + b"\r\n", True),
        (b"x" * 999, False),
        (b"x" * 600 + b"\r\n" + b"y" * 600, True),
        (b"a\nb", False),
        (b"a\rb", False),
        (b"a\r", False),
        (b"\xe4", False),
        (b"\0", False),
    ],
)
@pytest.mark.parametrize("block", [1, 2, 500, 100_000])
def test_text_goes_as_seven_bit_only_if_mail_servers_leave_it_alone(
    monkeypatch: pytest.MonkeyPatch, raw: bytes, fits: bool, block: int
) -> None:
    from gateway.as2.source import chunks

    monkeypatch.setattr(transfer, "chunks", lambda source: chunks(source, block))

    assert is_seven_bit(Memory(raw)) is fits
