"""What reports are made with: who keeps agreements, where mappings wrote what, and the zone of our own days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from gateway.app.in_force import book_in_force
from gateway.app.keepers import keepers
from gateway.app.memory import Memory
from gateway.app.report_days import Days, Span
from gateway.app.written_by import explained_by
from gateway.mapping.explain import Explained
from gateway.mapping.origins import origin
from gateway.partners.book import Book
from gateway.partners.clocks import calendar_of
from gateway.pipeline.owed import Owed, Wanted
from gateway.pipeline.reporting_exposure import SETS, SOON, Exposure, exposures
from gateway.pipeline.reporting_scorecard import Meant, Scorecard, scorecards
from gateway.store.owed_list import StoreOwed
from gateway.store.reports.refused import StoreRefusals
from gateway.store.reports.scorecard import StorePaces
from gateway.x12.guide import load as load_guide
from gateway.x12.interchange import Segment


@dataclass
class MappingOrigins:
    """The `Origins` port: each mapping is explained once."""

    memory: Memory
    _explained: dict[str, Sequence[Explained]] = field(default_factory=dict)

    def origin(
        self, pins: Mapping[str, str], set_id: str, version: str, segments: Sequence[Segment], place: tuple[int, int]
    ) -> str:
        """The file and line that wrote a place."""
        guide, chain = load_guide(set_id, version), pins.get("mapping_chain", "")
        if guide is None or not chain:
            return ""
        if chain not in self._explained:
            self._explained[chain] = explained_by(self.memory, pins)
        return origin(self._explained[chain], guide, segments, position=place[0], element=place[1])


@dataclass
class Reporting:
    """Everything that reports are asked of."""

    memory: Memory

    @cached_property
    def refusals(self) -> StoreRefusals:
        """What was refused or noted, both ways."""
        memory = self.memory
        return StoreRefusals(memory.database, memory.blobs, keepers(memory), MappingOrigins(memory))

    def exposures(self, wanted: Wanted, now: datetime, *, limit: int) -> Sequence[Exposure]:
        """What partners may charge for: all that is missing or due at once, and what was due in the time meant and came
        late.
        """
        book, found = StoreOwed(self.memory.database, keepers(self.memory)), list[Owed]()
        late: list[Owed] = []
        for set_id in (wanted.what,) if wanted.what else SETS:
            mine = replace(wanted, by="us", what=set_id)
            found += book.owed(replace(mine, standing="open", due_since=None, due_until=now + SOON), limit=limit)
            late += book.owed(replace(mine, standing="late"), limit=limit)
        return exposures(found, late, now)[:limit]

    @cached_property
    def book(self) -> Book | None:
        """The partner files in force, None where that cannot be known."""
        return book_in_force(self.memory.releases)

    @cached_property
    def paces(self) -> StorePaces:
        """What scorecards are counted from."""
        return StorePaces(self.memory.database)

    def scorecards(self, meant: Meant, now: datetime) -> Sequence[Scorecard]:
        """How partners fared in these days, which are each partner's own."""

        def business(partner: str, first: date, last: date) -> Sequence[date] | None:
            profile = self.book.partners.get(partner) if self.book is not None else None
            if self.book is None or profile is None:
                return None
            calendar = calendar_of(profile, self.book.company)
            over = min(last, now.astimezone(ZoneInfo(profile.time_zone)).date() - timedelta(days=1))
            every = (first + timedelta(days=number) for number in range((over - first).days + 1))
            return [day for day in every if calendar.works(day)]

        return scorecards(self.paces.days(meant), self.paces.overdue(meant), meant, business)

    def today(self, now: datetime) -> date:
        """The company's day."""
        return Days(self.zone).of(now)

    def moments(self, meant: Span) -> tuple[datetime, datetime]:
        """When these days of the company begin, and when they are over."""
        days = Days(self.zone)
        return days.begins(meant.first), days.ends(meant.last)

    @property
    def zone(self) -> ZoneInfo:
        """The company's: its days and months are those of reports over several partners."""
        return ZoneInfo(self.book.company.time_zone if self.book is not None else "UTC")
