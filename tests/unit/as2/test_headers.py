"""Reading and writing header blocks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.errors import As2Error, Malformed, OverLimit
from gateway.as2.headers import Headers, field, read
from gateway.as2.limits import Limits
from gateway.as2.source import Memory
from gateway.errors import UsageError


def _read(raw: bytes) -> tuple[tuple[tuple[str, str], ...], bytes]:
    headers, start = read(Memory(raw))
    return headers.fields, raw[start:]


@pytest.mark.parametrize(
    ("raw", "fields", "body"),
    [
        (b"A: 1\r\nB: 2\r\n\r\nbody", (("A", "1"), ("B", "2")), b"body"),
        (b"A: 1\nB: 2\n\nbody", (("A", "1"), ("B", "2")), b"body"),
        (b"A: 1\r\nB: 2\n\r\nbody", (("A", "1"), ("B", "2")), b"body"),
        (b"\r\nbody", (), b"body"),
        (b"\nbody", (), b"body"),
        (b"", (), b""),
        (b"A: 1", (("A", "1"),), b""),
        (b"A: 1\r\n", (("A", "1"),), b""),
        (b"A: one\r\n two\r\n\tthree\r\n\r\n", (("A", "one two\tthree"),), b""),
        (b"A:\r\n\r\n", (("A", ""),), b""),
        (b"A :1\r\n\r\n", (("A", "1"),), b""),
        (b"A: 1:2\r\n\r\n", (("A", "1:2"),), b""),
        ("A: Bär\r\n\r\n".encode(), (("A", "Bär"),), b""),
        ("A: Bär\r\n\r\n".encode("latin-1"), (("A", "Bär"),), b""),
    ],
)
def test_a_header_block_is_read_to_its_empty_line(raw: bytes, fields: tuple[tuple[str, str], ...], body: bytes) -> None:
    assert _read(raw) == (fields, body)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b" A: 1\r\n\r\n", "continued"),
        (b"no colon here\r\n\r\n", "colon"),
        (b"From alder Sat Nov 21 10:00\r\nA: 1\r\n\r\n", "name"),
        (b": empty\r\n\r\n", "name"),
        (b"A B: 1\r\n\r\n", "name"),
        (b"A\x00: 1\r\n\r\n", "name"),
        ("Ä: 1\r\n\r\n".encode(), "name"),
        (b"A: 1\x00\r\n\r\n", "control"),
        (b"A: 1\rB: 2\r\n\r\n", "control"),
        (b"A: 1\r\r\n\r\n", "control"),
        (b"A: \x1b[31m\r\n\r\n", "control"),
        (b"A: 1\x7f\r\n\r\n", "control"),
        (b"A: 1\r\n\x0b: 2\r\n\r\n", "name"),
    ],
)
def test_what_two_readers_could_see_differently_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        read(Memory(raw))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"A: " + b"x" * 9000 + b"\r\n\r\n", "line of 9003 bytes"),
        (b"A: 1\r\n" * 201 + b"\r\n", "200 header fields"),
        (b"A: 1\r\n" + b" folded further and further\r\n" * 4000 + b"\r\n", "more than 65536"),
        (b"A" * 100_000, "more than 65536"),
        (b"A: 1\r\n" * 12_000, "more than 65536"),
    ],
)
def test_headers_beyond_the_limits_are_refused_before_they_are_read(raw: bytes, says: str) -> None:
    with pytest.raises(OverLimit, match=says):
        read(Memory(raw))


def test_as_many_headers_as_the_limits_allow_are_read() -> None:
    raw = b"A: 1\r\n" * 200 + b"\r\n"
    line = b"A: " + b"x" * 8189 + b"\r\n\r\n"

    assert len(_read(raw)[0]) == 200
    assert len(_read(line)[0][0][1]) == 8189


def test_a_field_that_decides_may_stand_once_only() -> None:
    headers = Headers.of([("AS2-From", "a"), ("as2-from", "a"), ("Subject", "x"), ("Subject", "y")])

    with pytest.raises(Malformed, match="2 fields"):
        headers.single("AS2-FROM")
    assert headers.first("subject") == "x"
    assert headers.single("AS2-To") is None


@pytest.mark.parametrize(
    "pair", [("A", "1\r\nB: 2"), ("A\r\nB", "1"), ("A", "1\n"), ("A", "\x00"), (b"A", b"1\rB"), ("A:B", "1"), ("", "1")]
)
def test_fields_that_a_web_server_hands_over_are_held_to_the_same(pair: tuple[str | bytes, str | bytes]) -> None:
    with pytest.raises(Malformed):
        Headers.of([pair])


def test_a_value_that_an_http_client_decoded_with_surrogates_is_read() -> None:
    assert Headers.of([("A", "B\udce4r"), ("B", "Bär")]).fields == (("A", "Bär"), ("B", "Bär"))
    with pytest.raises(Malformed, match="half"):
        Headers.of([("A", "\ud800")])


def test_too_many_or_too_long_fields_of_a_web_server_are_refused() -> None:
    with pytest.raises(OverLimit):
        Headers.of([("A", "1")] * 201)
    with pytest.raises(OverLimit):
        Headers.of([("A", "1" * 70_000)])
    with pytest.raises(OverLimit):
        Headers.of([("A", "1")] * 11, Limits(fields=10))


@pytest.mark.parametrize(
    ("name", "value"),
    [("A", "1\r\nB: 2"), ("A", "1\n"), ("A", "1\r"), ("A", "a\0b"), ("A\nB", "1"), ("A B", "1"), ("A", "é"), ("", "1")],
)
def test_nothing_is_written_that_would_be_another_line(name: str, value: str) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        field(name, value)


def test_a_line_longer_than_mail_allows_is_not_written() -> None:
    assert len(field("A", "x" * 995)) == 1000
    with pytest.raises(UsageError):
        field("A", "x" * 996)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        headers, start = read(Memory(raw))
    except As2Error:
        return
    assert 0 <= start <= len(raw)
    assert all("\r" not in value and "\n" not in value and "\0" not in value for _, value in headers.fields)


_names = st.from_regex(r"\A[A-Za-z][A-Za-z0-9-]{0,20}\Z")
_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip)


@settings(deadline=None)
@given(st.lists(st.tuples(_names, _values), max_size=20), st.binary(max_size=40), st.booleans())
def test_what_is_written_is_read_back_with_either_line_end(
    fields: list[tuple[str, str]], body: bytes, bare: bool
) -> None:
    block = Headers(tuple(fields)).block()
    raw = (block.replace(b"\r\n", b"\n") if bare else block) + body

    assert _read(raw) == (tuple(fields), body)
