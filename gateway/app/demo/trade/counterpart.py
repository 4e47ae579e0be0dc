"""A partner's own EDI system, as the demo plays it: picks up what we send, checks it, answers with a 997, and does
business through its mappings. It has counters of its own, and knows of the gateway only what lies at its door.
"""

import itertools
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.app.demo.trade.doors import Door
from gateway.errors import MachineError
from gateway.mapping.library import Library
from gateway.mapping.to_canonical import dumps
from gateway.partners.agreement import Agreement
from gateway.partners.agreement_form import DelimitersForm
from gateway.partners.company import Identity
from gateway.partners.outbound import OutboundAgreement, delimiters_of
from gateway.partners.profile import Profile
from gateway.x12.acknowledge import functional_acknowledgement
from gateway.x12.answers import GroupAnswer
from gateway.x12.guide import load
from gateway.x12.interchange import GroupResult, InterchangeResult, SetResult, Terms, TransactionSet
from gateway.x12.read import examine
from gateway.x12.readback import read_answers
from gateway.x12.write import OutboundEnvelope, OutboundGroup, OutboundSet, write_interchange

Body = Mapping[str, Any]
Reply = tuple[str, Body]
"""A set and the canonical document to write as it."""

Role = Callable[[Body], Sequence[Reply]]
"""What the partner does about a document of ours that it accepted."""

FIRST_NUMBERS = 900_000
"""A partner has written to others before: its counters begin somewhere below."""


@dataclass(frozen=True, slots=True)
class FileSeen:
    """One file that went either way: `sent` by the partner, or fetched by it."""

    sent: bool
    name: str
    content: bytes


@dataclass(slots=True, kw_only=True)
class Counterpart:
    """One partner. It sends by the first of its `doors`, and picks up at each.

    `stricter` holds what we send to other terms than we know of, by set. `answers` are our 997s as they were read at
    the partner's side, `files` all that went either way.
    """

    partner: str
    profile: Profile
    us: Identity
    inbound: Mapping[str, Agreement]
    outbound: Mapping[str, OutboundAgreement]
    library: Library
    doors: Sequence[Door]
    clock: Callable[[], datetime]
    roles: Mapping[str, Role] = field(default_factory=dict)
    stricter: Mapping[str, Terms] = field(default_factory=dict)
    answers: list[GroupAnswer] = field(default_factory=list)
    files: list[FileSeen] = field(default_factory=list)
    _seen: set[tuple[int, str]] = field(default_factory=set)
    _interchanges: Iterator[int] = field(default_factory=lambda: _counter())
    _groups: Iterator[int] = field(default_factory=lambda: _counter())

    async def look(self) -> bool:
        """Pick up what is new, answer it, and do what there is to do about it. Returns whether there was anything."""
        moved = [await self._look_at(number, door) for number, door in enumerate(self.doors)]
        return any(moved)

    async def _look_at(self, number: int, door: Door) -> bool:
        found = [name for name in await door.waiting() if (number, name) not in self._seen]
        for name in found:
            content = await door.fetch(name)
            self._seen.add((number, name))
            self.files.append(FileSeen(False, name, content))
            for reply in self._taken(content):
                await self._send(reply)
            await door.confirm(name)
        return bool(found)

    async def write(self, set_id: str, document: Body) -> None:
        """Write a document of the partner's through its mapping, and send it."""
        await self._send(self._written(set_id, document))

    # ------------------------------------------------------------------------------------------ what comes

    def _taken(self, content: bytes) -> Iterator[bytes]:
        """Our file, checked: first what acknowledges it, then what the business asks for."""
        self.answers += [one for one in read_answers(content) if isinstance(one, GroupAnswer)]
        good: list[TransactionSet] = []
        sets: list[SetResult] = []
        for event in examine(content, lambda _interchange, _group, header: self._terms(header.id)):
            match event:
                case SetResult():
                    sets.append(event)
                case GroupResult():
                    good += [one.content for one in sets if one.content and "R" not in (one.status, event.status)]
                    sets.clear()
                case InterchangeResult():
                    yield from self._acknowledged(event)
                    if event.status != "R":
                        yield from self._done(good)
                    good.clear()

    def _terms(self, set_id: str) -> Terms:
        agreement = self.outbound.get(set_id)
        return self.stricter.get(set_id) or (agreement.terms if agreement else Terms())

    def _acknowledged(self, result: InterchangeResult) -> Iterator[bytes]:
        """The receipt that was agreed on for this kind of document."""
        group = next((one.header.functional_id for one in result.groups), "")
        agreed = [one.expects for one in self.outbound.values() if one.functional_id == group]
        draft = functional_acknowledgement(result, kind="999" if "999" in agreed else "997")
        if draft is not None and agreed != ["none"]:
            groups = [next(self._groups) for _ in range(draft.groups)]
            yield draft.seal(interchange_number=next(self._interchanges), group_numbers=groups, now=self._now())

    def _done(self, good: Sequence[TransactionSet]) -> Iterator[bytes]:
        for content in good:
            role = self.roles.get(content.header.id)
            for set_id, document in role(self._read(content)) if role else ():
                yield self._written(set_id, document)

    def _read(self, content: TransactionSet) -> Body:
        """What we wrote, read with the mapping that we wrote it with, the other way round."""
        reading = self.library.compile(self.outbound[content.header.id].mapping).read(content)
        document: Body = json.loads(dumps(reading.document))
        return document

    # ------------------------------------------------------------------------------------------ what goes

    def _written(self, set_id: str, document: Body) -> bytes:
        agreement = self.inbound[set_id]
        mapping = self.library.compile(agreement.mapping)
        release = mapping.versions[0]
        written = mapping.write(document, version=release)
        faults = [problem.message for problem in written.problems if problem.effect != "warn"]
        if faults:
            raise MachineError(f"the demo's {self.partner} cannot write its {set_id}: {'; '.join(faults[:3])}")
        names = sorted(agreement.scope.gs_senders) or [self.profile.isa[0].id]
        return self._enveloped(release, names[0], OutboundSet(id=set_id, segments=written.segments))

    def _enveloped(self, release: str, name: str, content: OutboundSet) -> bytes:
        guide = load(content.id, release)
        assert guide is not None  # noqa: S101 - the mapping was compiled with it
        sender, receiver = self.profile.isa[0], self.us.isa[0]
        envelope = OutboundEnvelope(
            sender_qualifier=sender.qualifier,
            sender=sender.id,
            receiver_qualifier=receiver.qualifier,
            receiver=receiver.id,
            version=release[:5],
            usage="P",
            control_number=next(self._interchanges),
            at=self._now(),
            delimiters=delimiters_of(DelimitersForm(), release),
        )
        group = OutboundGroup(
            functional_id=guide.functional_id,
            sender=name,
            receiver=next(iter(self.us.gs), receiver.id),
            version=release,
            control_number=next(self._groups),
            sets=[content],
        )
        return write_interchange(envelope, [group])

    async def _send(self, content: bytes) -> None:
        name = f"{self.partner}-{len(self.files) + 1:03}.edi"
        self.files.append(FileSeen(True, name, content))
        await self.doors[0].send(name, content)

    def _now(self) -> datetime:
        return self.clock().astimezone(ZoneInfo(self.profile.time_zone))


def _counter() -> Iterator[int]:
    return itertools.count(1 + secrets.randbelow(FIRST_NUMBERS))
