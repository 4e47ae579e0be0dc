"""Reading a source of bytes: interchanges, groups and sets, each checked, in the order of `interchange.Event`.

Whatever the bytes are, reading goes on to their end: a fault is a finding, and the worst that can happen to an
interchange is that the search for the next "ISA" begins. One set is alive at a time; results of groups keep no trees.
"""

from collections.abc import Callable, Iterable, Iterator

from gateway.x12 import envelope
from gateway.x12.delimiters import HeaderText
from gateway.x12.effects import default_effect
from gateway.x12.group import GroupReading
from gateway.x12.interchange import (
    Event,
    GroupHeader,
    GroupResult,
    InterchangeHeader,
    InterchangeResult,
    Segment,
    SetHeader,
    Terms,
    Unreadable,
)
from gateway.x12.outcome import Agreements, interchange_finding, interchange_status
from gateway.x12.tokens import BLANK, Batch, Limits, Skipped, Tokens
from gateway.x12.values import shown

TermsFor = Callable[[InterchangeHeader, GroupHeader, SetHeader], Terms]
"""What was agreed for a set; called once per set, before it is read."""

RECEIVED_TA1_LIMIT = 20_000
"""TA1 segments kept of one interchange, more than a file may have; one answers one interchange."""

INTERCHANGE_FINDINGS_LIMIT = 1_000

_STANDARD = Terms()


def default_terms(_interchange: InterchangeHeader, _group: GroupHeader, _set: SetHeader) -> Terms:
    """The standard's own strictness for every set."""
    return _STANDARD


def examine(
    source: bytes | Iterable[bytes], terms: TermsFor | None = None, *, limits: Limits | None = None
) -> Iterator[Event]:
    """Read and check everything in a source of bytes.

    Args:
        source: the bytes, or pieces of them of any size; read as they are needed.
        terms: what was agreed for a set, by its three headers; the standard's strictness without it.
        limits: security limits on segments, sets and findings; see `Limits`.

    Yields per interchange its header, per group its sets and then the group, then the interchange; `Unreadable` for
    bytes that are none. A set is fit for delivery only when the interchange's result does not say otherwise. The
    content of the source raises nothing; what `source` and `terms` themselves raise comes through.
    """
    limits = limits or Limits()
    tokens = Tokens(source, limits)
    interchanges = 0
    while True:
        skipped, found = tokens.seek()
        if skipped.broken or (found is None and (skipped.sample or not interchanges)):
            yield _unreadable(skipped, after=interchanges)
        if found is None:
            return
        interchanges += 1
        yield found.header
        yield from _Interchange(tokens, found, terms or default_terms, limits).read(skipped)


def _unreadable(skipped: Skipped, *, after: int) -> Unreadable:
    if skipped.broken:
        text = f"an ISA that cannot be read: fewer than sixteen elements and a terminator: {shown(skipped.sample)}"
        finding = interchange_finding("TA105:022", text, default_effect("TA105:022"))
    elif after:
        text = f"text behind the last interchange is passed over: {shown(skipped.sample)}"
        finding = interchange_finding("W:trailing-text", text, default_effect("W:trailing-text"))
    else:
        text = (
            f"no ISA: this is not X12, it begins with {shown(skipped.sample)}" if skipped.sample else "nothing to read"
        )
        finding = interchange_finding("TA105:022", text, default_effect("TA105:022"))
    return Unreadable(findings=(finding,), offset=skipped.offset, length=skipped.length)


class _Interchange:
    """One interchange while it is read: from its ISA to its IEA, or to whatever ends it instead."""

    def __init__(self, tokens: Tokens, found: HeaderText, terms: TermsFor, limits: Limits) -> None:
        self._tokens = tokens
        self._found = found
        self._header = found.header
        self._terms = terms
        self._limits = limits
        self._agreements = Agreements()
        self._offset = found.header.offset + found.length
        self._position = 1
        self._group: GroupReading | None = None
        self._groups: list[GroupResult] = []
        self._received_groups = 0
        self._group_numbers: set[str] = set()
        self._ta1: list[Segment] = []
        self._faults: list[tuple[str, str, int]] = []
        self._astray = False
        self._groupless = False
        self._done = False

    def read(self, skipped: Skipped) -> Iterator[Event]:
        """Every event of the interchange behind its header."""
        self._note_header(skipped)
        while self._found.splittable and not self._done:
            batch = self._tokens.batch(self._header.delimiters)
            if batch is None:
                break
            yield from self._take(batch)
        if not self._done:
            yield from self._truncated()
        yield self._result()

    def _note_header(self, skipped: Skipped) -> None:
        if skipped.bom:
            self._fault("W:bom", "a byte order mark stands before ISA")
        if skipped.sample and not skipped.broken:
            self._fault("W:leading-text", f"text before ISA is passed over: {shown(skipped.sample)}")
        for word, text in self._found.notes:
            self._fault(f"W:{word}", text)
        for code, text in self._found.faults:
            self._fault(f"TA105:{code}", text)
        for code, text in envelope.interchange_faults(self._header):
            self._fault(code, text)

    def _take(self, batch: Batch) -> Iterator[Event]:
        """The segments of one batch: to the open set what is its own, one by one the rest."""
        index, raws = 0, batch.raws
        while index < len(raws) and not self._done:
            if self._group is not None and self._group.reading is not None:
                reading = self._group.reading
                before = reading.count
                index, size = self._group.feed(batch, index)
                self._offset += size
                self._position += reading.count - before
                yield from self._group.finished(self._offset)
                continue
            name = raws[index].lstrip(BLANK).split(self._header.delimiters.element, 1)[0]
            if name == "ISA":
                self._tokens.rewind(self._offset)
                return (yield from self._truncated())
            original = batch.originals[index]
            start = self._offset + len(original) - len(original.lstrip(BLANK))
            self._offset += batch.length(index, index + 1)
            self._position += bool(name)
            segment = self._split(raws[index])
            index += 1
            yield from self._control(name, segment, start)
        if not batch.terminated:
            self._fault("W:final-terminator", "the last segment has no terminator")
        if self._done:
            self._tokens.rewind(self._offset)

    def _control(self, name: str, segment: Segment, start: int) -> Iterator[Event]:
        """A segment outside sets."""
        astray, self._astray = self._astray, False
        if name == "GS":
            yield from self._close_group(None)
            self._open_group(segment)
        elif name == "ST" and self._group is not None:
            self._group.open_set(segment, start)
        elif name == "GE" and self._group is not None:
            yield from self._close_group(segment)
        elif name == "IEA":
            yield from self._close_group(None)
            self._close(segment)
        elif name == "TA1" and self._group is None and len(self._ta1) < RECEIVED_TA1_LIMIT:
            self._ta1.append(segment)
        elif not name:
            self._astray = astray
        elif name not in ("ISB", "ISE"):
            self._outside(name, astray=astray)

    def _outside(self, name: str, *, astray: bool) -> None:
        """A segment that nothing encloses: noted, one note for all that come together. A set is more than that: what
        is not answered in a 997 may not be passed over, so an interchange with a set outside its groups is refused.
        """
        self._astray = True
        inside = "group" if self._group is not None else "interchange"
        if name == "ST" and not self._groupless:
            self._groupless = True
            self._fault("TA105:022", "a transaction set outside any group can be neither read nor acknowledged")
        elif not astray:
            self._fault("TA105:024", f"{shown(name)} has no place in the {inside} outside a transaction set")

    def _open_group(self, segment: Segment) -> None:
        self._received_groups += 1
        group = envelope.read_group(segment)
        faults = envelope.group_faults(group, self._group_numbers)
        if len(self._group_numbers) < self._limits.groups:
            self._group_numbers.add(envelope.plain_number(group.control_number))
        self._group = GroupReading(
            interchange=self._header,
            group=group,
            ordinal=self._received_groups,
            faults=[(code, text, self._position) for code, text in faults],
            terms=self._terms,
            agreements=self._agreements,
            limits=self._limits,
        )

    def _close_group(self, trailer: Segment | None) -> Iterator[Event]:
        if self._group is None:
            return
        yield from self._group.cut(self._offset)
        result = self._group.result(trailer, self._position)
        self._group = None
        if len(self._groups) < self._limits.groups:
            self._groups.append(result)
            yield result

    def _close(self, segment: Segment) -> None:
        self._done = True
        if self._received_groups > len(self._groups):
            self._fault("TA105:021", f"more than {self._limits.groups} groups")
        for code, text in envelope.trailer_faults(segment, self._header, self._received_groups):
            self._fault(code, text)

    def _truncated(self) -> Iterator[Event]:
        """The interchange ended without IEA, or cannot be cut any further."""
        self._done = True
        yield from self._close_group(None)
        if not self._found.splittable:
            return
        if self._tokens.overlong:
            code = "TA105:022" if self._position > 1 else "TA105:004"
            terminator = self._header.delimiters.segment
            limit = self._limits.segment_bytes
            self._fault(code, f"no segment terminator {terminator!r} within {limit} bytes: the rest cannot be read")
        else:
            self._fault("TA105:023", "the interchange ends without IEA")

    def _result(self) -> InterchangeResult:
        findings = tuple(
            interchange_finding(code, text, self._agreements.effect(code), position)
            for code, text, position in self._faults
        )
        status, note = interchange_status(findings)
        return InterchangeResult(
            header=self._header,
            status=status,
            note=note,
            findings=findings,
            groups=tuple(self._groups),
            received_ta1=tuple(self._ta1),
            offset=self._header.offset,
            length=self._offset - self._header.offset,
        )

    def _fault(self, code: str, text: str) -> None:
        if len(self._faults) < INTERCHANGE_FINDINGS_LIMIT:
            self._faults.append((code, text, self._position))

    def _split(self, raw: str) -> Segment:
        return tuple(raw.lstrip(BLANK).split(self._header.delimiters.element, self._limits.elements))
