"""How long documents are kept, by their set and partner: `retention:` in company.yaml and in partners' files."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, BeforeValidator

Unit = Literal["years", "months", "days"]
OTHERS: Final = "others"
"""The key that means every set which is not named."""

LEAST_DAYS: Final = 90
"""The shortest that may be written: as long as a control number is known to have been used."""

_PERIOD = re.compile(r"([1-9][0-9]{0,4}) +(year|month|day)s?")
_DAYS: Mapping[str, int] = MappingProxyType({"years": 365, "months": 28, "days": 1})


@dataclass(frozen=True, slots=True)
class Period:
    """So many years, months or days of the calendar."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period that a text means. Raises ValueError."""
        found = _PERIOD.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"'{text[:40]}' is not a time to keep, like 7 years, 18 months or 400 days")
        return cls(int(found[1]), cast("Unit", f"{found[2]}s"))

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit.removesuffix('s')}"

    def before(self, now: datetime) -> datetime:
        """What is older than this may go. The last day of a shorter month stands for a day that it has not."""
        if self.unit == "days":
            return now - timedelta(days=min(self.count, 36_500))
        months = now.year * 12 + now.month - 1 - self.count * (12 if self.unit == "years" else 1)
        year, month = max(1, months // 12), months % 12 + 1
        return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]))


def _period(value: object) -> object:
    if isinstance(value, Period):
        return value
    if not isinstance(value, str):
        raise ValueError("a time to keep is expected, like 7 years")
    found = Period.parse(value)
    if found.count * _DAYS[found.unit] < LEAST_DAYS:
        raise ValueError(f"'{value[:40]}' is too short: at least {LEAST_DAYS} days")
    return found


def _set(text: str) -> str:
    if text != OTHERS and not re.fullmatch(r"[0-9]{3}", text):
        raise ValueError(f"'{text[:40]}' is neither a set, like 810, nor {OTHERS}")
    return text


Retention = Mapping[Annotated[str, AfterValidator(_set)], Annotated[Period, BeforeValidator(_period)]]
"""Set -> how long; `others` for all that are not named."""

NOTHING_SAID: Retention = MappingProxyType({})

DEFAULTS: Mapping[str, Period] = MappingProxyType(
    {
        "810": Period(7, "years"),
        "880": Period(7, "years"),
        "820": Period(7, "years"),
        "812": Period(7, "years"),
        OTHERS: Period(3, "years"),
    }
)
"""What holds where nothing is written: what books are kept by, and for the rest what a dispute may reach back."""


def kept_for(set_id: str, partner: Retention, company: Retention) -> Period:
    """How long a set is kept: as the partner's file names it, else company.yaml, else the default; `others` of any
    counts only for sets that none of them names.
    """
    for key in (set_id, OTHERS):
        for one in (partner, company, DEFAULTS):
            if key in one:
                return one[key]
    return DEFAULTS[OTHERS]
