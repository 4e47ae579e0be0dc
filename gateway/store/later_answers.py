"""Receipts that partners want later, each in the row of its message until it was sent; and those that came for us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from gateway.ledger.events import (
    MESSAGE_STRANGER,
    RECEIPT_CAME,
    RECEIPT_DEFERRED,
    RECEIPT_GIVEN_UP,
    RECEIPT_SENT,
)
from gateway.pipeline.messages import Answer, CameBack, DueAnswer
from gateway.store import contents, events
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.messages import answer_of
from gateway.store.tables import AS2_MESSAGE, AS2_PART, AS2_RECEIPT, CONTENT


@dataclass(frozen=True, slots=True)
class StoreLaterAnswers:
    """The `LaterAnswers` port. `by_mail` takes those that are sent by mail, else those that are posted."""

    means: Means
    by_mail: bool = False

    def due(self, *, limit: int, lease_seconds: float) -> Sequence[DueAnswer]:
        """As in `LaterAnswers`."""
        table, now = AS2_MESSAGE, self.means.now()
        with self.means.database.reading() as connection:  # most of the time there is nothing, and nothing is written
            waiting = select(table.c.id).where(*self._waiting(now)).limit(1)
            if connection.execute(waiting).first() is None:
                return []
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, now)
            ids = connection.execute(
                select(table.c.id)
                .where(*self._waiting(now))
                .order_by(table.c.mdn_next_at, table.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True, key_share=True)
            ).scalars()
            mine = self.means.database.among(table.c.id, list(ids))
            lease = now + timedelta(seconds=lease_seconds)
            connection.execute(update(table).where(mine).values(mdn_next_at=lease))
            rows = connection.execute(
                select(table, CONTENT.c.sha256.label("mdn_hash"), CONTENT.c.size.label("mdn_size"), CONTENT.c.body)
                .join(CONTENT, CONTENT.c.sha256 == table.c.mdn_sha256)
                .where(mine)
                .order_by(table.c.id)
            ).all()
            return [_due(transaction, row) for row in rows]

    def hold(self, ids: Sequence[str], lease_seconds: float) -> None:
        """As in `LaterAnswers`."""
        table, database = AS2_MESSAGE, self.means.database
        mine = database.among(table.c.id, ids)
        until = self.means.now() + timedelta(seconds=lease_seconds)
        with database.begin() as connection:
            connection.execute(update(table).where(mine, table.c.mdn_state == "waiting").values(mdn_next_at=until))

    def _waiting(self, now: datetime) -> Sequence[Any]:
        table = AS2_MESSAGE
        by_mail = table.c.mdn_url.startswith("mailto:", autoescape=True)
        return table.c.mdn_state == "waiting", table.c.mdn_next_at <= now, by_mail if self.by_mail else ~by_mail

    def sent(self, id: str, detail: str) -> None:
        """As in `LaterAnswers`."""
        self._moved(id, "sent", RECEIPT_SENT, detail, mdn_at=self.means.now(), mdn_next_at=None)

    def put_off(self, id: str, detail: str, until: datetime) -> None:
        """As in `LaterAnswers`."""
        self._moved(id, "waiting", RECEIPT_DEFERRED, detail, mdn_next_at=until)

    def give_up(self, id: str, detail: str) -> None:
        """As in `LaterAnswers`."""
        self._moved(id, "given_up", RECEIPT_GIVEN_UP, detail, mdn_next_at=None)

    def _moved(self, id: str, state: str, kind: str, detail: str, **about: Any) -> None:
        """From waiting only: two nodes that had it in hand write one event."""
        table = AS2_MESSAGE
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            part = select(AS2_PART.c.transmission_id).where(AS2_PART.c.as2_message_id == id)
            first = connection.execute(part.order_by(AS2_PART.c.ordinal).limit(1)).scalar()
            changed = connection.execute(
                update(table)
                .where(table.c.id == id, table.c.mdn_state == "waiting")
                .values(mdn_state=state, mdn_reason=detail, mdn_attempts=table.c.mdn_attempts + 1, **about)
            )
            if changed.rowcount:
                events.record(transaction, [Change(transmission=first or id, subject=id, kind=kind, why=detail)])


def _due(transaction: Transaction, row: Any) -> DueAnswer:
    answer = answer_of(transaction, row)
    assert answer is not None  # noqa: S101 - joined with its content
    return DueAnswer(
        id=row.id,
        channel=row.channel,
        message_id=row.message_id,
        answer=Answer(headers=answer.headers, body=answer.body, disposition=answer.disposition, url=answer.url),
        attempts=row.mdn_attempts,
        since=row.received_at,
    )


@dataclass(frozen=True, slots=True)
class StoreReceiptBook:
    """The `ReceiptBook` port."""

    means: Means

    def keep(self, came: CameBack) -> str:
        """As in `ReceiptBook`."""
        means, id = self.means, self.means.new_id()
        content = means.blobs.keep(came.body)
        with means.database.begin() as connection:
            transaction = Transaction(means, connection, means.now())
            contents.put(transaction, [content])
            row = {
                "id": id,
                "channel": came.channel,
                "remote": came.remote,
                "received_at": came.received_at,
                "headers": [list(pair) for pair in came.headers],
                "sha256": content.sha256,
                "original_message_id": came.original_message_id,
                "disposition": came.disposition,
                "mic": came.mic,
                "signed_by": came.signed_by,
                "outcome": came.outcome,
                "reason": came.reason,
                "subject": came.subject,
            }
            connection.execute(AS2_RECEIPT.insert(), [row])
            detail = {"outcome": came.outcome, "message_id": came.original_message_id[:200], "remote": came.remote}
            subject = came.subject or id
            change = Change(
                transmission=subject,
                subject=subject,
                kind=RECEIPT_CAME,
                why=came.reason,
                who=f"channel/{came.channel}",
                detail=detail,
            )
            events.record(transaction, [change])
        return id

    def stranger(self, *, as2_from: str, as2_to: str, remote: str) -> None:
        """As in `ReceiptBook`."""
        means = self.means
        with means.database.begin() as connection:
            detail = {"as2_from": as2_from, "as2_to": as2_to, "remote": remote}
            id = means.new_id()
            change = Change(transmission=id, subject=id, kind=MESSAGE_STRANGER, who=f"address/{remote}", detail=detail)
            events.record(Transaction(means, connection, means.now()), [change])
