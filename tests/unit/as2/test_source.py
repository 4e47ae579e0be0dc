"""Bytes in memory, parts of them, and several behind each other."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.source import BLOCK, Joined, Memory, Slice, Source, chunks, whole


def _everywhere(source: Source, content: bytes) -> None:
    assert source.size == len(content)
    assert whole(source) == content
    for offset in range(len(content) + 2):
        for size in (0, 1, 3, len(content), len(content) + 5):
            assert source.read(offset, size) == content[offset : offset + size]


def test_memory_gives_back_what_it_was_given() -> None:
    _everywhere(Memory(b"abcdef"), b"abcdef")
    _everywhere(Memory(), b"")


def test_what_is_written_can_be_read_and_the_bytes_it_began_with_are_untouched() -> None:
    first = b"abc"
    memory = Memory(first)
    for piece in (b"", b"de", b"f"):
        memory.write(piece)

    _everywhere(memory, b"abcdef")
    assert first == b"abc"


def test_a_slice_of_a_slice_is_a_slice() -> None:
    _everywhere(Slice(Memory(b"abcdef"), 1, 4), b"bcd")
    _everywhere(Slice(Slice(Memory(b"abcdef"), 1, 5), 1, 9), b"cde")
    _everywhere(Slice(Memory(b"abc"), 5, 9), b"")
    _everywhere(Slice(Memory(b"abc"), 2, 1), b"")


def test_sources_behind_each_other_are_one() -> None:
    _everywhere(Joined([Memory(b"ab"), Memory(), Slice(Memory(b"xcdy"), 1, 3), Memory(b"e")]), b"abcde")
    _everywhere(Joined([]), b"")


@settings(deadline=None)
@given(parts=st.lists(st.binary(max_size=9), max_size=5), offset=st.integers(0, 50), size=st.integers(0, 50))
def test_joined_reads_as_the_joined_bytes(parts: list[bytes], offset: int, size: int) -> None:
    joined = Joined([Memory(part) for part in parts])

    assert joined.read(offset, size) == b"".join(parts)[offset : offset + size]


def test_chunks_are_blocks_in_order() -> None:
    content = bytes(BLOCK) + b"x"

    assert [len(chunk) for chunk in chunks(Memory(content))] == [BLOCK, 1]
    assert list(chunks(Memory(b"abcde"), 2)) == [b"ab", b"cd", b"e"]
    assert list(chunks(Memory())) == []
