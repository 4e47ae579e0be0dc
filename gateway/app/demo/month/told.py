"""What is said of a month that was played: a row for every case, and what can be asked of the home that is left."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.app.demo.month.outcomes import Tally
from gateway.app.demo.month.perform import Played
from gateway.app.demo.month.plan import Case, Plan
from gateway.app.words import counted

HEADERS: Final = ("planned", "found", "what happened", "partner", "set", "order", "day")


def opening(plan: Plan, documents: int) -> Iterator[str]:
    """Before it begins."""
    yield (
        f"A month of five partners from {plan.first:%Y-%m-%d} to {plan.last:%Y-%m-%d}, seed {plan.seed}, about "
        f"{counted(documents, 'document')}: the real stages over a real database, by a clock that is played."
    )


def cells(row: Tally) -> tuple[str, ...]:
    """A case under `HEADERS`, with an order to look at."""
    one = row.example
    return (str(row.planned), str(row.found), str(row.case), one.partner, one.set_id or "-", one.number, _day(row))


def as_values(row: Tally) -> dict[str, Any]:
    """The same as JSON."""
    return {**dict(zip(HEADERS, cells(row), strict=True)), "planned": row.planned, "found": row.found}


def _day(row: Tally) -> str:
    return f"{row.example.at:%Y-%m-%d}"


def closing(played: Played, seconds: float) -> Iterator[str]:
    """What came of it."""
    checks = counted(played.checked, "look")
    yield f"{counted(played.documents, 'set')} in {seconds:.0f} s; {checks} at moves, documents and deadlines"
    yield from (f"FAILED: {fault}" for fault in played.faults)
    if not played.faults:
        yield "every case has its count, and nothing that has to hold was broken"


_THREADS: Final[Mapping[Case, str]] = {
    Case.LOST: "nobody knows whether they have the invoice",
    Case.WAIVED: "a person gave the question up",
    Case.MISCOUNTED: "a 997 with wrong counts: it accepts nothing",
    Case.REVERSED: "accepted, then rejected",
    Case.RESENT: "rejected and sent again",
    Case.CORRECTED: "rejected and corrected",
    Case.SHORT_SHIPPED: "shipped short, and invoiced as shipped",
    Case.SHORT_PAID: "paid short",
    Case.DISPUTED: "disputed by an 824",
    Case.CHANGE_FIRST: "changed before it came",
    Case.CHANGED: "we buy, and the supplier confirms less",
}
"""Orders that are worth to be seen as a whole."""


def to_ask(played: Played, home: Path) -> Sequence[str]:
    """Commands that show the cases above, with what to type in this month."""
    first = {row.case: row.example for row in played.tallies}
    begins, ends = f"{played.plan.start}", f"{played.plan.last:%Y-%m-%d}"
    wanted = [
        ("acks --overdue --format csv", "997s that never came, and refusals that nobody has mended"),
        ("acks --set 810 --ages", "how much money hangs on it"),
        ("owed --overdue", "what has to follow and did not: TA1s, ship notices, invoices"),
    ]
    if Case.NUMBER_LEFT in first:
        day = f"{first[Case.NUMBER_LEFT].at:%Y-%m-%d}"
        wanted += [(f"reconcile --day {day}", "a day with a file that was set aside: no set is lost, none there twice")]
    wanted += [("threads list --open", "orders that something is still open of, and where each stands")]
    wanted += [(f"threads show {first[one].number}", why) for one, why in _THREADS.items() if one in first]
    wanted += [
        (
            f"reconcile --from {begins} --to {ends} --format csv",
            "the whole month; below it what a warehouse shipped short",
        ),
        (f"report rejected --from {begins}", "every refusal in words, with what to do"),
        (f"report noted --from {begins}", "what partners use and noted errors in"),
        (f"report scorecard --from {begins}", "how partners fare"),
        ("report exposure", "what partners may charge us for"),
        (f"report close --month {begins[:7]} --out {home}-close", "the month to file: CSV, PDF, hashes"),
        ("documents list --state held", "997s that fit nothing: they wait for a person"),
        (f"audit list --since {begins}", "what people did"),
        ("audit verify", "that nothing of it was changed"),
    ]
    width = max(len(command) for command, _ in wanted)
    return [f"GATEWAY_HOME={home} ./run {command:{width}}  # {why}" for command, why in wanted]
