import asyncssh
import pytest

from gateway.pipeline.ports import Waiting
from gateway.transports.sftp.quota import Held, Share

MOST = Waiting(files=3, size=1_000)


def test_what_waits_and_what_is_open_count_together() -> None:
    held = Held()
    first = Share(held, Waiting(files=1, size=300), MOST)
    first.grow(500)
    second = Share(held, Waiting(files=1, size=300), MOST)
    second.grow(200)
    with pytest.raises(asyncssh.SFTPFailure, match="waits here"):
        second.grow(201)
    with pytest.raises(asyncssh.SFTPFailure):
        Share(held, Waiting(files=1, size=300), MOST)

    assert (held.files, held.size) == (2, 700)


def test_what_is_released_makes_room_once() -> None:
    held = Held()
    share = Share(held, Waiting(files=0, size=0), MOST)
    share.grow(1_000)
    share.release()
    share.release()
    share.grow(500)  # a handle that is still open after its bytes went

    assert (held.files, held.size) == (0, 0)
    Share(held, Waiting(files=2, size=999), MOST).grow(1)


def test_growing_to_what_is_there_already_costs_nothing() -> None:
    share = Share(held := Held(), Waiting(files=0, size=0), MOST)
    for size in (400, 100, 400):
        share.grow(size)

    assert held.size == 400
