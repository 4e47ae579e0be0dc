"""Notifications put together: who is told what by the partner files, with keys, a mail relay and an outbox."""

import hashlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from aiohttp import ClientSession

from gateway.app.destinations import backend
from gateway.app.memory import Memory, utc_now
from gateway.app.secrets import Secrets
from gateway.backends.erp import ErpBackend
from gateway.errors import ConfigurationError, SettingsError
from gateway.notify.letter import letter
from gateway.notify.outbox import OutboxLimits, OutboxTask, Send
from gateway.notify.signature import key_of
from gateway.notify.silence import SilenceWatch
from gateway.notify.webhook import Endpoint, WebhookSender, body_of, open_session
from gateway.partners.book import Book
from gateway.partners.mail_form import Relay as RelayForm
from gateway.partners.notify_form import Webhook, checked_url
from gateway.pipeline.notices.choose import Subscriptions, mail_target, status_target, subscriptions, webhook_target
from gateway.pipeline.notices.silence import watched
from gateway.pipeline.notices.values import Due, Told
from gateway.settings import MailRelay
from gateway.store.notices import StoreOutbox
from gateway.store.silences import StoreSilences
from gateway.transports.mail import Relay

log = structlog.get_logger("gateway.notify")

NO_RELAY = "no mail server is set: GATEWAY_MAIL_RELAY"


@dataclass
class Ways:
    """The way to every target. Made by `ways`; sessions are opened when first used, on the running loop."""

    senders: Mapping[str, Send]
    addresses: Mapping[str, str]
    """Hash of each webhook's url; "" for other targets."""
    backends: tuple[ErpBackend, ...] = ()
    sessions: list[ClientSession] = field(default_factory=list)

    async def close(self) -> None:
        """Release connections; safe to call twice."""
        for one in self.backends:
            await one.close()
        while self.sessions:
            await self.sessions.pop().close()


def ways(
    book: Book,
    secrets: Secrets,
    mail: MailRelay,
    *,
    sandbox_url: str = "",
    clock: Callable[[], datetime] = utc_now,
) -> Ways:
    """A way to everything that the book wants told. Raises ConfigurationError for a secret or url that cannot be used,
    SettingsError for a relay that cannot be.
    """
    wanted = subscriptions(book)
    sessions: list[ClientSession] = []

    def session() -> ClientSession:
        if not sessions:
            sessions.append(open_session())
        return sessions[0]

    senders: dict[str, Send] = {}
    addresses = dict.fromkeys(wanted.targets, "")
    for name, notify in book.notify.items():
        for hook, webhook in notify.webhooks.items():
            target, endpoint = webhook_target(name, hook), _endpoint(f"{name}/{hook}", webhook, secrets)
            senders[target] = WebhookSender(endpoint, session, clock).send
            addresses[target] = hashlib.sha256(endpoint.url.encode()).hexdigest()
    relay = mail_relay(mail, secrets)
    for name, role in wanted.roles.items():
        for address in role.alerts.mail:
            sender = Mailbox(address=address, sender=mail.mail_from, relay=relay, clock=clock).send
            senders[mail_target(name, address)] = sender
    told = sorted({*wanted.to_sender.values(), *wanted.to_receiver})
    backends = {name: backend(name, book.destinations[name], secrets, sandbox_url) for name in told}
    senders |= {status_target(name): partial(_put, one) for name, one in backends.items()}
    return Ways(senders, addresses, tuple(backends.values()), sessions)


async def _put(system: ErpBackend, due: Due) -> Told:
    return await system.put_status(due.subject, due.id, body_of(due.body))


def _endpoint(name: str, webhook: Webhook, secrets: Secrets) -> Endpoint:
    url = webhook.url
    if url.startswith(("env:", "file:")):
        try:
            url = checked_url(secrets.get(url), plain_http=webhook.plain_http)
        except ValueError as wrong:
            raise ConfigurationError(f"webhook {name}: {webhook.url}: {wrong}") from None
    references = [one for one in (webhook.secret, webhook.previous_secret) if one]
    keys = [key_of(secrets.get(reference), reference) for reference in references]
    return Endpoint(url=url, keys=keys, timeout_seconds=webhook.timeout_seconds)


# ---------------------------------------------------------------------------------------------- mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One mailbox of a role, reached through our relay."""

    address: str
    sender: str
    relay: Relay | None
    clock: Callable[[], datetime]

    async def send(self, due: Due) -> Told:
        """Hand the relay one alert."""
        if self.relay is None:
            return Told(kind="down", detail=NO_RELAY)
        mail = letter(due.body, id=due.id, sender=self.sender, recipient=self.address, now=self.clock())
        handed = await self.relay.hand_over(sender=self.sender, recipient=self.address, mail=mail)
        if handed.kind == "taken":
            return Told(kind="taken", detail=handed.detail)
        # What the relay may have already goes once more, under the same Message-ID.
        return Told(kind="refused" if handed.kind == "refused" else "down", detail=handed.detail)


def mail_relay(mail: MailRelay, secrets: Secrets) -> Relay | None:
    """Our mail server, None where none is set. Raises SettingsError, ConfigurationError."""
    if not mail.mail_relay:
        return None
    host, port = mail.host_and_port
    reference = mail.mail_password
    try:
        form = RelayForm.model_validate(
            {
                "host": host,
                "port": port,
                "tls": mail.mail_tls,
                "user": mail.mail_user or None,
                "password": reference or None,
            }
        )
    except ValueError:
        raise SettingsError(
            "GATEWAY_MAIL_RELAY is host:port; GATEWAY_MAIL_USER and GATEWAY_MAIL_PASSWORD (file: or env:) belong "
            "together, and never with GATEWAY_MAIL_TLS=none"
        ) from None
    if reference:
        secrets.get(reference)
    return Relay(
        form=form,
        helo=mail.mail_from.rpartition("@")[2],
        password=partial(secrets.get, reference) if reference else lambda: "",
        authority=_authority(mail.mail_authority),
    )


def _authority(path: str) -> str:
    if not path:
        return ""
    try:
        pem = Path(path).read_text("ascii")
        ssl.create_default_context(cadata=pem)
    except (OSError, ValueError) as wrong:  # ssl.SSLError is an OSError
        raise SettingsError(f"GATEWAY_MAIL_AUTHORITY: {path} is no certificate in PEM that can be read") from wrong
    return pem


# ---------------------------------------------------------------------------------------------- running


class Notifier:
    """Follows events, sends notices, watches silence, while the gateway runs. Nothing to tell: nothing runs."""

    def __init__(
        self, wanted: Subscriptions, way: Ways, outbox: StoreOutbox, silence: SilenceWatch, task: OutboxTask
    ) -> None:
        self._wanted, self._ways, self._outbox = wanted, way, outbox
        self._silence, self._task = silence, task

    def stand_up(self) -> None:
        """Begin with what happens from now on, or where we were. Raises MachineError."""
        if self._wanted.kinds:
            self._outbox.stand_up(self._ways.addresses)
        else:
            self._outbox.stand_down()

    def start(self) -> None:
        """Begin, on the running loop."""
        if self._wanted.kinds:
            self._task.start()
            self._silence.start()

    async def close(self) -> None:
        """Stop; what waits stays in its rows."""
        await self._silence.close()
        await self._task.close()
        await self._ways.close()


def notifier(
    book: Book,
    secrets: Secrets,
    mail: MailRelay,
    memory: Memory,
    *,
    sandbox_url: str = "",
    limits: OutboxLimits | None = None,
) -> Notifier:
    """Everything about notifications of one book. Raises as `ways`."""
    wanted, way = subscriptions(book), ways(book, secrets, mail, sandbox_url=sandbox_url)
    if mail.mail_relay == "" and any(role.alerts.mail for role in wanted.roles.values()):
        log.warning("notify.no_relay", why=NO_RELAY)
    outbox = StoreOutbox(memory.means, carried_by(book))
    silence = SilenceWatch(watched(book), StoreSilences(memory.means), clock=utc_now)
    task = OutboxTask(outbox, wanted, way.senders, clock=utc_now, limits=limits)
    return Notifier(wanted, way, outbox, silence, task)


def carried_by(book: Book) -> Callable[[str], tuple[str, ...]]:
    """The partners of a channel; none of one that is not there."""

    def carries(channel: str) -> tuple[str, ...]:
        known = book.channel(channel)
        return known.carries if known is not None else ()

    return carries
