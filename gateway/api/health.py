"""Is the process alive, and may it be sent work? Open to anyone, so it says little and asks the database seldom."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from gateway.api.problems import Problem
from gateway.pipeline.questions import Questions

log = structlog.get_logger("gateway.api")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAnswer:
    """Ready for work; `backlog` is what is received and not yet processed."""

    status: str
    backlog: int


class Readiness:
    """Asks the database at most once per `remember_seconds`, one question at a time, for at most `patience_seconds`."""

    def __init__(
        self,
        questions: Questions,
        *,
        most_backlog: int,
        remember_seconds: float = 1.0,
        patience_seconds: float = 3.0,
        monotonic: Callable[[], float],
    ) -> None:
        self._questions, self._most = questions, most_backlog
        self._remember, self._patience = remember_seconds, patience_seconds
        self._monotonic = monotonic
        self._asking: asyncio.Task[bool] | None = None
        self._answered_at = float("-inf")
        self._backlog = 0

    async def check(self) -> ReadyAnswer:
        """Raises Problem "storage" when the database does not answer, "busy" when the backlog is over its limit."""
        if self._monotonic() - self._answered_at >= self._remember:
            try:
                # Shielded and shared: a database that hangs costs one thread, however often we are asked.
                self._asking = self._asking or asyncio.create_task(self._ask())
                answered = await asyncio.wait_for(asyncio.shield(self._asking), self._patience)
            except TimeoutError as fault:
                raise Problem("storage", headers={"Retry-After": "5"}) from fault
            if not answered:
                raise Problem("storage", headers={"Retry-After": "5"})
        if self._backlog > self._most:
            raise Problem("busy", members={"backlog": self._backlog}, headers={"Retry-After": "5"})
        return ReadyAnswer(status="ready", backlog=self._backlog)

    async def _ask(self) -> bool:
        try:
            counts = await run_in_threadpool(self._questions.counts)
        except Exception:  # whatever the database's library raises: it did not answer
            log.exception("api.not_ready")
            return False
        finally:
            self._asking = None
        self._backlog, self._answered_at = counts.get("backlog", 0), self._monotonic()
        return True


def router(readiness: Readiness) -> APIRouter:
    """For process supervisors and load balancers; no key needed."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="The process is alive")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @routes.get("/readyz", summary="The database answers and the backlog is under its limit")
    async def ready() -> ReadyAnswer:
        return await readiness.check()

    return routes
