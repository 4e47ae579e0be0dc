"""`gateway mapping test|diff|release`, and what `check` says of fields without a fixture."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.mapping import app
from gateway.cli.mapping_book import library_in
from gateway.cli.mapping_release import _write
from gateway.errors import MachineError, NotInOrder, UsageError
from gateway.mapping.lock import sha256_of
from tests.unit.cli.test_mapping import DOCUMENT, ORDER
from tests.unit.mapping.orders import a_mapping, an_overlay

TESTS = "tests: [{name: basic, edi: fixtures/basic.edi, json: fixtures/basic.json, round_trip: canonical}]\n"
OVERLAY = an_overlay('codes: {unit: {EA: each, "*": keep}}\nmap: {lines.unit: {at: PO103, code: unit}}\n' + TESTS)


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    """x12/850@1 and, on it, acme/850@1, each with a good fixture."""
    unit = {**DOCUMENT, "lines": [{"quantity": "2", "unit": "each"}]}
    for owner, text, document in (("x12", a_mapping(rest=TESTS), DOCUMENT), ("acme", OVERLAY, unit)):
        folder = tmp_path / owner / "850"
        (folder / "fixtures").mkdir(parents=True)
        (folder / "v1.map.yaml").write_text(text)
        (folder / "fixtures" / "basic.edi").write_text(ORDER)
        (folder / "fixtures" / "basic.json").write_text(json.dumps(document))
    return tmp_path


def run(mappings: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--mappings", str(mappings)])


def rewritten(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


# ---------------------------------------------------------------------------------------------------- test


def test_every_fixture_is_told_both_ways(mappings: Path) -> None:
    result = run(mappings, "test")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "acme/850@1: basic",
        "  COMPARED                            RESULT",
        "  basic.edi read, as basic.json       equal (1 set)",
        "  basic.json written, and read again  equal (canonical)",
        "x12/850@1: basic",
        "  COMPARED                            RESULT",
        "  basic.edi read, as basic.json       equal (1 set)",
        "  basic.json written, and read again  equal (canonical)",
        "2 mappings, 2 fixtures: all as expected",
    ]


def test_what_differs_is_told_field_by_field(mappings: Path) -> None:
    rewritten(mappings / "x12" / "850" / "fixtures" / "basic.json", '"2"', '"2.0"')

    result = run(mappings, "test", "x12/850")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[2:] == [
        "  basic.edi read, as basic.json       1 difference",
        "  basic.json written, and read again  not compared: not before it reads as expected",
        "    AT                 EXPECTED  FOUND",
        '    lines[0].quantity  "2.0"     "2"',
        "1 mapping, 1 fixture: 1 differ",
    ]


def test_what_is_not_written_back_is_told_segment_by_segment(mappings: Path) -> None:
    rewritten(mappings / "acme" / "850" / "v1.map.yaml", "round_trip: canonical", "round_trip: exact")

    result = run(mappings, "test", "acme/850", "--json")

    [line] = [json.loads(each) for each in result.stdout.splitlines()]
    assert (result.exit_code, line["good"], line["read"]["differences"]) == (1, False, [])
    assert [(each["place"], each["expected"], each["found"]) for each in line["written"]["differences"]] == [
        ("segment 3", "PO1*1*2*EA*1.50", "nothing"),
        ("segment 3", "nothing", "PO1**2*EA"),
        ("segment 4", "nothing", "CTT*1"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("round_trip: canonical", "round_trip: none, why: never sent", "not compared: round_trip: none"),
        ("owner:", "direction: read\nowner:", "not compared: direction: read"),
    ],
)
def test_what_is_not_compared_says_why(mappings: Path, old: str, new: str, said: str) -> None:
    rewritten(mappings / "acme" / "850" / "v1.map.yaml", old, new)

    result = run(mappings, "test", "acme/850")

    assert result.exit_code == 0
    assert said in result.stdout


# -------------------------------------------------------------------------------------------------- covered


def test_fields_without_a_fixture_are_a_warning_that_strict_makes_a_mistake(mappings: Path) -> None:
    rewritten(mappings / "acme" / "850" / "v1.map.yaml", "map: {", "map: {department: REF(DP).02, release: BEG04, ")

    result = run(mappings, "check", "acme/850")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "acme/850@1: good, 1 fixture",
        f"{mappings}/acme/850/v1.map.yaml:1:1: W180: no fixture has 2 of 3 fields: department, release",
    ]
    assert run(mappings, "check", "acme/850", "--strict").exit_code == 1
    assert run(mappings, "check", "x12/850", "--strict").exit_code == 0


def test_what_was_taken_over_is_covered_where_one_of_its_places_is(mappings: Path) -> None:
    file = mappings / "x12" / "850" / "v1.map.yaml"
    file.write_text(file.read_text() + "  buyer: {in: N1(BY), name: N102}\n  bill_to: {like: buyer, in: N1(BT)}\n")
    folder = file.parent / "fixtures"
    (folder / "basic.edi").write_text(ORDER.replace("PO1*1", "N1*BT*B~PO1*1").replace("SE*4", "SE*5"))
    (folder / "basic.json").write_text(json.dumps({**DOCUMENT, "bill_to": {"name": "B"}}))

    assert "W180: no fixture has 1 of 9 fields: buyer\n" in run(mappings, "check", "x12/850").stdout


# ----------------------------------------------------------------------------------------------------- diff


def test_two_versions_are_told_apart_in_words(mappings: Path) -> None:
    second = (
        OVERLAY.replace("version: 1\n", "version: 2\n")
        .replace("EA: each,", "EA: piece, BX: !read box,")
        .replace('"*": keep', '"*": refuse')
        .replace("map: {", "map: {department: REF(19).02, release: !remove, currency: {at: CUR02, with: {CUR01: BY}}, ")
    )
    base = a_mapping("department: REF(DP).02\nrelease: BEG04\ncurrency: {at: CUR02, default: USD}", rest=TESTS)
    (mappings / "x12" / "850" / "v1.map.yaml").write_text(base.replace("CUR02,", "CUR02, with: {CUR01: SE},"))
    (mappings / "acme" / "850" / "v2.map.yaml").write_text(second)

    result = run(mappings, "diff", "acme/850@1", "acme/850@2", "--json")

    found = json.loads(result.stdout)
    assert (result.exit_code, found["from"], found["to"]) == (0, "acme/850@1", "acme/850@2")
    assert [(each["subject"], each["said"]) for each in found["changes"]] == [
        ("release", "removed: it was BEG04"),
        ("department", "moved from REF(DP).02 to REF(19).02"),
        ("currency", "default USD is gone"),
        ("currency", "with CUR01 BY, was CUR01 SE"),
        ("code list 'unit'", "EA is piece, was each"),
        ("code list 'unit'", "BX (box, only read) is new"),
        ("code list 'unit'", "other codes are refused, were kept as they stand"),
    ]
    assert found["changes"][1]["origin"].startswith("acme/850/v2.map.yaml:")


def test_what_a_change_does_to_fixtures_is_told(mappings: Path) -> None:
    (mappings / "acme" / "850" / "v2.map.yaml").write_text(
        OVERLAY.replace("version: 1\n", "version: 2\n").replace("EA: each,", "EA: piece,")
    )

    result = run(mappings, "diff", "acme/850@1", "acme/850@2")

    assert result.exit_code == 0
    assert "  code list 'unit'  EA is piece, was each  acme/850/v2.map.yaml:5" in result.stdout.splitlines()
    shown = result.stdout.partition("fixture of acme/850@1: basic\n")[2].splitlines()
    assert [line.split() for line in shown] == [
        ["READ", "acme/850@1", "acme/850@2"],
        ["lines[0].unit", '"each"', '"piece"'],
        ["WRITTEN", "FROM", "THE", "SAME", "DOCUMENT", "acme/850@1", "acme/850@2"],
        ["segment", "3", "PO1**2*EA", "nothing"],
        ["segment", "3", "nothing", "PO1**2"],
    ]


def test_what_is_the_same_is_said_to_be(mappings: Path) -> None:
    (mappings / "acme" / "850" / "v2.map.yaml").write_text(OVERLAY.replace("version: 1\n", "version: 2\n"))

    assert run(mappings, "diff", "acme/850@1", "acme/850@2").stdout.splitlines() == [
        "acme/850@1 to acme/850@2: the same fields and codes",
        "fixture of acme/850@1: basic: read and written alike",
    ]


def test_a_list_that_came_is_told_once_with_what_is_in_it(mappings: Path) -> None:
    (mappings / "acme" / "850" / "v2.map.yaml").write_text(
        OVERLAY.replace("version: 1\n", "version: 2\n").replace("map: {", "map: {terms: {each: ITD, kind: ITD01}, ")
    )

    for pair, said in (
        (("acme/850@1", "acme/850@2"), "added: each ITD, with 1 fields in it"),
        (("acme/850@2", "acme/850@1"), "removed: it was each ITD, with all 1 fields in it"),
    ):
        found = json.loads(run(mappings, "diff", *pair, "--json").stdout)
        assert [(each["subject"], each["said"]) for each in found["changes"]] == [("terms[]", said)]


# -------------------------------------------------------------------------------------------------- release


def test_a_version_is_released_with_the_hash_of_its_text(mappings: Path) -> None:
    result = run(mappings, "release", "x12/850@1", "acme/850@1")

    assert result.exit_code == 0, result.output
    hashes = {name: sha256_of((mappings / name / "850" / "v1.map.yaml").read_text()) for name in ("acme", "x12")}
    assert (mappings / "released.lock").read_text() == (
        f"acme/850@1 sha256:{hashes['acme']}\nx12/850@1 sha256:{hashes['x12']}\n"
    )
    assert f"x12/850@1: released, sha256:{hashes['x12']}\n" in result.stdout
    assert run(mappings, "check").exit_code == 0


def test_releasing_again_changes_nothing(mappings: Path) -> None:
    run(mappings, "release", "x12/850@1")
    before = (mappings / "released.lock").read_bytes()

    result = run(mappings, "release", "x12/850@1", "--json")

    assert (result.exit_code, json.loads(result.stdout)["released"]) == (0, False)
    assert (mappings / "released.lock").read_bytes() == before


def test_check_refuses_what_was_edited_after_its_release(mappings: Path) -> None:
    run(mappings, "release", "x12/850@1")
    file = mappings / "x12" / "850" / "v1.map.yaml"
    file.write_text(file.read_text() + "# only a comment\n")

    result = run(mappings, "check", "x12/850")

    assert result.exit_code == 1
    assert result.stdout.startswith(f"{file}:1:1: E004: x12/850@1 was released with other text (released.lock:1)")
    assert "x12/850/v2.map.yaml" in result.stdout
    with pytest.raises(NotInOrder, match="E004"):
        raise_what(run(mappings, "release", "x12/850@1"))


def raise_what(result: Result) -> None:
    assert result.exception is not None
    raise result.exception


def test_what_is_not_good_is_not_released(mappings: Path) -> None:
    rewritten(mappings / "acme" / "850" / "fixtures" / "basic.json", '"2"', '"2.0"')

    with pytest.raises(NotInOrder, match=r"E180: basic: lines\[0\]\.quantity"):
        raise_what(run(mappings, "release", "x12/850@1", "acme/850@1"))

    assert not (mappings / "released.lock").exists()


def test_what_stands_on_something_unreleased_is_not_released(mappings: Path) -> None:
    with pytest.raises(NotInOrder, match="acme/850@1 stands on x12/850@1, which is not released"):
        raise_what(run(mappings, "release", "acme/850@1"))

    assert run(mappings, "release", "x12/850@1").exit_code == 0
    assert run(mappings, "release", "acme/850@1").exit_code == 0


def test_a_release_names_its_version(mappings: Path) -> None:
    with pytest.raises(UsageError, match="which version of x12/850"):
        raise_what(run(mappings, "release", "x12/850"))


def test_what_somebody_else_releases_meanwhile_is_neither_lost_nor_replaced(mappings: Path) -> None:
    library = library_in(mappings)
    lock = mappings / "released.lock"
    other = f"acme/850@1 sha256:{library.sha256('acme/850@1')}\n"

    lock.write_text(other)
    _write(library, ["x12/850@1"], mappings)
    both = lock.read_text()
    lock.write_text(taken := f"x12/850@1 sha256:{'0' * 64}\n")
    with pytest.raises(NotInOrder, match="E004: x12/850@1 was released with other text already"):
        _write(library, ["x12/850@1"], mappings)

    assert both == other + f"x12/850@1 sha256:{library.sha256('x12/850@1')}\n"
    assert lock.read_text() == taken


def test_a_lock_that_cannot_be_written_leaves_the_old_one(mappings: Path) -> None:
    run(mappings, "release", "x12/850@1")
    before = (mappings / "released.lock").read_bytes()
    (mappings / ".released.lock.new").mkdir()

    with pytest.raises(MachineError):
        raise_what(run(mappings, "release", "acme/850@1"))

    assert (mappings / "released.lock").read_bytes() == before
