"""The life of an order over the API: for people with a key, and for nobody else."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import aiohttp
import pytest

from gateway.api.app import ApiLimits, create_app
from gateway.api.listener import Listener
from gateway.api.verbs import OperatorAccount
from gateway.ledger.order_lines import LedgerLine
from gateway.ledger.thread_flags import Flag
from gateway.pipeline.order_threads import OrderThread, ThreadRow, Wanted
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.mailbox import MemoryMailbox
from tests.fakes.questions import PreparedQuestions

KEY = "key-of-kim"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class OneThread:
    """Knows one order of one partner."""

    def threads(self, number: str, *, partner: str = "", usage: str = "P") -> Sequence[OrderThread]:
        if (number, usage) != ("47/11 A", "P") or partner not in ("", "acme"):
            return ()
        line = LedgerLine(number="1", ordered=Decimal("10.50"), shipped=Decimal(10), units=["each"])
        flag = Flag(code="second-order", sentence="850 47/11 A came again", document="D-1")
        about = {"id": "T-1", "partner": "acme", "usage": "P", "kind": "customer", "number": number, "release": ""}
        about |= {"state": "late with us", "because": "850 47/11 A: 855"}
        return [OrderThread(**about, opened_at=NOON, last_at=NOON, rows=(), flags=(flag,), lines=(line,))]

    def listed(self, wanted: Wanted, *, limit: int) -> Sequence[ThreadRow]:
        return ()


@pytest.fixture
async def url() -> AsyncIterator[str]:
    account = OperatorAccount(channel="", max_file_bytes=0, who="kim")
    application = create_app(
        intake=MemoryIntake(),
        accounts={}.get,
        systems={}.get,
        operators={hashlib.sha256(KEY.encode()).hexdigest(): account}.get,
        orders=OneThread(),
        admit=lambda _content, _account: None,
        questions=PreparedQuestions(),
        mailbox=MemoryMailbox(),
        blobs=MemoryBlobs(),
        limits=ApiLimits(failure_delay_seconds=0.001),
        clock=lambda: NOON,
        version="0.0.0",
    )
    listener = Listener(application)
    yield await listener.start()
    await listener.close()


async def asked(url: str, number: str, key: str = KEY, **query: str) -> tuple[int, dict[str, object]]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.get(f"{url}/api/v1/threads/{number}", params=query) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def test_an_order_is_told_with_its_flags_and_exact_quantities(url: str) -> None:
    status, told = await asked(url, "47/11 A")

    assert (status, told["as_of"]) == (200, NOON.isoformat())
    [thread] = told["threads"]  # type: ignore[misc]
    assert thread["title"] == "order 47/11 A of acme, 2026-03-02 to 2026-03-02"
    assert (thread["state"], thread["because"]) == ("late with us", "850 47/11 A: 855")
    assert thread["flags"] == [{"code": "second-order", "sentence": "850 47/11 A came again", "document": "D-1"}]
    assert (thread["lines"][0]["ordered"], thread["lines"][0]["to_ship"]) == ("10.50", "0.50")


async def test_what_nobody_knows_and_who_has_no_key_hear_nothing(url: str) -> None:
    assert (await asked(url, "4712"))[0] == 404
    assert (await asked(url, "47/11 A", partner="bolt"))[0] == 404
    assert (await asked(url, "47/11 A", usage="X"))[0] == 422
    assert (await asked(url, "47/11 A", key="another"))[0] == 401
