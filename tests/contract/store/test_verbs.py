"""What people do to documents: hold, release, assign, note, waive, correct; one and many, and against the engine."""

from decimal import Decimal

import pytest

from gateway.canonical.facts import Facts
from gateway.crossref.rows import Row
from gateway.errors import NotInOrder, UsageError
from gateway.mapping.references import Unmapped
from gateway.pipeline.knowledge import Lacking
from gateway.pipeline.stage import DeliveryOutcome, Reply
from gateway.pipeline.verbs import How, Selection, Verb
from gateway.store.audit import AuditBook
from gateway.store.crossref import CrossReferenceBook
from gateway.store.tables import DOCUMENT, DOCUMENT_HOLD, UNSEALED_SET
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered
from tests.contract.store.sending import handed_in, packed, sealed
from tests.contract.store.shop import Shop, a_mapped
from tests.contract.store.test_deadlines import fetched
from tests.contract.store.test_outbound import a_held_one


def do(shop: Shop, verb: Verb, *ids: str, reason: str = "the buyer called", **how: object) -> str:
    """What one person says after doing it to these."""
    acted = shop.operator.act(verb, Selection(ids=ids), How(**how), reason=reason, who="dana")  # type: ignore[arg-type]
    return acted.done[0][1] if acted.done else ""


# ---------------------------------------------------------------------------------------------- hold, release


async def test_a_mapped_document_that_is_held_is_not_delivered_until_it_is_released(shop: Shop) -> None:
    [document] = await shop.documents()

    do(shop, "hold", document)

    assert shop.state(document) == "held"
    assert not shop.journal.deliverable("erp", [document])
    before = len(shop.work("deliver"))
    shop.operator.release(document, reason="prices agreed", who="kim")
    assert shop.state(document) == "mapped"
    assert [one.key for one in shop.journal.deliverable("erp", [document]) or []] == [f"{document}.1"]
    assert len(shop.work("deliver")) == before + 1
    assert shop.kinds(document)[-2:] == ["document.held", "document.released"]
    assert shop.all(DOCUMENT_HOLD) == []


async def test_a_validated_document_that_is_held_takes_no_mapping_that_was_under_way(shop: Shop) -> None:
    [document] = await shop.documents(state="validated", canonical=None)
    do(shop, "hold", document)

    shop.journal.record_translated([a_mapped(document)])

    assert shop.state(document) == "held"
    shop.operator.release(document, reason="prices agreed", who="kim")
    assert shop.state(document) == "validated"
    assert shop.work("translate") == [("translate", [[document]])] * 2


async def test_a_translated_document_that_is_held_is_not_sealed_though_it_was_packed(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    packing = packed(shop)

    do(shop, "hold", document)
    went = shop.journal.record_sealed(packing)

    assert (went, shop.state(document)) == (0, "held")
    assert shop.all(UNSEALED_SET) == []
    assert shop.journal.sealable() == []


async def test_a_held_one_does_not_make_its_neighbours_in_the_interchange_go(shop: Shop) -> None:
    batch = {"batch_sets": 2, "batch_wait_minutes": 60}
    first = await handed_in(shop, "HP-1", terms=batch)
    do(shop, "hold", first)

    await handed_in(shop, "HP-2", terms=batch)

    assert shop.journal.sealable() == []


async def test_one_of_ours_is_translated_again_by_what_was_pinned_when_it_is_released(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    do(shop, "hold", document)

    shop.operator.release(document, reason="prices agreed", who="kim")

    [row] = shop.journal.collected([document])
    assert row.original
    assert shop.work("collect") == [("collect", [[document]])]


async def test_what_was_being_handed_over_when_it_was_held_is_delivered_and_says_so(shop: Shop) -> None:
    [document] = await shop.documents()
    shop.journal.deliverable("erp", [document])
    do(shop, "hold", document)

    shop.journal.record_delivered("erp", [shop.attempted(document, "delivered", "delivered", external_id="SO-1")])

    assert shop.state(document) == "delivered"
    assert shop.all(DOCUMENT_HOLD) == []
    detail = shop.questions.document(document)
    assert detail is not None
    assert detail.events[-1].kind == "document.delivered"
    assert detail.events[-1].detail["held"] == "too late: it was being handed over"


async def test_a_try_that_failed_meanwhile_leaves_it_held_and_is_not_tried_again(shop: Shop) -> None:
    [document] = await shop.documents()
    shop.journal.deliverable("erp", [document])
    do(shop, "hold", document)
    before = shop.work("deliver")

    shop.journal.record_delivered(
        "erp", [DeliveryOutcome(id=document, state="mapped", reply=Reply(kind="retry"), delay_seconds=5.0)]
    )

    assert shop.state(document) == "held"
    assert shop.work("deliver") == before
    assert shop.all(DOCUMENT)[0].attempts == 1
    assert shop.kinds(document)[-1] == "document.deferred"


@pytest.mark.parametrize(
    ("state", "words"),
    [("delivered", "our system has it already"), ("dead", "goes nowhere by itself"), ("held", "it is held already")],
)
async def test_after_the_effect_a_hold_is_refused_in_words(shop: Shop, state: str, words: str) -> None:
    [document] = await shop.documents(state="mapped" if state == "delivered" else state)
    if state == "delivered":
        shop.journal.record_delivered("erp", [shop.attempted(document, "delivered", "delivered", external_id="SO-1")])

    with pytest.raises(UsageError, match=words):
        do(shop, "hold", document)


async def test_what_has_its_numbers_cannot_be_held_any_more(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)

    with pytest.raises(UsageError, match="it has its control numbers"):
        do(shop, "hold", document)


async def test_neither_a_replay_nor_a_row_that_came_lets_go_what_a_person_holds(shop: Shop) -> None:
    now = shop.means.now()
    lacking = Lacking(values=(Unmapped("sku", "AB-1"),), on=now.date(), as_of=now, pinned=False)
    [document] = await shop.documents(state="held", canonical=None, lacking=lacking)
    do(shop, "replay", document)
    do(shop, "hold", document)

    with pytest.raises(UsageError, match="held by dana"):
        do(shop, "replay", document)
    row = Row(partner="acme", table="sku", theirs="AB-1", ours="HP-1")
    done = CrossReferenceBook(shop.means).add([row], who="kim")

    assert done.replayed == ()
    assert shop.state(document) == "held"


async def test_nobody_releases_what_nobody_holds(shop: Shop) -> None:
    [document] = await shop.documents(state="held")

    with pytest.raises(UsageError, match="nobody holds it"):
        do(shop, "release", document)


# ---------------------------------------------------------------------------------------------- assign, note, waive


async def test_a_document_is_given_to_a_person_and_found_by_them(shop: Shop) -> None:
    mine, other = await shop.documents(2)

    do(shop, "assign", mine, to="kim")

    assert [one.id for one in shop.questions.documents(owner="kim")] == [mine]
    assert [one.owner for one in shop.questions.documents()] == ["", "kim"]
    with pytest.raises(UsageError, match="with kim already"):
        do(shop, "assign", mine, to="kim")
    do(shop, "assign", mine, to="")
    assert shop.questions.documents(owner="kim") == []
    assert shop.state(other) == "mapped"


async def test_a_note_stands_in_the_history_and_moves_nothing(shop: Shop) -> None:
    [document] = await shop.documents()

    do(shop, "note", document, reason="Kim looks for it")

    detail = shop.questions.document(document)
    assert detail is not None
    assert (detail.events[-1].kind, detail.events[-1].who, detail.events[-1].why) == (
        "document.noted",
        "dana",
        "Kim looks for it",
    )
    assert detail.row.state == "mapped"


async def test_what_is_waived_is_waited_for_no_more_and_a_late_answer_counts(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)

    do(shop, "waive", document, reason="paid already")

    assert shop.questions.documents(acknowledgement="awaited") == []
    assert [one.id for one in shop.questions.documents(acknowledgement="waived")] == [document]
    assert shop.kinds(document)[-1] == "document.waived"
    with pytest.raises(UsageError, match="nothing to waive"):
        do(shop, "waive", document)
    shop.clock.turn(hours=1)
    await answered(shop, an_answer(GOOD))
    assert [one.id for one in shop.questions.documents(acknowledgement="accepted")] == [document]


async def test_what_has_not_gone_out_or_came_in_has_nothing_to_waive(shop: Shop) -> None:
    [theirs] = await shop.documents()
    ours = await handed_in(shop, "HP-1")

    with pytest.raises(UsageError, match="came in"):
        do(shop, "waive", theirs)
    with pytest.raises(UsageError, match="has not gone out"):
        do(shop, "waive", ours)


# ---------------------------------------------------------------------------------------------- correct


async def test_the_corrected_document_takes_the_place_of_a_held_one(shop: Shop) -> None:
    refused = await a_held_one(shop)
    corrected = await handed_in(shop, "HP-2")

    words = shop.operator.correct(refused, corrected, reason="quantity of line 3", who="dana")

    assert words == f"{corrected} takes the place of {refused}: nobody waits for that one any more"
    detail = shop.questions.document(refused)
    assert detail is not None
    assert (detail.row.state, detail.successor) == ("superseded", corrected)
    assert shop.kinds(corrected)[-1] == "document.corrects"
    [entry] = AuditBook(shop.means.database).entries()
    assert (entry.verb, list(entry.subjects), entry.detail) == (
        "documents.correct",
        [refused, corrected],
        {"by": corrected},
    )
    with pytest.raises(UsageError, match=f"{corrected} took its place"):
        shop.operator.correct(refused, corrected, reason="once more", who="dana")


async def test_what_the_partner_has_not_refused_is_corrected_only_on_purpose(shop: Shop) -> None:
    first = await handed_in(shop, "HP-1")
    sealed(shop)
    second = await handed_in(shop, "HP-2")

    with pytest.raises(NotInOrder, match="was not refused"):
        shop.operator.correct(first, second, reason="wrong", who="dana")
    shop.operator.correct(first, second, reason="wrong", who="dana", anyway=True)

    assert shop.state(first) == "superseded"
    assert shop.questions.documents(acknowledgement="awaited") == []


async def test_only_another_document_of_the_same_kind_corrects_one(shop: Shop) -> None:
    [theirs] = await shop.documents()
    refused = await handed_in(shop, "HP-1")
    sealed(shop)
    test = await handed_in(shop, "HP-2", terms={"usage": "T"})
    notice = await handed_in(shop, "HP-3", terms={"set_id": "856"})

    for corrected, words in ((theirs, "came in"), (refused, "one and the same"), (test, "cannot"), (notice, "cannot")):
        with pytest.raises(UsageError, match=words):
            shop.operator.correct(refused, corrected, reason="wrong", who="dana", anyway=True)

    assert shop.state(refused) == "sealed"


# ---------------------------------------------------------------------------------------------- many at once


async def test_a_preview_counts_and_sums_what_can_be_touched_and_does_nothing(shop: Shop) -> None:
    await handed_in(shop, "HP-1", facts=Facts(Decimal("10.50"), "USD"))
    await handed_in(shop, "HP-2", facts=Facts(Decimal("0.25"), "USD"))
    sealed(shop)
    await handed_in(shop, "HP-3", facts=Facts(Decimal(99), "USD"))
    await handed_in(shop, "HP-4", terms={"set_id": "856"})
    chosen = Selection(partner="acme", set_id="810")

    waived = shop.operator.preview("waive", chosen, How())
    held = shop.operator.preview("hold", Selection(partner="acme"), How())

    assert (waived.count, waived.money, waived.unpriced) == (2, {"USD": Decimal("10.75")}, 0)
    assert [one.business_number for one in waived.first] == ["HP-1", "HP-2"]
    assert (held.count, held.money, held.unpriced) == (2, {"USD": Decimal(99)}, 1)
    assert AuditBook(shop.means.database).entries() == []


async def test_what_the_partner_refused_is_not_among_what_would_be_sent_again(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    sealed(shop)
    fetched(shop)
    lost = shop.operator.preview("resend", Selection(partner="acme"), How())
    await answered(shop, an_answer(REFUSED))

    refused = [
        shop.operator.preview("resend", Selection(partner="acme"), How(anyway=anyway)) for anyway in (False, True)
    ]

    assert (lost.count, [one.count for one in refused]) == (1, [0, 1])


async def test_many_are_done_in_one_act_each_with_its_event(shop: Shop) -> None:
    documents = await shop.documents(3)
    do(shop, "hold", documents[0])

    acted = shop.operator.act("hold", Selection(ids=documents), How(), reason="recall", who="dana")

    assert [one for one, _ in acted.done] == documents[1:]
    assert acted.refused == [(documents[0], f"{documents[0]} is held: it is held already")]
    entry = AuditBook(shop.means.database).entry(acted.entry)
    assert (list(entry.subjects), entry.reason, entry.detail) == (documents[1:], "recall", {"left": 1})
    assert all(shop.kinds(one)[-1] == "document.held" for one in documents)


async def test_what_is_described_is_done_to_what_is_like_that_alone(shop: Shop) -> None:
    old = await shop.documents()
    shop.clock.turn(hours=2)
    new = await shop.documents(control="000000002")
    chosen = Selection(partner="acme", state="mapped", older_than=shop.means.now())

    acted = shop.operator.act("hold", chosen, How(), reason="recall", who="dana")

    assert [one for one, _ in acted.done] == old
    assert shop.state(new[0]) == "mapped"
    assert AuditBook(shop.means.database).entry(acted.entry).detail["chosen"]["partner"] == "acme"


async def test_nothing_is_done_to_more_than_a_thousand_at_once(shop: Shop) -> None:
    await shop.documents(1001)

    with pytest.raises(UsageError, match="more than 1,000"):
        shop.operator.act("hold", Selection(partner="acme"), How(), reason="recall", who="dana")

    assert shop.operator.preview("hold", Selection(partner="acme"), How()).count == 1001
    assert shop.all(DOCUMENT_HOLD) == []


async def test_where_nothing_can_be_done_nothing_is_written_down(shop: Shop) -> None:
    acted = shop.operator.act("hold", Selection(partner="nobody"), How(), reason="recall", who="dana")

    assert (acted.done, acted.refused, acted.entry) == ([], [], 0)


@pytest.mark.parametrize("chosen", [Selection(), Selection(ids=("01KJQ6PSG0",), partner="acme")])
def test_it_is_said_which_documents_and_in_one_way(shop: Shop, chosen: Selection) -> None:
    with pytest.raises(UsageError):
        shop.operator.act("hold", chosen, How(), reason="recall", who="dana")


async def test_nothing_is_done_without_a_reason(shop: Shop) -> None:
    [document] = await shop.documents()

    for blank in ("", "  "):
        with pytest.raises(UsageError, match="a reason is needed"):
            do(shop, "hold", document, reason=blank)
