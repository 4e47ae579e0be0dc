"""Why a document of ours that is good to go has not gone, and until when."""

from datetime import UTC, datetime, timedelta

from gateway.pipeline.outbound.waiting import Waiting

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TONIGHT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)


def a_waiting(opens_at: datetime = NOW, due_at: datetime = NOW) -> Waiting:
    return Waiting(opens_at=opens_at, due_at=due_at, here=3, most_sets=100)


def test_outside_its_hours_it_says_when_its_channel_opens() -> None:
    waiting = a_waiting(opens_at=TONIGHT, due_at=TONIGHT + timedelta(minutes=30))

    assert waiting.words(NOW) == "its channel opens on 2026-03-02 at 22:00 UTC"
    assert waiting.until(NOW) == TONIGHT


def test_inside_them_it_says_how_many_its_batch_waits_for_and_until_when() -> None:
    waiting = a_waiting(due_at=TONIGHT)

    assert waiting.words(NOW) == (
        "waits for 97 more to fill its interchange (3 of 100 here), until 2026-03-02 at 22:00 UTC at the latest"
    )
    assert waiting.until(NOW) == TONIGHT


def test_what_is_due_is_being_sealed() -> None:
    assert (a_waiting().words(NOW), a_waiting().until(NOW)) == ("is being sealed", None)
