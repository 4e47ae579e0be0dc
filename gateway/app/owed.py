"""What has to follow, by the partner files of one revision: set behind the events, noticed when it does not come."""

from collections.abc import Callable

import structlog

from gateway.partners.clocks import BookClocks
from gateway.pipeline.rules import Rules
from gateway.store.following import Follower, Projector
from gateway.store.means import Means
from gateway.store.owed import OwedProjector
from gateway.store.owed_answers import FAMILIES, AnswersProjector
from gateway.store.owed_watch import OwedWatch

log = structlog.get_logger("gateway.owed")


def owed_projector(rules: Rules) -> Projector:
    """What has to follow orders."""
    return OwedProjector(BookClocks(rules.book))


def owed_watch(rules: Rules, means: Means) -> Callable[[], None]:
    """Follows files and answers, and notices what is over; to be called after documents were followed."""
    agreed = BookClocks(rules.book)
    answers = AnswersProjector(agreed)
    follower = Follower(means, "answers", [answers], FAMILIES)
    watch = OwedWatch(means, agreed, OwedProjector(agreed), answers)

    def look() -> None:
        follower.work()
        if missed := watch.work():
            log.warning("owed.missed", count=missed)

    return look
