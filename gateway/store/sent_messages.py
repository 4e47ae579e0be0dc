"""AS2 messages of ours, each kept as it was made: the `SentMessages` port."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gateway.pipeline.sent_messages import SentMessage
from gateway.store import contents
from gateway.store.contents import from_row
from gateway.store.means import Means, Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import AS2_SENT, CONTENT

_INSERT = ManyRows(lambda insert: insert(AS2_SENT).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class StoreSentMessages:
    """Rows beside those of the files that are carried."""

    means: Means

    def kept(self, channel: str, carried_id: str) -> SentMessage | None:
        """The message of a file by a channel; None before it was made."""
        with self.means.database.reading() as connection:
            return self._read(connection, channel, carried_id)

    def keep(self, message: SentMessage) -> SentMessage:
        """Store it durably. When another was stored for the same file meanwhile, that one counts and is returned."""
        row = {
            "channel": message.channel,
            "carried_id": message.carried_id,
            "message_id": message.message_id,
            "headers": [list(field) for field in message.headers],
            "sha256": message.content.sha256,
            "mics": dict(message.mics),
            "packed_at": message.packed_at,
            "security": dict(message.security),
        }
        with self.means.database.begin() as connection:
            contents.put(Transaction(self.means, connection, self.means.now()), [message.content])
            _INSERT.run(connection, [row])
            return self._read(connection, message.channel, message.carried_id) or message

    def _read(self, connection: Connection, channel: str, carried_id: str) -> SentMessage | None:
        statement = (
            select(AS2_SENT, CONTENT.c.size, CONTENT.c.body)
            .join(CONTENT, CONTENT.c.sha256 == AS2_SENT.c.sha256)
            .where(AS2_SENT.c.channel == channel, AS2_SENT.c.carried_id == carried_id)
        )
        row: Any = connection.execute(statement).first()
        if row is None:
            return None
        return SentMessage(
            channel=row.channel,
            carried_id=row.carried_id,
            message_id=row.message_id,
            headers=tuple((name, value) for name, value in row.headers),
            content=from_row(self.means.blobs, row),
            mics=row.mics,
            packed_at=row.packed_at,
            security=row.security,
        )
