"""Reading ASN.1 that others wrote, well or not."""

import pytest

from gateway.as2.cms.ber import MOST_DEPTH, MOST_SMALL, root
from gateway.as2.cms.der import (
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    dotted,
    element,
    header,
    integer,
    oid,
    set_of,
    wrapped,
)
from gateway.as2.errors import Malformed, OverLimit
from gateway.as2.source import BLOCK, Memory


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, "3000"), (127, "307f"), (128, "308180"), (255, "3081ff"), (256, "30820100"), (1 << 32, "30850100000000")],
)
def test_a_length_is_written_in_the_fewest_octets(size: int, expected: str) -> None:
    assert header(SEQUENCE, size).hex() == expected


@pytest.mark.parametrize("name", ["1.2.840.113549.1.7.2", "2.16.840.1.101.3.4.1.46", "0.9", "1.39", "2.999.3"])
def test_an_identifier_is_written_and_read(name: str) -> None:
    assert dotted(oid(name)) == name


def test_an_identifier_of_any_octets_has_a_text() -> None:
    assert dotted(b"") == "0.0"
    assert len(dotted(b"\xff" * 5000)) < 200


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, 1 << 160, -1, -129])
def test_a_number_is_written_and_read(value: int) -> None:
    assert root(Memory(element(SEQUENCE, integer(value)))).number("a number") == value


def test_a_set_is_written_in_order() -> None:
    assert set_of(b"\x02\x01\x05", b"\x02\x01\x01") == element(SET, b"\x02\x01\x01", b"\x02\x01\x05")


def test_layers_stand_around_content_that_is_not_there() -> None:
    before, behind = wrapped(1000, (OCTETS, b"", b""), (SEQUENCE, b"ab", b"cd"))

    assert before + bytes(1000) + behind == element(SEQUENCE, b"ab", element(OCTETS, bytes(1000)), b"cd")


def test_an_octet_string_is_one_however_it_is_cut() -> None:
    cut = element(0x24, element(OCTETS, b"ab"), element(0x24, element(OCTETS, b"c"), element(OCTETS)))
    loose = b"\x24\x80" + element(OCTETS, b"ab") + b"\x24\x80" + element(OCTETS, b"c") + b"\0\0" * 2
    for string in (element(OCTETS, b"abc"), cut, loose):
        assert root(Memory(string)).content() == b"abc"
        assert b"".join(root(Memory(string)).octets()) == b"abc"
        assert root(Memory(string)).der() == element(OCTETS, b"abc")


def test_small_pieces_come_together_and_large_ones_apart() -> None:
    """Whoever decrypts gets blocks, not a thousand octets at a time."""
    small = element(0x24, *[element(OCTETS, bytes(1000))] * 2000)
    large = element(OCTETS, bytes(5 * BLOCK + 3))

    for string, size in ((small, 2_000_000), (large, 5 * BLOCK + 3)):
        blocks = [len(block) for block in root(Memory(string)).octets()]
        assert sum(blocks) == size
        assert max(blocks) <= BLOCK
        assert len(blocks) <= size // BLOCK + 2


def test_children_are_taken_in_order_or_left() -> None:
    sequence = root(Memory(element(SEQUENCE, integer(7), element(OCTETS, b"x"))))

    assert sequence.maybe(OID) is None
    assert sequence.number("seven") == 7
    assert sequence.take("x", OCTETS).content() == b"x"
    assert sequence.maybe(OCTETS) is None
    with pytest.raises(Malformed, match="a third"):
        sequence.take("a third", OCTETS)


def test_what_was_read_through_can_be_read_again() -> None:
    loose = b"\x30\x80" + b"\x24\x80" + element(OCTETS, b"ab") * 3 + b"\0\0" + integer(1) + b"\0\0"
    outer = root(Memory(loose))
    string = outer.take("a string", 0x24)

    assert outer.number("one") == 1
    assert b"".join(string.again().octets()) == b"ababab"
    assert outer.finish() == len(loose)


def test_der_is_made_of_anything() -> None:
    loose = b"\x31\x80" + integer(5) + b"\x30\x81\x03" + integer(1) + b"\0\0"

    assert root(Memory(loose)).der() == element(SET, integer(5), element(SEQUENCE, integer(1)))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30",
        b"\x30\x01",
        b"\x30\x82\x01",
        b"\x30\xff" + bytes(200),
        b"\x30\x89" + bytes(8) + b"\x01\x00",
        b"\x30\x84\x7f\xff\xff\xff",
        b"\x30\x88" + b"\xff" * 8,
        b"\x04\x80ab\0\0",
        b"\x1f\x81\x01\x00",
        b"\x30\x03\x02\x02\x01",
        b"\x30\x80",
        b"\x30\x80\x00",
        b"\x30\x80\x00\x01\x00",
        b"\x30\x80\x30\x80\x00\x00",
        b"\x30\x04\x30\x80\x00\x00\x00\x00",
    ],
)
def test_what_is_no_element_is_malformed(octets: bytes) -> None:
    def through(part: bytes) -> None:
        found = root(Memory(part))
        for child in found:
            child.finish()
        if found.finish() != len(part):
            raise Malformed("something is left")

    with pytest.raises(Malformed):
        through(octets)


def test_an_end_of_contents_has_no_contents() -> None:
    with pytest.raises(Malformed, match="end of contents"):
        root(Memory(b"\x30\x80\x00\x01\x00")).finish()


@pytest.mark.parametrize("opening", [b"\x30\x80", b"\x24\x80"])
def test_levels_are_counted(opening: bytes) -> None:
    """Well before Python's own limit, or memory, is reached."""
    for depth, fits in ((MOST_DEPTH, True), (MOST_DEPTH + 1, False), (100_000, False)):
        found = root(Memory(opening * depth + b"\0\0" * depth))
        if fits:
            found.finish()
        else:
            with pytest.raises(OverLimit):
                found.finish()
            with pytest.raises(OverLimit):
                root(Memory(opening * depth + b"\0\0" * depth)).der()


def test_elements_are_counted() -> None:
    with pytest.raises(OverLimit):
        root(Memory(b"\x30\x80" + b"\x05\x00" * 200_000 + b"\0\0")).finish()


def test_a_small_value_is_not_large() -> None:
    large = element(OCTETS, bytes(MOST_SMALL + 1))
    for string in (large, element(0x24, large), b"\x24\x80" + large + b"\0\0"):
        with pytest.raises(OverLimit):
            root(Memory(string)).content()
        with pytest.raises(OverLimit):
            root(Memory(string)).raw()


def test_something_else_in_a_string_is_malformed() -> None:
    with pytest.raises(Malformed):
        root(Memory(element(0x24, integer(1)))).content()


def test_a_source_that_says_more_than_it_has_is_malformed() -> None:
    class Long(Memory):
        pass

    source = Long(element(OCTETS, bytes(BLOCK * 3))[: BLOCK * 2])
    source.size = BLOCK * 3 + 5

    with pytest.raises(Malformed):
        list(root(source).octets())
