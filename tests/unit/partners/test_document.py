import pytest

from gateway.partners.document import MAXIMUM_BYTES, Document, parse
from gateway.partners.problems import Problems


def parsed(text: str) -> Document:
    problems = Problems()
    document = parse("f.yaml", text, problems)
    problems.raise_if_any()
    assert document is not None
    return document


def refused(text: str) -> list[str]:
    problems = Problems()
    assert parse("f.yaml", text, problems) is None
    return [str(problem) for problem in problems.found]


def test_scalars_stay_the_text_they_are() -> None:
    assert parsed("a: no\nb: 004010\nc: [850, 1.50, 2026-01-01]\n").value == {
        "a": "no",
        "b": "004010",
        "c": ["850", "1.50", "2026-01-01"],
    }


def test_every_value_and_key_knows_its_place() -> None:
    document = parsed("a:\n  b: [x, y]\n")

    assert str(document.key(("a", "b"))) == "f.yaml:2"
    assert (document.key(("a", "b")).column, document.place(("a", "b")).column) == (3, 6)
    assert document.place(("a", "b", 1)).column == 10


def test_what_is_not_there_is_placed_at_the_table_around_it() -> None:
    assert parsed("a:\n  b: x\n").place(("a", "missing")).line == 2


def test_an_anchor_and_an_alias_are_refused_where_they_stand() -> None:
    assert refused("a: &x [1]\nb: *x\n") == [
        "f.yaml:1:4: P002: anchors are not used in partner files (&x): write it out",
        "f.yaml:2:4: P002: aliases are not used in partner files (*x): write it out",
    ]


def test_a_merge_key_is_refused() -> None:
    assert refused("a:\n  <<: {b: c}\n") == ["f.yaml:2:3: P002: merge keys are not used in partner files: write it out"]


def test_a_tag_is_refused_and_makes_nothing() -> None:
    assert refused("a: !!python/object/apply:os.getcwd []\n") == [
        "f.yaml:1:4: P002: tags are not used in partner files (tag:yaml.org,2002:python/object/apply:os.getcwd)"
    ]


def test_a_key_that_stands_twice_is_refused_at_the_second() -> None:
    assert refused("a:\n  b: 1\n  b: 2\n") == ["f.yaml:3:3: P003: 'b' stands twice in this table (first on line 2)"]


def test_a_file_over_the_limit_is_refused_unread() -> None:
    assert refused("a: " + "x" * MAXIMUM_BYTES) == [f"f.yaml:1:1: P001: the file has more than {MAXIMUM_BYTES} bytes"]


def test_nesting_and_number_of_values_are_bounded() -> None:
    assert refused("a: " + "[" * 5_000)[0].endswith("P001: nested deeper than 8")
    assert refused("a: [" + "x," * 30_000 + "]")[0].endswith("P001: more than 20000 values")


def test_an_alias_bomb_costs_nothing() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))

    assert "P002" in refused(bomb)[0]


def test_broken_yaml_is_refused_where_it_breaks() -> None:
    assert refused("a: 1\nb: [1, 2\n")[0].startswith("f.yaml:3:1: P001: not readable as YAML")


@pytest.mark.parametrize("text", ["", "text", "- a\n", "a: 1\n---\nb: 2\n", "a: \x00", "? {b: c}\n: d\n", "[a]: b\n"])
def test_what_is_no_single_table_is_refused(text: str) -> None:
    assert "P001" in refused(text)[0]


def test_a_tab_and_a_control_character_are_told_where_they_stand() -> None:
    assert refused("a: 1\n\tb: 2\n") == [
        "f.yaml:2:1: P001: not readable as YAML: a tab stands here; indent with spaces"
    ]
    assert refused("a: \x07\n") == [
        "f.yaml:1:4: P001: not readable: a control character (0x07) stands here: take it out"
    ]


def test_what_is_not_utf_8_is_told_with_its_place() -> None:
    text = b"name: Acme\nowner: Fr\xe9d\n".decode(errors="surrogateescape")

    assert refused(text) == ["f.yaml:2:10: P001: not UTF-8: byte 0xE9 is no character; save the file as UTF-8"]
