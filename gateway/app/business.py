"""The pretend ERP of `./run` doing business: orders that reach it are answered at the gateway's own intake, as any ERP
would. The gateway itself makes no document up, and `gateway serve` has no pretend ERP.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from gateway.app.demo.trade import wanted
from gateway.app.memory import utc_now
from gateway.app.secrets import Secrets
from gateway.backends.pretend.desk import Desk
from gateway.backends.pretend.intake import PretendBusiness
from gateway.backends.sandbox import SandboxErp
from gateway.partners.book import Book

INTAKE: Final = "erp"
"""The system it hands documents in as, partners/intake/erp.yaml; another one where there is no such file."""

_LABELS: Final = 900_000_000
"""Serial numbers of labels have nine digits; those of a start follow from its second, so that none comes again soon."""


@contextlib.asynccontextmanager
async def doing_business(sandbox: SandboxErp, book: Book, secrets: Secrets, url: str) -> AsyncIterator[bool]:
    """For the length of a block the sandbox answers what it is given. Yields whether it can: without a file that says
    which of our systems may send it cannot.
    """
    known = book.intakes.get(INTAKE) or next(iter(book.intakes.values()), None)
    if known is None:
        yield False
        return
    reaches = frozenset(known.may_send)
    business = PretendBusiness(_desk(), url=url, key=secrets.get(known.api_key), reaches=reaches)
    await business.start()
    sandbox.tell(business.kept, shows=business.shown)
    try:
        yield True
    finally:
        await business.close()


def _desk() -> Desk:
    """The rules of the demo. We ship ourselves: nobody plays a warehouse here, and a trade would stop at its order."""
    labels = int(utc_now().timestamp()) % _LABELS
    docks = {"fernhill": wanted.FERNHILL_DOCK}
    return Desk(
        us=wanted.US,
        warehouses={},
        clock=utc_now,
        docks=docks,
        one_total=list(docks),
        completed=wanted.completed,
        labels=labels,
    )
