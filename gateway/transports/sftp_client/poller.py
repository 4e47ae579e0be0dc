"""When a partner's server is looked into: on its schedule, by one node at a time, later and later while it fails."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from gateway.errors import GatewayError, MachineError
from gateway.pipeline.polling import Look, NotOurTurn, PollState
from gateway.transports.sftp_client.errors import HostKeyChanged
from gateway.transports.sftp_client.host import PartnerServer
from gateway.transports.sftp_client.line import session
from gateway.transports.sftp_client.visit import PollPorts, PollTerms, Remembered, Visit

log = structlog.get_logger("gateway.sftp-client")

TURN_SECONDS = 5.0
"""How often a node asks for a channel that another has, and how long it sleeps at most before it looks at the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`opens_at(now)`: `now` inside the hours that were agreed, else when they begin. Delays double to the longest."""

    every_seconds: float = 60.0
    first_delay_seconds: float = 5.0
    longest_delay_seconds: float = 900.0
    opens_at: Callable[[datetime], datetime] = lambda now: now

    def delay_seconds(self, failures: int) -> float:
        """Until the next look, after so many failures in a row; never sooner than without."""
        if not failures:
            return self.every_seconds
        doubled = self.first_delay_seconds * 2.0 ** min(failures - 1, 30)
        delay = min(doubled, self.longest_delay_seconds) * random.uniform(0.8, 1.0)  # noqa: S311 - jitter, no secret
        return max(delay, min(self.every_seconds, self.longest_delay_seconds))


@dataclass(slots=True, kw_only=True)
class Poller:
    """Looks into one partner's server until it is cancelled, or the server is no longer the one we know."""

    server: PartnerServer
    terms: PollTerms
    schedule: Schedule
    ports: PollPorts
    failures: int = 0
    _remembered: Remembered = field(default_factory=Remembered)

    async def run(self) -> None:
        """The loop. Never raises; rests while the server has to be looked at by a person."""
        try:
            while not self.server.stopped or await self._pinned_anew():
                wait = await self._turn()
                if not self.server.stopped:
                    await self.ports.sleep(wait)
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        with contextlib.suppress(GatewayError):
            await asyncio.to_thread(self.ports.polls.let_go, self.server.channel)

    async def _pinned_anew(self) -> bool:
        """Wait until other host keys are pinned for the server. False where nobody can tell whether they are."""
        await self._let_go()
        if self.server.reread is None:
            return False
        while self.server.stopped and not await asyncio.to_thread(self.server.pinned_anew):
            await self.ports.sleep(TURN_SECONDS)
        log.info("other host keys are pinned: goes on", channel=self.server.channel)
        return True

    async def _turn(self) -> float:
        """One look if it is time and ours to look; how long to wait for the next turn, in seconds."""
        now = self.ports.clock()
        if not self._open():
            return min((self.schedule.opens_at(now) - now).total_seconds(), TURN_SECONDS)
        try:
            if not await asyncio.to_thread(self.ports.polls.hold, self.server.channel):
                return TURN_SECONDS
            await self.look()
        except NotOurTurn:
            return TURN_SECONDS
        except GatewayError as failed:
            await self._failed(failed)
        except Exception as bug:  # this channel tries again, and the others go on
            log.exception("a look failed", channel=self.server.channel)
            await self._failed(MachineError(f"our own code failed: {type(bug).__name__}"))
        return self.schedule.delay_seconds(self.failures)

    def _open(self) -> bool:
        now = self.ports.clock()
        return self.schedule.opens_at(now) <= now

    async def look(self) -> int:
        """One look; how many files it brought. Raises what stopped it, and has told nobody of it."""
        async with session(self.server) as line:
            visit = Visit(
                channel=self.server.channel,
                line=line,
                terms=self.terms,
                ports=self.ports,
                remembered=self._remembered,
                still_open=self._open,
            )
            files = await visit.run()
        self.failures = 0
        await asyncio.to_thread(self.ports.polls.looked, self.server.channel, Look(state="working", files=files))
        return files

    async def _failed(self, failed: GatewayError) -> None:
        self.failures += 1
        channel, reason = self.server.channel, str(failed)
        if isinstance(failed, HostKeyChanged):
            self.server.stopped = reason
            log.error("a partner's server shows another host key: stopped", channel=channel, why=reason)
        else:
            log.warning("a look failed", channel=channel, why=reason, fault=failed.fault)
        state: PollState = "stopped" if self.server.stopped else "failing"
        with contextlib.suppress(GatewayError):  # the database is away, too: the next look tells it
            await asyncio.to_thread(self.ports.polls.looked, channel, Look(state=state, reason=reason))
