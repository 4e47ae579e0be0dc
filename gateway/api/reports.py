"""GET /api/v1/reports/{name}: what commands tell finance and operations, as rows for programs and screens.

The same rows under the same names as the command of the same name prints, as JSON or as CSV. For our own people only:
they are about every partner.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, field_validator
from starlette.responses import Response

from gateway.api.accounts import Gatekeeper
from gateway.api.large import Desk, as_json
from gateway.api.problems import Problem
from gateway.api.verbs import OperatorAccount
from gateway.errors import NotInOrder, UsageError
from gateway.pipeline.sheet import Sheet

PATH = "/api/v1/reports"


class Question(BaseModel):
    """What may be said in the query string; every report adds its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["json", "csv"] = "json"

    @field_validator("*")
    @classmethod
    def _storable(cls, value: object) -> object:
        """No database has a NUL in what it may be asked for, and some fail on it."""
        if isinstance(value, str) and "\0" in value:
            raise ValueError("a NUL")
        return value


Asked = TypeVar("Asked", bound=Question)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Generic[Asked]):
    """One report: `answer` may take a moment, and raises UsageError in the words of its command."""

    name: str
    summary: str
    question: type[Asked]
    answer: Callable[[Asked], Sheet]


def router(
    gatekeeper: Gatekeeper[OperatorAccount],
    reports: Sequence[Report[Any]],
    clock: Callable[[], datetime],
    desk: Desk,
) -> APIRouter:
    """One route for each; all are waited for at one desk."""
    routes = APIRouter(tags=["reports"])
    for report in reports:
        _add(routes, gatekeeper, report, clock, desk)
    return routes


def _add(
    routes: APIRouter,
    gatekeeper: Gatekeeper[OperatorAccount],
    report: Report[Asked],
    clock: Callable[[], datetime],
    desk: Desk,
) -> None:
    def made(wanted: Asked) -> bytes:
        now = clock()
        sheet = report.answer(wanted)
        return sheet.csv().encode() if wanted.format == "csv" else _json(report.name, sheet, now)

    async def ask(request: Request, wanted: Asked) -> Response:
        await gatekeeper.account(request.scope)
        try:
            body = await desk.answered(lambda: made(wanted), request.is_disconnected)
        except (UsageError, NotInOrder) as no:  # told to one of our own people, in the words of the command
            raise Problem("bad-request", str(no)) from None
        return _csv(report.name, body) if wanted.format == "csv" else Response(body, media_type="application/json")

    ask.__annotations__["wanted"] = Annotated[report.question, Query()]  # what the framework reads it by
    responses: dict[int | str, dict[str, Any]] = {
        200: {"content": {"application/json": {"schema": _SCHEMA}, "text/csv": {"schema": {"type": "string"}}}}
    }
    path = f"{PATH}/{report.name}"
    routes.get(path, summary=report.summary, response_class=Response, responses=responses, name=report.name)(ask)


_SCHEMA = {
    "type": "object",
    "required": ["report", "as_of", "rows"],
    "properties": {
        "report": {"type": "string"},
        "as_of": {"type": "string", "format": "date-time"},
        "rows": {"type": "array", "items": {"type": "object"}},
    },
}


def _json(name: str, sheet: Sheet, now: datetime) -> bytes:
    """Row by row: the largest reports are in memory once as rows and once as bytes, and in no other form."""
    written = io.BytesIO()
    written.write(f'{{"report": {as_json(name)}, "as_of": {as_json(now)}, "rows": ['.encode())
    for place, row in enumerate(sheet.values()):
        written.write(f"{', ' if place else ''}{as_json(row)}".encode())
    written.write(b"]}")
    return written.getvalue()


def _csv(name: str, body: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(body, media_type="text/csv", headers=headers)
