"""The AS2 door put together: channels as authored become parties with keys, and get a listener of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from gateway import __version__
from gateway.api.listener import Listener, ListenerLimits
from gateway.app.keys import KeyStore, load_all
from gateway.app.memory import Memory, utc_now
from gateway.app.secrets import Secrets
from gateway.as2.cms.identity import KeyPair
from gateway.partners.book import Book
from gateway.partners.certificates import ours
from gateway.partners.channel import As2Channel, SecuredChannel
from gateway.pipeline.messages import MessageIntake
from gateway.settings import Doors, Settings
from gateway.store.later_answers import StoreLaterAnswers, StoreReceiptBook
from gateway.transports.as2.answering import Answers
from gateway.transports.as2.door import As2Door, DoorLimits
from gateway.transports.as2.later import LaterLimits, LaterPost
from gateway.transports.as2.party import Party
from gateway.transports.as2.sender import Identity

PRODUCT = f"EDI gateway {__version__}"
CONNECTIONS_PER_ADDRESS = 100
"""Of those that have not sent their head yet, too: what one address can hold open."""


def key_store(settings: Settings, book: Book) -> KeyStore:
    """The keys of the home; the passphrase is looked up when it is needed."""
    secrets = Secrets(settings.places.home)
    return KeyStore(settings.places.home, lambda: secrets.get(book.company.key_passphrase))


def our_keys(settings: Settings, book: Book) -> Mapping[str, KeyPair]:
    """Every key of ours that channels use, by name; none is touched where no channel does. Raises
    ConfigurationError.
    """
    return load_all(key_store(settings, book), book.our_keys) if book.our_keys else {}


def identity(book: Book, channel: SecuredChannel, pairs: Mapping[str, KeyPair]) -> Identity:
    """Certificates and keys of one channel, each with its time."""
    keys = tuple(ours(one, pairs[one.name].certificate) for one in channel.keys)
    return Identity(theirs=book.their_certificates(channel), keys=keys, pairs=pairs)


class Identities:
    """Certificates and keys of every channel that has any, one object for all that use the channel."""

    def __init__(self, book: Book, pairs: Mapping[str, KeyPair]) -> None:
        self._known = _identities(book, pairs)

    def of(self, channel: str) -> Identity:
        """Those of one channel."""
        return self._known[channel]

    def renew(self, book: Book, pairs: Mapping[str, KeyPair]) -> Mapping[str, Identity]:
        """Take over what a book says of the channels that are known here. Returns those that changed, by channel."""
        changed = {}
        for name, new in _identities(book, pairs).items():
            mine = self._known.get(name)
            if mine is not None and (tuple(mine.theirs), tuple(mine.keys)) != (tuple(new.theirs), tuple(new.keys)):
                mine.become(new)
                changed[name] = mine
        return changed


def _identities(book: Book, pairs: Mapping[str, KeyPair]) -> dict[str, Identity]:
    return {
        name: identity(book, channel, pairs)
        for name, channel in book.channels.items()
        if isinstance(channel, SecuredChannel)
    }


def authority(book: Book, channel: As2Channel) -> str:
    """PEM that the partner's https has to lead to; "" for the system's."""
    file = channel.send.tls_authority if channel.send is not None else None
    return book.certificates[file].public_bytes(Encoding.PEM).decode("ascii") if file is not None else ""


def parties(book: Book, identities: Identities) -> Mapping[str, Party]:
    """Every AS2 channel by its id."""
    return {
        name: Party(
            channel=name,
            terms=channel,
            identity=identities.of(name),
            authority=authority(book, channel),
        )
        for name, channel in book.channels.items()
        if isinstance(channel, As2Channel)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class As2Limits:
    """What the door and the sending of receipts put up with."""

    door: DoorLimits | None = None
    later: LaterLimits | None = None
    listener: ListenerLimits | None = None


class As2Service:
    """The listener, the application behind it, and receipts that are sent later."""

    def __init__(
        self,
        known: Mapping[str, Party],
        *,
        doors: Doors,
        intake: MessageIntake,
        memory: Memory,
        limits: As2Limits | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        limits = limits or As2Limits()
        by_names = {(one.terms.their_id, one.terms.our_id): one for one in known.values()}
        self._later = LaterPost(
            StoreLaterAnswers(memory.means),
            party=known.get,
            blobs=memory.blobs,
            clock=clock,
            user_agent=PRODUCT,
            limits=limits.later,
        )
        self._door = As2Door(
            parties=lambda as2_from, as2_to: by_names.get((as2_from, as2_to)),
            intake=intake,
            blobs=memory.blobs,
            receipts=memory.carryings,
            book=StoreReceiptBook(memory.means),
            answers=Answers(product=PRODUCT, new_id=memory.new_id),
            clock=clock,
            limits=limits.door,
            wake=self._later.wake,
        )
        self._listener = Listener(
            self._door,
            host=doors.as2_host or doors.host,
            port=doors.as2_port,
            limits=limits.listener or ListenerLimits(connections_per_address=CONNECTIONS_PER_ADDRESS),
        )

    async def start(self) -> str:
        """Listen. Returns the URL without its path. Raises MachineError when the port is taken."""
        url = await self._listener.start()
        self._later.start()
        return url

    async def close(self) -> None:
        """Stop accepting, let what runs finish."""
        await self._later.close()
        await self._listener.close()
        self._door.close()
