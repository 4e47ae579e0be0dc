"""Which of what we sent an answer is about, and what moves by it: nothing is ever accepted by mistake."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.acks import STATUSES, AcknowledgementState
from gateway.ledger.matching import (
    CLOCKS_APART,
    WINDOW,
    GroupSaid,
    InterchangeSaid,
    Judged,
    Pair,
    SentGroup,
    SentInterchange,
    SetName,
    Standing,
    Unmatched,
    Verdict,
    envelope_stands,
    find_group,
    find_interchange,
    follows,
    judge,
    number_of,
    of_a_copy,
    set_follows,
    stands_against,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAIR = Pair(ours="ZZ/HARBORPINE", theirs="ZZ/ACMERETAIL", usage="P")
A = AcknowledgementState
ACCEPTING = {A.ACCEPTED, A.ACCEPTED_WITH_ERRORS, A.PARTIALLY_ACCEPTED}
ONE: SetName = ("810", "0001")
TWO: SetName = ("810", "0002")


def a_group(**changes: Any) -> SentGroup:
    """Group IN 12, of two invoices for ACME, sealed an hour before noon."""
    values: dict[str, Any] = {
        "id": "g-1",
        "name": "group IN 12 in acme-810-000000007.x12",
        "pair": PAIR,
        "functional_id": "IN",
        "control_number": 12,
        "gs_ours": "HARBORPINE",
        "gs_theirs": "ACMERETAIL",
        "sets": 2,
        "sealed_at": NOON - timedelta(hours=1),
    }
    return SentGroup(**values | changes)


def said(**changes: Any) -> GroupSaid:
    """Accepted, both sets."""
    values: dict[str, Any] = {
        "pair": PAIR,
        "gs_ours": "HARBORPINE",
        "gs_theirs": "ACMERETAIL",
        "functional_id": "IN",
        "control_number": "12",
        "status": "A",
        "included": 2,
        "received": 2,
        "accepted": 2,
        "named": frozenset({ONE, TWO}),
        "at": NOON,
    }
    return GroupSaid(**values | changes)


def both(one: Verdict, two: Verdict) -> Mapping[SetName, Verdict]:
    return {ONE: one, TWO: two}


# ---------------------------------------------------------------------------------------------- which is meant


@pytest.mark.parametrize("number", ["12", "012", "000000012"])
def test_a_group_is_found_by_its_ids_kind_and_number(number: str) -> None:
    assert find_group(said(control_number=number), [a_group(), a_group(id="g-2", control_number=13)]) == a_group()


@pytest.mark.parametrize("sealed_at", [NOON + timedelta(minutes=5), NOON, NOON - timedelta(days=90)])
def test_the_window_is_from_ninety_days_before_to_what_clocks_may_be_apart(sealed_at: datetime) -> None:
    assert isinstance(find_group(said(), [a_group(sealed_at=sealed_at)]), SentGroup)


OTHERS: Sequence[Mapping[str, Any]] = [
    {"pair": replace(PAIR, theirs="ZZ/BOLTIND")},
    {"pair": replace(PAIR, theirs="01/ACMERETAIL")},
    {"pair": replace(PAIR, ours="ZZ/COVESUPPLY")},
    {"pair": replace(PAIR, usage="T")},
    {"pair": Pair(ours=PAIR.theirs, theirs=PAIR.ours, usage="P")},
    {"functional_id": "PO"},
    {"control_number": 13},
    {"sealed_at": NOON - timedelta(days=90, seconds=1)},
    {"sealed_at": NOON + timedelta(minutes=5, seconds=1)},
]


@pytest.mark.parametrize("other", OTHERS)
def test_what_differs_in_any_of_them_is_not_meant(other: Mapping[str, Any]) -> None:
    found = find_group(said(), [a_group(**other)])

    assert isinstance(found, Unmatched)
    words = found.reason.partition("; but ")[0]
    assert words == "an acknowledgement of something we have not sent: group IN 12 to ZZ/ACMERETAIL"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (
            {"pair": replace(PAIR, usage="T")},
            "went out as a test (ISA15 T), and the answer came in production (ISA15 P): one stage never answers for "
            "the other",
        ),
        ({"functional_id": "PO"}, "AK101 says IN, its GS01 is PO"),
    ],
)
def test_what_nearly_fits_is_named_with_what_keeps_it_from_counting(other: Mapping[str, Any], why: str) -> None:
    near = a_group(**other)

    found = find_group(said(), [a_group(control_number=13, **other), near])

    assert isinstance(found, Unmatched)
    assert found.reason.partition("; but ")[2] == f"{near.name} nearly fits: {why}"


@pytest.mark.parametrize("other", [one for one in OTHERS if not one.keys() & {"functional_id"} and one != OTHERS[3]])
def test_what_is_another_partner_s_another_number_s_or_too_old_is_no_near_miss(other: Mapping[str, Any]) -> None:
    found = find_group(said(), [a_group(**other)])

    assert isinstance(found, Unmatched)
    assert "nearly" not in found.reason
    assert not found.several


@pytest.mark.parametrize(
    ("changes", "idle"),
    [
        ({"status": "A"}, True),
        ({"status": "E"}, True),
        ({"status": "P"}, False),
        ({"status": "R"}, False),
        ({"status": ""}, False),
        ({"status": "A", "flaws": ("AK1 comes twice",)}, False),
    ],
)
def test_an_answer_to_an_answer_of_ours_is_nothing_to_wait_for_unless_it_refuses(
    changes: Mapping[str, Any], idle: bool
) -> None:
    found = find_group(said(functional_id="FA", **changes), [a_group()])

    assert isinstance(found, Unmatched)
    assert found.reason == (
        "an acknowledgement of an acknowledgement, group FA 12 to ZZ/ACMERETAIL: X12 has none, nobody waits for it, "
        "and nothing moves"
    )
    assert found.idle is idle


def test_of_what_we_have_not_sent_and_is_no_answer_somebody_has_to_hear() -> None:
    found = find_group(said(), [])

    assert isinstance(found, Unmatched)
    assert not found.idle


@pytest.mark.parametrize("number", ["", "0", "-12", "1_2", "twelve", "²", "99999999999999999999", "1" * 5000])
def test_what_is_no_control_number_means_nothing(number: str) -> None:
    assert isinstance(find_group(said(control_number=number), [a_group(), a_group(control_number=0)]), Unmatched)
    assert number_of(number) is None


def test_a_control_number_has_at_most_fourteen_digits() -> None:
    assert number_of("00000000000012") == 12
    assert number_of("000000000000012") is None


def test_a_group_is_called_by_what_its_answer_says_however_long_or_short_that_is() -> None:
    assert said(functional_id="I" * 30, control_number="1" * 30).name == f"group {'I' * 20} {'1' * 20}"
    assert said(functional_id="", control_number="12").name == "group 12"


def test_gs_ids_choose_between_several_and_need_not_fit_otherwise() -> None:
    other = a_group(id="g-2", gs_theirs="ACMESTORES")

    assert find_group(said(), [other, a_group()]) == a_group()
    assert find_group(said(gs_theirs="ANYBODY"), [a_group()]) == a_group()


def test_between_several_that_fit_equally_nothing_is_chosen_and_they_are_named() -> None:
    found = find_group(said(gs_theirs="ANYBODY"), [a_group(), a_group(id="g-2", name="group IN 12 in other.x12")])

    assert isinstance(found, Unmatched)
    assert found.several
    names = "group IN 12 in acme-810-000000007.x12, group IN 12 in other.x12"
    assert found.reason == f"group IN 12 can be any of 2 that we sent: {names}"


def test_of_many_the_first_three_are_named_and_the_others_counted() -> None:
    four = [a_group(id=name, name=name) for name in "dcba"]

    found, of_three = find_group(said(), four), find_group(said(), four[1:])

    assert isinstance(found, Unmatched)
    assert isinstance(of_three, Unmatched)
    assert found.reason.endswith(": a, b, c and 1 more")
    assert of_three.reason.endswith(": a, b, c")


def test_a_long_name_is_cut() -> None:
    found = find_group(said(), [a_group(name="x" * 99), a_group(name="y")])

    assert isinstance(found, Unmatched)
    assert found.reason.endswith(f": {'x' * 60}, y")


ids = st.sampled_from(["ZZ/A", "ZZ/B", "01/A", "ZZ/OURS", "ZZ/OTHEROFOURS"])
pairs = st.builds(Pair, ours=ids, theirs=ids, usage=st.sampled_from("PT"))
groups = st.builds(
    a_group,
    id=st.uuids().map(str),
    pair=pairs,
    functional_id=st.sampled_from(["IN", "PO"]),
    control_number=st.integers(1, 3),
    gs_theirs=st.sampled_from(["A", "B"]),
    sealed_at=st.integers(-100, 100).map(lambda days: NOON + timedelta(days=days)),
)
answers = st.builds(
    said,
    pair=pairs,
    functional_id=st.sampled_from(["IN", "PO"]),
    control_number=st.sampled_from(["1", "02", "3", "4", "x"]),
    gs_theirs=st.sampled_from(["A", "B"]),
)


@given(answers, st.lists(groups, max_size=8))
def test_an_answer_of_another_partner_never_finds_anything(answer: GroupSaid, sent: list[SentGroup]) -> None:
    found = find_group(answer, sent)

    if isinstance(found, SentGroup):
        assert found.pair == answer.pair
        assert (found.functional_id, found.control_number) == (answer.functional_id, int(answer.control_number))
        assert timedelta(0) - CLOCKS_APART <= answer.at - found.sealed_at <= WINDOW


@given(answers, st.lists(groups, max_size=6), st.randoms())
def test_what_is_found_does_not_depend_on_the_order_of_what_was_sent(
    answer: GroupSaid, sent: list[SentGroup], random: Any
) -> None:
    shuffled = random.sample(sent, len(sent))

    assert find_group(answer, sent) == find_group(answer, shuffled)


# ---------------------------------------------------------------------------------------------- what moves


def test_a_good_answer_moves_every_set_and_the_group() -> None:
    judged = judge(said(), a_group(), both("accepted", "noted"))

    assert judged.sets == {ONE: A.ACCEPTED, TWO: A.ACCEPTED_WITH_ERRORS}
    assert (judged.group, judged.fault) == (A.ACCEPTED, "")


def test_a_group_accepted_in_part_has_its_sets_as_they_are_named() -> None:
    judged = judge(said(status="P", accepted=1), a_group(), both("accepted", "rejected"))

    assert judged.sets == {ONE: A.ACCEPTED, TWO: A.REJECTED}
    assert (judged.group, judged.fault) == (A.PARTIALLY_ACCEPTED, "")


def test_where_some_were_refused_and_none_is_named_each_is_accepted_in_part() -> None:
    judged = judge(said(status="P", accepted=1, named=frozenset()), a_group(), both("in part", "in part"))

    assert judged.sets == {ONE: A.PARTIALLY_ACCEPTED, TWO: A.PARTIALLY_ACCEPTED}
    assert judged.fault == ""


@pytest.mark.parametrize("status", "RMWX")
def test_a_rejected_group_rejects_its_sets_whatever_its_counts_are(status: str) -> None:
    judged = judge(said(status=status, included=9, received=1, accepted=0), a_group(), both("rejected", "rejected"))

    assert judged.sets == {ONE: A.REJECTED, TWO: A.REJECTED}
    assert (judged.group, judged.fault) == (A.REJECTED, "")


def test_what_an_answer_does_not_count_is_not_held_against_it() -> None:
    judged = judge(said(included=None, received=None, accepted=None), a_group(), both("accepted", "accepted"))

    assert (judged.sets, judged.fault) == ({ONE: A.ACCEPTED, TWO: A.ACCEPTED}, "")
    assert Judged({}, None).fault == ""


OF_THREE: Mapping[str, Any] = {"included": 3, "received": 3}
IN_PART: Mapping[SetName, Verdict] = {ONE: "in part", TWO: "in part", ("810", "0003"): "in part"}


@pytest.mark.parametrize("before", [[], [A.AWAITED] * 3, [A.ACCEPTED, A.ACCEPTED_WITH_ERRORS, A.AWAITED], [A.REJECTED]])
def test_an_answer_that_names_nobody_may_be_true_beside_what_was_said_before(before: Sequence[A]) -> None:
    judged = judge(said(status="P", accepted=2, named=frozenset(), **OF_THREE), a_group(sets=3), IN_PART, before)

    assert judged.fault == ""
    assert {*judged.sets.values()} == {A.PARTIALLY_ACCEPTED}


@pytest.mark.parametrize(
    ("accepted", "before", "words"),
    [
        (1, [A.ACCEPTED, A.ACCEPTED_WITH_ERRORS, A.AWAITED], "accepted 2 and rejected 0"),
        (2, [A.REJECTED, A.REJECTED, A.PARTIALLY_ACCEPTED], "accepted 0 and rejected 2"),
    ],
)
def test_an_answer_that_names_nobody_and_cannot_be_true_beside_those_before_accepts_nothing(
    accepted: int, before: Sequence[A], words: str
) -> None:
    judged = judge(said(status="P", accepted=accepted, named=frozenset(), **OF_THREE), a_group(sets=3), IN_PART, before)

    assert (judged.sets, judged.group) == ({}, None)
    assert judged.fault == f"AK904 counts {accepted} sets as accepted and none is named; answers before {words}"


def test_what_was_said_before_is_not_held_against_an_answer_that_names_its_sets_or_counts_none() -> None:
    before = [A.REJECTED, A.REJECTED]

    assert judge(said(), a_group(), both("accepted", "accepted"), before).fault == ""
    uncounted = said(status="P", accepted=None, named=frozenset())
    assert judge(uncounted, a_group(), both("in part", "in part"), before).fault == ""


FAULTS: Sequence[tuple[Mapping[str, Any], str]] = [
    ({"included": 3}, "AK902 counts 3, group IN 12 in acme-810-000000007.x12 has 2"),
    ({"received": 1}, "AK903 counts 1, "),
    ({"included": 1, "received": 1}, "AK902 counts 1 and AK903 counts 1, "),
    ({"accepted": 1}, "AK904 counts 1 sets as accepted, by what it says of each it is 2"),
    ({"named": frozenset({ONE, ("810", "0003")})}, "it names sets that are not in group IN 12"),
    ({"named": frozenset({("850", "0001")})}, ": 850 0001"),
    ({"flaws": ("AK9 is missing",)}, "it is not in order itself: AK9 is missing"),
]


@pytest.mark.parametrize(("changes", "words"), FAULTS)
def test_an_answer_that_contradicts_what_we_sent_or_itself_accepts_nothing(
    changes: Mapping[str, Any], words: str
) -> None:
    judged = judge(said(**changes), a_group(), both("accepted", "accepted"))

    assert judged.sets == {}
    assert judged.group is None
    assert words in judged.fault


def test_a_group_that_is_rejected_by_a_flawed_answer_is_rejected() -> None:
    judged = judge(said(status="R", flaws=("AK3 without a set",)), a_group(), both("rejected", "rejected"))

    assert (judged.group, {*judged.sets.values()}) == (A.REJECTED, {A.REJECTED})
    assert judged.fault == "it is not in order itself: AK3 without a set"


@pytest.mark.parametrize(("changes", "words"), FAULTS)
def test_what_it_refuses_by_name_counts_all_the_same(changes: Mapping[str, Any], words: str) -> None:
    judged = judge(said(**{"status": "P", **changes}), a_group(sets=2), both("accepted", "rejected"))

    assert judged.sets.get(TWO) is A.REJECTED


def test_a_group_accepted_in_part_of_which_nothing_is_refused_accepts_nothing() -> None:
    judged = judge(said(status="P"), a_group(), both("accepted", "noted"))

    assert (judged.sets, judged.group, judged.fault) == ({}, None, "AK901 says P, and it refuses nothing")


def test_a_set_of_which_nothing_can_be_told_holds_the_whole_answer() -> None:
    judged = judge(said(status="P", accepted=1), a_group(), both("unclear", "rejected"))

    assert judged.sets == {TWO: A.REJECTED}
    assert judged.fault == "it does not say what became of 810 0001"


counts = st.none() | st.integers(0, 4)
verdicts = st.fixed_dictionaries({ONE: st.sampled_from(get_args(Verdict)), TWO: st.sampled_from(get_args(Verdict))})
any_said = st.builds(
    said,
    status=st.sampled_from([*STATUSES, "", "Q"]),
    included=counts,
    received=counts,
    accepted=counts,
    named=st.frozensets(st.sampled_from([ONE, TWO, ("810", "0003"), ("850", "0001")])),
    flaws=st.lists(st.just("a flaw"), max_size=1).map(tuple),
)


@given(any_said, verdicts)
def test_counts_names_and_flaws_that_do_not_fit_accept_nothing(
    answer: GroupSaid, told: Mapping[SetName, Verdict]
) -> None:
    judged = judge(answer, a_group(), told)
    misfit = (
        answer.flaws
        or answer.named - told.keys()
        or any(count not in (None, 2) for count in (answer.included, answer.received))
    )

    if misfit and STATUSES.get(answer.status) is not A.REJECTED:
        assert not ACCEPTING & {*judged.sets.values(), judged.group}
        assert judged.fault


@given(any_said, verdicts)
def test_what_is_refused_is_never_lost_and_nothing_is_made_better_than_it_was_said(
    answer: GroupSaid, told: Mapping[SetName, Verdict]
) -> None:
    judged = judge(answer, a_group(), told)

    assert all((judged.sets.get(name) is A.REJECTED) == (verdict == "rejected") for name, verdict in told.items())
    assert all(told[name] == "accepted" for name, state in judged.sets.items() if state is A.ACCEPTED)
    assert "unclear" not in [told[name] for name in judged.sets]


# ---------------------------------------------------------------------------------------------- one after the other


def test_the_same_word_again_moves_nothing_and_another_one_does() -> None:
    before = Standing(A.ACCEPTED, NOON)

    assert not follows(before, A.ACCEPTED, NOON + timedelta(days=1))
    assert follows(before, A.REJECTED, NOON + timedelta(days=1))
    assert follows(Standing(A.AWAITED), A.ACCEPTED, NOON)


def test_of_two_answers_in_one_moment_the_refusal_counts() -> None:
    assert follows(Standing(A.ACCEPTED, NOON), A.REJECTED, NOON)
    assert not follows(Standing(A.REJECTED, NOON), A.ACCEPTED, NOON)


def test_a_refused_envelope_stands_until_the_interchange_goes_once_more() -> None:
    refused, again = Standing(A.REJECTED, NOON), NOON + timedelta(hours=1)

    assert envelope_stands(refused, None, again) == refused
    assert envelope_stands(refused, again, again - timedelta(seconds=1)) == refused
    assert envelope_stands(refused, again, again + timedelta(hours=1)).state is A.NONE
    later = replace(refused, at=again + timedelta(hours=1))
    assert envelope_stands(later, again, again + timedelta(days=1)) == later


@pytest.mark.parametrize(
    ("note", "resent_at", "copy"),
    [("025", NOON, True), ("025", NOON + timedelta(hours=2), False), ("025", None, False), ("009", NOON, False)],
)
def test_a_number_used_before_is_a_copy_only_of_what_went_once_more(
    note: str, resent_at: datetime | None, copy: bool
) -> None:
    assert of_a_copy(note, resent_at, NOON + timedelta(hours=1)) is copy


def test_an_answer_may_come_as_long_after_something_went_once_more_as_after_it_went_first() -> None:
    late = NOON + WINDOW + timedelta(days=1)

    assert isinstance(find_group(said(at=late), [a_group(sealed_at=NOON)]), Unmatched)
    assert find_group(said(at=late), [a_group(sealed_at=NOON, resent_at=late)]) == a_group(
        sealed_at=NOON, resent_at=late
    )


def test_only_a_refusal_stands_against_an_acceptance() -> None:
    refused, nothing = Standing(A.REJECTED, NOON - timedelta(days=1)), Standing(A.AWAITED)

    assert stands_against(nothing, A.ACCEPTED, refused, NOON)
    assert stands_against(Standing(A.REJECTED, NOON), A.PARTIALLY_ACCEPTED, nothing, NOON)
    assert not stands_against(refused, A.ACCEPTED, nothing, NOON)
    assert not stands_against(nothing, A.REJECTED, refused, NOON)
    assert not stands_against(nothing, None, refused, NOON)


@pytest.mark.parametrize("definite", [A.ACCEPTED, A.ACCEPTED_WITH_ERRORS, A.REJECTED])
def test_a_word_about_nobody_in_particular_never_takes_the_place_of_one_about_the_set(definite: A) -> None:
    later = NOON + timedelta(days=1)

    assert not set_follows(Standing(definite, NOON), A.PARTIALLY_ACCEPTED, later)
    assert set_follows(Standing(A.PARTIALLY_ACCEPTED, later), definite, NOON)
    assert set_follows(Standing(A.AWAITED), A.PARTIALLY_ACCEPTED, NOON)


def test_a_set_moves_by_the_last_word_about_it_and_not_by_an_older_or_the_same() -> None:
    earlier, later = NOON - timedelta(days=1), NOON + timedelta(days=1)

    assert set_follows(Standing(A.ACCEPTED, NOON), A.REJECTED, later)
    assert not set_follows(Standing(A.ACCEPTED, NOON), A.REJECTED, earlier)
    assert not set_follows(Standing(A.PARTIALLY_ACCEPTED, NOON), A.PARTIALLY_ACCEPTED, later)


states = st.sampled_from([A.ACCEPTED, A.ACCEPTED_WITH_ERRORS, A.REJECTED])


@given(states, states)
def test_of_two_answers_the_later_one_counts_in_whatever_order_they_are_worked_on(first: A, second: A) -> None:
    ends = set()
    for order in permutations([(first, NOON), (second, NOON + timedelta(seconds=1))]):
        standing = Standing(A.AWAITED)
        for state, at in order:
            standing = Standing(state, at) if follows(standing, state, at) else standing
        ends.add(standing.state)

    assert ends == {second}


# ---------------------------------------------------------------------------------------------- TA1


def an_interchange(**changes: Any) -> SentInterchange:
    values: dict[str, Any] = {
        "id": "i-1",
        "pair": PAIR,
        "control_number": 7,
        "date": "260302",
        "time": "0600",
        "sealed_at": NOON - timedelta(hours=1),
    }
    return SentInterchange(**values | changes)


def a_ta1(**changes: Any) -> InterchangeSaid:
    values: dict[str, Any] = {"pair": PAIR, "control_number": "000000007", "date": "260302", "time": "0600", "at": NOON}
    return InterchangeSaid(**values | changes)


def test_an_interchange_is_found_by_ids_number_date_and_time() -> None:
    assert find_interchange(a_ta1(), [an_interchange(), an_interchange(id="i-2", time="0601")]) == an_interchange()


@pytest.mark.parametrize(
    "other",
    [
        {"pair": replace(PAIR, theirs="ZZ/BOLTIND")},
        {"pair": replace(PAIR, usage="T")},
        {"control_number": 8},
        {"date": "260301"},
        {"time": "0601"},
        {"sealed_at": NOON - WINDOW - timedelta(seconds=1)},
    ],
)
def test_a_ta1_for_anything_else_is_for_nothing_of_ours(other: Mapping[str, Any]) -> None:
    found = find_interchange(a_ta1(), [an_interchange(**other)])

    assert isinstance(found, Unmatched)
    assert found.reason == "a TA1 for something we have not sent: interchange 000000007 of 260302 0600 to ZZ/ACMERETAIL"


def test_a_ta1_that_fits_several_is_for_none() -> None:
    found = find_interchange(a_ta1(), [an_interchange(), an_interchange(id="i-2")])

    assert isinstance(found, Unmatched)
    assert found.several
    name = "interchange 000000007 of 260302 0600 to ZZ/ACMERETAIL"
    assert found.reason == f"a TA1 that can be for any of 2 that we sent: {name}"
