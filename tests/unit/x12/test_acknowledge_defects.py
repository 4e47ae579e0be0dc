"""Whatever is wrong in a set, its 997 and its 999 say exactly what was found, and read clean: for us, and for pyx12."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.x12.acknowledge import check, functional_acknowledgement
from gateway.x12.answers import GroupAnswer, SetAnswer
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import InterchangeResult, SetResult
from gateway.x12.read import examine
from gateway.x12.readback import read_answers
from gateway.x12.response import FunctionalKind
from tests.unit.x12 import judge, samples
from tests.unit.x12.results import MARCH, a_finding, a_group, a_header, a_result, a_set

KINDS: list[tuple[str, FunctionalKind]] = [("004010", "997"), ("005010", "997"), ("005010", "999")]
NO_COPY = {"1", "2", "3", "6", "12", "13"}

Edit = tuple[str, int, int, str]
VALUES = [
    "",
    "X",
    "TOO LONG FOR ANYTHING " * 5,
    "20261331",
    "2561",
    "-1.5.2",
    "ZQ",
    "a b",
    "caffé lungo",
    "A:B:C:D",
    "A^B^C",
    "\x01",
    "é",
]
edits = st.tuples(
    st.sampled_from(["drop", "twice", "value", "more", "swap", "foreign", "unknown", "empty"]),
    st.integers(1, len(samples.ORDER) - 1),
    st.integers(1, 12),
    st.sampled_from(VALUES),
)


def spoiled(changes: list[Edit]) -> list[str]:
    """The good order with some things wrong in it."""
    segments = list(samples.ORDER)
    for what, at, element, value in changes:
        at = 1 + at % (len(segments) - 1) if len(segments) > 2 else 1
        parts = segments[at].split("*") if at < len(segments) else ["REF"]
        match what:
            case "drop":
                del segments[at : at + 1]
            case "twice":
                segments[at:at] = [segments[min(at, len(segments) - 1)]] * element
            case "value":
                parts += [""] * (element + 1 - len(parts))
                segments[at : at + 1] = ["*".join([*parts[:element], value, *parts[element + 1 :]])]
            case "more":
                segments[at : at + 1] = ["*".join([*parts, *[value] * element])]
            case "swap":
                segments[at:at], segments[at + 1 : at + 2] = segments[at + 1 : at + 2], []
            case "foreign":
                segments.insert(at, "W01*1*EA")
            case "unknown":
                segments.insert(at, "QQQ*1")
            case _:
                segments[at : at + 1] = [parts[0]]
    return segments


def an_interchange(changes: list[Edit], version: str, count: int | None, control: str | None) -> bytes:
    """The spoiled order between two good ones."""
    good = [samples.closed(["ST*850*" + number, *samples.ORDER[1:]]) for number in ("0001", "0003")]
    bad = samples.closed(["ST*850*0002", *spoiled(changes)[1:]], count, control)
    return samples.interchange(samples.group(good[0], bad, good[1], version=version), version=version)


def answer_to(result: InterchangeResult, kind: FunctionalKind) -> tuple[bytes, GroupAnswer]:
    draft = functional_acknowledgement(result, kind=kind)
    assert draft is not None
    assert check(draft) == ()
    data = draft.seal(interchange_number=1, group_numbers=[1], now=MARCH)
    (answer,) = read_answers(data)
    assert isinstance(answer, GroupAnswer)
    return data, answer


def effective(result: SetResult) -> list[Finding]:
    return [one for one in result.findings if one.effect is not Effect.WARN]


def assert_says(answer: SetAnswer, result: SetResult) -> None:
    """The answer to a set names what was found, each at its place, and nothing else."""
    found = effective(result)
    own = Counter((one.segment, one.position, one.loop, one.code[6:]) for one in found if one.code[:5] == "AK304")
    elements = Counter(
        (one.segment, one.position, one.element, one.component, one.code[6:])
        for one in found
        if one.code[:5] == "AK403"
    )
    said = {(note.where.segment, note.where.position, note.where.loop, note.code) for note in answer.notes}
    told = Counter(
        (one.where.segment, one.where.position, one.where.element, one.where.component, one.code)
        for note in answer.notes
        for one in note.elements
    )
    codes = list(dict.fromkeys(one.code[6:] for one in found if one.code[:5] == "AK502"))

    assert told == elements
    assert {one for one in said if one[3] != "8"} <= own.keys()
    assert {(segment, position) for segment, position, _, _ in own} | {one[:2] for one in elements} == {
        (segment, position) for segment, position, _, _ in said
    }
    assert answer.status == result.status
    assert list(answer.codes) == ([*codes, *(["5"] if answer.notes and "5" not in codes else [])])[:5]


def assert_copies_only_what_may_stand_there(answer: SetAnswer) -> None:
    for note in answer.notes:
        for element in note.elements:
            assert len(element.value) <= 99
            assert not (element.code in NO_COPY and element.value)
            assert element.value.isascii()
            assert "?" not in element.value


many = st.lists(edits, max_size=5)
counts = st.sampled_from([None, None, None, 3, 999])
controls = st.sampled_from([None, None, None, "0009"])


@pytest.mark.parametrize(("version", "kind"), KINDS)
@given(many, counts, controls)
@settings(deadline=None)
def test_an_answer_says_exactly_what_was_found(
    version: str, kind: FunctionalKind, changes: list[Edit], count: int | None, control: str | None
) -> None:
    (result,) = samples.interchanges(list(examine(an_interchange(changes, version, count, control))))
    _, answer = answer_to(result, kind)
    (group,) = result.groups

    assert answer.oddities == ()
    assert (answer.status, answer.included, answer.received, answer.accepted) == (
        group.status,
        group.included,
        group.received,
        group.accepted,
    )
    for one, found in zip(answer.sets, group.sets, strict=True):
        assert (one.set_id, one.control_number) == (found.header.id, found.header.control_number)
        assert_says(one, found)
        assert_copies_only_what_may_stand_there(one)


@pytest.fixture(scope="session")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judge.widened_maps(tmp_path_factory.mktemp("maps"))


JUDGED: list[tuple[str, FunctionalKind]] = [("004010", "997"), ("005010", "999")]


@pytest.mark.parametrize(("version", "kind"), JUDGED)
@given(changes=many, count=counts, control=controls)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_judge_that_knows_nothing_of_us_finds_nothing_wrong(
    maps: Path, version: str, kind: FunctionalKind, changes: list[Edit], count: int | None, control: str | None
) -> None:
    (result,) = samples.interchanges(list(examine(an_interchange(changes, version, count, control))))

    assert judge.verdict(answer_to(result, kind)[0], maps) == []


@pytest.mark.parametrize(("version", "kind"), JUDGED)
def test_the_judge_passes_a_group_that_is_rejected(maps: Path, version: str, kind: FunctionalKind) -> None:
    data = samples.order(version=version).replace(b"GE*1*7", b"GE*4*8")
    (result,) = samples.interchanges(list(examine(data)))

    assert result.groups[0].status == "R"
    assert judge.verdict(answer_to(result, kind)[0], maps) == []


@pytest.mark.parametrize(("version", "kind"), JUDGED)
def test_the_judge_passes_a_repeated_group_number(maps: Path, version: str, kind: FunctionalKind) -> None:
    group = samples.group(samples.closed(samples.ORDER), version=version)
    (result,) = samples.interchanges(list(examine(samples.interchange(group, group, version=version))))
    draft = functional_acknowledgement(result, kind=kind)
    assert draft is not None

    assert result.groups[1].status == "R"
    assert judge.verdict(draft.seal(interchange_number=1, group_numbers=[1], now=MARCH), maps) == []


@pytest.mark.parametrize("code", ["I4", "I6", "I7", "I8", "I9"])
def test_the_judge_knows_the_codes_of_a_partner_guide_about_segments(maps: Path, code: str) -> None:
    assert judge.verdict(_of_guide(a_finding(f"IK304:{code}", "REF", 4)), maps) == []


@pytest.mark.parametrize("code", ["I6", "I9", "I10", "I11", "I12", "I13"])
def test_the_judge_knows_the_codes_of_a_partner_guide_about_elements(maps: Path, code: str) -> None:
    bad = a_finding(f"IK403:{code}", "REF", 4, element=2, component=1, repeat=2, reference="127", value="X")

    assert judge.verdict(_of_guide(bad), maps) == []


def test_the_judge_passes_a_business_unit(maps: Path) -> None:
    bad = a_finding("AK304:2", "CUR", 3)

    assert judge.verdict(_of_guide(bad, set_id="820", group="RA", unit=("TRN02", "71-4400")), maps) == []


def _of_guide(bad: Finding, set_id: str = "850", group: str = "PO", unit: tuple[str, str] = ("", "")) -> bytes:
    one = a_set("0001", "R", [bad], id_=set_id, unit=unit)
    # Its list for ISA05 has no 12.
    header = replace(a_header(version="00501"), receiver_qualifier="ZZ")
    return answer_to(a_result(a_group(one, status="R", version="005010", functional_id=group), header=header), "999")[0]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (b"AK9*A*1*1*1", b"AK9*Q*1*1*1", "AK9"),
        (b"AK9*A*1*1*1", b"AK9*A*1*1", "AK904"),
        (b"SE*6*", b"SE*7*", "SE"),
        (b"AK2*850*0001~", b"", "AK5"),
    ],
)
def test_the_judge_does_find_faults(maps: Path, old: bytes, new: bytes, complaint: str) -> None:
    (result,) = samples.interchanges(list(examine(samples.order())))
    data, _ = answer_to(result, "997")

    assert old in data
    assert any(complaint in said for said in judge.verdict(data.replace(old, new), maps))


def test_the_maps_of_the_judge_differ_from_its_own_in_four_lists_alone(maps: Path) -> None:
    for name in judge.MAPS.values():
        assert judge.widened_elements(name, maps) == {"GS08", "ST03", "AK101", "AK201"} - (
            {"ST03"} if name.startswith("997") else set()
        )
