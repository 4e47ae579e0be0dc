"""What the acknowledgement will say of a set, a group and an interchange, in words: as the standard has it.

An agreement with the partner may move effects; what is said here holds where none does.
"""

from gateway.x12.explained import Verdict
from gateway.x12.interchange import GroupResult, InterchangeResult, SetResult
from gateway.x12.titles import several

WORDS = {"A": "accepted", "E": "accepted, errors noted", "P": "partly accepted", "R": "rejected"}

ACKNOWLEDGEMENTS = "FA"
"""GS01 of 997 and 999, which nothing answers."""

_AGAIN = "the partner corrects it and sends it again under new control numbers"

_UNLESS = "The document is delivered, unless its group or interchange is refused."


def set_verdict(result: SetResult, wrong: int, functional_id: str) -> Verdict:
    """AK501. `wrong` counts the findings that the acknowledgement lists."""
    if functional_id == ACKNOWLEDGEMENTS:
        said = "it is read" if result.status != "R" else "it cannot be used"
        return _verdict(result.status, f"An acknowledgement is never acknowledged: {said}.")
    text = {
        "A": f"The 997 will say so (AK501 A). {_UNLESS}",
        "E": f"The 997 will list {several(wrong, 'error')} (AK501 E). {_UNLESS}",
        "R": f"The 997 will say so and why (AK501 R). Nothing of this document is delivered: {_AGAIN}.",
    }[result.status]
    return _verdict(result.status, text)


def group_verdict(result: GroupResult) -> Verdict:
    """AK901 with its counts."""
    sets = f"{result.accepted} of {several(result.received, 'set')} accepted"
    if result.header.functional_id == ACKNOWLEDGEMENTS:
        return _verdict(result.status, f"{sets}; nothing answers a group of acknowledgements.")
    text = {
        "P": " Those are delivered unless the interchange is refused; of the others nothing is.",
        "R": f" Nothing of the group is delivered: {_AGAIN}.",
    }.get(result.status, "")
    return _verdict(result.status, f"The 997 will say AK901 {result.status}: {sets}.{text}")


def interchange_verdict(result: InterchangeResult) -> Verdict:
    """TA104 and TA105, and when a TA1 is sent."""
    header = result.header
    if result.status == "A":
        asked = "ISA14 asks for a TA1: it will say A" if header.acknowledgment_requested else "ISA14 asks for no TA1"
        return _verdict("A", f"The envelope is in order. {asked}.")
    whole = f" Nothing in it is delivered: {_AGAIN}." if result.status == "R" else " What it holds is judged by itself."
    return _verdict(result.status, f"A TA1 will say {result.status} with note {result.note}.{whole}")


def _verdict(status: str, text: str) -> Verdict:
    return Verdict(status=status, word=WORDS[status], text=text)
