"""AS2 names and Message-IDs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.errors import Malformed
from gateway.as2.names import read_message_id, read_name, same_message, write_message_id, write_name
from gateway.errors import UsageError


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("HARBORPINE", "HARBORPINE"),
        (" harborpine ", "harborpine"),
        ('"North Gate"', "North Gate"),
        ("North Gate", "North Gate"),
        ('"HARBORPINE"', "HARBORPINE"),
        (r'"say \"hi\" \\"', r'say "hi" \ '.rstrip()),
        ("4012345000009:ZZ!#$%&'()*+,-./<=>?@[]^_`{|}~", "4012345000009:ZZ!#$%&'()*+,-./<=>?@[]^_`{|}~"),
        ("x" * 128, "x" * 128),
    ],
)
def test_a_name_is_the_same_with_and_without_quotes(written: str, name: str) -> None:
    assert read_name(written) == name


@pytest.mark.parametrize(
    "written",
    ["", " ", '""', "x" * 129, '"' + "x" * 129 + '"', 'a"b', '"a', r"a\b", r'"a\b"', '"a"b"', "Bär", "a\tb",
     "a\x00", "a\r\nb"],
)  # fmt: skip
def test_what_is_no_as2_name_is_refused(written: str) -> None:
    with pytest.raises(Malformed):
        read_name(written)


@pytest.mark.parametrize("name", ["", "x" * 129, "Bär", "a\r\nAS2-To: b", "a\0b", "a\tb"])
def test_what_is_no_as2_name_is_not_written(name: str) -> None:
    with pytest.raises(UsageError):
        write_name(name)


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=128))
def test_a_name_that_is_written_is_read_back(name: str) -> None:
    assert read_name(write_name(name)) == name


@pytest.mark.parametrize(
    "value", ["<a@b>", " <a@b> ", "<AS2-1@North Gate_HARBORPINE>", "no brackets", "<" + "x" * 968 + ">", "<#1#@x>"]
)
def test_message_ids_are_taken_as_partners_write_them(value: str) -> None:
    assert read_message_id(value) == value.strip()


@pytest.mark.parametrize("value", ["", "  ", "<>", "<a@b\r\n>", "<a\x00@b>", "<ä@b>", "x" * 971])
def test_what_cannot_be_returned_in_a_receipt_is_no_message_id(value: str) -> None:
    with pytest.raises(Malformed):
        read_message_id(value)


@pytest.mark.parametrize("value", ["a@b", "<a b@c>", "<a>", "<a@b>\r\nX: y", "<a@<b>>", "<" + "x" * 250 + "@yyyy>", ""])
def test_our_message_ids_follow_the_grammar(value: str) -> None:
    with pytest.raises(UsageError):
        write_message_id(value)


def test_our_message_ids_are_written_as_they_are() -> None:
    assert write_message_id("<01K@gateway.example>") == "<01K@gateway.example>"


def test_a_message_is_known_by_its_id_without_its_brackets() -> None:
    assert same_message("<a@b>", " a@b")
    assert not same_message("<a@b>", "<A@b>")
    assert not same_message("<>", "")
