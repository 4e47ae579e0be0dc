"""Who may deliver an interchange: the first to claim its key. The primary key decides between any writers."""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, assert_never

from sqlalchemy import bindparam, select, update

from gateway.ledger.duplicates import First, Known, OtherBytes, SameBytes, judge
from gateway.pipeline.stage import DuplicateKey, InterchangeOutcome
from gateway.store.columns import indexed
from gateway.store.means import Transaction
from gateway.store.tables import INTERCHANGE_KEY

Key = tuple[str, str, str, str]
_NAMES = ("sender", "receiver", "usage", "control_number")
_COLUMNS = [INTERCHANGE_KEY.c[name] for name in _NAMES]
_TAKE_OVER = (
    update(INTERCHANGE_KEY)
    .where(*(INTERCHANGE_KEY.c[name] == bindparam(f"key_{name}") for name in _NAMES))
    .values({name: bindparam(name) for name in ("interchange_id", "transmission_id", "sha256", "seen_at")})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An interchange that wants its key. `released`: an operator lets it take the key from whoever holds it."""

    transmission: str
    interchange: InterchangeOutcome
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The interchange that holds a key, since `seen_at`."""

    interchange: str
    transmission: str
    sha256: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a claim came to: "granted", or `holder` has the key with the "same" or with "other" bytes."""

    standing: Literal["granted", "same", "other"]
    holder: Holder


def claim(transaction: Transaction, claims: Sequence[Claim]) -> dict[str, Verdict]:
    """Decide every claim, in their order, and write who holds what. Returns verdicts by interchange id.

    Claims without a key are left out. Of two in one call the first wins; of two transactions the first to commit.
    """
    keyed = [(_key(one.interchange.duplicate_key), one) for one in claims if one.interchange.duplicate_key]
    firsts: dict[Key, Claim] = {}
    for key, one in keyed:
        firsts.setdefault(key, one)
    inserted = _insert(transaction, firsts)
    holders = {key: _holder(firsts[key], transaction.now) for key in inserted}
    holders |= _held(transaction, firsts.keys() - inserted)
    verdicts: dict[str, Verdict] = {}
    taken_over: dict[Key, Holder] = {}
    for key, one in keyed:
        verdict = _judge(one, holders[key], transaction.now)
        if verdict.standing == "granted" and verdict.holder is not holders[key]:
            holders[key] = taken_over[key] = verdict.holder
        verdicts[one.interchange.id] = verdict
    if taken_over:
        rows = [
            _row(key, holder, prefix="key_") for key, holder in sorted(taken_over.items(), key=lambda item: item[0])
        ]
        transaction.connection.execute(_TAKE_OVER, rows)
    return verdicts


def _judge(one: Claim, holder: Holder, now: datetime) -> Verdict:
    interchange = one.interchange
    known = Known(interchange=holder.interchange, sha256=holder.sha256, seen_at=holder.seen_at)
    judgement = judge(
        known,
        interchange.sha256,
        now=now,
        window=interchange.window,
        released=one.released,
        interchange=interchange.id,
    )
    match judgement:
        case First():
            mine = holder if holder.interchange == interchange.id else _holder(one, now)
            return Verdict(standing="granted", holder=mine)
        case SameBytes():
            return Verdict(standing="same", holder=holder)
        case OtherBytes():
            return Verdict(standing="other", holder=holder)
    assert_never(judgement)


def _insert(transaction: Transaction, firsts: dict[Key, Claim]) -> set[Key]:
    """Take what is free. Waits for a transaction that is just taking the same key. Sorted against deadlock."""
    if not firsts:
        return set()
    rows = [_row(key, _holder(one, transaction.now)) for key, one in sorted(firsts.items(), key=lambda item: item[0])]
    statement = transaction.means.database.insert(INTERCHANGE_KEY).on_conflict_do_nothing().returning(*_COLUMNS)
    return {_tuple(row) for row in transaction.connection.execute(statement, rows)}


def _held(transaction: Transaction, keys: Iterable[Key]) -> dict[Key, Holder]:
    """Who holds these keys, locked until the transaction ends. Few: only keys that came before."""
    found: dict[Key, Holder] = {}
    for key in sorted(keys):
        statement = select(INTERCHANGE_KEY).where(*map(operator.eq, _COLUMNS, key)).with_for_update(key_share=True)
        row = transaction.connection.execute(statement).one()
        found[key] = Holder(
            interchange=row.interchange_id, transmission=row.transmission_id, sha256=row.sha256, seen_at=row.seen_at
        )
    return found


def _holder(one: Claim, now: datetime) -> Holder:
    interchange = one.interchange
    return Holder(interchange=interchange.id, transmission=one.transmission, sha256=interchange.sha256, seen_at=now)


def _row(key: Key, holder: Holder, *, prefix: str = "") -> dict[str, Any]:
    named = {f"{prefix}{name}": value for name, value in zip(_NAMES, key, strict=True)}
    return named | {
        "interchange_id": holder.interchange,
        "transmission_id": holder.transmission,
        "sha256": holder.sha256,
        "seen_at": holder.seen_at,
    }


def _key(key: DuplicateKey) -> Key:
    return (indexed(key.sender), indexed(key.receiver), indexed(key.usage), indexed(key.control_number))


def _tuple(row: Any) -> Key:
    return (row.sender, row.receiver, row.usage, row.control_number)
