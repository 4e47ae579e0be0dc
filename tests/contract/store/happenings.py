"""Events for the outbox, and who wants to know of them."""

from datetime import datetime

from sqlalchemy import Connection

from gateway.pipeline.notices.choose import Subscriptions, subscriptions
from gateway.store.database import Database
from gateway.store.tables import EVENT
from tests.unit.partners.folder import INTAKE, a_book

HOOK = "webhook/finance/ledger"
PEOPLE = "mail/finance/controller@pine.example"
NOTIFY = """\
owner: finance
webhooks:
  ledger: {url: "https://hooks.pine.example/edi", secret: file:secrets/ledger.key, events: [document.*]}
alerts:
  mail: [controller@pine.example]
  rules:
    dead: {when: [document.dead]}
"""


def wanted(notify: str = NOTIFY, **files: str) -> Subscriptions:
    """What a small folder with one more file wants told."""
    return subscriptions(a_book({"notify/finance.yaml": notify, "intake/erp.yaml": INTAKE, **files}))


def happens(connection: Connection, kind: str, subject: str = "01K", at: datetime | None = None, why: str = "") -> None:
    """One event, in somebody's transaction."""
    at = at or datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    row = {"at": at, "transmission_id": "", "subject": subject, "kind": kind, "who": "a test", "why": why}
    connection.execute(EVENT.insert().values(row | {"detail": {}}))


def committed(database: Database, *kinds: str, subject: str = "01K", why: str = "") -> None:
    """Events, each in a transaction of its own."""
    for kind in kinds:
        with database.begin() as connection:
            happens(connection, kind, subject, why=why)
