"""Whose files lie behind a closed window: by the hours of the channel, on each partner's own clock."""

from datetime import UTC, datetime

from gateway.app.hours import closed_for
from tests.unit.pipeline.outbound.documents import rules_with

NIGHT = {"windows": [{"days": "mon-fri", "from": "22:00", "to": "23:00"}]}
MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MONDAY_NIGHT_IN_NEW_YORK = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)


def test_a_channel_is_closed_to_the_partners_whose_clock_is_outside_its_hours() -> None:
    book = rules_with(channel=NIGHT).book
    assert book.partners["acme"].time_zone == "America/New_York"

    assert list(closed_for(book, "acme-sftp", MONDAY_NOON)) == ["acme"]
    assert list(closed_for(book, "acme-sftp", MONDAY_NIGHT_IN_NEW_YORK)) == []


def test_a_channel_without_hours_and_one_that_is_not_there_are_closed_to_nobody() -> None:
    book = rules_with().book

    assert [closed_for(book, one, MONDAY_NOON) for one in ("acme-sftp", "nowhere")] == [(), ()]
