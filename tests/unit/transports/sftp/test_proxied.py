"""PROXY headers as balancers send them, and as nobody should."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transports.sftp.proxied import NoHeader, Origin, read_header

V2 = b"\r\n\r\n\0\r\nQUIT\n"
TCP4 = bytes([203, 0, 113, 7, 192, 0, 2, 1]) + struct.pack("!HH", 40_000, 2222)
TCP6 = bytes(15) + b"\x01" + bytes(16) + struct.pack("!HH", 40_000, 2222)


def v2(command: int, family: int, body: bytes) -> bytes:
    return V2 + struct.pack("!BBH", command, family, len(body)) + body


GOOD = [
    (b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 2222\r\n", ("203.0.113.7", 40_000)),
    (b"PROXY TCP6 2001:db8::7 2001:db8::1 40000 2222\r\n", ("2001:db8::7", 40_000)),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN ffff:f:f:f:f:f:f:f ffff:f:f:f:f:f:f:f 65535 65535\r\n", None),
    (v2(0x21, 0x11, TCP4), ("203.0.113.7", 40_000)),
    (v2(0x21, 0x11, TCP4 + b"\x04\x00\x03abc"), ("203.0.113.7", 40_000)),
    (v2(0x21, 0x21, TCP6), ("::1", 40_000)),
    (v2(0x20, 0x00, b""), None),
]


@pytest.mark.parametrize(("header", "peer"), GOOD)
def test_a_header_is_read_in_any_pieces_and_what_follows_is_left(header: bytes, peer: tuple[str, int] | None) -> None:
    for end in range(len(header)):
        assert read_header(header[:end]) is None

    assert read_header(header) == Origin(peer, len(header))
    assert read_header(header + b"SSH-2.0-x\r\n") == Origin(peer, len(header))


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 40000\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 2222 1\r\n",
        b"PROXY TCP4 2001:db8::7 192.0.2.1 40000 2222\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 70000 2222\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 -1 2222\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 \xd9\xa1 2222\r\n",
        b"PROXY TCP5 203.0.113.7 192.0.2.1 40000 2222\r\n",
        b"PROXY " + b"x" * 200,
        v2(0x11, 0x11, TCP4),
        v2(0x22, 0x11, TCP4),
        v2(0x21, 0x31, TCP4),
        v2(0x21, 0x11, TCP4[:-1]),
        v2(0x21, 0x11, TCP4 + b"x" * 4_000),
    ],
)
def test_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(NoHeader):
        read_header(data)


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(V2.__add__), st.binary().map(b"PROXY ".__add__)))
def test_any_bytes_are_a_header_or_none_and_never_anything_else(data: bytes) -> None:
    try:
        origin = read_header(data)
    except NoHeader:
        return

    assert origin is None or 0 < origin.length <= len(data)
