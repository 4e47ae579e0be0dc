import pytest

from gateway.mapping.location import NotALocation, parse_loop, parse_value
from gateway.x12.where import Condition


@pytest.mark.parametrize(
    "text",
    [
        "BEG03",
        "N104",
        "L1105",
        "REF(DP).02",
        "REF(DP|19).02",
        "MEA(02=WT).03",
        "SAC(C,D240).05",
        "N3(#2).01",
        "N3(ZZ,#2).01",
        "PO1<UP>",
        "PER(BD)<EM>",
        "PO110:1",
        "PID(F)/PID05",
        "SPI/N1(ST)/N104",
        "ISA06",
    ],
)
def test_a_location_prints_as_it_was_written(text: str) -> None:
    assert str(parse_value(text)) == text


def test_the_last_two_digits_are_the_element() -> None:
    location = parse_value("N104")

    assert (location.segment.id, location.element) == ("N1", 4)


def test_bare_values_and_named_elements_are_conditions() -> None:
    location = parse_value("SAC(C,02=D240|D500).05")

    assert location.segment.conditions == (Condition(0, ("C",)), Condition(2, ("D240", "D500")))


@pytest.mark.parametrize(
    "text",
    (
        "",
        "beg03",
        "BEG",
        "BEG3",
        "BEG00",
        "REF[IA].02",
        "REF().02",
        "REF(A,).02",
        "REF(00=X).02",
        "PO1<>",
        "PO1<UP>02",
        "N1//N104",
        "N3(#0).01",
        "N3(#1,#2).01",
        "PO110:0",
        "/BEG03",
        "A/B/C/D/E/F/G/BEG03",
        "BEG03 ; drop",
    ),
)
def test_anything_else_is_not_a_location(text: str) -> None:
    with pytest.raises(NotALocation):
        parse_value(text)


def test_a_loop_has_no_element() -> None:
    with pytest.raises(NotALocation):
        parse_loop("PO1/PID05x")
