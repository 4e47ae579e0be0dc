"""`gateway notices`: who was told what: listed, shown try by try, sent once more; and tests to every target."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from gateway.app.gateway import checked_rules, read_authored
from gateway.app.memory import open_memory, utc_now
from gateway.app.notify import ways
from gateway.app.secrets import Secrets
from gateway.cli.actor import actor
from gateway.cli.table import as_json, lines, printable
from gateway.errors import UsageError
from gateway.flaws import did_you_mean
from gateway.pipeline.notices.bodies import alert_for_test, event_for_test
from gateway.pipeline.notices.values import Due, NoticeRow, NoticeState, Told
from gateway.settings import Settings
from gateway.store.identifiers import Identifiers
from gateway.store.notice_desk import NoticeDesk

app = typer.Typer(help="Who was told what: list, show, replay, targets, test.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")]
Actor = Annotated[str, typer.Option("--actor", metavar="NAME", help="Who; by default the operating system's user.")]
Target = Annotated[str, typer.Option(metavar="TARGET", help="Only for this target, as `notices targets` names it.")]
KINDS = ("status", "webhook", "alert", "mail")


@app.command("list")
def list_notices(
    state: Annotated[str, typer.Option(help="gathering, waiting, sent, superseded or given_up.")] = "",
    kind: Annotated[str, typer.Option(help="status, webhook, alert or mail.")] = "",
    target: Target = "",
    document: Annotated[str, typer.Option(metavar="ID", help="Only about this document, by its whole id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many.")] = 50,
    json_: AsJson = False,
) -> None:
    """Notices, newest first: to whom, about what, how often tried, how it ended.

    Example: gateway notices list --state given_up
    """
    _one_of("--state", state, [one.value for one in NoticeState])
    _one_of("--kind", kind, KINDS)
    with open_memory(Settings()) as memory:
        desk = NoticeDesk(memory.means)
        found = desk.notices(state=state, kind=kind, target=target, subject=document, limit=limit)
    if json_:
        for one in found:
            typer.echo(as_json(_plain(one)))
        return
    rows = [
        (one.id, one.kind, one.target, one.subject, one.state, str(one.attempts), _when(one.created_at), one.last_error)
        for one in found
    ]
    _table(("ID", "KIND", "TARGET", "ABOUT", "STATE", "TRIES", "SINCE (UTC)", "LAST ERROR"), rows, "no such notices")


@app.command()
def show(
    notice: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the first 6 characters or more.")],
    json_: AsJson = False,
) -> None:
    """One notice: what it says, and every try with what the other side answered.

    Example: gateway notices show 01KJQ6PSG0
    """
    with open_memory(Settings()) as memory:
        one = NoticeDesk(memory.means).notice(notice)
    if one is None:
        raise UsageError(f"there is no notice {notice!r}; `gateway notices list` shows them")
    if json_:
        tries = [{name: getattr(a, name) for name in a.__slots__} for a in one.tries]
        typer.echo(as_json({**_plain(one), "body": one.body, "tries": tries}))
        return
    typer.echo(f"{one.id}  {one.kind} to {printable(one.target)}, {one.state}")
    typer.echo(f"about {printable(one.subject)}, event {one.event}, made {_when(one.created_at)} UTC")
    for a in one.tries:
        typer.echo(f"  {_when(a.at)} UTC  {a.outcome}, {a.milliseconds} ms: {printable(a.detail)}")
    typer.echo(as_json(one.body))


@app.command()
def targets(json_: AsJson = False) -> None:
    """Every target: whether it works, what waits for it, when it was last reached.

    Example: gateway notices targets
    """
    with open_memory(Settings()) as memory:
        found = NoticeDesk(memory.means).targets()
    if json_:
        for one in found:
            typer.echo(as_json(one))
        return
    rows = [
        (one.name, one.state, str(one.waiting), str(one.failures), _when(one.sent_at), one.last_error) for one in found
    ]
    _table(("TARGET", "STATE", "WAITING", "FAILURES", "LAST SENT (UTC)", "LAST ERROR"), rows, "no targets yet")


@app.command()
def replay(
    notice: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="Notices that were sent or given up.")
    ] = None,
    target: Annotated[str, typer.Option(metavar="TARGET", help="Instead: all given up for it, at most 1,000.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the event.")] = "",
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Send notices once more, each under its own id, so that a receiver which has one can tell.

    Example: gateway notices replay --target webhook/finance/ledger --reason "their server is back"
    """
    if bool(notice) == bool(target):
        raise UsageError("name notices, or --target for all that were given up for it")
    if not reason.strip():
        raise UsageError("--reason is needed: it is kept with the event")
    with open_memory(Settings()) as memory:
        desk, about = NoticeDesk(memory.means), {"reason": reason.strip(), "who": actor(who)}
        done = desk.replay(notice, **about) if notice else desk.replay_all(target, **about)
    if json_:
        typer.echo(as_json({"notices": done}))
    else:
        typer.echo(f"{len(done)} to be sent again" if done else f"nothing was given up for {printable(target)}")


@app.command()
def test(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="webhook/FILE/NAME or mail/FILE/ADDRESS.")],
    json_: AsJson = False,
) -> None:
    """Send a test to a webhook or mailbox now, and say what it answered; exit 1 when it was not taken.

    One that was paused or gone is opened again by a test that it takes.

    Example: gateway notices test webhook/finance/ledger
    """
    settings = Settings()
    if target.startswith("status/"):
        raise UsageError("a status is about a document: nothing can be tested without one")
    book = checked_rules(*read_authored(settings), settings.places).book
    told = asyncio.run(_test(target, settings, book))
    if told.kind == "taken":
        with open_memory(settings) as memory:
            NoticeDesk(memory.means).opened(target)
    if json_:
        typer.echo(as_json({"target": target, "taken": told.kind == "taken", "detail": told.detail}))
    else:
        typer.echo(f"{target}: {'taken' if told.kind == 'taken' else 'not taken'}: {printable(told.detail)}")
    if told.kind != "taken":
        raise typer.Exit(1)


async def _test(target: str, settings: Settings, book: Any) -> Told:
    way = ways(book, Secrets(settings.places.home), settings.mail, sandbox_url="http://127.0.0.1:9")
    try:
        known = [one for one in way.senders if not one.startswith("status/")]
        if target not in known:
            there = ", ".join(known) or "none"
            raise UsageError(f"there is no target {target!r}{did_you_mean(target, known)} (there is: {there})")
        now = utc_now()
        mail = target.startswith("mail/")
        body: Mapping[str, object] = alert_for_test(target.split("/")[1], now) if mail else event_for_test(now)
        due = Due(
            id=Identifiers()(),
            kind="mail" if mail else "webhook",
            target=target,
            subject="test",
            event=0,
            body=body,
            attempts=0,
            since=now,
            first_attempt_at=None,
        )
        return await way.senders[target](due)
    finally:
        await way.close()


def _one_of(option: str, value: str, known: Sequence[str]) -> None:
    if value and value not in known:
        raise UsageError(f"{option} {value!r}: it is one of {', '.join(known)}{did_you_mean(value, known)}")


def _plain(one: NoticeRow) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__slots__ if name not in ("body", "tries")}


def _when(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment is not None else "never"


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    if not rows:
        typer.echo(nothing, err=True)
    for line in lines(headers, rows) if rows else ():
        typer.echo(line)
