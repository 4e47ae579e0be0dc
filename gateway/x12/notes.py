"""Syntax notes of segments and composites (X12.6, relational conditions): which position breaks which note."""

from collections.abc import Sequence

from gateway.x12.guide import Note

_SENTENCES = {
    "P": "all or none of {} must be there",
    "R": "at least one of {} must be there",
    "E": "at most one of {} may be there",
    "C": "when the first of {} is there, all must be",
    "L": "when the first of {} is there, another must be",
}


def broken(note: Note, present: Sequence[bool]) -> tuple[str, int] | None:
    """AK403 (2 or 10) and the one position to report, None when the note holds.

    `present[n]` says whether position n holds anything; item 0 is not used. Reported is the first element missing,
    or for E the second one that is there.
    """
    positions = note.positions
    there = [position for position in positions if position < len(present) and present[position]]
    if note.kind == "E":
        return ("AK403:10", there[1]) if len(there) > 1 else None
    if note.kind == "R":
        return None if there else ("AK403:2", positions[0])
    if not there or len(there) == len(positions):
        return None
    if note.kind == "P":
        return "AK403:2", next(position for position in positions if position not in there)
    if positions[0] not in there:
        return None
    if note.kind == "C":
        return "AK403:2", next(position for position in positions if position not in there)
    return ("AK403:2", positions[1]) if len(there) == 1 else None


def trigger(note: Note, present: Sequence[bool], blamed: int) -> int:
    """The position that made a broken note apply: the first one there but the blamed one, 0 when none is (R)."""
    there = (position for position in note.positions if position < len(present) and present[position])
    return next((position for position in there if position != blamed), 0)


def sentence(note: Note, prefix: str) -> str:
    """The note in words, positions written after `prefix`: "N103, N104"."""
    return _SENTENCES[note.kind].format(", ".join(f"{prefix}{position:02}" for position in note.positions))
