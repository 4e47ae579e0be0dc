"""Looks every few seconds where documents stand: what is not done has a deadline, and a missed one is told."""

import structlog

from gateway.partners.clocks import BookClocks
from gateway.pipeline.rules import Rules
from gateway.rounds import Rounds
from gateway.store.deadlines import StoreDeadlines
from gateway.store.means import Means

log = structlog.get_logger("gateway.deadlines")

EVERY_SECONDS = 2.0


def deadline_watch(rules: Rules, means: Means) -> Rounds:
    """The watch by the partner files of one revision; any number of nodes may have one."""
    kept = StoreDeadlines(means, BookClocks(rules.book), rules.revision)

    def look() -> None:
        if missed := kept.work():
            log.warning("deadlines.missed", documents=missed)

    return Rounds("deadlines", look, every_seconds=EVERY_SECONDS)
