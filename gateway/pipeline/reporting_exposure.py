"""What partners may charge us for: answers, ship notices and invoices of ours that are missing, late, or soon due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from gateway.pipeline.owed import ESTIMATE, Owed, estimates
from gateway.pipeline.reporting import Sums
from gateway.pipeline.sheet import Cell, Sheet

SETS: Final = ("855", "856", "810", "865", "880")
"""What partners charge for when it is late; acknowledgements are no ground for it."""

SOON: Final = timedelta(hours=24)
"""What is due so soon can still be sent in time."""

Standing = Literal["missing", "due soon", "came late"]

_ANSWER: Final = "answer the order now: hand in its response, a refusal too is an answer"
_NOTICE: Final = "hand the ship notice in now: most partners charge by the hour, or when the goods arrive before it"
_BILL: Final = "bill it now: many partners count the days for payment, and charge, from the ship date"
_CHANGE: Final = "answer the change now: until then the partner holds the order to be as changed"
DO: Final[Mapping[str, str]] = MappingProxyType(
    {"855": _ANSWER, "856": _NOTICE, "810": _BILL, "880": _BILL, "865": _CHANGE}
)
"""What can still be done, by set."""

LATE: Final = "nothing any more: keep when it went and when it was taken, in case the partner charges for it"
COMING: Final = "see that {} goes out: it is on its way"
REFUSED: Final = "hand in a corrected one for {}, which the partner refused, and no second one beside it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One thing that a partner may charge for. `hours` are those it is late; below 0 those that are left."""

    owed: Owed
    standing: Standing
    hours: int

    @property
    def to_do(self) -> str:
        """What can still be done."""
        if self.standing == "came late":
            return LATE
        if self.owed.coming:
            return COMING.format(self.owed.coming)
        if self.owed.refused:
            return REFUSED.format(self.owed.refused)
        return DO.get(self.owed.what, "send it now")


def exposures(open_: Iterable[Owed], late: Iterable[Owed], now: datetime) -> Sequence[Exposure]:
    """Missing first, the longest late first; then what is due at once; then what came late."""
    found = [one for thing in open_ if (one := _open(thing, now)) is not None]
    found.sort(key=lambda one: (one.standing != "missing", -one.hours, one.owed.subject))
    came = [Exposure(owed=one, standing="came late", hours=one.hours_late(now)) for one in late if _charged(one)]
    return [*found, *sorted(came, key=lambda one: (-one.hours, one.owed.subject))]


def _charged(one: Owed) -> bool:
    return one.by == "us" and one.what in SETS


def _open(one: Owed, now: datetime) -> Exposure | None:
    if not _charged(one) or one.due_at is None or one.due_at > now + SOON:
        return None
    if one.overdue(now):
        return Exposure(owed=one, standing="missing", hours=one.hours_late(now))
    return Exposure(owed=one, standing="due soon", hours=-((one.due_at - now) // timedelta(hours=1)))


HEADERS: Final = (
    *("partner", "owed", "standing", "order", "number", "amount", "currency", *ESTIMATE, "due at", "hours late"),
    *("coming", "refused", "met by", "owner", "subject", "to do"),
)


def sheet(found: Sequence[Exposure]) -> Sheet:
    """One by one, as they come."""
    rows: list[tuple[Cell, ...]] = []
    for one, estimate in zip(found, estimates(one.owed for one in found), strict=True):
        thing = one.owed
        rows.append(
            (
                *(thing.partner, thing.what, one.standing, thing.order, thing.number, thing.amount, thing.currency),
                *(
                    *estimate,
                    thing.due_at,
                    one.hours,
                    thing.coming,
                    thing.refused,
                    thing.met_by,
                    thing.owner,
                    thing.subject,
                    one.to_do,
                ),
            )
        )
    return Sheet(HEADERS, rows)


def sums(found: Iterable[Exposure]) -> Mapping[tuple[str, str, Standing], Sums]:
    """By partner, set and standing: how many, and what the documents are worth that they have to follow."""
    together: dict[tuple[str, str, Standing], Sums] = {}
    for one in found:
        key = (one.owed.partner, one.owed.what, one.standing)
        together.setdefault(key, Sums()).add(one.owed.amount, one.owed.currency)
    return dict(sorted(together.items()))


def estimated(found: Sequence[Exposure]) -> Mapping[tuple[str, str, Standing], Sums]:
    """By the same, what orders are worth of which the documents that have to be followed state no worth."""
    together: dict[tuple[str, str, Standing], Sums] = {}
    for one, (amount, currency) in zip(found, estimates(one.owed for one in found), strict=True):
        if amount is not None:
            together.setdefault((one.owed.partner, one.owed.what, one.standing), Sums()).add(amount, currency)
    return together
