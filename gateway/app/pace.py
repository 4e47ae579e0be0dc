"""How documents fared, by each partner's days as its file of one revision has them."""

from gateway.pipeline.rules import Rules
from gateway.store.following import Projector
from gateway.store.pace import PaceProjector


def pace_projector(rules: Rules) -> Projector:
    """What scorecards are counted from."""
    partners = rules.book.partners
    return PaceProjector(lambda name: partners[name].time_zone if name in partners else "")
