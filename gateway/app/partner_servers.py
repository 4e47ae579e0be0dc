"""Partners' own SFTP servers put together: keys loaded once, pins, hours, and what looks into each."""

import asyncio
import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import asyncssh

from gateway.app.memory import Memory, utc_now
from gateway.app.profiles import profile_on
from gateway.app.secrets import Secrets
from gateway.errors import ConfigurationError, GatewayError
from gateway.partners.authored import read
from gateway.partners.book import Book
from gateway.partners.channel import SftpClientChannel
from gateway.partners.problems import Problems
from gateway.partners.sftp_client_form import Poll
from gateway.partners.sftp_form import matches
from gateway.partners.window import opens_at
from gateway.pipeline.ports import Intake
from gateway.store.authored import read_text
from gateway.transports.sftp_client import (
    Limits,
    PartnerServer,
    Pins,
    Poller,
    PollPorts,
    PollTerms,
    PushTerms,
    Schedule,
    SftpSender,
    SignIn,
)


def partner_servers(
    book: Book, secrets: Secrets, limits: Limits | None = None, *, partners: Path | None = None
) -> Mapping[str, PartnerServer]:
    """Every server that we go to, by its channel. Raises ConfigurationError for a key or secret of no use.

    `partners` is where the partner files are: a channel that stopped goes on when other host keys are written there.
    """
    return {
        name: PartnerServer(
            channel=name,
            host=channel.host,
            port=channel.port,
            sign_in=SignIn(
                user=channel.user,
                key=_key(name, channel, secrets),
                password=secrets.get(channel.password) if channel.password else None,
            ),
            pins=_pins(name, channel.host_keys, secrets),
            networks=channel.networks,
            profile=functools.partial(profile_on, channel.algorithms, channel.legacy_until, utc_now),
            limits=limits or Limits(),
            reread=functools.partial(_written_now, partners, name, channel, secrets) if partners is not None else None,
        )
        for name, channel in book.channels.items()
        if isinstance(channel, SftpClientChannel)
    }


def sftp_sender(channel: SftpClientChannel, server: PartnerServer, memory: Memory) -> SftpSender:
    """The way out through a channel that has `push`."""
    assert channel.push is not None  # noqa: S101 - only those are asked for
    terms = PushTerms(folder=channel.push.folder, temporary_name=channel.push.temporary_name)
    return SftpSender(server, terms, blobs=memory.blobs, polls=memory.polls, receipts=memory.carryings)


class Pollers:
    """Looks into every server whose channel has `poll`. `start` once, `close` once, on the loop of the doors."""

    def __init__(self, pollers: Sequence[Poller]) -> None:
        self._pollers = pollers
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look."""
        self._tasks = [asyncio.create_task(one.run(), name=f"poll {one.server.channel}") for one in self._pollers]

    async def close(self) -> None:
        """Leave off wherever a look is: the next one, of whatever node, goes on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def pollers(book: Book, servers: Mapping[str, PartnerServer], memory: Memory, intake: Intake) -> Pollers:
    """What looks into partners' servers."""
    ports = PollPorts(intake=intake, blobs=memory.blobs, polls=memory.polls, clock=utc_now)
    return Pollers(
        [
            Poller(
                server=servers[name],
                terms=_terms(channel, channel.poll),
                schedule=_schedule(channel, channel.poll),
                ports=ports,
            )
            for name, channel in book.channels.items()
            if isinstance(channel, SftpClientChannel) and channel.poll is not None
        ]
    )


def _terms(channel: SftpClientChannel, poll: Poll) -> PollTerms:
    return PollTerms(
        folder=poll.folder,
        takes=functools.partial(matches, poll.file_names),
        settle_seconds=poll.settle_seconds,
        claim=poll.claim,
        claimed=poll.claimed,
        after=poll.after,
        move_to=poll.move_to or "",
        max_file_bytes=channel.max_file_bytes,
    )


def _schedule(channel: SftpClientChannel, poll: Poll) -> Schedule:
    def opening(now: datetime) -> datetime:
        return opens_at(poll.windows, now, poll.time_zone)

    return Schedule(
        every_seconds=poll.every_seconds,
        first_delay_seconds=channel.first_delay_seconds,
        longest_delay_seconds=channel.longest_delay_seconds,
        opens_at=opening,
    )


def _key(name: str, channel: SftpClientChannel, secrets: Secrets) -> asyncssh.SSHKey | None:
    """Our private key. One in a file that nothing but its mode protects is refused."""
    if channel.key is None:
        return None
    text = secrets.get(channel.key)
    if channel.passphrase is None:
        return _opened(name, channel.key, text, None)
    try:
        asyncssh.import_private_key(text)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        return _opened(name, channel.key, text, secrets.get(channel.passphrase))
    raise ConfigurationError(
        f"channel {name}: the key {channel.key} is not encrypted; `ssh-keygen -p -m PKCS8 -f FILE` encrypts it"
    )


def _opened(name: str, reference: str, text: str, passphrase: str | None) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(text, passphrase)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as wrong:
        how = "its passphrase is wrong, or it is no private key in PKCS#8"
        raise ConfigurationError(f"channel {name}: the key {reference} cannot be opened: {how} ({wrong})") from wrong


def _pins(name: str, host_keys: Iterable[str], secrets: Secrets) -> Pins:
    keys: list[asyncssh.SSHKey] = []
    fingerprints: list[str] = []
    for one in host_keys:
        if one.startswith("SHA256:"):
            fingerprints.append(one)
            continue
        lines = secrets.get(one) if one.startswith("file:") else one
        keys += [_public(name, line) for line in lines.splitlines() if line.strip()]
    return Pins(tuple(keys), tuple(fingerprints))


def _written_now(partners: Path, name: str, known: SftpClientChannel, secrets: Secrets) -> Pins | None:
    """The pins that the channel's file has now. None when it cannot be read, or is about another server: that is a new
    channel, which begins with a start.
    """
    file = f"channels/{name}.yaml"
    try:
        channel = read({file: read_text(partners / file)}, Problems()).channels.get(name)
        if not isinstance(channel, SftpClientChannel) or (channel.host, channel.port) != (known.host, known.port):
            return None
        return _pins(name, channel.host_keys, secrets)
    except GatewayError:
        return None


def _public(name: str, line: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(line)
    except asyncssh.KeyImportError as wrong:
        raise ConfigurationError(f"channel {name}: not a public key ({wrong}): {line[:40]}") from wrong
