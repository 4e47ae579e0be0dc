"""Which of what we sent a partner's answer is about, and what moves by it. Plain values; nothing is looked up here.

A mistake here tells finance that an invoice arrived which did not. So nothing is ever accepted by an answer that could
be about something else, or that contradicts itself or what we sent; what it refuses counts all the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from gateway.ledger.acks import STATUSES, AcknowledgementState

WINDOW: Final = timedelta(days=90)
"""How long after sealing, or after it went once more, an answer may come. Control numbers go round: what is older under
the number is another.
"""

CLOCKS_APART: Final = timedelta(minutes=5)
"""An answer may seem to be this much older than what it answers: another node's clock took it in."""

Verdict = Literal["accepted", "noted", "in part", "rejected", "unclear"]
"""What an answer makes of a set: "noted" is accepted with errors, "in part" one of several of which some were refused,
without saying which.
"""

_A = AcknowledgementState
_STATES: Final[Mapping[Verdict, AcknowledgementState]] = MappingProxyType(
    {
        "accepted": _A.ACCEPTED,
        "noted": _A.ACCEPTED_WITH_ERRORS,
        "in part": _A.PARTIALLY_ACCEPTED,
        "rejected": _A.REJECTED,
    }
)
_USED: Final = frozenset({_A.ACCEPTED, _A.ACCEPTED_WITH_ERRORS})
_DEFINITE: Final = _USED | {_A.REJECTED}
_ACKNOWLEDGEMENTS: Final = "FA"
"""GS01 of 997s and 999s."""

USED_BEFORE: Final = "025"
"""TA105: the control number of the interchange was used before."""

_NAMED = 3
"""Candidates or sets that a sentence names."""

SetName = tuple[str, str]
"""ST01 and ST02."""


# ---------------------------------------------------------------------------------------------- what was sent, and said


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Between whom: ISA ids with qualifiers ("ZZ/HARBORPINE") and ISA15. `theirs` is the partner's."""

    ours: str
    theirs: str
    usage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentInterchange:
    """One ISA to IEA of ours. `date` and `time` are its ISA09 and ISA10; `resent_at` is when it last went once more."""

    id: str
    pair: Pair
    control_number: int
    date: str
    time: str
    sealed_at: datetime
    resent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentGroup:
    """One GS to GE of ours. `name` is what people call it; `gs_ours` and `gs_theirs` are GS02 and GS03; `resent_at` is
    when its interchange last went once more.
    """

    id: str
    name: str
    pair: Pair
    functional_id: str
    control_number: int
    gs_ours: str
    gs_theirs: str
    sets: int
    sealed_at: datetime
    resent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeSaid:
    """A TA1. `pair` is turned round: our ids are those of its receiver. Numbers and times as they stand in it."""

    pair: Pair
    control_number: str
    date: str
    time: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSaid:
    """A 997 or 999, AK1 to AK9. `pair`, `gs_ours` and `gs_theirs` are turned round.

    `status` is AK901; the counts are AK902 to AK904, None when they are no numbers. `named` are the sets of its AK2.
    `flaws` are sentences about what is wrong with the answer itself.
    """

    pair: Pair
    gs_ours: str
    gs_theirs: str
    functional_id: str
    control_number: str
    status: str
    included: int | None
    received: int | None
    accepted: int | None
    named: frozenset[SetName]
    at: datetime
    flaws: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """ "group IN 12"."""
        return " ".join(filter(None, ("group", self.functional_id[:20], self.control_number[:20])))


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Nothing, or too much, fits. The sentence says which; `several` when it was too much.

    `idle` when nobody waits for it: it accepts an acknowledgement of ours, which X12 has no answer to.
    """

    reason: str
    several: bool = False
    idle: bool = False


# ---------------------------------------------------------------------------------------------- which is meant


def find_group(said: GroupSaid, sent: Iterable[SentGroup]) -> SentGroup | Unmatched:
    """The group that is meant: the ids of both sides, usage, GS01 and GS06 are those of the answer, and it was sealed
    within the window. GS ids choose between several; they never have to fit.
    """
    number, candidates = number_of(said.control_number), tuple(sent)
    fitting = [
        one
        for one in candidates
        if one.pair == said.pair
        and one.functional_id == said.functional_id
        and one.control_number == number
        and _in_time(one, said.at)
    ]
    fitting = [one for one in fitting if (one.gs_ours, one.gs_theirs) == (said.gs_ours, said.gs_theirs)] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and said.functional_id == _ACKNOWLEDGEMENTS:
        idle = STATUSES.get(said.status) in _USED and not said.flaws
        words = f"an acknowledgement of an acknowledgement, {said.name} to {said.pair.theirs}"
        return Unmatched(f"{words}: X12 has none, nobody waits for it, and nothing moves", idle=idle)
    if not fitting:
        words = f"an acknowledgement of something we have not sent: {said.name} to {said.pair.theirs}"
        return Unmatched("; but ".join([words, *_nearly(said, candidates)][:2]))
    names = sorted(one.name for one in fitting)
    return Unmatched(f"{said.name} can be any of {len(fitting)} that we sent: {_some(names)}", several=True)


def _nearly(said: GroupSaid, sent: Iterable[SentGroup]) -> Iterator[str]:
    """What was sent under the number and ids of an answer and is none the less not what it answers, and why."""
    for one in sent:
        if one.control_number != number_of(said.control_number) or not _in_time(one, said.at):
            continue
        if (one.pair.ours, one.pair.theirs) != (said.pair.ours, said.pair.theirs):
            continue
        why = []
        if one.functional_id != said.functional_id:
            why.append(f"AK101 says {said.functional_id[:20] or 'nothing'}, its GS01 is {one.functional_id}")
        if one.pair.usage != said.pair.usage:
            stages = f"went out {_stage(one.pair.usage)}, and the answer came {_stage(said.pair.usage)}"
            why.append(f"{stages}: one stage never answers for the other")
        if why:
            yield f"{one.name} nearly fits: {', and '.join(why)}"


def _stage(usage: str) -> str:
    """ISA15 in words."""
    return {"P": "in production (ISA15 P)", "T": "as a test (ISA15 T)"}.get(usage, f"with ISA15 {usage[:20]}")


def find_interchange(said: InterchangeSaid, sent: Iterable[SentInterchange]) -> SentInterchange | Unmatched:
    """The interchange that a TA1 means: the ids of both sides, usage, ISA13, ISA09 and ISA10."""
    number = number_of(said.control_number)
    fitting = [
        one
        for one in sent
        if one.pair == said.pair
        and one.control_number == number
        and (one.date, one.time) == (said.date, said.time)
        and _in_time(one, said.at)
    ]
    if len(fitting) == 1:
        return fitting[0]
    name = f"interchange {said.control_number[:20]} of {said.date[:20]} {said.time[:20]} to {said.pair.theirs}"
    if not fitting:
        return Unmatched(f"a TA1 for something we have not sent: {name}")
    return Unmatched(f"a TA1 that can be for any of {len(fitting)} that we sent: {name}", several=True)


def _in_time(sent: SentGroup | SentInterchange, at: datetime) -> bool:
    began = (sent.sealed_at, sent.resent_at)
    return any(-CLOCKS_APART <= at - one <= WINDOW for one in began if one is not None)


def number_of(text: str) -> int | None:
    """The value of a control number, however many zeros stand before it; None for what can be none."""
    return int(text) or None if text.isascii() and text.isdigit() and len(text) <= 14 else None


# ---------------------------------------------------------------------------------------------- what moves


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a set, a group or an envelope: its state, and when the answer came that says so."""

    state: AcknowledgementState
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer comes to: a new state for each set of the group that it speaks of, and for the group.

    `fault` says why nothing was accepted by it, or refused (`of_a_copy`), "" when all of it counts.
    """

    sets: Mapping[SetName, AcknowledgementState]
    group: AcknowledgementState | None
    fault: str = ""
    of_a_copy: bool = False


def judge(
    said: GroupSaid,
    group: SentGroup,
    verdicts: Mapping[SetName, Verdict],
    before: Iterable[AcknowledgementState] = (),
) -> Judged:
    """What an answer makes of a group and its sets.

    Args:
        said: the answer, which `find_group` found to be about this group.
        group: as it was sent.
        verdicts: what the answer says of each set of the group, by ST01 and ST02.
        before: what is known of each set of the group by answers before this one.
    """
    fault = _fault(said, group, verdicts) or _other_than_before(said, verdicts, before)
    sets = {
        name: _STATES[verdict]
        for name, verdict in verdicts.items()
        if verdict == "rejected" or not (fault or verdict == "unclear")
    }
    state = STATUSES.get(said.status)
    return Judged(sets, state if state is _A.REJECTED or not fault else None, fault)


def follows(before: Standing, after: AcknowledgementState, at: datetime) -> bool:
    """Whether something moves: the last word counts, and the same word again is none. Of two in one moment, as in one
    file, the refusal counts: what contradicts itself accepts nothing.
    """
    if before.state is after or before.at is None:
        return before.state is not after
    return before.at < at or (before.at == at and before.state is not _A.REJECTED)


def stands_against(before: Standing, after: AcknowledgementState | None, envelope: Standing, at: datetime) -> str:
    """What keeps an answer of `at` from accepting a set, in words for people; "" when nothing does.

    Args:
        before: what is known of the set.
        after: what the answer makes of it.
        envelope: what the partner's TA1 says of the interchange that the set went out in.
        at: when the answer came.
    """
    if after in (None, _A.REJECTED):
        return ""
    if envelope.state is _A.REJECTED:
        return "a TA1 rejected its interchange, and that stands"
    if before == Standing(_A.REJECTED, at):
        return "another answer in the same file rejected it, and that stands"
    return ""


def envelope_stands(envelope: Standing, resent_at: datetime | None, at: datetime) -> Standing:
    """What still stands of a TA1 against an answer of `at`: nothing, when the interchange went once more in between."""
    over = envelope.at is not None and resent_at is not None and envelope.at < resent_at <= at
    return Standing(_A.NONE) if over else envelope


def of_a_copy(note: str, resent_at: datetime | None, at: datetime) -> bool:
    """Whether a TA1 with this TA105, come at `at`, only says that a partner has two copies of what went more than once.
    What was said of the first copy counts then, and what may still be said of it.
    """
    return note == USED_BEFORE and resent_at is not None and resent_at <= at


def refuses_a_copy(
    before: Standing, after: AcknowledgementState | None, resent_at: datetime | None, at: datetime
) -> str:
    """Why an answer of `at` that says of a set only that its numbers were used before refuses none of what went more
    than once: in words for people; "" when it does refuse.
    """
    if after is not _A.REJECTED or before.state is _A.REJECTED or resent_at is None or resent_at > at:
        return ""
    why = "it went more than once, and this only says that its control numbers were used before"
    said = "an answer before accepted it" if before.state in _USED else "what became of the first copy it does not say"
    return f"{why}: {said}"


def set_follows(before: Standing, after: AcknowledgementState, at: datetime) -> bool:
    """Whether a set moves: as `follows`; but that some of its group were refused, nobody says which, is never weighed
    against what was said of the set itself, whichever of the two came first.
    """
    if before.state is _A.PARTIALLY_ACCEPTED and after in _DEFINITE:
        return True
    return not (after is _A.PARTIALLY_ACCEPTED and before.state in _DEFINITE) and follows(before, after, at)


def _fault(said: GroupSaid, group: SentGroup, verdicts: Mapping[SetName, Verdict]) -> str:
    """Why nothing may be accepted by it, the first reason of all."""
    if said.flaws:
        return f"it is not in order itself: {said.flaws[0]}"
    strangers = said.named - verdicts.keys()
    if strangers:
        return f"it names sets that are not in {group.name}: {_some(' '.join(one) for one in sorted(strangers))}"
    if STATUSES.get(said.status) is _A.REJECTED:
        return ""  # the wrong number of sets may be what it was rejected for
    counted = {"AK902": said.included, "AK903": said.received}
    wrong = [f"{name} counts {count}" for name, count in counted.items() if count is not None and count != group.sets]
    if wrong:
        return f"{' and '.join(wrong)}, {group.name} has {group.sets}"
    unclear = sorted(" ".join(name) for name, verdict in verdicts.items() if verdict == "unclear")
    if unclear:
        return f"it does not say what became of {_some(unclear)}"
    if said.status == "P" and not {"rejected", "in part"} & {*verdicts.values()}:
        return "AK901 says P, and it refuses nothing"
    return _miscounted(said, verdicts)


def _miscounted(said: GroupSaid, verdicts: Mapping[SetName, Verdict]) -> str:
    told = sum(verdict in ("accepted", "noted") for verdict in verdicts.values())
    if said.accepted in (None, told) or "in part" in verdicts.values():
        return ""
    return f"AK904 counts {said.accepted} sets as accepted, by what it says of each it is {told}"


def _other_than_before(
    said: GroupSaid, verdicts: Mapping[SetName, Verdict], before: Iterable[AcknowledgementState]
) -> str:
    """Why an answer that names no set cannot be true together with what was said of each before."""
    if "in part" not in verdicts.values() or said.accepted is None:
        return ""
    known = list(before)
    used, refused = sum(one in _USED for one in known), known.count(_A.REJECTED)
    if used <= said.accepted <= len(verdicts) - refused:
        return ""
    counted = f"AK904 counts {said.accepted} sets as accepted and none is named"
    return f"{counted}; answers before accepted {used} and rejected {refused}"


def _some(names: Iterable[str]) -> str:
    listed: Sequence[str] = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(name[:60] for name in listed[:_NAMED]) + more
