"""Guides: found by set and version, whole, and consistent in themselves."""

import subprocess
import sys

import pytest

from gateway.x12.guide import ElementUse, LoopSpec, SegmentSpec, envelope, load, nearest, release_of, releases
from tests.unit.x12.samples import VERSIONS
from tests.unit.x12.specimens import GUIDES

ALL = GUIDES


@pytest.mark.parametrize("version", ["004010", "004010VICS", "004010UCS", "004010X092A1"])
def test_industry_version_finds_its_release(version: str) -> None:
    guide = load("850", version)

    assert guide is not None
    assert (guide.release.id, guide.functional_id, guide.title) == ("004010", "PO", "Purchase order")


@pytest.mark.parametrize(
    ("set_id", "version"),
    [
        ("850", ""),
        ("850", "00401"),
        ("850", "003010"),
        ("850", "../../004010"),
        ("999X", "004010"),
        ("../850", "004010"),
        ("", "004010"),
        ("850", "004010\x00"[:5]),
    ],
)
def test_what_is_not_shipped_is_not_found(set_id: str, version: str) -> None:
    assert load(set_id, version) is None


def test_a_guide_is_read_once() -> None:
    assert load("850", "004010") is load("850", "004010VICS")


def test_releases_at_hand() -> None:
    assert releases() == VERSIONS
    assert release_of("009999") is None


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("004010VICS", "004010"),
        ("003010", "004010"),
        ("003060", "004010"),
        ("004030UCS", "004010"),
        ("004040", "005010"),
        ("004060", "005010"),
        ("005040", "005010"),
        ("006010", "005010"),
        ("008010X221", "005010"),
    ],
)
def test_the_nearest_release_stands_in_for_one_without_guides(version: str, release: str) -> None:
    found = nearest(version)

    assert found is not None
    assert found.id == release


@pytest.mark.parametrize("version", ["", "00406", "002040", "010010", "ABCDEF", "0040_0", "4060", "-04060"])
def test_nothing_stands_in_for_what_is_no_release(version: str) -> None:
    assert nearest(version) is None


@pytest.mark.parametrize(("set_id", "version"), ALL)
def test_every_segment_of_a_set_has_a_definition(set_id: str, version: str) -> None:
    guide = load(set_id, version)

    assert guide is not None
    assert {name for name in guide.segment_ids() if guide.segment(name) is None} == set()


@pytest.mark.parametrize(("set_id", "version"), ALL)
def test_every_loop_starts_with_its_mandatory_trigger(set_id: str, version: str) -> None:
    guide = load(set_id, version)

    assert guide is not None
    for _, spec in guide.root.walk():
        if isinstance(spec, LoopSpec):
            first = spec.children[0]
            assert isinstance(first, SegmentSpec)
            assert (first.id, first.requirement, first.maximum) == (spec.id, "M", 1)
    assert {guide.loop_name(spec.id) for _, spec in guide.root.walk() if isinstance(spec, LoopSpec)}.isdisjoint({""})
    assert [spec.id for spec in (guide.root.children[0], guide.root.children[-1])] == ["ST", "SE"]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_note_and_qualifier_names_an_element_and_every_code_fits_its_length(version: str) -> None:
    release = release_of(version)

    assert release is not None
    for segment in (*release.definitions.values(), *envelope().values()):
        for use in segment.elements:
            _assert_use(use)
        for note in segment.notes:
            assert set(note.positions) <= set(range(1, len(segment.elements) + 1)), segment.id
        assert set(segment.qualifiers) <= set(range(1, len(segment.elements) + 1)), segment.id


def _assert_use(use: ElementUse) -> None:
    assert (use.element is None) != (use.composite is None)
    if use.composite is not None:
        assert {at for note in use.composite.notes for at in note.positions} <= set(
            range(1, len(use.composite.elements) + 1)
        )
        for part in use.composite.elements:
            _assert_use(part)
    if use.element is not None:
        assert all(use.element.minimum <= len(code) <= use.element.maximum for code in use.element.codes or ())


@pytest.mark.parametrize(
    ("segment", "qualifiers"),
    [
        ("REF", (1,)),
        ("DTM", (1,)),
        ("N1", (1,)),
        ("SAC", (1, 2)),
        ("MEA", (2,)),
        ("PID", (1,)),
        ("TD5", (2,)),
        ("N3", ()),
    ],
)
def test_bare_condition_means_the_qualifier_of_the_segment(segment: str, qualifiers: tuple[int, ...]) -> None:
    guide = load("850", "004010")

    assert guide is not None
    definition = guide.segment(segment)
    assert definition is not None
    assert definition.qualifiers == qualifiers


def test_place_of_a_loop_and_of_its_segment_are_found_by_path() -> None:
    guide = load("850", "004010")

    assert guide is not None
    loop = guide.root.find("PO1", "PID")
    assert isinstance(loop, LoopSpec)
    assert loop.maximum == 1000
    assert isinstance(guide.root.find("PO1", "PID", "MEA"), SegmentSpec)
    assert guide.root.find("PO1", "BEG") is None


def test_order_of_writing_is_the_order_of_the_diagram() -> None:
    guide = load("997", "005010")

    assert guide is not None
    paths = ["/".join(path) for path, _ in guide.root.walk()]
    assert paths[:4] == ["ST", "AK1", "AK2", "AK2/AK2"]
    assert paths[-2:] == ["AK9", "SE"]


def test_implied_decimals_lengths_and_codes_are_told() -> None:
    guide = load("850", "004010")

    assert guide is not None
    sac = guide.segment("SAC")
    assert sac is not None
    amount, indicator = sac.elements[4].element, sac.elements[0].element
    assert amount is not None
    assert (amount.kind, amount.decimals, amount.maximum) == ("N", 2, 15)
    assert indicator is not None
    assert indicator.codes is not None
    assert "A" in indicator.codes


def test_importing_the_reader_reads_no_guide_and_is_quick() -> None:
    code = "import gateway.x12.read, gateway.x12.guide as g; assert g._release.cache_info().currsize == 0"
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=20)

    assert done.returncode == 0
