"""A running gateway: memory, rules, deliveries, engine and doors, started in the order in which they need each
other.
"""

import asyncio
import contextlib
import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from gateway import __version__
from gateway.api.app import ApiLimits, create_app
from gateway.api.listener import Listener
from gateway.app.accounts import api_accounts, operator_accounts, sftp_accounts, system_accounts
from gateway.app.as2 import As2Limits, As2Service, Identities, key_store, our_keys, parties
from gateway.app.day_ends import day_watch
from gateway.app.deadlines import deadline_watch
from gateway.app.destinations import deliveries
from gateway.app.exchanged import order_threads
from gateway.app.expiry import ExpiryWatch, watch
from gateway.app.following import following_watch, order_changes_watch
from gateway.app.home import alone_in, one_home
from gateway.app.hours import closed_for
from gateway.app.mail import MailService, MailServiceLimits, mail_parties, shown
from gateway.app.memory import compose_memory, require_current, utc_now
from gateway.app.notify import Notifier, notifier
from gateway.app.partner_servers import Pollers, partner_servers, pollers
from gateway.app.profiles import profile_on
from gateway.app.pushing import Surroundings, carriers, folders
from gateway.app.renewal import Renewal
from gateway.app.reports import reports
from gateway.app.road import StagesOfTheRoad
from gateway.app.secrets import Secrets
from gateway.as2.cms.identity import KeyPair
from gateway.backends.batch import Deliveries
from gateway.engine.pushing import Pushing
from gateway.engine.runtime import Engine, Tuning
from gateway.engine.workflows import Workflows
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.library import Library
from gateway.partners.authored import IN_FORCE
from gateway.partners.book import Book, load
from gateway.partners.problems import PartnerFilesError
from gateway.pipeline.outbound.collect import admit
from gateway.pipeline.rules import Rules
from gateway.rounds import Rounds
from gateway.settings import Places, Settings
from gateway.store.authored import read_folder
from gateway.store.contents import sweep_orphans
from gateway.store.writer import Writer
from gateway.transports.carriers import Carriers
from gateway.transports.folder import FolderWatcher
from gateway.transports.sftp import Limits, SftpServer, load_host_keys

log = structlog.get_logger("gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the doors were opened."""

    sftp_host: str
    sftp_port: int
    http_url: str
    as2_url: str = ""
    """"" where no channel has the AS2 door."""
    smtp_port: int = 0
    """0 where no channel has the mail door."""


def read_authored(settings: Settings) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The partner and mapping files as they stand on disk. Raises ConfigurationError."""
    places = settings.places
    return read_folder(places.partners_dir, IN_FORCE), read_folder(places.mappings_dir, (".yaml", ".lock"))


@functools.lru_cache(maxsize=2)
def _library(mappings: tuple[tuple[str, str], ...]) -> Library:
    """Mappings, checked and kept: `up` asks twice for the same, and so does every new certificate.

    What is released is not checked again. Raises MappingError.
    """
    library = Library(dict(mappings), released_are_good=True)
    library.compile_all()
    return library


def checked_rules(partners: Mapping[str, str], mappings: Mapping[str, str], places: Places | None = None) -> Rules:
    """Partner book and mappings, checked as a whole; not published yet, so without a revision.

    `places` says where the files were read, so that mistakes come with paths that can be opened.
    Raises ConfigurationError with every mistake of the mappings, or of the partner files when the mappings are good.
    """
    try:
        library = _library(tuple(sorted(mappings.items())))
        book = load(partners, mappings=library.names(), about=library.compile, doubts=False)
    except MappingError as wrong:
        raise wrong.below(places.mappings_dir) if places else wrong from None
    except PartnerFilesError as wrong:
        raise wrong.below(places.partners_dir, places.mappings_dir) if places else wrong from None
    return Rules(revision="", book=book, library=library)


class Gateway:
    """One process of the gateway. `start` once, `close` once; both on the loop that its doors and backends live on.

    When `ended` is set, close it: by whoever wants it to end, or by itself with `why_ended`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        sandbox_url: str = "",
        sftp_limits: Limits | None = None,
        as2_limits: As2Limits | None = None,
        mail_limits: MailServiceLimits | None = None,
    ) -> None:
        self._settings = settings
        self._mail_limits = mail_limits
        self._as2_limits = as2_limits
        self._sandbox_url = sandbox_url
        self._sftp_limits = sftp_limits or Limits()
        url = settings.places.url
        self._node = settings.work.node_name(url)
        self.memory = compose_memory(url, settings.places.home, self._node)
        self._writer = Writer(self.memory.means, backlog_limit=settings.work.backlog_limit)
        self._engine = Engine(
            url,
            self.memory.database.write,
            node=self._node,
            scheduler=self.memory.scheduler,
            journal=self.memory.journal,
            tuning=Tuning(poll_seconds=settings.work.poll_seconds),
        )
        self.ended = asyncio.Event()
        self.why_ended = ""
        self._held = contextlib.ExitStack()
        self._held.callback(self.memory.close)  # last: a home is left with a mark that the database names
        self._deliveries: Deliveries | None = None
        self._carriers: Carriers | None = None
        self._folders: FolderWatcher | None = None
        self._expiry: ExpiryWatch | None = None
        self._pollers: Pollers | None = None
        self._notifier: Notifier | None = None
        self._watches: tuple[Rounds, ...] = ()
        self._sftp: SftpServer | None = None
        self._http: Listener | None = None
        self._as2: As2Service | None = None
        self._mail: MailService | None = None
        self._renewal: Renewal | None = None
        self._read: Mapping[str, str] = {}  # the partner files as this process runs by them

    async def start(self) -> Addresses:
        """Open everything, doors last. Raises ConfigurationError or MachineError, and leaves nothing open then."""
        try:
            loop = asyncio.get_running_loop()
            rules = await asyncio.to_thread(self._prepare, functools.partial(self._lose_home, loop))
            secrets = Secrets(self._settings.places.home)
            self._deliveries = deliveries(rules.book.destinations, secrets, self._sandbox_url)
            pairs = await asyncio.to_thread(our_keys, self._settings, rules.book)
            identities = Identities(rules.book, pairs)
            partners = self._settings.places.partners_dir
            servers = await asyncio.to_thread(partner_servers, rules.book, secrets, partners=partners)
            around = Surroundings(
                book=rules.book,
                memory=self.memory,
                places=self._settings.places,
                identities=identities,
                servers=servers,
            )
            self._carriers = carriers(around)
            workflows = Workflows(
                self.memory.journal,
                StagesOfTheRoad(rules=rules, memory=self.memory),
                self._deliveries,
                loop,
                Pushing(self.memory.carryings, self._carriers, loop),
            )
            if self._settings.work.process:
                await asyncio.to_thread(self._engine.start, workflows)
            else:
                await asyncio.to_thread(self._engine.prepare)
            await asyncio.to_thread(self._writer.start)
            addresses = await self._open_doors(rules, secrets, identities)
            self._folders = folders(around, self._writer, self._node)
            self._folders.start()
            own = shown(self._settings.places.home)
            renewal = self._renewal = self._renewing(rules.book, pairs, identities)
            renewal.start()
            self._expiry = watch(lambda: (renewal.book, renewal.pairs), self.memory.means, shown=own)
            self._expiry.start()
            self._pollers = pollers(rules.book, around.servers, self.memory, self._writer)
            self._pollers.start()
            await self._start_notifier(rules.book, secrets)
            if self._settings.work.process:
                self._watches = self._watching(rules)
                for one in self._watches:
                    one.start()
            return addresses
        except BaseException:
            await self.close()
            raise

    def _watching(self, rules: Rules) -> tuple[Rounds, ...]:
        """What looks again and again at what is stored."""
        means = self.memory.means
        return (
            deadline_watch(rules, means),
            following_watch(rules, means),
            order_changes_watch(means),
            day_watch(rules, means),
        )

    async def _start_notifier(self, book: Book, secrets: Secrets) -> None:
        """Whoever is to be told is told from now on; a process that only receives leaves that to others."""
        if not self._settings.work.process:
            return
        one = notifier(book, secrets, self._settings.mail, self.memory, sandbox_url=self._sandbox_url)
        await asyncio.to_thread(one.stand_up)
        self._notifier = one
        one.start()

    def _lose_home(self, loop: asyncio.AbstractEventLoop, why: str) -> None:
        self.why_ended = why
        loop.call_soon_threadsafe(self.ended.set)

    def _prepare(self, lost: Callable[[str], None]) -> Rules:
        """Current tables, the right home, no orphans, and the authored files published: all nodes run one revision."""
        database = self.memory.database
        self.memory.blobs.prepare()
        if database.kind == "sqlite":
            self._held.enter_context(alone_in(self._settings.places.home))
            database.migrate()
        require_current(database)
        self._held.enter_context(one_home(self.memory, lost))
        sweep_orphans(database, self.memory.blobs)
        partners, mappings = read_authored(self._settings)
        rules = checked_rules(partners, mappings, self._settings.places)
        self._read = partners
        authored = self.memory.releases.publish(partners, mappings, now=utc_now())
        return dataclasses.replace(rules, revision=authored.revision)

    def _renewing(self, book: Book, pairs: Mapping[str, KeyPair], identities: Identities) -> Renewal:
        settings = self._settings

        def load(partners: Mapping[str, str]) -> tuple[Book, Mapping[str, KeyPair]]:
            new = checked_rules(partners, read_authored(settings)[1], settings.places).book
            return new, our_keys(settings, new)

        return Renewal(
            book,
            pairs,
            identities,
            partners=settings.places.partners_dir,
            read=self._read,
            load=load,
            key_names=key_store(settings, book).names,
        )

    async def _open_doors(self, rules: Rules, secrets: Secrets, identities: Identities) -> Addresses:
        doors, memory = self._settings.doors, self.memory
        sftp = sftp_accounts(rules.book.channels, secrets)
        mailbox = dataclasses.replace(memory.mailbox, shut=functools.partial(closed_for, rules.book))
        self._sftp = SftpServer(
            accounts=sftp.get,
            intake=self._writer,
            mailbox=mailbox,
            blobs=memory.blobs,
            host_keys=await asyncio.to_thread(load_host_keys, self._settings.places.home / "keys"),
            host=doors.host,
            port=doors.sftp_port,
            limits=self._sftp_limits,
            profile=functools.partial(profile_on, doors.sftp_algorithms, doors.legacy_until, utc_now),
            proxies=doors.believed_proxies,
            clock=utc_now,
        )
        application = create_app(
            intake=self._writer,
            accounts=api_accounts(rules.book.channels, secrets).get,
            systems=system_accounts(rules.book.intakes, secrets).get,
            operators=operator_accounts(rules.book.company.operators, secrets).get,
            operator=memory.operator,
            asked=reports(memory),
            orders=order_threads(memory),
            admit=lambda content, account: admit(content, rules.book, account.may_send),
            questions=memory.questions,
            mailbox=mailbox,
            blobs=memory.blobs,
            limits=ApiLimits(most_backlog=self._settings.work.backlog_limit),
            clock=utc_now,
            version=__version__,
        )
        self._http = Listener(application, host=doors.host, port=doors.http_port)
        return Addresses(
            sftp_host=doors.host,
            sftp_port=await self._sftp.start(),
            http_url=await self._http.start(),
            as2_url=await self._open_as2(rules.book, identities),
            smtp_port=await self._open_mail(rules.book, secrets, identities),
        )

    async def _open_as2(self, book: Book, identities: Identities) -> str:
        """The AS2 door, where a channel has it."""
        known = parties(book, identities)
        if not known:
            return ""
        self._as2 = As2Service(
            known, doors=self._settings.doors, intake=self._writer, memory=self.memory, limits=self._as2_limits
        )
        return await self._as2.start()

    async def _open_mail(self, book: Book, secrets: Secrets, identities: Identities) -> int:
        """The mail door, where a channel has it."""
        known = mail_parties(book, identities, secrets)
        if not known:
            return 0
        self._mail = MailService(
            known,
            doors=self._settings.doors,
            home=self._settings.places.home,
            intake=self._writer,
            memory=self.memory,
            limits=self._mail_limits,
        )
        return await self._mail.start()

    async def close(self) -> None:
        """Close the doors first, let work in hand finish, then everything behind it. Safe to call at any point."""
        for door in (
            *self._watches,
            self._renewal,
            self._expiry,
            self._pollers,
            self._folders,
            self._sftp,
            self._as2,
            self._mail,
            self._http,
        ):
            if door is not None:
                await door.close()
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._engine.stop)
        for way in (self._notifier, self._deliveries, self._carriers):
            if way is not None:
                await way.close()
        await asyncio.to_thread(self._held.close)
