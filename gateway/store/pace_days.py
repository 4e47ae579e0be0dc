"""Days of partners added up: what was counted of a document is taken out before it is counted anew."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from gateway.ledger.acks import AcknowledgementState
from gateway.pipeline.reporting_scorecard import step
from gateway.store.means import Transaction
from gateway.store.pace_tables import PACE_DAY
from gateway.store.rows import MakeInsert, ManyRows

Key = tuple[Any, ...]
KEY: Final = ("day", "partner", "direction", "usage", "set_id")
COUNTS: Final = ("documents", "answered", "refused", "noted", "late", "refusals")
MOST_FAULTS: Final = 300
"""Faults that a day of one set is counted by: more are nobody's habit, they are somebody's prank."""

MORE: Final = "more"
"""All faults beyond them."""

_A = AcknowledgementState
_REFUSED: Final = (_A.REJECTED.value, _A.PARTIALLY_ACCEPTED.value, "R")
_NOTED: Final = (_A.ACCEPTED_WITH_ERRORS.value, "E")
_USED: Final = (_A.ACCEPTED.value, "A")


def _upsert(insert: MakeInsert) -> Any:
    statement = insert(PACE_DAY)
    changed = {column.name: statement.excluded[column.name] for column in PACE_DAY.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(KEY), set_=changed)


_PUT = ManyRows(_upsert)


def recount(transaction: Transaction, before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> None:
    """Take out of their days how documents fared as it was counted, and put in how they fare now.

    Both as rows of `document_pace`. One follower at a time does so: what it reads nobody else changes meanwhile.
    """
    changes = [(-1, row) for row in before] + [(1, row) for row in after]
    keys = sorted({key for _, row in changes for key in _keys(row)})
    if not keys:
        return
    days = _stored(transaction, keys)
    for sign, row in changes:
        for key in _keys(row):
            _count(days[key], row, sign)
    _PUT.run(transaction.connection, [days[key] for key in keys])


def _keys(row: Mapping[str, Any]) -> Iterator[Key]:
    """Its set's, and that of all sets."""
    about = tuple(row[name] for name in KEY[:-1])
    yield (*about, row["set_id"])
    if row["set_id"]:
        yield (*about, "")


def _stored(transaction: Transaction, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
    days, partners = sorted({key[0] for key in keys}), sorted({key[1] for key in keys})
    among = transaction.means.database.among(PACE_DAY.c.partner, partners)
    wanted = select(PACE_DAY).where(PACE_DAY.c.day.in_(days), among).with_for_update(key_share=True)
    found: dict[Key, dict[str, Any]] = {key: _nothing(key) for key in keys}
    for row in transaction.connection.execute(wanted):
        key = tuple(getattr(row, name) for name in KEY)
        if key in found:
            found[key] = dict(row._mapping)
    return found


def _nothing(key: Key) -> dict[str, Any]:
    kinds: dict[str, Any] = {"answered_after": {}, "fetched_after": {}, "faults": {}}
    return {**dict(zip(KEY, key, strict=True)), **dict.fromkeys(COUNTS, 0), **kinds}


def _count(day: dict[str, Any], row: Mapping[str, Any], sign: int) -> None:
    verdict, refused = row["verdict"], row["verdict"] in _REFUSED
    day["documents"] += sign
    day["answered"] += sign * (refused or verdict in _NOTED or verdict in _USED)
    day["refused"] += sign * refused
    day["noted"] += sign * (verdict in _NOTED)
    day["late"] += sign * bool(row["late"])
    day["refusals"] += sign * row["refusals"]
    for name in ("answered_after", "fetched_after"):
        if row[name] is not None:
            _add(day[name], str(step(row[name])), sign)
    for fault in row["faults"]:
        _add_fault(day["faults"], fault, sign, refused)


def _add(counts: dict[str, int], name: str, sign: int) -> None:
    counts[name] = counts.get(name, 0) + sign
    if not counts[name]:
        del counts[name]


def _add_fault(faults: dict[str, list[int]], name: str, sign: int, refused: bool) -> None:
    if name not in faults and (sign < 0 or len(faults) >= MOST_FAULTS):
        name = MORE
    counted = faults.setdefault(name, [0, 0])
    counted[0] += sign
    counted[1] += sign * refused
    if counted[0] <= 0:
        del faults[name]
