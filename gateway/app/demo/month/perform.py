"""A month from beginning to end: opened, played, looked through, and left behind for whoever wants to ask it."""

import contextlib
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from gateway.app.demo.month import plan as plans
from gateway.app.demo.month.clock import Clock
from gateway.app.demo.month.erp import PretendErp
from gateway.app.demo.month.files import month_files
from gateway.app.demo.month.house import Ground, ground, opened
from gateway.app.demo.month.invariants import Invariants
from gateway.app.demo.month.outcomes import Tally, tallies
from gateway.app.demo.month.plan import Plan
from gateway.app.demo.month.player import LOOKS, Month
from gateway.app.gateway import read_authored
from gateway.engine.runtime import make_tables
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a month: each case with its counts; `faults` is empty when everything was as it should be."""

    plan: Plan
    tallies: Sequence[Tally]
    faults: Sequence[str]
    documents: int
    checked: int
    """Moves, documents and deadlines that were looked at."""


@contextlib.contextmanager
def a_month(on: Ground, home: Path, plan: Plan) -> Iterator[tuple[Month, Invariants]]:
    """A month that is about to begin in a new home, and what is to hold in it."""
    clock, chance = Clock(plan.first), random.Random(plan.seed)  # noqa: S311 - a game
    erp = PretendErp(clock=clock, took=lambda _number, _envelope: None, down=plan.down)
    with opened(on, home, clock, chance, erp) as house:
        month = Month(plan, house, clock, erp)
        invariants = Invariants(month)
        month.after_look = invariants.step
        yield month, invariants


def ground_of(settings: Settings, plan: Plan, folder: Path) -> Ground:
    """What a month of this plan stands on. Raises ConfigurationError when the partner files lack one of the five."""
    return ground(settings, month_files(*read_authored(settings), plan.start), folder)


def perform(
    settings: Settings,
    home: Path,
    plan: Plan,
    progress: Callable[[datetime, int], object] = lambda _at, _n: None,
    looks: timedelta = LOOKS,
) -> Played:
    """Play the whole of it, and leave the home behind, ready to be asked, acted on and served.

    What follows from events is looked at every so often. Raises as `ground_of`.
    """
    with tempfile.TemporaryDirectory(prefix="gateway-month-") as folder:
        on = ground_of(settings, plan, Path(folder))
        with a_month(on, home, plan) as (month, invariants):
            month.looks = looks
            month.run(lambda at: progress(at, month.house.received))
            broken = list(invariants.whole())
            rows, otherwise = tallies(month)
            documents = len(month.documents) + month.sent_sets(())
            url = month.house.memory.database.url
    make_tables(url)
    return Played(
        plan=plan,
        tallies=rows,
        faults=[*broken, *month.faults, *otherwise],
        documents=documents,
        checked=sum(invariants.looked.values()),
    )


def latest_start(today: date) -> date:
    """The first day of the newest month of 31 days that is over and in which clocks in the United States change: from
    15 October, or from 1 March.
    """
    ways = [date(year, *day) for year in (today.year - 1, today.year) for day in ((3, 1), (10, 15))]
    return max(one for one in ways if (today - one).days > plans.DAYS)
