"""Who writes at once on PostgreSQL waits for the other, and never each for the other; and nothing of either is lost."""

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from gateway.engine.persistence import persistently
from gateway.errors import Collided, UsageError
from gateway.ledger.deadlines import StandardClocks
from gateway.mapping.reading import Unmapped
from gateway.pipeline.knowledge import Lacking
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.stage import TransmissionOutcome
from gateway.pipeline.verbs import How, Selection, Verb
from gateway.store import (
    business_matching,
    crossref_waiting,
    database,
    deadlines,
    notice_desk,
    notices,
    processed,
    purge,
    reconciliations,
    sending_again,
    sendings,
    writer,
)
from gateway.store.audit_tables import AUDIT
from gateway.store.business_matching import Matching
from gateway.store.deadlines import StoreDeadlines
from gateway.store.holds import LegalHolds
from gateway.store.means import Transaction
from gateway.store.notice_tables import NOTICE
from gateway.store.notices import StoreOutbox
from gateway.store.tables import CARRYING, DOCUMENT, EVENT, INTERCHANGE, MAILBOX_ENTRY, TRANSMISSION
from tests.contract.store import saying
from tests.contract.store.answers import GOOD, an_answer, answered, opened
from tests.contract.store.happenings import HOOK, committed, wanted
from tests.contract.store.sending import SYSTEM, handed_in, sealed
from tests.contract.store.shop import Shop, a_mapped, an_interchange
from tests.contract.store.test_combining import a_part, waiting
from tests.contract.store.test_notices import followed
from tests.contract.store.test_purge import delivered

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
        while not self.done.done() and not somebody_waits(self.shop):
            assert time.monotonic() < end
            time.sleep(0.005)

    def ends(self) -> Any:
        """What it came to."""
        assert self.done is not None
        return self.done.result(PATIENCE_SECONDS)


def somebody_waits(shop: Shop) -> bool:
    """For a lock that another has."""
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    with shop.means.database.reading() as connection:
        return bool(connection.execute(waiting).scalar())


@pytest.fixture
def rival(shop: Shop, request: pytest.FixtureRequest) -> Iterator[Rival]:
    with ThreadPoolExecutor(2) as pool:
        yield Rival(
            Shop(dataclasses.replace(shop.means, database=request.getfixturevalue("opened")(), node="two")), pool
        )


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


def moves(connection: Connection, document: str) -> None:
    """Anybody does something to a document, in the middle of more."""
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == document).values(owner="kim"))


def soon(connection: Connection) -> None:
    """Waits for nobody from now on, so that it is not the rival that PostgreSQL sends back."""
    connection.execute(text("set local lock_timeout = '300ms'"))


def swept(shop: Shop, revision: str = "") -> int:
    """The sweep sees to deadlines; how many it notices."""
    return StoreDeadlines(shop.means, StandardClocks(), revision).work()


def resent(shop: Shop, document: str) -> str:
    """Once more under the same numbers."""
    return shop.operator.resend(document, mode="original", reason="they lost it", who="dana", numbers="same")


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
    meanwhile(monkeypatch, reconciliations.sent, "lock", rival, swept)

    await answered(shop, an_answer(GOOD))

    rival.ends()
    assert standing(shop, invoice) == "accepted"
    assert "document.overdue" not in shop.kinds(invoice)


async def test_what_was_answered_meanwhile_is_not_late_when_deadlines_are_reckoned_anew(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [invoice] = await sent(shop)
    swept(shop, "one")

    def answers(other: Shop) -> None:
        asyncio.run(answered(other, an_answer(GOOD)))
        swept(other, "two")

    meanwhile(monkeypatch, deadlines, "_standing", rival, answers)
    swept(shop, "two")
    rival.ends()

    swept(shop, "two")
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
    meanwhile(monkeypatch, sendings, "lock", rival, lambda other: resent(other, invoice))

    shop.mailbox.fetched("acme", entry)

    rival.ends()
    assert shop.kinds(invoice)[-1] == "document.resent"


async def test_the_sweep_and_who_acts_on_many_do_not_wait_for_each_other(shop: Shop, rival: Rival) -> None:
    documents = await sent(shop, 3)
    swept(shop)
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
        rival.begins(swept)
        moves(connection, documents[1])
        moves(connection, documents[2])

    assert rival.ends() == 3
    assert [standing(shop, one) for one in documents] == ["overdue"] * 3


async def test_who_sends_again_and_the_sweep_do_not_wait_for_each_other(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [invoice] = await sent(shop)
    swept(shop)
    shop.clock.turn(days=3)
    meanwhile(monkeypatch, sending_again, "lock", rival, swept)

    resent(shop, invoice)

    rival.ends()
    assert "document.resent" in shop.kinds(invoice)


async def test_who_hears_what_partners_say_and_who_closes_it_do_not_wait_for_each_other(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await saying.a_payment(shop, {"number": "HP-1", "paid": "40.00"})  # before we know the invoice
    saying.look(shop)
    invoice = await saying.an_invoice(shop, "HP-1")
    shop.clock.turn(minutes=1)
    meanwhile(monkeypatch, Matching, "match", rival, does("close", first, invoice))

    saying.look(shop)

    rival.ends()
    assert saying.business(shop, invoice) == "closed"


async def test_a_line_that_is_booked_in_the_moment_in_which_another_is_found_for_it_is_of_the_booked_one(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await saying.a_payment(shop, {"number": "OLD-7", "paid": "40.00"})
    saying.look(shop)
    booked, named = await saying.an_invoice(shop, "HP-1"), await saying.an_invoice(shop, "OLD-7")
    about = {"line": 1, "to": booked, "reason": "they said so", "who": "kim"}
    meanwhile(monkeypatch, business_matching, "booked", rival, lambda other: other.operator.book(payment, **about))

    saying.look(shop)

    rival.ends()
    assert (saying.business(shop, booked), saying.business(shop, named)) == ("short_paid", "")


async def test_who_books_a_line_elsewhere_and_who_acts_on_both_documents_do_not_wait_for_each_other(
    shop: Shop, rival: Rival
) -> None:
    named, booked = await saying.an_invoice(shop, "HP-1"), await saying.an_invoice(shop, "HP-2")
    payment = await saying.a_payment(shop, {"number": "HP-1", "paid": "100.00"})
    saying.look(shop)
    about = {"line": 1, "to": booked, "reason": "they said so", "who": "kim"}

    with shop.means.database.begin() as connection:
        moves(connection, named)
        rival.begins(lambda other: other.operator.book(payment, **about))
        soon(connection)
        moves(connection, booked)

    rival.ends()
    assert (saying.business(shop, named), saying.business(shop, booked)) == ("", "paid")


async def test_who_takes_answers_and_parts_together_and_who_acts_on_both_do_not_wait_for_each_other(
    shop: Shop, rival: Rival
) -> None:
    first = await a_part(shop, 1)
    [invoice] = await sent(shop)
    said = an_answer(GOOD)
    answer = opened(shop, await shop.arrived(said), said)
    last = await shop.arrived(b"2", channel=SYSTEM, door="intake", message_id="the-last")
    part = waiting(document_id(last), 2, of=2)
    batch = [answer, TransmissionOutcome(id=last, state="processed", outbound=(part,))]

    with shop.means.database.begin() as connection:
        moves(connection, first)
        rival.begins(lambda other: other.journal.record_processed(batch))
        moves(connection, invoice)

    rival.ends()
    assert standing(shop, invoice) == "accepted"


async def test_who_delivers_what_a_person_held_meanwhile_and_who_acts_on_all_do_not_wait_for_each_other(
    shop: Shop, rival: Rival
) -> None:
    held, mapped = await shop.documents(2)
    does("hold", held)(shop)
    outcomes = [shop.attempted(one, "delivered", "delivered", external_id="SO-1") for one in (held, mapped)]

    with shop.means.database.begin() as connection:
        moves(connection, held)
        rival.begins(lambda other: other.journal.record_delivered("erp", outcomes))
        soon(connection)
        moves(connection, mapped)

    rival.ends()
    assert [shop.state(one) for one in (held, mapped)] == ["delivered"] * 2


async def test_what_begins_to_wait_for_a_cross_reference_and_who_adds_it_do_not_wait_for_each_other(
    shop: Shop, rival: Rival
) -> None:
    [document] = await shop.documents(state="validated")
    missing = Lacking(values=(Unmapped("sku", "AB-1"),), on=shop.clock().date(), as_of=shop.clock(), pinned=False)
    waits = dataclasses.replace(a_mapped(document), state="held", reason="unmapped", lacking=missing)

    with shop.means.database.begin() as connection:
        crossref_waiting.lock(Transaction(shop.means, connection, shop.clock()))  # as who adds a row does
        rival.begins(lambda other: other.journal.record_translated([waits]))
        soon(connection)
        moves(connection, document)

    rival.ends()
    assert shop.state(document) == "held"


async def test_who_carries_answers_and_who_takes_the_same_file_again_do_not_wait_for_each_other(
    shop: Shop, rival: Rival
) -> None:
    await shop.processed(an_interchange("000000901"), push=True)
    [invoice] = await sent(shop)
    said = an_answer(("AK1*IN*2", *GOOD[1:]))  # our 997 was the first group
    again = shop.opened(await shop.arrived(an_interchange("000000901")))
    again = dataclasses.replace(
        again, interchanges=tuple(dataclasses.replace(a, push=True) for a in again.interchanges)
    )
    batch = [opened(shop, await shop.arrived(said), said), again]

    with shop.means.database.begin() as connection:  # our answer was carried, and so was what is answered now
        connection.execute(update(CARRYING).values(notes={"seen": "yes"}))
        rival.begins(lambda other: other.journal.record_processed(batch))
        connection.execute(update(sendings.OUTBOUND_INTERCHANGE).values(ta1_note=""))

    rival.ends()
    assert standing(shop, invoice) == "accepted"


# ---------------------------------------------------------------------------------------------- purges


async def test_what_is_put_under_a_legal_hold_while_a_purge_looks_at_it_is_there_or_is_not_held(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [document] = await delivered(shop)
    shop.clock.turn(days=101)
    about = {"reason": "a case", "who": "lee"}
    meanwhile(
        monkeypatch,
        purge,
        "look",
        rival,
        lambda other: LegalHolds(other.means).place("document", subject=document, **about),
    )

    purged(shop)

    with pytest.raises(UsageError, match="no document"):
        rival.ends()
    assert LegalHolds(shop.means).listed() == []


async def test_what_is_replayed_while_a_purge_looks_at_it_stays(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [document] = await delivered(shop)
    shop.clock.turn(days=101)
    meanwhile(monkeypatch, purge, "look", rival, does("replay", document, again=True))

    purged(shop)

    rival.ends()
    assert shop.state(document) == "validated"


async def test_what_was_purged_while_a_person_waited_for_it_is_no_document_any_more(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    [document] = await delivered(shop)
    shop.clock.turn(days=101)
    meanwhile(monkeypatch, purge, "_prove", rival, does("note", document))

    purged(shop)

    with pytest.raises(UsageError, match=r"^no document"):
        rival.ends()


async def test_what_comes_again_while_a_purge_looks_at_the_first_of_it_waits_in_no_circle_and_is_answered(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    await delivered(shop)
    [entry] = shop.mailbox.entries("acme", "outbound")
    shop.mailbox.fetched("acme", entry)
    shop.clock.turn(days=101)
    copy = shop.opened(await shop.arrived(an_interchange()))
    [interchange] = copy.interchanges
    copy = dataclasses.replace(copy, interchanges=(dataclasses.replace(interchange, window=timedelta(days=200)),))
    monkeypatch.setattr(purge, "indexed", nullcontext)  # its indexes wait for whoever writes, and hold nothing
    monkeypatch.setattr(database, "TRIES", 1)
    meanwhile(monkeypatch, processed, "claim", rival, purged)

    shop.journal.record_processed([copy])

    rival.ends()
    assert [row.state for row in shop.all(INTERCHANGE)] == ["accepted", "duplicate"]
    assert [one.state for one in shop.mailbox.entries("acme", "outbound")] == ["ready"]


def purged(shop: Shop) -> purge.Reckoning:
    def cutoff(_partner: str, _set_id: str) -> datetime:
        return shop.means.now() - timedelta(days=100)

    return purge.Purge(shop.means, cutoff, cutoff("", "")).run(who="jo", reason="of age")


# ---------------------------------------------------------------------------------------------- notices


def given_up(shop: Shop) -> list[str]:
    """Ids of notices that nobody took."""
    outbox = StoreOutbox(shop.means, lambda _: ())
    outbox.stand_up({HOOK: "one"})
    committed(shop.means.database, "document.sent", "document.dead")
    followed(outbox, wanted())
    shop.clock.turn(days=4)
    expired(shop)
    return [row.id for row in shop.all(NOTICE)]


def expired(shop: Shop) -> int:
    return StoreOutbox(shop.means, lambda _: ()).expire(shop.means.now() - timedelta(days=3))


def sent_once_more(shop: Shop, ids: Sequence[str]) -> Sequence[str]:
    """A person has notices sent again."""
    return notice_desk.NoticeDesk(shop.means).replay(ids, reason="it is back", who="ann")


def told(shop: Shop, kind: str) -> int:
    return len(shop.all(EVENT, EVENT.c.kind == kind))


def test_of_two_nodes_that_give_notices_up_at_once_one_tells_it(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, notices.events, "record", rival, expired)
    given_up(shop)

    assert rival.ends() == 0
    assert told(shop, "notice.given-up") == len({row.target for row in shop.all(NOTICE)})


def test_of_two_persons_who_have_a_notice_sent_again_at_once_one_does(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = given_up(shop)
    meanwhile(monkeypatch, notice_desk.events, "record", rival, lambda other: sent_once_more(other, mine))

    assert sent_once_more(shop, mine) == mine

    with pytest.raises(UsageError, match="is waiting"):
        rival.ends()
    assert told(shop, "notice.replayed") == len(mine)


def test_a_notice_that_is_sent_again_in_the_moment_of_its_forgetting_stays(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = given_up(shop)
    shop.clock.turn(days=90)
    meanwhile(monkeypatch, notices, "_forgettable", rival, lambda other: sent_once_more(other, mine[:1]))
    monkeypatch.setattr(notices, "_forgettable", _at_last(notices._forgettable))

    StoreOutbox(shop.means, lambda _: ()).forget(shop.means.now() - timedelta(days=89))

    assert [row.id for row in shop.all(NOTICE)] == mine[:1]


def _at_last(forgettable: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Asked for one state after the other: the rival comes when those that were given up are looked up."""

    def ask(connection: Connection, state: Any, before: datetime) -> list[str]:
        return forgettable(connection, state, before) if state == "given_up" else []

    return ask


# ---------------------------------------------------------------------------------------------- where it happens


def in_circles(rival: Rival, first: str, second: str) -> None:
    """The rival has the second, wants the first, and has more patience: PostgreSQL sends back who comes to it now."""

    def holds(other: Shop) -> None:
        with other.means.database.begin() as connection:
            connection.execute(text("set local deadlock_timeout = '60s'"))
            moves(connection, second)
            held.set()
            goes_on.wait(PATIENCE_SECONDS)
            moves(connection, first)

    held, goes_on = threading.Event(), threading.Event()
    rival.done = rival.pool.submit(holds, rival.shop)
    assert held.wait(PATIENCE_SECONDS)
    rival.pool.submit(_when_somebody_waits, rival.shop, goes_on)


def _when_somebody_waits(shop: Shop, then: threading.Event) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not somebody_waits(shop) and time.monotonic() < end:
        time.sleep(0.005)
    then.set()


async def test_what_a_person_asks_for_is_done_once_though_it_was_sent_back(shop: Shop, rival: Rival) -> None:
    documents = await shop.documents(2)
    in_circles(rival, *documents)

    acted = does("note", *documents)(shop)

    rival.ends()
    assert [one for one, _ in acted.done] == documents
    assert [shop.kinds(one).count("document.noted") for one in documents] == [1, 1]
    assert len(shop.all(AUDIT)) == 1


async def test_what_is_sent_back_again_and_again_is_said_to_have_been_left_undone(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TRIES", 1)
    documents = await shop.documents(2)
    in_circles(rival, *documents)

    with pytest.raises(Collided, match=r"^database: deadlock detected: .* Nothing was done: do it once more$"):
        does("note", *documents)(shop)

    rival.ends()
    assert not any("document.noted" in shop.kinds(one) for one in documents)
    assert shop.all(AUDIT) == []


async def test_a_purge_that_was_sent_back_goes_on_and_is_counted_once(
    shop: Shop, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = await delivered(shop, 2)
    shop.clock.turn(days=101)
    monkeypatch.setattr(purge, "indexed", nullcontext)  # its indexes wait for whoever writes
    in_circles(rival, *documents)

    found = purged(shop)

    rival.ends()
    assert shop.all(DOCUMENT) == []
    assert (len(found.proofs), sum(one.documents for one in found.sums.values())) == (1, 2)


async def test_what_the_road_writes_is_never_taken_for_a_fault_when_it_is_sent_back(shop: Shop, rival: Rival) -> None:
    documents = await shop.documents(2)
    attempts = [shop.attempted(one, "delivered", "delivered", external_id="SO-1") for one in documents]
    in_circles(rival, *documents)

    with pytest.raises(Collided):
        shop.journal.record_delivered("erp", attempts)

    rival.ends()
    assert [shop.state(one) for one in documents] == ["mapped"] * 2
    persistently(lambda: shop.journal.record_delivered("erp", attempts))
    assert [shop.state(one) for one in documents] == ["delivered"] * 2


async def test_mapped_documents_that_were_sent_back_are_written_the_second_time_and_are_not_dead(
    shop: Shop, rival: Rival
) -> None:
    documents = await shop.documents(2, state="validated")
    in_circles(rival, *documents)

    persistently(lambda: shop.journal.record_translated([a_mapped(one) for one in documents]))

    rival.ends()
    assert [shop.state(one) for one in documents] == ["mapped"] * 2


async def test_a_follower_that_was_sent_back_skips_nothing(shop: Shop, rival: Rival) -> None:
    invoices = [await saying.an_invoice(shop, number) for number in ("HP-1", "HP-2")]
    saying.look(shop)
    await saying.a_payment(shop, *({"number": number, "paid": "40.00"} for number in ("HP-1", "HP-2")))
    in_circles(rival, *invoices)

    with pytest.raises(Collided):
        saying.look(shop)

    rival.ends()
    assert [saying.business(shop, one) for one in invoices] == ["short_paid"] * 2


async def test_a_serialization_failure_is_taken_as_a_deadlock_is(shop: Shop, rival: Rival) -> None:
    [document] = await shop.documents()

    with pytest.raises(Collided), shop.means.database.begin() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        connection.execute(select(DOCUMENT.c.id)).all()
        with rival.shop.means.database.begin() as other:
            moves(other, document)
        moves(connection, document)


async def test_a_door_stores_what_was_sent_back_and_says_yes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = writer._insert, []

    def once(transaction: Transaction, items: Any) -> None:
        tried.append(len(items))
        real(transaction, items)
        if len(tried) == 1:
            transaction.connection.execute(text("do $$ begin raise sqlstate '40P01'; end $$"))

    monkeypatch.setattr(writer, "_insert", once)

    [receipt] = await shop.receive(shop.parcel())

    assert [row.id for row in shop.all(TRANSMISSION)] == [receipt.transmission_id]
    assert tried == [1, 1]
