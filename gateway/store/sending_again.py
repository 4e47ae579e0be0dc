"""Theirs again, the same bytes under the same numbers: for partners who agreed to have it so, or ask for it.

No new document comes of it and no number is given out: the interchange goes once more as it is, with all that is in
it, and its acknowledgement is waited for anew.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.acks import ACKNOWLEDGEMENT as ANSWERED
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.carrying import CarryingState
from gateway.ledger.document import OutboundState
from gateway.ledger.events import DOCUMENT_RESENT
from gateway.pipeline.verbs import NAMED
from gateway.store import carryings, deadlines, events, sendings, tending
from gateway.store.contents import from_row
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import CARRYING, CONTENT, DOCUMENT, MAILBOX_ENTRY, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE

_A = AcknowledgementState
_NEW: Final = "--numbers new writes it anew, under other numbers"


def lock(transaction: Transaction, documents: Sequence[str]) -> None:
    """Lock what has to go again with these documents: places in mailboxes and files that we push, then interchanges,
    then all documents of those. As who fetches and carries them does, before the caller locks any of them.
    """
    connection, among = transaction.connection, transaction.means.database.among
    group = OUTBOUND_GROUP.c
    of_groups = select(group.interchange_id).join(DOCUMENT, DOCUMENT.c.outbound_group_id == group.id)
    ids = sorted(connection.execute(of_groups.where(among(DOCUMENT.c.id, documents)).distinct()).scalars())
    entries = among(MAILBOX_ENTRY.c.outbound_interchange_id, ids)
    pushed = among(CARRYING.c.subject, ids) & (CARRYING.c.kind == "interchange")
    for table, theirs in ((MAILBOX_ENTRY, entries), (CARRYING, pushed)):
        mine = select(table.c.id).where(theirs).order_by(table.c.id)
        connection.execute(mine.with_for_update(key_share=True)).all()
    sendings.lock(transaction, ids)


def along(
    connection: Connection, where: ColumnElement[bool], same: Callable[[str], bool], *, anyway: bool
) -> tuple[int, Sequence[Any]]:
    """Documents that nobody chose and that go again with those that were: how many, and the rows of the first.

    `same` says by the id of an agreement whether what was chosen of it goes under the same numbers. An interchange that
    one of its documents keeps back, as `send_again` refuses it, takes nothing along.
    """
    group = OUTBOUND_GROUP.c
    columns = select(DOCUMENT.c.id, DOCUMENT.c.agreement, group.interchange_id)
    sent = columns.join(OUTBOUND_GROUP, group.id == DOCUMENT.c.outbound_group_id)
    chosen = sent.where(where, DOCUMENT.c.state == str(OutboundState.SENT)).cte("chosen")
    agreements = [one for one in connection.execute(select(chosen.c.agreement).distinct()).scalars() if same(one)]
    if not agreements:
        return 0, []
    goes = ~_kept_back(chosen.c.interchange_id, anyway=anyway)
    mine = select(chosen.c.interchange_id).where(chosen.c.agreement.in_(agreements), goes)
    neighbours = DOCUMENT.join(OUTBOUND_GROUP, group.id == DOCUMENT.c.outbound_group_id)
    others = group.interchange_id.in_(mine) & DOCUMENT.c.id.not_in(select(chosen.c.id))
    count = connection.execute(select(func.count()).select_from(neighbours).where(others)).scalar_one()
    first = select(DOCUMENT).select_from(neighbours).where(others).order_by(DOCUMENT.c.id).limit(NAMED)
    return count, connection.execute(first).all()


def _kept_back(interchange: ColumnElement[str], *, anyway: bool) -> ColumnElement[bool]:
    """An interchange has a document in it for which it does not go again, as `_check_all` has it."""
    group, one = OUTBOUND_GROUP.alias(), DOCUMENT.alias()
    within = select(one.c.id).join(group, group.c.id == one.c.outbound_group_id)
    why = [one.c.state == OutboundState.SUPERSEDED, *([] if anyway else [one.c.acknowledgement == _A.REJECTED])]
    return within.where(group.c.interchange_id == interchange, or_(*why)).exists()


def send_again(transaction: Transaction, row: Any, *, reason: str, who: str, anyway: bool, done: set[str]) -> str:
    """Let the interchange of a sent document go once more. Returns what was done, in words.

    The caller has locked all as `lock` does, and found that the document was sent. `done` are the interchanges of this
    act: one goes once, however many of its documents are meant. Raises NotInOrder when its file is on its way already,
    is kept no more, or has a document in it that another took the place of, or that was refused, and not `anyway`.
    """
    interchange = _interchange(transaction, row)
    if interchange.id in done:
        return f"{row.id} goes again in the same interchange (ISA13 {interchange.control_number})"
    together = _together(transaction, interchange.id)
    _check_all(row, together, anyway=anyway)
    _check_kept(transaction, interchange)
    _lay_out(transaction, interchange, reason=reason, who=who)
    _wait_anew(transaction, together, interchange, reason=reason, who=who)
    done.add(interchange.id)
    others = _others([one.id for one in together if one.id != row.id])
    return f"{row.id} goes again under the same control numbers (ISA13 {interchange.control_number}){others}"


def _others(ids: Sequence[str]) -> str:
    if not ids:
        return ""
    more = f" and {len(ids) - NAMED} others" if len(ids) > NAMED else ""
    return f", and with it {len(ids)} more of the same interchange: {', '.join(ids[:NAMED])}{more}"


def _interchange(transaction: Transaction, row: Any) -> Any:
    group = select(OUTBOUND_GROUP.c.interchange_id).where(OUTBOUND_GROUP.c.id == row.outbound_group_id)
    wanted = select(OUTBOUND_INTERCHANGE).where(OUTBOUND_INTERCHANGE.c.id.in_(group)).with_for_update(key_share=True)
    return transaction.connection.execute(wanted).one()


def _together(transaction: Transaction, interchange: str) -> Sequence[Any]:
    groups = select(OUTBOUND_GROUP.c.id).where(OUTBOUND_GROUP.c.interchange_id == interchange)
    mine = select(DOCUMENT).where(DOCUMENT.c.outbound_group_id.in_(groups)).order_by(DOCUMENT.c.id)
    return transaction.connection.execute(mine.with_for_update(key_share=True)).all()


def _check_all(row: Any, together: Sequence[Any], *, anyway: bool) -> None:
    for one in together:
        within = f"{row.id} does not go: {one.id} is in the same interchange, and was"
        if one.state == OutboundState.SUPERSEDED:
            raise NotInOrder(f"{within} {one.reason}: the partner would get both; {_NEW}")
        if one.acknowledgement == _A.REJECTED and not anyway:
            raise NotInOrder(f"{within} refused by the partner: with --anyway it goes along; {_NEW}")


def _check_kept(transaction: Transaction, interchange: Any) -> None:
    wanted = select(CONTENT).where(CONTENT.c.sha256 == interchange.sha256)
    content = from_row(transaction.means.blobs, transaction.connection.execute(wanted).one())
    if content.inline is None and not transaction.means.blobs.has(content.sha256, content.size):
        raise NotInOrder(f"the bytes of {interchange.name} are not where they were stored any more; {_NEW}")


def on_its_way(transaction: Transaction, group: str) -> bool:
    """Whether the interchange of a group of ours lies unfetched in a folder, or is just being carried."""
    mine = select(OUTBOUND_GROUP.c.interchange_id).where(OUTBOUND_GROUP.c.id == group).scalar_subquery()
    entry, carrying = MAILBOX_ENTRY.c, CARRYING.c
    lies = (entry.outbound_interchange_id == mine) & entry.state.in_(("ready", "listed"))
    goes = (carrying.subject == mine) & carrying.state.in_((CarryingState.WAITING, CarryingState.AWAITING))
    found = (select(entry.id).where(lies), select(carrying.id).where(goes, carrying.kind == "interchange"))
    return any(transaction.connection.execute(one.limit(1)).first() is not None for one in found)


def _lay_out(transaction: Transaction, interchange: Any, *, reason: str, who: str) -> None:
    connection = transaction.connection
    pushed = (CARRYING.c.subject == interchange.id) & (CARRYING.c.kind == "interchange")
    rows = connection.execute(
        select(CARRYING).where(pushed).order_by(CARRYING.c.id).with_for_update(key_share=True)
    ).all()
    if rows:
        if any(one.state != CarryingState.CARRIED for one in rows):
            raise NotInOrder(f"{interchange.name} is not carried yet: what was refused or given up goes on by `push`")
        carryings.again(transaction, rows, why=reason, who=who)
        return
    mine = MAILBOX_ENTRY.c.outbound_interchange_id == interchange.id
    entry = connection.execute(select(MAILBOX_ENTRY.c.name).where(mine)).first()
    if entry is None:
        raise NotInOrder(f"{interchange.name} lies in no folder of {interchange.channel} any more; {_NEW}")
    try:
        tending.lay_out_again(transaction, interchange.channel, entry.name, reason=reason, who=who)
    except UsageError as gone:
        raise NotInOrder(f"{gone}; {_NEW}") from None


def _wait_anew(transaction: Transaction, together: Sequence[Any], interchange: Any, *, reason: str, who: str) -> None:
    """Each document of it: what was overdue, or only assumed to be good, is awaited, and the clock of its deadline
    begins with this moment.
    """
    connection, ids = transaction.connection, [one.id for one in together]
    among = transaction.means.database.among(DOCUMENT.c.id, ids)
    connection.execute(update(DOCUMENT).where(among).values(resent_at=transaction.now))
    unknown = DOCUMENT.c.acknowledgement.in_([str(one) for one in ANSWERED.sources(_A.AWAITED) if one])
    connection.execute(update(DOCUMENT).where(among, unknown).values(acknowledgement=str(_A.AWAITED)))
    deadlines.forget(transaction, ids)
    detail = {"control_number": str(interchange.control_number), "name": interchange.name}
    about = {"kind": DOCUMENT_RESENT, "who": who, "why": reason}
    changes = [
        Change(transmission=one.transmission_id, subject=one.id, detail=detail | {"was": one.acknowledgement}, **about)
        for one in together
    ]
    events.record(transaction, changes)
