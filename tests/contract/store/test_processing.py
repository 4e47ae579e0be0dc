"""A batch of opened transmissions: one transaction, won by compare-and-set, with answers that are numbered once."""

import dataclasses
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from gateway.errors import MachineError
from gateway.pipeline.stage import Notice, TransmissionOutcome
from gateway.store.numbers import LARGEST
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CANONICAL,
    CONTROL_NUMBER,
    DESTINATION,
    DOCUMENT,
    EVENT,
    INTERCHANGE,
    INTERCHANGE_KEY,
    MAILBOX_ENTRY,
    METADATA,
    TRANSMISSION,
)
from gateway.x12.interchange import InterchangeResult
from gateway.x12.read import examine
from tests.contract.store.shop import Shop, an_interchange


async def test_an_interchange_becomes_documents_that_are_enqueued_for_delivery(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange(sets=2))

    ids = [document.id for document in outcome.interchanges[0].documents]
    assert [row.state for row in shop.all(DOCUMENT)] == ["mapped", "mapped"]
    assert shop.work("deliver") == [("deliver", ["erp", ids])]
    assert shop.all(TRANSMISSION)[0].state == "processed"


async def test_validated_documents_are_enqueued_for_translation(shop: Shop) -> None:
    ids = await shop.documents(3, state="validated", canonical=None, destination="")

    assert shop.work("translate") == [("translate", [ids])]
    assert shop.work("deliver") == []


async def test_work_for_many_documents_comes_in_chunks(shop: Shop) -> None:
    ids = await shop.documents(450)

    chunks = [arguments[1] for _, arguments in shop.work("deliver")]
    assert [len(chunk) for chunk in chunks] == [200, 200, 50]  # type: ignore[arg-type]
    assert [one for chunk in chunks for one in chunk] == ids  # type: ignore[attr-defined]


async def test_who_loses_the_compare_and_set_writes_nothing(shop: Shop) -> None:
    transmission = await shop.arrived(an_interchange())
    first, second = shop.opened(transmission), shop.opened(transmission)
    shop.journal.record_processed([first])
    before = _everything(shop)

    shop.journal.record_processed([second])

    assert _everything(shop) == before


async def test_a_loser_in_a_batch_does_not_keep_the_others_back(shop: Shop) -> None:
    lost, won = await shop.arrived(an_interchange()), await shop.arrived(an_interchange("000000002"))
    outcomes = [shop.opened(lost), shop.opened(won)]
    shop.journal.record_processed([TransmissionOutcome(id=lost, state="dead", reason="somebody was faster")])

    shop.journal.record_processed(outcomes)

    assert [row.transmission_id for row in shop.all(DOCUMENT)] == [won]


async def test_the_answer_is_sealed_bytes_with_fresh_numbers_ready_for_pickup(shop: Shop) -> None:
    await shop.processed(an_interchange())

    entry = shop.mail("outbound")[0]
    result = _read(entry.content.inline or b"")
    assert (entry.name, entry.state) == ("acme-997-000000001.x12", "ready")
    assert result.header.control_number == "000000001"
    assert (result.header.sender, result.header.receiver) == ("OURHOUSE", "ACMERETAIL")
    assert result.status == "A"


async def test_the_time_in_an_answer_is_the_partners(shop: Shop) -> None:
    outcome = shop.opened(await shop.arrived(an_interchange()))
    eastern = replace(outcome.interchanges[0], time_zone="America/New_York")

    shop.journal.record_processed([replace(outcome, interchanges=(eastern,))])

    assert _read(shop.mail("outbound")[0].content.inline or b"").header.time == "0700"


async def test_a_file_with_several_groups_has_exactly_one_997_file(shop: Shop) -> None:
    await shop.processed(an_interchange(groups=3))

    assert len(shop.all(ACKNOWLEDGEMENT)) == 1
    assert len(shop.mail("outbound")) == 1


async def test_numbers_are_counted_per_pair_and_usage(shop: Shop) -> None:
    for data in (
        an_interchange(),
        an_interchange("000000002"),
        an_interchange(usage="T"),
        an_interchange(receiver="OUROTHER"),
    ):
        await shop.processed(data)

    assert [row.interchange_number for row in shop.all(ACKNOWLEDGEMENT)] == [1, 2, 1, 1]


async def test_answers_with_equal_numbers_still_have_names_of_their_own(shop: Shop) -> None:
    await shop.processed(an_interchange())
    await shop.processed(an_interchange(usage="T"))
    batch = [
        shop.opened(await shop.arrived(an_interchange(receiver=receiver))) for receiver in ("OUROTHER", "OURTHIRD")
    ]
    shop.journal.record_processed(batch)

    names = [entry.name for entry in shop.mail("outbound")]
    assert len(set(names)) == 4
    assert all(name.startswith("acme-997-000000001") for name in names)


async def test_999999999_is_followed_by_1(shop: Shop) -> None:
    await shop.processed(an_interchange())
    with shop.means.database.begin() as connection:
        connection.execute(CONTROL_NUMBER.update().values(value=LARGEST - 1))

    outcomes = [shop.opened(await shop.arrived(an_interchange(f"00000000{one}"))) for one in (2, 3)]
    shop.journal.record_processed(outcomes)

    assert [row.interchange_number for row in shop.all(ACKNOWLEDGEMENT)] == [1, LARGEST, 1]
    assert [row.group_numbers for row in shop.all(ACKNOWLEDGEMENT)] == [[1], [LARGEST], [1]]


async def test_a_batch_that_fails_leaves_no_number_and_no_row_behind(shop: Shop) -> None:
    transmission = await shop.arrived(an_interchange())
    full = Shop(dataclasses.replace(shop.means, scheduler=_Full()))
    before = _everything(shop)

    with pytest.raises(MachineError):
        full.journal.record_processed([shop.opened(transmission)])

    assert _everything(shop) == before


async def test_one_that_cannot_be_written_dies_alone(shop: Shop) -> None:
    good, bad = await shop.arrived(an_interchange()), await shop.arrived(an_interchange("000000002"))
    outcomes = [shop.opened(good), shop.opened(bad)]
    impossible = replace(outcomes[1].interchanges[0], time_zone="Nowhere/Land")

    with capture_logs():
        shop.journal.record_processed([outcomes[0], replace(outcomes[1], interchanges=(impossible,))])

    states = {row.id: (row.state, row.reason) for row in shop.all(TRANSMISSION)}
    assert states[good] == ("processed", "")
    assert states[bad][0] == "dead"
    assert [row.transmission_id for row in shop.all(DOCUMENT)] == [good]
    assert [row.transmission_id for row in shop.all(INTERCHANGE_KEY)] == [good]


async def test_what_the_partner_was_told_is_read_from_the_answer(shop: Shop) -> None:
    data = an_interchange(sets=2).replace(b"PO1*1*12*EA*9.25**BP*AB-100", b"PO1*1*twelve*EA*9.25**BP*AB-100", 1)

    await shop.processed(data)

    assert [row.told for row in shop.all(DOCUMENT)] == ["R", "A"]


async def test_a_refused_file_leaves_a_notice_in_the_error_folder(shop: Shop) -> None:
    transmission = await shop.arrived(b"hello")
    notice = Notice(channel="acme", name=f"{transmission}.txt", text="not X12: \ud800\n")

    shop.journal.record_processed(
        [TransmissionOutcome(id=transmission, state="refused", reason="not X12", notices=(notice,))]
    )

    assert [entry.name for entry in shop.mail("error")] == [f"{transmission}.txt"]
    assert shop.all(TRANSMISSION)[0].state == "refused"


async def test_every_change_of_state_has_an_event(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange())

    kinds = {row.kind for row in shop.all(EVENT, EVENT.c.transmission_id == outcome.id)}
    assert kinds == {
        "transmission.received",
        "transmission.processed",
        "interchange.accepted",
        "document.mapped",
        "acknowledgement.offered",
    }
    assert {row.who for row in shop.all(EVENT)} == {"channel/acme", "gateway/one"}


async def test_a_suspect_is_enqueued_alone_and_once_however_often_it_is_named(shop: Shop) -> None:
    transmission = await shop.arrived(an_interchange())
    shop.journal.mark_suspects([transmission], [])

    shop.journal.record_processed([], suspects=[transmission])
    shop.journal.record_processed([], suspects=[transmission])

    assert shop.work("suspect") == [("suspect", [[transmission]])]
    assert shop.all(TRANSMISSION)[0].state == "received"


async def test_suspects_of_one_batch_are_one_piece_of_work_in_order(shop: Shop) -> None:
    ids = [await shop.arrived(an_interchange(f"{number:09}")) for number in range(1, 4)]
    shop.journal.mark_suspects(ids, [])

    shop.journal.record_processed([], suspects=ids)

    assert shop.work("suspect") == [("suspect", [ids])]


async def test_crashes_are_counted_in_a_batch_and_alone(shop: Shop) -> None:
    one, two = await shop.arrived(an_interchange()), await shop.arrived(an_interchange("000000002"))

    shop.journal.mark_suspects([one, two], [])
    shop.journal.mark_suspects([], [two])

    assert [(row.crashes, row.solo_crashes) for row in shop.journal.received([one, two])] == [(1, 0), (1, 1)]


async def test_documents_for_a_paused_destination_are_written_but_not_enqueued(shop: Shop) -> None:
    with shop.means.database.begin() as connection:
        row = {"name": "erp", "paused": True, "pauses": 1, "probes": 0, "changed_at": shop.means.now()}
        connection.execute(DESTINATION.insert(), [row])

    await shop.documents(2)

    assert shop.work("deliver") == []
    assert len(shop.all(DOCUMENT, DOCUMENT.c.state == "mapped")) == 2


async def test_a_large_canonical_body_is_a_file(shop: Shop) -> None:
    body = b'{"text":"' + b"x" * 70_000 + b'"}'

    ids = await shop.documents(1, canonical=body)

    assert shop.all(CANONICAL)[0].body is None
    deliverable = shop.journal.deliverable("erp", ids)
    assert deliverable is not None
    assert deliverable[0].canonical == body


async def test_text_that_no_database_takes_is_replaced_in_documents_too(shop: Shop) -> None:
    ids = await shop.documents(1, business_number="PO\0\ud800", reason="x" * 5000, search={"k": "v" * 9000})

    detail = shop.questions.document(ids[0])
    assert detail is not None
    assert detail.row.business_number == "PO\ufffd\ufffd"


class _Full:
    """A scheduler whose disk is full: the last step of a transaction fails."""

    def enqueue(self, *_: Any, **__: Any) -> None:
        raise MachineError("disk full")


def _everything(shop: Shop) -> dict[str, int]:
    with shop.means.database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        } | {"work": len(shop.work()), "mail": len(shop.all(MAILBOX_ENTRY)), "interchanges": len(shop.all(INTERCHANGE))}


def _read(data: bytes) -> InterchangeResult:
    return next(event for event in examine(data) if isinstance(event, InterchangeResult))
