"""Documents of ours for tests of the store: what translating makes of them, handed in and written down."""

from datetime import datetime
from typing import Any

from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.seal import Packing, pack
from gateway.pipeline.outbound.stage import OutboundOutcome, SealingTerms
from gateway.pipeline.stage import TransmissionOutcome
from gateway.x12.interchange import Delimiters, GroupResult, InterchangeResult
from gateway.x12.read import examine
from gateway.x12.write import OutboundSegment
from tests.contract.store.shop import Shop

SYSTEM = "intake/erp"


def terms(**changes: Any) -> SealingTerms:
    """An agreement about invoices for ACME, each in an interchange of its own."""
    values: dict[str, Any] = {
        "agreement": "acme/invoices",
        "partner": "acme",
        "channel": "acme",
        "set_id": "810",
        "usage": "P",
        "time_zone": "UTC",
        "sender_qualifier": "ZZ",
        "sender": "OURHOUSE",
        "receiver_qualifier": "ZZ",
        "receiver": "ACMERETAIL",
        "gs_sender": "OURHOUSE",
        "gs_receiver": "ACMERETAIL",
        "interchange_version": "00401",
        "version": "004010",
        "functional_id": "IN",
        "delimiters": Delimiters(component=">"),
        "characters": "extended",
        "line_ends": False,
        "lane": "normal",
        "batch_sets": 1,
        "batch_wait_minutes": 0,
        "file_name": "{partner}-{set}-{control_number}.x12",
        "expects": "997",
        "ta1_requested": False,
    }
    return SealingTerms(**values | changes)


def segments(number: str) -> tuple[OutboundSegment, ...]:
    """A small invoice, valid in 004010."""
    return (("BIG", "20260302", number), ("IT1", "1", "2", "EA", "1.25", "", "VN", "AB-1"), ("TDS", "250"))


def translated(id_: str, number: str, **changes: Any) -> OutboundOutcome:
    """What translating makes of a good one; keyword `terms` changes its agreement."""
    agreed = terms(**changes.pop("terms", {}))
    values: dict[str, Any] = {
        "id": id_,
        "state": "translated",
        "partner": agreed.partner,
        "agreement": agreed.agreement,
        "channel": agreed.channel,
        "usage": agreed.usage,
        "set_id": agreed.set_id,
        "version": agreed.version,
        "pins": {"mapping": "x12/810@1"},
        "canonical_type": "invoice.v1",
        "canonical": b'{"invoice_number":"%s"}' % number.encode(),
        "business_number": number,
        "search": {"invoice": number},
        "terms": agreed,
        "segments": segments(number),
    }
    return OutboundOutcome(**values | changes)


def held(id_: str, reason: str = "nothing is agreed") -> OutboundOutcome:
    """What translating makes of one that may not go."""
    return OutboundOutcome(id=id_, state="held", reason=reason, partner="acme", usage="P")


async def handed_in(shop: Shop, number: str, **changes: Any) -> str:
    """The id of a document that was received and translated."""
    posted = number.encode()
    transmission = await shop.arrived(posted, channel=SYSTEM, door="intake", message_id=f"key-{number}")
    outcome = translated(document_id(transmission), number, **changes)
    shop.journal.record_processed([TransmissionOutcome(id=transmission, state="processed", outbound=(outcome,))])
    return outcome.id


def always_open(_channel: str, _time_zone: str, now: datetime) -> datetime:
    """A channel without hours."""
    return now


def packed(shop: Shop) -> Packing:
    """What may be sealed now."""
    return pack(shop.journal.sealable(), always_open, shop.means.now())


def sealed(shop: Shop, *, push: bool = False) -> None:
    """Seal what may be sealed now, as one round does; with `push` for a channel that we push through."""
    shop.journal.record_sealed(pack(shop.journal.sealable(), always_open, shop.means.now(), lambda _: push))


async def to_carry(shop: Shop, number: str = "HP-1", **agreed: Any) -> str:
    """The id of a document that was sealed for a channel that we push through; keywords change its agreement."""
    document = await handed_in(shop, number, terms=agreed)
    sealed(shop, push=True)
    return document


def read(data: bytes) -> tuple[InterchangeResult, list[GroupResult]]:
    """An interchange as its partner reads it."""
    events = list(examine(data))
    groups = [event for event in events if isinstance(event, GroupResult)]
    return next(event for event in events if isinstance(event, InterchangeResult)), groups
