"""A document of ours as `gateway documents show` prints it: who handed it in, how it went out, what came back."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import zip_longest

from gateway.cli.pickup import by_events, by_row, when
from gateway.ledger.acks import HEADLINES
from gateway.pipeline.knowledge import in_words
from gateway.pipeline.questions import DocumentDetail, DocumentRow

USAGES = {"P": "production", "T": "test"}
"""ISA15 in words."""

_NEXT = {
    "held": "do what the state says, then: gateway documents replay {} --reason TEXT",
    "dead": "mend the cause, then: gateway documents replay {} --reason TEXT",
}


LET_GO = "to let it go on: gateway documents release {} --reason TEXT"
"""For whoever looks at a document that a person holds."""


def standing(row: DocumentRow) -> Iterator[tuple[str, str]]:
    """Which document it is, where it stands, and whose it is."""
    yield "document", row.id
    yield "state", f"{row.state}: {row.reason}" if row.reason else row.state
    if row.headline:
        yield "in short", row.headline
    if row.owner:
        yield "owner", row.owner
    yield "partner", row.partner


def facts(
    detail: DocumentDetail, written_by: Sequence[str] = (), *, now: datetime | None = None
) -> Iterator[tuple[str, str]]:
    """Name and value, in the order in which things happened. `written_by` goes with the lines of the answer, `now` is
    an aware time: by it something is still waited for.
    """
    row = detail.row
    yield from standing(row)
    yield "set", _set(detail)
    if row.part:
        yield "part", row.part
    yield "usage", f"{row.usage} ({USAGES.get(row.usage, 'neither production nor test')})"
    yield "number", row.business_number or "none found"
    yield (
        "handed in",
        f"{when(row.received_at)} by {detail.arrived_by}{f' from {detail.remote}' if detail.remote else ''}",
    )
    yield "key", detail.message_id
    yield "transmission", row.transmission_id
    yield "mapping", detail.pins.get("mapping", "") or "none was used"
    if looked_up := in_words(detail.pins):
        yield "looked up", looked_up
    yield (
        "sending",
        _sending(detail) if detail.sending else _not_yet(detail, now or datetime.now(UTC)),
    )
    for one in detail.carrying:
        yield "carrying", one.words()
    yield from detail.exchanged
    yield "answer", _answer(detail)
    for line, origin in zip_longest(detail.said, written_by, fillvalue=""):
        yield "", f"{line}, written by {origin}" if origin else line
    yield from _held_answers(detail)
    if row.acknowledgement == "rejected" and row.state != "superseded":
        yield "next", "mend the cause; our system hands in the corrected document under a new key, then:"
        yield "", f"gateway documents correct {row.id} ITS-ID --reason TEXT"
    if row.part and row.state == "collected":
        yield "next", f"without the parts that are missing: gateway documents release {row.id} --reason TEXT"
    if row.state in _NEXT:
        yield "next", LET_GO.format(row.id) if detail.held_by else _NEXT[row.state].format(row.id)
    if row.state != "superseded" and any(one.state in ("refused", "given_up") for one in detail.carrying):
        yield "next", f"mend the cause with the partner, then: gateway documents push {row.id} --reason TEXT"


def _not_yet(detail: DocumentDetail, now: datetime) -> str:
    """ "not sealed yet: its channel opens on 2026-03-02 at 22:00 UTC"."""
    return f"not sealed yet: {detail.waiting.words(now)}" if detail.waiting else "not sealed yet"


def _answer(detail: DocumentDetail) -> str:
    """ "The partner accepted it. 2026-03-02 12:30:00 UTC"."""
    if not detail.sending:
        return "none is due yet"
    at = detail.row.acknowledged_at
    return HEADLINES[detail.row.acknowledgement] + (f" {when(at)}" if at is not None else "")


def _held_answers(detail: DocumentDetail) -> Iterator[tuple[str, str]]:
    for one in detail.held_answers:
        says = f" that says {one.says}" if one.says else ""
        yield "held answer", f"{one.id}, a {one.kind}{says}, {when(one.received_at)}: {one.reason}"
    if detail.held_answers:
        yield "next", "clear up with the partner what it means; the next answer counts, and this one is closed:"
        for one in detail.held_answers:
            yield "", f"gateway documents close {one.id} --reason TEXT"


def _set(detail: DocumentDetail) -> str:
    row = detail.row
    if not row.set_id:
        return f"{row.canonical_type or 'unknown'}, without an agreement"
    isa13, gs06, st02 = row.control_numbers.split("/")
    numbers = f"ISA13 {isa13}, GS06 {gs06}, ST02 {st02}" if isa13 else "no numbers yet"
    return f"{row.set_id} {row.version}, {numbers}"


def _sending(detail: DocumentDetail) -> str:
    """ "acme-810-000000001.x12 for acme-sftp: offered 2026-03-02 12:00:00 UTC, not fetched yet"."""
    sending, pushed = detail.sending, bool(detail.carrying)
    places = by_events(sending.get("id", ""), sending["name"], detail.events)
    place = by_row(sending) if pushed or sending["channel"] not in places else places[sending["channel"]]
    return f"{sending['name']} for {sending['channel']}: {place.words(fetched=not pushed)}"
