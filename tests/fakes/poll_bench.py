"""What looks into a partner's server, on a bench: its server, its memory, its clock."""

import asyncio
import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.transports.sftp_client import Limits, PartnerServer, Pins, Poller, PollPorts, PollTerms, Schedule, SignIn
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.partner_server import OUR_KEY, PARTNER_KEY, Drive
from tests.fakes.polls import MemoryPolls

LOOPBACK = Limits(step_seconds=5.0, listing_seconds=5.0)


@dataclass
class Bench:
    """A partner's server and what looks into it; `again` is a process that remembers nothing."""

    drive: Drive
    server: PartnerServer
    terms: PollTerms
    intake: MemoryIntake = field(default_factory=MemoryIntake)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    slept: list[float] = field(default_factory=list)
    polls: MemoryPolls = field(init=False)
    poller: Poller = field(init=False)

    def __post_init__(self) -> None:
        self.polls = MemoryPolls(self.intake)
        self.again()

    def again(self, **terms: object) -> Poller:
        """The process was killed and another began, perhaps with other terms."""
        for name, value in terms.items():
            self.terms = PollTerms(**{**_fields(self.terms), name: value})  # type: ignore[arg-type]
        ports = PollPorts(
            intake=self.intake,
            blobs=self.blobs,
            polls=self.polls,
            clock=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC),
            sleep=self._sleep,
        )
        self.poller = Poller(server=self.server, terms=self.terms, schedule=Schedule(), ports=ports)
        return self.poller

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        hook = self.drive.hooks.get("sleep")
        if hook is not None:
            hook("")
        await asyncio.sleep(0)

    async def look(self) -> int:
        return await self.poller.look()

    def received(self) -> list[tuple[str | None, bytes]]:
        return [(one.file_name, self.blobs.bytes_of(one.content)) for one in self.intake.parcels]


def _fields(terms: PollTerms) -> dict[str, object]:
    return {name: getattr(terms, name) for name in PollTerms.__dataclass_fields__}


def a_server(port: int, limits: Limits = LOOPBACK) -> PartnerServer:
    """The partner's server as it was agreed."""
    return PartnerServer(
        channel="acme-server",
        host="127.0.0.1",
        port=port,
        sign_in=SignIn(user="harborpine", key=OUR_KEY),
        pins=Pins((PARTNER_KEY,)),
        networks=(ipaddress.ip_network("127.0.0.0/8"),),
        limits=limits,
    )
