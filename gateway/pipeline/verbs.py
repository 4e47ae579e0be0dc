"""What a person may do to documents, one or many at once: the words for it, and what comes back. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, get_args

from gateway.pipeline.questions import DocumentRow

Verb = Literal["hold", "release", "assign", "note", "waive", "replay", "resend", "close"]
"""What is done alike to one document and to many."""

VERBS: Final[tuple[Verb, ...]] = get_args(Verb)

Numbers = Literal["new", "same"]
"""Under which control numbers a document is sent again: as another document, or its interchange byte for byte."""

Owing = Literal["855", "865", "856", "810", "880", "997", "999", "TA1", "all"]
"""What has to follow documents and may be waived: one of these, or everything."""

OWING: Final[tuple[Owing, ...]] = get_args(Owing)

MOST: Final = 1000
"""Documents at once: more is no decision of a person, and would be one transaction for minutes."""

NAMED: Final = 10
"""Documents that a preview names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which documents: by their `ids` (or beginnings), or all that are as the rest says and to which it can be done.

    `older_than`: received before then. What is "" or None does not matter.
    """

    ids: Sequence[str] = ()
    partner: str = ""
    set_id: str = ""
    state: str = ""
    direction: str = ""
    acknowledgement: str = ""
    owner: str = ""
    older_than: datetime | None = None

    @property
    def wanted(self) -> Mapping[str, str]:
        """What is asked for besides ids, in words."""
        said = {"partner": self.partner, "set": self.set_id, "state": self.state, "direction": self.direction}
        said |= {"acknowledgement": self.acknowledgement, "owner": self.owner}
        said["older_than"] = self.older_than.isoformat() if self.older_than else ""
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What a verb needs besides a reason: `mode` current or original (replay, resend), `again` (replay of what was
    delivered or closed), `anyway` (resend), `numbers` new, same, or "" as agreed (resend), `to`: whose it is from now
    on, "" nobody's (assign), `owed`: the set that has to follow, or all, "" for the acknowledgement (waive), `handled`:
    what came in is closed itself, done or settled elsewhere (close), `known_as`: the number our system has it under.
    `dry_run`: nothing is done, and the answer says what would be.
    """

    mode: str = "current"
    again: bool = False
    anyway: bool = False
    to: str = ""
    numbers: Numbers | Literal[""] = ""
    owed: str = ""
    handled: bool = False
    known_as: str = ""
    dry_run: bool = False

    @property
    def said(self) -> Mapping[str, str]:
        """What is not as usual, in words."""
        flags = {"again": "yes" if self.again else "", "anyway": "yes" if self.anyway else "", "to": self.to}
        flags |= {"numbers": self.numbers, "owed": self.owed}
        flags |= {"handled": "yes" if self.handled else "", "as": self.known_as}
        return {name: value for name, value in flags.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be touched: how many documents, the first of them, and what they are worth together by currency.

    `money` has "" for the currency that is agreed with the partner; of `unpriced` documents no total is known. `along`
    more go with them, nobody chose those: neighbours in interchanges that go again as they are, `along_first` of them.
    """

    count: int
    first: Sequence[DocumentRow]
    money: Mapping[str, Decimal] = field(default_factory=dict)
    unpriced: int = 0
    along: int = 0
    along_first: Sequence[DocumentRow] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What it came to: (id, words) of each that it was done to, and of each that was left as it was, with the reason.

    `entry` is the number of the audit entry, 0 when nothing was done.
    """

    done: Sequence[tuple[str, str]]
    refused: Sequence[tuple[str, str]] = ()
    entry: int = 0
