"""A partner's own system in a month: it writes through its mappings the other way round, and reads ours."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.app.demo.month.receipts import Pen
from gateway.errors import MachineError
from gateway.mapping.library import Library
from gateway.mapping.to_canonical import dumps
from gateway.partners.agreement import Agreement
from gateway.partners.agreement_form import DelimitersForm
from gateway.partners.company import Identity
from gateway.partners.outbound import OutboundAgreement, delimiters_of
from gateway.partners.profile import Profile
from gateway.pipeline.rules import Rules
from gateway.x12.guide import load
from gateway.x12.interchange import SetResult
from gateway.x12.read import examine
from gateway.x12.write import OutboundEnvelope, OutboundGroup, OutboundSet, write_interchange

Body = Mapping[str, Any]

EVERY_MINUTES: Final[Mapping[str, int]] = {"acme": 15, "bolt": 30, "fernhill": 60, "kestrel": 30, "northgate": 10}
"""How often each looks what lies in its mailbox."""

WRITES_BY: Final[Mapping[str, str]] = {"acme/850@2": "acme/850@1"}
"""A partner knows nothing of what we look up of its words."""


@dataclass(slots=True, kw_only=True)
class System:
    """One partner's."""

    partner: str
    profile: Profile
    us: Identity
    inbound: Mapping[str, Agreement]
    outbound: Mapping[str, OutboundAgreement]
    library: Library
    pen: Pen

    @property
    def channel(self) -> str:
        """By which it sends and fetches."""
        return f"{self.partner}-sftp"

    def write(self, set_id: str, document: Body, now: datetime) -> bytes:
        """An interchange with one set, under numbers that follow one another."""
        agreement = self.inbound[set_id]
        mapping = self.library.compile(WRITES_BY.get(agreement.mapping, agreement.mapping))
        release = next(one for one in mapping.versions if any(one.startswith(v) for v in agreement.scope.versions))
        written = mapping.write(document, version=release)
        faults = [problem.message for problem in written.problems if problem.effect != "warn"]
        if faults:
            raise MachineError(f"the month's {self.partner} cannot write its {set_id}: {'; '.join(faults[:3])}")
        names = sorted(agreement.scope.gs_senders) or [self.profile.gs[0]]
        guide = load(set_id, release)
        assert guide is not None  # noqa: S101 - the mapping was compiled with it
        number, sender, receiver = next(self.pen.numbers), self.profile.isa[0], self.us.isa[0]
        envelope = OutboundEnvelope(
            sender_qualifier=sender.qualifier,
            sender=sender.id,
            receiver_qualifier=receiver.qualifier,
            receiver=receiver.id,
            version=release[:5],
            usage="P",
            control_number=number,
            at=now.astimezone(ZoneInfo(self.profile.time_zone)),
            delimiters=delimiters_of(DelimitersForm(), release),
        )
        group = OutboundGroup(
            functional_id=guide.functional_id,
            sender=names[0],
            receiver=self.us.gs[0],
            version=release,
            control_number=next(self.pen.groups),
            sets=[OutboundSet(id=set_id, segments=written.segments)],
        )
        return write_interchange(envelope, [group])

    def read(self, content: bytes) -> Iterator[tuple[str, Body]]:
        """The sets of a file of ours, read with the mappings that they were written with."""
        for event in examine(content):
            if isinstance(event, SetResult) and event.content is not None:
                agreement = self.outbound.get(event.header.id)
                if agreement is not None:
                    reading = self.library.compile(agreement.mapping).read(event.content)
                    yield event.header.id, json.loads(dumps(reading.document))


def systems(rules: Rules, names: tuple[str, ...]) -> Mapping[str, System]:
    """The systems of these partners."""
    return {name: _system(rules, name) for name in names}


def _system(rules: Rules, partner: str) -> System:
    book = rules.book
    outbound = {one.set_id: one for one in book.outbounds if one.partner == partner}
    kinds = {one.expects for one in outbound.values()}
    profile = book.partners[partner]
    return System(
        partner=partner,
        profile=profile,
        us=next(iter(book.company.identities.values())),
        inbound={one.set_id: one for one in book.agreements if one.partner == partner},
        outbound=outbound,
        library=rules.library,
        pen=Pen(time_zone=profile.time_zone, kind="999" if "999" in kinds else "997"),
    )
