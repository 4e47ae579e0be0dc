"""Translated sets become interchanges: packed by what they agree in, in lanes, inside their channel's hours. Pure.

Numbers are not given here: a draft is written in the transaction that allocates them and stores what carries them.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gateway.partners.outbound import file_name
from gateway.pipeline.outbound.proof import write
from gateway.pipeline.outbound.stage import LANES, SealingTerms
from gateway.x12.errors import OutputRefused
from gateway.x12.write import OutboundSegment

MOST_SETS: Final = 500
"""Of one interchange, whatever was agreed: it is written in one transaction, in which nobody else writes."""

Opening = Callable[[str, str, datetime], datetime]
"""(channel, time zone, now) -> now when the channel may be offered files, else when it next may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """A translated document. `envelope` is the same for those that may share an interchange; `since` is when it was
    translated, by which it is known again; from `due_at` on it goes whether or not there are others.
    """

    id: str
    envelope: str
    terms: SealingTerms
    segments: tuple[OutboundSegment, ...]
    since: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The bytes of an interchange, and where each of its sets stands in them (offset, length)."""

    data: bytes
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeDraft:
    """One interchange with one group, complete but for its numbers. `push`: we carry it to the partner, who does not
    fetch it.
    """

    terms: SealingTerms
    sets: tuple[Unsealed, ...]
    push: bool = False

    @property
    def ours(self) -> str:
        """ISA05-06, as "ZZ/HARBORPINE"."""
        return f"{self.terms.sender_qualifier}/{self.terms.sender}"

    @property
    def theirs(self) -> str:
        """ISA07-08."""
        return f"{self.terms.receiver_qualifier}/{self.terms.receiver}"

    def seal(self, *, interchange_number: int, group_number: int, now: datetime) -> Sealed:
        """The bytes to send. The same numbers and time give the same bytes; `now` is aware.

        Raises OutputRefused when something cannot be written, which translating should have found.
        """
        terms = self.terms
        data = write(
            terms,
            [one.segments for one in self.sets],
            interchange_number=interchange_number,
            group_number=group_number,
            now=now.astimezone(ZoneInfo(terms.time_zone)),
        )
        if terms.line_ends:
            end = terms.delimiters.segment.encode("latin-1")
            data = data.replace(end, end + b"\r\n")  # no value can hold the terminator
        places = _places(data, terms)
        if len(places) != len(self.sets):
            raise OutputRefused(f"{len(self.sets)} sets were written, {len(places)} are found")
        return Sealed(data=data, places=places)

    def name(self, interchange_number: int, now: datetime) -> str:
        """The file's name as agreed."""
        terms = self.terms
        return file_name(
            terms.file_name,
            partner=terms.partner,
            set_id=terms.set_id,
            agreement=terms.agreement,
            usage=terms.usage,
            control_number=interchange_number,
            at=now,
            time_zone=terms.time_zone,
        )


def _places(data: bytes, terms: SealingTerms) -> tuple[tuple[int, int], ...]:
    """ST to SE with its terminator, of each set."""
    end, element = (re.escape(one.encode("latin-1")) for one in (terms.delimiters.segment, terms.delimiters.element))
    gap = rb"\r\n" if terms.line_ends else b""
    pattern = re.compile(
        rb"(?<=" + end + gap + rb")ST" + element + rb".*?" + end + gap + rb"SE" + element + rb"[^" + end + rb"]*" + end,
        re.DOTALL,
    )
    return tuple((match.start(), match.end() - match.start()) for match in pattern.finditer(data))


# ---------------------------------------------------------------------------------------------- when, and with whom


def envelope_of(terms: SealingTerms) -> str:
    """A hash over everything that has to be equal within one interchange: equal terms share."""
    return hashlib.sha256(json.dumps(terms.plain(), sort_keys=True).encode()).hexdigest()


def most_sets(terms: SealingTerms) -> int:
    """How many sets fill an interchange."""
    return min(max(terms.batch_sets, 1), MOST_SETS)


def due_at(terms: SealingTerms, opens_at: datetime) -> datetime:
    """When a set goes even if its interchange is not full; one that travels alone waits for nobody."""
    wait = terms.batch_wait_minutes if most_sets(terms) > 1 else 0
    return opens_at + timedelta(minutes=wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """Interchanges to be sealed now, the most urgent first; and when those may go whose channel is closed, by id."""

    drafts: tuple[InterchangeDraft, ...]
    later: Mapping[str, datetime]


def _fetched(_channel: str) -> bool:
    return False


def pack(
    waiting: Iterable[Unsealed], opening: Opening, now: datetime, pushes: Callable[[str], bool] = _fetched
) -> Packing:
    """Pack what may go now. What is neither full nor due is left out: it waits for more.

    `pushes` says of a channel whether we carry files out by it, as it is agreed now: a document that was translated
    before the partner moved goes the new way.
    """
    together: dict[str, list[Unsealed]] = {}
    for one in sorted(waiting, key=lambda one: (LANES[one.terms.lane], one.id)):
        together.setdefault(one.envelope, []).append(one)
    drafts: list[InterchangeDraft] = []
    later: dict[str, datetime] = {}
    for sets in together.values():
        terms = sets[0].terms
        opens = opening(terms.channel, terms.time_zone, now)
        if opens > now:
            later |= {one.id: opens for one in sets}
        else:
            push = pushes(terms.channel)
            drafts += [InterchangeDraft(terms=terms, sets=part, push=push) for part in _full_or_due(sets, now)]
    return Packing(drafts=tuple(drafts), later=later)


def _full_or_due(sets: Sequence[Unsealed], now: datetime) -> Iterable[tuple[Unsealed, ...]]:
    size = most_sets(sets[0].terms)
    for start in range(0, len(sets), size):
        part = tuple(sets[start : start + size])
        if len(part) == size or min(one.due_at for one in part) <= now:
            yield part
