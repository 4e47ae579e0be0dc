"""What is of age goes, with a proof, and nothing else does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy

from gateway.errors import MachineError, UsageError
from gateway.parcel import INLINE_LIMIT
from gateway.store.audit_tables import AUDIT
from gateway.store.business_tables import BUSINESS_FACT
from gateway.store.following import Follower
from gateway.store.following_tables import FOLLOWER
from gateway.store.holds import LegalHolds
from gateway.store.keeping_tables import PURGE
from gateway.store.purge import FILES, Purge, _prove, first_fault
from gateway.store.purging_indexes import indexed
from gateway.store.tables import (
    CARRYING,
    CONTENT,
    DOCUMENT,
    EVENT,
    MAILBOX_ENTRY,
    METADATA,
    RECEIVED_ACKNOWLEDGEMENT,
    TRANSMISSION,
)
from gateway.store.threading_projector import ThreadProjector
from gateway.store.threading_tables import THREAD, THREAD_DOCUMENT
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered
from tests.contract.store.saying import a_payment, an_invoice, business, look
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop, an_interchange

KEPT = {
    "event",
    "purge",
    "control_number",
    "legal_hold",
    "release",
    "release_entry",
    "release_file",
    "home",
    "follower",
}
"""Tables in which rows stay, or that are not about documents."""
WHY = {"who": "jo", "reason": "of age"}


@pytest.fixture
def purge(shop: Shop) -> Callable[..., Purge]:
    """A purge of everything that is 100 days old; invoices are kept for 200."""

    def made(**days: int) -> Purge:
        def cutoff(partner: str, set_id: str) -> datetime:
            return shop.means.now() - timedelta(days=200 if set_id == "810" else 100)

        return Purge(shop.means, cutoff, shop.means.now() - timedelta(days=100))

    return made


async def delivered(shop: Shop, count: int = 1, **about: Any) -> list[str]:
    """Documents that one of our systems has."""
    ids = await shop.documents(count, **about)
    shop.journal.record_delivered(
        "erp", [shop.attempted(one, "delivered", "delivered", external_id="SO") for one in ids]
    )
    return ids


async def accepted_invoice(shop: Shop, number: str = "HP-1", answer: tuple[str, ...] = GOOD) -> str:
    """An invoice that was sent and answered."""
    document = await handed_in(shop, number)
    sealed(shop)
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == document).values(state="sent"))
    await answered(shop, an_answer(answer))
    return document


async def test_a_purge_that_ends_before_its_last_page_stands_in_the_audit_trail_with_what_went(
    shop: Shop, purge: Callable[..., Purge], monkeypatch: pytest.MonkeyPatch
) -> None:
    for control in ("000000001", "000000002"):
        await delivered(shop, control=control)
        shop.clock.turn(minutes=1)
    shop.clock.turn(days=150)
    monkeypatch.setattr("gateway.store.purge.FILES", 1)
    monkeypatch.setattr("gateway.store.purge._prove", once(_prove))

    with pytest.raises(MachineError, match="the disk is full"):
        purge().run(**WHY)

    [proof], [entry] = shop.all(PURGE), shop.all(AUDIT)
    assert (entry.verb, entry.subjects) == ("purge", [proof.hash])
    assert len(shop.all(DOCUMENT)) == 1


async def test_what_was_laid_out_again_lately_stays_for_whoever_fetches_it(
    shop: Shop, purge: Callable[..., Purge]
) -> None:
    await delivered(shop)
    await accepted_invoice(shop)
    there = shop.mailbox.entries("acme", "outbound")
    for one in there:
        shop.mailbox.fetched("acme", one)
    shop.clock.turn(days=250)
    for one in there:
        shop.mailbox.offer_again("acme", one.name, reason="they lost it", who="kim")

    assert purge().run(**WHY).proofs == []

    assert len(shop.mailbox.entries("acme", "outbound")) == 2
    shop.clock.turn(days=201)
    assert len(purge().run(**WHY).proofs) == 1


def once(act: Callable[..., Any]) -> Callable[..., Any]:
    """The second time there is no room for it."""
    done: list[bool] = []

    def then(*arguments: Any, **named: Any) -> Any:
        if done:
            raise MachineError("the disk is full")
        done.append(True)
        return act(*arguments, **named)

    return then


def left(shop: Shop) -> dict[str, int]:
    """Tables that still have rows about documents."""
    counted = {table.name: len(shop.all(table)) for table in METADATA.sorted_tables if table.name not in KEPT}
    return {name: count for name, count in counted.items() if count and not name.startswith("audit")}


async def test_what_is_of_age_goes_with_all_that_hangs_on_it(shop: Shop, purge: Callable[..., Purge]) -> None:
    await delivered(shop, 3)
    shop.clock.turn(days=101)

    found = purge().run(**WHY)

    assert left(shop) == {}
    assert found.sums["acme", "850"].documents == 3


async def test_a_thread_goes_with_its_last_document(shop: Shop, purge: Callable[..., Purge]) -> None:
    about = {"canonical_type": "order.v1", "thread": {"order": "4711"}}
    await delivered(shop, **about)
    shop.clock.turn(days=60)
    await delivered(shop, control="000000002", **about)
    Follower(shop.means, "threads", [ThreadProjector()]).work()
    shop.clock.turn(days=60)

    purge().run(**WHY)
    assert (len(shop.all(THREAD)), len(shop.all(THREAD_DOCUMENT))) == (1, 1)
    shop.clock.turn(days=60)
    purge().run(**WHY)

    assert (shop.all(THREAD), shop.all(THREAD_DOCUMENT)) == ([], [])


async def test_a_payment_whose_invoice_was_purged_is_not_heard_anew_as_about_nothing_we_know(
    shop: Shop, purge: Callable[..., Purge]
) -> None:
    invoice = await an_invoice(shop)
    await answered(shop, an_answer(GOOD))
    shop.clock.turn(days=150)
    payment = await a_payment(shop, {"number": "HP-1", "paid": "100.00"})
    assert business(shop, invoice) == "paid"
    shop.clock.turn(days=51)

    purge().run(**WHY)
    with shop.means.database.begin() as connection:
        connection.execute(FOLLOWER.update().values(position=0))
    look(shop)

    assert [row.id for row in shop.all(DOCUMENT)] == [payment]
    [said] = shop.all(BUSINESS_FACT)
    assert (said.document_id, said.subject_id, said.state) == (payment, None, "closed")
    assert said.reason == "what it is about was purged"
    assert not shop.all(EVENT, EVENT.c.kind == "document.unmatched")


async def test_what_was_said_of_a_purged_invoice_goes_with_who_said_it(shop: Shop, purge: Callable[..., Purge]) -> None:
    await an_invoice(shop)
    await answered(shop, an_answer(GOOD))
    shop.clock.turn(days=150)
    payment = await a_payment(shop, {"number": "HP-1", "paid": "100.00"})
    look(shop)
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == payment).values(state="delivered"))
    shop.clock.turn(days=51)

    purge().run(**WHY)
    shop.clock.turn(days=51)
    purge().run(**WHY)

    assert left(shop) == {}


async def test_a_look_tells_the_same_and_changes_nothing(shop: Shop, purge: Callable[..., Purge]) -> None:
    await delivered(shop, 2)
    await shop.documents(1, control="000000002")
    shop.clock.turn(days=101)
    before = left(shop)

    found = purge().look()

    assert left(shop) == before
    assert {key: one.documents for key, one in found.sums.items()} == {("acme", "850"): 2}
    assert found.stay == {"open": 1}


async def test_what_is_younger_stays(shop: Shop, purge: Callable[..., Purge]) -> None:
    await delivered(shop)
    shop.clock.turn(days=99)

    purge().run(**WHY)

    assert len(shop.all(DOCUMENT)) == 1


async def test_age_is_counted_from_what_happened_last(shop: Shop, purge: Callable[..., Purge]) -> None:
    ids = await shop.documents(1)
    shop.clock.turn(days=90)
    shop.journal.record_delivered("erp", [shop.attempted(ids[0], "delivered", "delivered", external_id="SO")])
    shop.clock.turn(days=90)

    purge().run(**WHY)

    assert len(shop.all(DOCUMENT)) == 1


@pytest.mark.parametrize("state", ["validated", "mapped", "held", "dead"])
async def test_what_is_open_never_goes(shop: Shop, purge: Callable[..., Purge], state: str) -> None:
    ids = await delivered(shop, 2)
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == ids[0]).values(state=state))
    shop.clock.turn(days=5_000)

    found = purge().run(**WHY)

    assert len(shop.all(DOCUMENT)) == 2
    assert found.stay == {"open": 2}


@pytest.mark.parametrize("acknowledgement", ["awaited", "overdue", "rejected", "partially_accepted"])
async def test_an_invoice_that_is_not_accepted_never_goes(
    shop: Shop, purge: Callable[..., Purge], acknowledgement: str
) -> None:
    document = await accepted_invoice(shop)
    with shop.means.database.begin() as connection:
        values = {"acknowledgement": acknowledgement}
        connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == document).values(values))
    shop.clock.turn(days=5_000)

    purge().run(**WHY)

    assert document in {row.id for row in shop.all(DOCUMENT)}


async def test_an_invoice_takes_its_997_along_and_not_before(shop: Shop, purge: Callable[..., Purge]) -> None:
    document = await accepted_invoice(shop)
    shop.clock.turn(days=101)
    purge().run(**WHY)
    kept = {row.set_id for row in shop.all(DOCUMENT)}
    shop.clock.turn(days=100)

    purge().run(**WHY)

    assert kept == {"810", "997"}
    assert document not in {row.id for row in shop.all(DOCUMENT)}
    assert left(shop) == {}


async def test_one_997_holds_all_it_answered_together(shop: Shop, purge: Callable[..., Purge]) -> None:
    await accepted_invoice(shop, "HP-1")
    refused = await accepted_invoice(shop, "HP-2", answer=("AK1*IN*2", *REFUSED[1:]))
    both = an_answer(GOOD, ("AK1*IN*2", *REFUSED[1:]))
    await answered(shop, both)
    shop.clock.turn(days=5_000)

    purge().run(**WHY)

    assert refused in {row.id for row in shop.all(DOCUMENT)}
    assert len({row.outbound_interchange_id for row in shop.all(RECEIVED_ACKNOWLEDGEMENT)} - {None}) == 2


async def test_what_is_being_carried_stays(shop: Shop, purge: Callable[..., Purge]) -> None:
    outcome = await shop.processed(an_interchange(), push=True)
    ids = [one.id for one in outcome.interchanges[0].documents]
    shop.journal.record_delivered(
        "erp", [shop.attempted(one, "delivered", "delivered", external_id="SO") for one in ids]
    )
    shop.clock.turn(days=500)

    purge().run(**WHY)
    stayed = len(shop.all(CARRYING))
    with shop.means.database.begin() as connection:
        connection.execute(CARRYING.update().values(state="carried"))
    purge().run(**WHY)

    assert stayed == 1
    assert left(shop) == {}


@pytest.mark.parametrize("what", ["partner", "document", "thread"])
async def test_nothing_under_a_legal_hold_goes_until_it_is_lifted(
    shop: Shop, purge: Callable[..., Purge], what: str
) -> None:
    ids = await delivered(shop, 2)
    holds = LegalHolds(shop.means)
    about = {"partner": {"partner": "acme"}, "document": {"subject": ids[0].lower()}, "thread": {"subject": "PO-0001"}}[
        what
    ]
    if what == "thread":
        about["partner"] = "acme"
    number = holds.place(what, reason="matter 14", who="jo", **about)  # type: ignore[arg-type]
    shop.clock.turn(days=5_000)

    stayed = purge().run(**WHY).stay
    holds.lift(number, reason="settled", who="jo")
    purge().run(**WHY)

    assert stayed == {"hold": 2}
    assert left(shop) == {}
    assert [(one.lifted_why, one.lifted_by) for one in holds.listed(all_=True)] == [("settled", "jo")]
    assert holds.listed() == []


async def test_a_hold_on_one_partner_keeps_no_other(shop: Shop, purge: Callable[..., Purge]) -> None:
    await delivered(shop)
    LegalHolds(shop.means).place("partner", partner="bolt", reason="matter 14", who="jo")
    shop.clock.turn(days=101)

    assert purge().run(**WHY).files == 1


async def test_a_hold_needs_a_reason_and_something_to_hold(shop: Shop) -> None:
    holds = LegalHolds(shop.means)

    with pytest.raises(UsageError, match="a reason is needed"):
        holds.place("partner", partner="acme", reason=" ", who="jo")
    with pytest.raises(UsageError, match="no document"):
        holds.place("document", subject="01KJQ6PSG0", reason="why", who="jo")
    with pytest.raises(UsageError, match="found by"):
        holds.place("thread", partner="acme", subject="4711", reason="why", who="jo")
    with pytest.raises(UsageError, match="no legal hold 7"):
        holds.lift(7, reason="why", who="jo")


async def test_content_goes_only_when_nothing_refers_to_it(shop: Shop, purge: Callable[..., Purge]) -> None:
    data = b"ISA*never read~" * (INLINE_LIMIT // 10)
    spool = shop.means.blobs.spool()
    spool.write(data)
    content = spool.seal()
    for name in ("one", "two"):
        await shop.arrived(content=content, message_id=name)
    first, second = [row.id for row in shop.all(TRANSMISSION)]
    _refuse(shop, first)
    shop.clock.turn(days=101)

    purge().run(**WHY)
    kept = shop.means.blobs.path(content.sha256).exists()
    _refuse(shop, second)
    shop.clock.turn(days=101)
    blobs = replace(shop.means.blobs)
    _grow_old(blobs.path(content.sha256))
    purge().run(**WHY)

    assert kept
    assert shop.all(CONTENT) == []
    assert not blobs.has(content.sha256, content.size)


async def test_bytes_that_somebody_just_sent_again_stay_on_disk(shop: Shop, purge: Callable[..., Purge]) -> None:
    spool = shop.means.blobs.spool()
    spool.write(b"x" * (INLINE_LIMIT + 1))
    content = spool.seal()
    await shop.arrived(content=content)
    _refuse(shop, shop.all(TRANSMISSION)[0].id)
    shop.clock.turn(days=101)

    purge().run(**WHY)

    assert shop.all(CONTENT) == []
    assert shop.means.blobs.path(content.sha256).exists()


async def test_events_keep_who_what_and_when_and_lose_the_words(shop: Shop, purge: Callable[..., Purge]) -> None:
    (document,) = await delivered(shop)
    before = [(row.number, row.at, row.subject, row.kind, row.who) for row in shop.all(EVENT)]
    shop.clock.turn(days=101)

    purge().run(**WHY)

    after = shop.all(EVENT)
    assert [(row.number, row.at, row.subject, row.kind, row.who) for row in after] == before
    assert document in {row.subject for row in after}
    assert {(row.why, str(row.detail)) for row in after} == {("", "{}")}


async def test_the_proof_names_every_document_and_hangs_on_the_one_before(
    shop: Shop, purge: Callable[..., Purge]
) -> None:
    ids = await delivered(shop, 2)
    sha256 = shop.all(TRANSMISSION)[0].sha256
    shop.clock.turn(days=101)
    purge().run(who="jo", reason="of age")
    later = await delivered(shop, 1, control="000000007")
    shop.clock.turn(days=101)
    purge().run(who="kim", reason="of age, too")

    first, second = shop.all(PURGE)
    assert [one["document"] for one in first.items] == ids
    assert {(one["partner"], one["set"], one["sha256"]) for one in first.items} == {("acme", "850", sha256)}
    assert (first.who, first.reason, sha256 in first.contents) == ("jo", "of age", True)
    assert [one["document"] for one in second.items] == later
    assert second.previous == first.hash
    assert first_fault(shop.means) == ""


@pytest.mark.parametrize("change", [{"who": "nobody"}, {"items": []}, {"number": 9}])
async def test_a_proof_that_was_changed_is_named(
    shop: Shop, purge: Callable[..., Purge], change: dict[str, object]
) -> None:
    await delivered(shop)
    shop.clock.turn(days=101)
    purge().run(**WHY)
    with shop.means.database.begin() as connection:
        connection.execute(PURGE.update().values(**change))

    assert first_fault(shop.means).startswith("proof 1 ")


async def test_a_purge_and_a_hold_are_in_the_audit_trail(shop: Shop, purge: Callable[..., Purge]) -> None:
    await delivered(shop)
    holds = LegalHolds(shop.means)
    holds.lift(holds.place("partner", partner="acme", reason="claim", who="jo"), reason="settled", who="jo")
    shop.clock.turn(days=101)

    found = purge().run(who="jo", reason="of age")

    told = [(row.verb, row.subjects, row.reason) for row in shop.all(AUDIT)]
    assert told[:2] == [("retention.hold", ["acme"], "claim"), ("retention.lift", ["acme"], "settled")]
    assert told[2] == ("purge", [found.proofs[0][1]], "of age")


async def test_a_purge_needs_a_reason(shop: Shop, purge: Callable[..., Purge]) -> None:
    with pytest.raises(UsageError, match="a reason is needed"):
        purge().run(who="jo", reason="")


async def test_many_files_go_in_batches_each_with_its_proof(shop: Shop, purge: Callable[..., Purge]) -> None:
    await shop.receive(*(shop.parcel(b"%d" % number) for number in range(FILES + 1)))
    with shop.means.database.begin() as connection:
        connection.execute(TRANSMISSION.update().values(state="refused"))
    shop.clock.turn(days=101)

    found = purge().run(**WHY)

    assert [number for number, _ in found.proofs] == [1, 2]
    assert [len(row.items) for row in shop.all(PURGE)] == [FILES, 1]
    assert left(shop) == {}


async def test_a_purge_leaves_no_index_behind_also_of_one_that_was_killed(
    shop: Shop, purge: Callable[..., Purge]
) -> None:
    def names() -> set[str | None]:
        with shop.means.database.reading() as connection:
            look = sqlalchemy.inspect(connection)
            return {one["name"] for name in look.get_table_names() for one in look.get_indexes(name)}

    before = names()
    with pytest.raises(ValueError), indexed(shop.means.database):
        during = names()
        raise ValueError
    with indexed(shop.means.database):
        await delivered(shop)
        shop.clock.turn(days=101)
        purge().run(**WHY)

    assert "ix_purging_transmission_sha256" in during - before
    assert names() == before


async def test_what_lies_in_a_mailbox_goes_with_it(shop: Shop, purge: Callable[..., Purge]) -> None:
    await delivered(shop)
    assert shop.all(MAILBOX_ENTRY)
    shop.clock.turn(days=101)

    purge().run(**WHY)

    assert shop.all(MAILBOX_ENTRY) == []


async def test_a_document_that_waits_to_be_carried_is_open(shop: Shop, purge: Callable[..., Purge]) -> None:
    document = await to_carry(shop)
    shop.clock.turn(days=5_000)

    purge().run(**WHY)

    assert [row.id for row in shop.all(DOCUMENT)] == [document]


def _refuse(shop: Shop, transmission: str) -> None:
    with shop.means.database.begin() as connection:
        refused = TRANSMISSION.update().where(TRANSMISSION.c.id == transmission)
        connection.execute(refused.values(state="refused", state_at=shop.means.now()))


def _grow_old(path: object) -> None:
    import os

    os.utime(str(path), (1, 1))
