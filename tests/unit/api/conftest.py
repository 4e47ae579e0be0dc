"""The API over fakes, called without a socket."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.api.accounts import ApiAccount, SystemAccount
from gateway.api.app import ApiLimits, create_app
from gateway.api.body import BodyLimits
from gateway.api.reports import Report
from gateway.api.verbs import OperatorAccount
from gateway.pipeline.outbound.collect import Refused
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.mailbox import MemoryMailbox
from tests.fakes.operator import RecordingOperator
from tests.fakes.questions import PreparedQuestions

ACME, BOLT, FENCED = "key-of-acme", "key-of-bolt", "key-of-fenced"
MAX_BYTES = 200_000
ERP = "key-of-our-erp"
DANA = "key-of-dana"
THE_ERP = SystemAccount(channel="intake/erp", max_file_bytes=MAX_BYTES, may_send=frozenset({"acme"}))


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The last part of the problem's type; fails when it is no problem+json."""
        assert self.headers["content-type"] == "application/problem+json"
        document = self.json()
        assert document["status"] == self.status
        assert document["title"]
        return str(document["type"]).removeprefix("urn:edi-gateway:problem:")


class Caller:
    """Calls an ASGI application as a server would: `pieces` arrive one by one, then `cut` hangs up, `silence` waits."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        key: str | None = ACME,
        headers: Sequence[tuple[str, str]] = (),
        pieces: Sequence[bytes] | None = None,
        cut: bool = False,
        silence: bool = False,
        client: str = "192.0.2.7",
    ) -> Answer:
        path, _, query = target.partition("?")
        sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
        if key is not None:
            sent.append((b"authorization", f"Bearer {key}".encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": sent,
            "client": (client, 40000),
            "server": ("127.0.0.1", 80),
        }
        waiting = [body] if pieces is None else list(pieces)
        answer = Answer()

        async def receive() -> Mapping[str, Any]:
            if not waiting:
                if silence:
                    await asyncio.sleep(3600)
                if not cut:
                    await asyncio.sleep(60)  # a client that waits for its answer
                return {"type": "http.disconnect"}
            piece = waiting.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(waiting) or cut or silence}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        await self._app(scope, receive, send)  # type: ignore[arg-type]  # plain dicts are what ASGI passes
        return answer


@pytest.fixture
def intake() -> MemoryIntake:
    return MemoryIntake()


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture
def mailbox() -> MemoryMailbox:
    return MemoryMailbox()


@pytest.fixture
def questions() -> PreparedQuestions:
    return PreparedQuestions()


class Admission:
    """Says of every document what a test prepared; `asked` has what it was asked about."""

    def __init__(self) -> None:
        self.refusal: Refused | None = None
        self.asked: list[tuple[bytes, SystemAccount]] = []

    def __call__(self, content: bytes, account: SystemAccount) -> Refused | None:
        self.asked.append((content, account))
        return self.refusal


@pytest.fixture
def admission() -> Admission:
    return Admission()


@pytest.fixture
def operator() -> RecordingOperator:
    return RecordingOperator()


@pytest.fixture
def reports() -> Sequence[Report[Any]]:
    return ()


@pytest.fixture
def app(
    intake: MemoryIntake,
    blobs: MemoryBlobs,
    mailbox: MemoryMailbox,
    questions: PreparedQuestions,
    admission: Admission,
    operator: RecordingOperator,
    reports: Sequence[Report[Any]],
) -> FastAPI:
    by_hash = {
        hashlib.sha256(key.encode()).hexdigest(): account
        for key, account in {
            ACME: ApiAccount(channel="acme-http", max_file_bytes=MAX_BYTES),
            BOLT: ApiAccount(channel="bolt-http", max_file_bytes=MAX_BYTES),
            FENCED: ApiAccount(
                channel="fenced-http", max_file_bytes=MAX_BYTES, allow_from=(ip_network("198.51.100.0/24"),)
            ),
        }.items()
    }
    slowness = BodyLimits(idle_seconds=0.05, grace_seconds=0.2, least_bytes_per_second=1_000_000)
    return create_app(
        intake=intake,
        accounts=by_hash.get,
        systems={hashlib.sha256(ERP.encode()).hexdigest(): THE_ERP}.get,
        admit=admission,
        questions=questions,
        mailbox=mailbox,
        blobs=blobs,
        limits=ApiLimits(body=slowness, most_backlog=100, failure_delay_seconds=0.001),
        clock=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC),
        version="0.0.0",
        operators={
            hashlib.sha256(DANA.encode()).hexdigest(): OperatorAccount(channel="", max_file_bytes=0, who="dana")
        }.get,
        operator=operator,
        asked=reports,
    )


@pytest.fixture
def call(app: FastAPI) -> Caller:
    return Caller(app)
