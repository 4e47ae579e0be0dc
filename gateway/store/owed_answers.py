"""What is owed about files: our own 997, 999 and TA1 until partners have them, TA1s that we asked for, and what came in
and was not read or not decided about. Only what is open or came too late is kept.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from gateway.ledger.acks import AcknowledgementState, SendingState
from gateway.ledger.calendar import ALWAYS
from gateway.ledger.deadlines import Due
from gateway.ledger.document import InterchangeState, TransmissionState
from gateway.ledger.promises import ANSWER, DECISION, PARTNER, UNREAD, US
from gateway.store.means import Transaction
from gateway.store.owed import KEY, Agreed, put
from gateway.store.owed_tables import OWED
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    DOCUMENT,
    INTERCHANGE,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
    RECEIVED_ACKNOWLEDGEMENT,
    TRANSMISSION,
)

FAMILIES = ("acknowledgement.", "sending.", "transmission.", "interchange.")
"""Beginnings of the kinds of events that something is owed behind."""

_T, _I = TransmissionState, InterchangeState
_NOBODY: dict[str, Any] = {
    "order_id": "",
    "document_id": None,
    "transmission_id": None,
    "interchange_id": None,
    "owed_by": US,
    "partner": "",
    "agreement": "",
    "usage": "P",
    "order_number": "",
    "reckoned": "",
    "state": "open",
    "missed_at": None,
    "met_by": "",
    "met_at": None,
    "coming": "",
    "refused": "",
    "ended": "",
}


@dataclass(frozen=True, slots=True)
class AnswersProjector:
    """As in `Projector`, for ids of our answers, of interchanges both ways, and of files that came in."""

    agreed: Agreed

    def project(self, transaction: Transaction, documents: Sequence[str]) -> None:
        """Reckon anew what is owed about these subjects."""
        if not documents:
            return
        among = transaction.means.database.among(OWED.c.subject, list(documents))
        stored = transaction.connection.execute(select(OWED).where(among, OWED.c.document_id.is_(None))).all()
        rows = [
            *self._answers(transaction, documents),
            *self._envelopes(transaction, documents),
            *self._files(transaction, documents, stored),
            *self._set_aside(transaction, documents),
        ]
        missed = {tuple(getattr(row, name) for name in KEY) for row in stored if row.missed_at or row.waived_at}
        kept = {key: row for row in rows if _matters(row, (key := tuple(row[name] for name in KEY)) in missed)}
        put(transaction, kept, stored)

    def _answers(self, transaction: Transaction, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Our answers, from when the file came that they answer, or was answered again."""
        table = ACKNOWLEDGEMENT
        agreement = select(func.min(DOCUMENT.c.agreement)).where(DOCUMENT.c.interchange_id == INTERCHANGE.c.id)
        statement = (
            select(
                *(table.c[name] for name in ("id", "kind", "state", "offers", "offered_at", "transmission_id")),
                func.coalesce(table.c.fetched_at, table.c.carried_at, table.c.confirmed_at).label("taken_at"),
                INTERCHANGE.c.partner,
                INTERCHANGE.c.usage,
                TRANSMISSION.c.received_at,
                agreement.scalar_subquery().label("agreement"),
            )
            .join(INTERCHANGE, INTERCHANGE.c.id == table.c.interchange_id)
            .join(TRANSMISSION, TRANSMISSION.c.id == table.c.transmission_id)
            .where(transaction.means.database.among(table.c.id, list(ids)))
        )
        for one in transaction.connection.execute(statement):
            started = one.received_at if one.offers == 1 else one.offered_at
            taken = one.state != SendingState.OFFERED
            yield self._row(one, one.kind, Due.ANSWER, started, transmission_id=one.transmission_id) | (
                _met(one.id, one.taken_at or one.offered_at) if taken else {}
            )

    def _envelopes(self, transaction: Transaction, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """TA1s that we asked for, from when the partner had the interchange."""
        table, said, group = OUTBOUND_INTERCHANGE, RECEIVED_ACKNOWLEDGEMENT, OUTBOUND_GROUP
        agreement = (
            select(func.min(DOCUMENT.c.agreement))
            .join(group, group.c.id == DOCUMENT.c.outbound_group_id)
            .where(group.c.interchange_id == table.c.id)
        )
        answers = (said.c.outbound_interchange_id == table.c.id, said.c.kind == "TA1")
        answered = select(func.min(said.c.received_at)).where(*answers)
        answer = select(func.min(said.c.transmission_id)).where(*answers)
        statement = select(
            *(table.c[name] for name in ("id", "ta1", "partner", "usage")),
            func.coalesce(table.c.fetched_at, table.c.carried_at, table.c.confirmed_at).label("taken_at"),
            agreement.scalar_subquery().label("agreement"),
            answered.scalar_subquery().label("answered_at"),
            answer.scalar_subquery().label("answer"),
        ).where(transaction.means.database.among(table.c.id, list(ids)), table.c.ta1 != "")
        for one in transaction.connection.execute(statement):
            if one.taken_at is None:
                continue
            row = self._row(one, "TA1", Due.TA1, one.taken_at, interchange_id=one.id) | {"owed_by": PARTNER}
            awaited = one.ta1 in (AcknowledgementState.AWAITED, AcknowledgementState.OVERDUE)
            yield row if awaited else row | _met(one.answer or one.id, one.answered_at or one.taken_at)

    def _files(self, transaction: Transaction, ids: Sequence[str], stored: Sequence[Any]) -> Iterator[dict[str, Any]]:
        """Files that came in: read within the hour; what failed on us or was set aside, looked at by a person.

        One that is to be read again has an hour from then on. It is taken up again and again, so that its own time
        says nothing: what was begun goes on.
        """
        table = TRANSMISSION
        columns = (table.c[name] for name in ("id", "channel", "state", "received_at", "state_at", "released"))
        senders = self._senders(transaction, ids)
        begun = {row.subject: row.started_at for row in stored if row.what == ANSWER and row.state == "open"}
        statement = select(*columns).where(transaction.means.database.among(table.c.id, list(ids)))
        for one in transaction.connection.execute(statement):
            aside = one.state == _T.QUARANTINED
            partner = self._whose(senders.get(one.id, set()), one.channel)
            what = DECISION if aside else ANSWER
            row = self._row(one, what, Due.ATTENTION, one.state_at, partner=partner, transmission_id=one.id)
            if one.state == _T.RECEIVED:
                start = begun.get(one.id) or (one.state_at if one.released else one.received_at)
                row |= {"started_at": start, "due_at": UNREAD.after(start, ALWAYS)}
            open_ = one.state in (_T.RECEIVED, _T.DEAD, _T.QUARANTINED)
            yield row if open_ else row | _met(one.id, one.state_at)
            if not aside:
                yield row | {"what": DECISION} | _met(one.id, one.state_at)

    def _senders(self, transaction: Transaction, ids: Sequence[str]) -> Mapping[str, set[str]]:
        """Of files that were opened, whose interchanges they have."""
        table, found = INTERCHANGE.c, defaultdict[str, set[str]](set)
        among = transaction.means.database.among(table.transmission_id, list(ids))
        statement = select(table.transmission_id, table.partner).where(among, table.partner != "")
        for row in transaction.connection.execute(statement):
            found[row.transmission_id].add(row.partner)
        return found

    def _whose(self, senders: Collection[str], channel: str) -> str:
        """The one partner that it is from: whom we know in it, else who alone signs in there, whatever it claims; ""
        where it may be any of several.
        """
        known = senders or self.agreed.carried(channel)
        return next(iter(known)) if len(known) == 1 else ""

    def _set_aside(self, transaction: Transaction, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Interchanges that were set aside, of files that were not."""
        table = INTERCHANGE
        columns = (table.c[name] for name in ("id", "state", "partner", "usage", "transmission_id", "recorded_at"))
        statement = (
            select(*columns, TRANSMISSION.c.channel)
            .join(TRANSMISSION, TRANSMISSION.c.id == table.c.transmission_id)
            .where(
                transaction.means.database.among(table.c.id, list(ids)),
                TRANSMISSION.c.state != _T.QUARANTINED,
                table.c.state.in_([_I.QUARANTINED.value, _I.RELEASED.value]),
            )
        )
        for one in transaction.connection.execute(statement):
            about = {"partner": one.partner or self._whose((), one.channel), "transmission_id": one.transmission_id}
            row = self._row(one, DECISION, Due.ATTENTION, one.recorded_at, **about)
            yield row if one.state == _I.QUARANTINED else row | _met(one.id, transaction.now)

    def _row(self, one: Any, what: str, due: Due, started: datetime, **belongs: str) -> dict[str, Any]:
        partner = belongs.get("partner", getattr(one, "partner", ""))
        agreement = getattr(one, "agreement", "") or ""
        about = {"partner": partner, "agreement": agreement, "usage": getattr(one, "usage", "P")}
        ends = self.agreed.due_at(due, partner, agreement, started)
        return _NOBODY | about | {"subject": one.id, "what": what, "started_at": started, "due_at": ends} | belongs


def _met(by: str, at: datetime) -> dict[str, Any]:
    return {"state": "met", "met_by": by, "met_at": at}


def _matters(row: dict[str, Any], told: bool) -> bool:
    """What came in time is nothing to keep: there is one for every file."""
    return row["state"] == "open" or told
