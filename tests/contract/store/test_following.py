"""A follower sees every document that anything happened to, once it is stored, whoever else looks at the same time."""

from collections.abc import Sequence

import pytest

from gateway.store.following import Follower
from gateway.store.means import Transaction
from tests.contract.store.shop import Shop


class Seen:
    """A projection that remembers what it was shown."""

    def __init__(self, *, fails: int = 0) -> None:
        self.documents: list[str] = []
        self.fails = fails

    def project(self, transaction: Transaction, documents: Sequence[str]) -> None:
        self.fails -= 1
        if self.fails >= 0:
            raise RuntimeError("a bug of ours")
        self.documents += documents


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


async def test_what_a_projection_failed_at_is_shown_to_it_again(shop: Shop) -> None:
    documents = await shop.documents()
    first, second = Seen(), Seen(fails=1)
    follower = Follower(shop.means, "test", [first, second])
    with pytest.raises(RuntimeError):
        follower.work()

    follower.work()

    assert sorted(second.documents) == sorted(documents)
    assert sorted(first.documents) == sorted([*documents, *documents])


async def test_a_home_without_events_has_nothing_to_follow(shop: Shop) -> None:
    assert Follower(shop.means, "test", [Seen()]).work() == 0
