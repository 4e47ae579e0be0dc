"""Where a mapping and a partner's guide do not go together."""

from dataclasses import dataclass

from gateway.flaws import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One of them: `rule` is the place that the guide names, `place` the line of the mapping, None where it has none.

    `sure` when every document that comes to it would be refused, else it depends on the document.
    """

    rule: str
    sentence: str
    place: Place | None = None
    sure: bool = False
