"""Whole trades as `gateway demo` plays them, each in a process of its own: from the order to the last receipt."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.x12.interchange import InterchangeHeader, InterchangeResult
from gateway.x12.read import examine
from tests.journeys.gateway_process import MAIN, ROOT

SCENARIOS = ("retail", "grocery", "supplier", "rejected")
RECEIPTS = ("997", "999")
every_scenario = pytest.mark.parametrize("name", SCENARIOS)


@dataclass(frozen=True)
class Played:
    """What a demo said and did."""

    code: int
    rows: Sequence[Mapping[str, Any]]
    whole: Mapping[str, Any]
    files: Mapping[str, bytes]
    error: str

    def rows_of(self, *sets: str) -> list[tuple[str, str, str, str, str]]:
        """Way, partner, set, state and acknowledgement of these sets, in order of time; of all but receipts without."""
        return [
            (row["way"], row["partner"], row["set"], row["state"], row["acknowledgement"])
            for row in self.rows
            if (row["set"] in sets if sets else row["set"] not in RECEIPTS)
        ]


def demo(folder: Path, *arguments: str, partners: Path = ROOT / "partners") -> Played:
    """Run it with `--json` and keep the files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    places = {"GATEWAY_PARTNERS_DIR": str(partners), "GATEWAY_MAPPINGS_DIR": str(ROOT / "mappings")}
    done = subprocess.run(
        [sys.executable, *MAIN, "demo", *arguments, "--json", "--out", str(folder)],
        cwd=ROOT,
        env={**kept, **places, "GATEWAY_HOME": str(folder / "unused")},
        capture_output=True,
        text=True,
        timeout=110,
    )
    values = [json.loads(line) for line in done.stdout.splitlines()]
    return Played(done.returncode, values[:-1], values[-1] if values else {}, contents(folder), done.stderr)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def is_a_set(row: Mapping[str, Any]) -> bool:
    """Whether a row is a set by itself, or the first of the documents that are one set."""
    return str(row["part"]) in ("", "1/3")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A scenario by its name, played once however many tests, in however many processes, look at it."""
    own = tmp_path_factory.getbasetemp()
    together = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    @cache
    def play(name: str) -> Played:
        said = together / f"trade-{name}.json"
        with (together / f"trade-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not said.exists():
                found = demo(together / f"trade-{name}", *([] if name == "retail" else ["--scenario", name]))
                told = {key: value for key, value in asdict(found).items() if key != "files"}
                said.write_text(json.dumps(told), "utf-8")
        return Played(**json.loads(said.read_text("utf-8")), files=contents(together / f"trade-{name}"))

    return play


@every_scenario
def test_all_becomes_what_it_should(name: str, played: Any) -> None:
    found = played(name)

    assert (found.whole.get("faults"), [row for row in found.rows if not row["good"]]) == ([], []), found.error
    assert (found.code, found.whole["scenario"], found.whole["good"]) == (0, name, True)


@every_scenario
def test_every_document_is_answered_by_one_receipt_of_the_other_side(name: str, played: Any) -> None:
    found = played(name)

    sets = [row for row in found.rows if not row["answers"] and is_a_set(row)]
    documents = Counter((row["way"], f"{row['set']} {row['number']}") for row in sets)
    receipts = Counter(
        (row["way"], one) for row in found.rows if row["answers"] for one in row["answers"].split(" and ")
    )
    other = {"in": "out", "out": "in"}
    assert receipts == Counter({(other[way], name): count for (way, name), count in documents.items()})


@every_scenario
def test_no_sender_uses_a_control_number_twice(name: str, played: Any) -> None:
    headers = [
        event
        for content in played(name).files.values()
        for event in examine(content)
        if isinstance(event, InterchangeHeader)
    ]

    numbers = Counter((header.sender, header.receiver, header.control_number) for header in headers)
    assert set(numbers.values()) == {1}
    sets = [row for row in played(name).rows if is_a_set(row)]
    assert len(headers) == len({(row["way"], row["partner"], row["control_numbers"].split("/")[0]) for row in sets})


@every_scenario
def test_every_file_that_was_exchanged_is_good_x12(name: str, played: Any) -> None:
    results = [
        event
        for content in played(name).files.values()
        for event in examine(content)
        if isinstance(event, InterchangeResult)
    ]

    assert {result.status for result in results} == {"A"}
    assert {group.status for result in results for group in result.groups} == {"A"}


def test_retail_goes_from_the_order_over_the_warehouse_to_the_invoice(played: Any) -> None:
    found = played("retail")

    rows = found.rows_of()
    assert sorted(rows) == sorted(
        [
            ("in", "acme", "850", "delivered", "A"),
            ("out", "acme", "855", "sent", "accepted"),
            ("out", "northgate", "940", "sent", "accepted"),
            ("in", "northgate", "945", "delivered", "A"),
            ("out", "acme", "856", "sent", "accepted"),
            ("out", "acme", "810", "sent", "accepted"),
        ]
    )
    sets = [row[2] for row in rows]
    assert sets[0] == "850"
    assert max(map(sets.index, ("855", "940"))) < sets.index("945") < min(map(sets.index, ("856", "810")))
    posted = [Path(name).name[3:] for name in found.files if name.startswith("erp/")]
    assert posted == [f"{one}.v1.json" for one in ("order_response", "warehouse_order", "shipment", "invoice")]
    assert "ACME: invoice INV-000001 agrees with order and shipment to the cent: 2471.50 to pay" in found.whole["notes"]


def test_a_grocery_chain_gets_its_own_forms_and_the_carton_above_the_order(played: Any) -> None:
    found = played("grocery")

    of_food = [row["set"] for row in found.rows if not row["part"] and row["set"] not in RECEIPTS]
    assert sorted(of_food) == ["855", "856", "875", "880"]
    notice = next(content for content in found.files.values() if b"~ST*856*" in content and b"*F-44021*" in content)
    levels = [part.split(b"*")[3] for part in notice.split(b"~") if part.startswith(b"HL*")]
    assert levels == [b"S", b"P", b"O", b"I", b"P", b"O", b"I"]


def test_one_order_for_three_stores_is_three_to_our_erp_and_one_answer_notice_and_invoice_to_the_grocer(
    played: Any,
) -> None:
    found = played("grocery")

    parts = Counter((row["set"], row["way"], row["state"]) for row in found.rows if row["part"])
    sent = {(one, "out", "sent"): 1 for one in ("855", "856", "880")}
    combined = {(one, "out", "combined"): 2 for one in ("855", "856", "880")}
    assert parts == {("850", "in", "delivered"): 3, **sent, **combined}
    posted = Counter(
        json.loads(content)["schema"]
        for name, content in found.files.items()
        if name.startswith("erp/") and b'"part"' in content
    )
    assert posted == {"order_response.v1": 3, "shipment.v1": 3, "invoice.v1": 3}
    (answer,) = (content for content in found.files.values() if b"~ST*855*" in content and b"F-51002" in content)
    shares = [part.split(b"*")[3:] for part in answer.split(b"~") if part.startswith(b"SDQ*")]
    assert [share[1::2] for share in shares] == [[b"10", b"12", b"8"], [b"24", b"24"]]
    assert any(
        one.endswith("agrees with order and shipment to the cent: 780.00 to pay") for one in found.whole["notes"]
    )


@pytest.mark.parametrize(
    ("order", "count", "total", "allowed"),
    [("F-44021", "148*CA", 147500, "2500"), ("F-51002", "78*UN", 78000, "")],
)
def test_a_grocery_invoice_counts_and_bills_all_that_stands_on_it(
    order: str, count: str, total: int, allowed: str, played: Any
) -> None:
    found = played("grocery")

    sets = [f"ST*880{one}" for file in found.files.values() for one in file.decode().split("~ST*880")[1:]]
    (bill,) = (one.partition("~SE*")[0] for one in sets if f"*{order}*" in one)
    segments = [segment.split("*") for segment in bill.split("~")]
    lines = [one for one in segments if one[0] == "G17"]
    deals = [one[8] for one in segments if one[0] == "G72"]
    (counted,) = ("*".join(one[1:]) for one in segments if one[0] == "G31")
    assert counted == count
    assert sum(int(one[1]) for one in lines) == int(count.partition("*")[0])
    assert deals == ([allowed] if allowed else [])
    assert sum(int(one[1]) * Decimal(one[3]) for one in lines) * 100 - int(allowed or 0) == total
    assert [one[1] for one in segments if one[0] == "G33"] == [str(total)]


def test_a_supplier_is_paid_what_was_ordered_and_shipped(played: Any) -> None:
    found = played("supplier")

    assert found.rows_of()[0] == ("out", "kestrel", "850", "sent", "accepted")
    assert sorted(row[:3] for row in found.rows_of()[1:]) == [("in", "kestrel", one) for one in ("810", "855", "856")]
    assert found.whole["notes"][-1].endswith("agrees with order and shipment to the cent: 1057.68 to pay")


def test_a_refused_invoice_goes_again_under_its_number_and_other_control_numbers(played: Any) -> None:
    found = played("rejected")

    first, second = (row for row in found.rows if row["set"] == "810")
    assert (first["acknowledgement"], second["acknowledgement"]) == ("rejected", "accepted")
    assert first["number"] == second["number"]
    assert first["control_numbers"] != second["control_numbers"]
    assert found.whole["why"][-1].endswith("ship to identifier (N1-04) is missing")


def test_what_does_not_go_through_is_said_and_is_no_success(tmp_path: Path) -> None:
    partners = tmp_path / "partners"
    shutil.copytree(ROOT / "partners", partners)
    profile = yaml.safe_load((partners / "acme.yaml").read_text("utf-8"))
    del profile["agreements"]["invoices"]
    (partners / "acme.yaml").write_text(yaml.safe_dump(profile), "utf-8")

    found = demo(tmp_path / "kept", "--scenario", "retail", partners=partners)

    assert found.code == 1
    assert any("did not take invoice INV-000001: nothing is agreed with acme" in one for one in found.whole["faults"])
    assert "missing: 810 out, acme, 1 of them" in found.whole["faults"]
