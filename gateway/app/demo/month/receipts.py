"""What a partner's system writes to answer us: TA1, 997 and 999 as bytes, right ones and such as none should be."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_ORDER_IN: Final[Mapping[str, tuple[str, int]]] = {
    "810": ("BIG", 4),
    "850": ("BEG", 3),
    "855": ("BAK", 3),
    "856": ("PRF", 1),
    "880": ("G01", 4),
    "940": ("W05", 3),
}
"""Where a set of ours names the order that it is about."""

UNIT_IN: Final[Mapping[str, tuple[str, int]]] = {
    "810": ("IT1", 3),
    "850": ("PO1", 3),
    "855": ("PO1", 3),
    "856": ("SN1", 3),
    "880": ("G17", 2),
}
"""Where a set of ours says in which unit a line counts (element 355)."""

_ISA11: Final[Mapping[str, str]] = {"00401": "U", "00501": "^"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSeen:
    """One set of ours, by its own control number, and the order that it is about; and the unit of its first line: in
    which segment that stands, the how manyeth it is, and the unit.
    """

    set_id: str
    number: str
    order: str = ""
    unit: tuple[str, int, str] = ("", 0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSeen:
    """One group of ours, as a partner's system reads it: the header of its interchange (ISA, GS) and its sets."""

    header: tuple[str, ...]
    group: tuple[str, ...]
    sets: tuple[SetSeen, ...]

    @property
    def functional_id(self) -> str:
        """GS01."""
        return self.group[1]

    @property
    def number(self) -> str:
        """GS06."""
        return self.group[6]


def groups_of(content: bytes) -> list[GroupSeen]:
    """The groups of business documents in a file of ours; none of what only acknowledges."""
    text = content.decode("latin-1")
    element, end = text[3], text[105]
    cut = [tuple(one.strip().split(element)) for one in text.split(end)]
    header = tuple(one.strip() if at in (6, 8) else one for at, one in enumerate(cut[0]))
    found: list[GroupSeen] = []
    group: tuple[str, ...] = ()
    sets: list[SetSeen] = []
    position = 0
    for segment in cut:
        position += 1
        match segment[0]:
            case "GS":
                group, sets = segment, []
            case "ST":
                position = 1
                sets.append(SetSeen(set_id=segment[1], number=segment[2]))
            case "GE" if group[1] != "FA":
                found.append(GroupSeen(header=header, group=group, sets=tuple(sets)))
            case name if name and sets:
                sets[-1] = _read(sets[-1], segment, position)
    return found


def _read(one: SetSeen, segment: tuple[str, ...], position: int) -> SetSeen:
    """What one more segment tells of a set."""
    (order, number), (line, unit) = _ORDER_IN.get(one.set_id, ("", 0)), UNIT_IN.get(one.set_id, ("", 0))
    if segment[0] == order and not one.order:
        one = replace(one, order=segment[number])
    if segment[0] == line and not one.unit[0]:
        one = replace(one, unit=(line, position, segment[unit]))
    return one


def numbers_of(content: bytes) -> Iterator[tuple[str, int]]:
    """The control numbers of a file of ours: ISA13, and GS06 with between whom it counts."""
    text = content.decode("latin-1")
    element = text[3]
    for segment in text.split(text[105]):
        match segment.strip().split(element):
            case ["ISA", *rest]:
                yield "ISA13", int(rest[12])
            case ["GS", _, ours, theirs, _, _, number, *_]:
                yield f"GS06 from {ours} to {theirs}", int(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is answered to a group: of each set its code (AK501) and the segments that say why; and, where they are not
    what follows from that, the status and counts of the group, and which group it is said to be.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    why: Sequence[str] = ()
    counts: tuple[int, int, int] | None = None
    group: tuple[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Pen:
    """Writes a partner's answers, under its control numbers: `numbers` of interchanges, `groups` of groups."""

    time_zone: str
    kind: str = "997"
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    groups: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def functional(self, seen: GroupSeen, said: Said, now: datetime) -> bytes:
        """A 997 or 999 for one group of ours."""
        close = "AK5" if self.kind == "997" else "IK5"
        name, number = said.group or (seen.functional_id, seen.number)
        body = [f"AK1*{name}*{number}" + (f"*{seen.group[8]}" if self.kind == "999" else "")]
        codes = [said.codes.get(one.number, "A") for one in seen.sets]
        for one, code in zip(seen.sets, codes, strict=True):
            body.append(f"AK2*{one.set_id}*{one.number}")
            body += said.why if code != "A" else ()
            body.append(f"{close}*{code}" + ("*5" if code in "RE" and said.why else ""))
        good = sum(code in "AE" for code in codes)
        status = "R" if not good else "P" if good < len(codes) else "E" if "E" in codes else "A"
        counts = said.counts or (len(codes), len(codes), good)
        body.append("*".join(["AK9", status, *map(str, counts)]))
        return self._enveloped(seen, body, now)

    def envelope(self, seen: GroupSeen, status: str, note: str, now: datetime) -> bytes:
        """A TA1 for the interchange that a group came in."""
        header = seen.header
        ta1 = f"TA1*{header[13]}*{header[9]}*{header[10]}*{status}*{note}"
        number = next(self.numbers)
        return self._file(seen, number, [ta1], now, groups=0)

    def _enveloped(self, seen: GroupSeen, body: Sequence[str], now: datetime) -> bytes:
        number, group = next(self.numbers), next(self.groups)
        at = now.astimezone(ZoneInfo(self.time_zone))
        version = seen.group[8][:6]
        gs = f"GS*FA*{seen.group[3]}*{seen.group[2]}*{at:%Y%m%d}*{at:%H%M}*{group}*X*{version}"
        st = f"ST*{self.kind}*0001" + (f"*{version}" if self.kind == "999" else "")
        return self._file(seen, number, [gs, st, *body, f"SE*{len(body) + 2}*0001", f"GE*1*{group}"], now, groups=1)

    def _file(self, seen: GroupSeen, number: int, body: Sequence[str], now: datetime, *, groups: int) -> bytes:
        """The other way round: we are the receiver."""
        header, at = seen.header, now.astimezone(ZoneInfo(self.time_zone))
        sender, receiver = f"{header[7]}*{header[8]:15}", f"{header[5]}*{header[6]:15}"
        blank = " " * 10
        isa = f"ISA*00*{blank}*00*{blank}*{sender}*{receiver}*{at:%y%m%d}*{at:%H%M}"
        isa += f"*{_ISA11[header[12]]}*{header[12]}*{number:09}*0*P*>"
        return "".join(f"{one}~" for one in [isa, *body, f"IEA*{groups}*{number:09}"]).encode()
