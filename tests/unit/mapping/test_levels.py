"""What is wrong with levels is told before any document is read, at the place where it was written."""

import pytest

from gateway.mapping.library import Library
from tests.unit.mapping.orders import a_mapping
from tests.unit.mapping.shipments import BASE, SMALL, flaws


def one(mapping: str, overlay: str = "") -> str:
    """The only flaw, as shown: without the source line and the caret."""
    found = flaws(mapping, overlay)
    assert len(found) == 1, [str(flaw) for flaw in found]
    return str(found[0]).splitlines()[0]


def test_the_small_mapping_is_good() -> None:
    assert flaws(SMALL) == ()


@pytest.mark.parametrize(
    ("said", "wrong", "flaw"),
    [
        ("levels: [S, O, P, I]", "levels: [S, O, 0, I]", "x12/856/v1.map.yaml:6:16: E190: '0' is no level"),
        ("levels: [S, O, P, I]", "levels: [S, O, P, O, I]", "6:19: E190: level O stands twice in levels:"),
        ("levels: [S, O, P, I]", "levels: [S, O, T, P, I]", "6:16: E190: no object of the map has level: T"),
        ("levels: [S, O, P, I]", "levels: [S, O, P]", "6:10: E190: levels: needs I: 'lines' are what the other"),
        ("levels: [S, O, P, I]", "levels: S", "6:9: E002: levels: is a list of HL level codes"),
        ("levels: [S, O, P, I]\n", "", "E190: 'orders' has a level: the head needs levels:"),
        ("level: P", "level: K", "E191: level K is not among levels: I, O, P, S"),
        ("level: P", "level: O", "19:12: E191: level O is mapped to 'orders' already: a level is one list"),
        ("level: P", "level: {P: P}", "19:12: E191: level: is the code of an HL level, like P"),
        ("key: id\n    links", "key: ids\n    links", "20:10: E191: key: 'ids' is no text field of 'packages'"),
        ("key: id\n    links", "key: marks\n    links", "20:10: E191: key: 'marks' is no text field of 'packages'"),
        ("key: id\n    links", "links", "E191: 'lines' needs a key: 'packages' has none already"),
        ("links: {order: O}", "links: {ordr: O}", "links: 'packages' has no text field 'ordr'; did you mean 'order'?"),
        ("links: {order: O}", "links: {order: 0}", "21:20: E191: links: no object with a key has level 0"),
        ("links: {order: O}", "links: {order: I}", "21:20: E191: links: no object with a key has level I"),
        ("links: {order: O}", "links: O", "21:12: E191: links: is a table of fields and levels"),
        ("links: {order: O}", "links: {sscc: O}", "'packages.sscc' is a link: nothing else can map it"),
    ],
)
def test_a_slip_in_levels_is_told_where_it_stands(said: str, wrong: str, flaw: str) -> None:
    assert said in SMALL

    found = [str(each).splitlines()[0] for each in flaws(SMALL.replace(said, wrong, 1))]

    assert any(flaw in text for text in found), found


def test_every_list_having_a_key_leaves_nothing_to_group() -> None:
    assert "one list, the lines, has none" in one(SMALL.replace("level: I\n", "level: I\n    key: number\n"))


def test_levels_are_for_sets_that_have_hl() -> None:
    found = flaws(a_mapping(rest="levels: [S, I]\n").replace("x12/850", "x12/856"))

    assert [flaw.code for flaw in found] == ["E190"]
    assert "850 has no HL" in str(found[0])


def test_levels_stand_at_the_top_of_the_document_only() -> None:
    nested = SMALL.replace("unit: SN103", "unit: SN103\n    descriptions: {level: P, text: PID05}")

    assert "'lines.descriptions': levels are lists at the top of the document" in one(nested)


@pytest.mark.parametrize("key", ["key: kind", "links: {kind: O}"])
def test_key_and_links_go_with_level_only(key: str) -> None:
    stray = SMALL.replace("  orders:", f"  references: {{each: HL(S)/REF, kind: REF01, {key}}}\n  orders:")

    assert "goes with level:, not here" in one(stray)


def test_an_overlay_replaces_the_order_of_levels_and_nothing_else() -> None:
    assert flaws(BASE, "levels: [S, P, O, I]\n") == ()


def test_an_overlay_may_leave_out_a_level_that_the_base_maps() -> None:
    assert flaws(BASE, "levels: [S, O, I]\n") == ()


def test_a_mistake_in_an_overlays_levels_is_shown_in_the_overlay() -> None:
    assert one(BASE, "levels: [S, O, K, I]\n").startswith("acme/856/v1.map.yaml:5:16: E190: no object of the map")


def test_a_link_that_an_overlay_takes_the_level_from_is_told() -> None:
    found = flaws(BASE, "levels: [S, O, P, I]\nmap:\n  pallets: !remove\n")

    assert [str(flaw).splitlines()[0].partition("E191: ")[2] for flaw in found] == [
        "links: no object with a key has level T",
        "links: no object with a key has level T",
    ]


def test_explain_shows_levels_and_links_with_their_lines() -> None:
    rows = {
        row.field: (row.location, row.origin) for row in Library({"x12/856/v1.map.yaml": SMALL}).explain("x12/856@1")
    }

    assert rows["packages[]"] == ("level HL(P)", "x12/856/v1.map.yaml:18")
    assert rows["packages[].order"] == ("key of level O", "x12/856/v1.map.yaml:21")


def test_a_key_and_links_count_as_mapped() -> None:
    assert flaws(SMALL.replace('    id: {read: "sscc"}\n', "")) == ()
