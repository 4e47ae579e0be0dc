"""What a person may do: put a document back on the road, let a quarantined transmission through."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.events import DOCUMENT_REPLAYED, INTERCHANGE_RELEASED, TRANSMISSION_RELEASED, TRANSMISSION_REPLAYED
from gateway.store import closing, events, parts, pushing_again, resending, work
from gateway.store.attribution import still_quarantined
from gateway.store.beginnings import find
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.releases import StoreReleases
from gateway.store.tables import DOCUMENT, INTERCHANGE, TRANSMISSION

_NOT_NOW = {
    "validated": "it is on its way: it waits to be mapped",
    "mapped": "it is on its way: it waits to be delivered",
    "reconciled": "it is an acknowledgement, and what it answers was found",
    "closed": "it is an acknowledgement that did not fit, and a person closed it",
    "rejected": "the partner was told that it is rejected and has to send it again",
    "collected": "it is on its way: it waits to be translated",
    "combined": "it goes out with its other parts, as one of them",
    "translated": "it is on its way: it waits to be sealed",
    "sealed": "it has its control numbers and waits for the partner to fetch it, or for us to carry it there",
    "sent": "the partner has it: to send it once more, `gateway documents resend`",
    "superseded": "another document was sent in its place",
}


@dataclass(frozen=True, slots=True)
class StoreOperator:
    """The `Operator` port over the tables."""

    means: Means

    def replay(self, document_id: str, *, mode: str, again: bool, reason: str, who: str) -> str:
        """Have a document mapped and delivered again. Returns what happens next. Raises UsageError."""
        if mode not in ("current", "original"):
            raise UsageError(f"mode {mode!r}: it is current or original")
        _require(reason)
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            found = find(connection, DOCUMENT, document_id)
            if found is None:
                raise UsageError(f"no document {document_id!r}")
            # Locked and read again: between the two somebody else may have done the same.
            row = connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == found.id).with_for_update()).one()
            generation = row.generation + _generations(row, again=again)
            _replay(transaction, row, generation, original=mode == "original")
            detail = {"mode": mode, "from": row.state, "generation": str(generation)}
            change = Change(
                transmission=row.transmission_id,
                subject=row.id,
                kind=DOCUMENT_REPLAYED,
                who=who,
                why=reason,
                detail=detail,
            )
            events.record(transaction, [change])
        if row.direction == "outbound":
            return f"{row.id} is translated again with the {mode} mapping"
        return f"{row.id} is mapped again with the {mode} mapping and delivered under key {row.id}.{generation}"

    def resend(self, document_id: str, *, mode: str, reason: str, who: str, anyway: bool = False) -> str:
        """Send a document of ours once more, as another with other numbers. Raises UsageError, NotInOrder."""
        if mode not in ("current", "original"):
            raise UsageError(f"mode {mode!r}: it is current or original")
        _require(reason)
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            old, new, known = resending.resend(
                transaction, document_id, reason=reason, who=who, original=mode == "original", anyway=anyway
            )
        words = f"{old} is sent again as {new}, under other control numbers, with the {mode} mapping"
        return f"{words}; {known}" if known else words

    def push(self, identifier: str, *, reason: str, who: str) -> str:
        """Have files that were refused or given up carried again, the same bytes. Raises UsageError when none was."""
        _require(reason)
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            names = pushing_again.push(transaction, identifier, reason=reason, who=who)
        return f"carried again, as it was: {', '.join(names)}"

    def close(self, document_id: str, *, reason: str, who: str) -> str:
        """Say that nothing more comes of a held 997 or 999. Raises UsageError for any other document."""
        _require(reason)
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            closed = closing.close(transaction, document_id, reason=reason, who=who)
        return f"{closed} is closed: nothing was accepted by it, and nobody is asked about it any more"

    def release(self, transmission_id: str, *, reason: str, who: str, anyway: bool = False) -> str:
        """Have a quarantined transmission read again, and let it take its control number over; or let a document of
        ours go that waits for other parts, without them.

        Raises UsageError; NotInOrder when the partner files in force would set it aside again, and not `anyway`.
        """
        _require(reason)
        with self.means.database.begin() as connection:
            part = _part_of_ours(connection, transmission_id)
            if part is not None:
                transaction = Transaction(self.means, connection, self.means.now())
                return parts.release(transaction, part, reason=reason, who=who)
        if not anyway:
            self._refuse_in_vain(transmission_id)
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            found = _transmission(connection, transmission_id)
            # Locked and read again, as above.
            row = connection.execute(select(TRANSMISSION).where(TRANSMISSION.c.id == found.id).with_for_update()).one()
            interchanges = _release_interchanges(transaction, row, f"by {who}: {reason}")
            if row.state not in ("quarantined", "dead") and not (row.state == "processed" and interchanges):
                raise UsageError(f"{row.id} is {row.state}, and nothing of it is quarantined or dead")
            values = {
                "state": "received",
                "reason": "",
                "released": row.released or row.state != "dead",
                "crashes": 0,
                "solo_crashes": 0,
                # Or the work that isolates it, should it crash again, would have the name of work that has ended.
                "takes": row.takes + 1,
            }
            connection.execute(
                update(TRANSMISSION).where(TRANSMISSION.c.id == row.id).values(values | {"state_at": transaction.now})
            )
            again = TRANSMISSION_REPLAYED if row.state == "dead" else TRANSMISSION_RELEASED
            changed = [(row.id, again), *((one, INTERCHANGE_RELEASED) for one in interchanges)]
            events.record(
                transaction,
                [Change(transmission=row.id, subject=one, kind=kind, who=who, why=reason) for one, kind in changed],
            )
            work.process(transaction, [row.id])
        return f"{row.id} is read again and may use its control number"

    def _refuse_in_vain(self, transmission_id: str) -> None:
        authored = StoreReleases(self.means.database).current()
        with self.means.database.reading() as connection:
            row = _transmission(connection, transmission_id)
            reason = still_quarantined(connection, authored, row)
        if reason:
            raise NotInOrder(
                f"{row.id} would be quarantined again, as nothing has changed: {reason}. Correct the partner files, "
                "restart the gateway, then release; with --anyway it is read again all the same"
            )


def _require(reason: str) -> None:
    """An auditor asks for it years later; nobody remembers it then."""
    if not reason.strip():
        raise UsageError("a reason is needed: it is kept with the event")


def _part_of_ours(connection: Connection, identifier: str) -> Any | None:
    """The document of ours that an id means, when it is one part of several."""
    if find(connection, TRANSMISSION, identifier) is not None:
        return None
    row = find(connection, DOCUMENT, identifier)
    return row if row is not None and row.part and row.direction == "outbound" else None


def _transmission(connection: Connection, transmission_id: str) -> Any:
    found = find(connection, TRANSMISSION, transmission_id)
    if found is not None:
        return found
    document = find(connection, DOCUMENT, transmission_id)
    if document is None:
        raise UsageError(f"no transmission {transmission_id!r}")
    raise UsageError(f"{document.id} is a document; it came in transmission {document.transmission_id}")


def _generations(row: Any, *, again: bool) -> int:
    """How many generations a replay moves on: the key of what was delivered must not be used for other content."""
    if row.state in _NOT_NOW:
        raise UsageError(f"{row.id} is {row.state}: {_NOT_NOW[row.state]}")
    if row.direction == "outbound":
        return 0
    if not row.agreement:
        closable = row.set_id in closing.ACKNOWLEDGEMENTS
        hint = ": once it is cleared up with the partner, `gateway documents close`" if closable else ""
        raise UsageError(f"{row.id} is a {row.set_id} without an agreement: nothing says how to map it{hint}")
    if row.state != "delivered":
        return 0
    if not again:
        raise UsageError(f"{row.id} was delivered as {row.external_id}: once more needs --again")
    return 1


def put_back(transaction: Transaction, rows: Sequence[Any]) -> None:
    """Have held documents translated again, in the generation they have, with what is current. The caller has locked
    their rows and says why in events.
    """
    for row in rows:
        _set_back(transaction, row, row.generation, original=False)
    work.collect(transaction, [row.id for row in rows if row.direction == "outbound"])
    work.translate(transaction, [row.id for row in rows if row.direction != "outbound"])


def _replay(transaction: Transaction, row: Any, generation: int, *, original: bool) -> None:
    _set_back(transaction, row, generation, original=original)
    (work.collect if row.direction == "outbound" else work.translate)(transaction, [row.id])


def _set_back(transaction: Transaction, row: Any, generation: int, *, original: bool) -> None:
    outbound = row.direction == "outbound"
    values = {
        "state": "collected" if outbound else "validated",
        "reason": "",
        "original": original,
        "generation": generation,
        # One, when it was tried under this key before: who can be asked is asked before it is posted again.
        "attempts": min(row.attempts, 1) if generation == row.generation else 0,
        "first_attempt_at": None,
        "last_attempt_at": None,
        "next_attempt_at": None,
        "delivered_at": None,
        "state_at": transaction.now,
    }
    transaction.connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(values))


def _release_interchanges(transaction: Transaction, row: Any, why: str) -> list[str]:
    """Their ids. What a person is to do is not asked for any more: who did it stands there, the event has the rest."""
    table = INTERCHANGE
    statement = (
        update(table)
        .where(table.c.transmission_id == row.id, table.c.state == "quarantined")
        .values(state="released", reason=why)
        .returning(table.c.id)
    )
    return sorted(transaction.connection.execute(statement).scalars())
