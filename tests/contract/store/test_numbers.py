"""Control numbers never repeat, whoever takes them at the same time."""

import asyncio
import dataclasses
from typing import Any

from gateway.store.means import Means, Transaction
from gateway.store.numbers import LARGEST, Numbered, allocate
from gateway.store.tables import CONTROL_NUMBER
from tests.contract.store.shop import Shop

ONE, TWO = Numbered("ISA13", "ZZ/US", "ZZ/THEM", "P"), Numbered("GS06", "US", "THEM")


def _take(means: Means, *wanted: tuple[Numbered, int]) -> dict[Numbered, list[int]]:
    with means.database.begin() as connection:
        taken = allocate(Transaction(means, connection, means.now()), dict(wanted))
    return {counter: list(numbers) for counter, numbers in taken.items()}


def test_numbers_start_at_1_and_follow_each_other(shop: Shop) -> None:
    assert _take(shop.means, (ONE, 2), (TWO, 1)) == {ONE: [1, 2], TWO: [1]}
    assert _take(shop.means, (ONE, 3)) == {ONE: [3, 4, 5]}


def test_a_rolled_back_transaction_gives_its_numbers_back(shop: Shop) -> None:
    try:
        with shop.means.database.begin() as connection:
            allocate(Transaction(shop.means, connection, shop.means.now()), {ONE: 5})
            raise KeyError
    except KeyError:
        pass

    assert _take(shop.means, (ONE, 1)) == {ONE: [1]}


def test_they_go_round_in_the_middle_of_a_request(shop: Shop) -> None:
    _take(shop.means, (ONE, 1))
    with shop.means.database.begin() as connection:
        connection.execute(CONTROL_NUMBER.update().values(value=LARGEST - 2))

    assert _take(shop.means, (ONE, 4)) == {ONE: [LARGEST - 1, LARGEST, 1, 2]}


async def test_they_never_repeat_under_concurrency_nor_deadlock(shop: Shop, opened: Any) -> None:
    nodes = [shop.means, dataclasses.replace(shop.means, database=opened())]

    async def take(node: Means, *wanted: tuple[Numbered, int]) -> list[dict[Numbered, list[int]]]:
        return [await asyncio.to_thread(_take, node, *wanted) for _ in range(25)]

    taken = await asyncio.gather(
        take(nodes[0], (ONE, 2), (TWO, 1)),
        take(nodes[1], (TWO, 1), (ONE, 2)),
        take(nodes[1], (ONE, 1), (TWO, 1)),
    )

    every = [one for part in taken for one in part]
    assert sorted(number for one in every for number in one[ONE]) == list(range(1, 126))
    assert sorted(number for one in every for number in one[TWO]) == list(range(1, 76))
