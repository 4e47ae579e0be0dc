"""POST /api/v1/transmissions: the hot path, a bare ASGI endpoint; and the question what became of a transmission."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.api.accounts import ApiAccount, Gatekeeper, address
from gateway.api.body import BodyLimits, read_content
from gateway.api.problems import Problem
from gateway.parcel import Parcel, Receipt
from gateway.pipeline.ports import Blobs, Intake
from gateway.pipeline.questions import Questions, TransmissionRow

PATH = "/api/v1/transmissions"
MAX_MESSAGE_ID_CHARACTERS = 200
MAX_FILE_NAME_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class TransmissionsDoor:
    """The endpoint: authenticates, asks for admission, reads, and answers 202 once the parcel is durable.

    It is neither a FastAPI route nor a pydantic model: at thousands of requests a second those cost more than the work.
    """

    gatekeeper: Gatekeeper[ApiAccount]
    intake: Intake
    blobs: Blobs
    limits: BodyLimits
    clock: Callable[[], datetime]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Problem, Gone and GatewayError; the border answers them."""
        account = await self.gatekeeper.account(scope)
        message_id, file_name = _names_in(scope)
        self.intake.admit(account.channel)
        content = await read_content(
            scope, receive, max_bytes=account.max_file_bytes, blobs=self.blobs, limits=self.limits
        )
        receipt = await self.intake.receive(
            Parcel(
                channel=account.channel,
                door="http",
                content=content,
                received_at=self.clock(),
                message_id=message_id,
                file_name=file_name,
                remote=address(scope),
            )
        )
        await _accepted(receipt, message_id)(scope, receive, send)


def _accepted(receipt: Receipt, message_id: str | None) -> Response:
    location = f"{PATH}/{receipt.transmission_id}"
    body = {"transmission_id": receipt.transmission_id, "message_id": message_id, "known": receipt.known}
    return Response(
        json.dumps(body).encode(),
        status_code=202,
        media_type="application/json",
        headers={"Location": location},
    )


def _names_in(scope: Scope) -> tuple[str | None, str | None]:
    """The sender's own message id (header X-Message-Id or query) and file name (query): data, never a path."""
    found: set[str] = set()
    for name, value in scope["headers"]:
        if name == b"x-message-id":
            found.add(value.decode("latin-1").strip())
    file_name: str | None = None
    query: bytes = scope["query_string"]
    if query:
        try:
            pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
        except ValueError as fault:
            raise Problem("bad-request", "the query cannot be read") from fault
        found.update(value for name, value in pairs if name == "message_id")
        file_name = next((value for name, value in pairs if name == "file_name"), None)
    if file_name is not None and (not file_name.isprintable() or not 0 < len(file_name) <= MAX_FILE_NAME_CHARACTERS):
        raise Problem("bad-request", f"file_name takes 1 to {MAX_FILE_NAME_CHARACTERS} printable characters")
    return _message_id(found), file_name


def _message_id(found: set[str]) -> str | None:
    if not found:
        return None
    one = found.pop()
    if found or not one.isascii() or not one.isprintable() or not 0 < len(one) <= MAX_MESSAGE_ID_CHARACTERS:
        text = f"one id of 1 to {MAX_MESSAGE_ID_CHARACTERS} printable ASCII characters"
        raise Problem("message-id", text)
    return one


class TransmissionAnswer(BaseModel):
    """What became of one transmission."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    transmission_id: str
    message_id: str
    file_name: str
    size: int
    sha256: str
    received_at: datetime
    state: str
    reason: str
    interchanges: Sequence[Mapping[str, str]]
    documents: Sequence[str]
    acknowledgements: Sequence[Mapping[str, str]]


def router(gatekeeper: Gatekeeper[ApiAccount], questions: Questions) -> APIRouter:
    """The question what became of a transmission, asked by the channel that sent it."""
    routes = APIRouter(tags=["transmissions"])

    @routes.get(f"{PATH}/{{transmission_id}}", summary="What became of a transmission")
    async def show(
        request: Request, transmission_id: Annotated[str, Path(min_length=1, max_length=100)]
    ) -> TransmissionAnswer:
        """What became of a file that the caller's own channel handed in; 404 for any other, and for none."""
        account = await gatekeeper.account(request.scope)
        row = await run_in_threadpool(questions.transmission, transmission_id)
        if row is None or row.channel != account.channel:
            # Another channel's transmission and none at all look the same: ids must not be probed.
            raise Problem("not-found")
        return _answer(row)

    return routes


def _answer(row: TransmissionRow) -> TransmissionAnswer:
    return TransmissionAnswer(
        transmission_id=row.id,
        message_id=row.message_id,
        file_name=row.file_name,
        size=row.size,
        sha256=row.sha256,
        received_at=row.received_at,
        state=row.state,
        reason=row.reason,
        interchanges=row.interchanges,
        documents=row.documents,
        acknowledgements=row.acknowledgements,
    )
