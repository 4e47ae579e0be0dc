"""Theirs again: what a partner lost goes out as another document, under other numbers, when a person asks for it."""

from typing import Any

from sqlalchemy import insert, select, update

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import OUTBOUND as LIFE
from gateway.ledger.document import OutboundState
from gateway.ledger.events import DOCUMENT_COLLECTED, DOCUMENT_FIRST_ACCEPTED
from gateway.store import events, parts, work
from gateway.store.answer_words import telling
from gateway.store.beginnings import find
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.successors import known_of_the_first
from gateway.store.tables import DOCUMENT

REJECTED = AcknowledgementState.REJECTED
_ANEW: dict[str, Any] = {
    "state": str(OutboundState.COLLECTED),
    "reason": "",
    "outbound_group_id": None,
    "ordinal": 1,
    "interchange_control_number": "",
    "group_control_number": "",
    "set_control_number": "",
    "byte_offset": 0,
    "byte_length": 0,
    "acknowledgement": "",
    "acknowledged_at": None,
}
"""What the new document has not yet, whatever the one before had."""


def resend(
    transaction: Transaction, document_id: str, *, reason: str, who: str, original: bool, anyway: bool
) -> tuple[str, str, str]:
    """Put a copy of a document on the road and let it take the other's place. Returns the ids of both, the old first,
    and that the partner had accepted the old one, "" when it had not.

    `original`: with the mapping it was sent by. Raises UsageError when it was not sent; NotInOrder when the partner has
    not fetched it yet and would find both, or has refused it, and not `anyway`.
    """
    found = find(transaction.connection, DOCUMENT, document_id)
    if found is None:
        raise UsageError(f"no document {document_id!r}")
    # Locked and read again: of two who ask at once, one sends.
    row = transaction.connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == found.id).with_for_update()).one()
    _check(row, anyway=anyway)
    new = transaction.means.new_id()
    before = OutboundState(row.state)
    transaction.connection.execute(
        update(DOCUMENT)
        .where(DOCUMENT.c.id == row.id)
        .values(state=str(OutboundState.SUPERSEDED), reason=f"sent again as {new}: {reason}", state_at=transaction.now)
    )
    lines = known_of_the_first(row)
    copy = dict(row._mapping) | _ANEW | {"id": new, "original": original, "state_at": transaction.now}
    copy["acknowledgement_detail"] = lines
    transaction.connection.execute(insert(DOCUMENT), [copy])
    parts.take_over(transaction, row.id, new)
    about = {"transmission": row.transmission_id, "who": who, "why": reason}
    changes = [
        Change(subject=row.id, kind=LIFE.event(before, OutboundState.SUPERSEDED), detail={"by": new}, **about),
        Change(subject=new, kind=DOCUMENT_COLLECTED, detail={"instead_of": row.id}, **about),
    ]
    for one in lines:
        told = {"transmission": row.transmission_id, "why": one["line"], "detail": {"first": row.id}}
        changes.append(Change(subject=new, kind=DOCUMENT_FIRST_ACCEPTED, **told))
    events.record(transaction, changes)
    work.collect(transaction, [new])
    return row.id, new, "; ".join(one["line"] for one in lines)


def _check(row: Any, *, anyway: bool) -> None:
    if row.direction != "outbound":
        raise UsageError(f"{row.id} came in: to deliver it once more, `gateway documents replay --again`")
    if row.state in (OutboundState.SENT, OutboundState.SEALED) and row.acknowledgement == REJECTED and not anyway:
        raise NotInOrder(_refused(row))
    if row.state == OutboundState.SENT or (row.state == OutboundState.SEALED and anyway):
        return
    if row.state == OutboundState.SEALED:
        raise NotInOrder(
            f"{row.id} still lies in the outbound folder of {row.channel}, or waits to be carried there: the partner "
            "would find both; with --anyway it is sent again all the same. What its system refused, or we gave up, "
            "goes once more by `gateway documents push`"
        )
    hint = {"superseded": row.reason, "held": "replay it when the cause is mended", "dead": "replay it when mended"}
    raise UsageError(f"{row.id} is {row.state}, it was not sent: {hint.get(row.state, 'it is on its way')}")


def _refused(row: Any) -> str:
    said = telling(row.acknowledgement_detail)
    return (
        f"{row.id} was refused by the partner{f': {said}' if said else ''}. Sent again it would be refused again: our "
        "system hands in the corrected document under a new key. With --anyway it is sent all the same, when it was "
        "refused by mistake; with --current --anyway it is written by today's mapping, when that was what was wrong"
    )
