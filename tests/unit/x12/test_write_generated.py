"""What is written is what is read again: sets made along every guide, with the delimiters of any partner."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.x12.guide import Guide
from gateway.x12.interchange import Delimiters, InterchangeResult, SetResult, TransactionSet
from gateway.x12.outbound import outbound_set
from gateway.x12.read import examine
from gateway.x12.rewrite import Rewriter, Wish
from gateway.x12.write import OutboundEnvelope, OutboundGroup, OutboundSet, write_interchange
from tests.unit.x12.generated import a_body, guides, plain, plain_segments, plain_tree

GUIDES = {f"{guide.set_id}-{guide.release.id}": guide for guide in guides()}
SEPARATORS = st.permutations(["*", ":", "~", "^", "|", ">", "'", "!", "\x1d", "\x1f", "\x1c"]).map(
    lambda found: Delimiters(*found[:4])
)


def envelope(guide: Guide, delimiters: Delimiters) -> OutboundEnvelope:
    version = "00501" if guide.release.repeats else "00401"
    return OutboundEnvelope(
        sender_qualifier="ZZ",
        sender="OURS",
        receiver_qualifier="ZZ",
        receiver="ACME",
        version=version,
        usage="P",
        control_number=7,
        at=datetime(2026, 3, 2, 14, 5, tzinfo=UTC),
        delimiters=delimiters if guide.release.repeats else replace(delimiters, repetition=""),
    )


def written(guide: Guide, one: OutboundSet, delimiters: Delimiters) -> bytes:
    group = OutboundGroup(
        functional_id=guide.functional_id,
        sender="OURS",
        receiver="ACME",
        version=guide.release.id,
        control_number=7,
        sets=[one],
    )
    return write_interchange(envelope(guide, delimiters), [group])


def content_of(data: bytes) -> TransactionSet:
    events = list(examine(data))
    found = [event for event in events if isinstance(event, SetResult)]
    result = next(event for event in events if isinstance(event, InterchangeResult))

    assert (result.status, result.groups[0].findings) == ("A", ())
    assert len(found) == 1
    assert found[0].content is not None
    return found[0].content


def test_there_are_guides_of_two_releases() -> None:
    assert len(GUIDES) > 55


@pytest.mark.parametrize("name", GUIDES)
def test_what_is_written_along_a_guide_is_read_again(name: str) -> None:
    guide = GUIDES[name]
    for seed in range(3):
        body = a_body(guide, Random(seed))
        content = content_of(written(guide, OutboundSet(id=guide.set_id, segments=body), Delimiters(repetition="^")))

        assert plain_segments(content) == [plain(segment) for segment in body]


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(sorted(GUIDES)), seed=st.integers(0, 1 << 32), first=SEPARATORS, second=SEPARATORS)
def test_a_tree_that_was_read_and_is_written_for_another_partner_is_the_same_tree(
    name: str, seed: int, first: Delimiters, second: Delimiters
) -> None:
    guide = GUIDES[name]
    body = a_body(guide, Random(seed))
    one = content_of(written(guide, OutboundSet(id=guide.set_id, segments=body), first))
    again = content_of(written(guide, outbound_set(one), second))

    assert plain_tree(again) == plain_tree(one)
    assert plain_segments(again) == [plain(segment) for segment in body]


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(sorted(GUIDES)), seed=st.integers(0, 1 << 32), first=SEPARATORS, second=SEPARATORS)
def test_a_file_rewritten_for_another_partner_is_the_one_written_for_him(
    name: str, seed: int, first: Delimiters, second: Delimiters
) -> None:
    guide = GUIDES[name]
    one = OutboundSet(id=guide.set_id, segments=a_body(guide, Random(seed)))
    rewriter = Rewriter(Wish(delimiters=second))

    assert b"".join(rewriter.rewrite(written(guide, one, first))) == written(guide, one, second)
    assert (rewriter.summary.corrected, rewriter.summary.faults, rewriter.summary.replaced) == ([], [], 0)
