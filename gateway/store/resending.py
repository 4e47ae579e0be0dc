"""Theirs again, when a person asks for it: what a partner lost goes out as another document, under other numbers; or,
where it was agreed so, as it is.
"""

from typing import Any

from sqlalchemy import insert, update

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import OUTBOUND as LIFE
from gateway.ledger.document import OutboundState
from gateway.ledger.events import DOCUMENT_COLLECTED, DOCUMENT_FIRST_ACCEPTED
from gateway.pipeline.verbs import Numbers
from gateway.store import events, parts, sending_again, work
from gateway.store.answer_words import telling
from gateway.store.business_tables import NOTHING_SAID
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
    "resent_at": None,
    **NOTHING_SAID,
}
"""What the new document has not yet, whatever the one before had."""

_ANYWAY = "; with --anyway it is sent again all the same"


def resend(
    transaction: Transaction,
    row: Any,
    *,
    reason: str,
    who: str,
    original: bool,
    anyway: bool,
    numbers: Numbers,
    done: set[str],
    dry_run: bool = False,
) -> str:
    """Send a document once more, whose row the caller has locked. Returns what was done, in words; with `dry_run` it is
    taken back, and the words name no id that was given only for it.

    `numbers` "new": a copy of it goes on the road and takes its place; `original`: with the mapping it was sent by.
    "same": its interchange goes again as it is, once for all of its documents; `done` are those of this act. Raises
    UsageError when it was not sent; NotInOrder when the partner has not fetched it yet and would find both, or has
    refused it, and not `anyway`.
    """
    _check(row, anyway=anyway, numbers=numbers)
    if numbers == "same":
        return sending_again.send_again(transaction, row, reason=reason, who=who, anyway=anyway, done=done)
    if row.state == OutboundState.SENT and not anyway and sending_again.on_its_way(transaction, row.outbound_group_id):
        raise NotInOrder(_both(row, "went before, and once more by now; that") + _ANYWAY)
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
    mode = "original" if original else "current"
    called = "another document" if dry_run else new
    words = f"{row.id} is sent again as {called}, under other control numbers, with the {mode} mapping"
    return "; ".join([words, *(one["line"] for one in lines)])


def _check(row: Any, *, anyway: bool, numbers: Numbers) -> None:
    if row.direction != "outbound":
        raise UsageError(f"{row.id} came in: to deliver it once more, `gateway documents replay --again`")
    if row.state in (OutboundState.SENT, OutboundState.SEALED) and row.acknowledgement == REJECTED and not anyway:
        raise NotInOrder(_refused(row))
    if row.state == OutboundState.SENT or (row.state == OutboundState.SEALED and anyway and numbers == "new"):
        return
    if row.state == OutboundState.SEALED:
        push = "What its system refused, or we gave up, goes once more by `gateway documents push`"
        raise NotInOrder(f"{_both(row, 'still')}{_ANYWAY if numbers == 'new' else ''}. {push}")
    hint = {"superseded": row.reason, "held": "replay it when the cause is mended", "dead": "replay it when mended"}
    raise UsageError(f"{row.id} is {row.state}, it was not sent: {hint.get(row.state, 'it is on its way')}")


def _both(row: Any, which: str) -> str:
    place = f"lies in the outbound folder of {row.channel}, or waits to be carried there"
    return f"{row.id} {which} {place}: the partner would find both"


def _refused(row: Any) -> str:
    said = telling(row.acknowledgement_detail)
    return (
        f"{row.id} was refused by the partner{f': {said}' if said else ''}. Sent again it would be refused again: our "
        "system hands in the corrected document under a new key. With --anyway it is sent all the same, when it was "
        "refused by mistake; with --current --anyway it is written by today's mapping, when that was what was wrong"
    )
