"""One of our own systems that was paused works again: what waited for it goes on."""

from sqlalchemy import select, update

from gateway.store import work
from gateway.store.means import Means, Transaction
from gateway.store.pausing import DESTINATIONS
from gateway.store.tables import DOCUMENT


def resume(means: Means, name: str) -> None:
    """Close the breaker, and only then, in a second transaction, send out whatever waits."""
    with means.database.begin() as connection:
        DESTINATIONS.close(Transaction(means, connection, means.now()), name)
    with means.database.begin() as connection:
        waiting = (DOCUMENT.c.destination == name) & (DOCUMENT.c.state == "mapped")
        ids = connection.execute(select(DOCUMENT.c.id).where(waiting).order_by(DOCUMENT.c.id)).scalars().all()
        # Their time begins anew, or the sweep would take them for forgotten and send them out a second time.
        among = means.database.among(DOCUMENT.c.id, ids)
        connection.execute(update(DOCUMENT).where(among, waiting).values(next_attempt_at=means.now()))
        work.deliver(Transaction(means, connection, means.now()), {name: ids})
