"""Whatever is authored is told as flaws, and whatever arrives is told as problems: nothing else comes out."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.mapping.diagnosis import MappingError
from gateway.mapping.library import Library
from gateway.mapping.to_canonical import dumps
from tests.unit.mapping.orders import a_mapping, an_order

SHIPPED = Path(__file__).parents[3] / "mappings"
BASE = "x12/850/v1.map.yaml"
COMPILED = Library({BASE: (SHIPPED / BASE).read_text("utf-8")}).compile("x12/850@1")

TEXT = a_mapping(
    "department: {at: REF(DP|19).02, required: true, when: {REF01: DP}}\n"
    "notes: {each: N9, kind: N901, reference: N902, text: {at: [MSG01, MTX02], join: ' '}}\n"
    "buyer: {in: N1(BY), name: N102, contacts: {each: PER, function: PER01, email: PER<EM>}}\n"
    "bill_to: {like: buyer, in: N1(BT), name: !remove }\n"
    "other_dates: {each: DTM, rest: true, kind: DTM01}",
    lines='price: {at: PO104, read: "value * 2 if quantity > 1 else value"}\n'
    "unit: {at: PO103, code: unit}\n"
    "destinations: {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}, unit: SDQ01}",
    rest='codes:\n  unit: {EA: each, CS: !read each, "*": keep}\n',
    versions='"004010", "005010"',
)

_value = st.text(st.characters(codec="latin-1", exclude_characters="*~>^\r\n"), max_size=12)
_id = st.sampled_from(
    [
        "REF",
        "DTM",
        "N1",
        "N3",
        "N4",
        "PER",
        "SAC",
        "PO1",
        "PID",
        "SDQ",
        "CTP",
        "MEA",
        "N9",
        "MSG",
        "ITD",
        "TD5",
        "CUR",
        "CTT",
        "AMT",
        "SCH",
        "SLN",
    ]
)
_segment = st.tuples(_id, st.lists(_value, max_size=25)).map(lambda said: "*".join((said[0], *said[1])))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_segment, max_size=25), st.sampled_from(["004010", "005010"]))
def test_no_data_makes_reading_raise_and_every_reading_prints(segments: list[str], version: str) -> None:
    reading = COMPILED.read(an_order(*segments, version=version))

    assert dumps(reading.document)
    assert reading.document["po_number"] == "4500"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.sampled_from("{}[]:,&*!<>|#'\"%@ \n\tA0(=/.")), max_size=3))
def test_no_slip_of_an_author_raises_anything_but_flaws(slips: list[tuple[int, str]]) -> None:
    letters = list(TEXT)
    for at, letter in slips:
        letters[at] = letter
    try:
        Library({BASE: "".join(letters)}).compile("x12/850@1")
    except MappingError as error:
        assert error.flaws
        assert all(flaw.place.line >= 1 for flaw in error.flaws)


def test_the_text_the_slips_are_made_in_is_good() -> None:
    assert Library({BASE: TEXT}).compile("x12/850@1").versions == ("004010", "005010")
