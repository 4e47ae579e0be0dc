"""What time does to mailboxes: names that were shown, uploads that were left, archives that end; and a second offer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.document import OutboundState
from gateway.ledger.events import (
    ACKNOWLEDGEMENT_LISTED,
    ACKNOWLEDGEMENT_OFFERED,
    SENDING_LISTED,
    SENDING_OFFERED,
    UPLOAD_LEFT,
)
from gateway.pipeline.ports import Entry, Waiting
from gateway.store import audit, events, sendings
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    DOCUMENT,
    EVENT,
    MAILBOX_ENTRY,
    OUTBOUND_GROUP,
    TRANSMISSION,
)

SHOWN_ACCEPTED: Final = timedelta(hours=1)
"""Clients look after an upload whether it is there and how large; after an hour it would only be in the way."""

ARCHIVED: Final = timedelta(days=30)
"""How long a partner may read again what it removed from outbound (van operators keep it as long)."""

LEFT_AFTER: Final = timedelta(minutes=30)
"""An upload still under its temporary name then is one that its sender forgot, or lost the connection for."""

_AT_ONCE: Final = 1_000
_ROUNDS: Final = 50


def listed(means: Means, channel: str, entries: Sequence[Entry]) -> None:
    """The partner was shown these names: written down at the first time of each offer."""
    table = MAILBOX_ENTRY
    for start in range(0, len(entries), _AT_ONCE):
        ids = [entry.id for entry in entries[start : start + _AT_ONCE]]
        ready = (table.c.channel == channel) & (table.c.folder == "outbound") & (table.c.state == "ready")
        mine = (ready, means.database.among(table.c.id, ids))
        seen = update(table).where(*mine).values(state="listed")
        in_order = select(table.c.id).where(*mine).order_by(table.c.id)
        with means.database.begin() as connection:
            connection.execute(in_order.with_for_update(key_share=True)).all()
            rows = connection.execute(seen.returning(*table.c)).all()
            changes = [_about(row, ACKNOWLEDGEMENT_LISTED, SENDING_LISTED, who=f"channel/{channel}") for row in rows]
            events.record(Transaction(means, connection, means.now()), [one for one in changes if one is not None])


def waiting(means: Means, channel: str) -> Waiting:
    """What came in by a channel and was not processed, uploads under temporary names too."""
    entry, came = MAILBOX_ENTRY, TRANSMISSION
    staged = select(func.count(), func.coalesce(func.sum(entry.c.size), 0)).where(
        entry.c.state == "staged", entry.c.channel == channel
    )
    received = select(func.count(), func.coalesce(func.sum(came.c.size), 0)).where(
        came.c.state == "received", came.c.channel == channel
    )
    with means.database.reading() as connection:
        counts = [connection.execute(statement).one() for statement in (staged, received)]
    return Waiting(files=sum(int(one[0]) for one in counts), size=sum(int(one[1]) for one in counts))


def tend(means: Means) -> Sequence[tuple[str, str]]:
    """Forget names that nobody is shown any more; record uploads left under temporary names, each once."""
    table, now = MAILBOX_ENTRY, means.now()
    # By their state, which only names of that folder have: so they are found by their index, among millions of others.
    _forget(means, (table.c.state == "confirmed") & (table.c.modified_at <= now - ARCHIVED))
    _forget(means, (table.c.state == "accepted") & (table.c.modified_at <= now - SHOWN_ACCEPTED))
    return _left(means)


def _forget(means: Means, which: ColumnElement[bool]) -> None:
    """The names only: what they meant is stored elsewhere. A bounded number, so that nobody waits for it."""
    table = MAILBOX_ENTRY
    some = select(table.c.id).where(which).limit(_AT_ONCE)
    for _ in range(_ROUNDS):
        with means.database.reading() as connection:
            ids = list(connection.execute(some).scalars())
        if ids:
            with means.database.begin() as connection:  # asked again: it may have been offered again meanwhile
                connection.execute(delete(table).where(means.database.among(table.c.id, ids), which))
        if len(ids) < _AT_ONCE:
            return


def _left(means: Means) -> Sequence[tuple[str, str]]:
    table = MAILBOX_ENTRY
    told = exists(select(EVENT.c.number).where(EVENT.c.subject == table.c.id, EVENT.c.kind == UPLOAD_LEFT))
    left = (table.c.state == "staged") & (table.c.modified_at <= means.now() - LEFT_AFTER) & ~told
    with means.database.reading() as connection:
        ids = list(connection.execute(select(table.c.id).where(left).limit(_AT_ONCE)).scalars())
    if not ids:
        return []
    with means.database.begin() as connection:
        among = means.database.among(table.c.id, ids)
        # Locked first, and only then asked whether it was told: of two nodes one tells it.
        connection.execute(select(table.c.id).where(among).order_by(table.c.id).with_for_update(key_share=True)).all()
        rows = connection.execute(select(table).where(among, left).order_by(table.c.modified_at)).all()
        changes = [
            Change(
                transmission="",
                subject=row.id,
                kind=UPLOAD_LEFT,
                why="uploaded under a temporary name and not renamed since",
                detail={"channel": row.channel, "name": row.name, "size": str(row.size)},
            )
            for row in rows
        ]
        events.record(Transaction(means, connection, means.now()), changes)
    return [(row.channel, row.name) for row in rows]


def offer_again(means: Means, channel: str, name: str, *, reason: str, who: str) -> None:
    """Put a file that the partner fetched or removed into its outbound folder again, the same bytes.

    Raises UsageError when there is none of that name, NotInOrder when it waits there, another has its name, or another
    document took the place of one in it.
    """
    with means.database.begin() as connection:
        transaction = Transaction(means, connection, means.now())
        subject = lay_out_again(transaction, channel, name, reason=reason, who=who)
        detail = {"channel": channel, "name": name}
        audit.record(transaction, "mailbox.offer", [subject or name], who=who, reason=reason, detail=detail)


def lay_out_again(transaction: Transaction, channel: str, name: str, *, reason: str, who: str) -> str:
    """The same as a part of a larger act. Returns the id of what the file is, "" where nothing stands behind it."""
    table, connection = MAILBOX_ENTRY, transaction.connection
    named = (table.c.channel == channel) & (table.c.name == name) & table.c.folder.in_(("outbound", "archive"))
    rows = {row.folder: row for row in connection.execute(select(table).where(named).with_for_update(key_share=True))}
    if not rows:
        raise UsageError(f"neither outbound nor archive of {channel} has a file {name!r}")
    here = rows.get("outbound")
    if here is not None and (here.state != "fetched" or "archive" in rows):
        raise NotInOrder(f"a file {name!r} is in outbound of {channel} already")
    row = here or rows["archive"]
    _replaced(connection, row)
    back = {"folder": "outbound", "state": "ready", "modified_at": transaction.now}
    connection.execute(update(table).where(table.c.id == row.id).values(back))
    if row.acknowledgement_id is not None:
        answer = ACKNOWLEDGEMENT
        again = {"state": "offered", "offers": answer.c.offers + 1, "offered_at": transaction.now}
        connection.execute(update(answer).where(answer.c.id == row.acknowledgement_id).values(again))
    if row.outbound_interchange_id is not None:
        sendings.again(transaction, [row.outbound_interchange_id])
    change = _about(row, ACKNOWLEDGEMENT_OFFERED, SENDING_OFFERED, who=who, why=reason)
    events.record(transaction, [change] if change is not None else [])
    return change.subject if change is not None else ""


def _replaced(connection: Connection, row: Any) -> None:
    """Raises NotInOrder for a file with a document that another took the place of."""
    groups = select(OUTBOUND_GROUP.c.id).where(OUTBOUND_GROUP.c.interchange_id == row.outbound_interchange_id)
    gone = (DOCUMENT.c.state == OutboundState.SUPERSEDED) & DOCUMENT.c.outbound_group_id.in_(groups)
    document = connection.execute(select(DOCUMENT).where(gone).order_by(DOCUMENT.c.id).limit(1)).first()
    if document is not None:
        others = "if there are others in it that were not, `gateway documents resend ID --numbers new`, each"
        raise NotInOrder(f"{row.name}: {document.id} in it was {document.reason}. The partner would get both; {others}")


def _about(row: Any, acknowledgement: str, sending: str, *, who: str, why: str = "") -> Change | None:
    """The event of what stands behind a name, None when nothing does."""
    subject = row.acknowledgement_id or row.outbound_interchange_id
    if subject is None:
        return None
    return Change(
        transmission=(row.transmission_id or "") if row.acknowledgement_id else "",
        subject=subject,
        kind=acknowledgement if row.acknowledgement_id else sending,
        who=who,
        why=why,
        detail={"channel": row.channel, "name": row.name},
    )
