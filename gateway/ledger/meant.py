"""Which document is meant by a number in a set of the other side: as written, or written otherwise. Never guessed.

A payment that is booked to the wrong invoice is worse than one that a person books. So what fits nothing, or more than
one, is kept as it was said, with why.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

WINDOW: Final = timedelta(days=800)
"""How old a document may be that something is said of: invoices are contested after more than a year, and numbers that
go round come back later.
"""

APART: Final = timedelta(days=30)
"""So much later than what is said of it a document may seem to have come: it was said before we knew it was sent."""

_NAMED: Final = 3
_ODD: Final = re.compile(r"[^0-9A-Z]+")


def normal(number: str) -> str:
    """A number as it is compared when it is written otherwise: "HP-00123 " and "hp/00123" are "HP00123"; zeros before
    the first character do not count. "" for one without a letter or digit.
    """
    return _ODD.sub("", number.upper()).lstrip("0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a statement says which document it is about: of one of `kinds` ("invoice", "order" ...; none: of any), its
    number and, where they are given, release, the number of a change, its own date; its set (ST01).
    """

    kinds: Sequence[str]
    number: str
    release: str = ""
    change: str = ""
    dated: date | None = None
    set_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A document that may be meant. `there`: the other side has it. `refused`: it said that it cannot use it. `family`
    is shared by the parts of one set, of which `part` counts; 0 for a whole.
    """

    id: str
    kind: str
    set_id: str
    number: str
    release: str
    change: str
    dated: date | None
    at: datetime
    there: bool
    refused: bool
    family: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class Meant:
    """The id of the document, and whether its number is written otherwise; or why there is none."""

    id: str = ""
    otherwise: bool = False
    state: Literal["matched", "unmatched", "early", "ambiguous"] = "matched"
    reason: str = ""


def find(claim: Claim, candidates: Iterable[Candidate], at: datetime) -> Meant:
    """The document that a statement of the aware time `at` is about.

    Each of number as written, release, number of the change and date chooses between several; nothing else does.
    """
    among = [one for one in candidates if _fits(claim, one, at)]
    exact = [one for one in among if one.number == claim.number]
    fitting = _chosen(claim, exact or among)
    what = f"{' or '.join(claim.kinds) or 'document'} {claim.number[:60]}"
    if not fitting:
        return Meant(state="unmatched", reason=f"no {what} of ours is known")
    there = [one for one in fitting if one.there]
    if not there:
        return Meant(state="early", reason=f"{what} is not known to have been sent yet")
    if len(there) > 1 and not _one_set(there):
        named = ", ".join(one.id for one in there[:_NAMED])
        return Meant(state="ambiguous", reason=f"{what} can be any of {len(there)}: {named}")
    first = min(there, key=lambda one: one.part)
    return Meant(id=first.id, otherwise=not exact)


def _fits(claim: Claim, one: Candidate, at: datetime) -> bool:
    if claim.kinds and one.kind not in claim.kinds:
        return False
    if claim.set_id and one.set_id and one.set_id != claim.set_id:
        return False
    if claim.release and one.release and claim.release != one.release:
        return False
    if claim.change and one.change and claim.change != one.change:
        return False
    return -APART <= at - one.at <= WINDOW


def _chosen(claim: Claim, among: Sequence[Candidate]) -> Sequence[Candidate]:
    """Fewer, by what is only said where it helps."""
    found = among
    for better in (
        [one for one in found if claim.dated is not None and one.dated == claim.dated],
        [one for one in found if not one.refused],
    ):
        both = [one for one in found if one in better]
        found = both or found
    return found


def _one_set(found: Sequence[Candidate]) -> bool:
    """Whether they are the parts of one set: what is said of it is said of all."""
    return bool(found[0].family) and len({one.family for one in found}) == 1
