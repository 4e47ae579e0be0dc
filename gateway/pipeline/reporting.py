"""What partners refused or noted of what we sent, and we of what they sent: down to line and field, in plain words.

Values and Protocols of the reports; where they come from is the store's. Times are aware and UTC.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.business import BusinessState
from gateway.pipeline.reporting_remedies import meaning, remedy
from gateway.pipeline.reporting_scorecard import FaultDay
from gateway.pipeline.sheet import Cell, Sheet
from gateway.x12.interchange import Segment

_A = AcknowledgementState

OPEN: Final = (_A.REJECTED, _A.PARTIALLY_ACCEPTED)
"""What a partner refused, and nobody waived."""

REFUSED: Final = (*OPEN, _A.WAIVED)
"""What a partner refused: waived ones too, of which a person said that nobody minds it any more."""

NOTED: Final = (_A.ACCEPTED_WITH_ERRORS,)
"""What a partner uses and found something wrong with."""

MOST: Final = 50_000
"""Documents of one report: nobody works through more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which documents: "" and None do not matter. From `since` on and before `until`, by when they were answered.
    `open`: of what was refused only what stands open, see `Refusal.standing`.
    """

    partner: str = ""
    set_id: str = ""
    usage: str = "P"
    since: datetime | None = None
    until: datetime | None = None
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is said to be wrong, and what we do about it.

    `says` is a sentence with the place in it, `code` that of the standard ("AK403:1", "" where none was named),
    `meaning` the code in words. `place` is the element or segment ("IT1-02"), `segment` all of our segment as it was
    sent, `value` what stands in that element: None where the place is not one of ours. `mapping` is the file and line
    that wrote it, "" where that cannot be told.
    """

    says: str
    code: str = ""
    meaning: str = ""
    place: str = ""
    segment: str = ""
    value: str | None = None
    mapping: str = ""
    to_do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One document that was refused, in part too, or accepted with errors, with everything that hangs on it.

    `at` is when the answer came. `owner` is the person who looks after it, else who keeps the agreement. `instead` is
    the document that was sent in its place and `instead_is` where that stands, "" for none.
    """

    id: str
    partner: str
    agreement: str
    set_id: str
    business_number: str
    order: str
    usage: str
    verdict: str
    at: datetime
    amount: Decimal | None
    currency: str
    dated: str
    owner: str
    due: str
    due_at: datetime | None
    missed: bool
    instead: str
    instead_is: str
    faults: Sequence[Fault]

    @property
    def standing(self) -> str:
        """Whether something is still to be done: open, waived, or corrected."""
        if self.instead:
            return "corrected"
        if self.verdict == _A.WAIVED:
            return "waived"
        return "open" if self.verdict in (*OPEN, BusinessState.DISPUTED) else "used"


class Origins(Protocol):
    """Which line of a mapping wrote a place in a set of ours."""

    def origin(
        self, pins: Mapping[str, str], set_id: str, version: str, segments: Sequence[Segment], place: tuple[int, int]
    ) -> str:
        """By the mapping that was pinned, "" where it cannot be told. `place` is segment (ST is 1) and element."""


class Refusals(Protocol):
    """What the reports are made from."""

    def refused(self, asked: Asked, *, limit: int = MOST) -> Sequence[Refusal]:
        """What partners refused of ours, or contest as business; the newest answer first."""

    def noted(self, asked: Asked, *, limit: int = MOST) -> Sequence[Refusal]:
        """What partners use of ours, and noted errors in; the newest answer first."""

    def found(self, asked: Asked, *, limit: int = MOST) -> Sequence[Refusal]:
        """What we refused or noted of theirs, the newest first."""


# ---------------------------------------------------------------------------------------------- one fault


def faults_of(
    lines: Sequence[Mapping[str, object]],
    segments: Sequence[Segment],
    mapping: "Written",
    *,
    in_part: bool = False,
) -> Sequence[Fault]:
    """What is wrong with a document, from the lines that were kept of the partner's answer.

    Args:
        lines: as `gateway.pipeline.reconcile.Line.plain` has them.
        segments: the set as it was sent, ST first; () where it cannot be read.
        mapping: says which line of the mapping wrote a place.
        in_part: some of its group were refused, and nobody said which.
    """
    telling = [one for one in lines if one.get("codes") or one.get("segment")] or list(lines[-1:])
    return [_fault(one, segments, mapping, in_part=in_part) for one in telling]


class Written(Protocol):
    """Which line of a mapping wrote a place of one document."""

    def __call__(self, position: int, element: int) -> str:
        """The file and line, "" where it cannot be told."""


def _fault(line: Mapping[str, object], segments: Sequence[Segment], mapping: Written, *, in_part: bool) -> Fault:
    name, position, element = str(line.get("segment", "")), _number(line, "position"), _number(line, "element")
    ours: Segment = ()
    if name and 0 < position <= len(segments) and segments[position - 1][0] == name:
        ours = segments[position - 1]
    origin = mapping(position, element) if ours and element else ""
    codes = str(line.get("codes", "")).split() or [""]
    code = codes[-1]
    return Fault(
        says=str(line.get("line", "")),
        code=code,
        meaning=meaning(code),
        place=f"{name}-{element:02}" if element else name,
        segment="*".join(ours),
        value=(ours[element] if element < len(ours) else "") if ours and element else None,
        mapping=origin,
        to_do=remedy(code, mapping=origin, in_part=in_part),
    )


def _number(line: Mapping[str, object], name: str) -> int:
    value = line.get(name, 0)
    return value if isinstance(value, int) else 0


# ---------------------------------------------------------------------------------------------- as rows

HEADERS: Final = (
    *("partner", "set", "number", "order", "amount", "currency", "dated", "answered at", "verdict", "standing"),
    *("owner", "due", "due at", "document", "instead", "instead is"),
    *("fault", "says", "code", "meaning", "place", "sent", "mapping", "to do"),
)
"""What each means to finance stands in docs/finance.md."""


def sheet(documents: Iterable[Refusal]) -> Sheet:
    """A row for each fault; what a document is worth stands in its first row only, so that the column adds up."""
    rows: list[tuple[Cell, ...]] = []
    for one in documents:
        for number, fault in enumerate(one.faults or [Fault(says="")], start=1):
            rows.append(
                (
                    *(one.partner, one.set_id, one.business_number, one.order),
                    *((one.amount, one.currency) if number == 1 else (None, None)),
                    *(one.dated, one.at, one.verdict, one.standing),
                    *(one.owner, one.due, one.due_at, one.id, one.instead, one.instead_is),
                    *(number, fault.says, fault.code, fault.meaning, fault.place),
                    *(fault.value if fault.value is not None else "", fault.mapping, fault.to_do),
                )
            )
    return Sheet(HEADERS, rows)


@dataclass(slots=True)
class Sums:
    """How many documents, what they are worth by currency ("" for the agreed one), of how many nobody knows."""

    documents: int = 0
    money: dict[str, Decimal] = field(default_factory=dict)
    unpriced: int = 0

    def add(self, amount: Decimal | None, currency: str) -> None:
        """One more."""
        self.documents += 1
        if amount is None:
            self.unpriced += 1
        else:
            self.money[currency] = self.money.get(currency, Decimal()) + amount


def sums(documents: Iterable[Refusal]) -> Sums:
    """What is open of them, together."""
    found = Sums()
    for one in documents:
        if one.standing == "open":
            found.add(one.amount, one.currency)
    return found


# ---------------------------------------------------------------------------------------------- a trend


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How many documents of a partner and set had one fault in one week or month. `begins` is "2026-11-02" or
    "2026-11"; `before` is the number in the one before: None when that is not within what was asked for.
    """

    begins: str
    partner: str
    set_id: str
    code: str
    place: str
    documents: int
    refused: int
    before: int | None


TREND_HEADERS: Final = ("begins", "partner", "set", "code", "meaning", "place", "documents", "refused", "before")


def trend(days: Iterable[FaultDay], beginning_of: "Beginnings", first: date) -> Sequence[Trend]:
    """Counted by time, partner, set, code and place: the newest time first, in it what comes most often. `first` is the
    first day that was asked for.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    refused: Counter[tuple[str, ...]] = Counter()
    for one in days:
        begins = beginning_of.of(one.day)
        for fault, (documents, refusals) in one.faults.items():
            key = (begins, one.partner, one.set_id, *fault.partition(" ")[::2])
            counts[key] += documents
            refused[key] += refusals
    earliest = beginning_of.of(first)
    rows = [
        Trend(
            **dict(zip(("begins", "partner", "set_id", "code", "place"), key, strict=True)),
            documents=count,
            refused=refused[key],
            before=counts[beginning_of.before(key[0]), *key[1:]] if key[0] > earliest else None,
        )
        for key, count in counts.items()
    ]
    rows.sort(key=lambda one: (-one.documents, one.partner, one.set_id, one.code, one.place))
    return sorted(rows, key=lambda one: one.begins, reverse=True)


class Beginnings(Protocol):
    """Weeks or months."""

    def of(self, day: date) -> str:
        """Which one a day is in, as text that sorts by time."""

    def before(self, begins: str) -> str:
        """The one before."""


def trend_sheet(found: Iterable[Trend]) -> Sheet:
    """As rows."""
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.begins, one.partner, one.set_id, one.code, meaning(one.code), one.place),
            *(one.documents, one.refused, one.before),
        )
        for one in found
    ]
    return Sheet(TREND_HEADERS, rows)
