"""Notices on their way: a real web server and a real mail server take them, refuse them, hang, and die."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.app.notify import Notifier, notifier
from gateway.app.secrets import Secrets
from gateway.errors import MachineError
from gateway.notify.outbox import OutboxLimits
from gateway.pipeline.notices.values import Settlement
from gateway.pipeline.retry import Patience
from gateway.settings import MailRelay
from gateway.store.blobs import FileBlobs
from gateway.store.database import Database, open_database
from gateway.store.identifiers import Identifiers
from gateway.store.means import Means
from gateway.store.notice_desk import NoticeDesk
from gateway.store.notices import StoreOutbox
from gateway.store.tables import EVENT
from tests.contract.store.rows import TableScheduler
from tests.integration.mail_door import Mailbox
from tests.unit.partners.folder import a_book

KEY = b"0123456789abcdef0123456789abcdef"
SOON = Patience(first_delay_seconds=0.01, longest_delay_seconds=0.05, most_attempts=1_000)
QUICK = OutboxLimits(poll_seconds=0.02, patience=SOON, pauses=SOON)


@dataclass
class Receiver:
    """A program that takes webhooks. `answers` are given in turn, then 204; "hang" waits until it is let go."""

    answers: list[int | str] = field(default_factory=list)
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        """One webhook, its signature looked at as a receiver does."""
        body = await request.read()
        id, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = hmac.new(KEY, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
        assert f"v1,{base64.b64encode(signed).decode()}" in request.headers["webhook-signature"].split(" ")
        assert abs(int(at) - datetime.now(UTC).timestamp()) < 60
        self.seen.append((id, json.loads(body)))
        answer = self.answers.pop(0) if self.answers else 204
        if answer == "hang":
            await self.let_go.wait()
            return web.Response(status=204)
        assert isinstance(answer, int)
        return web.Response(status=answer, headers={"Location": "/elsewhere"} if 300 <= answer < 400 else None)

    async def got(self, count: int, seconds: float = 20.0) -> list[str]:
        """Ids of what came, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.seen) < count:
                await asyncio.sleep(0.01)
        return [id for id, _ in self.seen]


@asynccontextmanager
async def receiving(*receivers: Receiver) -> AsyncIterator[None]:
    """Servers that are there while the block lasts."""
    runners = []
    for one in receivers:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", one.take)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", int(one.url.rpartition(":")[2] or 0) if one.url else 0)
        await site.start()
        one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        runners.append(runner)
    try:
        yield
    finally:
        for receiver, runner in zip(receivers, runners, strict=True):
            receiver.let_go.set()
            await runner.cleanup()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all: each test begins with what happens then."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('notify') / 'gateway.db'}")
    database.migrate()
    yield database
    database.close()


@dataclass
class Office:
    """A gateway's notifications over a store."""

    means: Means
    home: Path
    means_of: Any = None

    def happens(self, *kinds: str, subject: str = "01K", why: str = "") -> None:
        """Events, each in a transaction of its own."""
        for kind in kinds:
            row = {"at": datetime.now(UTC), "transmission_id": "", "subject": subject, "kind": kind, "who": "a test"}
            with self.means.database.begin() as connection:
                connection.execute(EVENT.insert().values(row | {"why": why, "detail": {}}))

    @asynccontextmanager
    async def telling(self, notify: str, relay: int = 0, limits: OutboxLimits = QUICK) -> AsyncIterator[Notifier]:
        """Notifications of one file, running."""
        mail = MailRelay()
        if relay:
            about = {"mail_relay": f"127.0.0.1:{relay}", "mail_tls": "none", "mail_from": "edi@pine.example"}
            mail = MailRelay.model_validate(about)
        book = a_book({"notify/finance.yaml": notify})
        memory: Any = type("Memory", (), {"means": self.means})
        one = notifier(book, Secrets(self.home), mail, memory, limits=limits)
        await asyncio.to_thread(one.stand_up)
        one.start()
        try:
            yield one
        finally:
            await one.close()

    async def until(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait for what the store says."""
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(true):
                await asyncio.sleep(0.02)

    def states(self, target: str = "webhook/finance/ledger") -> list[str]:
        """States of a target's notices, oldest first."""
        return [one.state for one in reversed(NoticeDesk(self.means).notices(target=target))]


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    """Notifications with a home of their own, and nothing of what other tests left."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "ledger.key").write_text(f"whsec_{base64.b64encode(KEY).decode()}\n")
    means = Means(
        database=database,
        blobs=FileBlobs(tmp_path),
        scheduler=TableScheduler(),
        now=lambda: datetime.now(UTC),
        new_id=Identifiers(),
    )
    yield Office(means, tmp_path)
    with database.begin() as connection:
        for name in ("notice_attempt", "notice", "notice_target", "notice_follower", "event"):
            connection.execute(EVENT.metadata.tables[name].delete())


def hooks(**urls: str) -> str:
    """A file with webhooks that want every event about documents."""
    about = "{{url: {}, secret: file:secrets/ledger.key, timeout_seconds: 1, events: [document.*]}}"
    return "owner: finance\nwebhooks:\n" + "".join(f"  {name}: {about.format(url)}\n" for name, url in urls.items())


def ids(rows: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    return [id for id, _ in rows]


async def test_an_event_reaches_a_webhook_signed_and_once(office: Office) -> None:
    ledger = Receiver()
    async with receiving(ledger), office.telling(hooks(ledger=ledger.url)):
        office.happens("document.acknowledged", subject="01KINV", why="AK5 R")
        await ledger.got(1)
        await office.until(lambda: office.states() == ["sent"])

    ((id, body),) = ledger.seen
    assert (body["schema"], body["type"]) == ("event.v1", "document.acknowledged")
    assert (body["data"]["subject"], body["data"]["why"]) == ({"kind": "document", "id": "01KINV"}, "AK5 R")
    assert NoticeDesk(office.means).notices()[0].id == id


async def test_a_receiver_that_was_down_gets_everything_when_it_is_back(office: Office) -> None:
    ledger = Receiver(url="http://127.0.0.1:1")
    async with receiving(holder := Receiver()):
        port = holder.url
    ledger.url = port
    async with office.telling(hooks(ledger=port)):
        office.happens(*["document.dead"] * 5)
        await office.until(lambda: [one.state for one in NoticeDesk(office.means).targets()] == ["failing"])
        async with receiving(ledger):
            await ledger.got(5)
            await office.until(lambda: office.states() == ["sent"] * 5)

    assert len(set(ids(ledger.seen))) == 5


@pytest.mark.parametrize("answer", [500, 429, 302, 400])
async def test_an_answer_that_is_no_yes_is_tried_again_under_the_same_id(office: Office, answer: int) -> None:
    ledger = Receiver(answers=[answer])
    async with receiving(ledger), office.telling(hooks(ledger=ledger.url)):
        office.happens("document.dead")
        first, second = await ledger.got(2)
        await office.until(lambda: office.states() == ["sent"])

    assert first == second
    notice = NoticeDesk(office.means).notice(first)
    assert notice is not None
    assert [one.status for one in notice.tries] == [answer, 204]


async def test_a_notice_that_is_not_liked_does_not_hold_up_the_others(office: Office) -> None:
    ledger = Receiver(answers=[422])
    slow = Patience(first_delay_seconds=600, longest_delay_seconds=600)
    async with receiving(ledger), office.telling(hooks(ledger=ledger.url), limits=OutboxLimits(patience=slow)):
        office.happens("document.dead", "document.held")
        await ledger.got(2)
        await office.until(lambda: office.states() == ["waiting", "sent"])


async def test_a_receiver_that_is_gone_is_told_nothing_more(office: Office) -> None:
    ledger, other = Receiver(answers=[410]), Receiver()
    async with receiving(ledger, other), office.telling(hooks(ledger=ledger.url, other=other.url)):
        office.happens("document.dead")
        await office.until(lambda: "gone" in [one.state for one in NoticeDesk(office.means).targets()])
        office.happens("document.held", "document.sent")
        await other.got(3)

    assert len(ledger.seen) == 1


async def test_a_receiver_that_hangs_does_not_keep_the_others_waiting(office: Office) -> None:
    slow, quick = Receiver(answers=["hang"] * 50), Receiver()
    async with receiving(slow, quick), office.telling(hooks(slow=slow.url, quick=quick.url)):
        office.happens(*["document.dead"] * 20)

        await quick.got(20, seconds=10)

        assert office.states("webhook/finance/quick").count("sent") >= 1
        assert "sent" not in office.states("webhook/finance/slow")


class Dying(StoreOutbox):
    """Dies between the answer and the record of it."""

    def settle(self, settled: Sequence[Settlement]) -> None:
        """Never comes to it."""
        raise MachineError("killed here")


async def test_a_gateway_that_dies_before_it_wrote_down_the_answer_sends_the_same_id_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Receiver()
    async with receiving(ledger):
        monkeypatch.setattr("gateway.app.notify.StoreOutbox", Dying)
        async with office.telling(hooks(ledger=ledger.url)):
            office.happens("document.dead")
            await ledger.got(1)
        monkeypatch.undo()
        async with office.telling(hooks(ledger=ledger.url)):
            first, second = await ledger.got(2)
            await office.until(lambda: office.states() == ["sent"])

    assert first == second


# ---------------------------------------------------------------------------------------------- people

PEOPLE = """\
owner: finance
alerts:
  mail: [ann@pine.example, bob@pine.example]
  rules:
    dead: {when: [document.dead], severity: critical}
    down: {when: [channel.paused]}
"""


async def test_people_get_one_mail_of_a_storm_and_none_of_its_words_is_a_head(office: Office) -> None:
    server = Mailbox()
    await server.start()
    evil = "no item\r\nBcc: everybody@example.com\r\n\r\n<script>"
    office_events = ["document.dead"] * 30
    try:
        async with office.telling(PEOPLE, relay=server.port, limits=OutboxLimits(poll_seconds=0.5)):
            with office.means.database.begin() as connection:
                row = {"transmission_id": "", "subject": "01K", "who": "a test", "why": evil, "detail": {}}
                rows = [row | {"at": datetime.now(UTC), "kind": kind} for kind in office_events]
                connection.execute(EVENT.insert(), rows)
            mails = await server.arrived(2)
    finally:
        await server.close()

    assert sorted(one.recipient for one in mails) == ["ann@pine.example", "bob@pine.example"]
    for one in mails:
        mail = message_from_bytes(one.raw, policy=default)
        assert (mail["Subject"], mail["Bcc"]) == ("[EDI critical] 30 alerts: dead", None)
        assert one.sender == "edi@pine.example"
        assert "no item Bcc: everybody@example.com <script>" in mail.get_content()  # type: ignore[attr-defined]


async def test_a_mail_that_the_relay_may_have_comes_again_under_the_same_message_id(office: Office) -> None:
    server = Mailbox()
    await server.start()
    server.answers = ["taken, then hang up"]
    try:
        async with office.telling(PEOPLE.replace(", bob@pine.example", ""), relay=server.port):
            office.happens("document.dead")
            mails = await server.arrived(2)
            await office.until(lambda: office.states("mail/finance/ann@pine.example") == ["sent"])
    finally:
        await server.close()

    first, second = (message_from_bytes(one.raw, policy=default)["Message-ID"] for one in mails)
    assert first == second


async def test_a_mailbox_that_is_refused_for_good_is_given_up_and_the_other_gets_its_mail(office: Office) -> None:
    server = Mailbox()
    await server.start()
    server.to_recipients = ["550 no such mailbox"]
    targets = ("mail/finance/ann@pine.example", "mail/finance/bob@pine.example")
    try:
        async with office.telling(PEOPLE, relay=server.port):
            office.happens("document.dead")
            await server.arrived(1)
            await office.until(lambda: sorted(s for t in targets for s in office.states(t)) == ["given_up", "sent"])
    finally:
        await server.close()


async def test_without_a_relay_alerts_wait_and_say_why(office: Office) -> None:
    async with office.telling(PEOPLE):
        office.happens("document.dead")
        await office.until(
            lambda: (
                {one.last_error for one in NoticeDesk(office.means).targets()}
                == {"no mail server is set: GATEWAY_MAIL_RELAY"}
            )
        )
