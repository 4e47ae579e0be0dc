"""Everybody writes at once about few documents: nobody is sent back, and what stands there is what the events say."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.deadlines import StandardClocks
from gateway.pipeline.verbs import How, Selection, Verb
from gateway.store.audit import AuditBook
from gateway.store.business import TOLD, BusinessProjector
from gateway.store.database import Database
from gateway.store.deadlines import StoreDeadlines
from gateway.store.following import Follower
from gateway.store.order_waits import OrderWaits
from gateway.store.owed import OwedProjector
from gateway.store.owed_answers import FAMILIES, AnswersProjector
from gateway.store.owed_tables import OWED
from gateway.store.owed_watch import OwedWatch
from gateway.store.pace import PaceProjector
from gateway.store.purge import Purge
from gateway.store.tables import DOCUMENT, EVENT, OUTBOUND_GROUP
from gateway.store.threading_projector import ThreadProjector
from tests.contract.store import saying
from tests.contract.store.answers import an_answer, answered
from tests.contract.store.sending import handed_in, sealed, translated
from tests.contract.store.shop import Shop, a_mapped
from tests.contract.store.test_owed import Agreed
from tests.contract.store.test_threading import came

SECONDS = 60.0
TOGETHER = 4
"""Invoices in one interchange."""

ACTS: tuple[tuple[Verb, How, dict[str, str]], ...] = (
    ("note", How(), {}),
    ("assign", How(to="kim"), {"direction": "outbound"}),
    ("assign", How(to="lee"), {}),
    ("waive", How(), {"direction": "outbound"}),
    ("waive", How(owed="all"), {}),
    ("waive", How(owed="997"), {}),
    ("resend", How(numbers="same", mode="original"), {"state": "sent"}),
    ("hold", How(), {"direction": "inbound"}),
    ("release", How(), {"state": "held"}),
    ("replay", How(again=True), {"direction": "inbound"}),
    ("close", How(), {}),
)


@dataclass
class Crowd:
    """One of those who write, on connections of its own."""

    shop: Shop
    random: Random
    numbers: Iterator[int]
    agreed: Agreed = field(default_factory=Agreed)

    def some(self, **where: str) -> list[str]:
        """Ids of some of the newest documents that are like that."""
        rows = self.shop.all(DOCUMENT, *(DOCUMENT.c[name] == value for name, value in where.items()))[-60:]
        ids = [row.id for row in rows]
        return self.random.sample(ids, min(len(ids), self.random.choice([1, 2, 5, 20])))

    def sends(self) -> None:
        for _ in range(TOGETHER):
            number = f"HP-{next(self.numbers)}"
            said = {"canonical": b'{"invoice_number":"%s","totals":{"amount":"100.00"}}' % number.encode()}
            batch = {"batch_sets": TOGETHER, "batch_wait_minutes": 60}
            asyncio.run(handed_in(self.shop, number, terms=batch, search={"invoice_number": number}, **said))
        sealed(self.shop)

    def answers(self) -> None:
        group = self.random.choice(self.shop.all(OUTBOUND_GROUP)[-15:])
        codes = [self.random.choice("AAAER") for _ in range(group.sets)]
        taken = sum(code != "R" for code in codes)
        sets = [line for place, code in enumerate(codes, 1) for line in (f"AK2*810*{place:04}", f"AK5*{code}")]
        whole = "A" if taken == group.sets else "P" if taken else "R"
        end = f"AK9*{whole}*{group.sets}*{group.sets}*{taken}"
        said = an_answer((f"AK1*IN*{group.control_number}", *sets, end), number=f"{next(self.numbers):09}")
        asyncio.run(answered(self.shop, said))

    def fetches(self) -> None:
        entries = self.shop.mailbox.entries("acme", "outbound")
        self.shop.mailbox.listed("acme", entries)
        for entry in self.random.sample(entries, min(5, len(entries))):
            self.shop.mailbox.fetched("acme", entry)
        for entry in self.random.sample(entries, min(1, len(entries))):
            self.shop.mailbox.remove("acme", "outbound", entry.name)

    def follows(self) -> None:
        projectors = [
            ThreadProjector(),
            BusinessProjector(),
            OwedProjector(self.agreed),
            PaceProjector(lambda _: "UTC"),
        ]
        Follower(self.shop.means, "business", projectors, own=TOLD).work()

    def watches(self) -> None:
        answers = AnswersProjector(self.agreed)
        Follower(self.shop.means, "answers", [answers], FAMILIES).work()
        OwedWatch(self.shop.means, self.agreed, OwedProjector(self.agreed), answers).work()

    def lets_changes_go(self) -> None:
        Follower(self.shop.means, "order changes", [OrderWaits()]).work()

    def sweeps(self) -> None:
        revision = "one" if self.random.random() < 0.8 else str(next(self.numbers))
        StoreDeadlines(self.shop.means, StandardClocks(), revision).work()
        self.shop.journal.requeue_stranded(self.shop.means.now() - timedelta(minutes=1))

    def acts(self) -> None:
        verb, how, where = self.random.choice(ACTS)
        if ids := self.some(**where):
            self.shop.operator.act(verb, Selection(ids=tuple(ids)), how, reason="it has to be", who="kim")

    def sends_anew(self) -> None:
        for document in self.some(state="sent")[:1]:
            self.shop.operator.resend(document, mode="original", reason="lost", who="kim", anyway=True, numbers="new")
        waiting = [row.id for row in self.shop.all(DOCUMENT, DOCUMENT.c.state == "collected")][:5]
        self.shop.journal.record_collected([translated(one, f"HP-{one[-5:]}") for one in waiting])
        sealed(self.shop)

    def hears(self) -> None:
        numbers = [row.business_number for row in self.shop.all(DOCUMENT, DOCUMENT.c.set_id == "810")][-20:]
        paid = [{"number": one, "paid": "50.00"} for one in self.random.sample(numbers, min(6, len(numbers)))]
        asyncio.run(saying.a_payment(self.shop, *paid))
        number = f"47{self.random.randrange(6)}"
        asyncio.run(came(self.shop, "order_change", number, set_id="860", business_number="1", after_order=True))
        if self.random.random() < 0.5:
            asyncio.run(came(self.shop, "order", number))

    def delivers(self) -> None:
        validated = [row.id for row in self.shop.all(DOCUMENT, DOCUMENT.c.state == "validated")][:20]
        self.shop.journal.record_translated([replace(a_mapped(one), agreement="acme/orders") for one in validated])
        mapped = self.some(state="mapped")
        done = [self.shop.attempted(one, "delivered", "delivered", external_id="SO") for one in mapped]
        self.shop.journal.record_delivered("erp", done)

    def purges(self) -> None:
        before = self.shop.means.now() - timedelta(hours=40)
        Purge(self.shop.means, lambda _partner, _set_id: before, before).run(who="jo", reason="of age")

    def time_goes_on(self) -> None:
        self.shop.clock.turn(hours=3)
        time.sleep(0.3)


MANY: dict[Callable[[Crowd], None], int] = {
    Crowd.sends: 1,
    Crowd.answers: 3,
    Crowd.fetches: 2,
    Crowd.follows: 2,
    Crowd.watches: 2,
    Crowd.lets_changes_go: 1,
    Crowd.sweeps: 2,
    Crowd.acts: 4,
    Crowd.sends_anew: 1,
    Crowd.hears: 1,
    Crowd.delivers: 1,
    Crowd.purges: 1,
    Crowd.time_goes_on: 1,
}


def deadlocks(shop: Shop) -> int:
    with shop.means.database.reading() as connection:
        wanted = text("select deadlocks from pg_stat_database where datname = current_database()")
        return int(connection.execute(wanted).scalar_one())


@pytest.mark.long
@pytest.mark.parametrize("kind", ["postgresql"])
def test_whoever_writes_at_once_nobody_is_sent_back_and_nothing_is_lost(
    shop: Shop, opened: Callable[[], Database]
) -> None:
    numbers, until, guard = count(100_000), time.monotonic() + SECONDS, threading.Lock()
    new_id, before = shop.means.new_id, deadlocks(shop)

    def next_id() -> str:
        with guard:
            return new_id()

    def one(does: Callable[[Crowd], None], seed: int) -> int:
        means = replace(shop.means, database=opened(), node=f"node-{seed}", new_id=next_id)
        crowd, done = Crowd(Shop(means), Random(seed), numbers), 0
        while time.monotonic() < until:
            with suppress(UsageError, NotInOrder):
                does(crowd)
            done += 1
        return done

    first = Crowd(shop, Random(0), numbers)
    for _ in range(6):
        first.sends()
    who = [does for does, how_many in MANY.items() for _ in range(how_many)]
    with ThreadPoolExecutor(len(who)) as pool:
        done = list(pool.map(one, who, range(len(who))))

    first.follows()
    first.watches()
    assert min(done) > 0
    assert deadlocks(shop) == before
    assert untrue(shop) == []
    assert shop.all(OWED, OWED.c.waived_at.is_not(None), OWED.c.state == "open") == []
    assert AuditBook(shop.means.database).verify().broken is None


def untrue(shop: Shop) -> list[tuple[str, str, str]]:
    """Documents whose acknowledgement is not what their events came to, or moved from what it was not."""
    said: dict[str, str] = {}
    wrong: list[tuple[str, str, str]] = []
    for event in shop.all(EVENT, EVENT.c.kind.startswith("document.")):
        before, after = _move(event)
        known = said.get(event.subject, "")
        if after and before and known and before != known:
            wrong.append((event.subject, event.kind, f"from {before}, and it was {known}"))
        if after:
            said[event.subject] = after
    rows: list[Any] = list(shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound"))
    left = [(row.id, row.acknowledgement, f"and {said[row.id]} is told") for row in rows if row.id in said]
    return wrong + [one for one in left if one[2] != f"and {one[1]} is told"]


def _move(event: Any) -> tuple[str, str]:
    """From which acknowledgement to which an event moves, "" where it moves none."""
    detail = event.detail or {}
    match event.kind:
        case "document.sealed":
            return "", "awaited"
        case "document.overdue":
            return "awaited", "overdue"
        case "document.waived":
            return detail.get("was", ""), "waived"
        case "document.resent" if detail.get("was") in ("overdue", "assumed"):
            return detail["was"], "awaited"
        case _:
            return detail.get("before", ""), detail.get("acknowledgement", "")
