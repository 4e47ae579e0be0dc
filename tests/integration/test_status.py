"""Statuses of documents between the adapter and the pretend ERP: both ends of the contract."""

import json
from datetime import UTC, datetime

import aiohttp
import pytest

from gateway.backends.answer import Answer, judge_status
from gateway.backends.erp import ErpBackend
from gateway.backends.sandbox import SandboxErp
from gateway.backends.sandbox_store import Mode

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_status(sequence: int, state: str) -> bytes:
    return json.dumps({"schema": "status.v1", "document_id": "01K", "sequence": sequence, "state": state}).encode()


async def test_the_pretend_erp_keeps_the_latest_status_of_each_document_and_shows_it() -> None:
    sandbox = SandboxErp()
    url = await sandbox.start()
    erp = ErpBackend(url)
    try:
        told = [
            await erp.put_status("01K", "notice-2", a_status(2, "sent")),
            await erp.put_status("01K", "notice-2", a_status(2, "sent")),
            await erp.put_status("01K", "notice-1", a_status(1, "sealed")),
        ]
        sandbox.set_mode(Mode.FAIL500)
        told.append(await erp.put_status("01K", "notice-3", a_status(3, "sent")))
        async with aiohttp.ClientSession() as session, session.get(f"{url}/statuses") as answer:
            shown = await answer.json()
    finally:
        await erp.close()
        await sandbox.close()

    assert [(one.kind, one.status) for one in told] == [("taken", 200), ("taken", 200), ("taken", 409), ("down", 503)]
    assert [(one["sequence"], one["state"]) for one in shown] == [(2, "sent")]
    keys = [one.headers.get("Idempotency-Key") for one in sandbox.requests]
    assert keys == ["notice-2", "notice-2", "notice-1", "notice-3"]
    assert sandbox.counters.requests == 0  # posts of documents


async def test_an_erp_that_is_not_there_is_asked_again_later() -> None:
    erp = ErpBackend("http://127.0.0.1:9")

    told = await erp.put_status("01K", "notice-1", a_status(1, "sent"))

    await erp.close()
    assert told.kind == "down"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((200, "taken"), (204, "taken"), (409, "taken"), (404, "refused"), (422, "refused")),
        *((401, "down"), (429, "down"), (500, "down"), (302, "down")),
    ],
)
def test_every_answer_to_a_status_has_one_meaning(status: int, kind: str) -> None:
    told = judge_status(Answer(status=status, body=b'{"detail": "why"}', retry_after="7"), NOW)

    assert told.kind == kind
    assert told.asked_seconds == (7.0 if kind == "down" else None)
