"""Who writes at once on PostgreSQL waits for the other, and never each for the other; and nothing of either is lost."""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, text, update

from gateway.ledger.deadlines import StandardClocks
from gateway.pipeline.verbs import How, Selection, Verb
from gateway.store import deadlines, reconciliations, sending_again, sendings
from gateway.store.business_matching import Matching
from gateway.store.database import Database
from gateway.store.deadlines import StoreDeadlines
from gateway.store.tables import DOCUMENT, MAILBOX_ENTRY
from tests.contract.store import saying
from tests.contract.store.answers import GOOD, an_answer, answered
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop

pytestmark = pytest.mark.parametrize("kind", ["postgresql"])  # SQLite has one writer at a time

PATIENCE_SECONDS = 20.0


@dataclass
class Rival:
    """Another process on the same database, that does something in the middle of what the test does."""

    shop: Shop
    pool: ThreadPoolExecutor
    done: Future[Any] | None = None

    def begins(self, act: Callable[[Shop], Any]) -> None:
        """Returns when it is through, or waits for a lock that the test holds."""
        self.done = self.pool.submit(act, self.shop)
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.done.done() and not self._waits():
            assert time.monotonic() < end
            time.sleep(0.005)

    def ends(self) -> Any:
        """What it came to."""
        assert self.done is not None
        return self.done.result(PATIENCE_SECONDS)

    def _waits(self) -> bool:
        waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
        with self.shop.means.database.reading() as connection:
            return bool(connection.execute(waiting).scalar())


@pytest.fixture
def rival(shop: Shop, opened: Callable[[], Database]) -> Iterator[Rival]:
    with ThreadPoolExecutor(1) as pool:
        yield Rival(Shop(dataclasses.replace(shop.means, database=opened(), node="two")), pool)


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, rival: Rival, act: Callable[[Shop], Any]
) -> None:
    """Let the rival begin once `module.name` has returned for the first time."""
    real, begun = getattr(module, name), []

    def then(*arguments: Any, **named: Any) -> Any:
        result = real(*arguments, **named)
        if not begun:
            begun.append(True)
            rival.begins(act)
        return result

    monkeypatch.setattr(module, name, then)


async def sent(shop: Shop, count: int = 1) -> list[str]:
    """Ids of invoices that the partner fetched in one interchange."""
    documents = await laid_out(shop, count)
    for entry in shop.mailbox.entries("acme", "outbound"):
        shop.mailbox.fetched("acme", entry)
    return documents


async def laid_out(shop: Shop, count: int = 1) -> list[str]:
    batch = {"batch_sets": count, "batch_wait_minutes": 60 if count > 1 else 0}
    documents = [await handed_in(shop, f"HP-{number}", terms=batch) for number in range(1, count + 1)]
    sealed(shop)
    return documents


def does(verb: Verb, *ids: str, **how: Any) -> Callable[[Shop], Any]:
    return lambda shop: shop.operator.act(verb, Selection(ids=ids), How(**how), reason="it has to be", who="kim")


def standing(shop: Shop, document: str) -> str:
    return str(shop.all(DOCUMENT, DOCUMENT.c.id == document)[0].acknowledgement)


# ---------------------------------------------------------------------------------------------- nothing is lost


async def test_an_answer_that_comes_in_the_moment_of_a_waiver_counts(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [invoice] = await sent(shop)
    meanwhile(monkeypatch, reconciliations.sent, "lock", rival, does("waive", invoice))

    await answered(shop, an_answer(GOOD))

    with pytest.raises(Exception, match="acknowledgement is accepted, there is nothing to waive"):
        rival.ends()
    assert standing(shop, invoice) == "accepted"


async def test_an_answer_that_comes_in_the_moment_of_its_deadline_counts(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [invoice] = await sent(shop)
    shop.clock.turn(days=3)
    meanwhile(
        monkeypatch,
        reconciliations.sent,
        "lock",
        rival,
        lambda other: StoreDeadlines(other.means, StandardClocks()).work(),
    )

    await answered(shop, an_answer(GOOD))

    rival.ends()
    assert standing(shop, invoice) == "accepted"
    assert "document.overdue" not in shop.kinds(invoice)


async def test_what_was_answered_meanwhile_is_not_late_when_deadlines_are_reckoned_anew(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [invoice] = await sent(shop)
    StoreDeadlines(shop.means, StandardClocks(), "one").work()

    def answers(other: Shop) -> None:
        asyncio.run(answered(other, an_answer(GOOD)))
        StoreDeadlines(other.means, StandardClocks(), "two").work()

    meanwhile(monkeypatch, deadlines, "_standing", rival, answers)
    StoreDeadlines(shop.means, StandardClocks(), "two").work()
    rival.ends()

    StoreDeadlines(shop.means, StandardClocks(), "two").work()
    assert shop.all(deadlines.DEADLINE, deadlines.DEADLINE.c.document_id == invoice) == []


# ---------------------------------------------------------------------------------------------- nobody waits in circles


async def test_who_sends_again_and_who_fetches_do_not_wait_for_each_other(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [invoice] = await sent(shop)
    [entry] = shop.mailbox.entries("acme", "outbound")
    with shop.means.database.begin() as connection:  # it was laid out again, and can be fetched once more
        connection.execute(update(MAILBOX_ENTRY).values(state="ready"))
        connection.execute(update(sendings.OUTBOUND_INTERCHANGE).values(state="offered"))
    meanwhile(
        monkeypatch,
        sendings,
        "lock",
        rival,
        lambda other: other.operator.resend(
            invoice, mode="original", reason="they lost it", who="dana", numbers="same"
        ),
    )

    shop.mailbox.fetched("acme", entry)

    rival.ends()
    assert shop.kinds(invoice)[-1] == "document.resent"


async def test_the_sweep_and_who_acts_on_many_do_not_wait_for_each_other(shop: Shop, rival: Rival) -> None:
    documents = await sent(shop, 3)
    StoreDeadlines(shop.means, StandardClocks()).work()
    for place, document in enumerate(reversed(documents)):  # the last is due first
        shop.clock.turn(minutes=1)
        due = {"due_at": shop.means.now()}
        with shop.means.database.begin() as connection:
            connection.execute(
                update(deadlines.DEADLINE).where(deadlines.DEADLINE.c.document_id == document).values(due)
            )
        assert place < 3

    with shop.means.database.begin() as connection:
        mine = select(DOCUMENT.c.id).where(DOCUMENT.c.id == documents[0])
        connection.execute(mine.with_for_update(key_share=True)).all()
        rival.begins(lambda other: StoreDeadlines(other.means, StandardClocks()).work())
        connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == documents[1]).values(owner="kim"))
        connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == documents[2]).values(owner="kim"))

    assert rival.ends() == 3
    assert [standing(shop, one) for one in documents] == ["overdue"] * 3


async def test_who_sends_again_and_the_sweep_do_not_wait_for_each_other(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [invoice] = await sent(shop)
    StoreDeadlines(shop.means, StandardClocks()).work()
    shop.clock.turn(days=3)
    meanwhile(
        monkeypatch,
        sending_again,
        "lock",
        rival,
        lambda other: StoreDeadlines(other.means, StandardClocks()).work(),
    )

    shop.operator.resend(invoice, mode="original", reason="they lost it", who="dana", numbers="same")

    rival.ends()
    assert "document.resent" in shop.kinds(invoice)


async def test_who_hears_what_partners_say_and_who_closes_it_do_not_wait_for_each_other(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await saying.a_payment(shop, {"number": "HP-1", "paid": "40.00"})  # before we know the invoice
    saying.look(shop)
    invoice = await saying.an_invoice(shop, "HP-1")
    meanwhile(monkeypatch, Matching, "match", rival, does("close", first, invoice))

    saying.look(shop)

    rival.ends()
    assert saying.business(shop, invoice) == "closed"
