"""A scenario on its stage: a gateway in a home of its own, our pretend ERP beside it, and the partners at its doors."""

import asyncio
import contextlib
import dataclasses
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import aiohttp

from gateway.app.as2 import key_store
from gateway.app.demo.adopt import with_sftp
from gateway.app.demo.cast import mappings_of, only
from gateway.app.demo.partner import PartnerClient
from gateway.app.demo.play import settle
from gateway.app.demo.trade.as2_systems import OUR_KEY, As2SystemDoor, As2Systems, as2_systems, over_as2
from gateway.app.demo.trade.counterpart import Counterpart
from gateway.app.demo.trade.doors import Door, HttpDoor, SftpDoor
from gateway.app.demo.trade.own_server import OwnServerDoor, OwnServers, over_own_servers, own_servers, secret_of
from gateway.app.demo.trade.scenario import Scenario, Step
from gateway.app.demo.trade.thread import Row, rows
from gateway.app.gateway import Addresses, Gateway, read_authored
from gateway.app.home import fill_secrets
from gateway.app.keys import fill_keys
from gateway.app.memory import Memory, utc_now
from gateway.app.run import started
from gateway.app.secrets import Secrets
from gateway.backends.pretend.intake import HandedIn, PretendBusiness
from gateway.backends.sandbox import SandboxErp
from gateway.errors import ConfigurationError
from gateway.mapping.library import Library
from gateway.partners.book import Book
from gateway.partners.book import load as load_book
from gateway.partners.channel import HttpChannel, SftpChannel, SftpClientChannel
from gateway.settings import Settings
from gateway.x12.guide import load
from gateway.x12.interchange import Terms
from gateway.x12.narrow import narrowed
from gateway.x12.overlay import PartnerGuide, Rule

PATIENCE_SECONDS: Final = 45.0
"""How long a scenario may take; ordinarily it is a few seconds."""

PAUSE_SECONDS: Final = 0.05
STUCK: Final = frozenset({"rejected", "held", "dead"})
INTAKE: Final = "erp"
"""Which of our systems hands documents in: partners/intake/erp.yaml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What passed. `faults` say what is missing or was not asked for; rows have their own. `why` is what the partner
    said of an invoice that it refused, line by line; `handed_in` is what our ERP posted.
    """

    thread: Sequence[Row]
    faults: Sequence[str]
    notes: Sequence[str]
    why: Sequence[str]
    partners: Sequence[Counterpart]
    seconds: float
    handed_in: Sequence[HandedIn] = ()

    @property
    def good(self) -> bool:
        """Whether all was as it should be."""
        return not self.faults and not any(row.fault for row in self.thread)


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything a scenario is played with."""

    scenario: Scenario
    memory: Memory
    business: PretendBusiness
    partners: Sequence[Counterpart]

    async def play(self) -> Outcome:
        """Open the scenario, and let partners and ERP act until all has passed, or nothing more can."""
        begun = time.monotonic()
        scenario, why = self.scenario, list[str]()
        if scenario.buys:
            self.business.run(self.business.desk.buy(*scenario.buys))
        for partner, set_id, document in scenario.opens:
            await next(one for one in self.partners if one.partner == partner).write(set_id, document)
        while True:
            moved = any([await one.look() for one in self.partners])
            thread = await asyncio.to_thread(rows, self.memory.questions)
            if scenario.corrects and not why:
                why = self._corrected(thread)
            judged, faults = judge(scenario, thread)
            over = not faults and not any(row.fault for row in judged)
            if over or self._stuck(judged) or time.monotonic() - begun > PATIENCE_SECONDS:
                break
            if not moved:
                await asyncio.sleep(PAUSE_SECONDS)
        return Outcome(
            thread=judged,
            faults=[*faults, *self._unsaid()],
            notes=scenario.notes,
            why=why,
            partners=self.partners,
            seconds=time.monotonic() - begun,
            handed_in=self.business.handed_in,
        )

    def _corrected(self, thread: Sequence[Row]) -> list[str]:
        """When our invoice was refused: have the ERP correct it. Returns what the partner said of it."""
        refused = next((row for row in thread if row.way == "out" and row.acknowledgement == "rejected"), None)
        if refused is None:
            return []
        self.business.run(self.business.desk.corrected(refused.number))
        return list(refused.said) or ["the partner gave no reason"]

    def _stuck(self, thread: Sequence[Row]) -> bool:
        """Nothing more will come of it: a person would have to look."""
        refused = not all(one.good for one in self.business.handed_in)
        return refused or bool(self._odd()) or any(row.fault and row.state in STUCK for row in thread)

    def _odd(self) -> list[str]:
        """What our ERP left to a person. Where we buy, its notes are the story itself."""
        noted = self.business.desk.notes
        return [] if noted is self.scenario.notes else [f"our ERP: {note}" for note in noted]

    def _unsaid(self) -> list[str]:
        """What our ERP, a buyer or a partner who reads our receipts is not content with."""
        refused = [one for one in self.business.handed_in if not one.good]
        found = [f"the gateway did not take {one.errand.key}: {one.problem} ({one.status})" for one in refused]
        unpaid = [number for number, good in self.scenario.paid.items() if not good]
        found += self._odd()
        found += [f"invoice {number} does not agree with what was ordered and shipped" for number in unpaid]
        told = [(one.partner, answer) for one in self.partners for answer in one.answers if answer.status != "A"]
        found += [
            f"our receipt says {answer.status} to {partner}'s group {answer.control_number}" for partner, answer in told
        ]
        return found if self.scenario.paid else [*found, "no invoice was looked at"]


def judge(scenario: Scenario, thread: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Each row with what is wrong with it, and what is missing. Rows take the steps that they fit, best first."""
    left = list(scenario.steps)
    judged: list[Row] = []
    exact = {id(row) for row in thread if _take(left, row, exactly=True)}
    # What became ready in one moment may have gone in one interchange: then one receipt of the partner's is for all.
    for row in thread:
        for _ in range(row.together - 1):
            _take(left, row, exactly=False)
    for row in thread:
        if id(row) in exact:
            judged.append(row)
            continue
        step = _take(left, row, exactly=False)
        judged.append(dataclasses.replace(row, fault=step.fault(row) if step else "nobody expected this"))
    missing = Counter((step.way, step.partner, step.set_id) for step in left)
    return judged, [f"missing: {set_id} {way}, {partner}, {n} of them" for (way, partner, set_id), n in missing.items()]


def _take(steps: list[Step], row: Row, *, exactly: bool) -> Step | None:
    """Take the first step that the row fits off the list."""
    for step in steps:
        if step.fits(row) and not (exactly and step.fault(row)):
            steps.remove(step)
            return step
    return None


# ---------------------------------------------------------------------------------------------- setting it up


Over = Literal["sftp", "sftp-pull", "as2"]
"""How partners with an SFTP channel exchange files: at our mailbox, at servers of theirs that we go to, or by AS2."""

Theirs = OwnServers | As2Systems


async def perform(scenario: Scenario, settings: Settings, home: Path, over: Over = "sftp") -> Outcome:
    """Play a scenario against a gateway that lives in `home` for as long as it takes.

    Raises ConfigurationError when the partner files have not what it needs.
    """
    authored, texts = read_authored(settings)
    book = load_book(authored)
    if INTAKE not in book.intakes:
        raise ConfigurationError(f"scenarios need intake/{INTAKE}.yaml among the partner files")
    players = only(scenario.roles, authored, book)
    mappings = mappings_of(players, texts)
    players = with_sftp(players, load_book(players))
    async with _servers(over) as servers:
        if isinstance(servers, OwnServers):
            players = over_own_servers(players, load_book(players), servers)
        elif servers is not None:
            players = over_as2(players, load_book(players), servers)
        place, book = settle(settings, home, players, mappings)
        if isinstance(servers, As2Systems):
            await asyncio.to_thread(_with_keys, servers, place, book)
        return await _performed(scenario, place, book, Library(mappings), servers)


@contextlib.asynccontextmanager
async def _servers(over: Over) -> AsyncIterator[Theirs | None]:
    """Servers of the partners' own, when it is played over those."""
    if over == "sftp-pull":
        async with own_servers() as servers:
            yield servers
    elif over == "as2":
        async with as2_systems() as systems:
            yield systems
    else:
        yield None


def _with_keys(systems: As2Systems, place: Settings, book: Book) -> None:
    """The gateway's key, of which partners are given the certificate."""
    store = key_store(place, book)
    fill_keys(store, book.our_keys, owner=book.company.name, now=utc_now())
    systems.ours = store.certificate(OUR_KEY)


def _signed_in(servers: OwnServers, book: Book, secrets: Secrets) -> None:
    """What the gateway signs in with, which no start invents: partners give it."""
    fill_secrets([secret_of(name) for name in _own(book)], secrets)
    servers.password_of = lambda user: secrets.get(secret_of(user)) if user in book.channels else ""


def _own(book: Book) -> list[str]:
    return [name for name, one in book.channels.items() if isinstance(one, SftpClientChannel)]


async def _performed(
    scenario: Scenario, place: Settings, book: Book, library: Library, servers: Theirs | None
) -> Outcome:
    secrets = Secrets(place.places.home)
    if isinstance(servers, OwnServers):
        _signed_in(servers, book, secrets)
    sandbox = SandboxErp()
    erp = await sandbox.start()
    try:
        gateway = Gateway(place, sandbox_url=erp)
        async with started(gateway) as addresses, _business(scenario, book, addresses, secrets) as business:
            sandbox.tell(business.kept)
            async with _partners(scenario, book, library, addresses, secrets, servers) as played:
                stage = Stage(scenario=scenario, memory=gateway.memory, business=business, partners=played)
                return await stage.play()
    finally:
        await sandbox.close()


@contextlib.asynccontextmanager
async def _business(
    scenario: Scenario, book: Book, addresses: Addresses, secrets: Secrets
) -> AsyncIterator[PretendBusiness]:
    key = secrets.get(book.intakes[INTAKE].api_key)
    business = PretendBusiness(scenario.desk, url=addresses.http_url, key=key)
    await business.start()
    try:
        yield business
    finally:
        await business.close()


@contextlib.asynccontextmanager
async def _partners(
    scenario: Scenario,
    book: Book,
    library: Library,
    addresses: Addresses,
    secrets: Secrets,
    servers: Theirs | None,
) -> AsyncIterator[Sequence[Counterpart]]:
    sftp = {name: one for name, one in book.channels.items() if isinstance(one, SftpChannel)}
    async with PartnerClient(addresses.sftp_port, sftp, secrets) as client, aiohttp.ClientSession() as session:

        def door(name: str) -> Door:
            channel = book.channels[name]
            if isinstance(channel, HttpChannel):
                return HttpDoor(session, addresses.http_url, secrets.get(channel.api_key))
            if isinstance(servers, OwnServers):
                return OwnServerDoor(servers.drive(name))
            if servers is not None and servers.ours is not None:
                return As2SystemDoor(session, addresses.as2_url, servers.system(name), servers.ours)
            return SftpDoor(client, name)

        def doors(partner: str) -> list[Door]:
            names = dict.fromkeys(one.channel for one in book.outbounds if one.partner == partner)
            if partner in scenario.by_http:
                names = {**_http_of(partner, book), **names}
            return [door(name) for name in names]

        yield [_counterpart(name, scenario, book, library, doors(name)) for name in scenario.roles]


def _http_of(partner: str, book: Book) -> dict[str, None]:
    """Channels by which the partner may post."""
    carried = (name for name, one in book.channels.items() if isinstance(one, HttpChannel) and partner in one.carries)
    return dict.fromkeys(carried)


def _counterpart(partner: str, scenario: Scenario, book: Book, library: Library, doors: Sequence[Door]) -> Counterpart:
    outbound = {one.set_id: one for one in book.outbounds if one.partner == partner}
    rules = scenario.stricter.get(partner, {})
    return Counterpart(
        partner=partner,
        profile=book.partners[partner],
        us=next(iter(book.company.identities.values())),
        inbound={one.set_id: one for one in book.agreements if one.partner == partner},
        outbound=outbound,
        library=library,
        doors=doors,
        clock=utc_now,
        roles=scenario.roles[partner],
        stricter={set_id: _with_rule(outbound[set_id].terms, set_id, rule) for set_id, rule in rules.items()},
    )


def _with_rule(terms: Terms, set_id: str, rule: Rule) -> Terms:
    """What the partner holds ours to: all that we know of, and a rule more."""
    guide = load(set_id, "004010") if terms.guide is None else terms.guide.guide
    assert guide is not None  # noqa: S101 - we write the set
    sound, refused = narrowed(guide, [rule])
    assert not refused  # noqa: S101 - a scenario's rule leads somewhere
    known = terms.guide or PartnerGuide(name="", partner="", guide=guide, rules=())
    return dataclasses.replace(terms, guide=dataclasses.replace(known, rules=(*known.rules, *sound)))
