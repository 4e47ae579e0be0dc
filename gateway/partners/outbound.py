"""What was agreed with a partner for one kind of document that we send, with every default filled in.

A document of ours names the partner, what it is and its stage; the agreement says how it is written, numbered and
addressed, where it goes and what answer is expected.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

from gateway.canonical.sets import CANONICAL_TYPES
from gateway.flaws import Place, did_you_mean
from gateway.partners.agreement import USAGES
from gateway.partners.agreement_form import DelimitersForm, Lane, OutboundForm
from gateway.partners.company import Identity
from gateway.partners.form import InterchangeId, Stage
from gateway.partners.profile import Profile
from gateway.x12.guide import load as guide_for
from gateway.x12.interchange import Delimiters, Terms
from gateway.x12.overlay import PartnerGuide
from gateway.x12.write import REPETITION_SINCE

RELEASE_LENGTH: Final = 6
"""GS08 begins with the release; what follows is the industry's."""

INTERCHANGE_VERSION_LENGTH: Final = 5
"""ISA12 is the release without its last digit: 00401 for 004010."""

REPETITION: Final = "^"
"""The repetition separator where nothing else was agreed: outside the extended character set, so never in data."""

LANES: Final[Mapping[str, Lane]] = MappingProxyType(
    {**dict.fromkeys(("850", "856", "860", "940", "945"), "urgent"), **dict.fromkeys(("832", "846"), "bulk")}
)
"""Where an agreement says nothing: what a truck waits for goes first, what is only informed of goes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundAgreement:
    """One agreement about documents that we send, with every default filled in.

    `id` is "<partner>/<name>"; `revision` is a SHA-256 over what it means. `version` is GS08, `release` its first six
    characters, `interchange_version` ISA12, `functional_id` GS01. `terms` are what our own output is held to. `guide`
    names the partner's guide, "" for the standard alone. `characters` may stand in data, without the delimiters.
    `batch_sets` is the most sets of one interchange, `batch_wait_minutes` how long the first waits for more.
    `file_name` is a pattern: see `named`. `time_zone` is the partner's; `place` is where it is written.
    """

    id: str
    partner: str
    identity: str
    legal_entity: str
    owner: str
    set_id: str
    version: str
    release: str
    usage: Stage
    mapping: str
    guide: str
    terms: Terms
    channel: str
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    gs_sender: str
    gs_receiver: str
    interchange_version: str
    functional_id: str
    delimiters: Delimiters
    characters: Literal["basic", "extended"]
    line_ends: bool
    batch_sets: int
    batch_wait_minutes: int
    lane: Lane
    file_name: str
    expects: Literal["997", "999", "none"]
    ta1_requested: bool
    rounding: Literal["line", "total"]
    combine: bool
    time_zone: str
    revision: str
    place: Place

    @property
    def canonical(self) -> str:
        """The canonical type of its set, "" for a set that is none."""
        return CANONICAL_TYPES.get(self.set_id, "")


def file_name(
    pattern: str,
    *,
    partner: str,
    set_id: str,
    agreement: str,
    usage: str,
    control_number: int,
    at: datetime,
    time_zone: str,
) -> str:
    """The name of the file with ISA13 `control_number` that is sealed at the aware time `at`, on the partner's clock.

    `usage` is ISA15. Numbers are counted per pair and usage: where a channel carries several, the caller makes names
    unique.
    """
    local = at.astimezone(ZoneInfo(time_zone))
    return pattern.format_map(
        {
            "partner": partner,
            "set": set_id,
            "agreement": agreement.partition("/")[2],
            "usage": usage,
            "control_number": f"{control_number:09}",
            "date": f"{local:%Y%m%d}",
            "time": f"{local:%H%M%S}",
        }
    )


def usage_of(form: OutboundForm) -> str:
    """ISA15 of what is sent under an agreement: P or T."""
    return next(letter for letter, stage in USAGES.items() if stage == form.usage)


def file_name_of(form: OutboundForm) -> str:
    """The pattern of its files: as agreed, else one by which tests are told from production, counted apart as they
    are.
    """
    test = "-test" if form.usage == "test" else ""
    return form.file_name or f"{{partner}}-{{set}}{test}-{{control_number}}.x12"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOutbound:
    """An outbound agreement where it is written: in the profile of `partner`, under `name`."""

    partner: str
    name: str
    form: OutboundForm
    profile: Profile
    place: Place

    @property
    def id(self) -> str:
        """The agreement's id."""
        return f"{self.partner}/{self.name}"

    def identity(self, identities: Mapping[str, Identity]) -> str:
        """The identity of ours that sends; "" when none is named and there are several."""
        return self.form.from_ or (next(iter(identities)) if len(identities) == 1 else "")


def delimiters_of(form: DelimitersForm, version: str) -> Delimiters:
    """The four delimiters under a GS08; the repetition separator exists from ISA12 00402 on."""
    repetition = form.repetition or (REPETITION if version >= REPETITION_SINCE else "")
    return Delimiters(element=form.element, component=form.component, segment=form.segment, repetition=repetition)


def outbound_for(
    written: WrittenOutbound, identities: Mapping[str, Identity], guide: PartnerGuide | None = None
) -> OutboundAgreement:
    """The agreement in force; `guide` is the partner guide that it names. Files were checked before."""
    form, profile = written.form, written.profile
    name = written.identity(identities)
    standard = guide_for(form.set, form.version)
    assert standard is not None  # noqa: S101 - `check` refuses a set without a guide
    ends = Ends.of(written, identities[name])
    agreement = OutboundAgreement(
        id=written.id,
        partner=written.partner,
        identity=name,
        legal_entity=identities[name].legal_entity,
        owner=form.owner or profile.owner,
        set_id=form.set,
        version=form.version,
        release=form.version[:RELEASE_LENGTH],
        usage=form.usage,
        mapping=form.mapping,
        guide=form.guide or "",
        terms=_terms(form, guide),
        channel=form.channel,
        sender_qualifier=ends.sender.qualifier,
        sender=ends.sender.id,
        receiver_qualifier=ends.receiver.qualifier,
        receiver=ends.receiver.id,
        gs_sender=ends.gs_sender,
        gs_receiver=ends.gs_receiver,
        interchange_version=form.version[:INTERCHANGE_VERSION_LENGTH],
        functional_id=standard.functional_id,
        delimiters=delimiters_of(form.delimiters, form.version),
        characters=form.charset,
        line_ends=form.line_ends,
        batch_sets=form.batch.sets,
        batch_wait_minutes=form.batch.wait_minutes,
        lane=form.lane or LANES.get(form.set, "normal"),
        file_name=file_name_of(form),
        expects=form.acknowledgement.expects,
        ta1_requested=form.acknowledgement.ta1 == "requested",
        rounding=form.rounding,
        combine=form.combine,
        time_zone=profile.time_zone,
        revision="",
        place=written.place,
    )
    return replace(agreement, revision=_revision(agreement))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Between whom: ISA05-08, GS02 and GS03."""

    sender: InterchangeId
    receiver: InterchangeId
    gs_sender: str
    gs_receiver: str

    @classmethod
    def of(cls, written: WrittenOutbound, identity: Identity) -> "Ends":
        """The ids as agreed; where nothing is said the first of each side's, and for GS without any the ISA id."""
        form, profile = written.form, written.profile
        sender, receiver = form.from_isa or identity.isa[0], form.to_isa or profile.isa[0]
        return cls(
            sender=sender,
            receiver=receiver,
            gs_sender=form.from_gs or next(iter(identity.gs), sender.id),
            gs_receiver=form.to_gs or next(iter(profile.gs), receiver.id),
        )


def _terms(form: OutboundForm, guide: PartnerGuide | None) -> Terms:
    extra = {reference: frozenset(codes) for reference, codes in form.extra_codes.items()}
    return Terms(charset=form.charset, extra_codes=extra, guide=guide)


def _revision(agreement: OutboundAgreement) -> str:
    """SHA-256 over everything that decides anything: where it is written and who keeps it do not."""
    guide = agreement.terms.guide
    plain = asdict(replace(agreement, terms=replace(agreement.terms, guide=None)))
    meaning = {name: value for name, value in plain.items() if name not in ("place", "owner", "revision")}
    meaning["terms"]["guide"] = guide.digest if guide is not None else ""
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, default=sorted).encode()).hexdigest()


# ---------------------------------------------------------------------------------------------- which one


def choose(
    known: Sequence[OutboundAgreement], partner: str, canonical: str, stage: str, *, set_id: str = "", name: str = ""
) -> OutboundAgreement | str:
    """The one agreement that fits a document of ours, or why there is none, in words that name those there are.

    Args:
        known: every agreement with the partner.
        partner: its id.
        canonical: what the document is, "invoice.v1".
        stage: "production" or "test"; an agreement in the other stage never fits.
        set_id: the transaction set wanted, "" for whichever was agreed.
        name: the agreement wanted, "invoices" or "acme/invoices"; "" for the only one.
    """
    wanted = name.removeprefix(f"{partner}/")
    named = [one for one in known if not wanted or one.id == f"{partner}/{wanted}"]
    if not named:
        return _none(known, partner, wanted)
    about = [one for one in named if one.canonical == canonical and set_id in ("", one.set_id)]
    fitting = [one for one in about if one.usage == stage]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        return f"{_listed(fitting)} all fit {canonical} for {stage}: name one as agreement"
    what = f"{canonical} as {set_id}" if set_id else canonical
    if about:
        return f"nothing is agreed with {partner} about {what} for {stage}: {_listed(about)}"
    return f"nothing is agreed with {partner} about {what}; there is {_listed(named)}"


def _none(known: Sequence[OutboundAgreement], partner: str, wanted: str) -> str:
    if not known:
        return f"nothing is agreed with {partner} about what we send"
    ids = [one.id.partition("/")[2] for one in known]
    hint = did_you_mean(wanted, ids)
    return f"there is no outbound agreement '{wanted[:60]}' with {partner}{hint}; there is {_listed(known)}"


def _listed(agreements: Sequence[OutboundAgreement]) -> str:
    return " and ".join(f"{one.id} ({one.set_id}, {one.canonical}, {one.usage})" for one in agreements)
