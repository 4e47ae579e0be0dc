"""`gateway crossref`: what partners call things: looked at, added, loaded from a file, retired, and what is missing."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from gateway.app.memory import open_memory
from gateway.app.partner_days import partner_days
from gateway.cli.actor import actor
from gateway.cli.table import as_json, lines
from gateway.crossref.factors import NotAFactor, factor_text, read_factor
from gateway.crossref.rows import ANY, Row, faults_of
from gateway.crossref.sheet import MAXIMUM_BYTES, NotADate, Sheet, read_date, read_sheet, unknown_partner
from gateway.errors import NotInOrder, UsageError
from gateway.settings import Settings
from gateway.store.crossref import Done, Refused

app = typer.Typer(
    help="What partners call things: list, add, load, retire, and what documents wait for.", no_args_is_help=True
)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")]
Partner = Annotated[str, typer.Option(metavar="NAME", help="Only this partner's; * is the rows of all.")]
Table = Annotated[str, typer.Option(metavar="NAME", help="Only this table: sku, location, partner_code, unit ...")]
MOST_LATE = 5
"""Sentences about documents that came before their row begins: a list of hundreds helps nobody."""

Actor = Annotated[str, typer.Option("--actor", metavar="NAME", help="Who; by default the operating system's user.")]


@app.command("list")
def list_rows(
    partner: Partner = "",
    table: Table = "",
    value: Annotated[str, typer.Option(metavar="TEXT", help="Only rows with this value, theirs or ours.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Retired rows too.")] = False,
    limit: Limit = 50,
    json_: AsJson = False,
) -> None:
    """Rows in use, the newest first.

    Example: gateway crossref list --partner acme --table sku
    """
    with open_memory(Settings()) as memory:
        rows = memory.crossref.rows(partner=partner, table=table, value=value, retired=all_, limit=limit)
    if json_:
        for row, told in rows:
            typer.echo(as_json(_plain(row, told)))
        return
    headers = ("row", "partner", "table", "theirs", "ours", "item", "factor", "holds", "written", "note", "by")
    _table(headers, [_cells(row, told) for row, told in rows], "no rows are like that")


@app.command()
def add(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="sku, location, partner_code, unit, or your own.")],
    theirs: Annotated[str, typer.Argument(metavar="THEIRS", help="What the partner calls it.")],
    ours: Annotated[str, typer.Argument(metavar="OURS", help="What we call it.")],
    partner: Annotated[str, typer.Option(metavar="NAME", help="Whose word it is; '*' is everybody's.")],
    item: Annotated[str, typer.Option(metavar="OURS", help="Only for this article of ours.")] = ANY,
    factor: Annotated[str, typer.Option(metavar="N", help="Units: theirs x N = ours; 12, 0.4536 or 1/12.")] = "",
    valid_from: Annotated[str, typer.Option("--from", metavar="DAY", help="First day it holds, 2026-03-01.")] = "",
    valid_to: Annotated[str, typer.Option("--to", metavar="DAY", help="First day it no longer holds.")] = "",
    preferred: Annotated[bool, typer.Option(help="Of several of theirs for one of ours, the one we write.")] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", help="For people: why.")] = "",
    owner: Annotated[str, typer.Option(metavar="TEXT", help="For people: who is asked about it.")] = "",
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Add one row. Documents that waited for nothing else go on by themselves.

    Example: gateway crossref add sku AB-100 HP-7710 --partner acme
    """
    try:
        row = Row(
            partner=partner,
            table=table,
            theirs=theirs.strip(),
            ours=ours.strip(),
            item=item.strip(),
            factor=read_factor(factor) if factor else None,
            valid_from=read_date(valid_from),
            valid_to=read_date(valid_to),
            preferred=preferred,
            note=note,
            owner=owner,
        )
    except (NotAFactor, NotADate) as wrong:
        raise UsageError(str(wrong)) from None
    if faults := list(faults_of(row)):
        raise UsageError("; ".join(faults))
    with open_memory(Settings()) as memory:
        days = partner_days(memory)
        if days.names and partner not in (*days.names, ANY):
            raise UsageError(unknown_partner(partner, days.names))
        done = memory.crossref.add([row], who=actor(who), days=days.day)
    _say(done, "it is there already" if done.present else f"row {', '.join(map(str, done.added))} added", json_)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns named in the first line; - is stdin.")],
    check: Annotated[bool, typer.Option("--check", help="Only look; nothing is added.")] = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Add the rows of a CSV file, all or none. Rows that are there already are left alone.

    Columns: partner, table, theirs, ours; and item, factor, valid_from, valid_to, preferred, note, owner where needed.

    Example: gateway crossref load articles.csv
    """
    name = actor(who)
    data = _bytes(file)
    with open_memory(Settings()) as memory:
        days = partner_days(memory)
        sheet = read_sheet(str(file), data, partners=days.names)
        if sheet.mistakes:
            raise NotInOrder(_listed([str(mistake) for mistake in sheet.mistakes]))
        try:
            done = memory.crossref.add(
                sheet.rows,
                who=name,
                days=days.day,
                named=lambda at: f"{file}:{sheet.lines[at]}",
                only_look=check,
            )
        except Refused as refused:
            told = [f"{file}:{sheet.lines[fault.index]}: {fault.sentence}" for fault in refused.faults]
            raise NotInOrder(_listed(told)) from None
    _say(done, _loaded(sheet, done, check=check), json_)


@app.command()
def unmapped(partner: Partner = "", table: Table = "", limit: Limit = 50, json_: AsJson = False) -> None:
    """Values that no row knows and held documents wait for, those that most wait for first.

    Example: gateway crossref unmapped --partner acme
    """
    with open_memory(Settings()) as memory:
        days = partner_days(memory).day
        found = memory.crossref.missing(partner=partner, table=table, limit=limit, days=days)
    if json_:
        for one in found:
            typer.echo(as_json(one))
        return
    headers = ("partner", "table", "value", "item", "direction", "documents", "first seen", "last seen")
    moment = "%Y-%m-%d %H:%M"
    cells = [
        (
            one.partner,
            one.table,
            one.value,
            one.item,
            one.direction,
            str(one.documents),
            one.first_seen.strftime(moment),
            one.last_seen.strftime(moment),
        )
        for one in found
    ]
    _table(headers, cells, "no document waits for a value")
    for one in found:
        if one.late:
            typer.echo(f"{one.partner} {one.table} '{one.value}': {one.late}", err=True)


@app.command()
def retire(
    number: Annotated[int, typer.Argument(metavar="ROW", help="The row's number, as `list` shows it.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the row.")],
    until: Annotated[str, typer.Option(metavar="DAY", help="It holds before this day still.")] = "",
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Take a row out of use. It stays, for replays of what it was used for.

    Example: gateway crossref retire 17 --reason "packed by ten" --until 2026-03-01
    """
    try:
        day = read_date(until)
    except NotADate as wrong:
        raise UsageError(f"--until: {wrong}") from None
    with open_memory(Settings()) as memory:
        days = partner_days(memory).day
        row, done = memory.crossref.retire(number, reason=reason, who=actor(who), until=day, days=days)
    said = f"{row.table} '{row.theirs}' of {row.partner} is '{row.ours}'"
    words = f"row {number} holds until before {day}: {said}" if day else f"row {number} is retired: {said}"
    _say(done, words, json_)


def _bytes(file: Path) -> bytes:
    """Of a file, or of stdin; no more than what tells that it is too large."""
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MAXIMUM_BYTES + 1)
        with file.open("rb") as opened:
            return opened.read(MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"{file}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None


def _listed(mistakes: Sequence[str]) -> str:
    shown = "\n".join(mistakes[:100])
    more = f"\nand {len(mistakes) - 100} more" if len(mistakes) > 100 else ""
    return f"nothing is loaded:\n{shown}{more}"


def _loaded(sheet: Sheet, done: Done, *, check: bool) -> str:
    there = f"; {done.present} there already" if done.present else ""
    if check:
        return f"{_many(len(sheet.rows) - done.present, 'row')} could be added{there}"
    return f"{_many(len(done.added), 'row')} added{there}"


def _say(done: Done, words: str, json_: bool) -> None:
    if json_:
        typer.echo(as_json({"done": words, **_counts(done)}))
        return
    typer.echo(words)
    for sentence in (*done.unsettled, *done.late[:MOST_LATE]):
        typer.echo(sentence, err=True)
    if len(done.late) > MOST_LATE:
        typer.echo("more came before their row begins: gateway crossref unmapped", err=True)
    if done.replayed:
        shown = ", ".join(done.replayed[:5]) + (" ..." if len(done.replayed) > 5 else "")
        typer.echo(f"{_many(len(done.replayed), 'document')} put back on the road: {shown}")
    if done.waiting:
        typer.echo(f"{_many(done.waiting, 'document')} still waiting for values: gateway crossref unmapped")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _counts(done: Done) -> Mapping[str, object]:
    return {
        "added": done.added,
        "present": done.present,
        "replayed": done.replayed,
        "waiting": done.waiting,
        "unsettled": done.unsettled,
        "late": done.late,
    }


def _plain(row: Row, told: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "number": row.number,
        "partner": row.partner,
        "table": row.table,
        "theirs": row.theirs,
        "ours": row.ours,
        "item": row.item,
        "factor": factor_text(row.factor) if row.factor is not None else None,
        "valid_from": _day(row.valid_from),
        "valid_to": _day(row.valid_to),
        "preferred": row.preferred,
        "note": row.note,
        "owner": row.owner,
        "recorded_at": row.recorded_at,
        "recorded_by": row.recorded_by,
        "retired_at": row.retired_at,
        "retired_by": told["by"],
        "retired_why": told["why"],
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _cells(row: Row, told: Mapping[str, str]) -> tuple[str, ...]:
    gone = f"retired {row.retired_at:%Y-%m-%d} by {told['by']}: {told['why']}" if row.retired_at else ""
    return (
        str(row.number),
        row.partner,
        row.table,
        row.theirs,
        row.ours,
        "" if row.item == ANY else row.item,
        "" if row.factor is None else factor_text(row.factor),
        row.period,
        "preferred" if row.preferred else "",
        gone or row.note,
        row.recorded_by,
    )


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    if not rows:
        typer.echo(nothing, err=True)
        return
    for line in lines(headers, rows):
        typer.echo(line)
