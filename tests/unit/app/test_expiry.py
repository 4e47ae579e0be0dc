"""Which certificates of a folder will be over soon, and a watch that goes on when the database does not."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from gateway.app.expiry import ExpiryWatch, expiring
from gateway.errors import MachineError
from gateway.partners.certificates import Ending
from tests.unit.as2.cms.people import with_rsa
from tests.unit.partners.certified import ACME, AS2, PEM, as2_channel
from tests.unit.partners.folder import a_book

OURS = with_rsa("pine-2026").certificate
END = ACME.certificate.not_valid_after_utc


def test_both_sides_of_a_channel_are_looked_at() -> None:
    book = a_book(as2_channel())

    assert expiring(book, {"pine-2026": OURS}, END - timedelta(days=31)) == []
    soon = expiring(book, {"pine-2026": OURS}, END - timedelta(days=6, hours=12))
    assert [(one.whose, one.name, one.days, one.followed) for one in soon] == [
        ("theirs", "acme/2026.pem", 7, False),
        ("ours", "pine-2026", 7, False),
    ]
    assert [one.days for one in expiring(book, {}, END)] == [0]


MAIL = """\
door: mail
owner: onboarding
carries: [acme]
our_address: acme@edi.pine.example
their_addresses: [edi@acme.example]
certificates: [{file: acme/2026.pem, until: 9990-12-31}]
keys: [{name: pine-2026, until: 9990-12-31}]
relay: {host: smtp.pine.example, tls_authority: acme/2026.pem}
"""


def test_what_tls_depends_on_is_looked_at_too() -> None:
    """A relay that is pinned is not reached any more from that day on, and servers turn away from our STARTTLS."""
    files = {"channels/acme-mail.yaml": MAIL, "certificates/acme/2026.pem": PEM}
    found = expiring(a_book(files), {"pine-2026": OURS}, END - timedelta(hours=1), shown=OURS)

    assert [(one.whose, one.name, one.days) for one in found] == [
        ("server", "acme/2026.pem", 1),
        ("ours", "keys/smtp/certificate.pem", 1),
    ]
    assert found[0].sentence.startswith(
        "channel acme-mail: certificate acme/2026.pem of the server that we send to will be over on "
    )


def test_what_an_as2_server_has_to_lead_to_is_looked_at_too() -> None:
    way = "send: {url: 'https://as2.acme.example/as2', tls_authority: acme/2026.pem}\n"
    found = expiring(a_book(as2_channel(AS2 + way)), {}, END - timedelta(hours=1))

    assert [(one.whose, one.name) for one in found] == [("theirs", "acme/2026.pem"), ("server", "acme/2026.pem")]


class _Told:
    """Fails once, then takes what it is told."""

    def __init__(self) -> None:
        self.calls = 0
        self.done = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def tell(self, endings: Sequence[Ending]) -> Sequence[Ending]:
        self.calls += 1
        if self.calls == 1:
            raise MachineError("database is away")
        self.loop.call_soon_threadsafe(self.done.set)
        return ()


async def test_a_database_that_is_away_ends_no_watch() -> None:
    told: Any = _Told()
    watch = ExpiryWatch(list, told, every_seconds=0.001)
    watch.start()

    await asyncio.wait_for(told.done.wait(), 10)

    await watch.close()
    assert told.calls >= 2
