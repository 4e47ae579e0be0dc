"""Control numbers: given out in the transaction that stores what carries them, so none is lost and none is used twice.

The row's lock is the queue: no database sequence, which would leave gaps when a transaction is rolled back.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.store.means import Transaction
from gateway.store.tables import CONTROL_NUMBER

LARGEST = 999_999_999
"""ISA13 has nine digits, GS06 at most nine; after it comes 1."""


class Numbered(NamedTuple):
    """What a counter counts: ISA13 per (our qualifier and id, theirs, usage), GS06 per (our GS id, theirs)."""

    kind: str
    ours: str
    theirs: str
    usage: str = ""


def allocate(transaction: Transaction, wanted: Mapping[Numbered, int]) -> dict[Numbered, Sequence[int]]:
    """The next numbers, as many as wanted of each. Locks the counters until the transaction ends.

    Counters are locked in sorted order: two transactions that need the same two never wait for each other.
    """
    value = CONTROL_NUMBER.c.value
    found: dict[Numbered, Sequence[int]] = {}
    for counter in sorted(wanted):
        count = wanted[counter]
        first_time = transaction.means.database.insert(CONTROL_NUMBER).values(**counter._asdict(), value=count)
        statement = first_time.on_conflict_do_update(
            index_elements=["kind", "ours", "theirs", "usage"],
            set_={"value": (value + count - 1) % LARGEST + 1},
        ).returning(value)
        last = transaction.connection.execute(statement).scalar_one()
        found[counter] = [(last - count + step) % LARGEST + 1 for step in range(count)]
    return found
