"""GET /api/v1/threads/{number}: the whole life of an order, for our own people and for screens."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from gateway.api.accounts import Gatekeeper
from gateway.api.large import Desk, as_json
from gateway.api.problems import Problem
from gateway.api.verbs import OperatorAccount
from gateway.pipeline.order_threads import OrderThread, OrderThreads

PATH = "/api/v1/threads"

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["as_of", "threads"],
    "properties": {
        "as_of": {"type": "string", "format": "date-time"},
        "threads": {"type": "array", "items": {"type": "object"}},
    },
}


def router(
    gatekeeper: Gatekeeper[OperatorAccount], threads: OrderThreads, clock: Callable[[], datetime], desk: Desk
) -> APIRouter:
    """The one route: the same that `gateway threads show` tells."""
    routes = APIRouter(tags=["threads"])
    answered: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"schema": _SCHEMA}}}}

    def made(number: str, partner: str, usage: str) -> bytes:
        now = clock()
        found = threads.threads(number, partner=partner, usage=usage)
        if not found:
            raise Problem("not-found")
        return as_json({"as_of": now, "threads": [_told(one) for one in found]}).encode()

    @routes.get(
        f"{PATH}/{{number:path}}",
        summary="The whole life of an order",
        response_class=Response,
        responses=answered,
        name="thread",
    )
    async def show(
        request: Request,
        number: Annotated[str, Path(min_length=1, max_length=255)],
        partner: Annotated[str, Query(max_length=255)] = "",
        usage: Annotated[Literal["P", "T"], Query()] = "P",
    ) -> Response:
        """Every thread of an order number, the oldest first: documents, flags and lines. 404 when nothing names it."""
        await gatekeeper.account(request.scope)
        body = await desk.answered(lambda: made(number, partner, usage), request.is_disconnected)
        return Response(body, media_type="application/json")

    return routes


def _told(thread: OrderThread) -> dict[str, Any]:
    """Every field, and what is reckoned from them."""
    lines = [
        {name: value for name, value in asdict(one).items() if name != "articles"}
        | {"to_ship": one.to_ship, "to_invoice": one.to_invoice, "note": one.note}
        for one in thread.lines
    ]
    return asdict(thread) | {"title": thread.title, "lines": lines}
