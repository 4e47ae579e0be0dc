"""`gateway documents`: what came in and what goes out, what became of it, and putting it back on the road."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.app.evidence import write_evidence
from gateway.app.hand_in import hand_in
from gateway.app.memory import open_memory
from gateway.app.partner_days import partner_days
from gateway.app.written_by import written_by
from gateway.cli import document_rehearsal, document_sheet, document_verbs
from gateway.cli.actor import actor
from gateway.cli.document_verbs import Actor, Reason
from gateway.cli.outbound_sheet import USAGES
from gateway.cli.table import as_json, lines
from gateway.errors import UsageError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.business import BusinessState
from gateway.ledger.document import DocumentState, OutboundState, TransmissionState
from gateway.pipeline.questions import DocumentRow, TransmissionRow
from gateway.pipeline.verbs import How
from gateway.settings import Settings

app = typer.Typer(
    help="List documents, show one with its whole lineage; send, resend, replay, hold, release, waive ...",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest.")]
for verb in (document_verbs.hold, document_verbs.waive, document_verbs.assign, document_verbs.note):
    app.command()(verb)
app.command()(document_verbs.correct)
app.command()(document_verbs.book)
app.command()(document_verbs.close)


@app.command("list")
def list_documents(
    partner: Annotated[str, typer.Option(help="Only this partner's.")] = "",
    state: Annotated[str, typer.Option(help="Only these: held, dead, delivered, sent ...; docs/errors.md.")] = "",
    direction: Annotated[str, typer.Option(help="Only inbound, or only outbound ones.")] = "",
    usage: Annotated[str, typer.Option(metavar="T|P", help="Only tests (T), or only production (P): ISA15.")] = "",
    set_: Annotated[str, typer.Option("--set", metavar="SET", help="Only this set, like 810.")] = "",
    search: Annotated[str, typer.Option(help="A business or control number, exactly.")] = "",
    ack: Annotated[str, typer.Option(help="Only those of which the partner said: awaited, rejected ...")] = "",
    owner: Annotated[str, typer.Option(metavar="NAME", help="Only those that this person looks after.")] = "",
    business: Annotated[
        str, typer.Option(metavar="STATE", help="Only those of whose business is said: short_paid, declined ...")
    ] = "",
    limit: Limit = 50,
    json_: AsJson = False,
) -> None:
    """Documents, newest first.

    Example: gateway documents list --partner acme --state held
    """
    document_verbs.check("--state", state, dict.fromkeys([*DocumentState, *OutboundState]))
    document_verbs.check("--direction", direction, ("inbound", "outbound"))
    document_verbs.check("--usage", usage, USAGES)
    document_verbs.check("--ack", ack, [one.value for one in AcknowledgementState if one.value])
    document_verbs.check("--business", business, [one.value for one in BusinessState if one.value])
    with open_memory(Settings()) as memory:
        rows = memory.questions.documents(
            partner=partner,
            state=state,
            usage=usage,
            search=search,
            direction=direction,
            acknowledgement=ack,
            owner=owner,
            business=business,
            set_id=set_,
            limit=limit,
        )
    if json_:
        for row in rows:
            typer.echo(as_json(row))
        return
    chosen = any((partner, state, usage, set_, search, direction, ack, owner, business))
    _table(_HEADERS, [_row(row) for row in rows], "documents", limit, chosen=chosen)


_HEADERS = (
    *("document", "received", "direction", "partner", "set", "usage", "number", "control", "state", "ack"),
    *("business", "open", "erp id", "reason"),
)


def _row(row: DocumentRow) -> tuple[str, ...]:
    received = row.received_at.strftime("%Y-%m-%d %H:%M:%S")
    return (
        row.id,
        received,
        row.direction,
        row.partner,
        f"{row.set_id} part {row.part}" if row.part else row.set_id,
        row.usage,
        row.business_number,
        row.control_numbers if row.control_numbers.strip("/") else "",
        row.state,
        row.acknowledgement,
        row.business,
        "" if row.business_open is None else f"{row.business_open} {row.currency}".rstrip(),
        row.external_id,
        row.reason or row.answer or row.business_words or row.headline,
    )


@app.command()
def show(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="A document's id, or its beginning.")],
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FOLDER", help="Write AS2 messages and receipts about it there."),
    ] = None,
    json_: AsJson = False,
) -> None:
    """One document: file, interchange, set, findings, canonical body, attempts, acknowledgements, events.

    Example: gateway documents show 01JD8K
    """
    with open_memory(Settings()) as memory:
        detail = memory.questions.document(document_id)
        origins = written_by(memory, detail) if detail is not None else []
        zone = partner_days(memory).zones.get(detail.row.partner, "") if detail is not None and not json_ else ""
        files = write_evidence(memory, detail.row.id, evidence) if detail is not None and evidence is not None else []
    for file in files:
        typer.echo(f"written: {file}", err=True)
    if detail is None:
        raise UsageError(f"no document {document_id!r}: `gateway documents list` shows the newest")
    if json_:
        pairs = zip(detail.places, origins, strict=True)
        places = [{**place, "written_by": origin} if origin else place for place, origin in pairs]
        typer.echo(as_json(replace(detail, places=places)))
        return
    for line in document_sheet.lines(detail, origins, zone):
        typer.echo(line)


@app.command()
def send(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A document for a partner: JSON as the intake takes it.")
    ],
    key: Annotated[
        str, typer.Option(metavar="KEY", help="Its Idempotency-Key; by default the hash of the file's bytes.")
    ] = "",
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Hand in a document for a partner, as our systems do over HTTP. The same key and file again are the same document.

    Example: gateway documents send invoice-9001.json --key invoice-9001
    """
    try:
        posted = file.read_bytes()
    except OSError as refused:
        raise UsageError(f"{file}: {refused.strerror}") from refused
    with open_memory(Settings()) as memory:
        document, known = hand_in(memory, posted, key=key, who=actor(who))
    if json_:
        typer.echo(as_json({"id": document, "state": str(OutboundState.COLLECTED), "known": known}))
        return
    typer.echo(f"{document} {'was handed in before: nothing new was taken' if known else 'is collected'}")
    typer.echo(f"what becomes of it: gateway documents show {document}", err=True)


def _interchanges(row: TransmissionRow) -> str:
    """What became of interchanges that gave no documents to see: refused, duplicate, quarantined."""
    odd = (one for one in row.interchanges if one["state"] != "accepted")
    return "; ".join(f"ISA13 {one['control_number']} {one['state']}: {one['reason']}".rstrip(": ") for one in odd)


@app.command()
def replay(
    ids: document_verbs.Ids = None,
    *,
    reason: Reason = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be otherwise, field by field; nothing is done.")
    ] = False,
    original: Annotated[
        bool, typer.Option("--original/--current", help="Use what was pinned, or today's agreement and mapping.")
    ] = False,
    again: Annotated[
        bool, typer.Option(help="Deliver a delivered document once more, under a new Idempotency-Key.")
    ] = False,
    partner: document_verbs.Partner = "",
    set_: document_verbs.Set = "",
    state: document_verbs.State = "",
    direction: document_verbs.Direction = "",
    ack: document_verbs.Ack = "",
    owner: document_verbs.Owner = "",
    older_than: document_verbs.OlderThan = "",
    yes: document_verbs.Yes = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Put held or dead documents back on the road. Who and why is kept with each.

    With --dry-run nothing is written or sent, and no reason is needed: it says what a replay of documents that came in
    would change, and which line of the mapping says so.

    Example: gateway documents replay 01JD8K --reason "unit BX added to the mapping"
    """
    mode = "original" if original else "current"
    chosen = document_verbs.selection(ids, partner, set_, state, direction, ack, owner, older_than)
    if dry_run:
        if chosen.wanted:
            chosen = replace(chosen, direction="inbound")
        document_rehearsal.run(chosen, How(mode=mode), json_=json_)
        return
    if not reason.strip():
        raise UsageError("--reason is needed: it is kept with the event")
    if len(chosen.ids) == 1:
        with open_memory(Settings()) as memory:
            words = memory.operator.replay(chosen.ids[0], mode=mode, again=again, reason=reason, who=actor(who))
        _done(words, json_)
        return
    how = How(mode=mode, again=again)
    document_verbs.run("replay", chosen, how, reason=reason, yes=yes, who=who, json_=json_)


@app.command()
def resend(
    ids: document_verbs.Ids = None,
    *,
    reason: Reason = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be, and what goes along; nothing is done.")
    ] = False,
    original: Annotated[
        bool, typer.Option("--original/--current", help="With the mapping it was sent by, or today's.")
    ] = True,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Though the partner has not fetched it yet and would find both, or refused it."),
    ] = False,
    numbers: Annotated[
        Literal["new", "same"] | None,
        typer.Option(help="new: written anew; same: the interchange as it is. Else as agreed with the partner."),
    ] = None,
    partner: document_verbs.Partner = "",
    set_: document_verbs.Set = "",
    state: document_verbs.State = "",
    ack: document_verbs.Ack = "",
    owner: document_verbs.Owner = "",
    older_than: document_verbs.OlderThan = "",
    yes: document_verbs.Yes = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Send a partner once more what we sent: another document, under other control numbers, takes its place; or, where
    it is agreed so or asked for, the interchange goes again as it is, under the same numbers.

    Exit 1, and nothing is done, while the partner has not fetched the first, and when it refused it: a document that
    was wrong is not sent again, our system hands in a corrected one. With --dry-run nothing is done either, and no
    reason is needed.

    Example: gateway documents resend 01JD8K --reason "acme lost the files of Monday"
    """
    mode = "original" if original else "current"
    if not dry_run and not reason.strip():
        raise UsageError("--reason is needed: it is kept with the event")
    chosen = document_verbs.selection(ids, partner, set_, state, "", ack, owner, older_than)
    if len(chosen.ids) == 1 and not dry_run:
        with open_memory(Settings()) as memory:
            words = memory.operator.resend(
                chosen.ids[0], mode=mode, reason=reason, who=actor(who), anyway=anyway, numbers=numbers or ""
            )
        _done(words, json_)
        return
    how = How(mode=mode, anyway=anyway, numbers=numbers or "", dry_run=dry_run)
    document_verbs.run("resend", chosen, how, reason=reason, yes=yes, who=who, json_=json_)


@app.command()
def release(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Of transmissions, or of documents that are held.")
    ] = None,
    *,
    reason: Reason,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Though its channel still does not carry the sender: it would come back.")
    ] = False,
    partner: document_verbs.Partner = "",
    set_: document_verbs.Set = "",
    direction: document_verbs.Direction = "",
    owner: document_verbs.Owner = "",
    older_than: document_verbs.OlderThan = "",
    yes: document_verbs.Yes = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Let a quarantined transmission through, or have a dead one read again, once a person has looked at it; or let
    documents go on that a person held.

    Who and why is kept with the transmission, and shown with each of its documents. Exit 1, and nothing is done, when
    it would be quarantined again because its channel still does not carry the sender.

    Example: gateway documents release 01JD8J --reason "acme corrected the file and kept the number"
    """
    chosen = document_verbs.selection(ids, partner, set_, "", direction, "", owner, older_than)
    if len(chosen.ids) == 1:
        with open_memory(Settings()) as memory:
            words = memory.operator.release(chosen.ids[0], reason=reason, who=actor(who), anyway=anyway)
        _done(words, json_)
        return
    document_verbs.run("release", chosen, How(), reason=reason, yes=yes, who=who, json_=json_)


@app.command()
def push(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="Of a document, of a file of ours, or of what it answers.")
    ],
    reason: Reason,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Carry a file to the partner again that its system refused, or that we gave up: the same bytes, the same numbers.

    Where the partner has lost what it took, `resend` is meant: another document under other numbers.

    Example: gateway documents push 01JD8K --reason "acme has installed our new certificate"
    """
    with open_memory(Settings()) as memory:
        words = memory.operator.push(identifier, reason=reason, who=actor(who))
    _done(words, json_)


@app.command()
def transmissions(
    state: Annotated[str, typer.Option(help="Only these: received, processed, refused, quarantined, dead.")] = "",
    limit: Limit = 50,
    json_: AsJson = False,
) -> None:
    """Files and posts as they arrived, newest first."""
    document_verbs.check("--state", state, TransmissionState)
    with open_memory(Settings()) as memory:
        rows = memory.questions.transmissions(state=state, limit=limit)
    if json_:
        for row in rows:
            typer.echo(as_json(row))
        return
    headers = ("transmission", "received", "channel", "file", "bytes", "state", "documents", "reason")
    _table(headers, [_arrival(row) for row in rows], "transmissions", limit, chosen=bool(state))


def _arrival(row: TransmissionRow) -> tuple[str, ...]:
    return (
        row.id,
        row.received_at.strftime("%Y-%m-%d %H:%M:%S"),
        row.channel,
        row.file_name or row.message_id,
        str(row.size),
        row.state,
        str(len(row.documents)),
        row.reason or _interchanges(row),
    )


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], noun: str, limit: int, *, chosen: bool) -> None:
    if not rows:
        typer.echo(f"no {noun} {'are like that' if chosen else 'have come yet'}", err=True)
        return
    for line in lines(headers, rows):
        typer.echo(line)
    if len(rows) == limit:
        typer.echo(f"there may be more: --limit is {limit}", err=True)


def _done(words: str, json_: bool) -> None:
    if json_:
        typer.echo(as_json({"done": words}))
        return
    typer.echo(words)
    typer.echo("a running gateway takes it up within a second, otherwise the next one to start", err=True)
