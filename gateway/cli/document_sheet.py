"""One document as `gateway documents show` prints it: what it is, what was told, what became of it, step by step."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from gateway.cli import business_sheet, outbound_sheet
from gateway.cli.pickup import by_events, by_row, when
from gateway.cli.table import printable
from gateway.pipeline.knowledge import in_words
from gateway.pipeline.questions import DocumentDetail, EventRow
from gateway.x12.response import kind_for

_WIDTH = 12

_TOLD = {"A": "accepted", "E": "accepted, errors noted", "R": "rejected"}
_REPLIES = {
    "delivered": "accepted",
    "known": "it had it already",
    "refused": "refused",
    "retry": "not now",
    "unknown": "nobody knows whether it has it",
}
"""What a system's reply means, by its kind in an event."""

_ANSWERS = ("997", "999")

_NEXT = {
    "held": "do what the state says, then: gateway documents replay {} --reason TEXT",
    "dead": "mend the cause, then: gateway documents replay {} --reason TEXT",
    "rejected": "the partner corrects it and sends it again under new control numbers",
    "closed": "nothing; when that was wrong: gateway documents replay {} --again --reason TEXT",
}
"""What a person is to do, by state; the others go on by themselves."""


def lines(detail: DocumentDetail, written_by: Sequence[str] = (), zone: str = "") -> Iterator[str]:
    """The sheet, line by line; the canonical document at its end. `written_by` says of each line of the partner's
    answer which file and line of the mapping wrote what it is about, "" where that cannot be told; `zone` is the
    partner's time zone, "" where that is not known.
    """
    facts = _facts(detail) if detail.row.direction == "inbound" else outbound_sheet.facts(detail, written_by)
    for name, value in (*facts, *business_sheet.business(detail), *business_sheet.times(detail, zone)):
        yield f"{name:<{_WIDTH}} {printable(value)}"
    for finding in detail.findings:
        yield f"{'finding':<{_WIDTH}} {printable(_finding(finding))}"
    yield from _owed(detail)
    yield ""
    yield "steps"
    for event in detail.events:
        yield f"  {printable(_step(event))}"
    if detail.canonical:
        yield ""
        yield detail.row.canonical_type or "canonical"
        yield json.dumps(json.loads(detail.canonical), indent=2, ensure_ascii=False)


def _owed(detail: DocumentDetail) -> Iterator[str]:
    """What has to follow it, and what it met."""
    now = datetime.now(UTC)
    if detail.owed:
        yield ""
        yield "owed"
    for one in detail.owed:
        about = f" for {one.number}" if one.subject not in (detail.row.id, one.order_id) else ""
        reckoned = f" ({one.reckoned})" if one.reckoned else ""
        yield f"  {printable(f'{one.what}{about}{reckoned}: {one.words(now)}')}"


def _facts(detail: DocumentDetail) -> Iterator[tuple[str, str]]:
    row = detail.row
    isa13, gs06, st02 = row.control_numbers.split("/")
    yield from outbound_sheet.standing(row)
    yield "set", f"{row.set_id} {row.version}, ISA13 {isa13}, GS06 {gs06}, ST02 {st02}"
    if row.part:
        yield "part", row.part
    yield "usage", f"{row.usage} ({outbound_sheet.USAGES.get(row.usage, 'neither production nor test')})"
    yield "number", row.business_number or "none found"
    yield "received", f"{when(row.received_at)} by {row.channel}{f' from {detail.remote}' if detail.remote else ''}"
    yield "file", detail.file_name or "sent without a name"
    if detail.message_id:
        yield "message id", detail.message_id
    yield from detail.exchanged
    yield "transmission", row.transmission_id
    yield "interchange", f"{detail.interchange_state}: {detail.interchange_reason}".rstrip(": ")
    if row.set_id in _ANSWERS:
        yield from _said(detail)
        return
    yield "told", _told(row.acknowledgement, _element(row.version, detail))
    for answer in detail.acknowledgements:
        pushed = [one for one in detail.carrying if one.subject == answer["id"]]
        for line in _answers(answer, detail.events, {one.via for one in pushed} | {one.channel for one in pushed}):
            yield answer["kind"], line
        for one in pushed:
            yield "carrying", one.words()
    if any(one.state in ("refused", "given_up") for one in detail.carrying):
        yield "next", f"mend the cause with the partner, then: gateway documents push {row.id} --reason TEXT"
    yield "mapping", detail.pins.get("mapping", "") or "none was used"
    if looked_up := in_words(detail.pins):
        yield "looked up", looked_up
    yield "destination", row.destination or "none"
    yield "answer", _last_reply(detail.events)
    if row.state in _NEXT:
        yield "next", outbound_sheet.LET_GO.format(row.id) if detail.held_by else _NEXT[row.state].format(row.id)


def _said(detail: DocumentDetail) -> Iterator[tuple[str, str]]:
    """What an acknowledgement says. Nothing is told of it, and it goes nowhere."""
    for number, line in enumerate(detail.said or ["it could not be read"]):
        yield ("" if number else "says"), line
    if detail.row.state == "held":
        yield "next", "nothing was accepted by it: ask the partner which of our documents it is about, then"
        yield "", f"gateway documents close {detail.row.id} --reason TEXT"


def _element(version: str, detail: DocumentDetail) -> str:
    """Where a set is told its status: in a 999, which only versions from 005010 on have, or in a 997."""
    told_by_999 = any(answer["kind"] == "999" for answer in detail.acknowledgements)
    return "IK501" if told_by_999 and kind_for(version, "999") == "999" else "AK501"


def _told(code: str, element: str) -> str:
    return f"{_TOLD.get(code, code)} ({element} {code})" if code else "nothing about this set"


def _answers(answer: Mapping[str, str], events: Iterable[EventRow], pushed: Collection[str] = ()) -> Iterator[str]:
    """One line for every channel that an answer was offered in: a copy is answered where it came. Nobody fetches from
    those that we push through (`pushed`).
    """
    places = by_events(answer["id"], answer["name"], events)
    numbers = f"ISA13 {answer['control_number']}"
    if answer["group_numbers"]:
        numbers += f", GS06 {answer['group_numbers']}"
    for channel, place in (places or {answer["channel"]: by_row(answer)}).items():
        yield f"{place.name} for {channel}, {numbers}: {place.words(fetched=channel not in pushed)}"


def _last_reply(events: Iterable[EventRow]) -> str:
    replies = [event for event in events if "reply" in event.detail]
    if not replies:
        return "none: it was not asked"
    return f"{_reply(replies[-1].detail)}, {when(replies[-1].at)}"


def _reply(detail: Mapping[str, str]) -> str:
    """ "201 accepted, as SO-000005, at try 1"."""
    status = f"{detail['status']} " if "status" in detail else ""
    said = f"{status}{_REPLIES.get(detail['reply'], detail['reply'])}"
    number = f", as {detail['external_id']}" if "external_id" in detail else ""
    return f"{said}{number}, at try {detail.get('attempt', '1')}"


def _done(event: EventRow) -> str:
    """What our system said to a document, or what a person did to it, where the kind of event leaves that open."""
    detail = event.detail
    if "reply" in detail:
        return _reply(detail)
    match event.kind:
        case "document.closed" if detail.get("external_id"):
            return f"as {detail['external_id']}"
        case "document.noted" if "line" in detail:
            return f"line {detail['line']} booked to {detail.get('to') or 'nothing'}"
        case "document.owed-waived":
            return f"the {detail.get('owed', '')}"
        case "document.assigned":
            return f"to {detail.get('to') or 'nobody'}"
        case _:
            return ""


def _finding(finding: Mapping[str, object]) -> str:
    return f"{finding.get('code', '')} {finding.get('message', '')}".strip()


def _step(event: EventRow) -> str:
    """Time, what happened in two words, who, and what there is to say of it."""
    what = event.kind.replace(".", " ")
    said = [_done(event), event.why or event.detail.get("detail", "")]
    if "name" in event.detail:
        channel = event.detail.get("channel", "")
        said.append(event.detail["name"] + (f" for {channel}" if channel else ""))
    rest = ": ".join(one for one in said if one)
    return f"{when(event.at, exact=True)}  {what:<25}  by {event.who}{f'  {rest}' if rest else ''}"
