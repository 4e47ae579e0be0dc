"""The breaker's memory: a destination that is paused, for every node, and the one probe that may open it again."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from gateway.ledger.events import DESTINATION_PAUSED, DESTINATION_RESUMED
from gateway.store import events, work
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.tables import DESTINATION, DOCUMENT

FIRST_PROBE_SECONDS = 1.0


def pause(transaction: Transaction, name: str) -> None:
    """Pause and enqueue one probe; does nothing when it is paused already."""
    table = DESTINATION
    unknown = {"name": name, "paused": False, "pauses": 0, "probes": 0, "changed_at": transaction.now}
    transaction.connection.execute(transaction.means.database.insert(table).on_conflict_do_nothing(), [unknown])
    statement = (
        update(table)
        .where(table.c.name == name, table.c.paused.is_(False))
        .values(paused=True, pauses=table.c.pauses + 1, probes=0, changed_at=transaction.now)
        .returning(table.c.pauses)
    )
    pauses = transaction.connection.execute(statement).scalar()
    if pauses is not None:
        _enqueue_probe(transaction, name, pauses, 0, FIRST_PROBE_SECONDS)
        _changed(transaction, name, DESTINATION_PAUSED, "too many failures in a row")


def probe_failed(transaction: Transaction, name: str, probes: int, delay_seconds: float) -> None:
    """Count a failed probe and enqueue the next; does nothing when it is no longer paused."""
    table = DESTINATION
    statement = (
        update(table)
        .where(table.c.name == name, table.c.paused.is_(True))
        .values(probes=probes)
        .returning(table.c.pauses)
    )
    pauses = transaction.connection.execute(statement).scalar()
    if pauses is not None:
        _enqueue_probe(transaction, name, pauses, probes, delay_seconds)


def resume(means: Means, name: str) -> None:
    """Close the breaker, and only then, in a second transaction, send out whatever waits.

    In one transaction a document that another node maps between our look and our commit would be left behind: it had
    seen the pause, and we had not seen it.
    """
    table = DESTINATION
    with means.database.begin() as connection:
        transaction = Transaction(means, connection, means.now())
        statement = (
            update(table)
            .where(table.c.name == name, table.c.paused.is_(True))
            .values(paused=False, probe_due_at=None, changed_at=transaction.now)
        )
        if connection.execute(statement).rowcount:
            _changed(transaction, name, DESTINATION_RESUMED, "it answers again")
    with means.database.begin() as connection:
        waiting = (DOCUMENT.c.destination == name) & (DOCUMENT.c.state == "mapped")
        ids = connection.execute(select(DOCUMENT.c.id).where(waiting).order_by(DOCUMENT.c.id)).scalars().all()
        # Their time begins anew, or the sweep would take them for forgotten and send them out a second time.
        among = means.database.among(DOCUMENT.c.id, ids)
        connection.execute(update(DOCUMENT).where(among, waiting).values(next_attempt_at=means.now()))
        work.deliver(Transaction(means, connection, means.now()), {name: ids})


def revive_probes(transaction: Transaction, older_than: datetime) -> int:
    """Enqueue a probe for destinations whose own was due before then and has not come. Returns how many."""
    table = DESTINATION
    overdue = select(table).where(table.c.paused.is_(True), table.c.probe_due_at < older_than).with_for_update()
    rows = transaction.connection.execute(overdue.order_by(table.c.name)).all()
    for row in rows:
        _enqueue_probe(transaction, row.name, row.pauses, row.probes, 0.0, again=transaction.now.isoformat())
    return len(rows)


def _enqueue_probe(
    transaction: Transaction, name: str, pauses: int, probes: int, delay_seconds: float, again: str = ""
) -> None:
    due = transaction.now + timedelta(seconds=delay_seconds)
    transaction.connection.execute(update(DESTINATION).where(DESTINATION.c.name == name).values(probe_due_at=due))
    # Stable: a probe that is run again after a crash must not start a second chain of probes.
    stable = f"probe-{name}-{pauses}-{probes}{again and '-' + again}"
    transaction.means.scheduler.enqueue(
        transaction.connection, "probe", [name, probes], delay_seconds=delay_seconds, stable_id=stable
    )


def _changed(transaction: Transaction, name: str, kind: str, why: str) -> None:
    events.record(transaction, [Change(transmission="", subject=name, kind=kind, why=why)])
