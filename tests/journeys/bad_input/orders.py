"""Orders as ACME, Bolt and two partners of these tests only send them; every part can be made wrong by name."""

from collections.abc import Sequence
from itertools import count

_numbers = count(1)

LINE = "PO1*001*12*EA*7.25**BP*AR-55131*UP*041196910766*VN*HP-7711"


def fresh() -> str:
    """An ISA13 that nothing else in this process has."""
    return f"{next(_numbers):09}"


def an_order(number: str, *, st02: str = "0001", lines: Sequence[str] = (LINE,), without: str = "") -> list[str]:
    """ST to SE of an order as ACME writes it; `without` leaves out the segments that begin so."""
    segments = [
        f"ST*850*{st02}",
        f"BEG*00*SA*{number}**20260103",
        "REF*IA*ACM0417",
        "REF*19*042",
        "DTM*010*20260112",
        "N1*ST*ACME DISTRIBUTION CENTER 3*92*DC03",
        *lines,
        "CTT*1",
    ]
    kept = [segment for segment in segments if not without or not segment.startswith(without)]
    return [*kept, f"SE*{len(kept) + 1}*{st02}"]


def changed(segments: Sequence[str], old: str, new: str) -> list[str]:
    """The segments with what begins with `old` replaced by `new`; fails when there is no such segment."""
    assert any(segment.startswith(old) for segment in segments)
    return [new if segment.startswith(old) else segment for segment in segments]


def isa(
    number: str,
    *,
    sender: str = "ZZ/ACMERETAIL",
    receiver: str = "ZZ/HARBORPINE",
    usage: str = "P",
    ask: str = "0",
    version: str = "00401",
) -> str:
    """An ISA; `ask` 1 asks for a TA1."""
    (from_qualifier, from_id), (to_qualifier, to_id) = sender.split("/"), receiver.split("/")
    eleven = "U" if version < "00402" else "^"
    return (
        f"ISA*00*          *00*          *{from_qualifier}*{from_id:15}*{to_qualifier}*{to_id:15}*260103*0915"
        f"*{eleven}*{version}*{number}*{ask}*{usage}*>"
    )


def group(
    *sets: Sequence[str],
    number: str = "1",
    sender: str = "ACMERETAIL",
    receiver: str = "HARBORPINE",
    version: str = "004010",
    functional_id: str = "PO",
    ge: str = "",
) -> list[str]:
    """GS to GE; `ge` instead of the right trailer."""
    header = f"GS*{functional_id}*{sender}*{receiver}*20260103*0915*{number}*X*{version}"
    body = [segment for one in sets for segment in one]
    return [header, *body, ge or f"GE*{len(sets)}*{number}"]


def sealed(header: str, *groups: Sequence[str], iea: str = "") -> bytes:
    """ISA to IEA; `iea` instead of the right trailer."""
    body = [segment for one in groups for segment in one]
    trailer = iea or f"IEA*{len(groups)}*{header.split('*')[13]}"
    return "".join(f"{segment}~" for segment in (header, *body, trailer)).encode()


def from_acme(*sets: Sequence[str], number: str = "", usage: str = "P", receiver: str = "ZZ/HARBORPINE") -> bytes:
    """A good interchange of ACME's."""
    return sealed(isa(number or fresh(), usage=usage, receiver=receiver), group(*sets))


def from_bolt(number: str) -> bytes:
    """A good order of the neighbour's, in 005010."""
    order = [
        "ST*850*0001",
        f"BEG*00*SA*{number}**20260109",
        "REF*CT*BLT-2026-17",
        "REF*VR*HARPIN",
        "N1*ST*BOLT WAREHOUSE COLUMBUS*92*B14",
        "PO1*1*12*EA***PI*778-9000*VP*PMP-22",
        "CTP**CON*212.00",
        "DTM*002*20260120",
        "CTT*1",
        "SE*10*0001",
    ]
    header = isa(fresh(), sender="12/5550109923", version="00501")
    return sealed(header, group(order, sender="BOLTIND", version="005010"))


def segments(data: bytes) -> list[list[str]]:
    """Any interchange cut by its own delimiters, as its receiver cuts it."""
    text = data.decode("latin-1")
    return [segment.split(text[3]) for segment in text.split(text[105]) if segment]


def named(data: bytes, name: str) -> list[list[str]]:
    """The segments of one id."""
    return [segment for segment in segments(data) if segment[0] == name]
