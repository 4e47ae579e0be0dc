"""The memory of every change of state: who, what, when, why. Only ever added to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.store.means import Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import EVENT

_INSERT = ManyRows(lambda insert: insert(EVENT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. `subject` is the id of what changed, `kind` one of `gateway.ledger.events`."""

    transmission: str
    subject: str
    kind: str
    why: str = ""
    who: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


def record(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Write events in the transaction that changes the rows they are about."""
    _INSERT.run(transaction.connection, [_row(transaction, change) for change in changes])


def _row(transaction: Transaction, change: Change) -> dict[str, Any]:
    return {
        "at": transaction.now,
        "transmission_id": change.transmission,
        "subject": change.subject,
        "kind": change.kind,
        "who": change.who or transaction.means.who,
        "why": change.why,
        "detail": dict(change.detail),
    }
