"""Foreign files in a demonstration: whose numbers clash, and whose ids can be adopted.

Files collected from many places share control numbers, and one names as sender whom another names as receiver. In one
gateway all but the first of those would be quarantined, and nobody would see what becomes of them. So files that clash
are played in different rounds, each with a gateway home of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.partners.book import Book
from gateway.partners.form import InterchangeId
from gateway.x12.delimiters import HEADER_LIMIT
from gateway.x12.interchange import InterchangeHeader

Id = str
"""`qualifier/id`, as partner files have it."""

Key = tuple[Id, Id, str, str]
"""Sender, receiver, ISA15 and ISA13: what may come once."""

_USABLE = re.compile(r"[A-Z0-9]{2}/[\x21-\x7e]([\x20-\x7e]{0,13}[\x21-\x7e])?")
_ISA_ID_CHARACTERS = 15


def usable(one: Id) -> bool:
    """Whether an id can stand in a partner file."""
    return _USABLE.fullmatch(one) is not None


@dataclass(slots=True)
class Strangers:
    """Ids that nobody has in the partner files: whom a file, or a round of files, is from and for."""

    senders: set[Id] = field(default_factory=set)
    receivers: set[Id] = field(default_factory=set)
    keys: set[Key] = field(default_factory=set)

    def clash_with(self, other: "Strangers") -> bool:
        """Whether the two cannot be adopted into the same partner files, or share a control number."""
        return not (
            self.keys.isdisjoint(other.keys)
            and self.senders.isdisjoint(other.receivers)
            and self.receivers.isdisjoint(other.senders)
        )

    def add(self, other: "Strangers") -> None:
        """Take another file into the round."""
        self.senders |= other.senders
        self.receivers |= other.receivers
        self.keys |= other.keys


def strangers(headers: Sequence[InterchangeHeader], book: Book) -> Strangers:
    """The unknown senders and receivers of one file. An id that is both is a sender: its file is then for nobody here,
    which is what a partner would be told that writes to itself.
    """
    ours = {str(one) for identity in book.company.identities.values() for one in identity.isa}
    known = ours | {str(one) for profile in book.partners.values() for one in profile.isa}
    found = Strangers()
    for header in headers:
        sender = str(InterchangeId(header.sender_qualifier, header.sender))
        receiver = str(InterchangeId(header.receiver_qualifier, header.receiver))
        new_sender, new_receiver = sender not in known and usable(sender), receiver not in known and usable(receiver)
        found.senders |= {sender} if new_sender else set()
        found.receivers |= {receiver} if new_receiver else set()
        if new_sender or new_receiver:
            found.keys.add((sender, receiver, header.usage, header.control_number))
    found.receivers -= found.senders
    return found


def rounds(files: Sequence[Strangers]) -> list[list[int]]:
    """Indices of the files by round, in their order. Files without strangers are all in the first: among them the
    rules of duplicates hold as ever.
    """
    taken: list[Strangers] = [Strangers()]
    found: list[list[int]] = [[]]
    for index, file in enumerate(files):
        at = next((number for number, other in enumerate(taken) if not file.clash_with(other)), len(taken))
        if at == len(taken):
            taken.append(Strangers())
            found.append([])
        taken[at].add(file)
        found[at].append(index)
    return [one for one in found if one]


def padded_with_spaces(content: bytes, headers: Sequence[InterchangeHeader]) -> bytes:
    """The file with ISA06 and ISA08 padded as X12 has it, where no-break spaces or worse make them unusable as ids.

    Nothing else is touched; a file whose ids are usable comes back as it is.
    """
    for header in reversed(headers):
        ids = (
            InterchangeId(header.sender_qualifier, header.sender),
            InterchangeId(header.receiver_qualifier, header.receiver),
        )
        if all(usable(str(one)) for one in ids):
            continue
        start, end = header.offset, header.offset + 2 * HEADER_LIMIT
        parts = content[start:end].split(header.delimiters.element.encode("latin-1"), 9)
        for position in (6, 8):
            parts[position] = _padded(parts[position])
        content = content[:start] + header.delimiters.element.encode("latin-1").join(parts) + content[end:]
    return content


def _padded(text: bytes) -> bytes:
    shown = "".join(c if " " <= c <= "~" else " " for c in text.decode("utf-8", "replace"))
    return shown.strip()[:_ISA_ID_CHARACTERS].ljust(_ISA_ID_CHARACTERS).encode("ascii")
