"""Looks every hour which certificates and keys will be over soon: people are told 30, 7 and 1 days before, and then."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog
from cryptography import x509

from gateway.as2.cms.identity import KeyPair
from gateway.partners.book import Book
from gateway.partners.certificates import Dated, Ending, endings, ours
from gateway.partners.channel import As2Channel, MailChannel, SecuredChannel
from gateway.rounds import Rounds
from gateway.store.expiring import StoreExpiring
from gateway.store.means import Means

log = structlog.get_logger("gateway.certificates")

EVERY_SECONDS = 3600.0


def expiring(
    book: Book, keys: Mapping[str, x509.Certificate], now: datetime, *, shown: x509.Certificate | None = None
) -> Sequence[Ending]:
    """Of every channel, what is over within 30 days or over already.

    Args:
        keys: our certificates by name.
        shown: what the mail door shows after STARTTLS.
    """
    found: list[Ending] = []
    for name, channel in book.channels.items():
        if isinstance(channel, SecuredChannel):
            own = [ours(one, keys[one.name]) for one in channel.keys if one.name in keys]
            found += endings(name, "theirs", book.their_certificates(channel), now)
            found += endings(name, "ours", own, now)
            found += endings(name, "server", _authority(book, channel), now)
        if isinstance(channel, MailChannel) and shown is not None:
            found += endings(name, "ours", [_as_it_is("keys/smtp/certificate.pem", shown)], now)
    return found


def _authority(book: Book, channel: SecuredChannel) -> Sequence[Dated]:
    """What the server that we send to has to lead to, where that is not the system's: TLS ends when it does."""
    way = channel.send if isinstance(channel, As2Channel) else getattr(channel, "relay", None)
    file = way.tls_authority if way is not None else None
    return [_as_it_is(file, book.certificates[file])] if file is not None else []


def _as_it_is(name: str, certificate: x509.Certificate) -> Dated:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Dated(name=name, certificate=certificate, begins=begins, ends=ends)


class ExpiryWatch(Rounds):
    """One sweep an hour, the first at once."""

    def __init__(
        self, look: Callable[[], Sequence[Ending]], told: StoreExpiring, *, every_seconds: float = EVERY_SECONDS
    ) -> None:
        super().__init__("certificates", self.sweep, every_seconds=every_seconds)
        self._endings, self._told = look, told

    def sweep(self) -> Sequence[Ending]:
        """Tell what nobody was told of yet. Raises MachineError."""
        new = self._told.tell(self._endings())
        for one in new:
            log.warning(
                "certificate.ending", channel=one.channel, name=one.name, ends=one.ends.isoformat(), days=one.days
            )
        return new


def watch(
    in_force: Callable[[], tuple[Book, Mapping[str, KeyPair]]],
    means: Means,
    *,
    shown: x509.Certificate | None = None,
) -> ExpiryWatch:
    """The watch over the channels of the book that is in force, with our keys by name, of which it looks only at the
    certificates.
    """

    def look() -> Sequence[Ending]:
        book, pairs = in_force()
        return expiring(book, {name: pair.certificate for name, pair in pairs.items()}, means.now(), shown=shown)

    return ExpiryWatch(look, StoreExpiring(means))
