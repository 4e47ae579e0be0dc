"""One batch of opened transmissions, written in one transaction: rows, numbers, answers, events, and what follows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, select, update

from gateway.ledger import document as life
from gateway.ledger.events import DOCUMENT_BEFORE_ORDER
from gateway.parcel import Content
from gateway.pipeline.outbound.stage import OutboundOutcome
from gateway.pipeline.stage import DocumentOutcome, InterchangeOutcome, Notice, TransmissionOutcome
from gateway.store import contents, crossref_waiting, events, findings, order_waits, outbound, parts, work
from gateway.store.acknowledgements import Answer, Copy, lock_answers, offer_again, seal_and_offer, told
from gateway.store.claims import Claim, Verdict, claim
from gateway.store.documents import KEYS, by_destination, document_row, key_rows, put_canonicals, waiting, with_parts
from gateway.store.entries import entry_row, put_entries
from gateway.store.events import Change
from gateway.store.heard import Heard
from gateway.store.means import Transaction
from gateway.store.reconciliations import Reconciliation, reconcile_all
from gateway.store.rows import ManyRows
from gateway.store.tables import DOCUMENT, INTERCHANGE, TRANSMISSION

NEVER_ANSWERED = frozenset({"997", "999"})
"""Acknowledgements are not acknowledged."""

_STATE = ManyRows(
    lambda _: (
        update(TRANSMISSION)
        .where(TRANSMISSION.c.id == bindparam("key"))
        .values({name: bindparam(name) for name in ("state", "reason", "findings")})
    )
)
_INTERCHANGES = ManyRows(lambda insert: insert(INTERCHANGE))
_DOCUMENTS = ManyRows(lambda insert: insert(DOCUMENT))
_WRITTEN = ("accepted", "rejected", "duplicate")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(slots=True)
class _Batch:
    """What is going to be written, gathered so that each table takes one statement."""

    reconciled: Reconciliation
    held: order_waits.Held
    transmissions: list[dict[str, Any]] = field(default_factory=list)
    interchanges: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[DocumentOutcome] = field(default_factory=list)
    keys: list[dict[str, str]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    copies: dict[tuple[str, str], Copy] = field(default_factory=dict)
    notices: list[tuple[str, Notice]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    handed_in: list[tuple[Any, OutboundOutcome]] = field(default_factory=list)

    def heeded(self, document: DocumentOutcome) -> DocumentOutcome:
        """The document; an acknowledgement as it was matched, a change of an order as it has to wait for that."""
        found = self.reconciled.documents.get(document.id)
        if found is not None:
            return replace(document, state=found.state, reason=found.reason)
        return self.held.heeded(document)

    def says(self, document: DocumentOutcome) -> list[Mapping[str, Any]]:
        """An acknowledgement line by line; nothing of any other document."""
        found = self.reconciled.documents.get(document.id)
        return [] if found is None else list(found.lines)


def record(transaction: Transaction, outcomes: Sequence[TransmissionOutcome], suspects: Sequence[str]) -> None:
    """Write what became of these transmissions. Those no longer "received" write nothing at all."""
    waiting_parts = parts.lock(transaction, [one for outcome in outcomes for one in outcome.outbound])
    crossref_waiting.lock_for(transaction, _documents(outcomes))
    _enqueue_suspects(transaction, suspects)
    won = _compare_and_set(transaction, [outcome.id for outcome in outcomes])
    mine = _without_written(transaction, [outcome for outcome in outcomes if outcome.id in won], won)
    if not mine:
        return
    claims = [
        Claim(transmission=outcome.id, interchange=interchange, released=won[outcome.id].released)
        for outcome in mine
        for interchange in outcome.interchanges
    ]
    verdicts = claim(transaction, claims)
    lock_answers(transaction, [one.holder.interchange for one in verdicts.values() if one.standing == "same"])
    reconciled = reconcile_all(transaction, list(_heard(mine, won, verdicts)), waiting_parts)
    batch = _Batch(reconciled=reconciled, held=_held(transaction, mine, won, verdicts))
    for outcome in mine:
        _add_transmission(transaction, batch, outcome, won[outcome.id], verdicts)
    _write(transaction, batch)


def _documents(outcomes: Sequence[TransmissionOutcome]) -> Iterator[DocumentOutcome | OutboundOutcome]:
    for outcome in outcomes:
        yield from outcome.outbound
        for interchange in outcome.interchanges:
            for document in interchange.documents:
                yield from (document, *document.siblings)


def _heard(
    outcomes: Sequence[TransmissionOutcome], won: Mapping[str, Any], verdicts: Mapping[str, Verdict]
) -> Iterator[Heard]:
    """Answers to what we sent. A copy of an interchange answers nothing again, nor does one that we refuse."""
    for received, interchange in _taken(outcomes, won, verdicts):
        about = {"received": received, "interchange": interchange}
        yield from (Heard(**about, answer=answer) for answer in interchange.answers)
        for document in interchange.documents:
            if document.answer is not None:
                yield Heard(**about, answer=document.answer, document=document)


def _taken(
    outcomes: Sequence[TransmissionOutcome], won: Mapping[str, Any], verdicts: Mapping[str, Verdict]
) -> Iterator[tuple[Any, InterchangeOutcome]]:
    """Those interchanges that count, with their transmission's row."""
    for outcome in outcomes:
        for interchange in outcome.interchanges:
            verdict = verdicts.get(interchange.id)
            if interchange.state == "accepted" and (verdict is None or verdict.standing == "granted"):
                yield won[outcome.id], interchange


def _held(
    transaction: Transaction,
    outcomes: Sequence[TransmissionOutcome],
    won: Mapping[str, Any],
    verdicts: Mapping[str, Verdict],
) -> order_waits.Held:
    """Changes of orders that our system has not yet."""
    held = order_waits.Held(transaction)
    for received, interchange in _taken(outcomes, won, verdicts):
        for document in interchange.documents:
            if document.after_order:
                usage = interchange.header.usage
                held.ask(document, usage=usage, at=received.received_at, interchange=interchange.id)
    held.look()
    return held


def _enqueue_suspects(transaction: Transaction, suspects: Sequence[str]) -> None:
    if not suspects:
        return
    among = transaction.means.database.among(TRANSMISSION.c.id, suspects)
    statement = select(TRANSMISSION).where(among, TRANSMISSION.c.state == "received").order_by(TRANSMISSION.c.id)
    work.suspects(transaction, transaction.connection.execute(statement).all())


def _compare_and_set(transaction: Transaction, ids: Sequence[str]) -> Mapping[str, Any]:
    if not ids:
        return {}
    table = TRANSMISSION
    statement = (
        update(table)
        .where(transaction.means.database.among(table.c.id, ids), table.c.state == "received")
        .values(state="processed", state_at=transaction.now, reason="")
        .returning(table.c.id, table.c.channel, table.c.received_at, table.c.released)
    )
    return {row.id: row for row in transaction.connection.execute(statement)}


def _without_written(
    transaction: Transaction, outcomes: Sequence[TransmissionOutcome], won: Mapping[str, Any]
) -> list[TransmissionOutcome]:
    """After a release, interchanges that went through the first time stay as they are written."""
    again = [outcome.id for outcome in outcomes if won[outcome.id].released]
    if not again:
        return list(outcomes)
    table = INTERCHANGE
    among = transaction.means.database.among(table.c.transmission_id, again)
    statement = select(table.c.transmission_id, table.c.ordinal).where(among, table.c.state.in_(_WRITTEN))
    written = {(row.transmission_id, row.ordinal) for row in transaction.connection.execute(statement)}
    return [
        replace(
            outcome,
            interchanges=tuple(one for one in outcome.interchanges if (outcome.id, one.ordinal) not in written),
        )
        for outcome in outcomes
    ]


def _add_transmission(
    transaction: Transaction,
    batch: _Batch,
    outcome: TransmissionOutcome,
    received: Any,
    verdicts: Mapping[str, Verdict],
) -> None:
    state, reason = outcome.state, outcome.reason or batch.reconciled.unmatched.get(outcome.id, "")
    for interchange in outcome.interchanges:
        verdict = verdicts.get(interchange.id)
        if verdict is None or verdict.standing == "granted":
            _add_interchange(transaction, batch, interchange, received)
        elif verdict.standing == "same":
            _add_duplicate(transaction, batch, interchange, received, verdict)
        else:
            state, reason = "quarantined", _other_bytes(interchange, verdict)
            _add_row(transaction, batch, interchange, received, "quarantined", reason)
    if state != "processed" or reason or outcome.findings:
        batch.transmissions.append(
            {"key": outcome.id, "state": state, "reason": reason, "findings": findings.as_json(outcome.findings)}
        )
    batch.handed_in += [(received, one) for one in outcome.outbound]
    batch.notices += [(outcome.id, notice) for notice in outcome.notices]
    kind = life.TRANSMISSION.event(life.TransmissionState.RECEIVED, life.TransmissionState(state))
    batch.changes.append(Change(transmission=outcome.id, subject=outcome.id, kind=kind, why=reason))


def _add_interchange(transaction: Transaction, batch: _Batch, interchange: InterchangeOutcome, received: Any) -> None:
    _add_row(transaction, batch, interchange, received, interchange.state, interchange.reason)
    answered = told(interchange.acknowledgements)
    for of, document in _with_parts(transaction, batch, interchange):
        place = (document.group_control_number, document.set_id, document.set_control_number)
        code = "" if document.set_id in NEVER_ANSWERED else answered.get(place, "")
        row = document_row(transaction, document, interchange, received, code)
        batch.documents.append(row | {"acknowledgement_detail": batch.says(document)})
        batch.outcomes.append(document)
        batch.keys += key_rows(document, interchange.header.control_number)
        kind = life.DOCUMENT.event(None, life.DocumentState(document.state))
        if batch.held.waits(document, of):
            kind = DOCUMENT_BEFORE_ORDER
        batch.changes.append(Change(transmission=received.id, subject=document.id, kind=kind, why=document.reason))
    channel = interchange.acknowledge_to or received.channel
    batch.answers += [
        Answer(transmission=received.id, interchange=interchange, channel=channel, draft=draft)
        for draft in interchange.acknowledgements
    ]


def _with_parts(
    transaction: Transaction, batch: _Batch, interchange: InterchangeOutcome
) -> Iterator[tuple[str, DocumentOutcome]]:
    """Every document and every further part of one, each with the id of the document that it is a part of."""
    for document in interchange.documents:
        yield from ((document.id, one) for one in with_parts(transaction, [batch.heeded(document)]))


def _add_duplicate(
    transaction: Transaction, batch: _Batch, interchange: InterchangeOutcome, received: Any, verdict: Verdict
) -> None:
    holder = verdict.holder
    reason = f"came before, on {holder.seen_at:%Y-%m-%d %H:%M} UTC in {holder.transmission}, with the same bytes"
    _add_row(transaction, batch, interchange, received, "duplicate", reason, duplicate_of=holder.interchange)
    channel = interchange.acknowledge_to or received.channel
    why = f"asked for by a second copy in {received.id}"
    batch.copies[holder.interchange, channel] = Copy(interchange=interchange, why=why)


def _other_bytes(interchange: InterchangeOutcome, verdict: Verdict) -> str:
    number, holder = interchange.header.control_number, verdict.holder
    return (
        f"ISA13 {number} came before, on {holder.seen_at:%Y-%m-%d %H:%M} UTC in {holder.transmission}, with other "
        "bytes: release it when it is meant to be taken"
    )


def _add_row(
    transaction: Transaction,
    batch: _Batch,
    interchange: InterchangeOutcome,
    received: Any,
    state: str,
    reason: str,
    *,
    duplicate_of: str | None = None,
) -> None:
    header = interchange.header
    delimiters = header.delimiters
    batch.interchanges.append(
        {
            "id": interchange.id,
            "transmission_id": received.id,
            "ordinal": interchange.ordinal,
            "state": state,
            "reason": reason,
            "partner": interchange.partner,
            "sender": f"{header.sender_qualifier}/{header.sender}",
            "receiver": f"{header.receiver_qualifier}/{header.receiver}",
            "usage": header.usage,
            "control_number": header.control_number,
            "header": {
                "elements": list(header.elements),
                "element": delimiters.element,
                "segment": delimiters.segment,
            },
            "findings": findings.as_json(interchange.findings),
            "byte_offset": interchange.offset,
            "byte_length": interchange.length,
            "sha256": interchange.sha256,
            "duplicate_of": duplicate_of,
            "recorded_at": transaction.now,
            "received_at": received.received_at,
            "sets": interchange.sets,
            **_group_counts(interchange),
        }
    )
    kind = life.INTERCHANGE.event(None, life.InterchangeState(state))
    batch.changes.append(Change(transmission=received.id, subject=interchange.id, kind=kind, why=reason))


def _group_counts(interchange: InterchangeOutcome) -> dict[str, Any]:
    groups = interchange.groups
    if groups is None:
        return dict.fromkeys(("group_counts", "groups", "first_group", "last_group"))
    numbers = [int(one.control_number) for one in groups if _NUMBER.fullmatch(one.control_number)]
    whole = numbers if len(numbers) == len(groups) else []
    counts = [[one.functional_id, one.sender, one.receiver, one.control_number, one.sets] for one in groups]
    return {
        "group_counts": counts,
        "groups": len(groups),
        "first_group": min(whole, default=None),
        "last_group": max(whole, default=None),
    }


def _write(transaction: Transaction, batch: _Batch) -> None:
    for statement, rows in (
        (_STATE, batch.transmissions),
        (_INTERCHANGES, batch.interchanges),
        (_DOCUMENTS, batch.documents),
        (KEYS, batch.keys),
    ):
        statement.run(transaction.connection, rows)
    put_canonicals(transaction, [(outcome, 1) for outcome in batch.outcomes])
    batch.held.write()
    _put_notices(transaction, batch.notices)
    batch.reconciled.write()
    changes = batch.changes + batch.reconciled.changes + seal_and_offer(transaction, batch.answers)
    changes += offer_again(transaction, batch.copies)
    events.record(transaction, changes)
    outbound.create(transaction, batch.handed_in)
    crossref_waiting.record(transaction, waiting(batch.outcomes))
    work.translate(transaction, [outcome.id for outcome in batch.outcomes if outcome.state == "validated"])
    work.deliver(transaction, by_destination(batch.outcomes))


def _put_notices(transaction: Transaction, notices: Sequence[tuple[str, Notice]]) -> None:
    kept: list[tuple[str, Notice, Content]] = [
        (transmission, notice, transaction.means.blobs.keep(notice.text.encode("utf-8", "replace")))
        for transmission, notice in notices
    ]
    contents.put(transaction, [content for _, _, content in kept])
    put_entries(
        transaction,
        [
            entry_row(
                transaction,
                channel=notice.channel,
                folder="error",
                name=notice.name,
                state="ready",
                content=content,
                transmission=transmission,
            )
            for transmission, notice, content in kept
        ],
    )
