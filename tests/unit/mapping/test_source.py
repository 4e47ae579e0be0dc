import pytest

from gateway.mapping.diagnosis import MappingError
from gateway.mapping.source import MAXIMUM_BYTES, Table, Text, parse


def _refused(text: str) -> str:
    with pytest.raises(MappingError) as caught:
        parse("f.map.yaml", text)
    assert {flaw.code for flaw in caught.value.flaws} == {"E001"}
    return str(caught.value)


def test_scalars_stay_text_as_written() -> None:
    table = parse("f", "a: NO\nb: 01\nc: 1.50\nd: 2026-01-01\n")

    assert [entry.value.value for entry in table.entries.values() if isinstance(entry.value, Text)] == [
        "NO",
        "01",
        "1.50",
        "2026-01-01",
    ]


def test_every_node_knows_line_and_column() -> None:
    table = parse("f", "map:\n  po_number: {at: BEG03}\n")
    inner = table.entries["map"].value
    assert isinstance(inner, Table)

    place = inner.entries["po_number"].key.place
    assert (place.line, place.column, place.source) == (2, 3, "  po_number: {at: BEG03}")


def test_an_alias_is_refused_where_it_stands_and_the_answer_is_named() -> None:
    said = _refused("a: &party {x: y}\nb: *party\n")

    assert "f.map.yaml:1:4" in said
    assert "f.map.yaml:2:4" in said
    assert "like:" in said


def test_a_merge_key_is_refused() -> None:
    assert "merge keys" in _refused("a: {<<: {x: y}}\n")


def test_a_key_that_stands_twice_is_refused_at_the_second() -> None:
    said = _refused("map: 1\nother: 2\nmap: 3\n")

    assert "f.map.yaml:3:1" in said
    assert "first on line 1" in said


def test_an_unknown_tag_is_refused() -> None:
    assert "!!python/object" in _refused("a: !!python/object:os.system x\n").replace("tag:yaml.org,2002:", "!!")


def test_a_file_over_the_limit_is_refused_unread() -> None:
    assert "more than" in _refused("a" * (MAXIMUM_BYTES + 1))


def test_nesting_is_bounded() -> None:
    assert "deeper" in _refused("[" * 10_000)


def test_a_thousandfold_alias_bomb_costs_nothing() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))

    assert "aliases" in _refused(bomb)


@pytest.mark.parametrize(
    "text", ["", "just text", "- a\n- b\n", "a: 1\n---\nb: 2\n", "a: [1, 2\n", "a: \x00", "? {b: c}\n: d\n"]
)
def test_what_is_no_single_table_is_refused(text: str) -> None:
    _refused(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: c\n", "f.map.yaml:2:1: E001: not readable as YAML: a tab stands here; indent with spaces"),
        ("a: b: c\n", "f.map.yaml:1:5: E001: not readable as YAML: mapping values are not allowed in this context; is"),
        ("a: {b\nc: d\n", "is every bracket closed, and a comma between all values?"),
        ("a: @b\n", "text that begins with this character needs quotes"),
        (
            "a:\n    b: c\n  d: e\n",
            "f.map.yaml:3:3: E001: not readable as YAML: did not find expected key; is it indented",
        ),
        (
            "a: b\nc: x\x07y\n",
            "f.map.yaml:2:5: E001: not readable: a control character (0x07) stands here: take it out",
        ),
        ("a: \udcf6\n", "f.map.yaml:1:4: E001: not UTF-8: byte 0xF6 is no character"),
    ],
)
def test_what_is_no_yaml_is_told_with_what_its_author_most_likely_did(text: str, said: str) -> None:
    assert said in _refused(text)
