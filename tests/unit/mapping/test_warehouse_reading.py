"""What the base mappings make of the odd things that warehouses send: nothing is lost, doubled or guessed."""

from pathlib import Path
from typing import Any

import pytest

from gateway.canonical import SCHEMAS
from gateway.mapping.library import Library
from gateway.mapping.prove import proven
from gateway.mapping.reading import Reading

SHIPPED = Path(__file__).parents[3] / "mappings"


def read(set_id: str, *segments: str) -> Reading:
    name = f"x12/{set_id}/v1.map.yaml"
    mapping = Library({name: (SHIPPED / name).read_text("utf-8")}).compile(f"x12/{set_id}@1")
    content = proven(set_id, "004010", [tuple(segment.split("*")) for segment in segments]).content
    assert content is not None
    return mapping.read(content)


def body(reading: Reading) -> dict[str, Any]:
    assert [problem for problem in reading.problems if problem.effect != "warn"] == []
    return reading.document


def told(reading: Reading) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.effect, problem.field) for problem in reading.problems]


SHIPMENT = ("W06*F*HP-1*20260112*S-1", "N1*ST*CEDAR MART", "W27*M*QZXP")
REPORT = ("BIA*00*SI*INV-1*20260110*0600",)
ADJUSTMENT = "W15*20260109*DA-1*TB-1"


# --------------------------------------------------------------------------------------------------- warehouse orders


def test_lines_are_read_wherever_they_stand() -> None:
    order = read("940", "W05*N*HP-1", "LX*1", "W01*4*CA**VN*A", "W01*5*CA**VN*B", "LX*2", "W01*6*EA**VN*C")

    assert [(line["vendor_sku"], str(line["quantity"])) for line in body(order)["lines"]] == [
        ("A", "4"),
        ("B", "5"),
        ("C", "6"),
    ]


def test_a_cancellation_needs_no_lines_and_an_original_does() -> None:
    assert body(read("940", "W05*F*HP-1"))["purpose"] == "cancellation"
    assert told(read("940", "W05*N*HP-1")) == [("model", "refuse", "")]


def test_a_time_for_another_purpose_is_kept_and_said() -> None:
    order = read("940", "W05*F*HP-1", "G62*10*20260112*8*0930")

    assert order.document["requested_ship_time"] == "09:30"
    assert told(order) == [("other-companion", "warn", "requested_ship_time")]


def test_a_date_that_comes_as_a_time_alone_is_kept() -> None:
    assert body(read("940", "W05*F*HP-1", "G62***U*0930"))["other_dates"] == [
        {"time_kind": "scheduled_pickup", "time": "09:30"}
    ]


# ------------------------------------------------------------------------------------------------- warehouse shipments


def test_a_line_shipped_in_two_packages_stands_in_both_with_its_share() -> None:
    shipment = body(
        read("945", *SHIPMENT, "LX*1", "W12*SH*6*4*2*EA**VN*A", "N9*LI*1", "LX*2", "W12*BO*6*1*1*EA**VN*A", "N9*LI*1")
    )

    shares = [line for package in shipment["packages"] for line in package["lines"]]
    assert [(line["number"], line["status"], str(line["shipped"])) for line in shares] == [
        ("1", "shipped", "4"),
        ("1", "backordered", "1"),
    ]


def test_nothing_shipped_is_zero_and_not_absent() -> None:
    shipment = body(read("945", *SHIPMENT, "LX*1", "W12*BO*6*0*6*EA**VN*A", "W12*BO*6**6*EA**VN*B"))

    assert [line.get("shipped") for line in shipment["packages"][0]["lines"]] == [0, None]


def test_every_carton_of_a_group_keeps_its_label_and_tracking_number() -> None:
    shipment = body(
        read(
            "945",
            *SHIPMENT,
            "LX*1",
            "MAN*GM*006012340000000011**CP*QX1",
            "MAN*GM*006012340000000028",
            "MAN*GM*006012340000000035**ZZ*A-77",
            "MAN*MC*CTN-1",
        )
    )

    (package,) = shipment["packages"]
    assert package["labels"] == [
        {"sscc": "006012340000000011", "tracking": "QX1"},
        {"sscc": "006012340000000028"},
        {"sscc": "006012340000000035"},
    ]
    assert package["marks"] == [{"kind": "MC", "value": "CTN-1"}]


def test_a_label_with_a_wrong_check_digit_is_delivered_and_said() -> None:
    shipment = read("945", *SHIPMENT, "LX*1", "MAN*GM*006012340000000012")

    assert told(shipment) == [("check-digit", "warn", "packages[0].labels[0].sscc")]


def test_a_status_we_have_no_word_for_is_kept() -> None:
    shipment = body(read("945", *SHIPMENT, "LX*1", "W12*QN*6*6*0*EA**VN*A"))

    assert shipment["packages"][0]["lines"][0]["status"] == "QN"


# -------------------------------------------------------------------------------------------------- warehouse receipts


def test_damaged_short_and_over_are_never_netted() -> None:
    receipt = body(
        read(
            "944",
            "W17*F*20260107*R-1",
            "W07*90*CA**VN*A",
            "W13*12*CA*01",
            "W13*10*CA*02",
            "W13*3*CA*01**CC",
            "W07*5*CA**VN*B",
            "W13*1*CA*03",
            "W14*95",
        )
    )

    first, second = receipt["lines"]
    assert [(each["condition"], str(each["quantity"])) for each in first["exceptions"]] == [
        ("damaged", "12"),
        ("short", "10"),
        ("damaged", "3"),
    ]
    assert (str(first["received"]), str(second["received"])) == ("90", "5")
    assert second["exceptions"][0]["condition"] == "over"


# ----------------------------------------------------------------------------------------------------------- inventory


@pytest.mark.parametrize(
    ("reason", "before", "after"),
    [
        ("05", None, "on_hold"),
        ("55", "on_hold", "available"),
        ("AU", None, "damaged"),
        ("AV", None, "damaged"),
        ("52", "damaged", None),
        ("07", None, "destroyed"),
        ("AA", None, None),
        ("QQ", None, None),
    ],
)
def test_a_status_before_or_after_is_what_the_reason_says_and_never_guessed(
    reason: str, before: str | None, after: str | None
) -> None:
    (line,) = body(read("947", ADJUSTMENT, f"W19*{reason}*-5*EA**VN*A"))["lines"]

    assert (line.get("from_status"), line.get("to_status")) == (before, after)
    assert str(line["change"]) == "-5"


def test_a_change_is_never_taken_for_a_stock_nor_a_stock_for_a_change() -> None:
    adjustment = read("947", ADJUSTMENT, "W19*AA*-5*EA**VN*A").document
    report = read("846", *REPORT, "LIN**VN*A", "QTY*17*5*EA").document

    assert (adjustment["measure"], report["measure"]) == ("delta", "snapshot")
    for name, wrong in (("inventory_report.v1", adjustment), ("inventory_adjustment.v1", report)):
        with pytest.raises(ValueError, match="measure"):
            SCHEMAS[name].model_validate(wrong)


def test_each_meaning_of_stock_has_a_field_of_its_own() -> None:
    codes = {
        "17": "on_hand",
        "33": "available",
        "27": "committed",
        "XU": "reserved",
        "63": "on_order",
        "IQ": "in_transit",
        "QH": "on_hold",
        "74": "damaged",
        "BQ": "backordered",
        "29": "projected_available",
    }
    (line,) = body(read("846", *REPORT, "LIN**VN*A", *(f"QTY*{code}*{at}*EA" for at, code in enumerate(codes))))[
        "lines"
    ]

    assert {name: str(line[name]["quantity"]) for name in codes.values()} == {
        name: str(at) for at, name in enumerate(codes.values())
    }
    assert "other_quantities" not in line


def test_two_stocks_of_one_meaning_are_held_for_a_person() -> None:
    report = read("846", *REPORT, "LIN**VN*A", "QTY*17*5*EA", "QTY*17*7*EA")

    assert told(report) == [("ambiguous", "park", "lines[0].on_hand")]


def test_available_in_another_sense_is_not_taken_for_available() -> None:
    (line,) = body(read("846", *REPORT, "LIN**VN*A", "QTY*V2*5*EA", "QTY*QA*6*EA"))["lines"]

    assert "available" not in line
    assert [each["kind"] for each in line["other_quantities"]] == ["stated_available", "approved"]
