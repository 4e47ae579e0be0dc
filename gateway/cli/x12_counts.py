"""How `gateway x12 stats` shows a census: tables for people, one object for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from gateway.app.words import counted
from gateway.cli.table import lines, printable
from gateway.x12.census import Census
from gateway.x12.counts import Found, SegmentTimes, SetKind, Sizes
from gateway.x12.guide import load, nearest
from gateway.x12.interchange import Delimiters
from gateway.x12.usage import UsageLine

BUSIEST = 20
"""Segment ids shown to people; machines get all."""

FILES_SHOWN = 100

CODES_SHOWN = 12

_CHARSETS = {
    "basic": "all within the basic set",
    "extended": "all within the extended set",
    "other": "outside the extended set",
}


def counts(census: Census) -> dict[str, object]:
    """Everything as plain values."""
    characters = census.characters()
    told: dict[str, object] = {
        "files": [asdict(one) for one in census.files],
        "interchanges": [{**asdict(relation), **asdict(count)} for relation, count in census.relations.items()],
        "sets": [{**asdict(kind), "name": _title(kind), **_sizes(sizes)} for kind, sizes in census.kinds.items()],
        "segments": [{"segment": name, **asdict(one)} for name, one in _busiest(census)],
        "characters": asdict(characters),
        "findings": [_finding(code, found) for (code, _), found in census.findings.items()],
    }
    if census.usage is not None:
        told["elements"] = [asdict(line) for line in census.usage.lines()]
        told["elements_truncated"] = census.usage.truncated
    return told


def tables(census: Census) -> Iterator[str]:
    """Everything in tables, each under its heading."""
    yield _total(census)
    if len(census.files) > 1:
        yield from _table("files", ("file", "bytes", "interchanges", "sets"), _file_rows(census))
    odd: list[tuple[str, ...]] = [(one.file, one.unreadable) for one in census.files if one.unreadable]
    yield from _table("not X12", ("file", "what"), _cut(odd))
    yield from _table(
        "interchanges", ("sender", "receiver", "version", "usage", "number", "groups", "sets", "delimiters"),
        [
            (one.sender, one.receiver, one.version, one.usage, *_numbers(count.interchanges, count.groups, count.sets),
             shown_delimiters(one.delimiters))
            for one, count in census.relations.items()
        ],
    )  # fmt: skip
    yield from _table(
        "sets", ("set", "name", "version", "group", "from", "to", "number", "accepted", "segments", "bytes"),
        [
            (kind.set, _title(kind), f"{kind.version} {kind.implementation}".rstrip(), kind.functional_id, kind.sender,
             kind.receiver, *_numbers(sizes.sets, sizes.accepted), _range(sizes.fewest, sizes.most),
             _range(sizes.smallest, sizes.largest))
            for kind, sizes in sorted(census.kinds.items(), key=lambda item: (item[0].set, item[0].version))
        ],
    )  # fmt: skip
    busiest = [(name, one.name, *_numbers(one.times, one.sets)) for name, one in _busiest(census)]
    heading = "segments" if len(busiest) <= BUSIEST else f"busiest segments, {BUSIEST} of {len(busiest)}"
    yield from _table(heading, ("segment", "name", "times", "in sets"), busiest[:BUSIEST])
    yield from _table(
        "findings", ("code", "effect", "times", "first in", "at", "what"),
        [
            (code, found.first.effect.value, str(found.times), found.file, _place(found), found.first.message)
            for (code, _), found in sorted(census.findings.items(), key=lambda item: -item[1].times)
        ],
    )  # fmt: skip
    yield from _characters(census)
    if census.usage is not None:
        yield from _elements(census)


def shown_delimiters(delimiters: Delimiters) -> str:
    """The four as they are typed after `x12 rewrite --delimiters`."""
    found = (delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition)
    return "".join(one if one.isprintable() else f"\\x{ord(one):02X}" for one in found)


def _total(census: Census) -> str:
    relations, kinds = census.relations.values(), census.kinds.values()
    return (
        f"{counted(len(census.files), 'file')}, {sum(one.bytes for one in census.files):,} bytes: "
        f"{counted(sum(one.interchanges for one in relations), 'interchange')}, "
        f"{counted(sum(one.groups for one in relations), 'group')}, {counted(sum(one.sets for one in kinds), 'set')}, "
        f"{counted(sum(one.segments for one in kinds), 'segment')} in sets"
    )


def _table(heading: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield heading
    yield from (f"  {line}" for line in lines(headers, rows))


def _file_rows(census: Census) -> list[tuple[str, ...]]:
    return _cut(
        [
            (
                one.file,
                *_numbers(one.bytes, one.interchanges),
                ", ".join(f"{n} x {name}" for name, n in one.sets.items()),
            )
            for one in census.files
            if one.interchanges
        ]
    )


def _cut(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """As many rows as somebody would read."""
    more = len(rows) - FILES_SHOWN
    return [*rows[:FILES_SHOWN], (f"and {more:,} more", *[""] * (len(rows[0]) - 1))] if more > 0 else rows


def _busiest(census: Census) -> list[tuple[str, SegmentTimes]]:
    return sorted(census.segments.items(), key=lambda item: (-item[1].times, item[0]))


def _title(kind: SetKind) -> str:
    release = nearest(kind.version)
    guide = load(kind.set, release.id) if release is not None else None
    return guide.title if guide is not None else ""


def _sizes(sizes: Sizes) -> dict[str, int]:
    """Sizes as they are told: no extremes of nothing."""
    told = asdict(sizes)
    if not sizes.sets:
        told["smallest"] = 0
    if not sizes.segments:
        told["fewest"] = 0
    return told


def _numbers(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number:,}" for number in numbers)


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low >= high else f"{low:,} to {high:,}"


def _place(found: Found) -> str:
    first = found.first
    element = f"{first.element:02}" if first.element else ""
    where = f"segment {first.position} {first.segment}{element}" if first.segment and first.position else ""
    return " ".join(filter(None, (found.interchange, where)))


def _finding(code: str, found: Found) -> dict[str, object]:
    first = {**asdict(found.first), "effect": found.first.effect.value}
    return {
        "code": code,
        "effect": found.first.effect.value,
        "times": found.times,
        "file": found.file,
        "interchange": found.interchange,
        "first": first,
    }


def _characters(census: Census) -> Iterator[str]:
    if not census.relations:
        return
    found = census.characters()
    yield ""
    outside = f": {printable(found.outside)}" if found.outside else ""
    yield f"characters of data: {_CHARSETS[found.charset]}{outside}"
    free = " ".join(one if one.isprintable() else f"\\x{ord(one):02X}" for one in found.free)
    yield f"in no data, so free as delimiters: {free}"


def _elements(census: Census) -> Iterator[str]:
    assert census.usage is not None  # noqa: S101  # asked before
    before = ("", "")
    place = ("", "")
    for line in census.usage.lines():
        if before != (line.set, line.version):
            before, place = (line.set, line.version), ("", "")
            yield ""
            yield printable(f"{line.set} {line.version}: what is used in {counted(_total_of(census, line), 'set')}")
        if line.element == 0:
            if place[0] != line.loop and line.loop:
                yield printable(f"  loop {line.loop}")
            place = (line.loop, line.segment)
            indent = "    " if line.loop else "  "
            yield printable(f"{indent}{line.segment} {line.name}".rstrip()) + f": {_often(line, census)}"
        else:
            yield ("      " if line.loop else "    ") + printable(_element(line))
    if census.usage.truncated:
        yield "there are more places than are kept: the rest is not counted"


def _total_of(census: Census, line: UsageLine) -> int:
    return census.usage.total(line.set, line.version) if census.usage is not None else 0


def _often(line: UsageLine, census: Census) -> str:
    total = _total_of(census, line)
    sets = "in every set" if line.sets == total else f"in {line.sets:,} of {counted(total, 'set')}"
    return f"{counted(line.times, 'time')}, {sets}"


def _element(line: UsageLine) -> str:
    """ "PO106 Kind of product number: 12 times, length 2: BP (8), UP (4)"."""
    component = f"-{line.component}" if line.component else ""
    label = f"{line.segment}{line.element:02}{component} {line.name}".rstrip()
    head = f"{label}: {counted(line.times, 'time')}, length {_range(line.shortest, line.longest)}"
    if line.values:
        codes = [f"{code} ({times:,})" for code, times in line.values.items()]
        rest = f", {len(codes) - CODES_SHOWN} more" if len(codes) > CODES_SHOWN else ""
        return f"{head}: {', '.join(codes[:CODES_SHOWN])}{rest}"
    many = "more than " if line.more else ""
    return f'{head}, {many}{line.different:,} different, like "{line.example}"'
