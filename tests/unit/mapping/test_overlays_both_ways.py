"""A chain of three: what the last says holds in both directions, and so does what it leaves alone."""

from gateway.mapping.library import Library
from gateway.mapping.to_canonical import CompiledMapping
from tests.unit.mapping.orders import a_mapping, an_order, an_overlay

BASE = a_mapping(
    "department: REF(DP).02\npromotion: REF(PD).02\ncancel_after: DTM(001).02\n"
    "buyer: {in: N1(BY), name: N102, id: {at: N104, with: {N103: '92'}}}\nbill_to: {like: buyer, in: N1(BT)}\n"
    "terms: {each: ITD, description: ITD12, net_days: ITD07}",
    lines="unit: {at: PO103, code: unit}\nbuyer_sku: PO1<IN>",
    rest='codes:\n  unit: {EA: each, CA: case, "*": park}\n',
)
RETAIL = an_overlay(
    "map:\n  department: REF(19).02\n  cancel_after: !remove\n  buyer: {id: {at: N104, with: {N103: '91'}}}\n"
    "  terms: !replace {each: ITD, net_days: ITD07}\n"
    "codes: {unit: {CA: !remove , BX: box}}\n",
    name="retail/850",
)
ACME = an_overlay(
    "map:\n  lines.buyer_sku: PO1<BP>\n  promotion: !remove\n  bill_to: !replace {in: N1(BT), name: N102}\n"
    "  ship_from: {like: buyer, in: N1(SF)}\ncodes: {unit: {CA: carton}}\n",
    extends="retail/850@1",
)
SEGMENTS = (
    "REF*19*031",
    "ITD***1****30",
    "N1*BY*STORES*91*77",
    "N1*BT*OFFICE",
    "N1*SF*YARD*91*33",
)
LINES = ("PO1**2*BX***BP*77", "PO1**3*CA", "CTT*2")


def acme() -> CompiledMapping:
    files = {"x12/850/v1.map.yaml": BASE, "retail/850/v1.map.yaml": RETAIL, "acme/850/v1.map.yaml": ACME}
    return Library(files).compile("acme/850@1")


def document() -> dict[str, object]:
    return {
        "purpose": "00",
        "type": "SA",
        "po_number": "4500",
        "order_date": "2026-01-02",
        "department": "031",
        "terms": [{"net_days": 30}],
        "buyer": {"name": "STORES", "id": "77"},
        "bill_to": {"name": "OFFICE"},
        "ship_from": {"name": "YARD", "id": "33"},
        "lines": [
            {"quantity": "2", "unit": "box", "buyer_sku": "77"},
            {"quantity": "3", "unit": "carton"},
        ],
    }


def test_what_the_chain_says_is_read() -> None:
    reading = acme().read(an_order(*SEGMENTS, lines=LINES))

    assert reading.problems == ()
    assert {name: str(value) for name, value in reading.document.items() if name != "lines"} == {
        name: str(value) for name, value in document().items() if name != "lines"
    }
    lines = reading.document["lines"]
    assert isinstance(lines, list)
    assert [(line["unit"], line.get("buyer_sku")) for line in lines] == [("box", "77"), ("carton", None)]


def test_what_the_chain_says_is_written() -> None:
    written = acme().write(document(), version="004010")

    shown = ["*".join(map(str, segment)) for segment in written.segments]
    assert written.problems == ()
    assert shown == ["BEG*00*SA*4500**20260102", "REF*19*031", "ITD*******30", *SEGMENTS[2:], *LINES]


def test_what_an_overlay_removed_is_neither_read_nor_written() -> None:
    mapping = acme()

    reading = mapping.read(an_order("REF*DP*9", "REF*PD*SPRING", "DTM*001*20260301", lines=LINES))
    assert {"department", "promotion", "cancel_after"} & reading.document.keys() == set()

    gone = {"promotion": "SPRING", "cancel_after": "2026-03-01", "terms": [{"description": "NET"}]}
    written = mapping.write({**document(), **gone, "bill_to": {"name": "OFFICE", "id": "88"}}, version="004010")
    assert {(problem.field, problem.code) for problem in written.problems} == {
        ("promotion", "not-written"),
        ("cancel_after", "not-written"),
        ("terms.description", "not-written"),
        ("bill_to.id", "not-written"),
    }


def test_a_code_that_an_overlay_removed_and_another_gave_again_has_the_last_word() -> None:
    mapping = acme()

    written = mapping.write({**document(), "lines": [{"quantity": "1", "unit": "case"}]}, version="004010")
    assert [(problem.field, problem.code, problem.effect) for problem in written.problems if problem.field] == [
        ("lines[0].unit", "unmapped-code", "park")
    ]
    lines = mapping.read(an_order(lines=("PO1**1*CA",))).document["lines"]
    assert isinstance(lines, list)
    assert [line["unit"] for line in lines] == ["carton"]
