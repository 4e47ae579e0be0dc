"""How long things may take, by the partner files of one revision: `gateway.ledger.deadlines.Clocks` over the book."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property

from gateway.ledger.calendar import Calendar, Duration, Hours, NoBusinessTime
from gateway.ledger.deadlines import STANDARD, Due
from gateway.ledger.promises import Promise
from gateway.partners.agreement_form import AgreementForm, OutboundForm
from gateway.partners.book import Book
from gateway.partners.company import Company
from gateway.partners.profile import Profile

_NOBODY = Calendar()


def calendar_of(profile: Profile, company: Company) -> Calendar:
    """The calendar of a partner; a name of holidays that company.yaml does not have counts for nothing."""
    days: set[date] = set()
    for one in profile.calendar.holidays:
        days |= {one} if isinstance(one, date) else set(company.holidays.get(one, ()))
    hours = tuple(Hours(frozenset(one.days), one.from_, one.to) for one in profile.calendar.hours)
    return Calendar(time_zone=profile.time_zone, hours=hours, holidays=frozenset(days))


class BookClocks:
    """As in `Clocks`. A partner or an agreement that the book no longer has is given the standard time."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def calendar(self, partner: str) -> Calendar:
        """The calendar of a partner; one that always works for a partner that nobody knows."""
        return self._calendars.get(partner, _NOBODY)

    def due_at(self, due: Due, partner: str, agreement: str, start: datetime) -> datetime | None:
        """As in `Clocks`. A calendar with no business time left counts as one that always works."""
        if not due:
            return None
        length = self.length(due, partner, agreement)
        try:
            return length.after(start, self.calendar(partner))
        except NoBusinessTime:
            return length.after(start, _NOBODY)

    def length(self, due: Due, partner: str, agreement: str) -> Duration:
        """What the agreement says, else the partner's profile, else the standard."""
        profile = self._book.partners.get(partner)
        if profile is None:
            return STANDARD[due]
        form = profile.agreements.get(agreement.partition("/")[2])
        said = (form.deadlines, profile.deadlines) if form is not None else (profile.deadlines,)
        found: Duration | None = next((length for one in said if (length := getattr(one, due.value))), None)
        return found or STANDARD[due]

    def negative_only(self, agreement: str) -> bool:
        """As in `Clocks`."""
        form = self._form(agreement)
        return isinstance(form, OutboundForm) and form.acknowledgement.answers == "refusals"

    def promises(self, agreement: str) -> Mapping[str, Promise]:
        """What has to follow a document under an agreement, by its set; nothing under one that is gone."""
        form = self._form(agreement)
        return form.owes if form is not None else {}

    def promising(self) -> Sequence[str]:
        """Partners under whose agreements something has to follow something."""
        return self._promising

    def carried(self, channel: str) -> Sequence[str]:
        """Partners that a channel carries; none where the book has no such channel."""
        known = self._book.channel(channel)
        return known.carries if known is not None else ()

    def keeper(self, partner: str, agreement: str) -> str:
        """Who keeps an agreement, else the partner, else the company: somebody is always told."""
        profile, form = self._book.partners.get(partner), self._form(agreement)
        return (form.owner if form is not None else None) or (
            profile.owner if profile is not None else self._book.company.owner
        )

    def _form(self, agreement: str) -> AgreementForm | OutboundForm | None:
        partner, _, name = agreement.partition("/")
        profile = self._book.partners.get(partner)
        return profile.agreements.get(name) if profile is not None else None

    @cached_property
    def _promising(self) -> Sequence[str]:
        partners = self._book.partners.items()
        return sorted(name for name, one in partners if any(form.owes for form in one.agreements.values()))

    @cached_property
    def _calendars(self) -> Mapping[str, Calendar]:
        return {name: calendar_of(profile, self._book.company) for name, profile in self._book.partners.items()}
