"""Packing and writing interchanges: who travels together, in which order, when, and to the last byte."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline.outbound.seal import (
    MOST_SETS,
    InterchangeDraft,
    Unsealed,
    due_at,
    envelope_of,
    most_sets,
    pack,
)
from gateway.pipeline.outbound.stage import SealingTerms
from gateway.x12.errors import OutputRefused
from gateway.x12.interchange import Delimiters
from tests.contract.store.sending import always_open, read, segments, terms

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def unsealed(number: int, *, due: int = 0, **about: Any) -> Unsealed:
    """A document that waits, due in so many minutes."""
    agreed = terms(**about)
    return Unsealed(
        id=f"d-{number:03}",
        envelope=envelope_of(agreed),
        terms=agreed,
        segments=segments(f"HP-{number}"),
        since=NOON,
        due_at=NOON + timedelta(minutes=due),
    )


def sets(packing: Any) -> list[list[str]]:
    """Ids by interchange."""
    return [[one.id for one in draft.sets] for draft in packing.drafts]


def test_an_interchange_reads_back_as_it_was_meant() -> None:
    draft = InterchangeDraft(terms=terms(time_zone="America/New_York"), sets=(unsealed(1), unsealed(2)))

    done = draft.seal(interchange_number=7, group_number=8, now=NOON)

    interchange, [group] = read(done.data)
    assert (interchange.status, interchange.header.control_number, interchange.header.time) == (
        "A",
        "000000007",
        "0700",
    )
    assert (group.header.control_number, [one.header.control_number for one in group.sets]) == ("8", ["0001", "0002"])
    assert [(one.offset, one.length) for one in group.sets] == list(done.places)


def test_line_ends_stand_behind_every_terminator_and_places_still_fit() -> None:
    draft = InterchangeDraft(terms=terms(line_ends=True), sets=(unsealed(1), unsealed(2)))

    done = draft.seal(interchange_number=7, group_number=8, now=NOON)

    interchange, [group] = read(done.data)
    assert interchange.status == "A"
    assert done.data.count(b"~\r\n") == done.data.count(b"~") == len(done.data.splitlines())
    assert [(one.offset, one.length) for one in group.sets] == list(done.places)


def test_other_delimiters_and_a_request_for_a_ta1_are_written() -> None:
    agreed = terms(delimiters=Delimiters(element="|", component="^", segment="\n"), ta1_requested=True)

    done = InterchangeDraft(terms=agreed, sets=(unsealed(1),)).seal(interchange_number=1, group_number=1, now=NOON)

    interchange, _ = read(done.data)
    assert interchange.header.acknowledgment_requested
    assert done.data[done.places[0][0] :].startswith(b"ST|810|0001\n")


def test_what_cannot_be_written_is_refused_and_not_bent() -> None:
    one = dataclasses.replace(unsealed(1), segments=(("BIG", "a~b"),))
    bad = InterchangeDraft(terms=one.terms, sets=(one,))

    with pytest.raises(OutputRefused):
        bad.seal(interchange_number=1, group_number=1, now=NOON)


def test_a_file_is_named_as_agreed_on_the_partners_clock() -> None:
    pattern = "{partner}_{set}_{agreement}_{control_number}_{date}_{time}.edi"
    draft = InterchangeDraft(terms=terms(file_name=pattern, time_zone="America/New_York"), sets=(unsealed(1),))

    assert draft.name(7, NOON) == "acme_810_invoices_000000007_20260302_070000.edi"


def test_full_ones_go_and_the_rest_waits_until_it_is_due() -> None:
    waiting = [unsealed(number, due=10, batch_sets=2, batch_wait_minutes=10) for number in range(5)]

    assert sets(pack(waiting, always_open, NOON)) == [["d-000", "d-001"], ["d-002", "d-003"]]
    later = pack(waiting, always_open, NOON + timedelta(minutes=10))
    assert sets(later) == [["d-000", "d-001"], ["d-002", "d-003"], ["d-004"]]


def test_only_what_agrees_in_everything_travels_together() -> None:
    waiting = [
        unsealed(1, batch_sets=9),
        unsealed(2, batch_sets=9, usage="T"),
        unsealed(3, batch_sets=9, gs_receiver="OTHER"),
        unsealed(4, batch_sets=9),
    ]

    assert sorted(sets(pack(waiting, always_open, NOON))) == [["d-001", "d-004"], ["d-002"], ["d-003"]]


def test_lanes_decide_before_age() -> None:
    lanes = ("bulk", "normal", "urgent", "bulk", "urgent")
    waiting = [unsealed(number, lane=lane) for number, lane in enumerate(lanes)]

    assert sets(pack(waiting, always_open, NOON)) == [["d-002"], ["d-004"], ["d-001"], ["d-000"], ["d-003"]]


def test_a_closed_channel_puts_off_all_of_its_own_and_nothing_else() -> None:
    opens = NOON + timedelta(hours=2)
    waiting = [unsealed(1, channel="closed"), unsealed(2), unsealed(3, channel="closed")]

    packing = pack(waiting, lambda channel, _zone, now: opens if channel == "closed" else now, NOON)

    assert sets(packing) == [["d-002"]]
    assert packing.later == {"d-001": opens, "d-003": opens}


def test_no_interchange_is_larger_than_one_transaction_bears() -> None:
    assert most_sets(terms(batch_sets=10_000)) == MOST_SETS
    waiting = [unsealed(number, batch_sets=10_000) for number in range(MOST_SETS + 1)]

    assert [len(one) for one in sets(pack(waiting, always_open, NOON))] == [MOST_SETS, 1]


def test_one_that_travels_alone_waits_for_nobody() -> None:
    assert due_at(terms(batch_wait_minutes=10), NOON) == NOON
    assert due_at(terms(batch_sets=2, batch_wait_minutes=10), NOON) == NOON + timedelta(minutes=10)


def test_terms_come_back_from_json_as_they_were() -> None:
    agreed = terms(delimiters=Delimiters(element="|", repetition="^"))

    assert SealingTerms.from_plain(agreed.plain()) == agreed


@given(
    st.lists(
        st.tuples(st.sampled_from(["urgent", "normal", "bulk"]), st.integers(1, 4), st.integers(-5, 5)), max_size=30
    )
)
def test_whatever_waits_is_packed_once_or_not_at_all_and_all_that_is_due_is(
    waiting: list[tuple[str, int, int]],
) -> None:
    documents = [
        unsealed(number, due=due, lane=lane, batch_sets=size) for number, (lane, size, due) in enumerate(waiting)
    ]

    packing = pack(documents, always_open, NOON)

    packed = [one for draft in sets(packing) for one in draft]
    assert len(packed) == len(set(packed))
    assert {one.id for one in documents if one.due_at <= NOON} <= set(packed)
    assert all(len(draft.sets) <= most_sets(draft.terms) for draft in packing.drafts)
