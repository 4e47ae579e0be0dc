"""Looks every few minutes whether a partner's day is over for long enough, and whether it adds up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import structlog

from gateway.errors import MachineError
from gateway.pipeline.day_ends import DayEnds, Differs, differing, last_due, waiting
from gateway.pipeline.reconciling import Wanted
from gateway.pipeline.rules import Rules
from gateway.rounds import Rounds
from gateway.store.day_ends import StoreDayEnds
from gateway.store.means import Means
from gateway.store.reports.moment import standing_still
from gateway.store.reports.reconciliation import StoreReconciling
from gateway.store.reports.warehouse import StoreWarehouseOrders

log = structlog.get_logger("gateway.reconcile")

EVERY_SECONDS: Final = 300.0
AT_ONCE: Final = 50
"""Days of partners of one sweep: many partners' days end at the same moment, and the road comes first."""


@dataclass(slots=True)
class DaySweep:
    """One sweep after the other over the days of these partners, by their time zones."""

    means: Means
    zones: Mapping[str, str]
    failed: set[str] = field(default_factory=set)
    """Partners whose day could not be looked at the last time: they come after all others."""

    def sweep(self) -> Sequence[Differs]:
        """Look at the days that are over; those that do not add up and were not told before. Raises MachineError."""
        store: DayEnds = StoreDayEnds(self.means)
        looked, now = store.looked(), self.means.now()
        due = {partner: last_due(now, zone) for partner, zone in self.zones.items()}
        store.begin({partner: day for partner, day in due.items() if partner not in looked})
        days = sorted(waiting(looked, due), key=lambda one: one[1] in self.failed)
        told: list[Differs] = []
        passed: set[str] = set()  # a later day must not go before one that could not be looked at
        for day, partner in days[:AT_ONCE]:
            if partner not in passed and not self._look(store, partner, day, told):
                passed.add(partner)
        return told

    def _look(self, store: DayEnds, partner: str, day: date, told: list[Differs]) -> bool:
        """Whether a day could be looked at."""
        self.failed.add(partner)
        try:
            found = self._reckoned(partner, day)
        except MachineError:
            raise
        except Exception:  # a bug of ours in one partner's day must not keep all others waiting
            log.exception("reconcile.failed", partner=partner, day=day.isoformat())
            return False
        if store.done(partner, day, found) and found is not None:
            log.warning("reconcile.differs", partner=partner, day=day.isoformat(), differences=found.number)
            told.append(found)
        self.failed.discard(partner)
        return True

    def _reckoned(self, partner: str, day: date) -> Differs | None:
        """As `gateway reconcile --day --partner` has it."""
        wanted = Wanted(first=day, last=day, partner=partner)
        with standing_still(self.means.database) as still:
            days = StoreReconciling(still, self._zone).days(wanted)
            orders = StoreWarehouseOrders(still, self.means.blobs, self._zone).orders(wanted, now=self.means.now())
        return differing(partner, day, days, orders)

    def _zone(self, partner: str) -> str:
        return self.zones.get(partner, "")


def day_watch(rules: Rules, means: Means) -> Rounds:
    """The watch by the partner files of one revision; any number of nodes may have one."""
    zones = {name: profile.time_zone for name, profile in rules.book.partners.items()}
    return Rounds("days", DaySweep(means, zones).sweep, every_seconds=EVERY_SECONDS)
