"""The partner book: who may send what through which channel, under which agreement, and where it goes.

Made of the authored files as a whole, or not at all. Look-ups are plain dictionaries: one costs microseconds, and a
book never changes, so that any number of threads may ask it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from cryptography import x509

from gateway.flaws import Flaw, Place, did_you_mean
from gateway.partners import channel as channels
from gateway.partners import destination as destinations
from gateway.partners import notify_form as notifying
from gateway.partners.agreement import USAGES, Agreement, agreement_for
from gateway.partners.authored import Authored, Kind, read
from gateway.partners.certificates import Dated, theirs
from gateway.partners.channel import Channel
from gateway.partners.check import check
from gateway.partners.company import Company, Identity
from gateway.partners.form import InterchangeId
from gateway.partners.intake import Intake
from gateway.partners.known_mappings import KnownMapping, KnownMappings
from gateway.partners.outbound import OutboundAgreement, choose, outbound_for
from gateway.partners.problems import Problems
from gateway.partners.profile import Profile
from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader, Terms
from gateway.x12.overlay import PartnerGuide

NOTHING_AGREED = Terms(permitted=False)
"""For a set without agreement: AK502 1, whoever sent it. So what nobody may deliver is never acknowledged as good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The interchange is from `partner`, whose channel this is, and for us. `time_zone` is the partner's."""

    partner: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOurs:
    """From a partner, but for somebody else: refused with TA105 `note`, 007, 008 or 009."""

    partner: str
    time_zone: str
    note: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Nobody may be answered: the sender is unknown, or not one that this channel carries."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAgreement:
    """Nothing was agreed for this set; `reason` says what came nearest."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """There is no destination this may go to; `reason` is for the person who decides."""

    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a document goes: the id of a destination."""

    id: str


class Book:
    """All partner files of one revision, checked as a whole. Made by `load`.

    `doubts` are warnings: where mappings and partner guides do not go together for every document.
    """

    def __init__(self, authored: Authored, company: Company, revision: str, doubts: tuple[Flaw, ...] = ()) -> None:
        self.company = company
        self.doubts = doubts
        self.revision = revision
        self.partners: Mapping[str, Profile] = dict(sorted(authored.partners.items()))
        self.channels: Mapping[str, Channel] = dict(sorted(authored.channels.items()))
        self.destinations: Mapping[str, destinations.Destination] = dict(sorted(authored.destinations.items()))
        self.intakes: Mapping[str, Intake] = dict(sorted(authored.intakes.items()))
        self.notify: Mapping[str, notifying.Notify] = dict(sorted(authored.notify.items()))
        self.guides: Mapping[str, PartnerGuide] = dict(sorted(authored.in_force.items()))
        self.certificates: Mapping[str, x509.Certificate] = dict(sorted(authored.certificates.items()))
        self._documents = authored.documents
        self._senders = {own: name for name, profile in self.partners.items() for own in profile.isa}
        self._receivers = {own: name for name, one in company.identities.items() for own in one.isa}
        self._carried = {name: frozenset(channel.carries) for name, channel in self.channels.items()}
        self._agreements = _by_partner_and_set(authored, company)
        self._outbound = _outbound(authored, company)

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Every agreement about what partners send, once for each of our identities that it can be addressed to."""
        return tuple(agreement for found in self._agreements.values() for agreement in found)

    @property
    def outbounds(self) -> tuple[OutboundAgreement, ...]:
        """Every agreement about what we send, by partner and in the order written."""
        return tuple(self._outbound.values())

    def channel(self, channel: str) -> Channel | None:
        """A channel by its id."""
        return self.channels.get(channel)

    def pushes(self, channel: str) -> bool:
        """Whether we carry files out by a channel; otherwise partners fetch them."""
        known = self.channels.get(channel)
        return known is not None and known.pushes

    @property
    def our_keys(self) -> tuple[str, ...]:
        """The names of all keys of ours that channels use, in order."""
        secured = (one for one in self.channels.values() if isinstance(one, channels.SecuredChannel))
        found = {key.name for one in secured for key in one.keys}
        return tuple(sorted(found))

    def their_certificates(self, channel: channels.SecuredChannel) -> tuple[Dated, ...]:
        """The certificates of the partner at an AS2 or mail channel, each with its time."""
        return tuple(theirs(one, self.certificates[one.file]) for one in channel.certificates)

    def secrets(self) -> tuple[str, ...]:
        """Every secret reference of channels, intakes, destinations, webhooks and our keys, in order, each once."""
        found = [one for channel in self.channels.values() for one in channels.secrets_of(channel)]
        found += [known.api_key for known in self.intakes.values()]
        found += [known.api_key for known in self.company.operators.values()]
        found += [one for known in self.destinations.values() for one in destinations.secrets_of(known)]
        found += [one for known in self.notify.values() for one in notifying.secrets_of(known)]
        found += [self.company.key_passphrase] if self.our_keys else []
        return tuple(dict.fromkeys(found))

    # ------------------------------------------------------------------------------------------ who

    def partner_with(self, sender: tuple[str, str]) -> str | None:
        """The partner that has an ISA id (qualifier, id), whatever channel it uses."""
        return self._senders.get(InterchangeId(*sender))

    def identity_with(self, receiver: tuple[str, str]) -> str | None:
        """The identity of ours that has an ISA id; the last in the file where several share it."""
        return self._receivers.get(InterchangeId(*receiver))

    def partner_of(self, channel: str, sender: tuple[str, str]) -> str | Quarantine:
        """The partner with ISA05-06 `sender`, if the channel carries it: identity comes from the principal, and what
        the document claims has to agree with it.
        """
        shown = InterchangeId(*sender)
        carried = self._carried.get(channel)
        if carried is None:
            return Quarantine(f"there is no channel {channel} in the partner files any more")
        partner = self._senders.get(shown)
        if partner is None:
            return Quarantine(f"unknown sender {shown} on channel {channel}")
        if partner not in carried:
            return Quarantine(f"sender {shown} is {partner}, which channel {channel} does not carry")
        return partner

    def route(self, channel: str, header: InterchangeHeader) -> Route | Quarantine | NotOurs:
        """Who an interchange is from, and whether it is for us. Who it is from is asked first: a stranger gets no
        answer of any kind.
        """
        partner = self.partner_of(channel, (header.sender_qualifier, header.sender))
        if isinstance(partner, Quarantine):
            return partner
        time_zone = self.partners[partner].time_zone
        receiver = InterchangeId(header.receiver_qualifier, header.receiver)
        if receiver in self._receivers:
            return Route(partner=partner, time_zone=time_zone)
        note, reason = self._not_ours(receiver)
        return NotOurs(partner=partner, time_zone=time_zone, note=note, reason=reason)

    def _not_ours(self, receiver: InterchangeId) -> tuple[str, str]:
        """TA105 of what is wrong with a receiver: 007 the qualifier, 008 the id itself, 009 nobody here has it."""
        under = sorted(own.qualifier for own in self._receivers if own.id == receiver.id)
        if under:
            return "007", f"ISA07 {receiver.qualifier!r}: {receiver.id} is ours under qualifier {' or '.join(under)}"
        if not receiver.id.strip():
            return "008", "ISA08 is empty"
        return "009", f"ISA07-08 {receiver} is not an id of ours"

    # ------------------------------------------------------------------------------------------ what

    def agreement(
        self, channel: str, header: InterchangeHeader, group: GroupHeader, transaction: SetHeader
    ) -> Agreement | NoAgreement:
        """The agreement a set finds: of those whose usage is ISA15's the most specific, else of the others.

        The others matter: T under an agreement in production goes to its test destination, P under one in test is held.
        """
        route = self.route(channel, header)
        if not isinstance(route, Route):
            return NoAgreement(route.reason)
        fallback: Agreement | None = None
        usage = USAGES.get(header.usage)
        for agreement in self._agreements.get((route.partner, transaction.id), ()):
            if agreement.scope.misses(channel, header, group, transaction.id):
                continue
            if agreement.usage == usage:
                return self._over(channel, agreement)
            fallback = fallback or agreement
        if fallback is not None:
            return self._over(channel, fallback)
        return NoAgreement(self._nothing(route.partner, channel, header, group, transaction))

    def candidates(self, partner: str, set_id: str) -> tuple[Agreement, ...]:
        """Every agreement with a partner about a set, the most specific first."""
        return self._agreements.get((partner, set_id), ())

    def _over(self, channel: str, agreement: Agreement) -> Agreement:
        """Whatever arrives by a test channel is a test."""
        if self.channels[channel].environment == "test" and agreement.usage != "test":
            return replace(agreement, usage="test")
        return agreement

    def _nothing(
        self, partner: str, channel: str, header: InterchangeHeader, group: GroupHeader, transaction: SetHeader
    ) -> str:
        candidates = self.candidates(partner, transaction.id)
        if not candidates:
            about = sorted({set_id for known, set_id in self._agreements if known == partner})
            agreed = f"; there are some about {', '.join(about)}" if about else ""
            return f"no agreement with {partner} about {transaction.id[:20]!r}{agreed}"
        nearest = candidates[0]
        return f"{nearest.id} does not fit: {nearest.scope.misses(channel, header, group, transaction.id)}"

    def terms(self, channel: str) -> Callable[[InterchangeHeader, GroupHeader, SetHeader], Terms]:
        """What `gateway.x12.read.examine` asks for every set that comes by a channel."""

        def terms(header: InterchangeHeader, group: GroupHeader, transaction: SetHeader) -> Terms:
            found = self.agreement(channel, header, group, transaction)
            return NOTHING_AGREED if isinstance(found, NoAgreement) else found.terms

        return terms

    def outbound(
        self, partner: str, canonical: str, stage: str, *, set_id: str = "", agreement: str = ""
    ) -> OutboundAgreement | NoAgreement:
        """The agreement under which a document of ours goes to a partner.

        `canonical` is its type ("invoice.v1"), `stage` "production" or "test"; `set_id` and `agreement` ("invoices" or
        "acme/invoices") narrow it. Several that fit are none: the reason names them, so that the sender can choose.
        """
        if partner not in self.partners:
            return NoAgreement(f"there is no partner '{partner[:60]}'{did_you_mean(partner, self.partners)}")
        known = [one for one in self._outbound.values() if one.partner == partner]
        found = choose(known, partner, canonical, stage, set_id=set_id, name=agreement)
        return NoAgreement(found) if isinstance(found, str) else found

    def outbound_by_id(self, id: str) -> OutboundAgreement | None:
        """An agreement about what we send by its id, "acme/invoices"."""
        return self._outbound.get(id)

    # ------------------------------------------------------------------------------------------ where to

    def destination_for(self, agreement: Agreement, usage: str) -> Target | Hold:
        """Where a document under `agreement` goes when ISA15 is `usage`. Test data never reaches production."""
        stage = USAGES.get(usage)
        if stage == "production":
            if agreement.usage == "test":
                return Hold(f"ISA15 is P, {agreement.id} is in test: set its usage to production, then replay")
            return Target(agreement.destination)
        if stage == "test":
            if agreement.test_destination:
                return Target(agreement.test_destination)
            return Hold(f"ISA15 is T, {agreement.id} has no test_destination")
        return Hold(f"ISA15 {usage[:5]!r} is neither P nor T")

    def place(self, kind: Kind, name: str, *path: str | int) -> Place:
        """Where something is written, for people."""
        return self._documents[kind, name].key(path)

    def written(self, kind: Kind, name: str, *path: str | int) -> Place | None:
        """Where a key is written; None when it is not."""
        return self._documents[kind, name].keys.get(path)


def load(
    files: Mapping[str, str],
    *,
    mappings: Collection[str] | None = None,
    about: Callable[[str], KnownMapping | None] | None = None,
    doubts: bool = True,
) -> Book:
    """The book of these files, checked as a whole.

    Args:
        files: relative path with "/" -> text, as `gateway.store.authored.read_folder` returns them.
        mappings: the names of all mappings there are ("acme/850@1"); None: whether they exist is not asked.
        about: tells of a mapping by its name, None where it is not good; without it only names are held to each other.
        doubts: whether all warnings are looked for; mistakes always are.

    Raises PartnerFilesError, which lists every problem as `file:line:column: CODE: sentence`.
    """
    problems = Problems()
    authored = read(files, problems)
    check(authored, _known(mappings, about, doubts=doubts), problems)
    problems.raise_if_any()
    assert authored.company is not None  # noqa: S101 - a missing one is a problem
    return Book(authored, authored.company, _revision(files), problems.doubts)


def _known(
    mappings: Collection[str] | None, about: Callable[[str], KnownMapping | None] | None, *, doubts: bool
) -> KnownMappings | None:
    if mappings is None:
        return None
    return KnownMappings(mappings) if about is None else KnownMappings(mappings, about, doubts)


def _revision(files: Mapping[str, str]) -> str:
    """SHA-256 over paths and texts, each with its length in front, so that nothing can move from one to the other."""
    digest = hashlib.sha256()
    for path, text in sorted(files.items()):
        for part in (path.encode(), text.encode()):
            digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()


def _by_partner_and_set(authored: Authored, company: Company) -> dict[tuple[str, str], tuple[Agreement, ...]]:
    """Agreements by partner and set, the most specific first."""
    found: defaultdict[tuple[str, str], list[Agreement]] = defaultdict(list)
    for written in authored.agreements():
        for name in written.form.to or company.identities:
            identity = company.identities[name]
            shared = _is_shared(company, name, identity)
            guide = authored.in_force.get(written.form.guide or "")
            agreement = agreement_for(written, name, identity, shared=shared, guide=guide)
            if agreement is not None:
                found[written.partner, written.form.set].append(agreement)
    return {key: _most_specific_first(agreements) for key, agreements in found.items()}


def _outbound(authored: Authored, company: Company) -> dict[str, OutboundAgreement]:
    """Agreements about what we send by id."""
    found = (
        outbound_for(written, company.identities, authored.in_force.get(written.form.guide or ""))
        for written in authored.outbound()
    )
    return {agreement.id: agreement for agreement in found}


def _is_shared(company: Company, name: str, identity: Identity) -> bool:
    return any(set(identity.isa) & set(one.isa) for other, one in company.identities.items() if other != name)


def _most_specific_first(agreements: list[Agreement]) -> tuple[Agreement, ...]:
    """What lies within another lies within all that the other lies within: it has more scopes around it."""

    def around(agreement: Agreement) -> int:
        return sum(agreement.scope.within(other.scope) for other in agreements)

    return tuple(sorted(agreements, key=lambda agreement: (-around(agreement), agreement.id)))
