"""The audit trail: every act of a person, each entry bound to the one before it by its hash. Pure.

An entry's hash is the SHA-256 of a canonical JSON of all it says, the hash of the entry before it included. Whoever
changes, removes or slips in an entry has to write every later one anew; who has kept the hash of any of them sees it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

FIRST: Final = "0" * 64
"""What the first entry names as the hash before it."""

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "documents.hold": "kept documents from going on",
        "documents.release": "let documents go on that were held, or a file through that was set aside",
        "documents.assign": "said who looks after documents",
        "documents.note": "wrote a note beside documents",
        "documents.waive": "said that nobody waits for acknowledgements, or minds them, any more",
        "documents.correct": "said which document is sent in the place of one that was refused",
        "documents.book": "said which document a payment, note or answer is about, or took that back",
        "documents.replay": "put documents back on the road",
        "documents.resend": "had documents sent to a partner once more",
        "documents.push": "had files carried to a partner again",
        "documents.close": "said that nothing more comes of an acknowledgement that did not fit, or of a business",
        "documents.send": "handed in a document for a partner by hand",
        "mailbox.offer": "put a file into a partner's outbound folder again",
        "notices.replay": "had notices sent once more to whoever is told",
        "crossref.add": "added cross references",
        "crossref.retire": "took a cross reference out of use",
        "mapping.release": "froze versions of mappings",
        "certificate.add": "pinned a certificate of a partner",
        "certificate.retire": "let a certificate or key end with a day",
        "certificate.new-key": "made a key of ours",
        "home.adopt": "made another folder the home of the database",
        "database.backup": "made a backup of database and home",
        "database.restore": "restored database and home from a backup",
        "retention.hold": "placed a legal hold: nothing under it is purged",
        "retention.lift": "lifted a legal hold",
        "report.close": "took the reports of a month to file",
        "purge": "deleted documents that were older than they had to be kept",
    }
)
"""Every verb with what whoever is named did. Names are contracts: they may be added, never changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act. `subjects` are ids or names of what it was done to, `reason` what the person said, `detail` the rest.

    `number` counts from 1 without gaps; `at` is an aware time; `previous` and `hash` are 64 hex digits.
    """

    number: int
    at: datetime
    who: str
    verb: str
    subjects: Sequence[str]
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    previous: str = FIRST
    hash: str = ""

    @property
    def digest(self) -> str:
        """The hash that this entry has to have."""
        said = {
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "who": self.who,
            "verb": self.verb,
            "subjects": list(self.subjects),
            "reason": self.reason,
            "detail": dict(self.detail),
            "previous": self.previous,
        }
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain does not hold: the number that is wrong, or missing, and why, in words."""

    number: int
    reason: str


def faults(entries: Iterable[Entry], *, after: Entry | None = None) -> Iterator[Broken]:
    """What is wrong with entries that follow each other, `after` the one before the first of them.

    Only the first fault of a chain means something: what follows it hangs on nothing.
    """
    number, previous = (after.number, after.hash) if after else (0, FIRST)
    for entry in entries:
        number += 1
        if entry.number != number:
            yield Broken(number, f"entry {number} is not there: after {number - 1} comes {entry.number}")
        elif entry.previous != previous:
            yield Broken(number, f"entry {number} does not follow entry {number - 1}: it names another hash before it")
        elif entry.hash != entry.digest:
            yield Broken(number, f"entry {number} says something else than when it was written: its hash does not fit")
        number, previous = entry.number, entry.hash
