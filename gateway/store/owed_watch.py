"""Notices what is owed and did not come in time: once, by an event, whoever owes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import and_, bindparam, select, update

from gateway.ledger.events import (
    ACKNOWLEDGEMENT_LATE,
    DOCUMENT_OWED_LATE,
    INTERCHANGE_UNDECIDED,
    SENDING_TA1_LATE,
    TRANSMISSION_UNANSWERED,
)
from gateway.ledger.promises import ANSWER, DECISION, WORDS
from gateway.store import events
from gateway.store.events import Change
from gateway.store.following import Projector
from gateway.store.history import TOLD
from gateway.store.means import Means, Transaction
from gateway.store.owed import KEY, Agreed, turn
from gateway.store.owed_tables import OWED
from gateway.store.tables import DOCUMENT

LOOKED_AT: Final = 500
"""Rows of one sweep: one short transaction."""

_THIS = and_(*(OWED.c[name] == bindparam(f"key_{name}") for name in KEY))
_MISS = update(OWED).where(_THIS).values(missed_at=bindparam("now"))
_RUNNING = (OWED.c.state == "open", OWED.c.missed_at.is_(None))
_WORDS: Final = {"us": "we owe", "partner": "the partner owes us"}


@dataclass
class OwedWatch:
    """The sweep of one node, by the partner files of one revision. `documents` and `answers` set what they are about.

    Any number of nodes may sweep at once.
    """

    means: Means
    agreed: Agreed
    documents: Projector
    answers: Projector
    _anew: bool = field(default=True, init=False)

    def work(self) -> int:
        """Notice what is over. Returns how much that was. The first time everything that is open is reckoned anew: the
        partner files may say otherwise than when it was. Raises MachineError.
        """
        if self._anew:
            self._reckon_anew()
            self._anew = False
        noticed = 0
        while count := self._notice():
            noticed += count
        return noticed

    def _reckon_anew(self) -> None:
        last: str | None = ""
        while last is not None:
            with self.means.database.begin() as connection:
                transaction = self._turn(connection)
                wanted = select(OWED.c.subject, OWED.c.document_id).where(*_RUNNING, OWED.c.subject > last).distinct()
                rows = connection.execute(wanted.order_by(OWED.c.subject).limit(LOOKED_AT)).all()
                self._project(transaction, rows)
            last = rows[-1].subject if len(rows) == LOOKED_AT else None

    def _notice(self) -> int:
        now = self.means.now()
        over = (*_RUNNING, OWED.c.due_at <= now)
        with self.means.database.reading() as connection:  # mostly there is none
            if connection.execute(select(OWED.c.subject).where(*over).limit(1)).first() is None:
                return 0
        with self.means.database.begin() as connection:
            transaction = self._turn(connection)
            wanted = select(OWED).where(*over).order_by(OWED.c.due_at).limit(LOOKED_AT)
            # What came in this moment is not followed yet: looked at again before anybody is told.
            self._project(transaction, connection.execute(wanted).all())
            rows = connection.execute(wanted.with_for_update(key_share=True)).all()
            self._tell(transaction, rows)
        return len(rows)

    def _turn(self, connection: Any) -> Transaction:
        """A transaction in which nobody else sets what is owed."""
        turn(connection)
        return Transaction(self.means, connection, self.means.now())

    def _project(self, transaction: Transaction, rows: Sequence[Any]) -> None:
        about = {row.subject: row.document_id is not None for row in rows}
        self.documents.project(transaction, [one for one, document in about.items() if document])
        self.answers.project(transaction, [one for one, document in about.items() if not document])

    def _tell(self, transaction: Transaction, rows: Sequence[Any]) -> None:
        if not rows:
            return
        keys = [{f"key_{name}": getattr(row, name) for name in KEY} | {"now": transaction.now} for row in rows]
        transaction.connection.execute(_MISS, keys)
        # What was due before then is marked, and nobody is woken for it.
        fresh = [row for row in rows if row.due_at > transaction.now - TOLD]
        owners = self._owners(transaction, fresh)
        events.record(transaction, [self._change(row, owners) for row in fresh])

    def _owners(self, transaction: Transaction, rows: Sequence[Any]) -> dict[str, tuple[str, str]]:
        """Transmission and owner of the documents that something is owed about."""
        among = transaction.means.database.among(DOCUMENT.c.id, [row.subject for row in rows])
        found = select(DOCUMENT.c.id, DOCUMENT.c.transmission_id, DOCUMENT.c.owner).where(among)
        return {row.id: (row.transmission_id, row.owner) for row in transaction.connection.execute(found)}

    def _change(self, row: Any, owners: dict[str, tuple[str, str]]) -> Change:
        transmission, owner = owners.get(row.subject, (row.transmission_id or "", ""))
        detail = {
            "owed": row.what,
            "by": row.owed_by,
            "due_at": row.due_at.isoformat(),
            "started_at": row.started_at.isoformat(),
            "owner": owner or self.agreed.keeper(row.partner, row.agreement),
        }
        detail |= {"order": row.order_number} if row.order_number else {}
        detail |= {"coming": row.coming} if row.coming else {}
        return Change(transmission=transmission, subject=row.subject, kind=_kind(row), why=_why(row), detail=detail)


def _kind(row: Any) -> str:
    if row.document_id is not None:
        return DOCUMENT_OWED_LATE
    if row.interchange_id is not None:
        return SENDING_TA1_LATE
    if row.subject == row.transmission_id:
        return TRANSMISSION_UNANSWERED
    return INTERCHANGE_UNDECIDED if row.what == DECISION else ACKNOWLEDGEMENT_LATE


def _why(row: Any) -> str:
    due = f"{row.due_at:%Y-%m-%d %H:%M} UTC"
    if row.what in (ANSWER, DECISION):
        return f"{WORDS[row.what]}, since {due}"
    about = f" for order {row.order_number}" if row.order_number else ""
    return f"{_WORDS[row.owed_by]} the {row.what}{about} since {due}"
