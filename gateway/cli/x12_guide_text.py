"""A guide as plain text: one line per segment and element, loops indented, what a partner asks for marked with `!`."""

import textwrap
from collections.abc import Iterable, Iterator

from gateway.cli.x12_guide_parts import narrowed_codes
from gateway.x12.sheet import Case, Code, ElementRow, LoopRow, Row, SegmentRow, Sheet

WIDTH = 110
CODES_SHOWN = 10
"""Codes of a list that nobody narrowed; the page and --json have all of them."""

REQUIREMENTS = {"must": "must", "may": "may", "depends": "depends", "not used": "NOT USED"}


def lines(sheet: Sheet) -> Iterator[str]:
    """The whole guide. A code list that nobody narrowed is shown where it comes first."""
    return _Lines().all(sheet)


class _Lines:
    """One guide; remembers where each code list was shown first."""

    def __init__(self) -> None:
        self._first: dict[tuple[Code, ...], str] = {}

    def all(self, sheet: Sheet) -> Iterator[str]:
        """The whole guide."""
        whose = f", as {sheet.partner} uses it" if sheet.partner else ""
        yield f"{sheet.set_id} {sheet.title}, X12 {sheet.release}{whose}"
        yield f"In a group of kind {sheet.group} (GS01)."
        if sheet.guide:
            yield f"Guide {sheet.guide}" + (f", after {sheet.document}" if sheet.document else "")
            yield from _wrapped(sheet.text, 0)
            yield "Lines with ! say what is asked for beyond the standard."
        yield ""
        yield from self._rows(sheet.rows, 0)

    def _rows(self, rows: Iterable[Row], depth: int) -> Iterator[str]:
        for row in rows:
            yield from self._loop(row, depth) if isinstance(row, LoopRow) else self._segment(row, depth)

    def _loop(self, row: LoopRow, depth: int) -> Iterator[str]:
        indent = "  " * depth
        yield f"{indent}{_mark(row.changed)}loop {row.id}: {row.name}, {_how_often(row.requirement, row.maximum)}"
        yield from self._remarks(_untold(row.demands), row.text, "", row.severity, depth + 2)
        yield from self._cases(row.cases, depth + 2)
        yield from self._rows(row.children, depth + 1)

    def _segment(self, row: SegmentRow, depth: int) -> Iterator[str]:
        indent = "  " * depth
        how = _how_often(row.requirement, row.maximum)
        yield f"{indent}{_mark(row.changed)}{row.id:<4}{row.name}, {how}"
        yield from self._remarks(_untold(row.demands), row.text, row.example, row.severity, depth + 2)
        if row.requirement == "not used":
            return
        for element in row.elements:
            yield from self._element(element, depth + 2)
            for part in element.components:
                yield from self._element(part, depth + 3)
        for note in row.notes:
            yield f"{'  ' * (depth + 2)}{note}"
        yield from self._cases(row.cases, depth + 2)
        yield ""

    def _element(self, row: ElementRow, depth: int) -> Iterator[str]:
        indent = "  " * depth
        often = f", up to {row.repeat} times" if row.repeat > 1 else ""
        kind = f"{row.kind:<2} {row.lengths}".rstrip()
        about = f"{row.place:<8}{row.number:<5} {row.name}"
        yield f"{indent}{_mark(row.changed)}{about:<50} {kind:<11} {REQUIREMENTS[row.requirement]}{often}".rstrip()
        if row.requirement == "not used":
            yield from self._remarks((), row.text, "", row.severity, depth + 2)
            return
        if row.codes:
            yield from self._codes(row, row.codes, depth + 2, whole=narrowed_codes(row))
        yield from self._remarks(_untold(row.demands), row.text, row.example, row.severity, depth + 2)

    def _codes(self, row: ElementRow, codes: tuple[Code, ...], depth: int, *, whole: bool) -> Iterator[str]:
        shown, first = codes, self._first.setdefault(codes, row.place)
        if first != row.place and len(codes) > 2:
            yield from _wrapped(f"codes as in {first}", depth)
            return
        if not whole and len(codes) > CODES_SHOWN:
            # Codes we have words for are the ones in use.
            shown = tuple([code for code in codes if code.meaning][:CODES_SHOWN]) or codes[:CODES_SHOWN]
        said = "; ".join(f"{code.code} {code.meaning}".strip() for code in shown)
        rest = len(codes) - len(shown)
        yield from _wrapped(f"{said}; and {rest} more" if rest else said, depth)

    def _cases(self, cases: Iterable[Case], depth: int) -> Iterator[str]:
        for case in cases:
            yield f"{'  ' * depth}! {case.title}"
            for demand in case.demands:
                said = f"{demand.of}: {', '.join(demand.demands)}" if demand.demands else demand.of
                yield from _wrapped(said + _effect(demand.severity), depth + 2)
                yield from self._remarks((), demand.text, demand.example, "", depth + 3)

    def _remarks(self, demands: tuple[str, ...], text: str, example: str, severity: str, depth: int) -> Iterator[str]:
        if demands:
            yield from _wrapped(", ".join(demands) + _effect(severity), depth)
        if text:
            yield from _wrapped(text, depth)
        if example:
            yield f"{'  ' * depth}for example {example}"


def _untold(demands: tuple[str, ...]) -> tuple[str, ...]:
    """What the line itself and the codes below it do not say already."""
    told = ("always ", "one of ", "must be sent", "is not used", "at most")
    return tuple(one for one in demands if not one.startswith(told) or "characters" in one)


def _effect(severity: str) -> str:
    return {"note": " (noted, not refused)", "warn": " (only a warning)"}.get(severity, "")


def _how_often(requirement: str, maximum: int | None) -> str:
    if requirement == "not used":
        return "NOT USED"
    times = "any number" if maximum is None else "once" if maximum == 1 else f"up to {maximum} times"
    return f"{requirement}, {times}"


def _mark(changed: bool) -> str:
    return "! " if changed else "  "


def _wrapped(text: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    yield from textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
