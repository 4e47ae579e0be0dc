"""What is played: how many orders of which partner come when, and which of them something goes wrong with. By a seed,
so that every count is known before the first file is written. Pure.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from gateway.app.demo.month.files import closed_days

DAYS: Final = 31


class Case(StrEnum):
    """What happens to one order, beside what happens to every other."""

    PLAIN = "all as it should be"
    LATE = "997 late: after it was overdue"
    TWICE = "997 twice"
    REVERSED = "997 accepts, then another rejects"
    CLEARED = "997 rejects, then another accepts"
    LOST = "997 never comes"
    WAIVED = "997 never comes, waived by a person"
    MISCOUNTED = "997 with wrong counts"
    FOREIGN = "997 for it comes from another partner"
    UNKNOWN = "997 for a group that we never sent"
    NOTED = "accepted with errors"
    IN_PART = "refused in a group of which others are accepted"
    RESENT = "rejected, sent again under new numbers"
    CORRECTED = "rejected, corrected in the ERP"
    OFFERED_AGAIN = "lost by the partner, offered again under the same numbers"
    TA1_REJECTED = "TA1 rejects the interchange"
    TA1_MISSING = "TA1 asked for and missing"
    REFUSED_BY_ONE_WHO_SAYS_NOTHING = "rejected by a partner that answers only refusals"
    ASSUMED = "nothing said by a partner that answers only refusals"
    NOT_FETCHED = "not fetched for days"
    SHORT_SHIPPED = "940 shipped short by the 945"
    CHANGED = "855 of the supplier changes the order"
    CHANGE_FIRST = "860 before its 850"
    CHANGE_AFTER = "860 after its 850"
    FILE_TWICE = "the same file twice"
    NUMBER_TWICE = "the same control number with other bytes, let through"
    NUMBER_LEFT = "the same control number with other bytes, left aside"
    UNMAPPED = "a value nobody knows, held until it is added"
    REFUSED_BY_US = "an order that our 997 rejects, sent again corrected"
    ERP_REFUSED = "refused by the ERP, then replayed"
    ERP_SILENT = "the ERP took it and its answer was lost"
    SHORT_PAID = "an invoice short paid by the 820"
    DISPUTED = "an invoice disputed by an 824"
    HELD = "held by a person, and let go"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of a partner's orders are a case; `set_id` is the set of ours that it is about, "" where it is none."""

    case: Case
    partner: str
    share: float
    set_id: str = ""


SHARES: Final[Sequence[Share]] = (
    Share(Case.LATE, "acme", 0.03, "810"),
    Share(Case.LOST, "acme", 0.02, "810"),
    Share(Case.TWICE, "acme", 0.02, "856"),
    Share(Case.REVERSED, "acme", 0.01, "810"),
    Share(Case.CLEARED, "acme", 0.01, "855"),
    Share(Case.WAIVED, "acme", 0.01, "810"),
    Share(Case.MISCOUNTED, "acme", 0.01, "856"),
    Share(Case.FOREIGN, "acme", 0.01, "810"),
    Share(Case.UNKNOWN, "acme", 0.01, "810"),
    Share(Case.NOTED, "acme", 0.02, "810"),
    Share(Case.RESENT, "acme", 0.02, "810"),
    Share(Case.CORRECTED, "acme", 0.02, "810"),
    Share(Case.OFFERED_AGAIN, "acme", 0.01, "856"),
    Share(Case.SHORT_SHIPPED, "acme", 0.04),
    Share(Case.CHANGE_FIRST, "acme", 0.01),
    Share(Case.CHANGE_AFTER, "acme", 0.03),
    Share(Case.FILE_TWICE, "acme", 0.02),
    Share(Case.NUMBER_TWICE, "acme", 0.01),
    Share(Case.NUMBER_LEFT, "acme", 0.01),
    Share(Case.UNMAPPED, "acme", 0.02),
    Share(Case.REFUSED_BY_US, "acme", 0.01),
    Share(Case.SHORT_PAID, "acme", 0.02, "810"),
    Share(Case.DISPUTED, "acme", 0.01, "810"),
    Share(Case.REFUSED_BY_ONE_WHO_SAYS_NOTHING, "bolt", 0.03, "810"),
    Share(Case.ERP_REFUSED, "bolt", 0.03),
    Share(Case.ERP_SILENT, "bolt", 0.01),
    Share(Case.IN_PART, "fernhill", 0.04, "880"),
    Share(Case.HELD, "fernhill", 0.02, "880"),
    Share(Case.TA1_REJECTED, "kestrel", 0.03, "850"),
    Share(Case.TA1_MISSING, "kestrel", 0.05, "850"),
    Share(Case.CHANGED, "kestrel", 0.06),
)

WEIGHTS: Final[Mapping[str, tuple[float, float]]] = {
    "acme": (0.45, 9.8),
    "bolt": (0.2, 4.0),
    "fernhill": (0.2, 7.0),
    "kestrel": (0.15, 5.0),
}
"""By partner: its share of the orders, and how many documents one of them makes, 997s of partners counted too."""

ZONES: Final[Mapping[str, str]] = {
    "acme": "America/New_York",
    "bolt": "America/Chicago",
    "fernhill": "America/Chicago",
    "kestrel": "America/New_York",
}
AWAY_FROM: Final = 5
"""On the first Wednesday after so many days Kestrel's system begins to fetch nothing, until Monday."""

LAST_ORDERS: Final = 8
"""Days before the end that no order comes any more: what is open at the end is open for a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order: its number, when it is written, and what happens to it."""

    partner: str
    number: str
    at: datetime
    case: Case = Case.PLAIN
    set_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole month. It begins on the first moment of `start` in New York."""

    start: date
    seed: int
    orders: tuple[Order, ...]
    down: tuple[tuple[datetime, datetime], ...]
    """When the ERP is closed."""
    away: tuple[datetime, datetime]
    """When Kestrel's system is."""

    @property
    def counts(self) -> Mapping[Case, int]:
        """How often each case is played."""
        return Counter(one.case for one in self.orders)

    @property
    def first(self) -> datetime:
        """The first moment."""
        return midnight(self.start, 0)

    @property
    def last(self) -> datetime:
        """The last."""
        return midnight(self.start, DAYS)


def midnight(start: date, days: int) -> datetime:
    """The beginning of a day of the month, in New York."""
    return datetime.combine(start + timedelta(days=days), time(), ZoneInfo("America/New_York"))


def make(documents: int, seed: int, start: date) -> Plan:
    """A month of about so many documents, 997s of partners among them."""
    chance = random.Random(seed)  # noqa: S311 - a game
    each = sum(share * made for share, made in WEIGHTS.values())
    down = tuple((one, one + timedelta(hours=hours)) for one, hours in _closings(start))
    wednesday = AWAY_FROM + (2 - (start + timedelta(days=AWAY_FROM)).weekday()) % 7
    away = (midnight(start, wednesday), midnight(start, wednesday + 5))
    orders: list[Order] = []
    for partner, (share, _) in WEIGHTS.items():
        orders += _orders(partner, max(1, round(documents / each * share)), chance, start, away)
    return Plan(start=start, seed=seed, orders=tuple(sorted(orders, key=_when)), down=down, away=away)


def _when(order: Order) -> tuple[datetime, str]:
    return order.at, order.number


def _closings(start: date) -> Iterator[tuple[datetime, int]]:
    """A short one in the working day, and one over the night in which the clocks change or another."""
    yield midnight(start, 5) + timedelta(hours=11), 3
    yield midnight(start, 19) + timedelta(hours=8), 6


def _orders(
    partner: str, count: int, chance: random.Random, start: date, away: tuple[datetime, datetime]
) -> Iterator[Order]:
    days = [start + timedelta(days=n) for n in range(DAYS - LAST_ORDERS)]
    days = [day for day in days if day.weekday() < 5 and day not in closed_days(start)]
    zone = ZoneInfo(ZONES[partner])
    cases = list(_cases(partner, count))
    chance.shuffle(cases)
    for number in range(count):
        case, set_id = cases[number] if number < len(cases) else (Case.PLAIN, "")
        minute = chance.randrange(7 * 60, 16 * 60)
        at = datetime.combine(chance.choice(days), time(minute // 60, minute % 60, chance.randrange(60)), zone)
        if partner == "kestrel" and away[0] <= at < away[0] + timedelta(days=2):  # not in time when it is back
            case, set_id = Case.NOT_FETCHED, "850"
        if partner == "bolt" and case is Case.PLAIN:
            case, set_id = Case.ASSUMED, "810"
        yield Order(partner=partner, number=_number(partner, number + 1), at=at, case=case, set_id=set_id)


def _cases(partner: str, count: int) -> Iterator[tuple[Case, str]]:
    for one in SHARES:
        if one.partner == partner:
            yield from [(one.case, one.set_id)] * max(1, round(count * one.share))


def _number(partner: str, number: int) -> str:
    return {"acme": "71-", "bolt": "B77", "fernhill": "F-", "kestrel": "4711-"}[partner] + f"{number:05}"
