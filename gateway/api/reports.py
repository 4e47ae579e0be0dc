"""GET /api/v1/reports/{name}: what commands tell finance and operations, as rows for programs and screens.

The same rows under the same names as the command of the same name prints, as JSON or as CSV. For our own people only:
they are about every partner.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.accounts import Gatekeeper
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
    gatekeeper: Gatekeeper[OperatorAccount], reports: Sequence[Report[Any]], clock: Callable[[], datetime]
) -> APIRouter:
    """One route for each."""
    routes = APIRouter(tags=["reports"])
    for report in reports:
        _add(routes, gatekeeper, report, clock)
    return routes


def _add(
    routes: APIRouter,
    gatekeeper: Gatekeeper[OperatorAccount],
    report: Report[Asked],
    clock: Callable[[], datetime],
) -> None:
    async def ask(request: Request, wanted: Asked) -> Response:
        await gatekeeper.account(request.scope)
        now = clock()
        try:
            sheet = await run_in_threadpool(report.answer, wanted)
        except (UsageError, NotInOrder) as no:  # told to one of our own people, in the words of the command
            raise Problem("bad-request", str(no)) from None
        return _csv(report.name, sheet) if wanted.format == "csv" else _json(report.name, sheet, now)

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


def _json(name: str, sheet: Sheet, now: datetime) -> Response:
    told = {"report": name, "as_of": now, "rows": sheet.values()}
    return Response(json.dumps(told, default=_plain, ensure_ascii=False), media_type="application/json")


def _csv(name: str, sheet: Sheet) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(sheet.csv(), media_type="text/csv", headers=headers)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
