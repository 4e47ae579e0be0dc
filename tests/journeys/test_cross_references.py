"""A value nobody knows holds its document, and the document goes on when the row is added: in and out."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from typer.testing import CliRunner

from gateway.app.secrets import Secrets
from gateway.cli.main import app
from tests.journeys.bad_input.orders import LINE, an_order, from_acme
from tests.journeys.bad_input.road import Road, a_road, authored

OURS = """
mapping: crossing/850
version: 1
extends: acme/850@1
owner: onboarding
map:
  lines.vendor_sku: {at: PO1<VN>, xref: sku}
  lines.units: {quantity: quantity, price: price, unit: unit, item: vendor_sku}
"""

THEIRS = """
mapping: crossing/810
version: 1
extends: x12/810@1
owner: onboarding
map:
  lines.vendor_sku: {at: IT1<VN>, xref: sku}
"""

INVOICE = {
    "schema": "invoice.v1",
    "partner": "acme",
    "stage": "production",
    "body": {
        "invoice_number": "INV-1",
        "invoice_date": "2026-01-05",
        "lines": [{"quantity": "2", "unit": "each", "price": "7.25", "vendor_sku": "POT-5"}],
        "totals": {"amount": "14.50"},
    },
}


def files() -> dict[str, dict[str, str]]:
    """The samples, ACME sending orders and fetching invoices through mappings that look articles up."""
    found = authored()
    found["mappings"] |= {"crossing/850/v1.map.yaml": OURS, "crossing/810/v1.map.yaml": THEIRS}
    acme = yaml.safe_load(found["partners"]["acme.yaml"])
    orders = acme["agreements"]["orders"] | {"mapping": "crossing/850@1"}
    invoices = {"direction": "outbound", "set": "810", "version": "004010", "usage": "production"}
    invoices |= {"mapping": "crossing/810@1", "channel": "acme-sftp", "from": "harborpine"}
    orders.pop("owes", None)
    acme["agreements"] = {"orders": orders, "invoices": invoices}
    found["partners"]["acme.yaml"] = yaml.safe_dump(acme)
    return found


async def crossref(*arguments: str) -> str:
    """What a person types while the gateway runs."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["crossref", *arguments])
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.stdout


async def hand_in(road: Road, document: dict[str, Any], key: str) -> str:
    """Post a document of ours; its id."""
    secret = Secrets(road.home).get("file:secrets/erp-intake.key")
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
    url = f"{road.addresses.http_url}/api/v1/documents"
    async with aiohttp.ClientSession() as client, client.post(url, json=document, headers=headers) as answer:
        said = await answer.json()
        assert answer.status == 202, said
        return str(said["id"])


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path))


async def test_an_order_waits_for_the_row_of_its_article_and_then_for_its_unit(tmp_path: Path) -> None:
    async with a_road(tmp_path, files()) as road:
        became = await road.send("acme-sftp", from_acme(an_order("NEW-1", lines=[LINE.replace("*EA*", "*CA*")])))
        held = became.document
        assert (became.states, became.told, became.erp) == (["held"], ["A"], [])
        assert "table 'sku' has no row that knows acme's 'HP-7711'" in held.row.reason
        assert held.pins["crossref_as_of"] == ""
        assert "acme     sku    HP-7711" in await crossref("unmapped")

        first = await crossref("add", "sku", "HP-7711", "POT-5", "--partner", "acme", "--actor", "kim")
        assert f"1 document put back on the road: {held.row.id}" in first
        async with asyncio.timeout(20):
            while "case" not in await crossref("unmapped"):
                await asyncio.sleep(0.05)
        still = await road.reached(held.row.id, "held")
        assert "table 'unit' has no row that knows acme's 'case' of item 'POT-5'" in still.row.reason

        await crossref("add", "unit", "case", "each", "--partner", "*", "--factor", "4", "--actor", "kim")
        delivered = await road.reached(held.row.id, "delivered")
        (envelope,) = road.envelopes(held.row.id)

    line = envelope["body"]["lines"][0]
    assert (line["vendor_sku"], line["quantity"], line["unit"], line["price"]) == ("POT-5", "48", "each", "1.8125")
    assert envelope["key"] == f"{held.row.id}.1"
    assert [event.who for event in delivered.events if event.kind == "document.replayed"] == ["kim", "kim"]
    assert delivered.pins["crossref_as_of"] > "2026"


@pytest.mark.long
async def test_an_invoice_of_ours_waits_for_the_partners_word_and_then_goes_out(tmp_path: Path) -> None:
    async with a_road(tmp_path, files()) as road:
        document = await hand_in(road, INVOICE, "invoice-1")
        while await asyncio.to_thread(road.gateway.memory.questions.document, document) is None:
            await asyncio.sleep(0.05)
        held = await road.reached(document, "held")
        assert "table 'sku' has no row for acme that knows ours 'POT-5'" in held.row.reason
        assert "outbound" in await crossref("unmapped", "--partner", "acme")

        said = await crossref("add", "sku", "HP-7711", "POT-5", "--partner", "acme")
        sealed = await road.reached(document, "sealed")

    assert "1 document put back on the road" in said
    assert b"*VN*HP-7711~" in sealed.x12
