"""Looks every few seconds what happened to documents, and keeps what follows from it: one look for all of it."""

from gateway.app.owed import owed_projector, owed_watch
from gateway.app.pace import pace_projector
from gateway.pipeline.rules import Rules
from gateway.rounds import Rounds
from gateway.store.business import TOLD, BusinessProjector
from gateway.store.following import Follower, Projector
from gateway.store.means import Means
from gateway.store.order_waits import OrderWaits
from gateway.store.threading_projector import ThreadProjector

EVERY_SECONDS = 2.0
REST = 2.0
"""A third of the time at most: who moves documents comes first, and what is known beside them may be behind."""


def projectors(rules: Rules) -> list[Projector]:
    """Every projection by the partner files of one revision, those that others build on first."""
    return [ThreadProjector(), BusinessProjector(), owed_projector(rules), pace_projector(rules)]


def follower(rules: Rules, means: Means) -> Follower:
    """The follower of one node."""
    return Follower(means, "business", projectors(rules), own=TOLD, rest=REST)


def following_watch(rules: Rules, means: Means) -> Rounds:
    """The watch of one node; any number of nodes may have one."""
    documents, owed = follower(rules, means), owed_watch(rules, means)

    def look() -> None:
        documents.work()
        owed()

    return Rounds("following", look, every_seconds=EVERY_SECONDS)


def order_changes_watch(means: Means) -> Rounds:
    """Lets changes of orders go on behind their orders, on a way of its own: what is set anew over everything that ever
    came must not keep them waiting.
    """
    return Rounds("order changes", Follower(means, "order changes", [OrderWaits()]).work, every_seconds=1.0)
