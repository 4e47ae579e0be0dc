"""An invoice of ours, from the ERP's post to the partner's pickup; what is refused at the door; and what is held."""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from gateway.api.documents import MAX_DOCUMENT_BYTES
from gateway.x12.interchange import InterchangeResult
from gateway.x12.read import examine
from tests.journeys.gateway_process import MAIN, ROOT, Site
from tests.journeys.invoices import KEY, Invoice, invoice
from tests.journeys.reckoning import sftp_session
from tests.journeys.test_outbound_kill import outbound_site

FINAL = ("sealed", "sent", "held", "dead")
WAIT_SECONDS = 30.0


async def post(site: Site, content: bytes, key: str, *, secret: str = KEY) -> tuple[int, dict[str, Any]]:
    """Status and answer."""
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
    url = f"{site.nodes[0].http_url}/api/v1/documents"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=BytesIO(content)) as answer:
        return answer.status, json.loads(await answer.read())


async def settled(site: Site, document: str) -> Mapping[str, Any]:
    """What became of a document, once the road has done with it."""
    url = f"{site.nodes[0].http_url}/api/v1/documents/{document}"
    deadline = time.monotonic() + WAIT_SECONDS
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
        while True:
            async with session.get(url) as answer:
                told: Mapping[str, Any] = await answer.json()
            if told["state"] in FINAL:
                return told
            assert time.monotonic() < deadline, f"{told}\n{site.logs()}"
            await asyncio.sleep(0.05)


async def command(site: Site, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command beside the gateway that runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *MAIN,
        *arguments,
        cwd=ROOT,
        env=site.nodes[0].process.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def fetched(site: Site) -> Mapping[str, bytes]:
    """What ACME reads of its outbound folder."""
    found: dict[str, bytes] = {}
    async with sftp_session(site.home, site.nodes[0].sftp_port) as session:
        for name in await session.listdir("/outbound"):
            if name not in (".", ".."):
                async with session.open(f"/outbound/{name}", "rb") as remote:
                    found[str(name)] = await remote.read()
    return found


def with_unit(one: Invoice, unit: str) -> bytes:
    """The invoice with another unit in its first line."""
    posted = json.loads(one.content)
    posted["body"]["lines"][0]["unit"] = unit
    return json.dumps(posted).encode()


@pytest.mark.timeout(300)
async def test_an_invoice_goes_out_once_and_what_is_wrong_is_said_at_the_door(tmp_path: Path) -> None:
    good = invoice(1)
    async with outbound_site(tmp_path) as site:
        await site.nodes[0].start()

        status, first = await post(site, good.content, good.key)
        again = await post(site, good.content, good.key)
        told = await settled(site, first["id"])

        assert (status, first["state"], again) == (202, "collected", (202, first))
        assert (told["state"], told["business_number"], told["acknowledgement"]) == ("sealed", good.number, "awaited")
        await _is_refused(site, good)
        [(name, data)] = (await fetched(site)).items()
        assert name == "acme-810-000000001.x12"
        assert [one.status for one in examine(data) if isinstance(one, InterchangeResult)] == ["A"]
        assert (await settled(site, first["id"]))["state"] == "sent"
        _, listed, _ = await command(site, "documents", "list", "--direction", "outbound")
        assert listed.count(good.number) == 1
        _, shown, _ = await command(site, "documents", "show", first["id"])
        assert "by intake/killed-erp from 127.0.0.1" in shown
        assert "acme-810-000000001.x12 for acme-sftp" in shown


async def _is_refused(site: Site, good: Invoice) -> None:
    """Everything that the door says no to, after which nothing more has gone out."""
    wrong = json.loads(good.content)
    wrong["body"]["lines"][0]["quantity"] = "two"
    elsewhere = {**json.loads(good.content), "partner": "bolt"}
    unknown = {**json.loads(good.content), "agreement": "none"}

    answers = {
        "other bytes": await post(site, good.content + b" ", good.key),
        "wrong field": await post(site, json.dumps(wrong).encode(), "k-1"),
        "not permitted": await post(site, json.dumps(elsewhere).encode(), "k-2"),
        "no agreement": await post(site, json.dumps(unknown).encode(), "k-3"),
        "too large": await post(site, b"{" + b" " * MAX_DOCUMENT_BYTES + b"}", "k-4"),
        "a partner": await post(site, good.content, "k-5", secret=site.home.api_key),
    }

    assert {name: status for name, (status, _) in answers.items()} == {
        "other bytes": 409,
        "wrong field": 422,
        "not permitted": 403,
        "no agreement": 422,
        "too large": 413,
        "a partner": 401,
    }
    [error] = answers["wrong field"][1]["errors"]
    assert error["field"] == "lines[0].quantity"
    assert "acme/killed-invoices" in answers["no agreement"][1]["detail"]


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_held_document_goes_when_the_cause_is_mended_and_a_person_replays_it(tmp_path: Path) -> None:
    posted = tmp_path / "invoice.json"
    async with outbound_site(tmp_path) as site:
        posted.write_bytes(with_unit(invoice(1), "QQ"))
        await site.nodes[0].start()
        code, output, errors = await command(site, "documents", "send", str(posted), "--json")
        assert code == 0, errors
        document = json.loads(output)["id"]
        _, output, _ = await command(site, "documents", "send", str(posted), "--json")
        assert json.loads(output) == {"id": document, "state": "collected", "known": True}
        held = await _held(site, document)
        await site.nodes[0].process.stop()
        _agree_on_unit(tmp_path / "partners" / "acme.yaml", "QQ")
        await site.nodes[0].start()

        code, _, errors = await command(site, "documents", "replay", document, "--reason", "QQ agreed on")
        assert code == 0, errors
        sealed = await _state(site, document, "sealed")

        assert '(IT1-03) has a code that is not known there: "QQ"' in held["row"]["reason"]
        assert sealed["row"]["control_numbers"] == "000000001/1/0001"
        assert b"IT1*1*2*QQ*1.25" in next(iter((await fetched(site)).values()))


def _agree_on_unit(path: Path, unit: str) -> None:
    profile = yaml.safe_load(path.read_text("utf-8"))
    profile["agreements"]["killed-invoices"]["extra_codes"] = {"355": [unit]}
    path.write_text(yaml.safe_dump(profile), "utf-8")


async def _held(site: Site, document: str) -> Mapping[str, Any]:
    return await _state(site, document, "held")


async def _state(site: Site, document: str, state: str) -> Mapping[str, Any]:
    """The whole document as a command shows it, once it is in this state."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        detail = await asyncio.to_thread(site.memory.questions.document, document)
        if detail is not None and detail.row.state == state:
            _, output, _ = await command(site, "documents", "show", document, "--json")
            shown: Mapping[str, Any] = json.loads(output)
            return shown
        assert time.monotonic() < deadline, f"{detail}\n{site.logs()}"
        await asyncio.sleep(0.05)
