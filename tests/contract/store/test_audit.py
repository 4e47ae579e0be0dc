"""The audit trail: one unbroken chain, whoever writes, that nothing changes and nobody shortens unseen."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy
from sqlalchemy import delete, insert, select, text, update

from gateway.crossref.rows import Row
from gateway.errors import UsageError
from gateway.ledger.audit import FIRST
from gateway.store import audit
from gateway.store.audit import AuditBook
from gateway.store.audit_tables import AUDIT, AUDIT_HEAD
from gateway.store.crossref import CrossReferenceBook
from gateway.store.database import Database
from gateway.store.means import Means, Transaction
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop


@pytest.fixture
def book(means: Means) -> AuditBook:
    """The trail."""
    return AuditBook(means.database)


def act(means: Means, subject: str = "D1", reason: str = "looked at") -> None:
    """One act, and nothing else."""
    audit.acted(means, "documents.note", [subject], who="dana", reason=reason)


def unguarded(means: Means, *statements: sqlalchemy.Executable) -> None:
    """What somebody does who owns the database."""
    with means.database.begin() as connection:
        if means.database.kind == "sqlite":
            connection.execute(text("drop trigger if exists audit_no_update"))
            connection.execute(text("drop trigger if exists audit_no_delete"))
        else:
            connection.execute(text("alter table audit disable trigger user"))
        for statement in statements:
            connection.execute(statement)
        if means.database.kind == "postgresql":
            connection.execute(text("alter table audit enable trigger user"))


def test_an_empty_trail_is_in_order(book: AuditBook) -> None:
    found = book.verify()

    assert (found.entries, found.head, found.broken) == (0, FIRST, None)


def test_acts_are_numbered_and_bound_to_each_other(means: Means, book: AuditBook) -> None:
    for number in range(3):
        act(means, f"D{number}")

    entries = book.entries()
    assert [entry.number for entry in entries] == [3, 2, 1]
    assert [entry.previous for entry in entries] == [entries[1].hash, entries[2].hash, FIRST]
    assert all(entry.hash == entry.digest for entry in entries)
    assert book.verify() == audit.Verified(entries=3, head=entries[0].hash)


def test_a_trail_of_any_length_is_read_on_page_by_page(means: Means, book: AuditBook) -> None:
    for number in range(5):
        act(means, f"D{number}")

    pages = [book.entries(limit=2), book.entries(before=4, limit=2), book.entries(before=2, limit=2)]

    assert [[entry.number for entry in page] for page in pages] == [[5, 4], [3, 2], [1]]


def test_what_cannot_be_stored_as_it_was_typed_does_not_break_the_chain(means: Means, book: AuditBook) -> None:
    audit.acted(means, "documents.note", ["D\x00"], who="d" * 300, reason="bad \ud800 \x00", strange="\ud800", n=1)

    assert book.verify().broken is None
    assert book.entries()[0].reason == "bad \ufffd \ufffd"


def test_an_act_that_is_rolled_back_leaves_no_entry_and_no_gap(means: Means, book: AuditBook) -> None:
    act(means)
    with pytest.raises(RuntimeError), means.database.begin() as connection:
        audit.record(Transaction(means, connection, means.now()), "documents.note", ["D2"], who="dana")
        raise RuntimeError
    act(means, "D3")

    assert [(entry.number, entry.subjects) for entry in book.entries()] == [(2, ["D3"]), (1, ["D1"])]
    assert book.verify().broken is None


@pytest.mark.parametrize("statement", [update(AUDIT).values(who="nobody"), delete(AUDIT)], ids=["update", "delete"])
def test_the_database_itself_refuses_to_change_entries(
    means: Means, book: AuditBook, statement: sqlalchemy.Executable
) -> None:
    act(means)

    with pytest.raises(sqlalchemy.exc.DBAPIError, match="only ever added to"), means.database.begin() as connection:
        connection.execute(statement)

    assert book.entries()[0].who == "dana"


def test_postgresql_refuses_to_empty_the_table_too(means: Means) -> None:
    if means.database.kind == "sqlite":
        return  # it has no TRUNCATE
    act(means)

    with pytest.raises(sqlalchemy.exc.DBAPIError, match="only ever added to"), means.database.begin() as connection:
        connection.execute(text("truncate audit"))


def test_an_entry_that_was_changed_is_named(means: Means, book: AuditBook) -> None:
    for number in range(4):
        act(means, f"D{number}")
    unguarded(means, update(AUDIT).where(AUDIT.c.number == 2).values(reason="never said"))

    broken = book.verify().broken

    assert broken is not None
    assert (broken.number, "its hash does not fit" in broken.reason) == (2, True)


def test_an_entry_that_was_taken_out_is_named(means: Means, book: AuditBook) -> None:
    for number in range(4):
        act(means, f"D{number}")
    unguarded(means, delete(AUDIT).where(AUDIT.c.number == 3))

    broken = book.verify().broken

    assert broken is not None
    assert broken.reason == "entry 3 is not there: after 2 comes 4"


def test_an_entry_that_was_slipped_in_is_named(means: Means, book: AuditBook) -> None:
    act(means)
    with means.database.begin() as connection:
        row = connection.execute(select(AUDIT)).one()
        connection.execute(insert(AUDIT), [dict(row._mapping) | {"number": 2, "hash": "0" * 63 + "1"}])

    broken = book.verify().broken

    assert broken is not None
    assert broken.number == 2


def test_what_was_cut_off_at_the_end_is_missed(means: Means, book: AuditBook) -> None:
    for number in range(4):
        act(means, f"D{number}")
    unguarded(means, delete(AUDIT).where(AUDIT.c.number > 2))

    broken = book.verify().broken

    assert broken is not None
    assert broken.reason == "entries are missing behind entry 2: there were 4"


def test_an_end_that_was_written_anew_is_found_by_a_hash_that_was_kept_elsewhere(means: Means, book: AuditBook) -> None:
    for number in range(3):
        act(means, f"D{number}")
    known = book.verify().head
    second = book.entry(2)
    forged = replace(book.entry(3), subjects=["D9"], hash="")
    forged = replace(forged, hash=forged.digest)
    unguarded(
        means,
        update(AUDIT).where(AUDIT.c.number == 3).values(subjects=["D9"], hash=forged.hash),
        update(AUDIT_HEAD).values(hash=forged.hash),
    )

    assert book.verify().broken is None
    assert book.verify(head=second.hash[:12]).broken is None
    broken = book.verify(head=known).broken
    assert broken is not None
    assert "cut off behind it, or written anew" in broken.reason


async def test_nodes_and_commands_that_act_at_once_write_one_chain(
    means: Means, book: AuditBook, opened: Callable[[], Database]
) -> None:
    nodes = [replace(means, database=opened(), node=f"node-{number}") for number in range(3)]

    def many(node: Means) -> None:
        for number in range(8):
            act(node, f"{node.node}-{number}")

    await asyncio.gather(*(asyncio.to_thread(many, node) for node in nodes))

    found = book.verify()
    assert (found.entries, found.broken) == (24, None)
    subjects = {entry.subjects[0] for entry in book.entries()}
    assert subjects == {f"node-{node}-{number}" for node in range(3) for number in range(8)}


def test_entries_are_found_by_verb_person_and_what_they_are_about(means: Means, book: AuditBook) -> None:
    act(means, "D1")
    audit.acted(means, "crossref.add", ["acme"], who="kim", reason="new article")

    assert [entry.verb for entry in book.entries(verb="documents")] == ["documents.note"]
    assert [entry.verb for entry in book.entries(verb="crossref.add")] == ["crossref.add"]
    assert [entry.verb for entry in book.entries(who="kim")] == ["crossref.add"]
    assert [entry.verb for entry in book.entries(subject="D1")] == ["documents.note"]
    assert book.entries(subject="D2") == []
    with pytest.raises(UsageError, match="there is no entry 3"):
        book.entry(3)


def test_a_verb_that_is_in_no_table_is_a_bug(means: Means) -> None:
    with pytest.raises(ValueError, match="no verb"):
        audit.acted(means, "documents.guess", ["D1"], who="dana")


# ---------------------------------------------------------------------------------------------- every act is in it


async def test_everything_that_people_do_is_written_down(shop: Shop, book: AuditBook) -> None:
    [document] = await shop.documents(state="dead")
    shop.operator.replay(document, mode="current", again=False, reason="mended", who="dana")
    ours = await handed_in(shop, "HP-1")
    sealed(shop)
    offered = next(one for one in shop.mail("outbound") if "997" not in one.name)
    shop.mailbox.fetched("acme", offered)
    shop.mailbox.offer_again("acme", offered.name, reason="once more", who="dana")
    shop.mailbox.fetched("acme", next(one for one in shop.mail("outbound") if one.name == offered.name))
    new = shop.operator.resend(ours, mode="current", reason="they lost it", who="dana").split()[5].rstrip(",")
    row = Row(partner="acme", table="sku", theirs="AB-1", ours="HP-1")
    [number] = CrossReferenceBook(shop.means).add([row], who="kim").added
    CrossReferenceBook(shop.means).retire(number, reason="wrong", who="kim")

    assert [(one.verb, one.who, one.reason) for one in reversed(book.entries())] == [
        ("documents.replay", "dana", "mended"),
        ("mailbox.offer", "dana", "once more"),
        ("documents.resend", "dana", "they lost it"),
        ("crossref.add", "kim", "cross reference added: sku 'AB-1' of acme is 'HP-1'"),
        ("crossref.retire", "kim", "wrong"),
    ]
    assert [one.subjects for one in book.entries(verb="documents")] == [[ours], [document]]
    assert new != ours
    assert book.verify().broken is None


async def test_what_was_refused_is_not_written_down(shop: Shop, book: AuditBook) -> None:
    [document] = await shop.documents()

    with pytest.raises(UsageError):
        shop.operator.replay(document, mode="current", again=False, reason="mended", who="dana")
    with pytest.raises(UsageError):
        shop.operator.push(document, reason="again", who="dana")

    assert book.entries() == []
