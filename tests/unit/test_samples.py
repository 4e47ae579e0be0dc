"""Every case of `edi_samples/` is read, mapped and acknowledged exactly as its files say; so is every fixture."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.canonical import json_schema
from gateway.canonical.sets import CANONICAL_TYPES
from gateway.cli.x12_terms import terms_of
from gateway.mapping.fixtures import compare
from gateway.mapping.library import Library
from gateway.mapping.to_canonical import dumps
from gateway.partners.book import Book, load
from gateway.store.authored import read_folder
from gateway.x12.acknowledge import check, functional_acknowledgement
from gateway.x12.interchange import Event, InterchangeResult, SetResult, Terms
from gateway.x12.read import examine
from gateway.x12.response import FunctionalKind

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "edi_samples"
CASES = sorted(path.parent for path in SAMPLES.rglob("in.edi"))
FIXTURES = sorted((ROOT / "mappings").glob("*/*/fixtures/*.edi"))
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(SAMPLES)))


@cache
def library() -> Library:
    mappings = ROOT / "mappings"
    files = {str(path.relative_to(mappings)): path for path in mappings.rglob("*.map.yaml")}
    return Library({name: path.read_text(encoding="utf-8") for name, path in files.items()})


@cache
def book() -> Book:
    return load(read_folder(ROOT / "partners", (".yaml",)))


every_mapping = pytest.mark.parametrize("mapping", library().names())


@cache
def agreed(partner: str) -> Callable[..., Terms] | None:
    """How the sets of a partner are read, whoever sent them."""
    return terms_of(partner, ROOT / "partners")


def events_of(path: Path, partner: str = "") -> Iterator[Event]:
    """What reading a file gives: under what was agreed with a partner, if one is named, else by the standard."""
    return examine(path.read_bytes(), agreed(partner))


def sets_of(path: Path, partner: str = "") -> list[SetResult]:
    return [event for event in events_of(path, partner) if isinstance(event, SetResult)]


def partner_of(case: Path) -> str:
    return case.relative_to(SAMPLES).parts[0]


def canonical_of(case: Path) -> str:
    """The canonical type that the sets of a case become."""
    return CANONICAL_TYPES[case.parent.name.partition("-")[0]]


def answer_to(case: Path) -> FunctionalKind:
    """997 or 999, as was agreed about the sets of a case."""
    partner, kind, _name = case.relative_to(SAMPLES).parts
    found = [one for one in book().agreements if (one.partner, one.set_id) == (partner, kind.partition("-")[0])]
    assert found[0].acknowledge.functional != "none"
    return found[0].acknowledge.functional


def delivered(case: Path, result: SetResult) -> list[Any]:
    """The canonical bodies of a set as the road would deliver them; None for one when anything on the way says no."""
    if result.status == "R" or result.content is None:
        return [None]
    mapping = library().compile(f"{partner_of(case)}/{result.header.id}@1")
    parts = mapping.parts(mapping.read(result.content))
    return [None if one.effect in {"refuse", "park"} else json.loads(dumps(one.document)) for one in parts]


@every_case
def test_each_set_becomes_the_canonical_documents_beside_it(case: Path) -> None:
    expected = json.loads((case / "canonical.json").read_text(encoding="utf-8"))
    sets = sets_of(case / "in.edi", partner_of(case))

    assert [document for result in sets for document in delivered(case, result)] == expected


@every_case
def test_the_acknowledgement_is_the_one_beside_it_byte_for_byte(case: Path) -> None:
    events = events_of(case / "in.edi", partner_of(case))
    result = next(event for event in events if isinstance(event, InterchangeResult))

    draft = functional_acknowledgement(result, kind=answer_to(case))

    assert draft is not None
    assert check(draft) == ()
    assert draft.seal(interchange_number=1, group_numbers=[1], now=NOW) == (case / "ack.edi").read_bytes()


@every_case
def test_each_canonical_document_fits_the_exported_schema(case: Path) -> None:
    validator = Draft202012Validator(json_schema(canonical_of(case)))

    for document in json.loads((case / "canonical.json").read_text(encoding="utf-8")):
        if document is not None:
            validator.validate(document)


@every_case
def test_each_case_says_in_three_lines_why_it_is_there(case: Path) -> None:
    lines = (case / "why.md").read_text(encoding="utf-8").splitlines()

    assert 1 <= len(lines) <= 3
    assert all(line.strip() for line in lines)


@every_case
def test_a_case_has_its_four_files_and_stands_where_its_content_says(case: Path) -> None:
    partner, kind, _name = case.relative_to(SAMPLES).parts
    headers = {f"{result.header.id}-{result.content.release}" for result in sets_of(case / "in.edi") if result.content}

    assert sorted(path.name for path in case.iterdir()) == ["ack.edi", "canonical.json", "in.edi", "why.md"]
    assert headers == {kind}
    assert f"{partner}/{kind.partition('-')[0]}@1" in library().names()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_a_fixture_is_clean_under_the_guide(path: Path) -> None:
    owner = path.parts[-4]
    results = sets_of(path, owner if owner in book().partners else "")

    assert results
    assert [result.status for result in results] == ["A"] * len(results)
    assert [finding.message for result in results for finding in result.findings] == []


@every_mapping
def test_a_mapping_reads_its_own_fixtures_exactly(mapping: str) -> None:
    compiled = library().compile(mapping)

    for fixture in library().fixtures(mapping):
        contents = [result.content for result in sets_of(ROOT / "mappings" / fixture.edi)]
        expected = (ROOT / "mappings" / fixture.json).read_text(encoding="utf-8")
        assert compare(expected, [compiled.read(content) for content in contents if content]) == ()


def test_every_fixture_file_belongs_to_a_test_of_its_mapping() -> None:
    declared = {ROOT / "mappings" / fixture.edi for name in library().names() for fixture in library().fixtures(name)}

    assert set(FIXTURES) == declared
