"""How `gateway x12 check` shows what reading found: for people as an indented listing, for machines as JSON lines."""

import json
from collections.abc import Iterable, Iterator

from gateway.app.words import counted
from gateway.cli.table import printable
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import GroupResult, InterchangeResult, SetResult, Unreadable

_WORDS = {"A": "accepted", "E": "accepted, errors noted", "P": "partly accepted", "R": "rejected"}
_EFFECTS = {Effect.REJECT: "rejects", Effect.NOTE: "noted", Effect.WARN: "warning"}


class Tally:
    """Counts over all files of a run; `faulty` once anything is rejected, noted or unreadable."""

    def __init__(self) -> None:
        self.files = 0
        self.faulty = False
        self._interchanges = 0
        self._groups = 0
        self._sets = 0
        self._accepted = 0
        self._errors = 0
        self._warnings = 0

    def count(self, result: InterchangeResult | Unreadable) -> None:
        """Add one interchange, or what was none."""
        self._judge(result.findings)
        if isinstance(result, Unreadable):
            return
        self._interchanges += 1
        self.faulty = self.faulty or result.status != "A"
        for group in result.groups:
            self._groups += 1
            self._judge(group.findings)
            self.faulty = self.faulty or group.status != "A"
            for one in group.sets:
                self._sets += 1
                self._accepted += delivered(result, group, one)
                self._judge(one.findings)
                self.faulty = self.faulty or one.status != "A"

    def summary(self) -> str:
        """All of it in one line."""
        return (
            f"{counted(self.files, 'file')}, {counted(self._interchanges, 'interchange')}, "
            f"{counted(self._groups, 'group')}, {counted(self._sets, 'set')}: {self._accepted} accepted, "
            f"{self._sets - self._accepted} rejected; "
            f"{counted(self._errors, 'error')}, {counted(self._warnings, 'warning')}"
        )

    def _judge(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if finding.effect is Effect.WARN:
                self._warnings += 1
            else:
                self._errors += 1
                self.faulty = True


def delivered(result: InterchangeResult, group: GroupResult, one: SetResult) -> bool:
    """Whether a set would be delivered: neither its interchange, nor its group, nor itself is rejected."""
    return "R" not in (result.status, group.status, one.status)


def listing(file: str, result: InterchangeResult | Unreadable) -> Iterator[str]:
    """An interchange as lines for people: interchange, group, set, each with what was found in it."""
    yield printable(file)
    if isinstance(result, Unreadable):
        yield f"  no interchange here, {counted(result.length, 'byte')} from byte {result.offset}"
        yield from _findings(result.findings, 4)
        return
    header = result.header
    sender = f"{header.sender_qualifier}/{header.sender}"
    receiver = f"{header.receiver_qualifier}/{header.receiver}"
    about = f"{header.control_number} {sender} to {receiver}, version {header.version}, usage {header.usage}"
    yield f"  interchange {printable(about)}: {_WORDS[result.status]}{_told('TA105', result.note, result.status)}"
    yield from _findings(result.findings, 4)
    for group in result.groups:
        about = f"{group.header.control_number} {group.header.functional_id}, version {group.header.version}"
        count = f"{group.accepted} of {counted(group.received, 'set')}"
        yield f"    group {printable(about)}: {_WORDS[group.status]}, {count}"
        yield from _findings(group.findings, 6)
        for one in group.sets:
            verdict = _WORDS[one.status] if delivered(result, group, one) else _WORDS["R"] + _above(result, group, one)
            yield f"      {printable(f'{one.header.id} {one.header.control_number}')}: {verdict}"
            yield from _findings(one.findings, 8)


def _above(result: InterchangeResult, group: GroupResult, one: SetResult) -> str:
    """Why a set without fault of its own is not delivered."""
    if one.status == "R":
        return ""
    return " with its interchange" if result.status == "R" else " with its group" if group.status == "R" else ""


def _told(element: str, value: str, status: str) -> str:
    return "" if status == "A" else f" ({element} {value})"


def _findings(findings: Iterable[Finding], indent: int) -> Iterator[str]:
    for finding in findings:
        yield " " * indent + f"{_EFFECTS[finding.effect]} {finding.code}{_place(finding)}: {printable(finding.message)}"


def _place(finding: Finding) -> str:
    """ "at segment 7 PO1, loop PO1, element 02", as far as it is known."""
    if not finding.position or not finding.segment:
        return ""
    parts = [f" at segment {finding.position} {printable(finding.segment)}"]
    if finding.loop:
        parts.append(f"loop {finding.loop}")
    if finding.element:
        component = f"-{finding.component}" if finding.component else ""
        repeat = f" repetition {finding.repeat}" if finding.repeat else ""
        parts.append(f"element {finding.element:02}{component}{repeat}")
    return ", ".join(parts)


def json_lines(file: str, result: InterchangeResult | Unreadable) -> Iterator[str]:
    """An interchange as JSON, one object per line: each group's sets, the group, at the end the interchange.

    `level` says which of the three (or "unreadable"); `accepted` says whether it would be delivered, in whole or part.
    """
    for entry in _entries(result):
        yield json.dumps({"file": file, **entry}, ensure_ascii=False)


def _entries(result: InterchangeResult | Unreadable) -> Iterator[dict[str, object]]:
    if isinstance(result, Unreadable):
        accepted = not any(finding.effect is Effect.REJECT for finding in result.findings)
        place: dict[str, object] = {"level": "unreadable", "offset": result.offset, "length": result.length}
        yield {**place, "accepted": accepted, "findings": plain_findings(result.findings)}
        return
    header = result.header
    for group in result.groups:
        for one in group.sets:
            yield _set_entry(result, group, one)
        yield _group_entry(result, group)
    yield {
        "level": "interchange",
        "interchange": header.control_number,
        "sender": header.sender,
        "receiver": header.receiver,
        "version": header.version,
        "usage": header.usage,
        "groups": len(result.groups),
        "status": result.status,
        "note": result.note,
        "accepted": result.status != "R",
        "findings": plain_findings(result.findings),
    }


def _group_entry(result: InterchangeResult, group: GroupResult) -> dict[str, object]:
    return {
        "level": "group",
        **_parties(result, group),
        "functional_id": group.header.functional_id,
        "status": group.status,
        "sets_included": group.included,
        "sets_received": group.received,
        "sets_accepted": group.accepted,
        "accepted": "R" not in (result.status, group.status),
        "findings": plain_findings(group.findings),
    }


def _set_entry(result: InterchangeResult, group: GroupResult, one: SetResult) -> dict[str, object]:
    return {
        "level": "set",
        **_parties(result, group),
        "set": one.header.id,
        "number": one.header.control_number,
        "status": one.status,
        "accepted": delivered(result, group, one),
        "findings": plain_findings(one.findings),
    }


def _parties(result: InterchangeResult, group: GroupResult) -> dict[str, object]:
    return {
        "interchange": result.header.control_number,
        "group": group.header.control_number,
        "sender": result.header.sender,
        "receiver": result.header.receiver,
        "version": group.header.version,
    }


def plain_findings(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Findings as JSON has them: what, where, with which value."""
    return [
        {
            "level": finding.level,
            "code": finding.code,
            "effect": finding.effect.value,
            "segment": finding.segment,
            "position": finding.position,
            "loop": finding.loop,
            "element": finding.element,
            "component": finding.component,
            "repeat": finding.repeat,
            "reference": finding.reference,
            "value": finding.value,
            "message": finding.message,
        }
        for finding in findings
    ]
