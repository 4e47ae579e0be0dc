"""The times of one document, from the rows that keep them."""

from typing import Any

from sqlalchemy import Connection, func, select

from gateway.ledger.events import DOCUMENT_TRANSLATED
from gateway.pipeline.times import Times, envelope
from gateway.store.deadline_tables import DEADLINE
from gateway.store.message_tables import AS2_MESSAGE, AS2_PART
from gateway.store.tables import ACKNOWLEDGEMENT, CARRYING, EVENT, INTERCHANGE

_ISA09, _ISA10 = 9, 10
_OURS = slice(70, 81)
"""Where ISA09, a separator and ISA10 stand in every interchange: elements of ISA have fixed lengths."""


def times(connection: Connection, row: Any, sent: Any) -> Times:
    """Of a row of documents. `sent` is the interchange of ours that it went out in, None for any other."""
    due = connection.execute(select(DEADLINE).where(DEADLINE.c.document_id == row.id)).first()
    about = _inbound(connection, row) if row.direction == "inbound" else _outbound(connection, row, sent)
    return Times(
        dated=row.dated.isoformat() if row.dated else "",
        received=row.received_at,
        delivered=row.delivered_at,
        answered=row.acknowledged_at,
        business=row.business_at,
        due=due.due if due is not None else "",
        due_at=due.due_at if due is not None else None,
        missed_at=due.missed_at if due is not None else None,
        **about,
    )


def _inbound(connection: Connection, row: Any) -> dict[str, Any]:
    found = connection.execute(select(INTERCHANGE).where(INTERCHANGE.c.id == row.interchange_id)).first()
    if found is None:
        return {}
    elements = found.header["elements"]
    told = select(func.min(ACKNOWLEDGEMENT.c.offered_at)).where(
        ACKNOWLEDGEMENT.c.interchange_id == found.id, ACKNOWLEDGEMENT.c.kind != "TA1"
    )
    stamp = envelope(elements[_ISA09], elements[_ISA10]) if len(elements) > _ISA10 else ""
    receipt = (
        select(AS2_MESSAGE.c.mdn_at)
        .join(AS2_PART, AS2_PART.c.as2_message_id == AS2_MESSAGE.c.id)
        .where(AS2_PART.c.transmission_id == row.transmission_id)
    )
    return {
        "envelope": stamp,
        "validated": found.recorded_at,
        "told": connection.execute(told).scalar(),
        "mdn": connection.execute(receipt).scalar(),
    }


def _outbound(connection: Connection, row: Any, sent: Any) -> dict[str, Any]:
    happened = select(func.max(EVENT.c.at)).where(EVENT.c.subject == row.id, EVENT.c.kind == DOCUMENT_TRANSLATED)
    found: dict[str, Any] = {"validated": connection.execute(happened).scalar()}
    if sent is None:
        return found
    carried = select(func.max(CARRYING.c.answered_at)).where(
        CARRYING.c.subject == sent.id, CARRYING.c.kind == "interchange"
    )
    stamp = bytes(sent.body[_OURS]).decode("latin-1") if sent.body is not None else ""
    return found | {
        "envelope": envelope(stamp[:6], stamp[7:]) if len(stamp) > 7 else "",
        "sealed": sent.sealed_at,
        "offered": sent.offered_at,
        "sent": sent.fetched_at or sent.carried_at or sent.confirmed_at,
        "picked_up": sent.fetched_at or sent.confirmed_at,
        "mdn": connection.execute(carried).scalar(),
    }
