"""One workflow at a time a document, a few at a time a destination."""

import threading
from contextlib import closing

from gateway.engine.turns import BATCHES_AT_ONCE, LONGEST_WAIT_SECONDS, Turns


def test_a_document_in_hand_is_given_to_the_next_only_when_it_is_put_down() -> None:
    turns, got = Turns(), []
    first = turns.of(["a", "b"])
    assert next(first) == ["a", "b"]

    second = turns.of(["b", "c"])
    got.append(next(second))
    waiting = threading.Thread(target=lambda: got.append(next(second)))
    waiting.start()
    waiting.join(0.05)
    still_waits = waiting.is_alive()
    first.close()
    waiting.join(5)

    assert still_waits
    assert got == [["c"], ["b"]]


def test_what_fails_with_documents_in_hand_puts_them_down() -> None:
    turns = Turns()
    try:
        with closing(turns.of(["a"])) as mine:
            next(mine)
            raise KeyError("a fault of ours")
    except KeyError:
        pass

    assert next(turns.of(["a"])) == ["a"]


def test_a_slow_destination_leaves_room_for_others() -> None:
    turns = Turns()
    held = [turns.batch("slow") for _ in range(BATCHES_AT_ONCE)]
    waits = [one.__enter__() for one in held]

    with turns.batch("slow") as slow, turns.batch("quick") as quick:
        pass
    held[0].__exit__(None, None, None)
    with turns.batch("slow") as afterwards:
        pass

    assert waits == [0.0] * BATCHES_AT_ONCE
    assert (slow > 0.0, quick, afterwards) == (True, 0.0, 0.0)


def test_the_more_batches_wait_the_later_they_come_back_but_never_later_than_a_limit() -> None:
    turns = Turns()
    held = [turns.batch("slow") for _ in range(BATCHES_AT_ONCE)]
    for one in held:
        one.__enter__()

    waits = []
    for _ in range(2_000):
        with turns.batch("slow") as wait:
            waits.append(wait)

    assert waits == sorted(waits)
    assert (waits[0] < 2.0, waits[-1]) == (True, LONGEST_WAIT_SECONDS)
