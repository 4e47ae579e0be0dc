"""Legal holds: what must not be purged, whatever its age, until somebody lifts the hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update

from gateway.errors import UsageError
from gateway.store import audit
from gateway.store.beginnings import find
from gateway.store.columns import indexed
from gateway.store.database import Database
from gateway.store.keeping_tables import LEGAL_HOLD
from gateway.store.locks import Lock
from gateway.store.means import Means, Transaction
from gateway.store.tables import DOCUMENT, DOCUMENT_KEY

Kind = Literal["partner", "document", "thread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """One hold. `lifted_at` is None while it is in force."""

    number: int
    kind: str
    partner: str
    subject: str
    reason: str
    who: str
    at: datetime
    lifted_at: datetime | None
    lifted_by: str
    lifted_why: str


@dataclass(frozen=True, slots=True)
class LegalHolds:
    """The holds of one database."""

    means: Means

    def place(self, kind: Kind, *, partner: str = "", subject: str = "", reason: str, who: str) -> int:
        """Hold everything of a partner, a document by its id, or what is found by a number of a partner's thread.

        Returns the hold's number. Raises UsageError without a reason, for a document that is not there, and for a
        thread of which no document is.
        """
        _require(reason)
        with self.means.database.begin() as connection:
            if self.means.database.kind == "postgresql":  # what a purge is just judging goes, or is held
                connection.execute(select(func.pg_advisory_xact_lock(Lock.PROOFS.value)))
            if kind == "document":
                row = find(connection, DOCUMENT, subject)
                if row is None:
                    raise UsageError(f"no document {subject!r}")
                partner, subject = row.partner, row.id
            elif kind == "thread" and not connection.execute(_threaded(partner, subject).limit(1)).first():
                raise UsageError(f"no document of {partner} is found by {subject!r}")
            row = {"kind": kind, "partner": partner, "subject": subject, "reason": reason.strip(), "who": who}
            placed = insert(LEGAL_HOLD).values(row | {"at": self.means.now()}).returning(LEGAL_HOLD.c.number)
            number = int(connection.execute(placed).scalar_one())
            transaction = Transaction(self.means, connection, self.means.now())
            about = {"hold": number, "kind": kind, "partner": partner}
            audit.record(transaction, "retention.hold", [subject or partner], who=who, reason=reason, detail=about)
            return number

    def lift(self, number: int, *, reason: str, who: str) -> LegalHold:
        """End a hold; the row stays. Raises UsageError when there is none of this number in force."""
        _require(reason)
        table = LEGAL_HOLD
        with self.means.database.begin() as connection:
            ended = update(table).where(table.c.number == number, table.c.lifted_at.is_(None))
            values = {"lifted_at": self.means.now(), "lifted_by": who, "lifted_why": reason.strip()}
            row = connection.execute(ended.values(values).returning(*table.c)).first()
            if row is None:
                raise UsageError(f"no legal hold {number} is in force")
            transaction = Transaction(self.means, connection, self.means.now())
            subject = row.subject or row.partner
            audit.record(transaction, "retention.lift", [subject], who=who, reason=reason, detail={"hold": number})
        return _hold(row)

    def listed(self, *, all_: bool = False) -> Sequence[LegalHold]:
        """Those in force, or all there ever were, by number."""
        wanted = select(LEGAL_HOLD).order_by(LEGAL_HOLD.c.number)
        with self.means.database.reading() as connection:
            rows = connection.execute(wanted if all_ else wanted.where(LEGAL_HOLD.c.lifted_at.is_(None))).all()
        return [_hold(row) for row in rows]


@dataclass(frozen=True, slots=True)
class InForce:
    """The holds in force at one moment."""

    partners: frozenset[str]
    documents: frozenset[str]
    threads: frozenset[tuple[str, str]]

    @classmethod
    def read(cls, connection: Connection) -> "InForce":
        """As this transaction sees them."""
        rows = connection.execute(select(LEGAL_HOLD).where(LEGAL_HOLD.c.lifted_at.is_(None))).all()
        return cls(
            partners=frozenset(row.partner for row in rows if row.kind == "partner"),
            documents=frozenset(row.subject for row in rows if row.kind == "document"),
            threads=frozenset((row.partner, row.subject) for row in rows if row.kind == "thread"),
        )

    def among(self, database: Database, connection: Connection, documents: Sequence[Any]) -> set[str]:
        """Ids of the documents that are under any of them."""
        held = {one.id for one in documents if one.partner in self.partners or one.id in self.documents}
        partner_of = {one.id: one.partner for one in documents}
        numbers = [number for _, number in self.threads]
        if numbers:
            among = database.among(DOCUMENT_KEY.c.document_id, list(partner_of))
            keys = select(DOCUMENT_KEY.c.document_id, DOCUMENT_KEY.c.value).where(among)
            for row in connection.execute(keys.where(database.among(DOCUMENT_KEY.c.value, numbers))):
                if (partner_of[row.document_id], row.value) in self.threads:
                    held.add(row.document_id)
        return held


def _threaded(partner: str, number: str) -> Any:
    found = select(DOCUMENT.c.id).join(DOCUMENT_KEY, DOCUMENT_KEY.c.document_id == DOCUMENT.c.id)
    return found.where(DOCUMENT.c.partner == partner, DOCUMENT_KEY.c.value == indexed(number))


def _require(reason: str) -> None:
    if not reason.strip():
        raise UsageError("a reason is needed: it is kept with the hold")


def _hold(row: Any) -> LegalHold:
    return LegalHold(
        number=row.number,
        kind=row.kind,
        partner=row.partner,
        subject=row.subject,
        reason=row.reason,
        who=row.who,
        at=row.at,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by or "",
        lifted_why=row.lifted_why or "",
    )
