"""Our answers: numbered, sealed and laid out in the transaction that records what they answer, for the partner to fetch
or for us to carry.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from gateway.ledger.events import ACKNOWLEDGEMENT_OFFERED
from gateway.parcel import Content
from gateway.pipeline.outbound.stage import LANES
from gateway.pipeline.stage import InterchangeOutcome
from gateway.store import carryings, contents
from gateway.store.entries import entry_row, free_name, put_entries, taken_names
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.numbers import Numbered, allocate
from gateway.store.rows import ManyRows
from gateway.store.tables import ACKNOWLEDGEMENT, CARRYING, MAILBOX_ENTRY
from gateway.x12.acknowledge import AcknowledgementDraft

_INSERT = ManyRows(lambda insert: insert(ACKNOWLEDGEMENT))
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A draft, what it answers and where it is laid out."""

    transmission: str
    interchange: InterchangeOutcome
    channel: str
    draft: AcknowledgementDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An interchange that came again, and why its answers are laid out once more."""

    interchange: InterchangeOutcome
    why: str


def seal_and_offer(transaction: Transaction, answers: Sequence[Answer]) -> list[Change]:
    """Number and seal every draft, store the bytes, lay them out. Returns the events of it."""
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
    _INSERT.run(transaction.connection, rows)
    _lay_out(transaction, [(row, answer.interchange) for (row, _), answer in zip(sealed, answers, strict=True)])
    return [_acknowledged(row) for row in rows]


def lock_answers(transaction: Transaction, interchanges: Sequence[str]) -> None:
    """Lock the places in mailboxes, and the files that we push, of answers to interchanges that came again: before
    anything of ours that is answered, as who carries both at once does.
    """
    if not interchanges:
        return
    table, among = ACKNOWLEDGEMENT.c, transaction.means.database.among
    ids = select(table.id).where(among(table.interchange_id, sorted(set(interchanges))))
    carried = (CARRYING.c.kind == "acknowledgement") & CARRYING.c.subject.in_(ids)
    for of, theirs in ((MAILBOX_ENTRY, MAILBOX_ENTRY.c.acknowledgement_id.in_(ids)), (CARRYING, carried)):
        mine = select(of.c.id).where(theirs).order_by(of.c.id)
        transaction.connection.execute(mine.with_for_update(key_share=True)).all()


def offer_again(transaction: Transaction, copies: Mapping[tuple[str, str], Copy]) -> list[Change]:
    """Put stored answers out once more, the same bytes, by the channel that the copy came by.

    `copies` says by (id of the interchange that was answered, channel) what came again.
    """
    if not copies:
        return []
    table, among = ACKNOWLEDGEMENT, transaction.means.database.among
    asked: dict[str, list[tuple[str, Copy]]] = {}
    for (interchange, channel), copy in copies.items():
        asked.setdefault(interchange, []).append((channel, copy))
    known = select(table).where(among(table.c.interchange_id, list(asked))).order_by(table.c.id)
    rows = transaction.connection.execute(known).all()
    offers = [_Offer(row, channel, copy) for row in rows for channel, copy in asked[row.interchange_id]]
    # The entries before the acknowledgements, as a pickup does it: two that lock in another order wait for ever.
    there = _bring_back(transaction, [one for one in offers if not one.push])
    there |= _carry_again(transaction, [one for one in offers if one.push])
    placed = [(_placed(one, there.get((one.row.id, one.channel))), one) for one in offers]
    new = [(row, one.copy.interchange) for row, one in placed if (one.row.id, one.channel) not in there]
    _lay_out(transaction, new)
    again = update(table).where(among(table.c.id, [row.id for row in rows]))
    transaction.connection.execute(again.values(state="offered", offers=table.c.offers + 1, offered_at=transaction.now))
    return [_acknowledged(row, one.copy.why) for row, one in placed]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A stored answer that is to be laid out in a channel once more."""

    row: Any
    channel: str
    copy: Copy

    @property
    def push(self) -> bool:
        return self.copy.interchange.push


def _lay_out(transaction: Transaction, rows: Sequence[tuple[Mapping[str, Any], InterchangeOutcome]]) -> None:
    """For pickup, or to be carried there."""
    put_entries(transaction, [_outbound(transaction, row) for row, interchange in rows if not interchange.push])
    pushed = [_carrying(transaction, row, interchange) for row, interchange in rows if interchange.push]
    carryings.lay_out(transaction, pushed)


def _carry_again(transaction: Transaction, offers: Sequence[_Offer]) -> Mapping[tuple[str, str], str]:
    """Answers that we carried by the channel before go once more; what is on its way there goes on."""
    table, among = CARRYING, transaction.means.database.among
    channels, ids = sorted({one.channel for one in offers}), sorted({one.row.id for one in offers})
    if not offers:
        return {}
    here = (table.c.kind == "acknowledgement") & among(table.c.subject, ids) & among(table.c.channel, channels)
    rows = transaction.connection.execute(
        select(table).where(here).order_by(table.c.id).with_for_update(key_share=True)
    ).all()
    why = {(one.row.id, one.channel): one.copy.why for one in offers}
    for one in rows:
        if (one.subject, one.channel) in why and one.state not in ("waiting", "awaiting"):
            carryings.again(transaction, [one], why=why[one.subject, one.channel])
    return {(one.subject, one.channel): one.name for one in rows}


def _bring_back(transaction: Transaction, offers: Sequence[_Offer]) -> dict[tuple[str, str], str]:
    """Entries that are still in some folder of the channel wait in "outbound" again. Names by (answer, channel)."""
    table, among = MAILBOX_ENTRY, transaction.means.database.among
    found: dict[tuple[str, str], str] = {}
    for channel in sorted({one.channel for one in offers}):
        here = [one.row.id for one in offers if one.channel == channel]
        back = (
            update(table)
            .where(table.c.channel == channel, among(table.c.acknowledgement_id, here))
            .values(folder="outbound", state="ready", modified_at=transaction.now)
            .returning(table.c.acknowledgement_id, table.c.name)
        )
        found |= {(row.acknowledgement_id, channel): row.name for row in transaction.connection.execute(back)}
    return found


def _placed(offer: _Offer, name: str | None) -> dict[str, Any]:
    """An answer as it is offered in a channel, which may not be the one it was written for.

    There its name is one that no answer of that channel will ever have: numbers are counted per pair, not per channel.
    """
    row, channel = offer.row, offer.channel
    elsewhere = row.channel != channel and row.id not in row.name
    free = f"{row.name.removesuffix('.x12')}-{row.id}.x12" if elsewhere else row.name
    return dict(row._mapping) | {"channel": channel, "name": name or free}


def told(drafts: Sequence[AcknowledgementDraft]) -> dict[tuple[str, str, str], str]:
    """AK501 or IK501 by (GS06, ST01, ST02), read from what will be sent and nowhere else."""
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
                        case "AK5" | "IK5":
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
    taken = taken_names(transaction, [(row["channel"], row["name"]) for row in rows])
    for row in rows:
        row["name"] = free_name(taken, row["channel"], row["name"], row["id"])


def _carrying(transaction: Transaction, row: Mapping[str, Any], interchange: InterchangeOutcome) -> dict[str, Any]:
    return carryings.row(
        transaction,
        channel=row["channel"],
        kind="acknowledgement",
        subject=row["id"],
        partner=interchange.partner,
        name=row["name"],
        content=Content(sha256=row["sha256"], size=row["size"]),
        lane=LANES["urgent"],  # small, and the partner's deadline runs
        usage=interchange.header.usage,
        transmission=row["transmission_id"],
    )


def _outbound(transaction: Transaction, row: Mapping[str, Any]) -> dict[str, Any]:
    return entry_row(
        transaction,
        channel=row["channel"],
        folder="outbound",
        name=row["name"],
        state="ready",
        content=Content(sha256=row["sha256"], size=row["size"]),
        transmission=row["transmission_id"],
        acknowledgement=row["id"],
    )


def _acknowledged(row: Mapping[str, Any], why: str = "") -> Change:
    """The event of an offer, the first or (`why`) another."""
    numbers = {"isa13": f"{row['interchange_number']:09}", "gs06": " ".join(map(str, row["group_numbers"]))}
    detail = {name: row[name] for name in ("kind", "name", "channel")} | {"interchange": row["interchange_id"]}
    return Change(
        transmission=row["transmission_id"],
        subject=row["id"],
        kind=ACKNOWLEDGEMENT_OFFERED,
        why=why,
        detail=detail | ({} if why else numbers),
    )
