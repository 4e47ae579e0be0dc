"""`gateway documents replay --dry-run`: what a replay would make of documents, and nothing is done."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from gateway.app.memory import open_memory
from gateway.app.words import counted
from gateway.cli.table import as_json, lines, printable
from gateway.errors import UsageError
from gateway.pipeline.verbs import MOST, How, Selection
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.app.rehearsal import Rehearsed

WIDEST = 50
"""Characters of a value in the table; `--json` has all of it."""

LONGEST = 40
"""Fields told of one document in words."""


def run(chosen: Selection, how: How, *, json_: bool) -> None:
    """Say what the replay would change; of many also how many are alike. Raises UsageError."""
    from gateway.app.rehearsal import rehearse

    if not chosen.ids and not chosen.wanted:
        raise UsageError("which documents: ids, or what they are like (partner, set, state ...)")
    with open_memory(Settings()) as memory:
        ids = memory.operator.ids("replay", chosen, How(mode=how.mode, again=True))
        if len(ids) > MOST:
            raise UsageError(f"more than {MOST:,} documents are like that: so many at once, say more exactly which")
        found = rehearse(memory, ids, mode=how.mode)
    if json_:
        for one in found:
            typer.echo(as_json(_plain(one)))
        return
    for one in found:
        for line in _told(one, short=len(found) > 1):
            typer.echo(line)
    if len(found) != 1:
        for line in _summary(found):
            typer.echo(line)
    typer.echo("nothing was done: this was a dry run", err=True)


def _plain(one: "Rehearsed") -> dict[str, object]:
    return {
        "id": one.row.id,
        "alike": one.alike,
        "was": dict(one.was),
        "would_be": dict(one.would_be),
        "fields": [{"field": f.field, "was": f.was, "would_be": f.would_be, "said_by": f.said_by} for f in one.fields],
        "parts": one.parts,
        "why_not": one.why_not,
    }


def _told(one: "Rehearsed", *, short: bool) -> Iterator[str]:
    row = one.row
    yield f"{row.id}: {row.set_id} {printable(row.business_number)} of {row.partner}, {row.state}"
    if one.why_not:
        yield f"  cannot be tried: {printable(one.why_not)}"
        return
    if one.alike:
        yield "  would be the same again"
        return
    if one.parts > 1:
        yield f"  would be {one.parts} documents, of which this is the first"
    for name, was, now in one.facts:
        yield f"  {name}: was {_cut(was) or 'nothing'}, would be {_cut(now) or 'nothing'}"
    most = 5 if short else LONGEST
    table = [(f.field, _cut(f.was), _cut(f.would_be), f.said_by) for f in one.fields[:most]]
    yield from (f"  {line}" for line in lines(("FIELD", "WAS", "WOULD BE", "SAID BY"), table) if table)
    if len(one.fields) > most:
        yield f"  and {counted(len(one.fields) - most, 'field')} more: --json has all"
    if row.state == "delivered" and not short:
        yield f"  our system has it as {printable(row.external_id)}: once more needs --again --reason TEXT"


def _summary(found: "Sequence[Rehearsed]") -> Iterator[str]:
    states = Counter(one.would_be.get("state", "not tried").partition(":")[0] for one in found)
    alike = sum(one.alike for one in found)
    would = ", ".join(f"{number} would be {state}" for state, number in sorted(states.items()))
    yield f"{counted(len(found), 'document')}: {alike} the same again, {len(found) - alike} not" + (
        f"; {would}" if would else ""
    )
    fields = Counter(path for one in found for path in {re.sub(r"\[\d+\]", "[]", f.field) for f in one.fields})
    for path, number in fields.most_common(10):
        yield f"  {path}: otherwise in {counted(number, 'document')}"


def _cut(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 3]}..."
