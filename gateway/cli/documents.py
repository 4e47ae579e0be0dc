"""`gateway documents`: what came in, what became of it, and putting it back on the road."""

import getpass
import json
from typing import Annotated

import typer

from gateway.app.memory import open_memory
from gateway.cli.table import as_json, lines, printable
from gateway.errors import UsageError
from gateway.ledger.document import DocumentState, TransmissionState
from gateway.pipeline.questions import DocumentDetail, DocumentRow, TransmissionRow
from gateway.settings import Settings

app = typer.Typer(help="List documents, show one with its whole lineage, replay or release.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")]


@app.command("list")
def list_documents(
    partner: Annotated[str, typer.Option(help="Only this partner's.")] = "",
    state: Annotated[str, typer.Option(help="Only these: validated, mapped, delivered, rejected, held, dead.")] = "",
    search: Annotated[str, typer.Option(help="A business or control number, exactly.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json_: AsJson = False,
) -> None:
    """Documents, newest first.

    Example: gateway documents list --partner acme --state held
    """
    _check_state(state, DocumentState)
    with open_memory(Settings()) as memory:
        rows = memory.questions.documents(partner=partner, state=state, search=search, limit=limit)
    if json_:
        for row in rows:
            typer.echo(as_json(row))
        return
    headers = ("document", "received", "partner", "set", "number", "state", "ack", "erp id", "reason")
    for line in lines(headers, [_row(row) for row in rows]):
        typer.echo(line)
    if not rows:
        typer.echo("(none)", err=True)


def _row(row: DocumentRow) -> tuple[str, ...]:
    received = row.received_at.strftime("%Y-%m-%d %H:%M:%S")
    return (
        row.id,
        received,
        row.partner,
        row.set_id,
        row.business_number or row.control_numbers,
        row.state,
        row.acknowledgement,
        row.external_id,
        row.reason,
    )


@app.command()
def show(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="A document's id, or its beginning.")],
    json_: AsJson = False,
) -> None:
    """One document: file, interchange, set, findings, canonical body, attempts, acknowledgements, events.

    Example: gateway documents show 01JD8K
    """
    with open_memory(Settings()) as memory:
        detail = memory.questions.document(document_id)
    if detail is None:
        raise UsageError(f"no document {document_id!r}: `gateway documents list` shows the newest")
    if json_:
        typer.echo(as_json(detail))
    else:
        _print(detail)


def _print(detail: DocumentDetail) -> None:
    row = detail.row
    facts = (
        ("document", row.id),
        ("state", f"{row.state}{': ' + row.reason if row.reason else ''}"),
        ("partner", f"{row.partner}, set {row.set_id} {row.version}, ISA13/GS06/ST02 {row.control_numbers}"),
        ("number", row.business_number),
        ("file", f"{detail.file_name or '(none)'} in transmission {row.transmission_id}, channel {row.channel}"),
        ("interchange", f"{detail.interchange_state} {detail.interchange_reason}".strip()),
        ("told", f"AK501 {row.acknowledgement}" if row.acknowledgement else "no acknowledgement"),
        ("destination", f"{row.destination} {'as ' + row.external_id if row.external_id else ''}".strip()),
        ("mapping", detail.pins.get("mapping", "")),
    )
    for name, value in facts:
        typer.echo(f"{name:<12} {printable(value)}")
    for acknowledgement in detail.acknowledgements:
        typer.echo(f"{'answered':<12} " + ", ".join(f"{k} {printable(v)}" for k, v in acknowledgement.items() if v))
    for finding in detail.findings:
        typer.echo(f"{'finding':<12} {finding.get('code', '')} {printable(str(finding.get('message', '')))}")
    for event in detail.events:
        typer.echo(f"{'event':<12} {event.at.isoformat()} {event.kind} by {event.who} {printable(event.why)}".rstrip())
    if detail.canonical:
        typer.echo(json.dumps(json.loads(detail.canonical), indent=2, ensure_ascii=False))


def _interchanges(row: TransmissionRow) -> str:
    """What became of interchanges that gave no documents to see: refused, duplicate, quarantined."""
    odd = (one for one in row.interchanges if one["state"] != "accepted")
    return "; ".join(f"ISA13 {one['control_number']} {one['state']}: {one['reason']}".rstrip(": ") for one in odd)


@app.command()
def replay(
    document_id: Annotated[str, typer.Argument(metavar="ID")],
    original: Annotated[
        bool, typer.Option("--original/--current", help="Use what was pinned, or today's agreement and mapping.")
    ] = False,
    again: Annotated[
        bool, typer.Option(help="Deliver a delivered document once more, under a new Idempotency-Key.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with the event. Needed with --again.")] = "",
    json_: AsJson = False,
) -> None:
    """Put a held or dead document back on the road.

    Example: gateway documents replay 01JD8K --reason "unit BX added to the mapping"
    """
    with open_memory(Settings()) as memory:
        mode = "original" if original else "current"
        words = memory.operator.replay(document_id, mode=mode, again=again, reason=reason, who=_who())
    _done(words, json_)


@app.command()
def release(
    transmission_id: Annotated[str, typer.Argument(metavar="TRANSMISSION")],
    reason: Annotated[str, typer.Option(help="Why; kept with the event.")] = "",
    json_: AsJson = False,
) -> None:
    """Let a quarantined transmission through, or have a dead one read again, once a person has looked at it.

    Example: gateway documents release 01JD8J --reason "acme corrected the file and kept the number"
    """
    with open_memory(Settings()) as memory:
        words = memory.operator.release(transmission_id, reason=reason, who=_who())
    _done(words, json_)


@app.command()
def transmissions(
    state: Annotated[str, typer.Option(help="Only these: received, processed, refused, quarantined, dead.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json_: AsJson = False,
) -> None:
    """Files and posts as they arrived, newest first."""
    _check_state(state, TransmissionState)
    with open_memory(Settings()) as memory:
        rows = memory.questions.transmissions(state=state, limit=limit)
    if json_:
        for row in rows:
            typer.echo(as_json(row))
        return
    headers = ("transmission", "received", "channel", "file", "bytes", "state", "documents", "reason")
    table = [
        (
            row.id,
            row.received_at.strftime("%Y-%m-%d %H:%M:%S"),
            row.channel,
            row.file_name or row.message_id,
            str(row.size),
            row.state,
            str(len(row.documents)),
            row.reason or _interchanges(row),
        )
        for row in rows
    ]
    for line in lines(headers, table):
        typer.echo(line)


def _check_state(state: str, states: type[DocumentState] | type[TransmissionState]) -> None:
    """A misspelt state would answer that nothing waits."""
    if state and state not in list(states):
        raise UsageError(f"--state {state!r}: it is one of {', '.join(states)}")


def _done(words: str, json_: bool) -> None:
    if json_:
        typer.echo(as_json({"done": words}))
        return
    typer.echo(words)
    typer.echo("a running gateway takes it up within a second, otherwise the next one to start", err=True)


def _who() -> str:
    return f"operator/{getpass.getuser()}"
