"""Documents mapped later, or again: from the stored bytes, and by the rules of generations."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import UsageError
from gateway.pipeline.stage import DocumentOutcome
from gateway.store.tables import CANONICAL, DOCUMENT
from gateway.x12.interchange import GroupResult, InterchangeResult, SetResult
from gateway.x12.read import examine
from tests.contract.store.shop import Shop, an_interchange

LATER: dict[str, Any] = {"state": "validated", "canonical": None, "destination": ""}


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
async def test_a_set_is_wrapped_as_an_interchange_of_its_own(shop: Shop, line_end: str) -> None:
    outcome = await shop.processed(an_interchange(sets=2, groups=2, line_end=line_end), **LATER)
    ids = [document.id for document in outcome.interchanges[0].documents]

    wrapped = shop.journal.translatable(ids)

    for number, document in enumerate(wrapped):
        events = list(examine(document.x12))
        sets = [event for event in events if isinstance(event, SetResult)]
        group = next(event for event in events if isinstance(event, GroupResult))
        interchange = next(event for event in events if isinstance(event, InterchangeResult))
        assert [(one.status, one.header.control_number) for one in sets] == [("A", f"{number % 2 + 1:04}")]
        assert (group.status, group.header.control_number) == ("A", str(number // 2 + 1))
        assert (interchange.status, interchange.header.control_number) == ("A", "000000001")


async def test_sets_of_the_second_interchange_of_a_file_get_its_header(shop: Shop) -> None:
    data = an_interchange("000000001") + b"\n" + an_interchange("000000002", usage="T")
    outcome = await shop.processed(data, **LATER)
    second = outcome.interchanges[1].documents[0].id

    wrapped = shop.journal.translatable([second])[0]

    header = next(event for event in examine(wrapped.x12) if isinstance(event, InterchangeResult)).header
    assert (header.control_number, header.usage) == ("000000002", "T")


async def test_a_set_of_a_large_file_finds_its_group(shop: Shop) -> None:
    data = an_interchange(sets=9000, groups=2)
    content = shop.means.blobs.keep(data)
    transmission = (await shop.receive(shop.parcel(content=content)))[0].transmission_id
    outcome = shop.opened(transmission, **LATER)
    last = outcome.interchanges[0].documents[-1]
    few = replace(outcome.interchanges[0], documents=(last,), acknowledgements=())
    shop.journal.record_processed([replace(outcome, interchanges=(few,))])

    wrapped = shop.journal.translatable([last.id])[0]

    group = next(event for event in examine(wrapped.x12) if isinstance(event, GroupResult))
    assert (group.status, group.header.control_number, group.accepted) == ("A", "2", 1)


async def test_what_mapping_made_is_written_once_and_enqueued(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange(), **LATER)
    mapped = _mapped(outcome.interchanges[0].documents[0])

    shop.journal.record_translated([mapped])
    shop.journal.record_translated([replace(mapped, state="dead", reason="late")])

    assert shop.all(DOCUMENT)[0].state == "mapped"
    assert shop.work("deliver") == [("deliver", ["erp", [mapped.id]])]
    assert shop.kinds(mapped.id) == ["document.validated", "document.mapped"]
    assert [row.id for row in shop.questions.documents(search="PO-77")] == [mapped.id]
    assert shop.questions.documents(search="PO-0001") == []


async def test_a_document_that_cannot_be_read_again_keeps_what_was_known_of_it(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange(), **LATER)
    document = outcome.interchanges[0].documents[0]
    unread = replace(_mapped(document), state="dead", reason="unread", set_id="", pins={}, search={}, canonical=None)

    shop.journal.record_translated([replace(unread, business_number="", destination="")])

    row = shop.all(DOCUMENT)[0]
    assert (row.state, row.set_id, row.business_number, row.pins) == ("dead", "850", "PO-0001", dict(document.pins))
    assert [found.id for found in shop.questions.documents(search="PO-0001")] == [document.id]


async def test_a_document_that_cannot_be_written_dies_alone(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange(sets=2), **LATER)
    good, bad = (_mapped(document) for document in outcome.interchanges[0].documents)

    with capture_logs():
        shop.journal.record_translated([good, replace(bad, search={"line": object()})])  # type: ignore[dict-item]

    assert [(row.state, row.set_id) for row in shop.all(DOCUMENT)] == [("mapped", "850"), ("dead", "850")]


async def test_a_dead_document_is_replayed_under_the_same_key(shop: Shop) -> None:
    ids = await shop.documents()
    shop.journal.record_delivered("erp", [shop.attempted(ids[0], "refused", "dead", reason="400")])

    words = shop.operator.replay(ids[0][:10], mode="current", again=False, reason="fixed", who="operator/kim")
    waiting = shop.journal.translatable(ids)
    shop.journal.record_translated([_mapped_again(shop, ids[0])])

    again = shop.journal.deliverable("erp", ids)
    assert again is not None
    assert f"{ids[0]}.1" in words
    assert not waiting[0].original
    assert (again[0].key, again[0].attempts, again[0].first_attempt_at) == (f"{ids[0]}.1", 1, None)
    assert len(shop.all(CANONICAL)) == 1


async def test_a_delivered_document_needs_again_and_a_reason_and_takes_the_next_key(shop: Shop) -> None:
    ids = await shop.documents()
    shop.journal.record_delivered("erp", [shop.attempted(ids[0], "delivered", "delivered", external_id="SO-1")])

    for again, reason in ((False, "why"), (True, " ")):
        with pytest.raises(UsageError):
            shop.operator.replay(ids[0], mode="original", again=again, reason=reason, who="operator/kim")
    shop.operator.replay(ids[0], mode="original", again=True, reason="lost at the ERP", who="operator/kim")
    waiting = shop.journal.translatable(ids)
    shop.journal.record_translated([_mapped_again(shop, ids[0])])

    found = shop.journal.deliverable("erp", ids)
    assert found is not None
    assert waiting[0].original
    assert found[0].key == f"{ids[0]}.2"
    assert [row.generation for row in shop.all(CANONICAL)] == [1, 2]
    assert shop.kinds(ids[0])[-2:] == ["document.replayed", "document.mapped"]


@pytest.mark.parametrize("state", ["mapped", "validated", "rejected"])
async def test_what_is_on_its_way_or_was_rejected_is_not_replayed(shop: Shop, state: str) -> None:
    ids = await shop.documents(1, state=state)

    with pytest.raises(UsageError):
        shop.operator.replay(ids[0], mode="current", again=True, reason="please", who="operator/kim")


async def test_a_replay_of_nothing_is_a_usage_error(shop: Shop) -> None:
    with pytest.raises(UsageError, match="no document '01NOSUCHDOCUMENT'"):
        shop.operator.replay("01NOSUCHDOCUMENT", mode="current", again=False, reason="fixed", who="operator/kim")
    with pytest.raises(UsageError, match="current or original"):
        shop.operator.replay((await shop.documents())[0], mode="both", again=False, reason="fixed", who="operator/kim")


async def test_a_replay_without_a_reason_is_refused(shop: Shop) -> None:
    ids = await shop.documents(1, state="held", reason="unmapped unit BX")

    with pytest.raises(UsageError, match="a reason is needed"):
        shop.operator.replay(ids[0], mode="current", again=False, reason=" ", who="operator/kim")
    assert shop.state(ids[0]) == "held"


def _mapped(document: DocumentOutcome) -> DocumentOutcome:
    return replace(
        document, state="mapped", destination="erp", canonical=b"{}", business_number="PO-77", search={"line": "L-1"}
    )


def _mapped_again(shop: Shop, document: str) -> DocumentOutcome:
    row = shop.all(DOCUMENT, DOCUMENT.c.id == document)[0]
    return DocumentOutcome(
        id=document,
        ordinal=1,
        partner="acme",
        agreement="acme/850",
        set_id="850",
        version="004010",
        group_control_number=row.group_control_number,
        set_control_number=row.set_control_number,
        state="mapped",
        offset=row.byte_offset,
        length=row.byte_length,
        destination="erp",
        canonical=b'{"again":true}',
    )
