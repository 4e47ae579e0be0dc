"""Partners' days, and what is behind their counts: the `Reconciling` port over the tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date

from sqlalchemy import Connection

from gateway.pipeline.reconciling import MOST, Behind, Files, PartnerDay, Wanted, span
from gateway.pipeline.reconciling_sheet import place
from gateway.store.database import Database
from gateway.store.reports import counting, differing, looks, numbering
from gateway.store.reports.behind import behind
from gateway.store.reports.looks import Look
from gateway.store.reports.moment import Still
from gateway.store.reports.unread import files

NO_ZONE = str(UTC)
"""Of a partner that nobody knows any more."""


@dataclass(frozen=True, slots=True)
class StoreReconciling:
    """The `Reconciling` port. `zone` says in which time zone a partner's day is, "" where nobody knows."""

    database: Database
    zone: Callable[[str], str]

    def days(self, wanted: Wanted) -> Sequence[PartnerDay]:
        """Days by partner, each partner's in order."""
        found: list[PartnerDay] = []
        with looks.steady(self.database) as connection:
            for day, look in self.looks(connection, wanted):
                found += _days(look, day, self.zone)
        return sorted(found, key=lambda one: (one.partner, one.day))

    def files(self, wanted: Wanted) -> Files:
        """Those of all zones' days together, whatever their usage: nobody has looked into them."""
        with looks.steady(self.database) as connection:
            zones = set(self._zones(connection, wanted.partner).values()) | {NO_ZONE}
            spans = [span(day, zone) for day in (wanted.first, wanted.last) for zone in zones]
            return files(connection, min(one.start for one in spans), max(one.end for one in spans))

    def behind(self, wanted: Wanted, column: str, *, limit: int = MOST) -> Sequence[Behind]:
        """The earliest days first, and of each the oldest."""
        section, field = place(column)
        found: list[Behind] = []
        with looks.steady(self.database) as connection:
            for day, look in self.looks(connection, wanted):
                found += behind(look, day, section, field, limit - len(found))
                if len(found) >= limit:
                    break
        return found

    def looks(self, connection: Connection, wanted: Wanted) -> Iterator[tuple[date, Look]]:
        """Each day, once for all partners."""
        zones = self._zones(connection, wanted.partner)
        for day in wanted.days() if zones else ():
            spans = {zone: span(day, zone) for zone in set(zones.values())}
            here = {name: spans[zone] for name, zone in zones.items()}
            yield day, Look(self.database, connection, here, wanted.usage)

    def _zones(self, connection: Connection, partner: str) -> Mapping[str, str]:
        return {name: self.zone(name) or NO_ZONE for name in ([partner] if partner else self._names(connection))}

    def _names(self, connection: Connection) -> Sequence[str]:
        known = self.database.partners if isinstance(self.database, Still) else looks.names(connection)
        return sorted(known)


def _days(look: Look, day: date, zone: Callable[[str], str]) -> list[PartnerDay]:
    tallies, gaps = counting.count(look), numbering.skipped(look)
    groups = differing.groups(look) if any(one.uneven_groups for one in tallies.values()) else {}
    found: list[PartnerDay] = []
    for partner in {*tallies, *gaps}:
        tally = tallies.get(partner) or counting.Tally()
        where = zone(partner) or NO_ZONE
        one = PartnerDay(partner=partner, day=day, zone=where, span=look.spans[partner], **tally.counts())
        skipped = gaps.get(partner, ())
        differences = (
            *differing.explained(look, one, tally.uneven),
            *groups.get(partner, ()),
            *map(differing.of_gap, skipped),
        )
        found.append(replace(one, gaps=tuple(skipped), differences=differences))
    return found
