"""`gateway acks`: what we sent and nobody has said yes to, with what is due when, and how much money hangs on it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from gateway.app.keepers import keepers
from gateway.app.memory import open_memory, utc_now
from gateway.cli.formats import Cell, Format, formatted
from gateway.errors import UsageError
from gateway.pipeline.unsettled import MOST, UNSETTLED, Age, Unsettled, Wanted, by_age
from gateway.settings import Settings
from gateway.store.unsettled import StoreUnsettled

HEADERS = (
    *("partner", "set", "number", "order", "amount", "currency", "dated", "sent at", "ack", "due", "due at"),
    *("hours late", "owner", "document", "said"),
)


def command(
    partner: Annotated[str, typer.Option(help="Only this partner's.")] = "",
    set_: Annotated[str, typer.Option("--set", metavar="SET", help="Only this set, like 810.")] = "",
    ack: Annotated[
        str, typer.Option(metavar="STATE", help="Only awaited, overdue, partially_accepted, rejected.")
    ] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is past its deadline.")] = False,
    tests: Annotated[bool, typer.Option("--tests", help="Tests (ISA15 T) instead of production.")] = False,
    ages: Annotated[bool, typer.Option("--ages", help="How old it is in numbers and money, not one by one.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many, the nearest deadline first.")] = 1000,
    format_: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = "table",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """What we sent and is not known to be good, the nearest deadline first: awaited, overdue, refused.

    Exit 1 when something of it is past its deadline or refused.

    Example: gateway acks --set 810 --overdue --format csv
    """
    if ack and ack not in UNSETTLED:
        raise UsageError(f"--ack {ack!r}: it is one of {', '.join(UNSETTLED)}")
    wanted = Wanted(partner=partner, set_id=set_, acknowledgement=ack, usage="T" if tests else "P", overdue=overdue)
    with open_memory(Settings()) as memory:
        documents = StoreUnsettled(memory.database, keepers(memory)).unsettled(wanted, limit=MOST if ages else limit)
    now, form = utc_now(), "json" if json_ else format_
    said = _ages(by_age(documents, now), form) if ages else _rows(documents, now, form)
    if said:
        typer.echo(said)
    if form == "table" and not ages:
        typer.echo(_summary(documents, limit))
    if any(one.missed or one.acknowledgement in ("rejected", "partially_accepted") for one in documents):
        raise typer.Exit(1)


def _rows(documents: Sequence[Unsettled], now: datetime, form: Format) -> str:
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.partner, one.set_id, one.business_number, one.order, one.amount, one.currency, one.dated),
            *(one.sent_at, one.acknowledgement, one.due, one.due_at, one.hours_late(now) or None),
            *(one.owner, one.id, one.said),
        )
        for one in documents
    ]
    return formatted(HEADERS, rows, form) if rows or form == "csv" else ""


def _ages(found: Sequence[Age], form: Format) -> str:
    rows: list[tuple[Cell, ...]] = []
    for age in found:
        money: list[tuple[Decimal | None, str]] = [(amount, name) for name, amount in sorted(age.money.items())]
        for position, (amount, currency) in enumerate(money or [(None, "")]):
            counted = age.documents if position == 0 else None
            rows.append((age.name, counted, amount, currency, age.unpriced if position == 0 else None))
    return formatted(("age", "documents", "amount", "currency", "without amount"), rows, form)


def _summary(documents: Sequence[Unsettled], limit: int) -> str:
    if not documents:
        return "nothing: every document that was sent is accepted, or nothing was agreed to come back"
    missed = sum(one.missed for one in documents)
    refused = sum(one.acknowledgement in ("rejected", "partially_accepted") for one in documents)
    more = f"; there may be more: --limit is {limit}" if len(documents) == limit else ""
    return f"{len(documents)} not settled, {missed} past their deadline, {refused} refused{more}"
