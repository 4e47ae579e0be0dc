"""A mail's bytes: it ends in one place only, however it comes in pieces, and nothing in it can be read in two ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transports.mail.lines import LARGE, LONE, LONG, MailLines


def read(wire: bytes, *, piece: int = 0, most: int = 100_000) -> tuple[bytes, MailLines]:
    lines, out = MailLines(most), b""
    for start in range(0, len(wire), piece or len(wire)):
        out += lines.feed(wire[start : start + (piece or len(wire))])
        if lines.ended:
            lines.surplus += wire[start + (piece or len(wire)) :]
            break
    return out, lines


pieces = pytest.mark.parametrize("piece", [0, 1, 2, 3, 5, 7])


@pieces
def test_a_mail_ends_with_a_dot_alone_and_what_follows_is_not_of_it(piece: int) -> None:
    out, lines = read(b"Subject: x\r\n\r\nISA*00\r\n.\r\nQUIT\r\n", piece=piece)

    assert (out, lines.ended, lines.surplus, lines.wrong) == (b"Subject: x\r\n\r\nISA*00\r\n", True, b"QUIT\r\n", "")


@pieces
def test_dots_of_transparency_go(piece: int) -> None:
    out, _ = read(b"..a\r\n...\r\nb..\r\n.c\r\n.\r\n", piece=piece)

    assert out == b".a\r\n..\r\nb..\r\nc\r\n"


@pieces
def test_a_mail_of_nothing_is_empty(piece: int) -> None:
    out, lines = read(b".\r\n", piece=piece)

    assert (out, lines.ended, lines.wrong) == (b"", True, "")


@pieces
@pytest.mark.parametrize(
    "fake", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r.\r", b"\r\n.\r", b"\n.\r", b"\r\r\n.\r\r\n"]
)
def test_no_line_end_but_both_ends_a_mail_and_one_alone_refuses_it(fake: bytes, piece: int) -> None:
    """CVE-2023-51764, 51765, 51766: bare line ends as end of data."""
    out, lines = read(b"a\r\nb" + fake + b"MAIL FROM:<eve@acme.example>\r\n.\r\n", piece=piece)

    assert lines.ended
    assert lines.wrong == LONE
    assert lines.surplus == b""
    assert b"MAIL" not in out


@pieces
def test_a_line_may_have_998_octets_and_no_more(piece: int) -> None:
    assert read(b"a" * 998 + b"\r\n.\r\n", piece=piece)[1].wrong == ""
    assert read(b"." + b"." + b"a" * 997 + b"\r\n.\r\n", piece=piece)[1].wrong == ""
    assert read(b"a" * 999 + b"\r\n.\r\n", piece=piece)[1].wrong == LONG


def test_a_line_that_never_ends_costs_no_memory_and_the_end_is_found_behind_it() -> None:
    lines = MailLines(10**9)
    for _ in range(1000):
        assert lines.feed(b"a" * 10_000) == b""
        assert len(lines._held) < 2000
    lines.feed(b"\r\n.\r\n")

    assert lines.ended
    assert lines.wrong == LONG


@pieces
def test_what_is_larger_than_agreed_is_not_handed_out_and_its_end_is_found(piece: int) -> None:
    out, lines = read(b"abcdefgh\r\n" * 100 + b".\r\n", piece=piece, most=100)

    assert len(out) <= 100
    assert lines.ended
    assert lines.wrong == LARGE


@given(
    st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"")), max_size=20),
    st.integers(1, 30),
)
def test_what_was_made_transparent_comes_out_as_it_was(content: list[bytes], piece: int) -> None:
    wire = b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in content) + b".\r\n"

    out, lines = read(wire, piece=piece)

    assert out == b"".join(line + b"\r\n" for line in content)
    assert (lines.ended, lines.wrong, lines.surplus, lines.size) == (True, "", b"", len(wire))
