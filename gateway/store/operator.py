"""What a person may do: each in one transaction, with its events and its entry of the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from gateway.pipeline.verbs import Acted, How, Numbers, Preview, Selection, Verb
from gateway.store import (
    acting,
    audit,
    business_booking,
    correcting,
    letting_through,
    order_waits,
    parts,
    pushing_again,
)
from gateway.store.acting import require
from gateway.store.beginnings import find
from gateway.store.database import unless_collided
from gateway.store.means import Means, Transaction
from gateway.store.tables import DOCUMENT, TRANSMISSION
from gateway.store.verb_tables import DOCUMENT_HOLD


def _new(_agreement: str) -> Numbers:
    return "new"


class _OnlyLooked(Exception):
    """Ends a transaction that was only to show what it would do, in these words."""


@dataclass(frozen=True, slots=True)
class StoreOperator:
    """The `Operator` port over the tables. `agreed` says under which numbers what is sent again goes."""

    means: Means
    agreed: acting.AgreedNumbers = _new

    def preview(self, verb: Verb, chosen: Selection, how: How) -> Preview:
        """What `act` would touch. Raises UsageError."""
        return acting.preview(self.means, verb, chosen, how, self.agreed)

    def ids(self, verb: Verb, chosen: Selection, how: How) -> list[str]:
        """Ids of what `act` would touch, at most one more than it may be. Raises UsageError."""
        return acting.ids(self.means, verb, chosen, how)

    def act(self, verb: Verb, chosen: Selection, how: How, *, reason: str, who: str) -> Acted:
        """Do it to every document chosen. Raises UsageError, NotInOrder."""
        return unless_collided(
            lambda: acting.act(self.means, verb, chosen, how, reason=reason, who=who, agreed=self.agreed)
        )

    def correct(self, refused: str, corrected: str, *, reason: str, who: str, anyway: bool = False) -> str:
        """Let another document of ours take the place of one that was refused. Raises UsageError, NotInOrder."""
        require(reason)

        def act(transaction: Transaction) -> str:
            old, new, known = correcting.correct(transaction, refused, corrected, reason=reason, who=who, anyway=anyway)
            detail = {"by": new} | ({"anyway": "yes"} if anyway else {})
            audit.record(transaction, "documents.correct", [old, new], who=who, reason=reason, detail=detail)
            return f"{new} takes the place of {old}: nobody waits for that one any more{known}"

        return self._in_one(act)

    def replay(self, document_id: str, *, mode: str, again: bool, reason: str, who: str) -> str:
        """Have a document mapped and delivered again. Returns what happens next. Raises UsageError."""
        return self._one("replay", document_id, How(mode=mode, again=again), reason, who)

    def resend(
        self,
        document_id: str,
        *,
        mode: str,
        reason: str,
        who: str,
        anyway: bool = False,
        numbers: Numbers | Literal[""] = "",
    ) -> str:
        """Send a document of ours once more, under new numbers or the same. Raises UsageError, NotInOrder."""
        return self._one("resend", document_id, How(mode=mode, anyway=anyway, numbers=numbers), reason, who)

    def close(self, document_id: str, *, reason: str, who: str, handled: bool = False, known_as: str = "") -> str:
        """Say that nothing more comes of a held 997 or 999, or (`handled`) of what came in and is held or dead. Raises
        UsageError for any other document.
        """
        return self._one("close", document_id, How(handled=handled, known_as=known_as), reason, who)

    def book(self, document_id: str, *, line: int, to: str, reason: str, who: str, dry_run: bool = False) -> str:
        """Say which document a line of what another says is about. Raises UsageError."""
        if not dry_run:
            require(reason)

        def act(transaction: Transaction) -> str:
            said, *ids = business_booking.book(transaction, document_id, line=line, to=to, reason=reason, who=who)
            if dry_run:
                raise _OnlyLooked(said)  # and all of it is undone
            detail = {"line": line, "to": to} if line else {"to": to}
            audit.record(transaction, "documents.book", ids, who=who, reason=reason, detail=detail)
            return said

        try:
            return self._in_one(act)
        except _OnlyLooked as looked:
            return f"nothing was done; it would be: {looked}"

    def push(self, identifier: str, *, reason: str, who: str) -> str:
        """Have files that were refused or given up carried again, the same bytes. Raises UsageError when none was."""
        require(reason)

        def act(transaction: Transaction) -> str:
            files = pushing_again.push(transaction, identifier, reason=reason, who=who)
            subjects = [one.subject for one in files]
            names = [one.name for one in files]
            audit.record(transaction, "documents.push", subjects, who=who, reason=reason, detail={"files": names})
            return f"carried again, as it was: {', '.join(names)}"

        return self._in_one(act)

    def release(self, identifier: str, *, reason: str, who: str, anyway: bool = False) -> str:
        """Have a quarantined transmission read again, and let it take its control number over; or let a document go on
        that a person held; a change that waits for its order; or one of ours that waits for other parts, without them.

        Raises UsageError; NotInOrder when the partner files in force would set it aside again, and not `anyway`.
        """
        require(reason)
        with self.means.database.reading() as connection:
            document = _document(connection, identifier)
            held = document is not None and _is_held(self.means, connection, document.id)
        if document is not None and held:
            return self._one("release", document.id, How(), reason, who)
        if document is not None and document.part and document.direction == "outbound":
            return self._without_parts(document, reason, who)
        if not anyway:
            letting_through.refuse_in_vain(self.means, identifier)

        def act(transaction: Transaction) -> str:
            released = letting_through.release(transaction, identifier, reason=reason, who=who)
            detail = {"anyway": "yes"} if anyway else {}
            audit.record(transaction, "documents.release", [released], who=who, reason=reason, detail=detail)
            return f"{released} is read again and may use its control number"

        return self._in_one(act)

    def _without_parts(self, document: Any, reason: str, who: str) -> str:
        def act(transaction: Transaction) -> str:
            words = parts.release(transaction, document, reason=reason, who=who)
            detail = {"without": "its other parts"}
            audit.record(transaction, "documents.release", [document.id], who=who, reason=reason, detail=detail)
            return words

        return self._in_one(act)

    def _in_one(self, action: Callable[[Transaction], str]) -> str:
        """In one transaction, and in another where the database sends it back."""

        def once() -> str:
            with self.means.database.begin() as connection:
                return action(Transaction(self.means, connection, self.means.now()))

        return unless_collided(once)

    def _one(self, verb: Verb, document_id: str, how: How, reason: str, who: str) -> str:
        return self.act(verb, Selection(ids=(document_id,)), how, reason=reason, who=who).done[0][1]


def _document(connection: Connection, identifier: str) -> Any | None:
    """The document that an id means, None when it is that of a transmission."""
    if find(connection, TRANSMISSION, identifier) is not None:
        return None
    return find(connection, DOCUMENT, identifier)


def _is_held(means: Means, connection: Connection, document_id: str) -> bool:
    """By a person, or for its order."""
    wanted = DOCUMENT_HOLD.select().where(DOCUMENT_HOLD.c.document_id == document_id)
    held = connection.execute(wanted).first() is not None
    return held or bool(order_waits.are_waiting(means, connection, [document_id]))
