"""`gateway notices`: what a person types, and what is said."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import notices
from gateway.cli.main import app
from gateway.ledger.events import NOTICE_REPLAYED
from gateway.pipeline.notices.values import NoticeState, Settlement, Told
from gateway.store.blobs import FileBlobs
from gateway.store.database import open_database
from gateway.store.identifiers import Identifiers
from gateway.store.means import Means
from gateway.store.notice_desk import NoticeDesk
from gateway.store.notices import StoreOutbox
from gateway.store.tables import EVENT
from tests.contract.store.happenings import HOOK, committed, wanted

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StoreOutbox]:
    """The commands work on a store with two notices for a webhook, one given up."""
    database = open_database(f"sqlite:///{tmp_path / 'gateway.db'}")
    database.migrate()
    means = Means(
        database=database,
        blobs=FileBlobs(tmp_path),
        scheduler=SimpleNamespace(),  # type: ignore[arg-type]
        now=lambda: NOON,
        new_id=Identifiers(now=lambda: NOON),
    )

    @contextmanager
    def opened(_: object) -> Iterator[object]:
        yield SimpleNamespace(means=means)

    monkeypatch.setattr(notices, "open_memory", opened)
    outbox = StoreOutbox(means, lambda _: ())
    outbox.stand_up({HOOK: "x"})
    committed(database, "document.sent", "document.dead", why="bad\x1b[31m")
    outbox.follow(wanted(), most=10)
    first, second = outbox.take(HOOK, most=10, lease_seconds=60)
    told = Told(kind="taken", detail="HTTP 204", status=204)
    refused = Told(kind="failed", detail="HTTP 422", status=422)
    given_up = NoticeState.GIVEN_UP
    outbox.settle(
        [
            Settlement(notice=first.id, target=HOOK, told=told, milliseconds=12, state=NoticeState.SENT),
            Settlement(notice=second.id, target=HOOK, told=refused, milliseconds=9, state=given_up, reason="HTTP 422"),
        ]
    )
    yield outbox
    database.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["notices", *arguments])


def test_notices_are_listed_newest_first_with_why_they_did_not_go(outbox: StoreOutbox) -> None:
    listed = run("list", "--kind", "webhook").stdout.splitlines()
    found = [json.loads(line) for line in run("list", "--state", "given_up", "--json").stdout.splitlines()]

    assert [line.split()[4] for line in listed[1:]] == ["given_up", "sent"]
    assert [(one["target"], one["last_error"]) for one in found] == [(HOOK, "HTTP 422")]


def test_a_notice_is_shown_with_every_try_and_what_it_says(outbox: StoreOutbox) -> None:
    id = NoticeDesk(outbox.means).notices(state="given_up")[0].id

    shown = run("show", id).stdout

    assert f"{id}  webhook to {HOOK}, given_up" in shown
    assert "failed, 9 ms: HTTP 422" in shown
    assert "\x1b" not in shown
    assert json.loads(run("show", id, "--json").stdout)["tries"][0]["outcome"] == "failed"


def test_what_was_given_up_is_sent_again_with_a_reason_and_by_somebody(outbox: StoreOutbox) -> None:
    said = run("replay", "--target", HOOK, "--reason", "mended", "--actor", "ann").stdout
    again = run("replay", "--target", HOOK, "--reason", "mended", "--actor", "ann").stdout

    assert said == "1 to be sent again\n"
    assert again == f"nothing was given up for {HOOK}\n"
    with outbox.means.database.reading() as connection:
        (event,) = connection.execute(EVENT.select().where(EVENT.c.kind == NOTICE_REPLAYED)).all()
    assert (event.who, event.why) == ("ann", "mended")


def test_targets_say_whether_they_work(outbox: StoreOutbox) -> None:
    (told,) = [json.loads(line) for line in run("targets", "--json").stdout.splitlines()]

    assert (told["name"], told["state"], told["waiting"]) == (HOOK, "working", 0)
    assert HOOK in run("targets").stdout
