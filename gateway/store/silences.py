"""Partners that send nothing, told as events: each silence under each rule once, whatever node looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from gateway.ledger.events import PARTNER_SILENT
from gateway.pipeline.notices.silence import Silent
from gateway.store import events
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.tables import DOCUMENT, EVENT, HOME


@dataclass(frozen=True, slots=True)
class StoreSilences:
    """The `Silences` port over the tables."""

    means: Means

    def last_heard(self, partners: Sequence[str]) -> Mapping[str, datetime]:
        """When a document last came in, of those of whom one ever did."""
        found: dict[str, datetime] = {}
        with self.means.database.reading() as connection:
            for partner in dict.fromkeys(partners):
                theirs = (DOCUMENT.c.partner == partner, DOCUMENT.c.direction == "inbound")
                last = select(DOCUMENT.c.received_at).where(*theirs).order_by(DOCUMENT.c.id.desc()).limit(1)
                at = connection.execute(last).scalar()
                if at is not None:
                    found[partner] = at
        return found

    def tell(self, silent: Sequence[Silent]) -> Sequence[Silent]:
        """Record each silence under each rule once."""
        if not silent:
            return ()
        with self.means.database.begin() as connection:
            connection.execute(select(HOME.c.number).with_for_update(key_share=True))  # nodes look one after the other
            among = EVENT.c.subject.in_({one.partner for one in silent})
            told = select(EVENT.c.subject, EVENT.c.detail).where(EVENT.c.kind == PARTNER_SILENT, among)
            known = {(row.subject, row.detail.get("rule"), row.detail.get("since")) for row in connection.execute(told)}
            new = [one for one in silent if (one.partner, one.rule, one.since.isoformat()) not in known]
            changes = [
                Change(
                    transmission="",
                    subject=one.partner,
                    kind=PARTNER_SILENT,
                    why=one.sentence,
                    detail={"rule": one.rule, "since": one.since.isoformat()},
                )
                for one in new
            ]
            events.record(Transaction(self.means, connection, self.means.now()), changes)
        return new
