"""The outbox: every event is looked at once and none is skipped, notices go out until they are taken."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from gateway.errors import UsageError
from gateway.pipeline.notices.choose import Subscriptions
from gateway.pipeline.notices.values import Chosen, Due, Gathered, Happened, Line, NoticeState, Settlement, Told
from gateway.store.database import Database
from gateway.store.means import Means
from gateway.store.notice_desk import NoticeDesk
from gateway.store.notice_tables import NOTICE, NOTICE_ATTEMPT
from gateway.store.notices import StoreOutbox
from gateway.store.tables import DOCUMENT, EVENT
from tests.contract.store.happenings import HOOK, NOTIFY, PEOPLE, committed, happens, wanted
from tests.contract.store.shop import Shop

TAKEN = Told(kind="taken", detail="HTTP 204", status=204)


@pytest.fixture
def outbox(means: Means) -> StoreOutbox:
    """An outbox that follows from now on."""
    outbox = StoreOutbox(means, lambda channel: ("acme",) if channel == "acme" else ())
    outbox.stand_up({})
    return outbox


def followed(outbox: StoreOutbox, choosing: Subscriptions, *, most: int = 500) -> int:
    """Follow to the end; how many events were looked at."""
    looked, more, total = 0, True, 0
    while more:
        looked, more = outbox.follow(choosing, most=most)
        total += looked
    return total


def notices(means: Means, kind: str = "webhook") -> Sequence[Any]:
    """Notices of a kind, in the order they were made."""
    with means.database.reading() as connection:
        return connection.execute(select(NOTICE).where(NOTICE.c.kind == kind).order_by(NOTICE.c.id)).all()


def types(rows: Sequence[Any]) -> list[str]:
    """Kinds of the events that notices tell of."""
    return [json.loads(row.body)["type"] for row in rows]


def settled(due: Due, told: Told = TAKEN, **about: Any) -> Settlement:
    """What came of a try."""
    about = {"state": NoticeState.SENT} | about
    return Settlement(notice=due.id, target=due.target, told=told, milliseconds=3, **about)


# ---------------------------------------------------------------------------------------------- following


def test_an_event_becomes_one_notice_and_is_not_looked_at_again(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent", "document.acknowledged")

    assert followed(outbox, wanted()) == 2
    assert followed(outbox, wanted()) == 0
    assert types(notices(means)) == ["document.sent", "document.acknowledged"]


def test_another_node_and_a_restart_go_on_where_the_first_was(
    means: Means, outbox: StoreOutbox, opened: Callable[[], Database]
) -> None:
    committed(means.database, "document.sent")
    followed(outbox, wanted())
    another = StoreOutbox(means, lambda _: ())
    another.stand_up({})
    committed(means.database, "document.dead")

    assert followed(another, wanted()) == 1
    assert followed(outbox, wanted()) == 0
    assert types(notices(means)) == ["document.sent", "document.dead"]


def test_of_two_nodes_that_look_at_the_same_events_one_makes_the_notices(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent")
    slower, choosing = StoreOutbox(means, lambda _: ()), wanted()
    slower.stand_up({})

    @dataclass
    class Meanwhile:
        kinds: frozenset[str] = field(default_factory=lambda: choosing.kinds)

        def choose(self, happened: Sequence[Happened]) -> Chosen:
            followed(outbox, choosing)
            return choosing.choose(happened)

        def gather(
            self, target: str, before: Gathered | None, last_at: datetime | None, lines: Sequence[Line], now: datetime
        ) -> Gathered:
            return choosing.gather(target, before, last_at, lines, now)

    assert slower.follow(Meanwhile(), most=10) == (0, True)
    assert len(notices(means)) == 1


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)  # on SQLite one transaction writes at a time
def test_a_number_that_commits_late_is_not_skipped(
    means: Means, outbox: StoreOutbox, opened: Callable[[], Database]
) -> None:
    slow = opened()
    with slow.begin() as connection:
        happens(connection, "document.sent", "late")
        committed(means.database, "document.dead", subject="early")

        assert outbox.follow(wanted(), most=500) == (0, False)

    assert followed(outbox, wanted()) == 2
    assert [row.subject for row in notices(means)] == ["late", "early"]


def test_a_number_that_never_commits_does_not_hold_up_the_others(
    means: Means, outbox: StoreOutbox, opened: Callable[[], Database]
) -> None:
    with pytest.raises(ZeroDivisionError), opened().begin() as connection:
        happens(connection, "document.sent", "never")
        raise ZeroDivisionError
    committed(means.database, "document.dead")

    assert followed(outbox, wanted()) == 1


def test_what_happened_before_anybody_asked_is_not_told(means: Means) -> None:
    committed(means.database, "document.sent")
    outbox = StoreOutbox(means, lambda _: ())
    assert outbox.follow(wanted(), most=10) == (0, False)
    outbox.stand_up({})
    committed(means.database, "document.dead")
    assert followed(outbox, wanted()) == 1

    outbox.stand_down()
    committed(means.database, "document.held")
    outbox.stand_up({})

    assert followed(StoreOutbox(means, lambda _: ()), wanted()) == 0


def test_events_that_nobody_asks_about_are_passed_over(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "transmission.received", "channel.paused", "document.sent")

    assert followed(outbox, wanted()) == 1


def test_ten_thousand_dead_letters_are_one_mail_with_a_count(means: Means, outbox: StoreOutbox) -> None:
    choosing = wanted(NOTIFY.replace("events: [document.*]", "events: [document.sent]"))
    with means.database.begin() as connection:
        row = {"at": means.now(), "transmission_id": "", "kind": "document.dead", "who": "", "why": "x", "detail": {}}
        connection.execute(EVENT.insert(), [row | {"subject": f"D{number}"} for number in range(10_000)])
    looked: list[int] = []

    while True:
        count, more = outbox.follow(choosing, most=500)
        looked.append(count)
        if not more:
            break

    assert max(looked) == 500
    assert sum(looked) == 10_000
    (mail,) = notices(means, "mail")
    assert '"count": 10000' in mail.body
    assert len(mail.body) < 20_000
    means.now.turn(minutes=15)  # type: ignore[attr-defined]
    (due,) = outbox.take(PEOPLE, most=10, lease_seconds=60)
    assert due.id == mail.id


def test_an_alert_that_is_closed_takes_in_nothing_more(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.dead")
    followed(outbox, wanted())
    assert list(outbox.due()) == [HOOK]
    means.now.turn(minutes=15)  # type: ignore[attr-defined]
    assert list(outbox.due()) == [PEOPLE, HOOK]
    (first,) = outbox.take(PEOPLE, most=10, lease_seconds=60)

    committed(means.database, "document.dead")
    followed(outbox, wanted())

    states = [(row.id == first.id, row.state) for row in notices(means, "mail")]
    assert states == [(True, "waiting"), (False, "gathering")]


def test_what_is_critical_goes_at_once_and_then_once_a_digest(means: Means, outbox: StoreOutbox) -> None:
    choosing = wanted(NOTIFY.replace("{when: [document.dead]}", "{when: [document.dead], severity: critical}"))
    committed(means.database, "document.dead")
    followed(outbox, choosing)
    (first,) = outbox.take(PEOPLE, most=10, lease_seconds=60)
    outbox.settle([settled(first)])

    for _ in range(3):
        committed(means.database, "document.dead")
        followed(outbox, choosing)

    assert outbox.take(PEOPLE, most=10, lease_seconds=60) == ()
    means.now.turn(minutes=15)  # type: ignore[attr-defined]
    (second,) = outbox.take(PEOPLE, most=10, lease_seconds=60)
    assert _data(second)["count"] == 3


def _data(due: Due) -> Mapping[str, Any]:
    data: Any = due.body["data"]
    return dict(data)


# ---------------------------------------------------------------------------------------------- documents


async def test_a_system_is_told_how_its_document_stands_and_only_the_last_word(shop: Shop, outbox: StoreOutbox) -> None:
    erp = "kind: sandbox\nowner: integration\nstage: production\nwrite_back: true\n"
    choosing = wanted(NOTIFY, **{"destinations/erp.yaml": erp})
    (document,) = await shop.documents()
    shop.journal.record_delivered("erp", [shop.attempted(document, "refused", "dead", reason="no such item")])
    followed(outbox, choosing)
    shop.operator.replay(document, mode="current", again=False, reason="corrected", who="ann")
    followed(outbox, choosing)

    rows = notices(shop.means, "status")

    assert [(row.subject, row.state) for row in rows] == [(document, "superseded"), (document, "waiting")]
    (due,) = outbox.take("status/erp", most=10, lease_seconds=60)
    assert {name: due.body[name] for name in ("schema", "document_id", "partner", "set_id", "event")} == {
        "schema": "status.v1",
        "document_id": document,
        "partner": "acme",
        "set_id": "850",
        "event": "document.replayed",
    }


async def test_an_event_of_a_document_names_its_partner_and_meets_rules_about_sets(
    shop: Shop, outbox: StoreOutbox
) -> None:
    conditions = '{when: [document.dead], partners: [acme], sets: ["850"], amount_at_least: 4000}'
    rules = NOTIFY.replace("{when: [document.dead]}", conditions)
    large, small = await shop.documents(2)
    with shop.means.database.begin() as connection:
        for document, amount in ((large, "4120.00"), (small, "40.00")):
            values = {"amount": Decimal(amount), "currency": "USD"}
            connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == document).values(values))
    refused = [shop.attempted(one, "refused", "dead", reason="no such item") for one in (large, small)]
    shop.journal.record_delivered("erp", refused)

    followed(outbox, wanted(rules))

    (mail,) = notices(shop.means, "mail")
    assert '"count": 1,' in mail.body
    assert "850 PO-0001 from acme, USD 4120.00: refused for good, or given up: no such item" in mail.body


# ---------------------------------------------------------------------------------------------- sending


def test_what_was_taken_is_in_nobody_elses_hands_until_its_lease_is_over(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent")
    followed(outbox, wanted())
    (first,) = outbox.take(HOOK, most=10, lease_seconds=60)

    assert outbox.take(HOOK, most=10, lease_seconds=60) == ()
    means.now.turn(seconds=61)  # type: ignore[attr-defined]
    (again,) = outbox.take(HOOK, most=10, lease_seconds=60)

    assert again.id == first.id


def test_what_a_process_had_in_hand_when_it_died_goes_at_once_on_sqlite(
    means: Means, outbox: StoreOutbox, kind: str
) -> None:
    committed(means.database, "document.sent")
    followed(outbox, wanted())
    (first,) = outbox.take(HOOK, most=10, lease_seconds=600)

    StoreOutbox(means, lambda _: ()).stand_up({})

    again = [one.id for one in outbox.take(HOOK, most=10, lease_seconds=60)]
    assert again == ([first.id] if kind == "sqlite" else [])


def test_every_try_is_kept_and_a_failure_waits_its_time(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent")
    followed(outbox, wanted())
    (due,) = outbox.take(HOOK, most=10, lease_seconds=60)
    later = means.now() + timedelta(seconds=30)
    down = Told(kind="down", detail="HTTP 503", status=503)
    outbox.settle([settled(due, down, state=NoticeState.WAITING, next_at=later, paused_until=later)])
    assert list(outbox.due()) == []
    means.now.turn(seconds=31)  # type: ignore[attr-defined]
    (again,) = outbox.take(HOOK, most=10, lease_seconds=60)
    outbox.settle([settled(again)])

    notice = NoticeDesk(means).notice(due.id)

    assert again.attempts == 1
    assert notice is not None
    assert (notice.state, notice.attempts, notice.last_error) == ("sent", 2, "")
    assert [(one.outcome, one.status) for one in notice.tries] == [("down", 503), ("taken", 204)]
    assert [(one.name, one.state, one.waiting) for one in NoticeDesk(means).targets()] == [(HOOK, "working", 0)]


def test_a_target_that_is_down_is_left_alone_though_more_comes(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent")
    followed(outbox, wanted())
    (due,) = outbox.take(HOOK, most=10, lease_seconds=60)
    later = means.now() + timedelta(seconds=30)
    down = Told(kind="down", detail="no answer within the time-out")
    outbox.settle([settled(due, down, state=NoticeState.WAITING, next_at=later, paused_until=later)])

    committed(means.database, "document.sent")
    followed(outbox, wanted())

    assert list(outbox.due()) == []
    (target,) = NoticeDesk(means).targets()
    assert (target.state, target.failures, target.waiting) == ("failing", 1, 2)


def test_a_webhook_that_is_gone_gets_nothing_until_its_url_changes(means: Means, outbox: StoreOutbox) -> None:
    outbox.stand_up({HOOK: "one"})
    committed(means.database, "document.sent")
    followed(outbox, wanted())
    (due,) = outbox.take(HOOK, most=10, lease_seconds=60)
    gone = Told(kind="gone", detail="HTTP 410", status=410)
    outbox.settle([settled(due, gone, state=NoticeState.WAITING, next_at=means.now())])
    committed(means.database, "document.sent")
    followed(outbox, wanted())
    assert list(outbox.due()) == []
    assert len(notices(means)) == 1

    outbox.stand_up({HOOK: "one"})
    assert list(outbox.due()) == []
    outbox.stand_up({HOOK: "two"})

    assert list(outbox.due()) == [HOOK]
    assert _kinds(means).count("notice.gone") == 1


def test_what_nobody_took_in_three_days_is_given_up_with_one_event(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, *["document.sent"] * 3)
    followed(outbox, wanted())
    means.now.turn(days=3, seconds=1)  # type: ignore[attr-defined]

    assert outbox.expire(means.now() - timedelta(days=3)) == 3
    assert outbox.expire(means.now() - timedelta(days=3)) == 0
    assert {row.state for row in notices(means)} == {"given_up"}
    assert _kinds(means)[-1] == "notice.given-up"


def test_what_a_target_left_behind_in_a_long_time_is_given_up_in_short_transactions(
    means: Means, outbox: StoreOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.notices.GIVEN_UP_AT_ONCE", 2)
    committed(means.database, *["document.sent"] * 3)
    followed(outbox, wanted())
    means.now.turn(days=4)  # type: ignore[attr-defined]

    assert outbox.expire(means.now() - timedelta(days=3)) == 3
    assert {row.state for row in notices(means)} == {"given_up"}
    assert _kinds(means).count("notice.given-up") == 2


def test_more_than_a_page_of_notices_are_sent_once_more_when_each_is_named(
    means: Means, outbox: StoreOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(means.database, "document.sent", "document.dead")
    followed(outbox, wanted())
    due = outbox.take(HOOK, most=10, lease_seconds=60)
    outbox.settle([settled(one) for one in due])
    monkeypatch.setattr("gateway.store.notice_desk.MOST", 1)

    assert NoticeDesk(means).replay([one.id for one in due], reason="they lost them", who="ann") == [
        one.id for one in due
    ]


def test_what_was_settled_long_ago_is_forgotten_with_its_tries(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent", "document.sent")
    followed(outbox, wanted())
    first, second = outbox.take(HOOK, most=10, lease_seconds=60)
    outbox.settle([settled(first)])
    means.now.turn(days=90)  # type: ignore[attr-defined]
    outbox.settle([settled(second)])

    assert outbox.forget(means.now() - timedelta(days=89)) == 1
    assert outbox.forget(means.now() - timedelta(days=89)) == 0

    assert [row.id for row in notices(means)] == [second.id]
    kept = NoticeDesk(means).notice(second.id)
    assert kept is not None
    assert len(kept.tries) == 1


def test_a_person_has_notices_sent_once_more_under_the_same_ids(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent", "document.dead")
    followed(outbox, wanted())
    first, second = outbox.take(HOOK, most=10, lease_seconds=60)
    refused = Told(kind="refused", detail="HTTP 422", status=422)
    outbox.settle([settled(first), settled(second, refused, state=NoticeState.GIVEN_UP, reason="HTTP 422")])
    desk = NoticeDesk(means)

    assert desk.replay_all(HOOK, reason="their server is back", who="ann") == [second.id]
    assert desk.replay([first.id], reason="they lost it", who="ann") == [first.id]

    assert [one.id for one in outbox.take(HOOK, most=10, lease_seconds=60)] == [first.id, second.id]
    assert _kinds(means).count("notice.replayed") == 2
    with pytest.raises(UsageError, match="waiting"):
        desk.replay([first.id], reason="again", who="ann")
    with pytest.raises(UsageError, match="no notice"):
        desk.replay(["01ZZZZZZZZ"], reason="again", who="ann")


def test_what_was_not_tried_is_due_again_at_once(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent", "document.dead")
    followed(outbox, wanted())
    first, second = outbox.take(HOOK, most=10, lease_seconds=60)
    outbox.settle([settled(first)])

    outbox.let_go([first.id, second.id])

    assert [one.id for one in outbox.take(HOOK, most=10, lease_seconds=60)] == [second.id]


def test_a_target_is_not_told_that_it_could_not_be_told(means: Means, outbox: StoreOutbox) -> None:
    everything = NOTIFY.replace("events: [document.*]", "events: [document.*, notice.*]")
    committed(means.database, "document.sent")
    followed(outbox, wanted(everything))
    (due,) = outbox.take(HOOK, most=10, lease_seconds=60)
    refused = Told(kind="refused", detail="HTTP 422", status=422)
    outbox.settle([settled(due, refused, state=NoticeState.GIVEN_UP, reason="HTTP 422")])

    assert followed(outbox, wanted(everything)) == 1
    assert len(notices(means)) == 1


def test_tries_are_counted_and_named_in_lists(means: Means, outbox: StoreOutbox) -> None:
    committed(means.database, "document.sent")
    followed(outbox, wanted())

    (listed,) = NoticeDesk(means).notices(state="waiting", kind="webhook", target=HOOK, subject="01K")

    assert (listed.target, listed.attempts, listed.body) == (HOOK, 0, {})
    assert NoticeDesk(means).notices(state="sent") == []
    with means.database.reading() as connection:
        assert connection.execute(select(NOTICE_ATTEMPT)).all() == []


def _kinds(means: Means) -> list[str]:
    with means.database.reading() as connection:
        return list(connection.execute(select(EVENT.c.kind).order_by(EVENT.c.number)).scalars())
