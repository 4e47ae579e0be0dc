"""What was agreed with a partner for one kind of document, made ready to be looked up for every set that arrives.

Which agreement a set finds is decided over (channel, ISA05-08, GS02, GS03, ST01, GS08, ISA15). An agreement that fits a
part of what another fits is the more specific of the two and wins; two that overlap otherwise tie, which is an error
when the files are loaded. So among those that fit one set there is always exactly one most specific.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from gateway.flaws import Place
from gateway.partners.agreement_form import AgreementForm
from gateway.partners.company import Identity
from gateway.partners.form import InterchangeId, Stage
from gateway.partners.profile import Profile
from gateway.x12.guide import nearest, release_of
from gateway.x12.interchange import GroupHeader, InterchangeHeader, Terms
from gateway.x12.overlay import PartnerGuide

USAGES: Final[Mapping[str, Stage]] = MappingProxyType({"P": "production", "T": "test"})
"""ISA15. I (information) is neither: no agreement covers it, and it is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which sets an agreement is about; an empty set restricts nothing. `versions` are beginnings of GS08; with
    `other_releases` any version whose release we have no guides for is inside too.
    """

    channels: frozenset[str]
    senders: frozenset[InterchangeId]
    receivers: frozenset[InterchangeId]
    gs_senders: frozenset[str]
    gs_receivers: frozenset[str]
    set_id: str
    versions: frozenset[str]
    other_releases: bool = False

    def misses(self, channel: str, header: InterchangeHeader, group: GroupHeader, set_id: str) -> str:
        """Why a set is outside, in words; "" when it is inside."""
        sender = InterchangeId(header.sender_qualifier, header.sender)
        receiver = InterchangeId(header.receiver_qualifier, header.receiver)
        if set_id != self.set_id:
            return f"it is about {self.set_id}"
        if not self.covers(group.version):
            return f"it is about version {_listed(self.versions)}, GS08 says {group.version[:20]!r}"
        if self.channels and channel not in self.channels:
            return f"it is about channel {_listed(self.channels)}"
        if sender not in self.senders:
            return f"it is about sender {_listed(self.senders)}"
        if receiver not in self.receivers:
            return f"it is about receiver {_listed(self.receivers)}"
        if self.gs_senders and group.sender not in self.gs_senders:
            return f"it is about GS02 {_listed(self.gs_senders)}, the group says {group.sender[:20]!r}"
        if self.gs_receivers and group.receiver not in self.gs_receivers:
            return f"it is about GS03 {_listed(self.gs_receivers)}, the group says {group.receiver[:20]!r}"
        return ""

    def covers(self, version: str) -> bool:
        """Whether a GS08 is one that it is about."""
        return version.startswith(tuple(self.versions)) or (self.other_releases and stands_in(version))

    def within(self, other: "Scope") -> bool:
        """Whether every set inside this scope is inside the other."""
        return (
            self.set_id == other.set_id
            and all(map(other.covers, self.versions))
            and (other.other_releases or not self.other_releases)
            and self.senders <= other.senders
            and self.receivers <= other.receivers
            and _part_of(self.channels, other.channels)
            and _part_of(self.gs_senders, other.gs_senders)
            and _part_of(self.gs_receivers, other.gs_receivers)
        )

    def overlaps(self, other: "Scope") -> bool:
        """Whether a set can be inside both."""
        return (
            self.set_id == other.set_id
            and (
                any(one.startswith(two) or two.startswith(one) for one in self.versions for two in other.versions)
                or any(map(self.covers, other.versions))
                or any(map(other.covers, self.versions))
                or (self.other_releases and other.other_releases)
            )
            and not self.senders.isdisjoint(other.senders)
            and not self.receivers.isdisjoint(other.receivers)
            and _meets(self.channels, other.channels)
            and _meets(self.gs_senders, other.gs_senders)
            and _meets(self.gs_receivers, other.gs_receivers)
        )


def stands_in(version: str) -> bool:
    """Whether a GS08 is of a release that we have no guides for, and another can stand in for."""
    return release_of(version) is None and nearest(version) is not None


def _part_of(one: frozenset[str], other: frozenset[str]) -> bool:
    return not other or (bool(one) and one <= other)


def _meets(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one or not other or not one.isdisjoint(other)


def _listed(values: frozenset[str] | frozenset[InterchangeId]) -> str:
    return " or ".join(sorted(map(str, values)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """What we answer: `functional` "997", "999" or "none"; `ta1` "requested", "always" or "never"."""

    functional: Literal["997", "999", "none"]
    ta1: Literal["requested", "always", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One agreement as one of our identities is addressed by it, with every default filled in.

    `id` is "<partner>/<name>", the same for all identities; `revision` is a SHA-256 over what it means, so that it
    changes when and only when something about it does. `guide` names the partner's guide, "" for the standard alone.
    `destination` and `test_destination` are ids, "" when there is none; `acknowledge_via` is a channel, "" for the one
    the file came in by. `waits_for_order`: a change of an order is not delivered before the order. `place` is where it
    is written.
    """

    id: str
    partner: str
    identity: str
    legal_entity: str
    owner: str
    scope: Scope
    usage: Stage
    mapping: str
    guide: str
    destination: str
    test_destination: str
    terms: Terms
    duplicate_window_days: int
    acknowledge: Acknowledge
    acknowledge_via: str
    waits_for_order: bool
    revision: str
    place: Place

    @property
    def set_id(self) -> str:
        """The transaction set it is about (ST01)."""
        return self.scope.set_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An agreement where it is written: in the profile of `partner`, under `name`."""

    partner: str
    name: str
    form: AgreementForm
    profile: Profile
    place: Place

    @property
    def id(self) -> str:
        """The agreement's id."""
        return f"{self.partner}/{self.name}"


def scope_of(written: Written, identities: Mapping[str, Identity]) -> Scope:
    """The scope as written, over all our identities that it names (all, when it names none)."""
    form, profile = written.form, written.profile
    named = [identities[name] for name in form.to or identities if name in identities]
    return Scope(
        channels=frozenset(form.channels),
        senders=frozenset(form.from_isa or profile.isa),
        receivers=frozenset(own for identity in named for own in identity.isa),
        gs_senders=frozenset(form.from_gs or profile.gs),
        gs_receivers=frozenset(form.to_gs),
        set_id=form.set,
        versions=frozenset(form.versions),
        other_releases=form.other_releases == "nearest",
    )


def agreement_for(
    written: Written, name: str, identity: Identity, *, shared: bool, guide: PartnerGuide | None = None
) -> Agreement | None:
    """The agreement as identity `name` of ours is addressed by it; None when it never can be.

    `shared`: another identity has one of its ISA ids, so that GS03 has to name this one. `guide` is the partner guide
    that it names.
    """
    form = written.form
    scope = scope_of(written, {name: identity})
    if shared:
        own = frozenset(identity.gs)
        scope = replace(scope, gs_receivers=scope.gs_receivers & own if scope.gs_receivers else own)
        if not scope.gs_receivers:
            return None
    agreement = Agreement(
        id=written.id,
        partner=written.partner,
        identity=name,
        legal_entity=identity.legal_entity,
        owner=form.owner or written.profile.owner,
        scope=scope,
        usage=form.usage,
        mapping=form.mapping,
        guide=form.guide or "",
        destination=form.destination or identity.destination or "",
        test_destination=form.test_destination or identity.test_destination or "",
        terms=_terms(form, guide),
        duplicate_window_days=form.duplicate_window_days,
        acknowledge=Acknowledge(functional=form.acknowledge.functional, ta1=form.acknowledge.ta1),
        acknowledge_via=form.acknowledge_via or written.profile.acknowledge_via or "",
        waits_for_order=form.before_order != "deliver",
        revision="",
        place=written.place,
    )
    return replace(agreement, revision=_revision(agreement))


def _terms(form: AgreementForm, guide: PartnerGuide | None) -> Terms:
    return Terms(
        charset="" if form.charset == "any" else form.charset,
        hash_totals=form.hash_totals,
        extra_codes={reference: frozenset(codes) for reference, codes in form.extra_codes.items()},
        effects=dict(form.effects),
        keep_truncated=form.truncated == "keep",
        nearest=form.other_releases == "nearest",
        guide=guide,
    )


def _revision(agreement: Agreement) -> str:
    """SHA-256 over everything that decides anything: where it is written and who keeps it do not."""
    guide = agreement.terms.guide
    plain = asdict(replace(agreement, terms=replace(agreement.terms, guide=None)))
    meaning = {name: value for name, value in plain.items() if name not in ("place", "owner", "revision")}
    meaning["terms"]["guide"] = guide.digest if guide is not None else ""
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, default=sorted).encode()).hexdigest()
