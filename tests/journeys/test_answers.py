"""An invoice of ours goes out by the mailbox, and what the partner answers comes back: good, bad and hostile."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml
from typer.testing import CliRunner

from gateway.app.secrets import Secrets
from gateway.cli.main import app
from gateway.pipeline.questions import DocumentDetail
from gateway.store.journal import StoreJournal
from gateway.x12.acknowledge import functional_acknowledgement
from gateway.x12.interchange import InterchangeResult
from gateway.x12.read import examine
from tests.journeys.bad_input.orders import fresh, group, isa, named, sealed
from tests.journeys.bad_input.road import Became, Road, a_road, authored

pytestmark = pytest.mark.asyncio(loop_scope="module")

GULL = """
name: Gull Stores
owner: onboarding
isa: [ZZ/GULLSTORES]
agreements:
  invoices:
    direction: outbound
    set: "810"
    version: "004010"
    usage: production
    mapping: x12/810@1
    channel: gull-sftp
    from: harborpine
    acknowledgement: {expects: "997", ta1: requested}
"""
INTAKE = "owner: tests\napi_key: file:secrets/answers.key\nmay_send: [gull]\n"
CHANNEL = "gull-sftp"
MAPPINGS = ("x12/810", "x12/850", "acme/850", "bolt/850")
_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def road(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Road]:
    """A gateway that sends invoices to Gull."""
    async with a_road(tmp_path_factory.mktemp("home"), files()) as opened:
        yield opened


def files() -> dict[str, dict[str, str]]:
    """Gull beside ACME and Bolt, who send orders only; no other partner and mapping, so that a start is short."""
    found = authored()
    acme = yaml.safe_load(found["partners"]["acme.yaml"])
    acme["agreements"] = {"orders": acme["agreements"]["orders"]}
    del acme["agreements"]["orders"]["owes"]
    kept = re.compile(r"(company|bolt|channels/(acme|bolt|gull)-\w+|guides/bolt/.*|destinations/erp(-test)?)\.yaml")
    partners = {name: text for name, text in found["partners"].items() if kept.fullmatch(name)}
    partners |= {"acme.yaml": yaml.safe_dump(acme), "gull.yaml": GULL, "intake/answers.yaml": INTAKE}
    mappings = {name: text for name, text in found["mappings"].items() if name.split("/v1")[0] in MAPPINGS}
    return {"partners": partners, "mappings": mappings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An invoice as Gull fetched it."""

    id: str
    data: bytes

    @property
    def group(self) -> str:
        """GS06."""
        return named(self.data, "GS")[0][6]


async def an_invoice(road: Road) -> Sent:
    """Hand one in as our ERP does, wait until it lies in the mailbox, and fetch it as Gull."""
    number = f"HP-{next(_numbers)}"
    body = {
        "invoice_number": number,
        "invoice_date": "2026-03-02",
        "po_number": "PO-1",
        "lines": [
            {"number": "1", "quantity": "2", "unit": "each", "price": "1.25", "vendor_sku": "AB-1"},
            {"number": "2", "quantity": "4", "unit": "each", "price": "0.25", "vendor_sku": "AB-2"},
        ],
        "totals": {"amount": "3.50"},
    }
    posted = {"schema": "invoice.v1", "partner": "gull", "stage": "production", "body": body}
    key = Secrets(road.home).get("file:secrets/answers.key")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": number}
    url = f"{road.addresses.http_url}/api/v1/documents"
    async with aiohttp.ClientSession() as client, client.post(url, json=posted, headers=headers) as answer:
        assert answer.status == 202, await answer.text()
        id_ = str((await answer.json())["id"])
    while await asyncio.to_thread(road.gateway.memory.questions.document, id_) is None:
        await asyncio.sleep(0.02)
    detail = await road.reached(id_, "sealed")
    return Sent(id=id_, data=await road.fetch(CHANNEL, f"/outbound/{detail.sending['name']}"))


def by_hand(*sets: Sequence[str], sender: str = "ZZ/GULLSTORES", ta1: str = "") -> bytes:
    """997s as a partner's own program writes them, each given by what stands between ST and SE."""
    numbered = [[f"ST*997*{n:04}", *one, f"SE*{len(one) + 2}*{n:04}"] for n, one in enumerate(sets, start=1)]
    header = [isa(fresh(), sender=sender), *([ta1] if ta1 else [])]
    groups = [group(*numbered, sender=sender.partition("/")[2], functional_id="FA")] if sets else []
    return sealed("~".join(header), *groups, iea=f"IEA*{len(groups)}*{header[0].split('*')[13]}")


async def standing(road: Road, invoice: Sent) -> DocumentDetail:
    detail = await asyncio.to_thread(road.gateway.memory.questions.document, invoice.id)
    assert detail is not None
    return detail


async def answered(road: Road, invoice: Sent, *lines: str) -> tuple[Became, DocumentDetail]:
    """Gull answers by AK1 of the invoice's group and these lines."""
    became = await road.send(CHANNEL, by_hand((f"AK1*IN*{invoice.group}", *lines)))
    return became, await standing(road, invoice)


async def test_what_gull_reads_without_fault_comes_back_accepted(road: Road) -> None:
    invoice = await an_invoice(road)
    result = next(event for event in examine(invoice.data) if isinstance(event, InterchangeResult))
    draft = functional_acknowledgement(result)
    assert draft is not None
    theirs = draft.seal(interchange_number=int(fresh()), group_numbers=[1], now=datetime.now(UTC))

    became = await road.send(CHANNEL, theirs)

    detail = await standing(road, invoice)
    assert became.states == ["reconciled"]
    assert became.answers == {}
    assert (detail.row.state, detail.row.acknowledgement, detail.said) == ("sent", "accepted", [])
    assert [event.kind for event in detail.events][-1] == "document.acknowledged"


async def test_errors_that_gull_notes_are_kept_with_the_invoice(road: Road) -> None:
    invoice = await an_invoice(road)

    _, detail = await answered(
        road, invoice, "AK2*810*0001", "AK3*IT1*4**8", "AK4*3*355*7*EA", "AK5*E*5", "AK9*E*1*1*1"
    )

    assert detail.row.acknowledgement == "accepted_with_errors"
    assert detail.said[-1] == 'line 2: unit of measure (IT1-03) has a code that is not known there: "EA"'


async def test_a_refusal_is_told_in_plain_words_with_the_line_of_the_mapping(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = await an_invoice(road)

    became, detail = await answered(
        road, invoice, "AK2*810*0001", "AK3*IT1*4**8", "AK4*2*358*6*4", "AK5*R*5", "AK9*R*1*1*0"
    )

    monkeypatch.setenv("GATEWAY_HOME", str(road.home))
    shown = await asyncio.to_thread(CliRunner().invoke, app, ["documents", "show", invoice.id])
    listed = await asyncio.to_thread(CliRunner().invoke, app, ["documents", "list", "--ack", "rejected"])
    about = await asyncio.to_thread(CliRunner().invoke, app, ["documents", "show", became.document.row.id])
    assert detail.row.acknowledgement == "rejected"
    sentence = 'line 2: quantity invoiced (IT1-02) has characters that may not stand there: "4"'
    assert re.search(re.escape(sentence) + r", written by x12/810/v1\.map\.yaml:\d+\n", shown.output)
    assert "The partner refused it; it has to be corrected and sent again." in shown.output
    assert invoice.id in listed.output
    assert f"group IN {invoice.group} was rejected, 0 of 1 sets accepted" in about.output


async def test_a_ta1_that_rejects_the_envelope_rejects_the_invoice(road: Road) -> None:
    invoice = await an_invoice(road)
    header = named(invoice.data, "ISA")[0]
    number, date, time = header[13], header[9], header[10]

    became = await road.send(CHANNEL, by_hand(ta1=f"TA1*{number}*{date}*{time}*R*009"))

    detail = await standing(road, invoice)
    assert became.answers == {}
    assert (detail.row.acknowledgement, detail.sending["ta1"]) == ("rejected", "rejected")
    assert detail.said[0].startswith(f"interchange {number} was rejected: ")


async def test_another_partner_cannot_answer_for_gull(road: Road) -> None:
    invoice = await an_invoice(road)
    lines = (f"AK1*IN*{invoice.group}", "AK2*810*0001", "AK5*R*5", "AK9*R*1*1*0")

    stranger = await road.send("acme-sftp", by_hand(lines, sender="ZZ/ACMERETAIL"))
    forged = await road.send("acme-sftp", by_hand(lines, sender="ZZ/GULLSTORES"))

    detail = await standing(road, invoice)
    assert stranger.states == ["held"]
    assert stranger.document.row.reason.startswith("an acknowledgement of something we have not sent: group IN")
    assert (forged.state, forged.states) == ("quarantined", [])
    assert (detail.row.acknowledgement, detail.said) == ("awaited", [])


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("AK1*IN*99999", "AK9*A*1*1*1"), "an acknowledgement of something we have not sent: group IN 99999"),
        (("AK1*IN*{}", "AK9*A*7*7*7"), "an acknowledgement that accepts nothing: AK902 counts 7 and AK903 counts 7"),
    ],
)
async def test_an_answer_about_no_group_of_ours_or_of_another_size_accepts_nothing(
    road: Road, lines: Sequence[str], reason: str
) -> None:
    invoice = await an_invoice(road)

    became = await road.send(CHANNEL, by_hand([line.format(invoice.group) for line in lines]))

    detail = await standing(road, invoice)
    assert became.states == ["held"]
    assert became.document.row.reason.startswith(reason)
    assert detail.row.acknowledgement == "awaited"


@pytest.mark.parametrize(
    ("loops", "reason"),
    [(150_000, "an acknowledgement that cannot be used: "), (100_000, "an acknowledgement that accepts nothing: ")],
)
async def test_an_answer_of_a_hundred_thousand_loops_moves_nothing_and_keeps_nobody_waiting(
    road: Road, loops: int, reason: str
) -> None:
    invoice = await an_invoice(road)
    many = [line for n in range(2, loops + 2) for line in (f"AK2*810*{n:06}", "AK5*A")]

    became, detail = await answered(road, invoice, *many, f"AK9*A*{loops}*{loops}*{loops}")

    assert became.states == ["held"]
    assert became.document.row.reason.startswith(reason)
    assert detail.row.acknowledgement == "awaited"


async def test_no_flood_of_answers_keeps_the_database_from_others_for_long(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = await an_invoice(road)
    written: list[float] = []
    record = StoreJournal.record_processed

    def timed(journal: StoreJournal, *outcomes: Any, **suspects: Any) -> None:
        began = time.monotonic()
        record(journal, *outcomes, **suspects)
        written.append(time.monotonic() - began)

    monkeypatch.setattr(StoreJournal, "record_processed", timed)
    notes = [line for n in range(3, 50_000) for line in (f"AK3*IT1*{n}**8", "AK4*2*358*1*XXXXXXXXXXXXXXXX")]
    head, many = f"AK1*IN*{invoice.group}", f"TA1*{'1' * 9}*260302*1300*R*009~" * 10_001

    noted = await road.send(CHANNEL, by_hand((head, "AK2*810*0001", *notes, "AK5*R*5", "AK9*R*1*1*0")))
    ta1s = await road.send(CHANNEL, by_hand(ta1=many[:-1]))

    assert noted.states == ["reconciled"]
    assert (ta1s.state, ta1s.transmission.reason.partition(" or ")[0]) == (
        "refused",
        "more than 10000 transaction sets and TA1s",
    )
    assert max(written) < 5  # some 0.7 s
    assert len((await standing(road, invoice)).said) == 50


async def test_documents_show_explains_what_every_hostile_answer_came_to(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_HOME", str(road.home))
    invoice = await an_invoice(road)
    head, good = f"AK1*IN*{invoice.group}", ("AK2*810*0001", "AK5*A")
    hostile = {
        ("AK1*IN*77777", "AK9*A*1*1*1"): "something we have not sent: group IN 77777 to ZZ/GULLSTORES",
        (f"AK1*PO*{invoice.group}", "AK9*A*1*1*1"): "nearly fits: AK101 says PO, its GS01 is IN",
        (head, "AK9*A*9*9*9"): "accepts nothing: AK902 counts 9 and AK903 counts 9",
        (head, "AK2*810*0044", "AK5*A", "AK9*A*1*1*1"): "it names sets that are not in group IN",
        (head, *good, "AK2*810*1", "AK5*E", "AK9*A*1*1*1"): "AK903 says 1 sets were received, 2 are answered",
        (head, *good, head, "AK9*A*1*1*1"): "it is not in order itself: ",
        (*good, "AK9*A*1*1*1"): "to ZZ/GULLSTORES; 997/AK1[2]: AK1 is mandatory and missing before AK2",
        ("AK1*FA*1", "AK9*A*1*1*1"): "an acknowledgement of an acknowledgement, group FA 1 to ZZ/GULLSTORES",
    }

    for lines, words in hostile.items():
        became = await road.send(CHANNEL, by_hand(lines))
        shown = await asyncio.to_thread(CliRunner().invoke, app, ["documents", "show", became.document.row.id])
        assert words in " ".join(shown.output.split()), (lines, shown.output)

    detail = await standing(road, invoice)
    assert (detail.row.acknowledgement, detail.said) == ("awaited", [])


async def test_the_same_997_again_moves_nothing(road: Road) -> None:
    invoice = await an_invoice(road)
    data = by_hand((f"AK1*IN*{invoice.group}", "AK9*A*1*1*1"))
    first = await road.send(CHANNEL, data)
    before = await standing(road, invoice)

    again = await road.send(CHANNEL, data)

    assert first.states == ["reconciled"]
    assert again.transmission.interchanges[0]["state"] == "duplicate"
    assert again.documents == []
    assert _history(await standing(road, invoice)) == _history(before)


def _history(detail: DocumentDetail) -> Any:
    return detail.row, [event.kind for event in detail.events]
