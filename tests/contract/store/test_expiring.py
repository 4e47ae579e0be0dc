"""Warnings of certificates: each once, whoever looks, and the next when its day comes."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from gateway.partners.certificates import Ending
from gateway.store.expiring import StoreExpiring
from gateway.store.means import Means
from gateway.store.tables import EVENT

MONTH = Ending(
    channel="acme-as2",
    whose="theirs",
    name="acme/2026.pem",
    ends=datetime(2026, 4, 1, tzinfo=UTC),
    days=30,
    followed=False,
)


def told(means: Means) -> list[tuple[str, str, str]]:
    with means.database.reading() as connection:
        rows = connection.execute(select(EVENT).where(EVENT.c.kind == "certificate.ending").order_by(EVENT.c.number))
        return [(row.subject, row.detail["name"], row.detail["days"]) for row in rows]


def test_each_warning_is_told_once(means: Means) -> None:
    store, week = StoreExpiring(means), replace(MONTH, days=7)

    assert store.tell([MONTH]) == [MONTH]
    assert store.tell([MONTH]) == []
    assert store.tell([week]) == [week]
    assert told(means) == [("acme-as2", "acme/2026.pem", "30"), ("acme-as2", "acme/2026.pem", "7")]


def test_another_channel_and_another_end_are_other_warnings(means: Means) -> None:
    store = StoreExpiring(means)
    others = [replace(MONTH, channel="van-as2"), replace(MONTH, ends=datetime(2026, 5, 1, tzinfo=UTC))]
    store.tell([MONTH])

    assert store.tell([MONTH, *others]) == others


def test_nothing_to_tell_writes_nothing(means: Means) -> None:
    assert StoreExpiring(means).tell([]) == ()
    assert told(means) == []
