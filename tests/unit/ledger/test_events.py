from datetime import UTC, datetime

import pytest

from gateway.ledger import events
from gateway.ledger.events import KINDS, Event

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def an_event(*, kind: str = events.DOCUMENT_MAPPED, at: datetime = NOON) -> Event:
    return Event(at=at, subject_kind="document", subject="01J", kind=kind, who="gateway/node")


def test_every_constant_is_explained_and_nothing_else_is() -> None:
    constants = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    constants.remove(events.HISTORY)  # what stands in the detail of one, and no kind

    assert constants == set(KINDS)
    assert all(KINDS.values())


def test_names_are_subject_dot_what_happened() -> None:
    assert all(kind.count(".") == 1 and kind == kind.lower() for kind in KINDS)


def test_what_is_not_said_of_an_event_is_empty() -> None:
    event = an_event()

    assert (event.why, event.correlation, dict(event.detail)) == ("", "", {})
    assert event.at == NOON


def test_an_event_of_no_known_kind_cannot_be_made() -> None:
    with pytest.raises(ValueError, match=r"document\.flown"):
        an_event(kind="document.flown")


def test_a_time_without_zone_cannot_be_recorded() -> None:
    with pytest.raises(ValueError, match="zone"):
        an_event(at=NOON.replace(tzinfo=None))
