"""A good order, and one defect at a time: each gives exactly one finding, with its code and place."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from gateway.x12.findings import Effect
from gateway.x12.interchange import Terms
from tests.unit.x12.samples import ORDER, VERSIONS, inserted, order, read, replaced, sets


class Defect(NamedTuple):
    """An order with one fault, and the one finding it must give. `code` may differ per release."""

    name: str
    segments: Sequence[str]
    code: str | tuple[str, str]
    segment: str
    position: int
    element: int = 0
    component: int = 0
    status: str = "R"
    only: str = ""


def _moved(what: str, before: str) -> list[str]:
    moved = next(segment for segment in ORDER if segment.startswith(what))
    return inserted(before, moved, segments=replaced(what, None))


_LINES = [segment for segment in ORDER if segment[:3] not in ("PO1", "PID", "PO4", "SDQ", "SLN")]

STRUCTURE = [
    Defect("BEG missing", replaced("BEG", None), "AK304:3", "BEG", 2),
    Defect("no line at all", _LINES, "AK304:3", "PO1", 16),
    Defect("unknown segment", inserted("REF*IA", "XYZ*1"), "AK304:1", "XYZ", 5),
    Defect("lower-case segment id", replaced("REF*DP", "ref*DP*038"), "AK304:1", "ref", 4),
    Defect("segment of another set", inserted("PER", "BIG*20240131*1"), "AK304:6", "BIG", 6),
    Defect("REF behind ITD", _moved("REF*IA", "DTM*010"), "AK304:7", "REF", 8),
    Defect("BEG behind CUR", _moved("BEG", "REF*DP"), "AK304:7", "BEG", 3),
    Defect("header N1 loop without N1", replaced("N1*", None), "AK304:2", "N3", 13),
    Defect("lines without any PO1", [*ORDER[:15], *ORDER[16:19], *ORDER[20:]], "AK304:3", "PO1", 16),
    Defect("first line without PO1", replaced("PO1*1", None, replaced("CTT", "CTT*1")), "AK304:7", "PID", 16),
    Defect("second line without PO1", replaced("PO1*2", None, replaced("CTT", "CTT*1")), "AK304:7", "PID", 20),
    Defect("N4 in front of N3", _moved("N4", "N3"), "AK304:7", "N3", 15),
    Defect("DTM in front of PO4 and SDQ", inserted("PO4", "DTM*002*20240101"), "AK304:7", "PO4", 19),
    Defect("CTT in front of the lines", _moved("CTT", "PO1*1"), "AK304:7", "PO1", 17),
    Defect("CUR twice", inserted("REF*DP", "CUR*BY*CAD"), "AK304:5", "CUR", 4, status="E"),
    Defect("PER four times", inserted("SAC", *["PER*BD*Joe"] * 4), "AK304:5", "PER", 9, status="E"),
    Defect("N2 three times", inserted("N3", "N2*a", "N2*b", "N2*c"), "AK304:5", "N2", 16, status="E"),
    Defect("SAC loop 26 times", inserted("ITD", *["SAC*A*D240***5"] * 25), "AK304:4", "SAC", 32, status="E"),
    Defect("SAC loop 30 times", inserted("ITD", *["SAC*A*D240***5"] * 29), "AK304:4", "SAC", 32, status="E"),
    Defect("MSG that is no MSG's place", inserted("ITD", "MSG*hello"), ("AK304:2", "AK304:6"), "MSG", 8),
]

ELEMENTS = [
    Defect("BEG03 missing", replaced("BEG", "BEG*00*SA***20240131"), "AK403:1", "BEG", 2, 3),
    Defect("BEG05 and all behind missing", replaced("BEG", "BEG*00*SA*PO-1001"), "AK403:1", "BEG", 2, 5),
    Defect("BEG01 unknown code", replaced("BEG", "BEG*XX*SA*PO-1001**20240131"), "AK403:7", "BEG", 2, 1),
    Defect("BEG02 unknown code", replaced("BEG", "BEG*00*Q!*PO-1001**20240131"), "AK403:7", "BEG", 2, 2, status="E"),
    Defect("BEG03 too long", replaced("BEG", f"BEG*00*SA*{'9' * 23}**20240131"), "AK403:5", "BEG", 2, 3),
    Defect("BEG03 with a control character", replaced("BEG", "BEG*00*SA*PO\x071**20240131"), "AK403:6", "BEG", 2, 3),
    Defect("BEG05 no such day", replaced("BEG", "BEG*00*SA*PO-1001**20240230"), "AK403:8", "BEG", 2, 5),
    Defect("BEG05 leap day of 2023", replaced("BEG", "BEG*00*SA*PO-1001**20230229"), "AK403:8", "BEG", 2, 5),
    Defect("BEG05 seven digits", replaced("BEG", "BEG*00*SA*PO-1001**2024013"), "AK403:4", "BEG", 2, 5),
    Defect("date with a letter", replaced("DTM*010", "DTM*010*2024O215"), "AK403:8", "DTM", 9, 2),
    Defect("time that is none", replaced("DTM*011", "DTM*011*20240216*2460"), "AK403:9", "DTM", 12, 3),
    Defect("N403 too short", replaced("N4", "N4*Springfield*IL*62*US"), "AK403:4", "N4", 15, 3),
    Defect("N404 too long", replaced("N4", "N4*Springfield*IL*62701*USAX"), "AK403:5", "N4", 15, 4),
    Defect("number with a letter", replaced("PO1*2", "PO1*2*1O*CA*100**UP*1"), "AK403:6", "PO1", 20, 2),
    Defect("number with two points", replaced("PO1*2", "PO1*2*1.2.3*CA*100**UP*1"), "AK403:6", "PO1", 20, 2),
    Defect("number with a plus", replaced("PO1*2", "PO1*2*+12*CA*100**UP*1"), "AK403:6", "PO1", 20, 2),
    Defect("number with an exponent", replaced("PO1*2", "PO1*2*1E2*CA*100**UP*1"), "AK403:6", "PO1", 20, 2),
    Defect("number in Arabic digits", replaced("PO1*2", "PO1*2*١٢*CA*100**UP*1"), "AK403:6", "PO1", 20, 2),
    Defect("number of 5,000 digits", replaced("PO1*2", f"PO1*2*{'9' * 5000}*CA"), "AK403:5", "PO1", 20, 2),
    Defect("only a point", replaced("PO1*2", "PO1*2*.*CA*100**UP*1"), "AK403:4", "PO1", 20, 2),
    Defect("point in implied decimals", replaced("SAC", "SAC*A*D240***10.00"), "AK403:6", "SAC", 7, 5),
    Defect("qualifier without its value", replaced("PO1*2", "PO1*2*1*CA*100**UP"), "AK403:2", "PO1", 20, 7),
    Defect("N1 with neither name nor id", replaced("N1", "N1*ST"), "AK403:2", "N1", 13, 2),
    Defect("N104 missing behind N103", replaced("N1", "N1*ST*North Store*92"), "AK403:2", "N1", 13, 4),
    Defect("REF without value", replaced("REF*DP", "REF*DP"), "AK403:2", "REF", 4, 2),
    Defect("time code without time", replaced("DTM*010", "DTM*010*20240215**ET"), "AK403:2", "DTM", 9, 3),
    Defect("both QTY02 and QTY04", inserted("SLN", "QTY*21*5**many"), "AK403:10", "QTY", 22, 4),
    Defect("ITD08 alone", replaced("ITD", "ITD*01*3******500"), "AK403:2", "ITD", 8, 4),
    Defect("N3 with three elements", replaced("N3", "N3*a*b*c"), "AK403:3", "N3", 14, 3, status="E"),
    Defect("twenty elements too many", replaced("N3", "N3*a*b" + "*c" * 20), "AK403:3", "N3", 14, 3, status="E"),
]

COMPOSITES = [
    Defect("unit not in the list", replaced("SLN", "SLN*1**I*2*Q!"), "AK403:7", "SLN", 22, 5, 1, status="E"),
    Defect("REF04 without its value", replaced("REF*DP", "REF*DP*1**IA"), "AK403:1", "REF", 4, 4, 2),
    Defect("REF04 with half a pair", replaced("REF*DP", "REF*DP*1**IA:2:VN"), "AK403:2", "REF", 4, 4, 4),
    Defect(
        "sixteen components",
        replaced("SLN", "SLN*1**I*2*EA" + ":" * 14 + ":1"),
        ("AK403:3", "AK403:13"),
        "SLN",
        22,
        5,
        status="E",
    ),
    Defect(
        "components in a simple element",
        replaced("N1", "N1*ST*North:Store*92*0042"),
        ("AK403:3", "AK403:13"),
        "N1",
        13,
        2,
        status="E",
    ),
    Defect(
        "repeats of an element that does not",
        replaced("N1", "N1*ST*North^Store*92*0042"),
        "AK403:12",
        "N1",
        13,
        2,
        status="E",
        only="005010",
    ),
]

DEFECTS = [
    pytest.param(defect, version, id=f"{version} {defect.name}")
    for defect in (*STRUCTURE, *ELEMENTS, *COMPOSITES)
    for version in VERSIONS
    if defect.only in ("", version)
]


@pytest.mark.parametrize("version", VERSIONS)
def test_good_order_is_accepted_without_a_word(version: str) -> None:
    (result,) = sets(read(order(version=version)))

    assert result.status == "A"
    assert result.findings == ()


@pytest.mark.parametrize(("defect", "version"), DEFECTS)
def test_defect_gives_exactly_one_finding_in_its_place(defect: Defect, version: str) -> None:
    (result,) = sets(read(order(defect.segments, version)))

    code = defect.code if isinstance(defect.code, str) else defect.code[VERSIONS.index(version)]
    found = [(f.code, f.segment, f.position, f.element, f.component) for f in result.findings]
    assert found == [(code, defect.segment, defect.position, defect.element, defect.component)]
    assert result.status == defect.status


GOOD = [
    ("negative amount", replaced("SAC", "SAC*A*D240***-1000")),
    ("number that begins with a point", replaced("PO1*2", "PO1*2*.5*CA*100**UP*1")),
    ("number that ends with a point", replaced("PO1*2", "PO1*2*5.*CA*100**UP*1")),
    ("number of the greatest length with sign and point", replaced("PO1*2", "PO1*2*1*CA*-12345678901.234567")),
    ("leap day", replaced("BEG", "BEG*00*SA*PO-1001**20240229")),
    ("time to hundredths", replaced("DTM*011", "DTM*011*20240216*23595999")),
    ("a composite with two components", replaced("SLN", "SLN*1**I*2*EA:1")),
    ("REF04 whole", replaced("REF*DP", "REF*DP*1**IA:2:VN:3")),
    ("an element of the greatest length", replaced("N3", f"N3*{'x' * 55}")),
    ("a second ship-to", inserted("PO1*1", "N1*BT*Head Office", "N3*2 Main Street")),
    (
        "a loop that starts again at once",
        inserted("N9", "SAC*C*D240***5", "SAC*A*D240***5", segments=ORDER[:6] + ORDER[10:]),
    ),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("segments", [pytest.param(segments, id=name) for name, segments in GOOD])
def test_lawful_but_unusual_order_is_accepted_without_a_word(segments: Sequence[str], version: str) -> None:
    (result,) = sets(read(order(segments, version)))

    assert [finding.message for finding in result.findings] == []


def test_message_says_what_was_found_what_is_allowed_and_where() -> None:
    (result,) = sets(read(order(replaced("PO1*2", "PO1*2*1*EACH*100**UP*1"))))

    assert result.findings[0].message == '850/PO1[20]/PO103: "EACH" has 4 characters, 355 allows 2'
    assert (result.findings[0].reference, result.findings[0].value, result.findings[0].loop) == ("355", "EACH", "PO1")


def test_loop_of_a_finding_is_the_innermost() -> None:
    (result,) = sets(read(order(replaced("N4", "N4*Springfield*IL*62*US"))))

    assert result.findings[0].loop == "N1"


def test_value_of_a_finding_is_cut_and_keeps_to_the_agreed_characters() -> None:
    (result,) = sets(read(order(replaced("N3", "N3*" + "é" * 120))))

    assert [finding.value for finding in result.findings] == ["?" * 99]


def test_the_same_defect_in_every_line_is_reported_in_every_line() -> None:
    lines = [f"PO1*{number}*x*EA" for number in range(1, 41)]
    (result,) = sets(read(order([*_LINES[:-1], *lines, "CTT*40"])))

    assert [(f.code, f.position) for f in result.findings] == [("AK403:6", 16 + n) for n in range(40)]


def test_findings_end_with_one_that_says_there_are_more() -> None:
    lines = [f"PO1*{number}*x*EA" for number in range(1, 1501)]
    (result,) = sets(read(order([*_LINES[:-1], *lines, "CTT*1500"])))

    assert len(result.findings) == 1001
    assert result.findings[-1].code == "W:more"
    assert result.status == "R"


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (replaced("CTT", "CTT*3"), "W:total"),
        (replaced("N3", "N3*1 Main Street***"), "W:trailing-separator"),
        (replaced("N3", "N3*1 Main Street "), ""),
        (replaced("N3", "N3*Käsestraße 1"), "W:national-characters"),
        (replaced("N3", "N3*about 5`"), "W:characters"),
        (replaced("N3", "N3* 1 Main Street"), ""),
        (replaced("N3", "N3*1 Main Street*   "), "W:blank"),
    ],
)
def test_habit_that_harms_nobody_is_a_warning_that_no_acknowledgement_carries(segments: list[str], code: str) -> None:
    (result,) = sets(read(order(segments)))

    assert [finding.code for finding in result.findings] == ([code] if code else [])
    assert result.status == "A"


@pytest.mark.parametrize("number", [" ", "    "])
def test_a_mandatory_text_of_spaces_is_missing_even_where_good_ones_were_learned(number: str) -> None:
    good, blank = "PO1*1*1*EA*2**VP*A1", f"PO1*1*1*EA*2**VP*{number}"
    name = f"N3*{number}"
    learned = [*_LINES[:-1], *([good] * 3), blank, "CTT*4"]

    (optional,) = sets(read(order(learned)))
    (mandatory,) = sets(read(order() + order(replaced("N3", name))))[1:]

    assert [finding.code for finding in optional.findings] == ["W:blank"]
    assert [(f.code, f.segment, f.element) for f in mandatory.findings] == [("AK403:1", "N3", 1)]
    assert "holds only spaces" in mandatory.findings[0].message


def test_a_segment_beyond_our_sets_is_not_said_to_be_none_of_the_release() -> None:
    (result,) = sets(read(order([*_LINES[:-1], "PO1*1*1*EA*2**VP*A1", "CLM*1", "CTT*1"])))

    assert [finding.code for finding in result.findings] == ["AK304:1"]
    assert "not a segment that we know in 004010" in result.findings[0].message


def test_text_in_utf8_is_read_as_such() -> None:
    (result,) = sets(read(order(replaced("N3", "N3*Käsestraße 1"))))

    assert result.content is not None
    assert result.content.tree.loops["N1"][0].segments["N3"] == [("N3", "Käsestraße 1")]


def test_text_in_latin1_is_read_as_such() -> None:
    data = order(replaced("N3", "N3*Käsestraße 1")).decode().encode("latin-1")
    (result,) = sets(read(data))

    assert result.content is not None
    assert result.content.tree.loops["N1"][0].segments["N3"] == [("N3", "Käsestraße 1")]


def test_agreed_basic_character_set_refuses_lower_case() -> None:
    terms = Terms(charset="basic")
    (result,) = sets(read(order(), lambda *_: terms))

    refused = [(f.code, f.segment, f.element) for f in result.findings]
    assert refused[0] == ("AK403:6", "PER", 2)
    assert {code for code, _, _ in refused} == {"AK403:6"}


@pytest.mark.parametrize(
    ("charset", "bytes_as", "read_as"),
    [
        ("utf-8", "utf-8", "Käse"),
        ("latin-1", "latin-1", "Käse"),
        ("latin-1", "utf-8", "KÃ¤se"),
    ],
)
def test_agreed_encoding_is_read_so_without_a_word(charset: str, bytes_as: str, read_as: str) -> None:
    terms = Terms(charset=charset)
    data = order(replaced("N3", "N3*Käse")).decode().encode(bytes_as)
    (result,) = sets(read(data, lambda *_: terms))

    assert (result.status, result.findings) == ("A", ())
    assert result.content is not None
    assert result.content.tree.loops["N1"][0].segments["N3"] == [("N3", read_as)]


def test_agreement_extends_a_code_list() -> None:
    terms = Terms(extra_codes={"92": frozenset({"Q!"})})
    (result,) = sets(read(order(replaced("BEG", "BEG*00*Q!*PO-1001**20240131")), lambda *_: terms))

    assert result.findings == ()


@pytest.mark.parametrize("key", ["AK403:7", "AK403:7/92"])
def test_agreement_moves_the_effect_of_a_code(key: str) -> None:
    terms = Terms(effects={key: "reject"})
    (result,) = sets(read(order(replaced("BEG", "BEG*00*Q!*PO-1001**20240131")), lambda *_: terms))

    assert (result.findings[0].effect, result.status) == (Effect.REJECT, "R")


def test_effect_of_one_element_does_not_touch_others() -> None:
    terms = Terms(effects={"AK403:7/355": "reject"})
    (result,) = sets(read(order(replaced("BEG", "BEG*00*Q!*PO-1001**20240131")), lambda *_: terms))

    assert result.status == "E"


def test_tree_holds_segments_by_loop_in_order_of_arrival() -> None:
    (result,) = sets(read(order()))

    assert result.content is not None
    tree = result.content.tree
    assert [segment[1] for segment in tree.segments["REF"]] == ["DP", "IA"]
    assert [loop.head[1] for loop in tree.loops["PO1"]] == ["1", "2"]
    assert tree.loops["PO1"][0].loops["PID"][0].head == ("PID", "F", "", "", "", "STEEL BOLT")
    assert tree.loops["PO1"][1].loops["SLN"][0].head[4] == "2"
    assert tree.loops["N9"][0].segments["DTM"] == [("DTM", "011", "20240216", "1030")]
    assert len(result.content.segments) == 24
    assert result.content.segments[23] == ("SE", "24", "0001")


def test_what_was_read_before_does_not_change_what_is_found() -> None:
    """A plan remembers moves and shapes; a stray loop before and behind a line is two faults, warm or cold."""
    segments = inserted("PO1*2", "CB1*1", segments=inserted("PID", "CB1*1"))
    found = [[(f.code, f.position) for f in sets(read(order(segments)))[0].findings] for _ in range(3)]

    assert found == [[("AK304:2", 17), ("AK304:2", 21)]] * 3


def test_what_should_stand_before_a_loop_that_came_too_early_is_one_fault() -> None:
    segments = inserted("PO4", "AMT*1*5")
    (result,) = sets(read(order(segments)))

    assert [(finding.code, finding.segment) for finding in result.findings] == [("AK304:7", "PO4")]
    assert result.content is not None
    line = result.content.tree.loops["PO1"][0]
    assert (len(line.loops["AMT"]), len(line.segments["PO4"]), len(line.segments["SDQ"])) == (1, 1, 1)


def test_a_late_segment_does_not_close_the_loop_it_stands_in() -> None:
    (result,) = sets(read(order(inserted("N3", "CUR*BY*CAD", segments=replaced("CUR", None)))))

    assert [(finding.code, finding.segment) for finding in result.findings] == [("AK304:7", "CUR")]
    assert result.content is not None
    assert list(result.content.tree.loops["N1"][0].segments) == ["N1", "N3", "N4"]


def test_late_segments_apart_from_each_other_are_faults_of_their_own() -> None:
    segments = inserted("PO1*1", "DTM*002*20240217", segments=inserted("N3", "CUR*BY*CAD"))
    (result,) = sets(read(order(segments)))

    assert [(finding.code, finding.segment) for finding in result.findings] == [("AK304:7", "CUR"), ("AK304:7", "DTM")]
