"""Partners that send nothing: who should have been heard of by now, in their own business hours. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.ledger.calendar import Calendar, Duration, NoBusinessTime
from gateway.partners.book import Book
from gateway.partners.clocks import BookClocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A partner from whom nothing came since `since`, for longer than a rule (`role/rule`) allows."""

    partner: str
    rule: str
    since: datetime
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One rule about one partner."""

    partner: str
    rule: str
    allowed: Duration
    calendar: Calendar


class Silences(Protocol):
    """What is remembered of partners' silence."""

    def last_heard(self, partners: Sequence[str]) -> Mapping[str, datetime]:
        """When a document last came in, of those of whom one ever did."""

    def tell(self, silent: Sequence[Silent]) -> Sequence[Silent]:
        """Record each silence under each rule once; returns what nobody was told of yet."""


def watched(book: Book) -> tuple[Watched, ...]:
    """Every partner of every rule about silence; a rule that names none is about all."""
    return tuple(_watched(book))


def _watched(book: Book) -> Iterator[Watched]:
    clocks = BookClocks(book)
    for role, notify in book.notify.items():
        for name, rule in notify.alerts.rules.items() if notify.alerts is not None else ():
            if rule.silent_for is None:
                continue
            for partner in rule.partners or book.partners:
                yield Watched(
                    partner=partner,
                    rule=f"{role}/{name}",
                    allowed=rule.silent_for,
                    calendar=clocks.calendar(partner),
                )


def silent(watched: Sequence[Watched], heard: Mapping[str, datetime], now: datetime) -> Sequence[Silent]:
    """Who is silent for too long. Who never sent anything is not: nothing is known of what is usual there."""
    found: list[Silent] = []
    for one in watched:
        since = heard.get(one.partner)
        if since is not None and _is_over(one, since, now):
            sentence = f"nothing came for {one.allowed} since {since:%Y-%m-%d %H:%M} UTC"
            found.append(Silent(partner=one.partner, rule=one.rule, since=since, sentence=sentence))
    return found


def _is_over(one: Watched, since: datetime, now: datetime) -> bool:
    try:
        return now >= one.allowed.after(since, one.calendar)
    except NoBusinessTime:
        return False
