"""A follower sees every document that anything happened to, once it is stored, whoever else looks at the same time."""

from collections.abc import Sequence

import pytest

from gateway.errors import MachineError
from gateway.pipeline.verbs import How, Selection
from gateway.store import following
from gateway.store.following import Follower
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT
from tests.contract.store.sending import handed_in
from tests.contract.store.shop import Shop


class Seen:
    """A projection that remembers what it was shown."""

    def __init__(self, *, fails: int = 0, by: Exception | None = None) -> None:
        self.documents: list[str] = []
        self.fails, self.by = fails, by or RuntimeError("a bug of ours")

    def project(self, transaction: Transaction, documents: Sequence[str]) -> None:
        self.fails -= 1
        if self.fails >= 0:
            raise self.by
        self.documents += documents


class Picky(Seen):
    """A projection that fails on one document, whenever it is shown it."""

    def __init__(self, bad: str) -> None:
        super().__init__()
        self.bad = bad

    def project(self, transaction: Transaction, documents: Sequence[str]) -> None:
        if self.bad in documents:
            raise RuntimeError("a bug of ours")
        super().project(transaction, documents)


async def test_every_document_is_seen_and_none_again_until_something_happens_to_it(shop: Shop) -> None:
    documents = await shop.documents()
    seen = Seen()
    follower = Follower(shop.means, "test", [seen])

    assert follower.work() > 0
    assert follower.work() == 0
    assert sorted(seen.documents) == sorted(documents)


async def test_another_node_goes_on_where_the_first_one_ended(shop: Shop) -> None:
    await shop.documents()
    Follower(shop.means, "test", [Seen()]).work()
    seen = Seen()

    Follower(shop.means, "test", [seen]).work()

    assert seen.documents == []


async def test_followers_of_other_names_begin_at_the_beginning(shop: Shop) -> None:
    documents = await shop.documents()
    Follower(shop.means, "test", [Seen()]).work()
    seen = Seen()

    Follower(shop.means, "another", [seen]).work()

    assert sorted(seen.documents) == sorted(documents)


async def test_a_fault_that_is_gone_the_second_time_takes_nothing_away(shop: Shop) -> None:
    documents = await shop.documents()
    second = Seen(fails=1)

    Follower(shop.means, "test", [Seen(), second]).work()

    assert sorted(second.documents) == sorted(documents)


async def test_a_document_that_a_projection_cannot_take_keeps_no_other_back(shop: Shop) -> None:
    bad = (await shop.documents())[0]
    seen = Picky(bad)
    await handed_in(shop, "HP-1")
    await handed_in(shop, "HP-2")

    Follower(shop.means, "test", [seen]).work()

    ours = [row.id for row in shop.all(DOCUMENT, DOCUMENT.c.direction == "outbound")]
    assert sorted(seen.documents) == sorted(ours)
    assert Follower(shop.means, "test", [seen]).work() == 0


async def test_where_the_database_is_gone_nothing_is_passed_over(shop: Shop) -> None:
    await shop.documents()
    gone = Seen(fails=1, by=MachineError("the disk is full"))
    follower = Follower(shop.means, "test", [gone])
    with pytest.raises(MachineError):
        follower.work()

    assert follower.work() > 0


async def test_what_one_transaction_is_about_is_bounded_however_many_things_happened(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [one for control in range(1, 8) for one in await shop.documents(control=f"{control:09}")]
    monkeypatch.setattr(following, "TOGETHER", 3)
    seen = InBatches()

    Follower(shop.means, "test", [seen]).work()

    assert sorted(one for batch in seen.batches for one in batch) == sorted(documents)
    assert [len(batch) for batch in seen.batches] == [3, 3, 1]


async def test_what_takes_more_than_one_transaction_is_asked_about_again_before_anything_else_is(shop: Shop) -> None:
    documents = await shop.documents()
    seen, behind = InBatches(parts=3), Seen()
    follower = Follower(shop.means, "test", [seen, behind])

    follower.work()

    assert seen.batches == [documents] * 3
    assert behind.documents == documents
    assert follower.work() == 0


async def test_whoever_dies_between_two_of_them_goes_on_with_the_same(shop: Shop) -> None:
    documents = await shop.documents()
    with pytest.raises(MachineError):
        Follower(shop.means, "test", [InBatches(parts=3, dies=2)]).work()
    seen = InBatches()

    Follower(shop.means, "test", [seen]).work()

    assert seen.batches == [documents]


async def test_what_a_projection_told_itself_is_not_shown_to_it_and_what_a_person_did_is(shop: Shop) -> None:
    [document] = await shop.documents()
    own = tuple(shop.kinds(document))
    ours, seen = Seen(), Seen()
    follower = Follower(shop.means, "test", [ours], own=(*own, "document.noted"))
    follower.work()
    assert ours.documents == []

    shop.operator.act("note", Selection(ids=(document,)), How(), reason="seen", who="dana")
    follower.work()
    Follower(shop.means, "another", [seen]).work()

    assert (ours.documents, seen.documents) == ([document], [document])


class InBatches:
    """A projection that remembers in which batches it was shown what, and takes that many transactions for each."""

    def __init__(self, *, parts: int = 1, dies: int = 0) -> None:
        self.batches: list[list[str]] = []
        self.parts, self.left, self.dies = parts, parts, dies

    def project(self, transaction: Transaction, documents: Sequence[str]) -> bool:
        if self.dies and len(self.batches) + 1 == self.dies:
            raise MachineError("killed")
        self.batches.append(list(documents))
        self.left = self.left - 1 or self.parts
        return self.left != self.parts


async def test_a_home_without_events_has_nothing_to_follow(shop: Shop) -> None:
    assert Follower(shop.means, "test", [Seen()]).work() == 0
