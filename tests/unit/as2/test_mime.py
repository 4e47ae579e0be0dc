"""Finding the parts of multiparts."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2 import mime
from gateway.as2.errors import As2Error, Malformed, OverLimit
from gateway.as2.headers import Headers
from gateway.as2.mime import Entity, boundary_of, read_entity, split
from gateway.as2.parameters import Structured
from gateway.as2.source import Memory, whole
from gateway.as2.wrap import multipart


def _split(body: bytes, boundary: bytes = b"b", *, may_end_early: bool = False) -> list[bytes]:
    return [whole(part) for part in split(Memory(body), boundary, may_end_early=may_end_early)]


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (b"--b\none\n--b\ntwo\n--b--\n", [b"one", b"two"]),
        (b"--b\none\n--b--", [b"one"]),
        (b"\n--b\none\n--b--", [b"one"]),
        (b"a preamble\nof lines\n--b\none\n--b--\nan epilogue\n--b\nno part\n--b--", [b"one"]),
        (b"abc\nno part\n--b\none\n--b--", [b"one"]),
        (b"--b \t \none\n--b-- \t\n", [b"one"]),
        (b"--b\none\n\n--b--\n", [b"one\n"]),
        (b"--b\n\n--b\n--b--\n", [b"", b""]),
        (b"--b\none --b two\n--bb\n --b\n--b--x\n--b x\n--b--\n", [b"one --b two\n--bb\n --b\n--b--x\n--b x"]),
        (b"--b\n--c\ninner\n--c--\n--b--\n", [b"--c\ninner\n--c--"]),
        (b"--b\n\x00\xff--b\x00\n--b--", [b"\x00\xff--b\x00"]),
    ],
)
def test_parts_lie_between_delimiter_lines(body: bytes, parts: list[bytes], line_end: bytes) -> None:
    body, parts = body.replace(b"\n", line_end), [part.replace(b"\n", line_end) for part in parts]

    assert _split(body) == parts


def test_one_line_end_before_a_delimiter_is_its_own_and_no_more() -> None:
    assert _split(b"--b\r\nbinary\r\r\n--b--") == [b"binary\r"]
    assert _split(b"--b\r\nbinary\n\r\n--b--") == [b"binary\n"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no parts",
        b"--b" + b" " * 201 + b"\none\n--b--",
        b"--b" + b" " * 300,
        b"--b--\n",
        b"--b",
        b"--b\none",
        b"--b\none\n--bb--\n",
        b"x--b\none\n--b--",
        b"\n --b\n",
    ],
)
def test_a_multipart_without_its_delimiters_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        _split(body)


def test_an_end_that_is_guarded_otherwise_may_be_missing() -> None:
    assert _split(b"--b\none\n--b\ntwo", may_end_early=True) == [b"one", b"two"]


def test_more_parts_than_the_limit_are_refused() -> None:
    assert len(_split(b"--b\nx\n" * 50 + b"--b--")) == 50
    with pytest.raises(OverLimit, match="50 parts"):
        _split(b"--b\nx\n" * 51 + b"--b--")


@pytest.mark.parametrize("boundary", ["b", "----=_Part_1.2'()+_,-./:=?", "a b", "x" * 200])
def test_boundaries_are_read_as_partners_make_them(boundary: str) -> None:
    found = boundary_of(Structured("multipart/mixed", {"boundary": boundary}))
    body = b"--" + found + b"\r\none\r\n--" + found + b"--\r\n"

    assert _split(body, found) == [b"one"]


@pytest.mark.parametrize("boundary", ["", "x" * 201, "a\r\nb", "ä", "b ", "\0"])
def test_what_can_be_no_boundary_is_refused(boundary: str) -> None:
    with pytest.raises(Malformed):
        boundary_of(Structured("multipart/mixed", {"boundary": boundary}))


@settings(deadline=None)
@given(st.integers(1, 60), st.lists(st.binary(max_size=40), min_size=1, max_size=5))
def test_parts_are_found_whatever_the_blocks_cut(block: int, contents: list[bytes]) -> None:
    entity = multipart("mixed", [Memory(content) for content in contents], "0123456789")
    boundary = boundary_of(entity.content_type)
    if any(boundary in content for content in contents):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mime, "BLOCK", max(block, len(boundary) + 4))

        assert [whole(part) for part in split(entity.body, boundary)] == contents


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"--b", b"--", b"\r", b"\n", b"\r\n", b" ", b"b", b"x"]), max_size=40))
def test_any_bytes_are_split_or_refused(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    try:
        parts = _split(body)
    except As2Error:
        return
    assert all(part in body for part in parts)


def _seconds(body: bytes) -> float:
    before = time.perf_counter()
    try:
        _split(body, b"boundary")
    except As2Error:
        pass
    return time.perf_counter() - before


@pytest.mark.parametrize("unit", [b"\n--boundary-", b"\n--boundar", b"\n-", b"\r\n", b"--boundary", b"\n--boundary \t"])
def test_a_body_made_to_take_time_takes_no_more_than_its_size(unit: bytes) -> None:
    _seconds(unit * 1000)

    assert _seconds(b"--boundary\n" + unit * (8_000_000 // len(unit))) < 2


def test_look_alikes_of_a_delimiter_are_counted() -> None:
    with pytest.raises(OverLimit, match="look like"):
        _split(b"--b\n" + b"--bb\n" * 1001 + b"--b--")


def test_an_entity_knows_its_type_once() -> None:
    entity = read_entity(Memory(b"Content-Type: Multipart/Mixed; boundary=x\n\nbody"))

    assert entity.content_type.value == "multipart/mixed"
    assert whole(entity.body) == b"body"
    assert Entity(Headers(), Memory()).content_type.value == ""
    with pytest.raises(Malformed):
        _ = Entity(Headers.of([("Content-Type", "a/b"), ("content-type", "a/b")]), Memory()).content_type
