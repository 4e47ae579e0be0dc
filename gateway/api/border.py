"""The outermost layer of the API: every answer carries the security headers, and every failure becomes a problem."""

from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.body import Gone
from gateway.api.problems import Problem, from_error, response
from gateway.errors import GatewayError

log = structlog.get_logger("gateway.api")

SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)


class Border:
    """ASGI middleware. What is caught here is logged with its text and answered without it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; answer a problem when it fails before its answer began."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *SECURITY_HEADERS]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Gone:
            log.info("api.gone", path=scope["path"])
        except Exception as fault:  # the border: what nobody named is told as "internal"
            if started:
                raise
            await response(_problem(fault, scope))(scope, receive, guarded)


def _problem(fault: Exception, scope: Scope) -> Problem:
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, GatewayError):
        problem = from_error(fault)
        log.warning("api.refused", path=scope["path"], kind=problem.kind, error=str(fault))
        return problem
    log.error("api.failed", path=scope["path"], exc_info=fault)
    return Problem("storage", headers={"Retry-After": "30"}) if isinstance(fault, OSError) else Problem("internal")
