"""Which document took the place of another that was sent again or handed in again, as their events tell it; and what
is said there when the partner had accepted the first, or accepts it after all.
"""

from typing import Any

from sqlalchemy import Connection, select, update

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import OutboundState
from gateway.ledger.events import DOCUMENT_FIRST_ACCEPTED, DOCUMENT_SUPERSEDED
from gateway.pipeline.reconcile import FIRST_ACCEPTED, MOST_LINES
from gateway.store import events
from gateway.store.answer_words import in_words
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT, EVENT

_A = AcknowledgementState
_ACCEPTED = (_A.ACCEPTED, _A.ACCEPTED_WITH_ERRORS, _A.PARTIALLY_ACCEPTED)
_FARTHEST = 100
"""Steps that are followed; nobody sends a document again so often."""


def successor(connection: Connection, document_id: str) -> str:
    """The id of the document that counts instead of this one: the last of those sent one for another; "" for none."""
    found = document_id
    for _ in range(_FARTHEST):
        after = _next(connection, found)
        if not after:
            break
        found = after
    return found if found != document_id else ""


def _next(connection: Connection, document_id: str) -> str:
    wanted = select(EVENT.c.detail).where(EVENT.c.subject == document_id, EVENT.c.kind == DOCUMENT_SUPERSEDED)
    detail = connection.execute(wanted.order_by(EVENT.c.number.desc()).limit(1)).scalar()
    return str(detail.get("by", "")) if detail else ""


# ---------------------------------------------------------------------------------------------- accepted meanwhile


def note_accepted(transaction: Transaction, first: str, *, by: str, who: str) -> None:
    """Say with the successor of a document, as event and line, that the partner accepted the first by `by`.

    Nothing is taken back: where it still lies unfetched the line says so, and a person decides. For documents that
    nothing took the place of, nothing is said.
    """
    later = successor(transaction.connection, first)
    if not later:
        return
    row = transaction.connection.execute(
        select(DOCUMENT).where(DOCUMENT.c.id == later).with_for_update(key_share=True)
    ).one()
    line = f"{FIRST_ACCEPTED} meanwhile, by the {by}{_whereabouts(row)}"
    kept = [one for one in row.acknowledgement_detail if one["line"] != line][: MOST_LINES - 1]
    transaction.connection.execute(
        update(DOCUMENT).where(DOCUMENT.c.id == later).values(acknowledgement_detail=[*kept, {"line": line}])
    )
    about = {"transmission": row.transmission_id, "subject": later, "who": who}
    change = Change(kind=DOCUMENT_FIRST_ACCEPTED, why=line, detail={"first": first}, **about)
    events.record(transaction, [change])


def known_of_the_first(row: Any) -> list[dict[str, str]]:
    """Lines that a document sent again for this one begins with: that the partner had accepted this one, or one before
    it. `row` is the document as it is when it is sent again.
    """
    kept = [dict(one) for one in row.acknowledgement_detail if one["line"].startswith(FIRST_ACCEPTED)]
    if row.acknowledgement not in _ACCEPTED:
        return kept
    said = "" if row.acknowledgement == _A.ACCEPTED else f", {in_words(_A(row.acknowledgement))}"
    at = f", on {row.acknowledged_at:%Y-%m-%d at %H:%M} UTC" if row.acknowledged_at else ""
    return [*kept, {"line": f"{FIRST_ACCEPTED} before this one was asked for{at}{said}"}]


def _whereabouts(row: Any) -> str:
    if row.state == OutboundState.SENT:
        return "; the partner has both"
    if row.state == OutboundState.SEALED:
        return f"; this one still lies unfetched in the outbound folder of {row.channel} and was left there"
    return f"; this one is {row.state} and was left so"
