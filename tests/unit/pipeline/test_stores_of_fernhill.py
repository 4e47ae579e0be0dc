"""Fernhill orders once for all its stores; our ERP has an order for each, and Fernhill hears one answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.canonical.gs1 import check_digit
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.stage import Collected, OtherPart, OutboundOutcome
from gateway.pipeline.outbound.translate import Surroundings, translate
from gateway.pipeline.stage import DocumentOutcome
from tests.unit.pipeline.outbound.documents import NOON, TRANSMISSION, Remembered, came_in
from tests.unit.pipeline.rules_of_samples import ROOT, sample_rules, unsealed

DOCK = {"name": "FERNHILL CROSS DOCK 1", "id": "5012345000312", "id_qualifier": "gln"}
STORES = ("5012345001142", "5012345001319", "5012345001401")


def fixture(set_id: str, name: str) -> Path:
    return ROOT / "mappings" / "fernhill" / set_id / "fixtures" / name


def ordered() -> list[dict[str, Any]]:
    """What our ERP gets of the order: the body of each part."""
    data = fixture("850", "stores.edi").read_bytes()
    [interchange] = unsealed(data, channel="fernhill-sftp").interchanges
    first: DocumentOutcome = interchange.documents[0]
    parts = [first, *first.siblings]
    assert [one.state for one in parts] == ["mapped"] * 3
    return [json.loads(one.canonical or b"") for one in parts]


def sent(schema: str, bodies: Sequence[Mapping[str, Any]]) -> OutboundOutcome:
    """What becomes of documents of ours that are all the parts of one; each by itself only waits."""
    posted = [
        json.dumps({"schema": schema, "partner": "fernhill", "stage": "production", "body": body}).encode()
        for body in bodies
    ]
    around = Surroundings(
        rules=sample_rules(),
        threads=Remembered(came_in("A", {"vendor_number": "FH-2290"})),
        texts=lambda _: None,
        now=NOON,
    )
    whole = Collected(id=document_id(TRANSMISSION), transmission=TRANSMISSION, posted=posted[0], received_at=NOON)
    alone = [translate(replace(whole, posted=one), around) for one in posted]
    assert [(one.state, one.reason) for one in alone if one.state != "collected"] == []
    assert len({one.part.group for one in alone if one.part}) == 1
    others = tuple(OtherPart(f"d-{n}", one) for n, one in enumerate(posted[1:], start=2))
    return translate(replace(whole, others=others, together=True), around)


def segments(outcome: OutboundOutcome, *ids: str) -> list[tuple[object, ...]]:
    assert (outcome.state, outcome.reason) == ("translated", "")
    return [segment for segment in outcome.segments if segment[0] in ids]


def answer(order: Mapping[str, Any]) -> dict[str, Any]:
    """Our ERP takes the order of one store as it is."""
    lines = [
        {
            **{name: line[name] for name in ("number", "quantity", "unit", "price", "buyer_sku", "vendor_sku")},
            "answers": [{"status": "accepted", "quantity": line["quantity"], "unit": line["unit"]}],
        }
        for line in order["lines"]
    ]
    kept = {name: order[name] for name in ("part", "po_number", "order_date", "buyer", "ship_tos")}
    return {**kept, "purpose": "original", "answer": "accepted", "response_date": "2026-01-08", "lines": lines}


def notice(order: Mapping[str, Any], at: int) -> dict[str, Any]:
    """What our ERP ships for one store, a carton of its own, with the truck to the cross dock."""
    serial = f"0041234500000111{at}"
    carton = f"00{serial}{check_digit(serial)}"
    lines = [
        {
            "order": "F-51002",
            "package": carton,
            "number": line["number"],
            "po_line_number": line["number"],
            "quantity": line["quantity"],
            "unit": line["unit"],
            "buyer_sku": line["buyer_sku"],
            "vendor_sku": line["vendor_sku"],
        }
        for line in order["lines"]
    ]
    return {
        "purpose": "original",
        "shipment_number": "HP-SHP-70511",
        "created": "2026-01-19",
        "created_time": "07:00",
        "shipped": "2026-01-19",
        "appointment": "APT-31190",
        "part": order["part"],
        "ship_to": DOCK,
        "mark_for": order["ship_tos"][0],
        "carriage": [{"sequence": "B", "carrier_qualifier": "scac", "carrier": "QZXF", "mode": "motor"}],
        "orders": [{"id": "F-51002", "po_number": "F-51002", "po_date": "2026-01-08"}],
        "packages": [{"id": carton, "order": "F-51002", "sscc": carton}],
        "lines": lines,
    }


def invoice(order: Mapping[str, Any]) -> dict[str, Any]:
    """What our ERP bills for one store, all under one number."""
    lines = [
        {
            **{name: line[name] for name in ("number", "quantity", "unit", "price", "buyer_sku", "vendor_sku")},
            "descriptions": [{"text": line["descriptions"][0]["text"]}],
        }
        for line in order["lines"]
    ]
    cents = sum(int(line["quantity"]) * int(line["price"].replace(".", "")) for line in lines)
    return {
        "invoice_number": "HP-80011",
        "invoice_date": "2026-01-19",
        "po_number": order["po_number"],
        "order_date": order["order_date"],
        "shipped": "2026-01-19",
        "part": order["part"],
        "ship_tos": [DOCK],
        "lines": lines,
        "shipped_totals": [{"quantity": str(sum(int(line["quantity"]) for line in lines)), "unit": "UN"}],
        "totals": {"amount": f"{cents // 100}.{cents % 100:02}"},
    }


def test_each_store_is_an_order_of_its_own_to_our_erp() -> None:
    orders = ordered()

    assert [order["ship_tos"][0]["id"] for order in orders] == list(STORES)
    assert [[(line["number"], line["quantity"]) for line in order["lines"]] for order in orders] == [
        [("1", "10"), ("2", "24")],
        [("1", "12")],
        [("1", "8"), ("2", "24")],
    ]


def test_fernhill_gets_one_answer_with_the_shares_it_ordered() -> None:
    outcome = sent("order_response.v1", [answer(order) for order in ordered()])

    lines = segments(outcome, "PO1")
    assert [line[:4] for line in lines] == [("PO1", "1", "30", "CA"), ("PO1", "2", "48", "EA")]
    assert segments(outcome, "SDQ") == [
        ("SDQ", "CA", "UL", STORES[0], "10", STORES[1], "12", STORES[2], "8"),
        ("SDQ", "EA", "UL", STORES[0], "24", STORES[2], "24"),
    ]
    assert [segment[:4] for segment in segments(outcome, "ACK")] == [
        ("ACK", "IA", "30", "CA"),
        ("ACK", "IA", "48", "EA"),
    ]


def test_stores_answered_on_different_days_and_with_changes_are_one_answer_of_the_last_day() -> None:
    first, second, third = [answer(order) for order in ordered()]
    second |= {"response_date": "2026-01-09", "answer": "accepted_with_changes"}
    third |= {"response_date": "2026-01-07"}

    outcome = sent("order_response.v1", [first, second, third])

    assert [(segment[2], segment[9]) for segment in segments(outcome, "BAK")] == [("AC", "20260109")]


def test_an_order_that_one_store_refuses_is_for_a_person() -> None:
    first, second, third = [answer(order) for order in ordered()]
    second |= {"answer": "rejected_without_detail"}

    outcome = sent("order_response.v1", [first, second, third])

    assert outcome.state == "held"
    assert "'answer' its parts say different things" in outcome.reason


def test_fernhill_gets_one_ship_notice_with_a_carton_for_each_store() -> None:
    outcome = sent("shipment.v1", [notice(order, at) for at, order in enumerate(ordered())])

    assert len(segments(outcome, "MAN")) == 3
    assert segments(outcome, "N1") == [("N1", "ST", "FERNHILL CROSS DOCK 1", "UL", "5012345000312")]
    assert segments(outcome, "SDQ")[0] == ("SDQ", "CA", "UL", STORES[0], "10")


def test_fernhill_gets_one_invoice_that_is_right_to_the_cent() -> None:
    outcome = sent("invoice.v1", [invoice(order) for order in ordered()])

    assert [segment[1] for segment in segments(outcome, "G17")] == ["30", "48"]
    assert segments(outcome, "G33") == [("G33", "78000")]
    assert segments(outcome, "G31") == [("G31", "78", "UN")]


def test_a_total_that_only_one_store_states_keeps_the_invoice_from_being_sent() -> None:
    first, second, third = [invoice(order) for order in ordered()]
    del first["shipped_totals"], third["shipped_totals"]

    outcome = sent("invoice.v1", [first, second, third])

    assert (outcome.state, outcome.segments) == ("held", ())
    assert "'shipped_totals' its parts do not all state it alike" in outcome.reason
