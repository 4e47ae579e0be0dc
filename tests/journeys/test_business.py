"""`./run` as a newcomer meets it: the pretend ERP answers an order that is posted, ships it and bills it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from gateway.app.business import doing_business
from gateway.app.run import running_with_sandbox
from gateway.app.secrets import Secrets
from gateway.backends.sandbox import SandboxErp
from gateway.cli.main import app
from tests.journeys.bad_input.road import PATIENCE_SECONDS, Road, authored, write_home

SAMPLES = Path(__file__).parents[2] / "edi_samples" / "acme"
ORDER = SAMPLES / "850-004010" / "three-sets-one-bad" / "in.edi"
CHANGE = SAMPLES / "860-004010" / "cancelled" / "in.edi"


async def test_an_order_is_answered_shipped_and_billed_through_the_intake_and_the_rejected_one_is_not(
    tmp_path: Path,
) -> None:
    settings, book = write_home(tmp_path, authored())
    async with (
        running_with_sandbox(settings) as (gateway, addresses, sandbox, erp),
        doing_business(sandbox, book, Secrets(tmp_path), addresses.http_url) as answers,
    ):
        assert answers
        road = Road(gateway=gateway, addresses=addresses, sandbox=sandbox, home=tmp_path, channels=book.channels)
        early = await road.send("acme-sftp", CHANGE.read_bytes())  # of the third order, which has not come
        assert (early.states, early.told, early.erp) == (["held"], ["A"], [])
        became = await road.send("acme-sftp", ORDER.read_bytes())
        assert became.states == ["delivered", "rejected", "delivered"]
        change = await road.reached(early.document.row.id, "delivered")
        shown = await handed_in(erp, 6)
        sent = [(await road.reached(str(one["id"]), "sealed")).row for one in shown]
        stand = await told(erp, {one.id for one in sent})
        whole = await life("71-230012", tmp_path, len(shown) // 2)
        await road.close()

    assert [event.kind for event in change.events if event.subject == change.row.id] == [
        "document.before-order",
        "document.after-order",
        "document.delivered",
    ]
    assert {row["set_id"] for row in whole["rows"]} == {"850", "860", "855", "856", "810", "997"}
    assert [flag["code"] for flag in whole["flags"]] == ["change-before-order"]
    assert {one["schema"] for one in stand} == {"status.v1"}
    assert [one["schema"] for one in shown] == ["order_response.v1", "shipment.v1", "invoice.v1"] * 2
    assert [row.set_id for row in sent] == ["855", "856", "810"] * 2
    assert {row.partner for row in sent} == {"acme"}


async def life(number: str, home: Path, ours: int) -> dict[str, Any]:
    """What `gateway threads show` tells of an order, once so many documents of ours are known to belong to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GATEWAY_HOME", str(home))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                result = await asyncio.to_thread(CliRunner().invoke, app, ["threads", "show", number, "--json"])
                found: list[dict[str, Any]] = [
                    json.loads(line) for line in result.stdout.splitlines() if line[:1] == "{"
                ]
                rows = [row for one in found for row in one["rows"] if row["way"] == "out" and not row["answers"]]
                if result.exit_code == 1 and len(rows) >= ours:
                    return found[0]
                await asyncio.sleep(0.1)


async def handed_in(erp: str, count: int) -> list[dict[str, object]]:
    """What GET /business of the sandbox shows, once it is so many."""
    async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{erp}/business") as answer:
                shown: list[dict[str, object]] = (await answer.json())["handed_in"]
            if len(shown) >= count:
                assert [one["problem"] for one in shown] == [""] * count
                return shown
            await asyncio.sleep(0.05)


async def told(erp: str, documents: set[str]) -> list[dict[str, object]]:
    """Statuses of these documents, once the sandbox was told that all of them are sealed."""
    async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{erp}/statuses") as answer:
                stand = [one for one in await answer.json() if one["document_id"] in documents]
            if [one["state"] for one in stand] == ["sealed"] * len(documents):
                return stand
            await asyncio.sleep(0.05)


async def test_without_a_system_that_may_send_the_sandbox_only_takes_documents(tmp_path: Path) -> None:
    files = authored()
    files["partners"] = {name: text for name, text in files["partners"].items() if not name.startswith("intake/")}
    _, book = write_home(tmp_path, files)
    async with doing_business(SandboxErp(), book, Secrets(tmp_path), "http://127.0.0.1:1") as answers:
        assert answers is False
