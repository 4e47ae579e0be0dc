"""Partners as the revision in force has them: which there are, and which day a moment is for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from gateway.app.in_force import book_in_force
from gateway.app.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDays:
    """Partners by name, with their time zones. `names` is empty where that cannot be known: no gateway has run yet."""

    zones: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Every partner."""
        return tuple(self.zones)

    def day(self, partner: str, moment: datetime) -> date:
        """The day of a moment there; in UTC for one that nobody knows any more."""
        zone = self.zones.get(partner)
        return moment.astimezone(ZoneInfo(zone) if zone else UTC).date()


def partner_days(memory: Memory) -> PartnerDays:
    """The partners of the revision that is current in the store."""
    book = book_in_force(memory.releases)
    partners = book.partners.items() if book is not None else ()
    return PartnerDays(zones={name: profile.time_zone for name, profile in partners})
