"""`gateway x12`: check X12 files and answer them, with nothing but the file: no partner, no store."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.table import as_json
from gateway.cli.x12_answer import AnswerSheet
from gateway.cli.x12_explain import explain
from gateway.cli.x12_guide import guide
from gateway.cli.x12_listing import Tally, json_lines, listing
from gateway.cli.x12_rewrite import rewrite
from gateway.cli.x12_source import blocks_of
from gateway.cli.x12_stats import stats
from gateway.cli.x12_terms import PARTNERS, Partner, Partners, TermsFor, terms_of
from gateway.errors import UsageError
from gateway.x12 import acknowledge
from gateway.x12.acknowledge import AcknowledgementDraft, FunctionalKind, InterchangePolicy
from gateway.x12.errors import OutputRefused
from gateway.x12.interchange import InterchangeResult, Unreadable
from gateway.x12.read import examine
from gateway.x12.write import CONTROL_NUMBER_LIMIT

app = typer.Typer(help="Check X12 files, and write the acknowledgements they deserve.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `x12` a group of commands."""


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="X12 files; - is standard input.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per set, group and interchange.")] = False,
    partner: Partner = "",
    partners: Partners = PARTNERS,
) -> None:
    """Say what X12 files hold, what is wrong, and where.

    Exit 1 when anything is rejected or noted as an error; warnings alone are exit 0.

    A set is shown as accepted when it would be delivered: its own, its group's and its interchange's status allow it.
    With --partner each set is held to what was agreed with that partner: codes, characters, effects and its own guide.

    Example: gateway x12 check orders.edi --json
    """
    tally, terms = Tally(), terms_of(partner, partners)
    for file in files:
        for result in _results(file, terms):
            tally.count(result)
            for line in json_lines(file, result) if json_ else listing(file, result):
                typer.echo(line)
        tally.files += 1
    if not json_:
        typer.echo(tally.summary())
    if tally.faulty:
        raise typer.Exit(1)


@app.command()
def ack(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An X12 file; - is standard input.")],
    as_: Annotated[
        FunctionalKind,
        typer.Option("--as", help="What groups are answered with. Before 005010 there is no 999: 997 is written then."),
    ] = "997",
    ta1: Annotated[
        InterchangePolicy,
        typer.Option(help="When to write a TA1: requested is when ISA14 asks, or the interchange itself is in error."),
    ] = "requested",
    control_number: Annotated[
        int,
        typer.Option(
            min=1,
            max=CONTROL_NUMBER_LIMIT,
            help="First ISA13 and GS06; they count up, and begin at 1 after the last.",
        ),
    ] = 1,
    now: Annotated[
        str, typer.Option(metavar="TIME", help="Date and time to write, ISO 8601; UTC without a zone. Default: now.")
    ] = "",
    json_: Annotated[
        bool, typer.Option("--json", help="One JSON object instead: the acknowledgements written, and the findings.")
    ] = False,
) -> None:
    """Write the acknowledgements of an X12 file.

    They go to standard output as they would be sent: per interchange a TA1 where one is due, in an interchange of its
    own, then one interchange with a 997 or 999 per group; ids swapped, with the delimiters that came. Acknowledgements
    themselves are not acknowledged.

    Exit 1 when anything is rejected or noted as an error; warnings alone are exit 0.

    Example: gateway x12 ack orders.edi --ta1 always > orders.997
    """
    numbering, tally, sheet = _Numbering(control_number, _time(now)), Tally(), AnswerSheet(file)
    for result in _results(file):
        tally.count(result)
        if json_:
            sheet.found(result)
        elif isinstance(result, Unreadable):
            _say(file, *(finding.message for finding in result.findings))
        for draft in _drafts(result, ta1, as_):
            if not json_:
                _say(file, *_without_999(draft, as_))
            sealed, number, groups = numbering.seal(draft)
            if json_:
                sheet.wrote(draft, sealed, number, groups)
            else:
                sys.stdout.buffer.write(sealed)
    sys.stdout.buffer.flush()
    if json_:
        typer.echo(as_json(sheet.whole(good=not tally.faulty)))
    elif not numbering.sealed:
        _say(file, "nothing to acknowledge")
    if tally.faulty:
        raise typer.Exit(1)


app.command()(explain)
app.command()(rewrite)
app.command()(stats)
app.command()(guide)


def _drafts(
    result: InterchangeResult | Unreadable, ta1: InterchangePolicy, kind: FunctionalKind
) -> Iterator[AcknowledgementDraft]:
    if isinstance(result, Unreadable):
        return
    drafts = (
        acknowledge.interchange_acknowledgement(result, policy=ta1),
        acknowledge.functional_acknowledgement(result, kind=kind),
    )
    yield from filter(None, drafts)


def _without_999(draft: AcknowledgementDraft, wanted: FunctionalKind) -> Iterator[str]:
    """A sentence per version for which a 999 was wanted and a 997 is written."""
    older = {group.version for group in draft.response_groups if group.kind != wanted}
    for version in sorted(older):
        yield f"ISA13 {draft.answers}: version {version} has no {wanted}, a 997 is written"


def _say(file: str, *sentences: str) -> None:
    for sentence in sentences:
        typer.echo(f"{file}: {sentence}", err=True)


class _Numbering:
    """Control numbers for one run: ISA13 and GS06 each count up from the first."""

    def __init__(self, first: int, now: datetime) -> None:
        self.sealed = 0
        self._interchange = first
        self._group = first
        self._now = now

    def seal(self, draft: AcknowledgementDraft) -> tuple[bytes, int, Sequence[int]]:
        """The bytes of a draft with the next ISA13 and GS06, and these; once it is clean under our own guide."""
        faults = acknowledge.check(draft)
        if faults:
            raise OutputRefused(f"this is a fault of ours: the {draft.kind} would not be valid: {faults[0].message}")
        groups = [_wrapped(self._group + one) for one in range(draft.groups)]
        sealed = draft.seal(interchange_number=self._interchange, group_numbers=groups, now=self._now)
        number = self._interchange
        self.sealed += 1
        self._interchange = _wrapped(self._interchange + 1)
        self._group = _wrapped(self._group + draft.groups)
        return sealed, number, groups


def _wrapped(number: int) -> int:
    """After the last control number comes the first."""
    return (number - 1) % CONTROL_NUMBER_LIMIT + 1


def _time(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--now {text!r} is not a time: write it like 2026-03-02T14:05:00-06:00") from error
    return given if given.tzinfo is not None else given.replace(tzinfo=UTC)


def _results(file: str, terms: TermsFor | None = None) -> Iterator[InterchangeResult | Unreadable]:
    """What a file holds, one interchange after the other: sets are let go once they are judged."""
    for event in examine(blocks_of(file), terms):
        if isinstance(event, InterchangeResult | Unreadable):
            yield event
