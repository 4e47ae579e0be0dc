"""How the pretend ERP hands documents in: one POST each to the gateway's intake, in the order they were thought of."""

import asyncio
import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from gateway.backends.pretend.desk import Desk, Errand
from gateway.backends.sandbox_store import Stored

TRIES: Final = 5
"""Of one document, while the gateway does not answer or says that it is busy."""

PAUSE_SECONDS: Final = 0.2
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """What the gateway answered: the document's id with 202, else the problem in words. `status` 0 is no answer."""

    errand: Errand
    status: int
    id: str = ""
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether the gateway has it."""
        return self.status == 202


class PretendBusiness:
    """A desk that works: hears of every document the sandbox keeps, and runs the errands. `start`, then `close`.

    Args:
        desk: the rules.
        url: the gateway's HTTP address.
        key: the API key of the intake.
        reaches: the partners that the intake may send to; errands for others are left to a person. None: all.
    """

    def __init__(self, desk: Desk, *, url: str, key: str, reaches: Collection[str] | None = None) -> None:
        self.desk = desk
        self._reaches = reaches
        self.handed_in: list[HandedIn] = []
        self._url, self._key = url.rstrip("/"), key
        self._errands: asyncio.Queue[Errand] = asyncio.Queue()
        self._session: aiohttp.ClientSession | None = None
        self._working: asyncio.Task[None] | None = None

    def kept(self, stored: Stored, envelope: Mapping[str, Any]) -> None:
        """The sandbox keeps a new document: see `SandboxErp.tell`."""
        for errand in self.desk.took(stored.id, envelope):
            if self._reaches is None or errand.posted["partner"] in self._reaches:
                self.run(errand)
            else:
                self.desk.notes.append(f"{errand.key}: we send nothing to {errand.posted['partner']}")

    def shown(self) -> Mapping[str, object]:
        """What was handed in so far and what was found out, as JSON values."""
        handed_in = [
            {
                "key": one.errand.key,
                "schema": one.errand.posted["schema"],
                "partner": one.errand.posted["partner"],
                "id": one.id,
                "problem": one.problem,
            }
            for one in self.handed_in
        ]
        return {"handed_in": handed_in, "notes": list(self.desk.notes)}

    def run(self, errand: Errand) -> None:
        """Hand this in as soon as those before it are."""
        self._errands.put_nowait(errand)

    async def start(self) -> None:
        """Begin to run errands."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        self._session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=30))
        self._working = asyncio.create_task(self._work(self._session))

    async def close(self) -> None:
        """Stop; errands that were not run are forgotten."""
        if self._working is not None:
            self._working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._working
        if self._session is not None:
            await self._session.close()

    async def became_of(self, document_id: str) -> Mapping[str, Any]:
        """What the gateway says became of a document that was handed in."""
        assert self._session is not None  # noqa: S101 - started
        async with self._session.get(f"{self._url}/api/v1/documents/{document_id}") as answer:
            answer.raise_for_status()
            found: Mapping[str, Any] = await answer.json()
            return found

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while True:
            errand = await self._errands.get()
            self.handed_in.append(await self._hand_in(session, errand))

    async def _hand_in(self, session: aiohttp.ClientSession, errand: Errand) -> HandedIn:
        """The same bytes under the same key each time: whatever was lost on the way, it is one document."""
        posted = json.dumps(errand.posted).encode()
        last = HandedIn(errand=errand, status=0, problem="the gateway does not answer")
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS * attempt)
            try:
                last = await self._post(session, errand, posted)
            except (aiohttp.ClientError, TimeoutError) as lost:
                last = HandedIn(errand=errand, status=0, problem=str(lost) or type(lost).__name__)
            if last.status and last.status not in _AGAIN:
                break
        return last

    async def _post(self, session: aiohttp.ClientSession, errand: Errand, posted: bytes) -> HandedIn:
        headers = {"Idempotency-Key": errand.key}
        async with session.post(f"{self._url}/api/v1/documents", data=posted, headers=headers) as answer:
            told = json.loads(await answer.read() or b"{}")
            if answer.status == 202:
                return HandedIn(errand=errand, status=202, id=str(told["id"]))
            faults = [f"{one['field']}: {one['message']}" for one in told.get("errors", ())]
            return HandedIn(errand=errand, status=answer.status, problem="; ".join([told.get("detail", ""), *faults]))
