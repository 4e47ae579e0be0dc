"""The breaker's memory: what is paused, for every node, and the one probe that may open it again.

The same for our own systems and for the channels that we push through: each has a table, a task and events of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, select, update

from gateway.ledger.events import CHANNEL_PAUSED, CHANNEL_RESUMED, DESTINATION_PAUSED, DESTINATION_RESUMED
from gateway.pipeline.ports import Task
from gateway.store import events
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import DESTINATION, OUTBOUND_CHANNEL

FIRST_PROBE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pausing:
    """What may be paused: its table (name, paused, pauses, probes, probe_due_at, changed_at), the task that probes it
    with (name, probes), and the kinds of its events.
    """

    table: Table
    probe: Task
    paused: str
    resumed: str

    def pause(self, transaction: Transaction, name: str) -> None:
        """Pause and enqueue one probe; does nothing when it is paused already."""
        table = self.table
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
            self._enqueue_probe(transaction, name, pauses, 0, FIRST_PROBE_SECONDS)
            self._changed(transaction, name, self.paused, "too many failures in a row")

    def probe_failed(self, transaction: Transaction, name: str, probes: int, delay_seconds: float) -> None:
        """Count a failed probe and enqueue the next; does nothing when it is no longer paused."""
        table = self.table
        statement = (
            update(table)
            .where(table.c.name == name, table.c.paused.is_(True))
            .values(probes=probes)
            .returning(table.c.pauses)
        )
        pauses = transaction.connection.execute(statement).scalar()
        if pauses is not None:
            self._enqueue_probe(transaction, name, pauses, probes, delay_seconds)

    def close(self, transaction: Transaction, name: str) -> None:
        """The breaker closes. What waits is sent out in a second transaction, by the caller.

        In one transaction what another node adds between our look and our commit would be left behind: it had seen the
        pause, and we had not seen it.
        """
        table = self.table
        statement = (
            update(table)
            .where(table.c.name == name, table.c.paused.is_(True))
            .values(paused=False, probe_due_at=None, changed_at=transaction.now)
        )
        if transaction.connection.execute(statement).rowcount:
            self._changed(transaction, name, self.resumed, "it answers again")

    def among(self, transaction: Transaction, names: Sequence[str]) -> set[str]:
        """Those of these that are paused. Locked for share: who closes the breaker waits until what we add is
        committed, and then finds it all.
        """
        if not names:
            return set()
        table = self.table
        among = transaction.means.database.among(table.c.name, names)
        statement = select(table.c.name).where(among, table.c.paused).order_by(table.c.name)
        return set(transaction.connection.execute(statement.with_for_update(read=True)).scalars())

    def revive_probes(self, transaction: Transaction, older_than: datetime) -> int:
        """Enqueue a probe where the own one was due before then and has not come. Returns how many."""
        table = self.table
        overdue = (
            select(table)
            .where(table.c.paused.is_(True), table.c.probe_due_at < older_than)
            .with_for_update(key_share=True)
        )
        rows = transaction.connection.execute(overdue.order_by(table.c.name)).all()
        for row in rows:
            again = transaction.now.isoformat()
            self._enqueue_probe(transaction, row.name, row.pauses, row.probes, 0.0, again=again)
        return len(rows)

    def _enqueue_probe(
        self, transaction: Transaction, name: str, pauses: int, probes: int, delay_seconds: float, again: str = ""
    ) -> None:
        due = transaction.now + timedelta(seconds=delay_seconds)
        table = self.table
        transaction.connection.execute(update(table).where(table.c.name == name).values(probe_due_at=due))
        # Stable: a probe that is run again after a crash must not start a second chain of probes.
        stable = f"{self.probe.replace('_', '-')}-{name}-{pauses}-{probes}{again and '-' + again}"
        transaction.means.scheduler.enqueue(
            transaction.connection, self.probe, [name, probes], delay_seconds=delay_seconds, stable_id=stable
        )

    def _changed(self, transaction: Transaction, name: str, kind: str, why: str) -> None:
        events.record(transaction, [Change(transmission="", subject=name, kind=kind, why=why)])


DESTINATIONS = Pausing(table=DESTINATION, probe="probe", paused=DESTINATION_PAUSED, resumed=DESTINATION_RESUMED)
CHANNELS = Pausing(table=OUTBOUND_CHANNEL, probe="probe_channel", paused=CHANNEL_PAUSED, resumed=CHANNEL_RESUMED)
