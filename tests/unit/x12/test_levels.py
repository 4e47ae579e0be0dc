"""HL segments: what a ship notice may look like, and each way its levels can contradict each other."""

import pytest

from gateway.x12.findings import Finding
from gateway.x12.interchange import Terms
from tests.unit.x12.samples import closed, group, interchange, read, sets


def _notice(levels: list[str], structure: str = "", total: str = "") -> list[str]:
    segments = ["ST*856*0001", f"BSN*00*SHIP1*20240131*1200{'*' + structure if structure else ''}"]
    for level in levels:
        segments.append(f"HL*{level}")
        if "*I" in level:
            segments += ["LIN**UP*012345678905", "SN1**4*EA"]
    return [*segments, *([total] if total else [])]


def _found(segments: list[str], version: str = "004010", terms: Terms | None = None) -> tuple[Finding, ...]:
    data = interchange(group(closed(segments), version=version, functional_id="SH"), version=version)
    (result,) = sets(read(data, (lambda *_: terms) if terms is not None else None))
    return result.findings


SHAPES = {
    "S-O-I": (["1**S*1", "2*1*O*1", "3*2*I*0", "4*2*I*0"], "0004"),
    "S-O-P-I": (["1**S*1", "2*1*O*1", "3*2*P*1", "4*3*I*0", "5*2*P*1", "6*5*I*0"], "0001"),
    "S-O-T-P-I": (["1**S*1", "2*1*O*1", "3*2*T*1", "4*3*P*1", "5*4*I*0"], "0001"),
    "S-O-I-P": (["1**S*1", "2*1*O*1", "3*2*I*1", "4*3*P*0"], "0002"),
    "S-P-O-I": (["1**S*1", "2*1*P*1", "3*2*O*1", "4*3*I*0"], "0003"),
    "S-T-P-O-I": (["1**S*1", "2*1*T*1", "3*2*P*1", "4*3*O*1", "5*4*I*0"], "0003"),
    "S-O-I without a structure": (["1**S", "2*1*O", "3*2*I"], ""),
    "S-O-T-P-I without a structure": (["1**S", "2*1*O", "3*2*T", "4*3*P", "5*4*I"], ""),
    "S-P-O-I without a structure": (["1**S", "2*1*P", "3*2*O", "4*3*I"], ""),
    "S-I": (["1**S*1", "2*1*I*0"], ""),
    "two orders of one shipment": (["1**S*1", "2*1*O*1", "3*2*I*0", "4*1*O*1", "5*4*I*0"], "0004"),
    "packs before any order": (["1**S*1", "2*1*O*1", "3*2*P*1", "4*3*I*0", "5*3*I*0"], "0001"),
    "numbers with gaps": (["10**S*1", "20*10*O*1", "30*20*I*0"], "0004"),
    "numbers that are none": (["A**S*1", "B*A*O*1", "C*B*I*0"], "0004"),
    "components of an item": (["1**S*1", "2*1*O*1", "3*2*I*1", "4*3*F*0"], "0004"),
}


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize(("levels", "structure"), SHAPES.values(), ids=SHAPES.keys())
def test_every_usual_shape_of_a_ship_notice_is_accepted_without_a_word(
    levels: list[str], structure: str, version: str
) -> None:
    assert [one.message for one in _found(_notice(levels, structure, f"CTT*{len(levels)}"), version)] == []


DEFECTS = {
    "a number twice": (["1**S*1", "2*1*O*1", "2*1*O*1", "4*2*I*0"], "0004", 5, 1, "reject"),
    "numbers that descend": (["1**S*1", "5*1*O*1", "3*5*I*0"], "0004", 5, 1, "note"),
    "a parent that is nowhere": (["1**S*1", "2*9*O*1", "3*2*I*0"], "0004", 4, 2, "reject"),
    "a parent that comes later": (["1**S*1", "2*3*O*1", "3*1*O*1", "4*3*I*0"], "0004", 4, 2, "reject"),
    "its own parent": (["1**S*1", "2*2*O*1", "3*2*I*0"], "0004", 4, 2, "reject"),
    "an item under the shipment": (["1**S*1", "2*1*O*1", "3*2*I*0", "4*1*I*0"], "0004", 8, 2, "reject"),
    "an order under an item": (["1**S*1", "2*1*O*1", "3*2*I*1", "4*3*O*0"], "", 8, 2, "reject"),
    "a shipment under an order": (["1**S*1", "2*1*O*1", "3*2*S*0"], "", 5, 2, "reject"),
    "an order without a parent": (["1**S*0", "2**O*1", "3*2*I*0"], "0004", 4, 2, "reject"),
    "an item without a parent": (["1**S*1", "2*1*O*1", "3*2*I*0", "4**I*0"], "0004", 8, 2, "reject"),
    "an order that comes first": (["1**O*1", "2*1*I*0"], "0004", 3, 3, "reject"),
    "item before pack where pack comes first": (["1**S*1", "2*1*O*1", "3*2*I*1", "4*3*P*0"], "0001", 8, 2, "reject"),
    "children announced that do not come": (["1**S*1", "2*1*O*1", "3*2*I*0", "4*1*O*1"], "0004", 8, 4, "note"),
    "children that were not announced": (["1**S*1", "2*1*O*0", "3*2*I*0"], "0004", 4, 4, "note"),
    "an unknown level": (["1**S*1", "2*1*O*1", "3*2*!!*0"], "0004", 5, 3, "reject"),
    "a parent left out, and all its children": (["1**S*1", "3*2*I*0", "4*2*I*0", "5*2*I*0"], "0004", 4, 2, "reject"),
}


@pytest.mark.parametrize(("levels", "structure", "position", "element", "effect"), DEFECTS.values(), ids=DEFECTS.keys())
def test_levels_that_contradict_each_other_are_one_finding(
    levels: list[str], structure: str, position: int, element: int, effect: str
) -> None:
    found = _found(_notice(levels, structure))

    assert [(one.code, one.segment, one.position, one.element, one.effect.value) for one in found] == [
        ("AK403:7", "HL", position, element, effect)
    ]
    assert found[0].loop == "HL"
    assert found[0].reference == {1: "628", 2: "734", 3: "735", 4: "736"}[element]


def test_a_total_that_does_not_count_the_levels_is_a_warning() -> None:
    found = _found(_notice(["1**S*1", "2*1*O*0"], "0004", "CTT*5"))

    assert [one.code for one in found] == ["W:total"]


# Other segments that speak of others


def _release(end: str) -> list[str]:
    return ["ST*940*0001", "W05*N*ORDER1", "LX*1", "W01*5*EA**UP*012345678905", "LS*LX", "LX*1", f"LE*{end}"]


def test_a_bounded_loop_ends_with_the_id_it_began_with() -> None:
    good, bad = (
        sets(read(interchange(group(closed(_release(end)), functional_id="OW"))))[0].findings for end in ("LX", "N1")
    )

    assert good == ()
    assert [(one.code, one.segment, one.position, one.element, one.loop) for one in bad] == [
        ("AK403:7", "LE", 7, 1, "LS")
    ]


def _lines(total: str) -> list[str]:
    return ["ST*850*0001", "BEG*00*SA*1**20240131", "PO1*1*12*EA", "PO1*2*1.5*EA", f"CTT*2*{total}"]


def _hash(total: str, *, asked: bool) -> list[str]:
    terms = Terms(hash_totals=asked)
    (result,) = sets(read(interchange(group(closed(_lines(total)))), lambda *_: terms))
    return [one.code for one in result.findings]


@pytest.mark.parametrize("total", ["13.5", "27"])
def test_a_hash_total_is_the_sum_with_or_without_points(total: str) -> None:
    assert _hash(total, asked=True) == []


def test_a_wrong_hash_total_is_a_warning_where_one_is_asked_for() -> None:
    assert _hash("99", asked=True) == ["W:hash-total"]
    assert _hash("99", asked=False) == []
