"""Interchanges written again for somebody else: new delimiters, counts put right, nothing else changed.

Works on the text of segments, one batch at a time, so that any set can be rewritten, also one we have no guide for,
and of any size. A batch in which nothing is untidy, binary or a delimiter from now on is translated as a whole;
otherwise its segments go one by one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.x12.cuts import BLANK
from gateway.x12.delimiters import HeaderText
from gateway.x12.errors import OutputRefused, RewriteRefused
from gateway.x12.guide import envelope
from gateway.x12.interchange import Delimiters
from gateway.x12.tokens import Batch, Limits, Skipped, Tokens
from gateway.x12.translation import Translation
from gateway.x12.values import shown
from gateway.x12.write import REPETITION_SINCE, binary_place, check_delimiters

REMARKS_LIMIT = 1_000
"""Remarks kept of one run; a broken file of a million sets needs no more to be understood."""

_COUNTED = {"SE": "segments", "GE": "sets", "IEA": "groups"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How an interchange is to be written.

    `delimiters` None keeps what came. Its `repetition` is used only where elements may repeat (ISA12 from 00402 on); ""
    keeps the one that came. `newline` puts a line feed behind each terminator. `replacement` stands for any new
    delimiter found in data; "" refuses such data instead.
    """

    delimiters: Delimiters | None = None
    newline: bool = False
    replacement: str = ""


@dataclass(slots=True)
class RewriteSummary:
    """What was written. `replaced` counts characters; the rest are sentences.

    `corrected` are counts that were wrong and have been put right, `faults` say what is missing from the structure
    (nothing is invented for it), `remarks` what was left out between interchanges.
    """

    interchanges: int = 0
    groups: int = 0
    sets: int = 0
    segments: int = 0
    replaced: int = 0
    corrected: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class Rewriter:
    """One run over a source: iterate `rewrite`, then look at `summary`."""

    def __init__(self, wish: Wish, *, limits: Limits | None = None) -> None:
        self.summary = RewriteSummary()
        self._wish = wish
        self._limits = limits or Limits()
        check_wish(wish)

    def rewrite(self, source: bytes | Iterable[bytes]) -> Iterator[bytes]:
        """The interchanges of a source in their new form, in pieces of about the size of those it comes in.

        Raises RewriteRefused when the data holds a new delimiter, or cannot be cut into segments: what was given out
        until then is not whole. Raises OutputRefused when the delimiters contradict each other.
        """
        tokens = Tokens(source, self._limits)
        while True:
            skipped, found = tokens.seek()
            self._pass_over(skipped, last=found is None)
            if found is None:
                return
            self.summary.interchanges += 1
            yield from _Interchange(tokens, found, self._wish, self.summary).rewrite()

    def _pass_over(self, skipped: Skipped, *, last: bool) -> None:
        if skipped.broken:
            raise RewriteRefused(
                f"an ISA at byte {skipped.offset} or later that cannot be read: {shown(skipped.sample)}"
            )
        if last and not self.summary.interchanges:
            text = f"no ISA: this is not X12, it begins with {shown(skipped.sample)}" if skipped.sample else ""
            raise RewriteRefused(text or "nothing to read")
        if skipped.sample:
            _note(self.summary.remarks, f"text at byte {skipped.offset} left out: {shown(skipped.sample)}")


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a set, or a stretch outside sets (`set` ""), begins or goes on in a batch. `position` is the one before."""

    index: int
    set: str
    position: int


class _Interchange:
    """One interchange on its way through."""

    def __init__(self, tokens: Tokens, found: HeaderText, wish: Wish, summary: RewriteSummary) -> None:
        if found.faults:
            raise RewriteRefused(f"{found.header.control_number}: {found.faults[0][1]}")
        self._tokens = tokens
        self._header = found.header
        self._summary = summary
        self._old = found.header.delimiters
        self._new = _target(wish, self._header.version, self._old)
        self._translation = Translation(self._old, self._new, wish.replacement, newline=wish.newline)
        self._marks: list[_Mark] = []
        self._done = False
        self._position = 1  # of the segment in its set, ST being 1; outside sets in the interchange, ISA being 1
        self._outside = 1
        self._set = ""
        self._counts = {"SE": 0, "GE": 0, "IEA": 0}

    def rewrite(self) -> Iterator[bytes]:
        yield self._translation.ended(self._isa())
        while not self._done and (batch := self._tokens.batch(self._old)) is not None:
            self._marks = [_Mark(0, self._set, self._position if self._set else self._outside)]
            raws = self._taken(batch)
            self._summary.segments += len(raws)
            if raws:
                yield self._translation.plain(raws) or b"".join(map(self._segment, range(len(raws)), raws))
        if self._tokens.overlong:
            place, terminator = self._place(position=self._outside), self._old.segment
            raise RewriteRefused(f"{place}: no segment terminator {terminator!r} for too long a stretch")
        if not self._done:
            self._truncated()

    def _truncated(self) -> None:
        self._done = True
        self._close_set()
        self._fault("it ends without IEA: none was added")

    def _taken(self, batch: Batch) -> list[str]:
        """The segments of a batch with right counts; what belongs to the next interchange is given back."""
        taken: list[str] = []
        separator = self._old.element
        heads = frozenset(f"{name}{separator}"[:3] for name in _CONTROL)
        for index, raw in enumerate(batch.raws):
            if raw[:3] in heads:
                name = raw.split(separator, 1)[0]
                if name == "ISA":
                    self._tokens.rewind(batch.offset + batch.length(0, index))
                    self._truncated()
                    break
                raw = self._control(name, raw, len(taken)) if name in _CONTROL else raw
                if name == "IEA":
                    self._tokens.rewind(batch.offset + batch.length(0, index + 1))
                    self._done = True
            elif raw[:1] in BLANK and not raw.strip(BLANK):
                continue
            self._outside += 1
            self._position += 1
            taken.append(raw)
            if self._done:
                break
        return taken

    def _control(self, name: str, raw: str, index: int) -> str:
        """Keep account of ST, SE, GS, GE and IEA, and put a wrong count right. `index` is its place in the batch."""
        elements = raw.split(self._old.element)
        if name == "ST":
            self._close_set()
            self._position = 0
            self._set = " ".join(elements[1:3])
            self._marks.append(_Mark(index, self._set, 0))
            self._counts["GE"] += 1
            self._summary.sets += 1
            return raw
        if name == "GS":
            self._close_set()
            self._counts["IEA"] += 1
            self._counts["GE"] = 0
            self._summary.groups += 1
            return raw
        if name == "SE" and not self._set:
            self._fault("an SE without its ST")
            return raw
        self._counts["SE"] = self._position + 1
        if name == "SE":
            self._set = ""
            self._marks.append(_Mark(index + 1, "", self._outside + 1))
        else:
            self._close_set()
        return self._counted(name, elements)

    def _counted(self, name: str, elements: list[str]) -> str:
        right, said = self._counts[name], elements[1] if len(elements) > 1 else ""
        if not (said.isascii() and said.isdigit() and int(said) == right):
            where = f"{self._header.control_number}, {name} {' '.join(elements[2:3])}".rstrip()
            _note(self._summary.corrected, f"{where}: {shown(said)} {_COUNTED[name]}, put right to {right}")
            elements[1:2] = [str(right)]
        return self._old.element.join(elements)

    def _close_set(self) -> None:
        if self._set:
            self._fault(f"the set {self._set} ends without SE: none was added")
            self._set = ""

    def _segment(self, index: int, raw: str) -> bytes:
        """One segment of a batch that holds something untidy, binary, or that is a delimiter from now on."""
        name = raw.split(self._old.element, 1)[0]
        head, binary = _cut_binary(name, raw, self._old.element)
        text, replaced = self._translation.careful(head)
        if text is None:
            mark = next(one for one in reversed(self._marks) if one.index <= index)
            place = self._place(mark.set, mark.position + index - mark.index + 1)
            raise RewriteRefused(f"{place}: {self._clash(name, head)}")
        self._summary.replaced += replaced
        return self._translation.ended(text + self._new.element + binary if binary else text)

    def _clash(self, name: str, raw: str) -> str:
        elements = raw.split(self._old.element)
        position = next((at for at, one in enumerate(elements) if self._translation.clashes(one)), 0)
        character = self._translation.clashes(elements[position])
        return f"{name}{position:02} {shown(elements[position])} holds {character!r}, which would be a delimiter"

    def _isa(self) -> str:
        """The header in 106 characters, whatever it was padded to."""
        texts = ["ISA"]
        for use in envelope()["ISA"].elements[:-1]:
            position, width = use.position, use.element.maximum if use.element else 0
            value = self._header.elements[position]
            text, replaced = self._standards_id(value) if position == 11 else self._translation.careful(value)
            if text is None:
                raise RewriteRefused(f"{self._place()}: {self._clash('ISA', self._old.element * position + value)}")
            if len(text) > width:
                raise RewriteRefused(
                    f"{self._place()}: ISA{position:02} {shown(text)} has more than {width} characters"
                )
            self._summary.replaced += replaced
            texts.append(text.ljust(width))
        self._summary.segments += 1
        return self._new.element.join([*texts, self._new.component])

    def _standards_id(self, value: str) -> tuple[str | None, int]:
        """ISA11: the repetition separator where there is one; else it stays, one character that nobody splits."""
        if self._new.repetition:
            return self._new.repetition, 0
        return (None, 0) if value in (self._new.element, self._new.segment) else (value, 0)

    def _place(self, set_: str = "", position: int = 1) -> str:
        at = f"{set_}, segment {position}" if set_ else f"segment {position}"
        return f"interchange {self._header.control_number}, {at}"

    def _fault(self, text: str) -> None:
        _note(self._summary.faults, f"interchange {self._header.control_number}: {text}")


_CONTROL = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA"})


def check_wish(wish: Wish) -> None:
    """Raises OutputRefused when delimiters contradict each other or the replacement, whatever the data."""
    if wish.delimiters is not None:
        check_delimiters(wish.delimiters)
    one = wish.replacement
    if one and (len(one) > 1 or ord(one) > 0xFF or not one.isprintable()):
        raise OutputRefused(f"{one!r} cannot stand for a character: give one that prints")
    if wish.delimiters is not None:
        _check_replacement(one, wish.delimiters)


def _check_replacement(one: str, delimiters: Delimiters) -> None:
    if one and one in delimiters.element + delimiters.component + delimiters.segment + delimiters.repetition:
        raise OutputRefused(f"{one!r} cannot stand for a delimiter: it is one")


def _target(wish: Wish, version: str, old: Delimiters) -> Delimiters:
    """The delimiters of an interchange of this version (ISA12)."""
    wanted = wish.delimiters or old
    repetition = (wanted.repetition or old.repetition) if version >= REPETITION_SINCE else ""
    new = Delimiters(element=wanted.element, component=wanted.component, segment=wanted.segment, repetition=repetition)
    try:
        check_delimiters(new)
        _check_replacement(wish.replacement, new)
    except OutputRefused as error:
        unasked = repetition and wish.delimiters is not None and not wanted.repetition
        kept = ": the file's repetition separator is kept, unless you give a fourth" if unasked else ""
        raise RewriteRefused(f"{error}{kept}") from error
    return new


def _cut_binary(name: str, raw: str, separator: str) -> tuple[str, str]:
    """The text of BIN or BDS before its binary data, and the data when it has the length that stands before it."""
    place = binary_place(name)
    parts = raw.split(separator, place) if place else []
    if len(parts) != place + 1 or not parts or parts[-2] != str(len(parts[-1])):
        return raw, ""
    return separator.join(parts[:-1]), parts[-1]


def _note(sentences: list[str], text: str) -> None:
    if len(sentences) < REMARKS_LIMIT:
        sentences.append(text)
