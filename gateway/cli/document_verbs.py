"""What people do to documents, one or many: hold, release, assign, note, waive, correct, book, close."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from gateway.app.memory import open_memory, utc_now
from gateway.app.words import counted
from gateway.cli.actor import actor
from gateway.cli.table import as_json, lines
from gateway.errors import NotInOrder, UsageError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.calendar import ALWAYS, Duration
from gateway.ledger.document import DocumentState, OutboundState
from gateway.pipeline.operate import Operator
from gateway.pipeline.questions import DocumentRow
from gateway.pipeline.verbs import MOST, OWING, Acted, How, Preview, Selection, Verb
from gateway.settings import Settings

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Documents, or the beginnings of their ids.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the event and in the audit trail.")]
Actor = Annotated[str, typer.Option("--actor", metavar="NAME", help="Who; by default the operating system's user.")]
Partner = Annotated[str, typer.Option("--partner", metavar="NAME", help="Instead of ids: all of this partner's.")]
Set = Annotated[str, typer.Option("--set", metavar="SET", help="Instead of ids: all of this set, like 810.")]
State = Annotated[str, typer.Option("--state", metavar="STATE", help="Instead of ids: all in this state.")]
Direction = Annotated[str, typer.Option("--direction", help="Instead of ids: all inbound, or all outbound ones.")]
Ack = Annotated[str, typer.Option("--ack", metavar="STATE", help="Instead of ids: all so acknowledged: rejected ...")]
Owner = Annotated[
    str, typer.Option("--owner", metavar="NAME", help="Instead of ids: all that this person looks after.")
]
OlderThan = Annotated[
    str, typer.Option("--older-than", metavar="TIME", help="Instead of ids: all received before '3 days', '4 hours'.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, all that are like that are only counted and shown.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of sentences.")]

_SHOWN = ("document", "received", "direction", "partner", "set", "number", "state", "ack")


def hold(
    ids: Ids = None,
    *,
    reason: Reason,
    partner: Partner = "",
    set_: Set = "",
    state: State = "",
    direction: Direction = "",
    ack: Ack = "",
    owner: Owner = "",
    older_than: OlderThan = "",
    yes: Yes = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Keep documents from going on until they are released: to our systems, or out to the partner.

    What our system has already, or the partner, or has its control numbers, cannot be held any more: exit 2.

    Example: gateway documents hold 01JD8K --reason "the buyer called: wrong prices"
    """
    chosen = selection(ids, partner, set_, state, direction, ack, owner, older_than)
    run("hold", chosen, How(), reason=reason, yes=yes, who=who, json_=json_)


def waive(
    ids: Ids = None,
    *,
    reason: Reason,
    partner: Partner = "",
    set_: Set = "",
    state: State = "",
    ack: Ack = "",
    owner: Owner = "",
    older_than: OlderThan = "",
    owed: Annotated[
        str, typer.Option("--owed", metavar="SET", help="Instead: what has to follow: 855, 856, 810, TA1 ..., or all.")
    ] = "",
    yes: Yes = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Say that nobody waits for the partner's acknowledgement of documents of ours, or minds it, any more.

    It is not known to be accepted by that; an answer that still comes counts. With --owed it is about what has to
    follow documents (`gateway owed`): an 855, 856 or 810 of an order, our own 997, a TA1.

    Example: gateway documents waive --partner acme --set 810 --ack overdue --older-than "14 days" --reason "paid"
    """
    check("--owed", owed, OWING)
    chosen = selection(ids, partner, set_, state, "", ack, owner, older_than)
    run("waive", chosen, How(owed=owed), reason=reason, yes=yes, who=who, json_=json_)


def assign(
    ids: Ids = None,
    *,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Whose it is from now on; nobody: no one's.")],
    reason: Reason,
    partner: Partner = "",
    set_: Set = "",
    state: State = "",
    direction: Direction = "",
    ack: Ack = "",
    owner: Owner = "",
    older_than: OlderThan = "",
    yes: Yes = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Say who looks after documents. `gateway documents list --owner NAME` shows them.

    Example: gateway documents assign 01JD8K --to dana --reason "knows the buyer"
    """
    chosen = selection(ids, partner, set_, state, direction, ack, owner, older_than)
    whose = "" if to.strip() == "nobody" else actor(to)
    run("assign", chosen, How(to=whose), reason=reason, yes=yes, who=who, json_=json_)


def note(
    ids: Ids = None,
    *,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What there is to know.")],
    partner: Partner = "",
    set_: Set = "",
    state: State = "",
    direction: Direction = "",
    ack: Ack = "",
    owner: Owner = "",
    older_than: OlderThan = "",
    yes: Yes = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Write something beside documents, for whoever looks at them next; nothing moves by it.

    Example: gateway documents note 01JD8K --text "Kim at acme looks for it, calls back on Monday"
    """
    chosen = selection(ids, partner, set_, state, direction, ack, owner, older_than)
    run("note", chosen, How(), reason=text, yes=yes, who=who, json_=json_)


def correct(
    refused: Annotated[str, typer.Argument(metavar="REFUSED", help="The document of ours that was refused, or held.")],
    corrected: Annotated[str, typer.Argument(metavar="CORRECTED", help="The one handed in for it, under a new key.")],
    reason: Reason,
    anyway: Annotated[bool, typer.Option("--anyway", help="Though the partner has not refused the first.")] = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Say that one document of ours is sent in the place of another: nobody waits for the first any more.

    Exit 1, and nothing is done, when the partner has not refused the first.

    Example: gateway documents correct 01JD8K 01JDA2 --reason "quantity of line 3 corrected"
    """
    with open_memory(Settings()) as memory:
        words = memory.operator.correct(refused, corrected, reason=reason, who=actor(who), anyway=anyway)
    typer.echo(as_json({"done": words}) if json_ else words)


def book(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="What says it: the 820, 812, 824, 855 ...")],
    to: Annotated[
        str, typer.Option("--to", metavar="ID", help="The document that it is about; nothing: take it back.")
    ],
    line: Annotated[
        int | None, typer.Option(min=1, max=99_999, help="Which line of `gateway report unmatched`; else the only one.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with it and in the audit trail.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be; nothing is done.")] = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Say which document a line of a payment, note or answer is about that fits nothing, or was matched to another: it
    counts for that from now on, also when the line is heard again. --to nothing takes it back.

    Exit 2, and nothing is done, when it cannot be: another partner's, another currency, no invoice.

    Example: gateway documents book 01JD8K --line 2 --to 01JC77 --reason "the number is of their old system"
    """
    if not dry_run and not reason.strip():
        raise UsageError("--reason is needed: it is kept with the event")
    with open_memory(Settings()) as memory:
        whose = "nobody" if dry_run else actor(who)  # nothing is done in anybody's name
        words = memory.operator.book(document, line=line or 0, to=to, reason=reason, who=whose, dry_run=dry_run)
    typer.echo(as_json({"done": words}) if json_ else words)


def close(
    ids: Ids = None,
    *,
    reason: Reason,
    handled: Annotated[
        bool, typer.Option("--handled", help="What came in and is held or dead: it is settled elsewhere.")
    ] = False,
    known_as: Annotated[str, typer.Option("--as", metavar="NUMBER", help="With --handled: our system's number.")] = "",
    partner: Partner = "",
    set_: Set = "",
    state: State = "",
    owner: Owner = "",
    older_than: OlderThan = "",
    yes: Yes = False,
    who: Actor = "",
    json_: AsJson = False,
) -> None:
    """Say that nothing more comes of a 997 or 999 that is held, of the business in a document (a short pay written
    off, an invoice paid without an 820), or of what a payment says that fits nothing: it leaves the list of what waits.

    Nothing is accepted by a 997, then or later; what it refused by name stays refused. Who and why is kept with it. Of
    what is not named but described only 997s and 999s are meant.

    With --handled of any other document that came in and is held or dead, and the reason says what became of it: our
    answer to the partner accepted it. What has to follow it stays owed; `replay --again` takes it back.

    Example: gateway documents close 01JD8K --handled --as SO-1 --reason "entered by hand"
    """
    chosen = selection(ids, partner, set_, state, "", "", owner, older_than)
    if len(chosen.ids) == 1:
        with open_memory(Settings()) as memory:
            words = memory.operator.close(
                chosen.ids[0], reason=reason, who=actor(who), handled=handled, known_as=known_as.strip()
            )
        typer.echo(as_json({"done": words}) if json_ else words)
        return
    run("close", chosen, How(handled=handled, known_as=known_as.strip()), reason=reason, yes=yes, who=who, json_=json_)


# ---------------------------------------------------------------------------------------------- one or many


def selection(
    ids: Sequence[str] | None,
    partner: str,
    set_id: str,
    state: str,
    direction: str,
    acknowledgement: str,
    owner: str,
    older_than: str,
) -> Selection:
    """What was asked for on the command line. Raises UsageError."""
    check("--state", state, dict.fromkeys([*DocumentState, *OutboundState]))
    check("--direction", direction, ("inbound", "outbound"))
    check("--ack", acknowledgement, [one.value for one in AcknowledgementState if one.value])
    before = None
    if older_than:
        try:
            age = Duration.parse(older_than)
        except ValueError as wrong:
            raise UsageError(f"--older-than: {wrong}") from None
        if age.business:
            raise UsageError("--older-than: whose business hours? Say it in hours or days")
        now = utc_now()
        before = now - (age.after(now, ALWAYS) - now)
    chosen = Selection(
        ids=tuple(ids or ()),
        partner=partner,
        set_id=set_id,
        state=state,
        direction=direction,
        acknowledgement=acknowledgement,
        owner=owner,
        older_than=before,
    )
    if chosen.ids and chosen.wanted:
        raise UsageError("either ids or what the documents are like, not both")
    return chosen


def check(option: str, value: str, allowed: Iterable[str]) -> None:
    """A misspelt value would answer that there is nothing. Raises UsageError."""
    if value and value not in list(allowed):
        raise UsageError(f"{option} {value!r}: it is one of {', '.join(allowed)}")


def run(verb: Verb, chosen: Selection, how: How, *, reason: str, yes: bool, who: str, json_: bool) -> None:
    """Do it to what was named; of what is only described, say how much it is, until somebody says --yes."""
    with open_memory(Settings()) as memory:
        if not chosen.ids and (how.dry_run or not yes):
            _previewed(verb, memory.operator, chosen, how, json_)
            return
        acted = memory.operator.act(verb, chosen, how, reason=reason, who=actor(who))
    _told(acted, how, json_)


def _previewed(verb: Verb, operator: Operator, chosen: Selection, how: How, json_: bool) -> None:
    found = operator.preview(verb, chosen, how)
    if json_:
        typer.echo(as_json({"would_touch": found.count, **_plain(found)}))
        return
    typer.echo(f"{counted(found.count, 'document')} would be touched by {verb}{_worth(found)}")
    for line in lines(_SHOWN, [_row(one) for one in found.first]) if found.first else []:
        typer.echo(f"  {line}")
    if found.count > len(found.first):
        typer.echo(f"  and {found.count - len(found.first)} more")
    if found.along:
        typer.echo(f"with them {counted(found.along, 'document')} of the same interchanges, under the same numbers:")
        for line in lines(_SHOWN, [_row(one) for one in found.along_first]):
            typer.echo(f"  {line}")
        if found.along > len(found.along_first):
            typer.echo(f"  and {found.along - len(found.along_first)} more")
    does = "--yes without --dry-run does it" if how.dry_run else "--yes does it"
    hint = f": at most {MOST:,} at once, say more exactly which" if found.count > MOST else f"; {does}"
    if not found.count:
        hint = ": there is no document like that to which it can be done"
    typer.echo(f"nothing was done{hint}", err=True)


def _plain(found: Preview) -> dict[str, object]:
    first = {"first": list(found.first), "money": dict(found.money), "unpriced": found.unpriced, "done": False}
    return first | {"along": found.along, "along_first": list(found.along_first)}


def _worth(found: Preview) -> str:
    sums = " + ".join(f"{amount:,} {currency or 'as agreed'}" for currency, amount in found.money.items())
    if not sums:
        return ""
    return f", worth {sums}" + (f" (of {found.unpriced} no total is known)" if found.unpriced else "")


def _row(row: DocumentRow) -> tuple[str, ...]:
    received = row.received_at.strftime("%Y-%m-%d %H:%M")
    about = (row.direction, row.partner, row.set_id, row.business_number, row.state, row.acknowledgement)
    return row.id, received, *about


def _told(acted: Acted, how: How, json_: bool) -> None:
    """Exit 1 when there was nothing that it could be done to."""
    if json_:
        done = [{"id": one, "said": words} for one, words in acted.done]
        left = [{"id": one, "why": words} for one, words in acted.refused]
        named = "would" if how.dry_run else "done"
        typer.echo(as_json({named: done, "left": left, "entry": acted.entry}))
    else:
        for _, words in acted.done:
            typer.echo(words)
        for one, words in acted.refused:
            typer.echo(f"left as it is: {words if one in words else f'{one}: {words}'}", err=True)
        if how.dry_run:
            typer.echo("nothing was done; that is what would be", err=True)
        if acted.entry:
            typer.echo(f"entry {acted.entry} of the audit trail", err=True)
    if not acted.done:
        raise NotInOrder("nothing was done: there is no document that it can be done to")
