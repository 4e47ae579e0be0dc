"""One fault, one finding, where the first reading of a segment out of its place turns out to be wrong."""

from gateway.x12.guide import load
from gateway.x12.interchange import Loop, SetResult
from tests.unit.x12.mutations import GUIDES, found, good_document

HEAD = ("ST*810*0001", "BIG*20240216*INV-1")
TOTAL = "TDS*22059"


def _invoice(*segments: str) -> SetResult:
    guide = load("810", "004010")
    assert guide is not None
    return found(guide, [*HEAD, *segments, f"SE*{len(segments) + 3}*0001"])


def _told(result: SetResult) -> list[tuple[str, str, int, str]]:
    return [(one.code, one.segment, one.position, one.loop) for one in result.findings]


def _lines(result: SetResult) -> list[Loop]:
    assert result.content is not None
    return result.content.tree.loops["IT1"]


def test_a_late_tax_stands_in_its_line_and_the_next_line_is_one() -> None:
    first, second = ("IT1", "1", "1", "EA", "9"), ("IT1", "2", "1", "EA", "9")
    result = _invoice("*".join(first), "PID*F****BOLT", "TXI*ST*1", "TXI*CS*2", "*".join(second), "TXI*ST*3", TOTAL)

    assert _told(result) == [("AK304:7", "TXI", 5, "IT1")]
    assert [line.head for line in _lines(result)] == [first, second]
    assert [[one[2] for one in line.segments["TXI"]] for line in _lines(result)] == [["1", "2"], ["3"]]
    assert result.content is not None
    assert "TXI" not in result.content.tree.segments


def test_what_is_wrong_in_a_late_segment_is_told_in_the_loop_it_belongs_to() -> None:
    result = _invoice("IT1*1*1*EA*9", "PID*F****BOLT", "TXI*ST*x", "IT1*2*1*EA*9", TOTAL)

    assert _told(result) == [("AK304:7", "TXI", 5, "IT1"), ("AK403:6", "TXI", 5, "IT1")]


def test_taxes_late_in_each_line_are_told_so_in_the_last_one_too() -> None:
    late = ("PID*F****BOLT", "TXI*ST*1")
    result = _invoice("IT1*1*1*EA*9", *late, "IT1*2*1*EA*9", *late, TOTAL)

    assert _told(result) == [("AK304:7", "TXI", 5, "IT1"), ("AK304:7", "TXI", 8, "IT1")]


def test_one_tax_in_front_of_the_total_may_be_that_of_the_invoice() -> None:
    result = _invoice("IT1*1*1*EA*9", "PID*F****BOLT", "TXI*ST*1", TOTAL)

    assert _told(result) == [("AK304:7", "TDS", 6, "")]


def test_a_total_that_never_comes_is_missing_whatever_came_late_before() -> None:
    result = _invoice("IT1*1*1*EA*9", "PID*F****BOLT", "TXI*ST*1", "IT1*2*1*EA*9", "CTT*2")

    assert _told(result) == [("AK304:7", "TXI", 5, "IT1"), ("AK304:3", "TDS", 7, "")]


def test_two_faults_are_two_findings() -> None:
    result = _invoice("IT1*1*1*EA*9", "PID*F****BOLT", "TXI*ST*1", "IT1*2*1*EA*9", "CUR*SE*USD", "CRC*ZZ*Y*AA", TOTAL)

    assert _told(result) == [("AK304:7", "TXI", 5, "IT1"), ("AK304:7", "CRC", 8, "IT1")]


def test_an_id_that_is_not_known_does_not_hide_what_is_missing_elsewhere() -> None:
    result = _invoice("XYZ*1", "IT1*1*1*EA*9", "CTT*1")

    assert _told(result) == [("AK304:1", "XYZ", 3, ""), ("AK304:3", "TDS", 5, "")]


def test_a_segment_of_another_set_does_not_stand_for_one_that_it_has_nothing_in_common_with() -> None:
    result = _invoice("IT1*1*1*EA*9", "BEG*00")

    assert _told(result) == [("AK304:6", "BEG", 4, "IT1"), ("AK304:3", "TDS", 5, "")]


def test_ever_more_faults_are_looked_at_again_only_so_often() -> None:
    lines = ["IT1*1*1*EA*9", "PID*F****BOLT", "TXI*ST*1"] * 200
    result = _invoice(*lines, TOTAL)

    assert len(result.findings) <= 401


def test_neighbours_that_changed_places_give_at_most_one_finding_in_every_guide() -> None:
    for name, guide in GUIDES.items():
        document = good_document(guide, 2) or []
        for at in range(1, len(document) - 2):
            pair = document[at].split("*")[0], document[at + 1].split("*")[0]
            if {"HL", "LS", "LE"} & set(pair):
                continue
            swapped = [*document[:at], document[at + 1], document[at], *document[at + 2 :]]
            findings = [one for one in found(guide, swapped).findings if not one.code.startswith("W:")]
            assert len(findings) <= 1, (name, pair, _told(found(guide, swapped)))


def test_a_wrong_letter_in_any_id_gives_one_finding_in_every_guide() -> None:
    for name, guide in GUIDES.items():
        document = good_document(guide, 2) or []
        for at in range(1, len(document) - 1):
            segment, _, rest = document[at].partition("*")
            wrong = f"{segment[:-1]}Q"
            if segment in ("BIN", "BDS", "LS", "LE", "HL", "CTT") or wrong in guide.release.segment_ids:
                continue
            misspelt = [*document[:at], f"{wrong}*{rest}" if rest else wrong, *document[at + 1 :]]
            findings = found(guide, misspelt).findings
            assert [(one.code, one.segment) for one in findings] == [("AK304:1", wrong)], (name, segment)
