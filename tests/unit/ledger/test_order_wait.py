"""Changes of an order wait for it and for each other, also where a partner sends thousands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger import order_wait
from gateway.ledger.order_wait import Ahead, Change, Ranks, why_not
from gateway.ledger.thread import YEAR

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
HOW = "it goes on by itself when our system has that, and `gateway documents release` lets it go without"
CLOSED = (
    "its order 4711 was closed by a person, and does not come to our system from here; `gateway documents release` lets"
    " it go without, `gateway documents close --handled` closes it too"
)
ANYWAY = "`gateway documents release` lets it go all the same"


def a_change(place: int, *, at: datetime = NOW, **about: str | bool) -> Change:
    said = {"partner": "acme", "usage": "P", "number": "4711", "release": "", "set": f"set-{place}"} | about
    return Change(id=f"{place:04}", name=f"4711, change {place}", at=at, **said)  # type: ignore[arg-type]


def ahead(place: int, state: str, **about: str | bool | datetime) -> Ahead:
    """A change that is ahead of others."""
    return replace(a_change(place, **about).as_ahead(waits=False), state=state)  # type: ignore[arg-type]


def an_order(place: int = 0, state: str = "delivered", **about: str | bool | datetime) -> Ahead:
    return replace(ahead(place, state, **about), order=True, had=state == "delivered")


ORDER = an_order()
TOLD: dict[str, tuple[list[Ahead], str]] = {
    "no order": ([], f"waits for its order 4711, which has not come; {HOW}"),
    "its order is held": ([an_order(state="held")], f"waits for its order 4711, which is held; {HOW}"),
    "our system has its order": ([ORDER], ""),
    "a part of its order is held": (
        [an_order(0, "held", set="one"), an_order(1, set="one")],
        f"waits for its order 4711, which is held; {HOW}",
    ),
    "its order was closed": ([an_order(state="closed")], CLOSED),
    "one of two was closed": (
        [an_order(0, "held"), an_order(1, "closed")],
        f"waits for its order 4711, which is held; {HOW}",
    ),
    "a replacement of its order comes": (
        [ORDER, an_order(1, "validated")],
        f"waits for its order 4711, which goes to our system again and is validated; {HOW}",
    ),
    "a replacement that came later": ([ORDER, an_order(9, "validated")], ""),
    "an order in the same place": ([ORDER, an_order(5, "validated", set="other")], ""),
    "an earlier change is held": (
        [ORDER, ahead(1, "held")],
        f"waits for an earlier change of its order (4711, change 1), which is held; {HOW}",
    ),
    "an earlier change is dead": ([ORDER, ahead(1, "dead")], ""),
    "our system has a later one than is held": ([ORDER, ahead(1, "held"), ahead(2, "delivered")], ""),
    "our system has an earlier one than is held": (
        [ORDER, ahead(1, "delivered"), ahead(2, "held")],
        f"waits for an earlier change of its order (4711, change 2), which is held; {HOW}",
    ),
    "our system has one in the place of what is held": (
        [ORDER, ahead(1, "delivered"), ahead(1, "held", set="other")],
        "",
    ),
    "a later change was delivered": (
        [ORDER, ahead(9, "delivered")],
        f"came before a change of its order (4711, change 9) that is delivered already; {ANYWAY}",
    ),
    "a later change is on its way": (
        [ORDER, ahead(9, "mapped")],
        f"came before a change of its order (4711, change 9) that is mapped already; {ANYWAY}",
    ),
    "a later change waits": ([ORDER, ahead(9, "held")], ""),
    "a change in the same place": ([ORDER, ahead(5, "mapped", set="other")], ""),
    "another part of its set": ([ORDER, ahead(1, "held", set="set-5")], ""),
    "a year before": ([an_order(at=NOW - YEAR)], ""),
    "more than a year before": (
        [an_order(at=NOW - YEAR - MOMENT)],
        f"waits for its order 4711, which has not come; {HOW}",
    ),
    "a year after": ([an_order(at=NOW + YEAR)], ""),
    "more than a year after": (
        [an_order(at=NOW + YEAR + MOMENT)],
        f"waits for its order 4711, which has not come; {HOW}",
    ),
    "another partner": ([an_order(partner="bolt")], f"waits for its order 4711, which has not come; {HOW}"),
    "a test": ([an_order(usage="T")], f"waits for its order 4711, which has not come; {HOW}"),
    "another number": ([an_order(number="4712")], f"waits for its order 4711, which has not come; {HOW}"),
}


@pytest.mark.parametrize(("before", "why"), TOLD.values(), ids=TOLD)
def test_a_change_goes_or_says_what_it_waits_for(before: list[Ahead], why: str) -> None:
    assert why_not(a_change(5), before) == why
    assert Ranks(before).why_not(a_change(5)) == why


@pytest.mark.parametrize(
    ("release", "of_order", "goes"),
    [("", "", True), ("1", "", True), ("", "1", True), ("1", "1", True), ("1", "2", False)],
)
def test_a_release_that_either_does_not_name_is_the_others(release: str, of_order: str, goes: bool) -> None:
    assert (why_not(a_change(5, release=release), [an_order(release=of_order)]) == "") is goes


def test_what_our_system_had_already_goes_again_behind_a_later_one() -> None:
    assert why_not(a_change(5, again=True), [ORDER, ahead(9, "delivered")]) == ""


def test_a_change_is_to_those_after_it_what_was_judged_of_it() -> None:
    about = {"partner": "acme", "usage": "P", "number": "4711", "release": "1", "name": "4711, change 5"}
    times = {"at": NOW, "first_at": NOW, "last_at": NOW}
    mapped = Ahead(id="0005", order=False, state="mapped", had=False, set="set-5", **times, **about)  # type: ignore[arg-type]

    assert a_change(5, release="1").as_ahead(waits=False) == mapped
    assert a_change(5, release="1").as_ahead(waits=True) == replace(mapped, state="held")


# ---------------------------------------------------------------------------------------------- among thousands


def ahead_of_all() -> st.SearchStrategy[list[Ahead]]:
    """Orders and changes of two releases, in all states, some of years ago, in the order in which they came."""

    def made(place: int, days: int, release: str, state: str, number: str, order: bool, set_: int) -> Ahead:
        about = {"at": NOW + timedelta(days=days), "release": release, "number": number, "set": f"set-{set_}"}
        return (an_order if order else ahead)(place, state, **about)  # type: ignore[arg-type]

    states = st.sampled_from(["validated", "mapped", "held", "delivered", "dead", "closed"])
    days = st.sampled_from([-800, -399, -3, -2, -1, 0, 1, 2, 3, 399])
    numbers, releases = st.sampled_from(["4711", "4711", "4712"]), st.sampled_from(["", "1", "2"])
    orders, sets = st.sampled_from([False, False, True]), st.integers(1, 12)
    one = st.builds(made, st.integers(1, 99), days, releases, states, numbers, orders, sets)
    several = st.lists(one, max_size=12, unique_by=lambda each: each.id)
    return several.map(lambda found: sorted(found, key=lambda each: (each.at, each.id)))


@given(ahead_of_all(), st.integers(1, 99), st.sampled_from([-2, 0, 2]), st.sampled_from(["", "1"]), st.booleans())
def test_few_of_those_ahead_decide_as_all_do(
    before: list[Ahead], place: int, days: int, release: str, again: bool
) -> None:
    change = a_change(place, at=NOW + timedelta(days=days), release=release, again=again, set="set-1")

    assert Ranks([ORDER, *before]).why_not(change) == why_not(change, [ORDER, *before])
    assert Ranks(before).why_not(change) == why_not(change, before)


@pytest.mark.parametrize(
    "beside",
    [
        ahead(9, "delivered", at=NOW + timedelta(days=800)),  # of another order of the number
        ahead(9, "delivered", set="set-3"),  # another part of the same set
        ahead(9, "delivered", release="2"),
    ],
)
def test_what_is_not_of_its_order_hides_nothing_that_is(beside: Ahead) -> None:
    before = [ORDER, ahead(1, "held"), ahead(2, "delivered"), beside]

    assert Ranks(before).why_not(a_change(3, release="1")) == ""


@pytest.mark.parametrize("releases", [[""], [f"{number}" for number in range(2_000)]])
def test_of_thousands_of_changes_each_is_held_against_few(monkeypatch: pytest.MonkeyPatch, releases: list[str]) -> None:
    held_against: list[str] = []

    def counting(change: Change, one: Ahead) -> bool:
        held_against.append(one.id)
        return concerns(change, one)

    concerns = order_wait._concerns
    monkeypatch.setattr(order_wait, "_concerns", counting)
    changes = [a_change(place, release=releases[place % len(releases)]) for place in range(2_000)]
    ranks = Ranks([an_order(set="order"), *(one.as_ahead(waits=True) for one in changes)])

    told = [ranks.why_not(one) for one in changes]

    assert told.count("") == len(releases)
    assert len(held_against) < 4 * len(changes)


def test_one_that_is_judged_is_ahead_of_the_next() -> None:
    ranks = Ranks([ORDER])
    ranks.add(a_change(1).as_ahead(waits=False))

    assert ranks.why_not(a_change(2)) == (
        f"waits for an earlier change of its order (4711, change 1), which is mapped; {HOW}"
    )
