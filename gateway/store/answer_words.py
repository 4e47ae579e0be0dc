"""What became of what a partner answered, in sentences for events and lists."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.matching import GroupSaid, Judged, SentGroup

_A = AcknowledgementState

COPY: Final = (
    "the partner's TA1 calls one copy of its interchange a duplicate (note 025): it went more than once, and they have "
    "it; nothing is refused by that"
)
"""Of what went once more under the same numbers."""


def summary(group: SentGroup, judged: Judged, *, moved: int) -> str:
    """ "group IN 12 in acme-810-000000001.x12: 2 accepted, 1 rejected"."""
    counted = Counter(judged.sets.values())
    said = ", ".join(f"{counted[state]} {in_words(state)}" for state in AcknowledgementState if counted[state])
    return f"{group.name}: {said or 'nothing'}" + ("" if moved else ", as was said before")


def in_vain(group: SentGroup, judged: Judged, *, moved: int) -> str:
    """Of an answer that is not believed, or not in all that it says."""
    nothing = "refuses nothing, for a person to look at" if judged.of_a_copy else "accepts nothing"
    but = f"; but {summary(group, judged, moved=moved)}" if judged.sets else ""
    return f"an acknowledgement that {nothing}: {judged.fault}{but}"


def with_fault(reason: str, said: GroupSaid) -> str:
    """A reason, and what is wrong with the answer itself."""
    return f"{reason}; {said.flaws[0]}" if said.flaws else reason


def contradicted(words: str, before: AcknowledgementState) -> str:
    """What was said, and what was said before, if anything was."""
    match before:
        case _A.NONE | _A.AWAITED:
            return words
        case _A.OVERDUE:
            return f"{words}, after its time"
        case _A.ASSUMED:
            return f"{words}, after it was assumed to be accepted"
        case _A.WAIVED:
            return f"{words}, after it was waived"
    return f"{words}; an answer before said {in_words(before)}"


def in_words(state: AcknowledgementState) -> str:
    """ "accepted with errors"."""
    return str(state).replace("_", " ")


def telling(lines: Sequence[Mapping[str, Any]]) -> str:
    """Of what a partner says of a document, kept line by line, the sentence that tells most: the first that names a
    place in it, else the first of all; "" for none.
    """
    return next((str(one["line"]) for one in [*(each for each in lines if each.get("segment")), *lines]), "")
