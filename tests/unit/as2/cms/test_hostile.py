"""Whatever bytes come: an error of ours, or what was signed; never another exception."""

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.as2.cms.compress import compress, decompress
from gateway.as2.cms.content import content_kind
from gateway.as2.cms.decrypt import decrypt
from gateway.as2.cms.identity import KeyPair
from gateway.as2.cms.verify import open_opaque, verify
from gateway.as2.errors import As2Error, Malformed
from gateway.as2.source import Memory, Source
from tests.unit.as2.cms.samples import ALL_DIGESTS, ALL_WAYS, ORDER, digests_of, enclosed, encrypted, signed

_SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def _all(source: Source, pair: KeyPair) -> None:
    """Every way of reading it."""
    content = source.read(0, source.size)
    trusted = [pair.certificate]
    readings: list[Callable[[], object]] = [
        lambda: content_kind(source),
        lambda: verify(content, digests_of(ORDER), trusted, ALL_DIGESTS),
        lambda: open_opaque(source, Memory(), trusted, ALL_DIGESTS),
        lambda: decrypt(source, Memory(), [pair], ALL_WAYS),
        lambda: decompress(source, Memory(), most_bytes=1 << 20),
    ]
    for reading in readings:
        try:
            reading()
        except As2Error:
            pass


@pytest.fixture(scope="session")
def specimens(birch: KeyPair) -> list[bytes]:
    """One of each kind, in DER and, opened up, of indefinite length."""
    small = Memory()
    compress(Memory(ORDER), small)
    made = [
        signed(ORDER, birch),
        signed(ORDER, birch, attributes=False, by="ski", pss=True),
        enclosed(ORDER[:200], birch),
        encrypted(ORDER[:200], birch),
        encrypted(ORDER[:200], birch, cipher="aes256-gcm", transport="oaep-sha256", by="ski"),
        small.read(0, small.size),
    ]
    return [*made, *(_loosened(each) for each in made)]


def _loosened(message: bytes) -> bytes:
    """The outermost two elements with indefinite lengths."""
    start = 2 + (message[1] & 0x7F if message[1] > 0x80 else 0)
    kind = message[start : start + 2 + message[start + 1]]
    rest = message[start + len(kind) :]
    inner = rest[2 + (rest[1] & 0x7F if rest[1] > 0x80 else 0) :]
    return b"\x30\x80" + kind + b"\xa0\x80" + inner + b"\0\0" * 2


def test_the_loosened_specimens_are_good(specimens: list[bytes], birch: KeyPair) -> None:
    for message in (specimens[6], specimens[7]):
        assert verify(message, digests_of(ORDER), [birch.certificate], ALL_DIGESTS)
    assert decrypt(Memory(specimens[9]), Memory(), [birch], ALL_WAYS)
    assert decrypt(Memory(specimens[10]), Memory(), [birch], ALL_WAYS)


@given(data=st.data())
@_SETTINGS
def test_changed_messages_raise_only_our_errors(data: st.DataObject, specimens: list[bytes], birch: KeyPair) -> None:
    message = bytearray(data.draw(st.sampled_from(specimens)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(message) - 1))
        what = data.draw(st.sampled_from(["change", "take", "put", "twice"]))
        if what == "change":
            message[place] = data.draw(st.sampled_from([0, 1, 2, 4, 5, 6, 0x24, 0x30, 0x31, 0x7F, 0x80, 0xA0, 0xFF]))
        elif what == "take":
            del message[place : place + data.draw(st.integers(1, 40))]
        elif what == "put":
            message[place:place] = data.draw(st.binary(min_size=1, max_size=20))
        else:
            message[place:place] = message[place : place + data.draw(st.integers(1, 300))]
        if not message:
            return
    _all(Memory(bytes(message)), birch)


@given(message=st.binary(max_size=400))
@_SETTINGS
def test_any_octets_raise_only_our_errors(message: bytes, birch: KeyPair) -> None:
    _all(Memory(message), birch)
    _all(Memory(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07" + message), birch)


def test_each_header_with_each_of_many_octets_raises_only_our_errors(specimens: list[bytes], birch: KeyPair) -> None:
    """The places that decide about shape are few; each is tried with what would hurt most, over a drawn part."""
    drawn = random.Random(5)
    for message in specimens:
        for place in drawn.sample(range(len(message)), min(60, len(message))):
            for octet in (0x00, 0x24, 0x30, 0x80, 0x84, 0xA0, 0xFF):
                _all(Memory(message[:place] + bytes([octet]) + message[place + 1 :]), birch)


def test_what_has_indefinite_lengths_and_ends_early_is_malformed(specimens: list[bytes], birch: KeyPair) -> None:
    for number, message in enumerate(specimens[6:]):
        for end in range(1, 60):
            cut = Memory(message[:-end])
            with pytest.raises(Malformed):
                if number in (0, 1):
                    verify(cut.read(0, cut.size), digests_of(ORDER), [birch.certificate], ALL_DIGESTS)
                elif number == 2:
                    open_opaque(cut, Memory(), [birch.certificate])
                elif number in (3, 4):
                    decrypt(cut, Memory(), [birch], ALL_WAYS)
                else:
                    decompress(cut, Memory())


def test_bombs_of_structure_cost_little(birch: KeyPair) -> None:
    """Depth, count, lengths that lie: each is stopped by a limit."""
    for bomb in (
        b"\x30\x80" * 500_000,
        b"\x24\x80" * 500_000,
        b"\x30\x80" + b"\x30\x00" * 500_000,
        b"\x30\x84\xff\xff\xff\xff" * 100_000,
        b"\x30\x83\x0f\xff\xff" * 200_000,
    ):
        _all(Memory(bomb), birch)
