"""The API put together: hot path, questions, mailbox, health, and one shape for every refusal."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api import documents, health, problems, reports, threads, transmissions, verbs
from gateway.api import mailbox as mailboxes
from gateway.api.accounts import Accounts, Gatekeeper, SystemAccounts
from gateway.api.body import BodyLimits
from gateway.api.border import Border
from gateway.api.health import Readiness
from gateway.api.large import Desk
from gateway.api.openapi import describe
from gateway.api.problems import Problem
from gateway.pipeline.operate import Operator
from gateway.pipeline.order_threads import OrderThreads
from gateway.pipeline.ports import Blobs, Intake, Mailbox
from gateway.pipeline.questions import Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiLimits:
    """What the API puts up with. `most_backlog`: received, not processed, before /readyz says no."""

    body: BodyLimits = field(default_factory=BodyLimits)
    most_backlog: int = 50_000
    failure_delay_seconds: float = 0.1


class _Api(FastAPI):
    """FastAPI, but for the door that takes documents in: that one is asked before the framework's layers, which would
    cost more than it does.
    """

    def __init__(self, *, hot: ASGIApp, **named: Any) -> None:
        super().__init__(**named)
        self._hot = hot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == transmissions.PATH:
            await self._hot(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    *,
    intake: Intake,
    accounts: Accounts,
    systems: SystemAccounts,
    admit: documents.Admit,
    questions: Questions,
    mailbox: Mailbox,
    blobs: Blobs,
    limits: ApiLimits,
    clock: Callable[[], datetime],
    version: str,
    operators: verbs.OperatorAccounts = lambda _: None,
    operator: Operator | None = None,
    asked: Sequence[reports.Report[Any]] = (),
    orders: OrderThreads | None = None,
) -> FastAPI:
    """The API as an ASGI application over its ports.

    Args:
        accounts: account by the SHA-256 of an API key (hex); called for every request, so it must not block.
        systems: the same for our own systems, which hand in documents for partners.
        admit: why such a document cannot be taken, None when it can.
        clock: aware UTC time, stamped on what is received.
        version: shown in the OpenAPI document.
        operators: as `accounts`, for our people, who act on documents through `operator`; without it nobody does.
        asked: the reports that our people may ask for.
        orders: the threads of orders that they may look at.
    """
    gatekeeper = Gatekeeper(accounts, delay_seconds=limits.failure_delay_seconds)
    door = transmissions.TransmissionsDoor(gatekeeper, intake, blobs, limits.body, clock)
    application = _Api(
        hot=Border(door),
        title="EDI gateway",
        version=version,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
    )
    application.router.routes.insert(0, Route(transmissions.PATH, door, methods=["POST"], include_in_schema=False))
    application.include_router(transmissions.router(gatekeeper, questions))
    insiders = Gatekeeper(systems, delay_seconds=limits.failure_delay_seconds)
    handed_in = documents.DocumentsDoor(insiders, intake, blobs, questions, admit, limits.body, clock)
    application.router.routes.insert(1, Route(documents.PATH, handed_in, methods=["POST"], include_in_schema=False))
    application.include_router(documents.router(insiders, questions, clock))
    people, desk = Gatekeeper(operators, delay_seconds=limits.failure_delay_seconds), Desk()
    application.include_router(reports.router(people, asked, clock, desk))
    if orders is not None:
        application.include_router(threads.router(people, orders, clock, desk))
    if operator is not None:
        application.include_router(verbs.router(people, operator, limits.body))
    application.include_router(mailboxes.router(gatekeeper, mailbox, blobs))
    readiness = Readiness(questions, most_backlog=limits.most_backlog, monotonic=time.monotonic)
    application.include_router(health.router(readiness))
    application.add_exception_handler(HTTPException, _framework_refusal)
    application.add_exception_handler(RequestValidationError, _invalid_request)
    application.add_middleware(Border)
    describe(application)
    return application


async def _framework_refusal(_: Request, fault: Exception) -> Response:
    if not isinstance(fault, HTTPException):
        raise fault
    problem = problems.from_status(fault.status_code)
    return problems.response(Problem(problem.kind, headers=fault.headers or {}))


async def _invalid_request(_: Request, fault: Exception) -> Response:
    if not isinstance(fault, RequestValidationError):
        raise fault
    # Where, not why: the reasons are the validation library's words, and may repeat what was sent.
    places = sorted({".".join(str(part) for part in error["loc"][:2]) for error in fault.errors()})
    return problems.response(Problem("invalid", members={"places": places}))
