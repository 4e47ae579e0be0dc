"""What the play showed, as rows and files; and whether anything was lost, undelivered or unacknowledged."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.app.demo.files import SAMPLE
from gateway.app.demo.stage import SETTLED, Played
from gateway.pipeline.questions import DocumentDetail

HEADERS = ("file", "partner", "set", "number", "canonical", "ERP", "997", "seconds", "what happened")
UNANSWERED = frozenset({"quarantined"})
"""States of an interchange that nobody may answer: no 997 is right then."""

IN_WORDS = {
    "quarantined": "quarantined (not answered, not delivered: a person has to look)",
    "duplicate": "duplicate (answered again, not delivered again)",
    "refused": "refused (the sender finds a note in error/)",
    "held": "held for a person",
    "dead": "dead (acknowledged, but it cannot be delivered)",
}
"""States that do not speak for themselves. The first word is the one that docs/errors.md has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row. `good` is false when something was lost, undelivered though acceptable, or unacknowledged."""

    file: str
    partner: str = ""
    set_id: str = ""
    number: str = ""
    canonical: str = ""
    erp: str = ""
    acknowledgement: str = ""
    seconds: float = 0.0
    happened: str = ""
    good: bool = True

    def cells(self) -> tuple[str, ...]:
        """The row under `HEADERS`."""
        return (
            self.file,
            self.partner or "-",
            self.set_id or "-",
            self.number or "-",
            self.canonical or "-",
            self.erp or "-",
            self.acknowledgement or "-",
            f"{self.seconds:.2f}",
            self.happened if self.good else f"FAILED: {self.happened}",
        )


def lines(played: Sequence[Played]) -> Iterator[Line]:
    """One line per document, one per interchange or file that gave none, and one for what else was noted in a file."""
    names = {one.transmission.id: _name(one) for one in played if one.transmission}
    for one in played:
        for line in _lines(one):
            happened = line.happened
            for transmission, name in names.items():
                happened = happened.replace(transmission, "this file" if name == line.file else name)
            yield replace(line, happened=f"{happened} ({one.note})" if one.note else happened)


def _name(played: Played) -> str:
    return "/".join(played.path.parts[-4:-1] if played.path.name == SAMPLE else played.path.parts[-1:])


def _lines(played: Played) -> Iterator[Line]:
    name = _name(played)
    row = played.transmission
    if row is None:
        lost = played.refusal or "lost: nothing was stored"
        yield Line(file=name, seconds=played.seconds, happened=lost, good=bool(played.refusal))
        return
    for detail in played.documents:
        yield _document(name, played, detail)
    if not row.interchanges:
        good = row.state not in ("received", "dead")
        yield Line(file=name, seconds=played.seconds, happened=_happened(row.state, row.reason), good=good)
    answered = {detail.row.control_numbers.split("/")[0] for detail in played.documents}
    for interchange in row.interchanges:
        # One that was set aside gave no documents, though another of the file may have its number and give some.
        if interchange["control_number"] not in answered or interchange["state"] in ("duplicate", "quarantined"):
            yield _empty_interchange(name, played, interchange["control_number"], interchange)
    if row.interchanges and row.state == "processed" and row.reason:
        yield Line(file=name, seconds=played.seconds, happened=f"noted {row.reason}")


def _happened(state: str, reason: str) -> str:
    words = IN_WORDS.get(state, state)
    return f"{words}: {reason}" if reason else words


def _document(name: str, played: Played, detail: DocumentDetail) -> Line:
    row = detail.row
    isa13, gs06, st02 = row.control_numbers.split("/")
    told = played.told.sets.get((gs06, st02), "")
    ta1 = played.told.interchanges.get(isa13)
    shown = told or (f"TA1 {' '.join(ta1)}" if ta1 else "")
    problem = ""
    if row.state not in SETTLED:
        problem = f"still {row.state}: {row.reason}"
    elif (isa13, gs06) not in played.never_answered:
        problem = _broken_promise(row.state, told, shown)
    return Line(
        file=name,
        partner=row.partner,
        set_id=row.set_id,
        number=row.business_number,
        canonical=row.canonical_type if detail.canonical else "",
        erp=row.external_id,
        acknowledgement=shown,
        seconds=played.seconds,
        happened=problem or _happened(row.state, row.reason),
        good=not problem,
    )


def _broken_promise(state: str, told: str, shown: str) -> str:
    """What we say is what we do: the fault when the partner was told nothing, or the contrary; "" when it is kept."""
    if not shown:
        return "unacknowledged"
    return f"told {shown} but {state}" if (state == "rejected") != (told in ("R", "")) else ""


def _empty_interchange(name: str, played: Played, number: str, interchange: object) -> Line:
    assert isinstance(interchange, dict)  # noqa: S101 - as the questions give it
    ta1 = played.told.interchanges.get(number)
    state = interchange["state"]
    silent = state in UNANSWERED or (number, "") in played.never_answered
    answered = bool(ta1) or bool(played.answers) or silent
    return Line(
        file=name,
        partner=interchange.get("partner", ""),
        number=f"ISA13 {number}",
        acknowledgement=f"TA1 {' '.join(ta1)}" if ta1 else " ".join(played.told.sets.values()),
        seconds=played.seconds,
        happened=_happened(state, interchange.get("reason", "")),
        good=answered,
    )


def keep(played: Sequence[Played], folder: Path) -> int:
    """Write canonical JSON, ERP requests and acknowledgement files, a folder per file played. Returns how many
    files.
    """
    written = 0
    for number, one in enumerate(played, 1):
        place = folder / f"{number:04d}-{one.path.stem if one.path.name != SAMPLE else one.path.parent.name}"
        place.mkdir(parents=True, exist_ok=True)
        files = dict(one.answers)
        for detail in one.documents:
            if detail.canonical:
                text = json.dumps(json.loads(detail.canonical), indent=2, ensure_ascii=False)
                files[f"{detail.row.set_id}-{_ordinal(detail)}.canonical.json"] = text.encode() + b"\n"
        for ordinal, request in enumerate(one.erp_requests, 1):
            text = json.dumps(request, indent=2, ensure_ascii=False)
            files[f"erp-request-{ordinal}.json"] = text.encode() + b"\n"
        for name, content in files.items():
            (place / name).write_bytes(content)
        written += len(files)
    return written


def _ordinal(detail: DocumentDetail) -> str:
    """GS06 and ST02 are the sender's: only digits of them become part of a name."""
    part = detail.row.part.split("/")[:1] if detail.row.part else []
    numbers = [*detail.row.control_numbers.split("/")[1:], *part]
    return "-".join("".join(c for c in number if c.isascii() and c.isdigit()) or "x" for number in numbers)
