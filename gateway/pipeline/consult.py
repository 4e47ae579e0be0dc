"""Asking cross references for one document, if its mapping has any question for them."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.mapping.to_canonical import CompiledMapping
from gateway.pipeline.knowledge import Knowledge, pinned_moment
from gateway.pipeline.ports import CrossReferences


def consulted(
    mapping: CompiledMapping,
    partner: str,
    references: CrossReferences | None,
    *,
    moment: datetime | None,
    time_zone: str,
    pins: Mapping[str, str] | None = None,
) -> Knowledge | None:
    """What is known for a document of `partner`: on the day of `moment` in its time zone, or exactly as pinned.

    None for a mapping that looks nothing up, and where there are no cross references to ask.
    """
    if references is None or moment is None or not mapping.tables:
        return None
    pinned = pinned_moment(pins) if pins else None
    if pinned is not None:
        on, as_of = pinned
        return references.pinned(partner, on, as_of)
    return references.current(partner, moment.astimezone(ZoneInfo(time_zone)).date())
