"""`gateway report`: what partners refused or noted, we of theirs, how partners fare, and a month as a file to keep."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.app.memory import open_memory, utc_now
from gateway.app.report_days import Months, Weeks, span
from gateway.app.reporting import Reporting
from gateway.app.words import counted
from gateway.cli.actor import actor
from gateway.cli.formats import Format, none_found, shown
from gateway.cli.report_words import amount, cards, exposed, money, refusals
from gateway.cli.table import as_json
from gateway.cli.unmatched import unmatched
from gateway.errors import UsageError
from gateway.pipeline.owed import Wanted
from gateway.pipeline.reporting import MOST, Asked, Refusal, sheet, sums, trend, trend_sheet
from gateway.pipeline.reporting_exposure import SETS
from gateway.pipeline.reporting_exposure import sheet as exposure_sheet
from gateway.pipeline.reporting_scorecard import Meant
from gateway.pipeline.reporting_scorecard import sheet as scorecard_sheet
from gateway.pipeline.sheet import Sheet
from gateway.settings import Settings

app = typer.Typer(
    help="What was refused and why, what partners noted, how they fare; a month to file.", no_args_is_help=True
)

app.command()(unmatched)

Partner = Annotated[str, typer.Option(help="Only this partner's.")]
Set = Annotated[str, typer.Option("--set", metavar="SET", help="Only this set, like 810.")]
From = Annotated[str, typer.Option("--from", metavar="DAY", help="From this day on; else the last 30 days.")]
To = Annotated[str, typer.Option("--to", metavar="DAY", help="Up to this day, it included.")]
Usage = Annotated[Literal["P", "T"], typer.Option(help="P production, T tests (ISA15).")]
Form = Annotated[Format, typer.Option("--format", help="table, json or csv.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
Limit = Annotated[int, typer.Option(min=1, max=MOST, help="At most so many, the newest first.")]


@app.command()
def rejected(
    partner: Partner = "",
    set_: Set = "",
    from_: From = "",
    to: To = "",
    usage: Usage = "P",
    only_open: Annotated[bool, typer.Option("--open", help="Only what nobody corrected or waived.")] = False,
    limit: Limit = 100,
    format_: Form = "table",
    json_: AsJson = False,
) -> None:
    """What partners refused of ours: where, what we sent there, who wrote it, what to do, and the money on it.

    Exit 1 when something of it is open: neither corrected nor waived.

    Example: gateway report rejected --set 810 --open --format csv
    """
    with open_memory(Settings()) as memory:
        reporting = Reporting(memory)
        asked = replace(_asked(reporting, partner, set_, from_, to, usage), open=only_open)
        found = reporting.refusals.refused(asked, limit=limit)
    _print(found, "json" if json_ else format_)
    if format_ == "table" and not json_:
        well = f"nothing was refused{' and is open' if only_open else ''} in these days"
        none = none_found(well, partner, set_, usage == "T")
        typer.echo(_summary(found, "refused", full=len(found) == limit) if found else none)
    if any(one.standing == "open" for one in found):
        raise typer.Exit(1)


@app.command()
def noted(
    partner: Partner = "",
    set_: Set = "",
    from_: From = "",
    to: To = "",
    usage: Usage = "P",
    theirs: Annotated[
        bool, typer.Option("--theirs", help="What we noted or refused of theirs, not they of ours.")
    ] = False,
    by: Annotated[
        Literal["", "week", "month"], typer.Option("--by", help="How often each code came by week or month.")
    ] = "",
    limit: Limit = 100,
    format_: Form = "table",
    json_: AsJson = False,
) -> None:
    """What partners use of ours, and found something wrong with: it may be a refusal next time.

    With --by, each code by week or month: one that comes up says that a partner changed its guide.

    Example: gateway report noted --by week --partner acme
    """
    form: Format = "json" if json_ else format_
    with open_memory(Settings()) as memory:
        reporting = Reporting(memory)
        asked = _asked(reporting, partner, set_, from_, to, usage)
        what = "refused or noted by us" if theirs else "noted"
        none = none_found(f"nothing was {what} in these days", partner, set_, usage == "T")
        if by:
            meant = span(from_, to, reporting.today(utc_now()))
            days = Meant(first=meant.first, last=meant.last, partner=partner, set_id=set_, usage=usage)
            told = reporting.paces.faults(days, "inbound" if theirs else "outbound")
            counts = trend(told, Weeks() if by == "week" else Months(), meant.first)
            _show(trend_sheet(counts[:limit]), form, none)
            if form == "table" and len(counts) > limit:
                typer.echo(f"and {len(counts) - limit} more: --limit is {limit}")
            return
        asks = reporting.refusals
        found = asks.found(asked, limit=limit) if theirs else asks.noted(asked, limit=limit)
    _print(found, form)
    if form == "table":
        typer.echo(_summary(found, what, full=len(found) == limit) if found else none)


@app.command()
def scorecard(
    partner: Partner = "",
    set_: Set = "",
    from_: From = "",
    to: To = "",
    usage: Usage = "P",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many partners.")] = 1000,
    format_: Form = "table",
    json_: AsJson = False,
) -> None:
    """How partners fared: how soon they answer and fetch, what they refuse, what is late, how long they are silent;
    and how soon and how well we answer them.

    Example: gateway report scorecard --from 2026-11-01 --to 2026-11-30
    """
    now = utc_now()
    with open_memory(Settings()) as memory:
        reporting = Reporting(memory)
        meant = span(from_, to, reporting.today(now))
        days = Meant(first=meant.first, last=meant.last, partner=partner, set_id=set_, usage=usage)
        found = reporting.scorecards(days, now)[:limit]
    form: Format = "json" if json_ else format_
    if form == "table":
        for line in cards(found):
            typer.echo(line)
        typer.echo(f"{counted(len(found), 'partner')}, {meant.first} to {meant.last}")
        return
    _show(scorecard_sheet(found), form)


@app.command()
def exposure(
    partner: Partner = "",
    set_: Annotated[str, typer.Option("--set", metavar="SET", help="Only 855, 856, 810, 865 or 880.")] = "",
    from_: From = "",
    to: To = "",
    usage: Usage = "P",
    limit: Limit = 100,
    format_: Form = "table",
    json_: AsJson = False,
) -> None:
    """What partners may charge us for: order answers, ship notices and invoices of ours that are missing, due within a
    day, or came late; and what can still be done.

    What came late is looked for among what was due in the days meant. Exit 1 when something is missing.

    Example: gateway report exposure --set 856 --partner acme
    """
    if set_ and set_ not in SETS:
        raise UsageError(f"--set {set_!r}: it is one of {', '.join(SETS)}")
    now, form = utc_now(), _form(format_, json_)
    with open_memory(Settings()) as memory:
        reporting = Reporting(memory)
        since, until = reporting.moments(span(from_, to, reporting.today(now)))
        wanted = Wanted(partner=partner, what=set_, usage=usage, due_since=since, due_until=until)
        found = reporting.exposures(wanted, now, limit=limit)
    if form == "table":
        for line in exposed(found):
            typer.echo(line)
        if not found:
            typer.echo(none_found("nothing is missing, due within a day, or came late", partner, set_, usage == "T"))
        if len(found) == limit:
            typer.echo(f"there may be more, and sums are of these alone: --limit is {limit}")
    else:
        _show(exposure_sheet(found), form)
    if any(one.standing == "missing" for one in found):
        raise typer.Exit(1)


def _form(format_: Format, json_: bool) -> Format:
    return "json" if json_ else format_


@app.command()
def close(
    month: Annotated[str, typer.Option("--month", metavar="MONTH", help="Which, like 2026-11.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.")],
    partner: Partner = "",
    usage: Usage = "P",
    given: Annotated[str, typer.Option("--actor", help="Your name; else that of the system's user.")] = "",
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Take a month to file: tables as CSV, a PDF to read and sign, and a manifest with the SHA-256 of each; all as of
    one moment. An entry of the audit trail tells of it.

    Example: gateway report close --month 2026-11 --out /finance/2026-11
    """
    from gateway.app.close_pack import take

    with open_memory(Settings()) as memory:
        taken = take(memory, month, out, who=actor(given), partner=partner, usage=usage)
    pack = taken.pack
    if json_:
        said = {"folder": str(out), "month": month, "as_of": pack.as_of, "manifest": taken.manifest}
        typer.echo(as_json({**said, "entry": taken.entry, "files": [table.file for table in pack.tables]}))
        return
    for table in pack.tables:
        worth = " and ".join(amount(value, name) for name, value in table.totals().items())
        typer.echo(f"{table.file:<26} {counted(len(table.sheet.rows), 'row')}{f', {worth}' if worth else ''}")
    if not pack.complete:
        typer.echo(f"{month} is not over: take it again when it is", err=True)
    typer.echo(f"as of {pack.as_of:%Y-%m-%d %H:%M:%S} UTC, entry {taken.entry} of the audit trail")
    typer.echo(f"manifest {taken.manifest}")


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A close pack.")],
    trail: Annotated[bool, typer.Option("--trail", help="Hold it to the audit trail of this gateway too.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Prove that a close pack is as it was taken. Exit 1 names every file that is not.

    Whoever can write the folder can write its manifest anew: --trail holds it to what the audit trail tells of it.

    Example: gateway report verify /finance/2026-11 --trail
    """
    from gateway.app.close_pack import entry_of, verify

    said, manifest = verify(folder)
    entry = None
    if trail:
        with open_memory(Settings()) as memory:
            entry = entry_of(memory, str(said["month"]), manifest)
    if json_:
        typer.echo(as_json({"month": said["month"], "as_of": said["as_of"], "manifest": manifest, "entry": entry}))
        return
    told = f"; entry {entry} of the audit trail tells of it" if entry is not None else ""
    typer.echo(f"{counted(len(said['files']), 'file')}, each as it was taken {said['as_of']}{told}")
    typer.echo(f"manifest {manifest}")


def _asked(reporting: Reporting, partner: str, set_: str, from_: str, to: str, usage: str) -> Asked:
    since, until = reporting.moments(span(from_, to, reporting.today(utc_now())))
    return Asked(partner=partner, set_id=set_, usage=usage, since=since, until=until)


def _print(documents: Sequence[Refusal], form: Format) -> None:
    if form == "table":
        for line in refusals(documents):
            typer.echo(line)
        return
    _show(sheet(documents), form)


def _show(rows: Sheet, form: Format, nothing: str = "") -> None:
    """A CSV has its headers in any case; of nothing a table says so."""
    if rows.rows or form == "csv":
        typer.echo(shown(rows, form))
    elif form == "table":
        typer.echo(nothing)


def _summary(documents: Sequence[Refusal], what: str, *, full: bool) -> str:
    total, more = sums(documents), "; there may be more: --limit says how many" if full else ""
    if not total.documents:
        return f"{len(documents)} {what}{more}"
    return f"{len(documents)} {what}, {total.documents} open: {money(total)}{more}"
