"""Builders of small things that several tests need; each takes only what a test is about."""

from datetime import UTC, datetime

from gateway.pipeline.stage import Deliverable

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_document(
    id_: str = "d-1",
    *,
    attempts: int = 0,
    first_attempt_at: datetime | None = None,
    business_number: str = "PO-1001",
    generation: int = 1,
    canonical: bytes = b'{"total": "10.50"}',
    canonical_type: str = "order",
) -> Deliverable:
    """A mapped order of the invented partner acme, on its way to an ERP."""
    return Deliverable(
        id=id_,
        key=f"{id_}.{generation}",
        partner="acme",
        set_id="850",
        canonical_type=canonical_type,
        business_number=business_number,
        canonical=canonical,
        stage="production",
        attempts=attempts,
        first_attempt_at=first_attempt_at,
    )
