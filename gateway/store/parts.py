"""Parts of documents of ours: they wait for each other, go out as one, and come back when that one is replayed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select, update

from gateway.errors import UsageError
from gateway.ledger.document import OUTBOUND as LIFE
from gateway.ledger.document import OutboundState
from gateway.ledger.events import DOCUMENT_REPLAYED
from gateway.pipeline.outbound.stage import OtherPart, OutboundOutcome
from gateway.store import events, work
from gateway.store.contents import from_row
from gateway.store.events import Change
from gateway.store.locks import Lock
from gateway.store.means import Means, Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import CONTENT, DOCUMENT, OUTBOUND_PART, TRANSMISSION


def _upsert(insert: MakeInsert) -> Any:
    statement = insert(OUTBOUND_PART)
    replaced = {name: statement.excluded[name] for name in ("part_group", "number", "of", "waits")}
    return statement.on_conflict_do_update(index_elements=["document_id"], set_=replaced)


_PUT = ManyRows(_upsert)


def lock(transaction: Transaction, outcomes: Sequence[OutboundOutcome]) -> Sequence[str]:
    """Held until the transaction ends, where any of these is a part or may be. Taken before any row is locked. Returns
    the parts that it may move: their documents have to be locked with all others that the transaction moves.
    """
    concerned = [one for one in outcomes if one.part or _failed(one)]
    if not concerned or transaction.means.database.kind != "postgresql":
        return ()
    transaction.connection.execute(select(func.pg_advisory_xact_lock(Lock.PARTS.value)))
    table, among = OUTBOUND_PART.c, transaction.means.database.among
    theirs = select(table.part_group).where(among(table.document_id, [one.id for one in concerned]))
    groups = sorted({one.part.group for one in concerned if one.part})
    members = select(table.document_id).where(or_(table.part_group.in_(theirs), among(table.part_group, groups)))
    return list(transaction.connection.execute(members).scalars())


def _failed(outcome: OutboundOutcome) -> bool:
    return outcome.state in ("held", "dead")


def others(means: Means, ids: Sequence[str]) -> Mapping[str, tuple[OtherPart, ...]]:
    """For each of these documents that may go now, the parts that go with it, by number; nothing for the others."""
    part, mine = OUTBOUND_PART, OUTBOUND_PART.alias()
    here = (part.c.part_group == mine.c.part_group) & (part.c.document_id != mine.c.document_id)
    statement = (
        select(mine.c.document_id.label("leading"), DOCUMENT.c.id, CONTENT)
        .select_from(mine)
        .outerjoin(part, here)
        .outerjoin(DOCUMENT, (DOCUMENT.c.id == part.c.document_id) & _goes_with(part, mine))
        .outerjoin(TRANSMISSION, TRANSMISSION.c.id == DOCUMENT.c.transmission_id)
        .outerjoin(CONTENT, CONTENT.c.sha256 == TRANSMISSION.c.sha256)
        .where(means.database.among(mine.c.document_id, ids), mine.c.waits.is_(False))
        .order_by(mine.c.document_id, part.c.number)
    )
    with means.database.reading() as connection:
        rows = connection.execute(statement).all()
    found: dict[str, tuple[OtherPart, ...]] = {}
    for row in rows:
        known = found.setdefault(row.leading, ())
        if row.id is not None:
            content = b"".join(means.blobs.chunks(from_row(means.blobs, row)))
            found[row.leading] = (*known, OtherPart(row.id, content))
    return found


def _goes_with(part: Any, mine: Any) -> Any:
    """Parts that wait go with one that waits; with what went out before, what was in it, and no more."""
    waiting = (DOCUMENT.c.state == "collected") & part.c.leader.is_(None) & ~_led(mine) & ~_led(part)
    return waiting | ((DOCUMENT.c.state == "combined") & (part.c.leader == mine.c.document_id))


def _led(part: Any) -> Any:
    """Whether others went out in this one, or it takes the place of one that went out."""
    others = OUTBOUND_PART.alias()
    return select(others.c.document_id).where(others.c.leader == part.c.document_id).exists()


def record(transaction: Transaction, outcomes: Sequence[OutboundOutcome]) -> None:
    """Note parts that wait, and let those go that are all there. Their documents are written already.

    Where one is held, the others wait again until it is replayed; so do those that came too late for one that went out.
    """
    waiting = [one for one in outcomes if one.part and one.state == "collected"]
    _PUT.run(transaction.connection, [_row(one) for one in waiting])
    groups = {one.part.group for one in waiting if one.part}
    ended = _ended(transaction, outcomes)
    for group in sorted(groups | set(ended)):
        _settle(transaction, group, anew=ended.get(group, False))


def _ended(transaction: Transaction, outcomes: Sequence[OutboundOutcome]) -> Mapping[str, bool]:
    """Groups of which one went out or is held, and whether it led parts that wait: what is sent again leads its own."""
    over = [one.id for one in outcomes if _failed(one) or (one.part and one.state == "translated")]
    if not over:
        return {}
    table, among = OUTBOUND_PART, transaction.means.database.among
    failed = among(table.c.document_id, [one.id for one in outcomes if _failed(one)])
    transaction.connection.execute(update(table).where(failed).values(waits=True))
    statement = select(table.c.part_group, table.c.leader).where(among(table.c.document_id, over))
    found: dict[str, bool] = {}
    for row in transaction.connection.execute(statement):
        found[row.part_group] = found.get(row.part_group, False) or row.leader is None
    return found


def _row(outcome: OutboundOutcome) -> dict[str, Any]:
    part = outcome.part
    assert part is not None  # noqa: S101 - asked by the caller
    row = {"document_id": outcome.id, "part_group": part.group, "number": part.number, "of": part.of}
    return {**row, "waits": True, "leader": None}


def _settle(transaction: Transaction, group: str, *, anew: bool) -> None:
    """Say in every part how many are here; the last one lets all go. Of two with one number and place the later counts.

    Parts that a person has let go go on, whatever comes after them, but where all begin `anew`: the one that led them
    went out or is held. What went out before goes again with what was in it, and is no part of what waits. The caller
    holds the lock.
    """
    here: dict[int, Any] = {}
    going: set[int] = set()
    superseded: set[int] = set()
    for row in _members(transaction, group):
        if row.led:
            _let_go(transaction, [row], "goes out with its other parts")
            work.collect(transaction, [row.id])
            continue
        other = here.get(row.number)
        if other is not None and other.part["key"] != row.part["key"]:
            _hold(transaction, row, other)
            continue
        if other is not None:
            _supersede(transaction, other, row.id)
            superseded.add(row.number)
        here[row.number] = row
        going |= set() if anew or row.waits else {row.number}
    waiting = list(here.values())
    if not waiting:
        return
    of = max(row.of for row in waiting)
    if set(range(1, of + 1)) <= set(here):
        going = set(here)
    let_go = [row for row in waiting if row.number in going]
    stay = [row for row in waiting if row.number not in going]
    _let_go(transaction, let_go, "goes out with its other parts")
    _let_go(transaction, stay, f"waits for its other parts ({len(here)} of {of} here)", waits=True)
    if let_go and (not stay or superseded & going):
        work.collect(transaction, [_first(let_go)])


def _let_go(transaction: Transaction, rows: Sequence[Any], words: str, *, waits: bool = False) -> None:
    if not rows:
        return
    among, ids = transaction.means.database.among, [row.id for row in rows]
    transaction.connection.execute(update(DOCUMENT).where(among(DOCUMENT.c.id, ids)).values(reason=words))
    parts = among(OUTBOUND_PART.c.document_id, ids)
    transaction.connection.execute(update(OUTBOUND_PART).where(parts).values(waits=waits))


def _first(waiting: Sequence[Any]) -> str:
    """Who leads: the part with the lowest number."""
    return str(min(waiting, key=lambda row: int(row.number)).id)


def _members(transaction: Transaction, group: str) -> Sequence[Any]:
    """Parts that wait, the oldest first. `led` are those that went out before, with or without others."""
    part = OUTBOUND_PART
    columns = (DOCUMENT.c.id, DOCUMENT.c.transmission_id, DOCUMENT.c.part, part.c.number, part.c.of, part.c.waits)
    statement = (
        select(*columns, _led(part).label("led"))
        .join(part, part.c.document_id == DOCUMENT.c.id)
        .where(part.c.part_group == group, DOCUMENT.c.state == "collected")
        .order_by(DOCUMENT.c.id)
    )
    return transaction.connection.execute(statement).all()


def _hold(transaction: Transaction, row: Any, other: Any) -> None:
    """Another place under the same number: nothing of the one that came first is taken back for it."""
    said = f"part {row.number} is for '{other.part['key']}' already in {other.id}"
    why = f"{said}, and here for '{row.part['key']}': number the parts anew"
    transaction.connection.execute(
        update(DOCUMENT)
        .where(DOCUMENT.c.id == row.id)
        .values(state=str(OutboundState.HELD), reason=why, state_at=transaction.now)
    )
    kind = LIFE.event(OutboundState.COLLECTED, OutboundState.HELD)
    events.record(transaction, [Change(transmission=row.transmission_id, subject=row.id, kind=kind, why=why)])


def _supersede(transaction: Transaction, old: Any, new: str) -> None:
    why = f"the same part was handed in again as {new}"
    transaction.connection.execute(
        update(DOCUMENT)
        .where(DOCUMENT.c.id == old.id)
        .values(state=str(OutboundState.SUPERSEDED), reason=why, state_at=transaction.now)
    )
    kind = LIFE.event(OutboundState.COLLECTED, OutboundState.SUPERSEDED)
    events.record(
        transaction, [Change(transmission=old.transmission_id, subject=old.id, kind=kind, why=why, detail={"by": new})]
    )


# ---------------------------------------------------------------------------------------------- going out as one


def claim(transaction: Transaction, outcomes: Sequence[OutboundOutcome]) -> list[OutboundOutcome]:
    """Those whose parts are all still theirs to take along; who comes second writes nothing."""
    wanted = [one for outcome in outcomes for one in outcome.combined]
    if not wanted:
        return list(outcomes)
    table, among = DOCUMENT, transaction.means.database.among
    statement = (
        select(table.c.id, table.c.state, OUTBOUND_PART.c.leader)
        .join(OUTBOUND_PART, OUTBOUND_PART.c.document_id == table.c.id)
        .where(among(table.c.id, wanted))
        .order_by(table.c.id)
    )
    known = {row.id: row for row in transaction.connection.execute(statement)}
    taken: set[str] = set()
    mine: list[OutboundOutcome] = []
    for outcome in outcomes:
        free = all(_is_free(known.get(one), outcome.id) for one in outcome.combined)
        if free and not taken & {outcome.id, *outcome.combined}:
            mine.append(outcome)
            taken |= {outcome.id, *outcome.combined}
    return mine


def _is_free(row: Any, leader: str) -> bool:
    return row is not None and (row.state == "collected" or (row.state == "combined" and row.leader == leader))


def combined(transaction: Transaction, outcomes: Sequence[OutboundOutcome]) -> None:
    """The parts that went into translated documents end there."""
    among = transaction.means.database.among
    for outcome in outcomes:
        if outcome.state != "translated" or not outcome.combined:
            continue
        statement = (
            update(DOCUMENT)
            .where(among(DOCUMENT.c.id, outcome.combined), DOCUMENT.c.state == "collected")
            .values(
                state=str(OutboundState.COMBINED),
                reason=f"goes out as {outcome.id}, with all parts",
                state_at=transaction.now,
            )
            .returning(DOCUMENT.c.id, DOCUMENT.c.transmission_id)
        )
        rows = transaction.connection.execute(statement).all()
        parts = among(OUTBOUND_PART.c.document_id, outcome.combined)
        transaction.connection.execute(update(OUTBOUND_PART).where(parts).values(leader=outcome.id))
        kind, detail = LIFE.event(OutboundState.COLLECTED, OutboundState.COMBINED), {"into": outcome.id}
        changes = [Change(transmission=row.transmission_id, subject=row.id, kind=kind, detail=detail) for row in rows]
        events.record(transaction, sorted(changes, key=lambda change: change.subject))


# ---------------------------------------------------------------------------------------------- what a person may do


def release(transaction: Transaction, row: Any, *, reason: str, who: str) -> str:
    """Let a part go without those that are missing. Raises UsageError when it waits for none."""
    if transaction.means.database.kind == "postgresql":
        transaction.connection.execute(select(func.pg_advisory_xact_lock(Lock.PARTS.value)))
    table = OUTBOUND_PART
    part = transaction.connection.execute(select(table).where(table.c.document_id == row.id)).first()
    members = [] if part is None else [one for one in _members(transaction, part.part_group) if not one.led]
    if part is None or row.id not in {one.id for one in members} or not part.waits:
        raise UsageError(f"{row.id} is {row.state} and waits for no other parts")
    ids = [one.id for one in members]
    among = transaction.means.database.among
    transaction.connection.execute(update(table).where(among(table.c.document_id, ids)).values(waits=False))
    detail = {"parts": " ".join(str(one.number) for one in members), "of": str(part.of)}
    events.record(
        transaction,
        [
            Change(
                transmission=one.transmission_id,
                subject=one.id,
                kind=DOCUMENT_REPLAYED,
                who=who,
                why=reason,
                detail=detail,
            )
            for one in members
        ],
    )
    leader = _first(members)
    work.collect(transaction, [leader])
    return f"{len(ids)} of {part.of} parts go out as {leader}, without the others"


def take_over(transaction: Transaction, old: str, new: str) -> None:
    """Another document takes the place of one that went out, with all that was combined in it.

    It leads itself, too: so it is known for one that went out, when it was alone and parts wait that came since.
    """
    table = OUTBOUND_PART
    row = transaction.connection.execute(select(table).where(table.c.document_id == old)).first()
    if row is None:
        return
    _PUT.run(transaction.connection, [{**row._mapping, "document_id": new, "waits": False, "leader": new}])
    transaction.connection.execute(update(table).where(table.c.leader == old).values(leader=new))
