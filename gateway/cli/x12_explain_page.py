"""`gateway x12 explain --html`: one page that needs nothing but itself, to open, print or send to a partner.

Nothing from a file reaches the page but through `_text`. There is no script, and the page's own policy forbids any.
"""

import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from gateway.cli.table import printable
from gateway.cli.x12_explain_look import Look
from gateway.x12.explained import (
    Advice,
    ElementText,
    GroupClosing,
    GroupOpening,
    InterchangeClosing,
    InterchangeOpening,
    Loose,
    Part,
    Passed,
    SegmentText,
    SetText,
    Step,
    Summary,
    Verdict,
    heaviest,
)
from gateway.x12.findings import Effect

INDEX_LIMIT = 1_000
"""Sets listed at the top of a page; a browser has to hold them all."""

OPEN_SEGMENTS = 300
"""In a set larger than this, loops without findings begin closed."""

_LOOK = Look()
_WORD = {Effect.REJECT: "rejects", Effect.NOTE: "noted", Effect.WARN: "warning"}
_ROW = {Effect.REJECT: "wrong", Effect.NOTE: "noted", Effect.WARN: "noted"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Page:
    """Parts as the body of a page, piece by piece; `head` when they are all there, to be written in front of it."""

    def __init__(self, file: str, *, only_findings: bool = False, agreed: bool = False) -> None:
        # A page is sent to partners: they need the file's name, not where it lay.
        self._file = file.rsplit("/", 1)[-1]
        self._only = only_findings
        self._agreed = agreed
        self._index: list[str] = []
        self._sets = 0
        self._refused = 0
        self._in_card = False

    def head(self) -> str:
        """All that stands before the body: title, style, index of sets."""
        title = _text(self._file)
        style = (files("gateway.cli") / "x12_explain.css").read_text("utf-8")
        told = (
            f"{self._sets} set{'' if self._sets == 1 else 's'}, {self._refused} rejected" if self._sets else "no sets"
        )
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title} explained</title><style>{style}</style></head>\n<body>"
            f'<header><h1>{title}</h1><p class="lede">X12, explained segment by segment: {told}</p></header>\n'
            f"{self._table()}"
        )

    def foot(self) -> str:
        """All that stands behind the body."""
        told = (
            "What is said of acknowledgements is what was agreed with the partner."
            if self._agreed
            else "What is said of acknowledgements holds where no agreement with the partner says otherwise."
        )
        return f"<footer><p>{told}</p></footer></body></html>\n"

    def _table(self) -> str:
        if not self._sets:
            return ""
        hidden = self._sets - len(self._index)
        more = f'<p class="more">and {hidden} sets more, further down</p>' if hidden else ""
        return (
            '<nav class="card index" aria-label="Sets in this file"><table><thead><tr><th>#</th><th>Set</th>'
            "<th>What it is</th><th>Findings</th><th></th></tr></thead>"
            f"<tbody>{''.join(self._index)}</tbody></table>{more}</nav>\n"
            '<label class="switch"><input type="checkbox" id="only"> Show only what something was found in</label>\n'
        )

    def pieces(self, part: Part) -> Iterator[str]:
        """One part of the body."""
        match part:
            case Passed():
                yield from self._passed(part)
            case InterchangeOpening():
                yield from _opening(part, f"Interchange {_text(part.header.control_number)}", _delimiters(part))
            case GroupOpening():
                yield from _opening(part, f"Group {_text(part.header.control_number)}", "")
            case Loose():
                said = f'<p class="sentence">{_text(part.said)}.</p>' if part.said else ""
                yield f'<section class="card">{said}{"".join(_segment(part.segment))}</section>\n'
            case SetText():
                yield from self._set(part)
            case GroupClosing():
                yield from _closing(part, "Group")
            case InterchangeClosing():
                yield from _closing(part, "Interchange")

    def _passed(self, part: Passed) -> Iterator[str]:
        title = f"Not X12: {part.length:,} bytes from byte {part.offset:,}" if part.length else "No X12: it is empty"
        sample = f"<p>Begins with <code>{_text(part.sample[:120])}</code></p>" if part.sample else ""
        yield f'<section class="card"><h2>{title}</h2>{sample}{_advice(part.advice)}</section>\n'

    def _set(self, part: SetText) -> Iterator[str]:
        self._sets += 1
        self._refused += part.verdict.status == "R"
        if len(self._index) < INDEX_LIMIT:
            self._index.append(_listed(part))
        name = f"{_text(part.header.id)} {_text(part.title)}"
        yield (
            f'<article class="card set" id="set-{part.ordinal}"><div class="head"><h2>Set {part.ordinal}: {name}</h2>'
            f"{_pill(part.verdict)}</div>{_summary(part.contents.summary)}{_advice(part.contents.advice)}\n"
        )
        before: tuple[Step, ...] = ()
        for segment in part.contents.segments():
            if self._only and not any(segment.all_advice):
                continue
            yield from _steps(segment.loops, before, part)
            before = segment.loops
            yield from _segment(segment)
        yield "</details>" * len(before)
        yield f"{_verdict(part.verdict, f'Set {_text(part.header.control_number)}')}</article>\n"


def _text(value: str) -> str:
    """Text from a file, safe in a page: control characters escaped, then markup; very long values cut."""
    return escape(_LOOK.shown(value, 2_000))


def _listed(part: SetText) -> str:
    count = f"{part.wrong + part.warnings}" if part.wrong + part.warnings else ""
    name = f"{_text(part.header.id)} {_text(part.title)}"
    return (
        f'<tr><td>{part.ordinal}</td><td><a href="#set-{part.ordinal}">{name}</a></td>'
        f'<td>{_text(part.contents.summary.sentence)}</td><td class="count">{count}</td>'
        f"<td>{_pill(part.verdict)}</td></tr>\n"
    )


def _pill(verdict: Verdict) -> str:
    return f'<span class="pill {verdict.status}">{verdict.word}</span>'


def _summary(summary: Summary, more: str = "") -> str:
    facts = "".join(
        f"<dt>{what}</dt><dd>{'<br>'.join(_text(value) for value in values)}</dd>" for what, values in summary.facts
    )
    told = f'<dl class="facts">{facts}{more}</dl>' if facts or more else ""
    return f'<p class="sentence">{_text(summary.sentence)}</p>{told}'


def _delimiters(part: InterchangeOpening) -> str:
    told = "<br>".join(f"<kbd>{escape(printable(one))}</kbd> {_text(what)}" for one, what in part.delimiters)
    return f"<dt>Delimiters</dt><dd>{told}</dd>"


def _opening(part: InterchangeOpening | GroupOpening, title: str, more: str) -> Iterator[str]:
    found = any(part.segment.all_advice)
    yield (
        f'<section class="card"><h2>{title}</h2>{_summary(part.summary, more)}'
        f'<details class="envelope"{" open" if found else ""}><summary>{part.segment.id}, element by element</summary>'
    )
    yield from _segment(part.segment)
    yield "</details></section>\n"


def _closing(part: GroupClosing | InterchangeClosing, what: str) -> Iterator[str]:
    yield f'<section class="card">{_advice(part.advice)}'
    if part.segment is not None:
        yield from _segment(part.segment)
    yield f"{_verdict(part.verdict, what)}</section>\n"


def _verdict(verdict: Verdict, what: str) -> str:
    return f'<p class="verdict {verdict.status}"><b>{what} {verdict.word}.</b> {_text(verdict.text)}</p>'


def _steps(loops: tuple[Step, ...], before: tuple[Step, ...], part: SetText) -> Iterator[str]:
    """Close the loops that ended, open those that begin."""
    common = 0
    while common < min(len(loops), len(before)) and loops[common] is before[common]:
        common += 1
    yield "</details>" * (len(before) - common)
    for step in loops[common:]:
        troubled = step in part.contents.troubled
        opened = " open" if troubled or part.contents.size <= OPEN_SEGMENTS else ""
        yield (
            f'<details class="loop{" troubled" if troubled else ""}"{opened}><summary><b>{_text(step.name)}</b>'
            f" {_text(step.title)}</summary>\n"
        )


def _segment(segment: SegmentText) -> Iterator[str]:
    troubled = any(segment.all_advice)
    kind = f"segment{' troubled' if troubled else ''}{' absent' if segment.absent else ''}"
    name = f"{_text(segment.name)} is missing here" if segment.absent else _text(segment.name)
    yield (
        f'<div class="{kind}"><div class="line"><span class="position">{segment.position or ""}</span>'
        f'<code class="id">{_text(segment.id)}</code><span class="name">{name}</span>{_raw(segment)}</div>'
        f"{_advice(segment.advice)}"
    )
    if segment.elements:
        yield f'<table class="elements">{"".join(_element(one) for one in segment.elements)}</table>'
    yield "</div>\n"


def _raw(segment: SegmentText) -> str:
    """The segment as it came, with what something was found in marked."""
    if not segment.text:
        return ""
    marked = {element.position for element in segment.elements if _troubled(element)}
    parts = segment.text.split(segment.separator)
    parts += [""] * (max(marked, default=0) + 1 - len(parts))
    told = (f"<mark>{_text(one) or '&nbsp;'}</mark>" if at in marked else _text(one) for at, one in enumerate(parts))
    return f'<code class="raw">{escape(printable(segment.separator)).join(told)}</code>'


def _element(element: ElementText, inner: int = 0) -> str:
    worst = heaviest(element.advice)
    kinds = " ".join(filter(None, ("part" if inner else "", _ROW[worst] if worst is not None else "")))
    number = f"{element.position:02}" if not inner else f"-{element.component}" if element.component else ""
    repeat = f"Repetition {element.repeat}: " if element.repeat and inner == 1 else ""
    row = (
        f'<tr class="{kinds}"><td class="number">{number}</td><td class="what">{repeat}{_text(element.name)}</td>'
        f'<td class="value"><code>{_text(element.value) or "—"}</code></td>'
        f'<td class="means">{_text(element.meaning)}</td></tr>'
    )
    if element.advice:
        row += f'<tr><td></td><td colspan="3">{_advice(element.advice)}</td></tr>'
    return row + "".join(_element(part, inner + 1) for part in element.parts)


def _advice(advice: tuple[Advice, ...]) -> str:
    return "".join(_one(advised) for advised in advice)


def _one(one: Advice) -> str:
    effect = one.finding.effect
    may = f"<p>Allowed: {_text(one.allowed)}.</p>" if one.allowed else ""
    # Whoever reads the page, partner or not: it is about a file that one side sent.
    who = "The sender" if one.who == "partner" else "The receiver"
    remedy = re.sub(r"`([^`]*)`", r"<code>\1</code>", _text(one.remedy))
    do = f'<p class="do">{who}: {remedy}.</p>' if one.remedy else ""
    return (
        f'<div class="advice {effect.value}"><p><span class="code">{_text(one.finding.code)} {_WORD[effect]}</span> '
        f"{_text(one.text)}</p>{may}{do}</div>"
    )


def _troubled(element: ElementText) -> bool:
    return bool(element.advice) or any(_troubled(part) for part in element.parts)
