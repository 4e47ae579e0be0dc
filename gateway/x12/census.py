"""What is in a heap of X12 files: who with whom, which sets and versions, how large, with which faults and characters.

For somebody who got a folder of samples and has to write a mapping. Shown the events of reading, it keeps counts only.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gateway.x12.counts import Characters, Counted, FileSummary, Found, Relation, SegmentTimes, SetKind, Sizes
from gateway.x12.cuts import BLANK
from gateway.x12.findings import Effect, Finding
from gateway.x12.guide import Guide, load
from gateway.x12.interchange import (
    Delimiters,
    Event,
    GroupHeader,
    GroupResult,
    InterchangeHeader,
    InterchangeResult,
    Segment,
    SetHeader,
    SetResult,
    TransactionSet,
)
from gateway.x12.usage import Usage
from gateway.x12.values import BASIC, EXTENDED

SEGMENT_LIMIT = 64 * 1024
"""Characters looked at of a segment in a set that has no guide."""

ELEMENTS_LIMIT = 1_000
"""Elements looked at of such a segment."""

KINDS_LIMIT = 10_000
"""Different relations, kinds of sets, and findings kept of one run."""

FREE_CANDIDATES = "*~^|>:!'\x1c\x1d\x1e\x1f"
"""Characters that partners use as delimiters; those that are in no data are told."""

_LINE_ENDS = frozenset("\r\n")


TextOf = Callable[[int, int], Iterable[bytes]]
"""Bytes of the file that is counted, by offset and length."""


class Census:
    """Counts over files. Per file: `begin`, `see` with its bytes, `meet` with the events of reading them."""

    def __init__(self, *, elements: bool) -> None:
        self.files: list[FileSummary] = []
        self.relations: dict[Relation, Counted] = {}
        self.kinds: dict[SetKind, Sizes] = {}
        self.segments: dict[str, SegmentTimes] = {}
        self.findings: dict[tuple[str, Effect], Found] = {}
        self.usage = Usage() if elements else None
        self._data: set[str] = set()
        self._used = bytearray()
        self._delimiters: set[str] = set()
        self._header: InterchangeHeader | None = None
        self._bare: list[int] = []

    def begin(self, file: str) -> None:
        """The file that comes next."""
        self._settle()
        self._header = None
        self.files.append(FileSummary(file))

    def see(self, block: bytes) -> bytes:
        """Note the size and characters of a block, and hand it on."""
        self.files[-1].bytes += len(block)
        self._used += bytes(set(block.translate(None, bytes(self._used))))
        return block

    def meet(self, event: Event, text_of: TextOf) -> None:
        """Count an event of the file, in the order of reading. `text_of` is asked for sets that have no tree."""
        if isinstance(event, InterchangeHeader):
            self._header = event
            self._bare = []
        elif isinstance(event, SetResult):
            self._note(event.findings)
            if event.content is None:
                self._bare.append(event.offset)
            else:
                self._tree(event.content)
        elif isinstance(event, GroupResult):
            self._note(event.findings)
        elif isinstance(event, InterchangeResult):
            self._interchange(event, text_of)
        else:
            self.files[-1].unreadable = self.files[-1].unreadable or event.findings[0].message

    def characters(self) -> Characters:
        """Which characters the files hold, delimiters and line ends apart, and which would do as delimiters."""
        self._settle()
        data = self._data
        outside = sorted(data - EXTENDED)
        return Characters(
            charset="basic" if data <= BASIC else "extended" if not outside else "other",
            outside="".join(outside),
            free="".join(one for one in FREE_CANDIDATES if one not in data),
        )

    def _settle(self) -> None:
        """What the last file holds, apart from its own delimiters: another may have them in its data."""
        self._data |= {chr(one) for one in self._used} - self._delimiters - _LINE_ENDS
        self._used.clear()
        self._delimiters.clear()

    def _tree(self, content: TransactionSet) -> None:
        count = len(content.segments)
        sizes = self._sizes(_kind(content.header, content.group))
        sizes.segments += count
        sizes.fewest, sizes.most = min(sizes.fewest, count), max(sizes.most, count)
        self._times(Counter(segment[0] for segment in content.segments), load(content.header.id, content.release))
        if self.usage is not None:
            self.usage.tree(content)

    def _times(self, ids: Mapping[str, int], guide: Guide | None) -> None:
        for name, times in ids.items():
            known = self.segments.get(name)
            if known is None:
                if len(self.segments) >= KINDS_LIMIT:
                    continue
                known = self.segments[name] = SegmentTimes()
            if not known.name and guide is not None and (definition := guide.segment(name)) is not None:
                known.name = definition.name
            known.times += times
            known.sets += 1

    def _interchange(self, result: InterchangeResult, text_of: TextOf) -> None:
        header = result.header
        self._note(result.findings)
        self._delimiters |= set(header.delimiters.element + header.delimiters.component + header.delimiters.segment)
        self._delimiters |= set(header.delimiters.repetition)
        relation = Relation(
            sender=f"{header.sender_qualifier}/{header.sender}",
            receiver=f"{header.receiver_qualifier}/{header.receiver}",
            version=header.version,
            usage=header.usage,
            delimiters=header.delimiters,
        )
        counted = self.relations.setdefault(relation, Counted()) if self._room(self.relations, relation) else Counted()
        counted.interchanges += 1
        counted.groups += len(result.groups)
        counted.sets += sum(len(group.sets) for group in result.groups)
        self.files[-1].interchanges += 1
        bare = frozenset(self._bare)
        for group in result.groups:
            for one in group.sets:
                self._count(one, group, delivered="R" not in (result.status, group.status, one.status))
                if one.offset in bare:
                    self._flat(one, group, header.delimiters, text_of(one.offset, one.length))

    def _count(self, one: SetResult, group: GroupResult, *, delivered: bool) -> None:
        sizes = self._sizes(_kind(one.header, group.header))
        sizes.sets += 1
        sizes.accepted += delivered
        sizes.bytes += one.length
        sizes.smallest, sizes.largest = min(sizes.smallest, one.length), max(sizes.largest, one.length)
        name = f"{one.header.id} {group.header.version}"
        sets = self.files[-1].sets
        if self._room(sets, name):
            sets[name] = sets.get(name, 0) + 1

    def _flat(self, one: SetResult, group: GroupResult, delimiters: Delimiters, text: Iterable[bytes]) -> None:
        """A set without a tree: its segments as they come. Read twice, when elements are wanted: never kept."""
        ids: Counter[str] = Counter()
        sizes = self._sizes(_kind(one.header, group.header))

        def passing() -> Iterator[Segment]:
            for segment in segments_of(text, delimiters):
                if segment[0] in ids or len(ids) < KINDS_LIMIT:
                    ids[segment[0]] += 1
                yield segment

        if self.usage is not None:
            self.usage.flat(one.header.id, group.header.version, passing(), delimiters)
        else:
            deque(passing(), maxlen=0)
        count = ids.total()
        sizes.segments += count
        sizes.fewest, sizes.most = min(sizes.fewest, count), max(sizes.most, count)
        self._times(ids, None)

    def _sizes(self, kind: SetKind) -> Sizes:
        return self.kinds.setdefault(kind, Sizes()) if self._room(self.kinds, kind) else Sizes()

    def _note(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            key = (finding.code, finding.effect)
            found = self.findings.get(key)
            if found is None:
                number = self._header.control_number if self._header is not None else ""
                found = self.findings[key] = Found(self.files[-1].file, number, finding)
            found.times += 1

    @staticmethod
    def _room(known: Mapping[Any, object], key: object) -> bool:
        return key in known or len(known) < KINDS_LIMIT


def segments_of(text: Iterable[bytes], delimiters: Delimiters) -> Iterator[Segment]:
    """The segments of a stretch of text, empty ones left out; none is taken to be longer than `SEGMENT_LIMIT`."""
    rest = ""
    for block in text:
        *raws, rest = (rest + block.decode("latin-1")).split(delimiters.segment)
        yield from _split(raws, delimiters)
        rest = rest[:SEGMENT_LIMIT]
    yield from _split([rest], delimiters)


def _split(raws: Iterable[str], delimiters: Delimiters) -> Iterator[Segment]:
    for raw in raws:
        stripped = raw.strip(BLANK)
        if stripped:
            yield tuple(stripped.split(delimiters.element, ELEMENTS_LIMIT))


def _kind(header: SetHeader, group: GroupHeader) -> SetKind:
    return SetKind(
        set=header.id,
        version=group.version,
        implementation=header.implementation,
        functional_id=group.functional_id,
        sender=group.sender,
        receiver=group.receiver,
    )
