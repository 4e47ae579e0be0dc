"""Files of other projects, good and bad: each is read to its end, and what it holds is answered."""

from pathlib import Path

import pytest

from gateway.x12.acknowledge import check, functional_acknowledgement, interchange_acknowledgement
from gateway.x12.draft import AcknowledgementDraft
from gateway.x12.interchange import InterchangeResult
from tests.unit.x12 import samples
from tests.unit.x12.results import sealed

FOLDER = Path(__file__).parents[2] / "data" / "corpus"
FILES = sorted(path for path in FOLDER.glob("*/*") if not path.name.upper().startswith("LICENSE"))
CONTRADICTIONS = ("004", "026", "027")
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER))[-90:])


def answers(result: InterchangeResult) -> list[AcknowledgementDraft]:
    drafts = (interchange_acknowledgement(result, policy="requested"), functional_acknowledgement(result))
    return [draft for draft in drafts if draft is not None]


def only_acknowledgements(result: InterchangeResult) -> bool:
    return all(group.header.functional_id == "FA" for group in result.groups)


def test_there_are_files_of_many_projects_and_each_has_its_licence() -> None:
    projects = {path.parent for path in FILES}

    assert len(FILES) > 80
    assert len(projects) > 12
    assert [one.name for one in projects if not any(one.glob("LICENSE*"))] == []


@every_file
def test_a_file_is_read_to_its_end_in_pieces_of_any_size(path: Path) -> None:
    data = path.read_bytes()
    events = samples.read(data)

    ends = [event.offset + event.length for event in events if hasattr(event, "length")]
    assert ends
    assert max(ends) <= len(data)


@every_file
def test_an_answer_to_a_file_is_valid(path: Path) -> None:
    for result in samples.interchanges(samples.read(path.read_bytes())):
        for draft in answers(result):
            assert check(draft) == ()
            assert sealed(draft)


def test_nearly_all_files_with_a_readable_header_yield_sets_and_an_answer() -> None:
    readable, yielding = 0, 0
    for path in FILES:
        results = samples.interchanges(samples.read(path.read_bytes()))
        good = [result for result in results if result.note not in CONTRADICTIONS]
        readable += bool(good)
        yielding += bool(good) and all(
            any(group.sets for group in result.groups) and (answers(result) or only_acknowledgements(result))
            for result in good
        )

    assert readable > 65
    assert yielding / readable >= 0.9
