"""Files to send: interchanges of 850s of the invented partner ACME, every control and order number its own."""

import hashlib
from dataclasses import dataclass
from random import Random

LARGE_LINES = 900
"""About 80 KB: above what is kept in a row, so that its bytes go through a spool file and a blob."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """One file of one interchange. `groups` has per group the business numbers of its sets."""

    name: str
    content: bytes
    control_number: str
    groups: tuple[tuple[str, ...], ...]

    @property
    def sha256(self) -> str:
        """Of the whole file."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def numbers(self) -> tuple[str, ...]:
        """Business numbers of every set."""
        return tuple(number for group in self.groups for number in group)


def order_files(count: int, random: Random, *, first: int = 1) -> list[OrderFile]:
    """Mostly one set of a few lines; every ninth file is large, every seventh has two groups."""
    files = []
    for number in range(first, first + count):
        lines = LARGE_LINES if number % 9 == 0 else random.randint(1, 12)
        files.append(order_file(number, sets=(2, 1) if number % 7 == 0 else (1,), lines=lines))
    return files


def order_file(number: int, *, sets: tuple[int, ...] = (1,), lines: int = 3, note: str = "") -> OrderFile:
    """One interchange: `sets` says how many 850s are in each of its groups; `note` becomes a text of the first."""
    body, groups = "", []
    for ordinal, size in enumerate(sets, 1):
        gs06 = number * 10 + ordinal
        names = tuple(f"PO-{number:06}-{ordinal}{place}" for place in range(1, size + 1))
        texts = "".join(_set(name, place, lines, note) for place, name in enumerate(names, 1))
        body += f"GS*PO*ACMERETAIL*HARBORPINE*20260102*0915*{gs06}*X*004010~{texts}GE*{size}*{gs06}~"
        groups.append(names)
    header = f"ISA*00*          *00*          *ZZ*ACMERETAIL     *ZZ*HARBORPINE     *260102*0915*U*00401*{number:09}"
    text = f"{header}*0*P*>~{body}IEA*{len(sets)}*{number:09}~"
    return OrderFile(
        name=f"order-{number:06}.edi", content=text.encode(), control_number=f"{number:09}", groups=tuple(groups)
    )


def _set(name: str, place: int, lines: int, note: str) -> str:
    items = "".join(
        f"PO1*{line}*{line % 90 + 1}*EA*{line % 50}.25**BP*AR-{line:05}*UP*04119691{line % 10000:04}*VN*HP-{line}~"
        f"PID*F****ITEM {line}~"
        for line in range(1, lines + 1)
    )
    text = f"N9*L1*ROUTING~MSG*{note}~" if note else ""
    body = (
        f"ST*850*{place:04}~BEG*00*SA*{name}**20260102~REF*IA*ACM0417~REF*19*042~DTM*010*20260109~{text}"
        f"N1*ST*ACME DC 3*92*DC03~N3*900 LAKESHORE PARKWAY~N4*JOLIET*IL*60432*US~{items}CTT*{lines}~"
    )
    return f"{body}SE*{body.count('~') + 1}*{place:04}~"
