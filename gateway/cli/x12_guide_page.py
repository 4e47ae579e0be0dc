"""A guide as one page that needs nothing but itself: to send to a partner, to read without knowing EDI, to print.

Nothing reaches the page but through `_text`. There is no script, and the page's own policy forbids any.
"""

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from gateway.cli.x12_guide_parts import asked_for, code_lists, inline_codes, narrowed_codes
from gateway.x12.sheet import Case, Code, Demand, ElementRow, LoopRow, Row, SegmentRow, Sheet

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_PILLS = {"must": "must", "may": "", "depends": "", "not used": "never"}
_HOW_TO_READ = """<h2>How to read this</h2>
<div class="card reading">
<p>A document is a list of <b>segments</b>, one piece of information each. A segment begins with its name; its
<b>elements</b> follow, with a separator before each and a terminator at the end:</p>
<code class="sample">REF*DP*TOYS~</code>
<p>Here <code>REF</code> is a reference number, <code>REF01</code> says of which kind (<code>DP</code>, a department),
and <code>REF02</code> is the number. Segments come in the order below; a <b>loop</b> is a run of segments that repeats
as a whole, like an order line.</p>
<p><span class="pill must">must</span> always there &ensp; <span class="pill">may</span> there or not &ensp;
<span class="pill">depends</span> on other elements, as a note says &ensp;
<span class="pill never">not used</span> left out</p>
<p>Types: <b>ID</b> a code, <b>AN</b> text, <b>N0</b> a whole number, <b>N2</b> a number whose last two digits are
decimals, <b>R</b> a number with a point, <b>DT</b> a date, <b>TM</b> a time; behind it the length in characters.</p>
</div>
"""
_EFFECTS = {"reject": "refused otherwise", "note": "noted otherwise", "warn": "a warning otherwise"}


def page(sheet: Sheet) -> str:
    """The whole page."""
    style = (files("gateway.cli") / "x12_guide.css").read_text("utf-8")
    title = f"{sheet.title} ({sheet.set_id}), X12 {sheet.release}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}{_text(f' for {sheet.partner}' if sheet.partner else '')}</title>"
        f"<style>{style}</style></head>\n<body>\n{''.join(_body(sheet))}</body></html>\n"
    )


def _body(sheet: Sheet) -> Iterator[str]:
    yield from _head(sheet)
    yield _HOW_TO_READ
    yield from _asks(sheet)
    yield "<h2>At a glance</h2>\n"
    yield '<div class="card"><table class="glance">' + "".join(_glance(sheet.rows, 0, "")) + "</table></div>\n"
    yield "<h2>Segment by segment</h2>\n"
    yield from _rows(sheet.rows, "")
    yield from _lists(sheet)
    yield "<footer><p>Names and meanings are short words of our own; X12 itself defines "
    yield "segments, elements and codes.</p></footer>\n"


def _head(sheet: Sheet) -> Iterator[str]:
    yield '<header><div class="eyebrow">Implementation guide</div>'
    yield f"<h1>{_text(sheet.title)} <span>{_text(sheet.set_id)}</span></h1>"
    if sheet.text:
        yield f'<p class="lede">{_text(sheet.text)}</p>'
    facts = [("X12 release", _text(sheet.release)), ("Group (GS01)", _text(sheet.group))]
    if sheet.partner:
        facts.insert(0, ("As used by", _text(sheet.partner)))
    if sheet.guide:
        facts.append(("Version of this guide", _text(sheet.guide)))
    if sheet.document:
        link = f'<a href="{_text(sheet.document)}" rel="noreferrer">{_text(sheet.document)}</a>'
        facts.append(("The partner's own document", link))
    yield '<dl class="facts">' + "".join(f"<div><dt>{what}</dt><dd>{value}</dd></div>" for what, value in facts)
    yield "</dl></header>\n"


def _asks(sheet: Sheet) -> Iterator[str]:
    """All that goes beyond the standard, on one page: what a reader has to change first."""
    asked = asked_for(sheet)
    if not asked:
        return
    yield f"<h2>What {_text(sheet.partner)} asks for beyond the standard</h2>\n"
    yield '<div class="card"><table class="asks"><tr><th>Where</th><th>What</th><th></th></tr>'
    for place, about, demand in asked:
        said = "; ".join(demand.demands)
        effect = f'<span class="often">{_EFFECTS[demand.severity]}</span>' if said else ""
        yield f"<tr><td>{_text(place)}<small>{_text(about)}</small></td><td>"
        yield (f'<span class="says">{_text(said)}</span>' if said else "") + "".join(
            _words(demand.text, demand.example)
        )
        yield f"</td><td>{effect}</td></tr>"
    yield "</table></div>\n"


def _glance(rows: Iterable[Row], depth: int, path: str) -> Iterator[str]:
    for row in rows:
        pad = f' style="padding-left:{depth * 1.4:.1f}rem"' if depth else ""
        unused = ' class="unused"' if row.requirement == "not used" else ""
        if isinstance(row, LoopRow):
            yield f'<tr class="band"><td{pad}>Loop {_text(row.id)}</td><td>{_text(row.name)}</td>'
            yield f'<td>{_pill(row.requirement, row.changed)}</td><td class="often">{_often(row.maximum)}</td></tr>'
            yield from _glance(row.children, depth + 1, f"{path}{row.id}-")
        else:
            link = f'<a class="id" href="#{_text(path + row.id)}">{_text(row.id)}</a>'
            yield f"<tr{unused}><td{pad}>{link}</td><td>{_text(row.name)}</td>"
            yield f'<td>{_pill(row.requirement, row.changed)}</td><td class="often">{_often(row.maximum)}</td></tr>\n'


def _rows(rows: Iterable[Row], path: str) -> Iterator[str]:
    for row in rows:
        yield from _loop(row, path) if isinstance(row, LoopRow) else _segment(row, path)


def _loop(row: LoopRow, path: str) -> Iterator[str]:
    yield f'<section class="loop"><h3><span class="often">Loop</span> <span class="id">{_text(row.id)}</span>'
    yield _text(row.name)
    yield f'{_pill(row.requirement, row.changed)}<span class="often">{_often(row.maximum)}</span></h3>'
    yield from _remarks(row.demands, row.text, "", row.severity)
    yield from _cases(row.cases)
    yield from _rows(row.children, f"{path}{row.id}-")
    yield "</section>\n"


def _segment(row: SegmentRow, path: str) -> Iterator[str]:
    """Open where it has to be there or something is asked for; the rest unfolds."""
    asked = row.changed or bool(row.cases) or any(one.changed for one in _with_parts(row.elements))
    open_ = " open" if asked or row.requirement == "must" else ""
    yield f'<details class="card segment"{open_}><summary><h3>'
    yield f'<span class="id">{_text(row.id)}</span>'
    yield f"{_text(row.name)}{_pill(row.requirement, row.changed)}"
    yield f'<span class="often">{_often(row.maximum)}</span></h3></summary>'
    # A browser unfolds what holds the target of a link.
    yield f'<a class="target" id="{_text(path + row.id)}"></a>'
    yield from _remarks(row.demands, row.text, row.example, row.severity)
    if row.requirement != "not used":
        yield "<table><tr><th>Element</th><th>What it holds</th><th class='kind'>Type, length</th><th>Needed</th></tr>"
        for element in row.elements:
            yield from _element(element, part=False)
            for component in element.components:
                yield from _element(component, part=True)
        yield "</table>"
    if row.notes:
        yield '<ul class="notes">' + "".join(f"<li>{_text(note)}</li>" for note in row.notes) + "</ul>"
    yield from _cases(row.cases)
    yield "</details>\n"


def _element(row: ElementRow, *, part: bool) -> Iterator[str]:
    kinds = [name for name, there in (("part", part), ("asked", row.changed)) if there]
    kinds += ["unused"] if row.requirement == "not used" else []
    often = f"<p>comes up to {row.repeat} times</p>" if row.repeat > 1 else ""
    yield f'<tr class="{" ".join(kinds)}"><td class="place">{_text(row.place)}<small>{_text(row.number)}</small></td>'
    yield f'<td class="what"><b>{_text(row.name)}</b>{often}'
    yield from _remarks(row.demands, row.text, row.example, row.severity)
    if row.codes and row.requirement != "not used" and not narrowed_codes(row):
        yield _codes_of(row)
    yield f'</td><td class="kind">{_text(f"{row.kind} {row.lengths}".strip())}</td>'
    yield f'<td class="need">{_pill(row.requirement, False)}</td></tr>\n'


def _codes_of(row: ElementRow) -> str:
    codes = row.codes or ()
    if inline_codes(row):
        return f'<ul class="codes">{_items(codes)}</ul>'
    return f'<p><a href="#list-{_text(row.number)}">one of {len(codes)} codes</a></p>'


def _items(codes: Iterable[Code]) -> str:
    return "".join(f"<li><b>{_text(one.code)}</b> {_text(one.meaning)}</li>" for one in codes)


def _cases(cases: Iterable[Case]) -> Iterator[str]:
    for case in cases:
        yield f'<div class="case"><b>{_text(case.title)}</b><ul>'
        for demand in case.demands:
            yield f"<li>{_text(demand.of)}{': ' if demand.demands else ''}" + _said(demand)
            yield "".join(_words(demand.text, demand.example)) + "</li>"
        yield "</ul></div>"


def _said(demand: Demand) -> str:
    return f'<span class="says">{_text("; ".join(demand.demands))}</span>' if demand.demands else ""


def _remarks(demands: tuple[str, ...], text: str, example: str, severity: str) -> Iterator[str]:
    if demands:
        effect = f' <span class="often">({_EFFECTS[severity]})</span>' if severity in _EFFECTS else ""
        yield f'<p class="says">{_text("; ".join(demands))}{effect}</p>'
    yield from _words(text, example)


def _words(text: str, example: str) -> Iterator[str]:
    if text:
        yield f"<p>{_text(text[:1].upper() + text[1:])}</p>"
    if example:
        yield f"<p>For example <code>{_text(example)}</code></p>"


def _lists(sheet: Sheet) -> Iterator[str]:
    """The long code lists, each once."""
    lists = code_lists(sheet)
    if not lists:
        return
    yield "<h2>Code lists</h2>\n"
    for number, (name, codes) in lists.items():
        told, rest = [one for one in codes if one.meaning], [one.code for one in codes if not one.meaning]
        yield f'<details class="card"><summary><b>{_text(name)}</b> '
        yield f'<span class="often">element {_text(number)}, {len(codes)} codes</span></summary>'
        yield f'<a class="target" id="list-{_text(number)}"></a><ul class="codes columns">{_items(told)}</ul>'
        if rest:
            yield f'<p class="rest">Without words of ours: {_text(" ".join(rest))}</p>'
        yield "</details>\n"


def _with_parts(elements: Iterable[ElementRow]) -> Iterator[ElementRow]:
    for element in elements:
        yield element
        yield from element.components


def _pill(requirement: str, changed: bool) -> str:
    asked = " asked" if changed and requirement == "must" else ""
    return f'<span class="pill {_PILLS[requirement]}{asked}">{_text(requirement)}</span>'


def _often(maximum: int | None) -> str:
    return "any number of times" if maximum is None else "once" if maximum == 1 else f"up to {maximum:,} times"


def _text(text: str) -> str:
    """Text of a guide as HTML."""
    return escape(text, quote=True)
