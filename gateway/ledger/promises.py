"""What may have to follow a document, and how long that may take, as it is written in an agreement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal

from gateway.ledger.calendar import ALWAYS, Calendar, Duration, NoBusinessTime

Point = Literal["order", "ship", "shipment"]
By = Literal["us", "partner"]

US: Final[By] = "us"
PARTNER: Final[By] = "partner"

ANSWER: Final = "answer"
DECISION: Final = "decision"
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ANSWER: "a file that came in is neither read nor answered",
        DECISION: "what was set aside waits for a person's decision",
    }
)
"""What is owed about files and interchanges that came in, besides their answers, which go by 997, 999 and TA1."""

UNREAD: Final = Duration(1, "hours")
"""How long a file may lie unread: whose it is, and what was agreed, nobody knows before."""

ORDERS: Final = frozenset({"850", "875"})
CHANGES: Final = frozenset({"860"})
ANSWERS: Final = frozenset({"855", "865"})
SHIPMENTS: Final = frozenset({"856", "945"})
INVOICES: Final = frozenset({"810", "880"})
SETS: Final = ORDERS | CHANGES | ANSWERS | SHIPMENTS | INVOICES
"""Sets that something follows from, and those that follow. A 945 is a warehouse's word that goods have left."""

_AFTER_AN_ORDER: Final[Mapping[str, frozenset[Point]]] = MappingProxyType(
    {
        "855": frozenset({"order"}),
        "856": frozenset({"order", "ship"}),
        "810": frozenset({"order", "shipment"}),
        "880": frozenset({"order", "shipment"}),
    }
)
FOLLOWS: Final[Mapping[str, Mapping[str, frozenset[Point]]]] = MappingProxyType(
    {
        "850": _AFTER_AN_ORDER,
        "875": _AFTER_AN_ORDER,
        "860": MappingProxyType({"855": frozenset[Point]({"order"}), "865": frozenset[Point]({"order"})}),
    }
)
"""What may be owed after which set, and from what it may be reckoned."""


@dataclass(frozen=True, slots=True)
class Promise:
    """How long something may take: `24 hours` after the order, `2 business days after shipment`, `before ship`, or
    `2 hours before ship`.
    """

    point: Point
    length: Duration | None = None

    @classmethod
    def parse(cls, text: str) -> "Promise":
        """The promise that a text means. Raises ValueError."""
        said = " ".join(text.split())
        if said == "before ship":
            return cls("ship")
        points: tuple[tuple[str, Point], ...] = ((" before ship", "ship"), (" after shipment", "shipment"))
        for ending, point in points:
            if said.endswith(ending):
                return cls(point, Duration.parse(said.removesuffix(ending)))
        try:
            return cls("order", Duration.parse(said))
        except ValueError:
            raise ValueError(
                f"'{said[:40]}' is not a time for it, like 24 hours, 2 business days after shipment, before ship, or "
                "2 hours before ship"
            ) from None

    def __str__(self) -> str:
        words = {"order": "", "ship": "before ship", "shipment": "after shipment"}[self.point]
        return f"{self.length or ''} {words}".strip()

    def due(self, start: datetime | date, calendar: Calendar) -> datetime:
        """When it is over: from an aware time on, or by a day, which ends with its business. A calendar that has no
        business time left counts as one that always works.
        """
        try:
            return self._due(start, calendar)
        except NoBusinessTime:
            return self._due(start, replace(ALWAYS, time_zone=calendar.time_zone))

    def _due(self, start: datetime | date, calendar: Calendar) -> datetime:
        moment = start if isinstance(start, datetime) else calendar.closing(start)
        if self.length is None:
            return moment
        return self.length.before(moment, calendar) if self.point == "ship" else self.length.after(moment, calendar)


Promises = Callable[[str], Mapping[str, Promise]]
"""What is owed under an agreement, by its id: set -> how long it may take."""
