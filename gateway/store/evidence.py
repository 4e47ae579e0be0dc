"""What was exchanged by AS2 about a document: in words for the sheet, and byte for byte as it went over the wire."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gateway.parcel import Content
from gateway.pipeline.messages import Fields
from gateway.store.blobs import FileBlobs
from gateway.store.database import Database
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    AS2_MESSAGE,
    AS2_PART,
    AS2_RECEIPT,
    AS2_SENT,
    CARRYING,
    CONTENT,
    DOCUMENT,
    EVENT,
    OUTBOUND_GROUP,
)

_MDN_STATES = {
    "answered": "given in the answer",
    "waiting": "to be sent to",
    "sent": "sent to",
    "given_up": "not sent, given up, to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One message or receipt: the header fields, and the body behind them."""

    name: str
    headers: Fields
    content: Content


def words(connection: Connection, transmission: str, subjects: Sequence[str]) -> list[tuple[str, str]]:
    """What a sheet says of the message a document came in, and of receipts for files of ours (`subjects`)."""
    found = [line for row in _messages(connection, transmission) for line in _of_message(row)]
    return found + [("receipt", _of_receipt(row)) for row in _receipts(connection, subjects)]


def exchanged(database: Database, blobs: FileBlobs, document: str) -> Iterator[Evidence]:
    """Everything as it went over the wire, of a document by its whole id. What was never kept is left out."""
    with database.reading() as connection:
        known = connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == document)).one()
        subjects = _subjects(connection, known)
        for row in _messages(connection, known.transmission_id):
            yield from _evidence(connection, blobs, f"{row.id}-message", row.headers, row.sha256)
            yield from _evidence(connection, blobs, f"{row.id}-receipt", row.mdn_headers, row.mdn_sha256)
        for row in _sent(connection, subjects):
            yield from _evidence(connection, blobs, f"{row.carried_id}-message", row.headers, row.sha256)
        for row in _receipts(connection, subjects):
            yield from _evidence(connection, blobs, f"{row.id}-receipt", row.headers, row.sha256)
        for name, answer in _answers(connection, subjects):
            yield from _evidence(connection, blobs, name, (), answer)


def _subjects(connection: Connection, document: Any) -> list[str]:
    """The interchange of ours that it went out in, or our answers to the one that it came in."""
    answers = select(ACKNOWLEDGEMENT.c.id).where(ACKNOWLEDGEMENT.c.interchange_id == document.interchange_id)
    sent = select(OUTBOUND_GROUP.c.interchange_id).where(OUTBOUND_GROUP.c.id == document.outbound_group_id)
    return [*connection.execute(answers).scalars(), *connection.execute(sent).scalars()]


def _messages(connection: Connection, transmission: str) -> Sequence[Any]:
    joined = select(AS2_MESSAGE).join(AS2_PART, AS2_PART.c.as2_message_id == AS2_MESSAGE.c.id)
    return connection.execute(joined.where(AS2_PART.c.transmission_id == transmission)).all()


def _sent(connection: Connection, subjects: Sequence[str]) -> Sequence[Any]:
    """Every message that a file went out in: what a person had pushed again went under another message id."""
    joined = select(AS2_SENT).join(CARRYING, AS2_SENT.c.carried_id.startswith(CARRYING.c.id + "-"))
    return connection.execute(
        joined.where(CARRYING.c.subject.in_(list(subjects))).order_by(AS2_SENT.c.packed_at, AS2_SENT.c.carried_id)
    ).all()


def _answers(connection: Connection, subjects: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Receipts that files of ours were answered with: the last one of each, and those before it, which events name."""
    rows = connection.execute(select(CARRYING).where(CARRYING.c.subject.in_(list(subjects)))).all()
    known = {row.answer for row in rows}
    yield from ((f"{row.id}-answer", row.answer) for row in rows)
    told = select(EVENT).where(EVENT.c.subject.in_(list(subjects)), EVENT.c.kind.startswith("carrying."))
    for event in connection.execute(told.order_by(EVENT.c.number)):
        receipt = event.detail.get("receipt", "")
        if receipt not in known:
            known.add(receipt)
            yield f"{event.subject}-answer-{event.number}", receipt


def _receipts(connection: Connection, subjects: Sequence[str]) -> Sequence[Any]:
    joined = select(AS2_RECEIPT).join(CARRYING, CARRYING.c.id == AS2_RECEIPT.c.subject)
    return connection.execute(joined.where(CARRYING.c.subject.in_(list(subjects))).order_by(AS2_RECEIPT.c.id)).all()


def _of_message(row: Any) -> Iterator[tuple[str, str]]:
    yield "message", f"{row.message_id} from AS2 name {row.as2_from} to {row.as2_to}"
    kept = row.security
    signed = f"signed with {kept['digest']} by {kept['signed_by'][:16]}" if kept.get("signed_by") else "not signed"
    hidden = f"encrypted with {kept['cipher']}" if kept.get("cipher") else "not encrypted"
    packed = f", compressed {kept['compressed']} signing" if kept.get("compressed") else ""
    yield "", f"{signed}, {hidden}{packed}"
    if not row.mdn_state:
        yield "receipt", "none was asked for"
        return
    place = f" {row.mdn_url}" if row.mdn_url else ""
    told = f": {row.mdn_reason}" if row.mdn_reason and row.mdn_state in ("waiting", "given_up") else ""
    yield "receipt", f"{row.disposition}, {_MDN_STATES[row.mdn_state]}{place}{told}"


def _of_receipt(row: Any) -> str:
    return f"{row.outcome}: {row.disposition or 'no disposition'}; {row.reason}"


def _evidence(
    connection: Connection, blobs: FileBlobs, name: str, headers: Sequence[Sequence[str]], sha256: str | None
) -> Iterator[Evidence]:
    row = connection.execute(select(CONTENT).where(CONTENT.c.sha256 == sha256)).first() if sha256 else None
    if row is not None:
        fields = tuple((str(field[0]), str(field[1])) for field in headers)
        yield Evidence(name=name, headers=fields, content=blobs.stored(row.sha256, row.size, row.body))
