"""Interchanges to read: a good 850 in both releases, and builders that take only what a test is about."""

from collections.abc import Callable, Iterator, Sequence

from gateway.x12.interchange import Event, GroupResult, InterchangeResult, SetResult, Terms
from gateway.x12.read import examine
from gateway.x12.tokens import Limits

VERSIONS = ("004010", "005010")

ORDER = (
    "ST*850*0001",
    "BEG*00*SA*PO-1001**20240131",
    "CUR*BY*USD",
    "REF*DP*038",
    "REF*IA*12345",
    "PER*BD*Jane Roe*TE*5550100",
    "SAC*A*D240***1000",
    "ITD*01*3*2**10**30",
    "DTM*010*20240215",
    "TD5**2*UPSN*M",
    "N9*ZZ*delivery",
    "DTM*011*20240216*1030",
    "N1*ST*North Store*92*0042",
    "N3*1 Main Street",
    "N4*Springfield*IL*62701*US",
    "PO1*1*12*EA*9.95**UP*012345678905*VN*B-17",
    "PID*F****STEEL BOLT",
    "PO4*12*1*EA",
    "SDQ*EA*92*0001*6*0002*6",
    "PO1*2*1.5*CA*100**UP*012345678912",
    "PID*F****WASHER",
    "SLN*1**I*2*EA",
    "CTT*2",
)
"""A good order without its SE; `ORDER[n]` has position n + 1 in either release."""


def closed(segments: Sequence[str], count: int | None = None, control: str | None = None) -> list[str]:
    """A set with its SE; `count` and `control` instead of the right ones."""
    right = segments[0].split("*")[2] if segments[0].count("*") >= 2 else ""
    return [*segments, f"SE*{len(segments) + 1 if count is None else count}*{right if control is None else control}"]


def group(*sets: Sequence[str], version: str = "004010", functional_id: str = "PO", number: str = "7") -> list[str]:
    """GS to GE around whole sets."""
    body = [segment for one in sets for segment in one]
    header = f"GS*{functional_id}*ACME*OURS*20240131*1200*{number}*X*{version}"
    return [header, *body, f"GE*{len(sets)}*{number}"]


def isa(version: str = "00401", number: str = "000000001", usage: str = "P") -> str:
    """A good ISA without its terminator; repetition separator ^ from 00402 on."""
    eleven = "U" if version < "00402" else "^"
    return (
        f"ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *240131*1200*{eleven}*{version}"
        f"*{number}*0*{usage}*:"
    )


def interchange(*groups: Sequence[str], version: str = "004010", number: str = "000000001", end: str = "~") -> bytes:
    """ISA to IEA around whole groups, as bytes (UTF-8); `end` stands behind each segment."""
    body = [segment for one in groups for segment in one]
    header = isa("00501" if version.startswith("005") else "00401", number)
    return "".join(s + end for s in (header, *body, f"IEA*{len(groups)}*{number}")).encode()


def order(segments: Sequence[str] = ORDER, version: str = "004010") -> bytes:
    """An interchange with one group with one set."""
    return interchange(group(closed(segments), version=version), version=version)


def replaced(old: str, new: str | None, segments: Sequence[str] = ORDER) -> list[str]:
    """The segments with the first one that begins with `old` replaced by `new`, or left out."""
    index = next(i for i, segment in enumerate(segments) if segment.startswith(old))
    return [*segments[:index], *([] if new is None else [new]), *segments[index + 1 :]]


def inserted(before: str, *new: str, segments: Sequence[str] = ORDER) -> list[str]:
    """The segments with new ones in front of the first that begins with `before`."""
    index = next(i for i, segment in enumerate(segments) if segment.startswith(before))
    return [*segments[:index], *new, *segments[index:]]


def pieces(data: bytes, seed: int = 7) -> Iterator[bytes]:
    """The bytes in pieces of changing size, among them empty ones."""
    at, size = 0, seed
    while at < len(data):
        size = (size * 31 + 17) % 41
        yield data[at : at + size]
        at += size


def read(data: bytes, terms: Callable[..., Terms] | None = None, *, limits: Limits | None = None) -> list[Event]:
    """Read whole, byte by byte and in changing pieces: all three must say the same."""
    limits = limits or Limits()
    events = list(examine(data, terms, limits=limits))
    for size, source in ((1, (data[i : i + 1] for i in range(len(data)))), (13, pieces(data))):
        again = list(examine(source, terms, limits=_with_block(limits, size)))
        assert again == events
    return events


def _with_block(limits: Limits, size: int) -> Limits:
    return Limits(
        block_bytes=size,
        segment_bytes=limits.segment_bytes,
        segments=limits.segments,
        set_bytes=limits.set_bytes,
        findings=limits.findings,
        group_findings=limits.group_findings,
        sets=limits.sets,
        groups=limits.groups,
    )


def sets(events: Sequence[Event]) -> list[SetResult]:
    """The results of sets among events."""
    return [event for event in events if isinstance(event, SetResult)]


def groups(events: Sequence[Event]) -> list[GroupResult]:
    """The results of groups among events."""
    return [event for event in events if isinstance(event, GroupResult)]


def interchanges(events: Sequence[Event]) -> list[InterchangeResult]:
    """The results of interchanges among events."""
    return [event for event in events if isinstance(event, InterchangeResult)]
