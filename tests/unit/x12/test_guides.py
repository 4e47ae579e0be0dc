"""Every guide, read with documents made from it: all places are found, and one fault gives one finding."""

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from gateway.x12.guide import Guide, envelope, load, release_of, releases
from gateway.x12.interchange import Loop, SetResult
from gateway.x12.labels import _labels, label
from gateway.x12.read import examine
from tests.unit.x12.samples import group, interchange, sets
from tests.unit.x12.specimens import GUIDES, Wish, document, places

ONE_MORE_IS_ANOTHER = {("753", "005010", "N1/N1")}
"""Limits that cannot be seen: the second N1 in a row is read as the one behind LX, whose LX is missing."""

FEW = 100
"""Limits up to this many are tried out."""


def test_the_shipped_guides_are_those_we_know_of() -> None:
    folder = files("gateway.x12") / "guides"
    shipped = [(entry.name[:3], release) for release in releases() for entry in (folder / release / "sets").iterdir()]

    assert sorted(shipped) == sorted(GUIDES)


@pytest.mark.parametrize(("set_id", "version"), GUIDES)
def test_a_document_with_just_what_is_mandatory_is_good(set_id: str, version: str) -> None:
    guide = _guide(set_id, version)

    assert _said(guide, [Wish(())]) == [[]]


@pytest.mark.parametrize(("set_id", "version"), GUIDES)
def test_every_place_of_a_set_is_found_and_kept_in_its_loop(set_id: str, version: str) -> None:
    guide = _guide(set_id, version)
    wishes = [Wish(path) for path in places(guide)]

    results = _read(guide, wishes)

    faulty = {str(wish): result.findings for wish, result in zip(wishes, results, strict=True) if result.findings}
    assert faulty == {}
    lost = [str(wish) for wish, result in zip(wishes, results, strict=True) if not _holds(result, wish)]
    assert lost == []


@pytest.mark.parametrize(("set_id", "version"), GUIDES)
def test_a_mandatory_segment_left_out_is_missing_and_nothing_else_is_wrong(set_id: str, version: str) -> None:
    guide = _guide(set_id, version)
    wishes = [Wish(path, dropped=True) for path in places(guide) if _mandatory(Wish(path))]

    said = _said(guide, wishes)

    wrong = {
        str(wish): found
        for wish, found in zip(wishes, said, strict=True)
        if found != [("AK304:3", wish.place.id, wish.path[-2].id if len(wish.path) > 1 else "")]
    }
    assert wrong == {}


@pytest.mark.parametrize(("set_id", "version"), GUIDES)
def test_one_more_than_the_maximum_is_told_once(set_id: str, version: str) -> None:
    guide = _guide(set_id, version)
    wishes = [
        Wish(path, times=limit + 1)
        for path in places(guide)
        if (limit := _limit(Wish(path))) <= FEW and (set_id, version, str(Wish(path))) not in ONE_MORE_IS_ANOTHER
    ]

    said = _said(guide, wishes)

    wrong = {
        str(wish): found
        for wish, found in zip(wishes, said, strict=True)
        if [one[:2] for one in found] != [("AK304:4" if wish.trigger_of else "AK304:5", wish.place.id)]
    }
    assert wrong == {}


def test_a_routing_request_without_its_second_party_is_told_so() -> None:
    guide = _guide("753", "005010")
    whole = document(guide)

    assert [segment[:3] for segment in whole] == ["ST*", "BGN", "N1*", "LX*", "N1*", "OID", "SE*"]
    assert _found(guide, [*whole[:4], *whole[5:-1], "SE*6*0001"]) == [("AK304:3", "N1", "N1")]
    assert _found(guide, [*whole[:3], *whole[4:-1], "SE*6*0001"]) == [("AK304:3", "LX", "")]


def test_levels_of_a_ship_notice_stand_side_by_side_and_are_what_its_total_counts() -> None:
    guide = _guide("856", "004010")
    levels = ("HL*1**S", "N1*SF*Ours", "HL*2*1*O", "PRF*4711", "HL*3*2*P", "MAN*GM*00012345678905", "HL*4*3*I")
    lines = ("LIN**UP*012345678905", "SN1**12*EA", "CTT*4*12")
    whole = ["ST*856*0001", "BSN*00*A1*20240131*1200*0001", *levels, *lines, "SE*13*0001"]

    (result,) = _examined(guide, [whole])

    assert result.findings == ()
    assert result.content is not None
    assert [loop.head[3] for loop in result.content.tree.loops["HL"]] == ["S", "O", "P", "I"]
    assert (guide.line_item, guide.hash_total) == ("HL", "SN102")


def test_bounded_loops_of_two_kinds_stand_in_one_catalog_price() -> None:
    guide = _guide("832", "005010")
    body = ("BCT*PC", "LIN**UP*1", "CTP**LPR*5", "LS*LM", "LM*VI", "LQ*0*X", "LE*LM", "LS*N1", "N1*ST*A", "LE*N1")

    assert _found(guide, ["ST*832*0001", *body, "SE*12*0001"]) == []


@pytest.mark.parametrize(("set_id", "version"), GUIDES)
def test_what_the_totals_count_is_in_the_set(set_id: str, version: str) -> None:
    guide = _guide(set_id, version)
    total = guide.hash_total

    assert bool(guide.line_item) == ("CTT" in guide.segment_ids())
    assert guide.line_item == "" or guide.root.find(guide.line_item) is not None
    if total:
        definition = guide.segment(total[:-2])
        assert definition is not None
        element = definition.elements[int(total[-2:]) - 1].element
        assert element is not None
        assert (total[:-2] in guide.segment_ids(), element.kind) == (True, "R")


def test_every_label_is_for_a_code_of_a_list_and_short() -> None:
    lists = _code_lists()

    stray = [(element, code) for element, codes in _labels().items() for code in codes if code not in lists[element]]
    assert stray == []
    long = [text for codes in _labels().values() for text in codes.values() if not 0 < len(text.strip()) <= 60]
    assert long == []


def test_a_label_is_found_by_element_and_code() -> None:
    assert label("353", "00") == "original"
    assert label("98", "ST") == "ship to"
    assert label("I18", "023") == "file ends too early"
    assert (label("353", "??"), label("0", "00")) == (None, None)


@pytest.mark.parametrize("element", ["715", "716", "717", "718", "720", "723", "618", "620", "621", "I17", "I18"])
def test_every_code_of_an_acknowledgement_has_a_label(element: str) -> None:
    without_meaning = {"20", "21", "22"} if element in ("716", "718") else set()

    assert _code_lists()[element] - without_meaning == set(_labels()[element])


@pytest.mark.parametrize("version", releases())
def test_names_are_short_and_in_sentence_case(version: str) -> None:
    release = release_of(version)

    assert release is not None
    names = {definition.name for definition in (*release.definitions.values(), *envelope().values())}
    names |= {
        use.element.name for one in release.definitions.values() for use in one.elements if use.element is not None
    }
    assert [name for name in names if not 0 < len(name) <= 40] == []
    kept = re.compile(r"\b([A-Z]{2,}|F\.O\.B)\b")
    assert [name for name in names if kept.sub("", name)[1:] != kept.sub("", name)[1:].lower()] == []
    assert [name for name in names if not name[0].isupper()] == []


def test_the_developer_page_lists_every_guide() -> None:
    page = (Path(__file__).parents[3] / "docs" / "developer.md").read_text(encoding="utf-8")

    rows = [line for line in page.splitlines() if re.match(r"\| \d{3} \|", line)]
    assert rows == [_row(set_id) for set_id in sorted({set_id for set_id, _ in GUIDES})]


def _row(set_id: str) -> str:
    found = [guide for release in releases() if (guide := load(set_id, release)) is not None]
    one = found[-1]
    where = ", ".join(guide.release.id for guide in found)
    return f"| {set_id} | {one.title} | {one.functional_id} | {where} | {one.line_item} | {one.hash_total} |"


def _guide(set_id: str, version: str) -> Guide:
    guide = load(set_id, version)
    assert guide is not None
    return guide


def _mandatory(wish: Wish) -> bool:
    """Mandatory where it stands: a trigger is so when its loop is."""
    return wish.place.requirement == "M" and (wish.trigger_of is None or wish.trigger_of.requirement == "M")


def _limit(wish: Wish) -> int:
    limit = (wish.trigger_of or wish.place).maximum
    return FEW + 1 if limit is None else limit


def _read(guide: Guide, wishes: Sequence[Wish]) -> list[SetResult]:
    return _examined(guide, [document(guide, wish) for wish in wishes])


def _examined(guide: Guide, documents: Sequence[Sequence[str]]) -> list[SetResult]:
    """All documents in one group, read at once, with numbers of their own."""
    numbered = [
        [f"ST*{guide.set_id}*{number:04}", *one[1:-1], f"{one[-1].rpartition('*')[0]}*{number:04}"]
        for number, one in enumerate(documents, start=1)
    ]
    version = guide.release.id
    data = interchange(group(*numbered, version=version, functional_id=guide.functional_id), version=version)
    return sets(list(examine(data)))


def _said(guide: Guide, wishes: Sequence[Wish]) -> list[list[tuple[str, str, str]]]:
    return [[(one.code, one.segment, one.loop) for one in result.findings] for result in _read(guide, wishes)]


def _found(guide: Guide, segments: Sequence[str]) -> list[tuple[str, str, str]]:
    (result,) = _examined(guide, [segments])
    return [(one.code, one.segment, one.loop) for one in result.findings]


def _holds(result: SetResult, wish: Wish) -> bool:
    assert result.content is not None
    loops: list[Loop] = [result.content.tree]
    for above in wish.path[:-1]:
        loops = [inner for loop in loops for inner in loop.loops.get(above.id, ())]
    return any(wish.place.id in loop.segments for loop in loops)


def _code_lists() -> dict[str, set[str]]:
    """The codes of every element, of all releases and the envelope together."""
    lists: dict[str, set[str]] = {}
    every = [release for one in releases() if (release := release_of(one)) is not None]
    definitions = [definition for release in every for definition in release.definitions.values()]
    for definition in (*definitions, *envelope().values()):
        for use in definition.elements:
            parts = use.composite.elements if use.composite is not None else (use,)
            for element in (part.element for part in parts if part.element is not None):
                lists.setdefault(element.reference, set()).update(element.codes or ())
    return lists
