"""Our answers: numbered, sealed and laid out for pickup in the transaction that records what they answer."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from gateway.ledger.events import ACKNOWLEDGEMENT_OFFERED
from gateway.parcel import Content
from gateway.pipeline.stage import InterchangeOutcome
from gateway.store import contents
from gateway.store.entries import entry_row, put_entries
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.numbers import Numbered, allocate
from gateway.store.tables import ACKNOWLEDGEMENT, MAILBOX_ENTRY
from gateway.x12.acknowledge import AcknowledgementDraft

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A draft, what it answers and where it is laid out."""

    transmission: str
    interchange: InterchangeOutcome
    channel: str
    draft: AcknowledgementDraft


def seal_and_offer(transaction: Transaction, answers: Sequence[Answer]) -> list[Change]:
    """Number and seal every draft, store the bytes, put them into outbound folders. Returns the events of it."""
    if not answers:
        return []
    numbers = {
        counter: iter(given)
        for counter, given in allocate(transaction, _wanted(answer.draft for answer in answers)).items()
    }
    sealed = [_sealed(transaction, answer, numbers) for answer in answers]
    rows = [row for row, _ in sealed]
    _make_names_unique(transaction, rows)
    contents.put(transaction, [content for _, content in sealed])
    transaction.connection.execute(insert(ACKNOWLEDGEMENT), rows)
    put_entries(transaction, [_outbound(transaction, row, content) for row, content in sealed])
    return [_acknowledged(row) for row in rows]


def offer_again(transaction: Transaction, interchanges: Sequence[str], why: Mapping[str, str]) -> list[Change]:
    """Put the stored answers of these interchanges out once more: the same bytes, wherever they had gone.

    `why` says by interchange id what came again.
    """
    if not interchanges:
        return []
    table, among = ACKNOWLEDGEMENT, transaction.means.database.among
    known = select(table).where(among(table.c.interchange_id, interchanges)).order_by(table.c.id)
    rows = {row.id: row for row in transaction.connection.execute(known)}
    # The entry before the acknowledgement, as a pickup does it: two that lock in another order wait for ever.
    back = (
        update(MAILBOX_ENTRY)
        .where(among(MAILBOX_ENTRY.c.acknowledgement_id, list(rows)))
        .values(folder="outbound", state="ready", modified_at=transaction.now)
        .returning(MAILBOX_ENTRY.c.acknowledgement_id)
    )
    there = set(transaction.connection.execute(back).scalars())
    gone = [dict(row._mapping) for name, row in rows.items() if name not in there]
    put_entries(
        transaction,
        [_outbound(transaction, row, Content(sha256=row["sha256"], size=row["size"])) for row in gone],
    )
    offered = update(table).where(among(table.c.id, list(rows)))
    transaction.connection.execute(
        offered.values(state="offered", offers=table.c.offers + 1, offered_at=transaction.now)
    )
    return [_offered_again(row, why.get(row.interchange_id, "")) for row in rows.values()]


def told(drafts: Sequence[AcknowledgementDraft]) -> dict[tuple[str, str, str], str]:
    """AK501 by (GS06, ST01, ST02), read from what will be sent and nowhere else."""
    found: dict[tuple[str, str, str], str] = {}
    for draft in drafts:
        for group in draft.response_groups:
            for response in group.responses:
                number = set_id = set_number = ""
                for segment in response:
                    match segment[0]:
                        case "AK1":
                            number = str(segment[2])
                        case "AK2":
                            set_id, set_number = str(segment[1]), str(segment[2])
                        case "AK5":
                            found.setdefault((number, set_id, set_number), str(segment[1]))
    return found


def _wanted(drafts: Iterable[AcknowledgementDraft]) -> Mapping[Numbered, int]:
    wanted: Counter[Numbered] = Counter()
    for draft in drafts:
        wanted[_interchange_counter(draft)] += 1
        wanted.update(Numbered("GS06", ours, theirs) for ours, theirs in draft.group_pairs)
    return wanted


def _interchange_counter(draft: AcknowledgementDraft) -> Numbered:
    ours = f"{draft.sender_qualifier}/{draft.sender}"
    theirs = f"{draft.receiver_qualifier}/{draft.receiver}"
    return Numbered("ISA13", ours, theirs, draft.usage)


def _sealed(
    transaction: Transaction, answer: Answer, numbers: Mapping[Numbered, Iterator[int]]
) -> tuple[dict[str, Any], Content]:
    draft = answer.draft
    interchange_number = next(numbers[_interchange_counter(draft)])
    group_numbers = [next(numbers[Numbered("GS06", ours, theirs)]) for ours, theirs in draft.group_pairs]
    local = transaction.now.astimezone(ZoneInfo(answer.interchange.time_zone))
    data = draft.seal(interchange_number=interchange_number, group_numbers=group_numbers, now=local)
    content = transaction.means.blobs.keep(data)
    partner = _NOT_IN_NAMES.sub("_", answer.interchange.partner) or "partner"
    row = {
        "id": transaction.means.new_id(),
        "interchange_id": answer.interchange.id,
        "transmission_id": answer.transmission,
        "kind": draft.kind,
        "channel": answer.channel,
        "name": f"{partner}-{draft.kind}-{interchange_number:09}.x12",
        "interchange_number": interchange_number,
        "group_numbers": group_numbers,
        "sha256": content.sha256,
        "size": content.size,
        "state": "offered",
        "offers": 1,
        "sealed_at": transaction.now,
        "offered_at": transaction.now,
        "fetched_at": None,
        "confirmed_at": None,
    }
    return row, content


def _make_names_unique(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Two of our identities, test and production, or a counter that came round may give the same name."""
    table = ACKNOWLEDGEMENT
    names = [row["name"] for row in rows]
    statement = select(table.c.channel, table.c.name).where(transaction.means.database.among(table.c.name, names))
    taken = {(row.channel, row.name) for row in transaction.connection.execute(statement)}
    for row in rows:
        if (row["channel"], row["name"]) in taken:
            row["name"] = f"{row['name'].removesuffix('.x12')}-{row['id']}.x12"
        taken.add((row["channel"], row["name"]))


def _outbound(transaction: Transaction, row: Mapping[str, Any], content: Content) -> dict[str, Any]:
    return entry_row(
        transaction,
        channel=row["channel"],
        folder="outbound",
        name=row["name"],
        state="ready",
        content=content,
        transmission=row["transmission_id"],
        acknowledgement=row["id"],
    )


def _acknowledged(row: Mapping[str, Any]) -> Change:
    detail = {
        "interchange": row["interchange_id"],
        "kind": row["kind"],
        "name": row["name"],
        "channel": row["channel"],
        "isa13": f"{row['interchange_number']:09}",
        "gs06": " ".join(map(str, row["group_numbers"])),
    }
    return Change(transmission=row["transmission_id"], subject=row["id"], kind=ACKNOWLEDGEMENT_OFFERED, detail=detail)


def _offered_again(row: Any, why: str) -> Change:
    detail = {"interchange": row.interchange_id, "kind": row.kind, "name": row.name, "channel": row.channel}
    return Change(
        transmission=row.transmission_id, subject=row.id, kind=ACKNOWLEDGEMENT_OFFERED, why=why, detail=detail
    )
