"""The folder of partner files as typed forms: which file is what, read and filled in one pass.

company.yaml              who we are
<partner>.yaml            one trading partner with its agreements
channels/<id>.yaml        one principal at one door
destinations/<id>.yaml    one of our own systems, as documents go to it
intake/<id>.yaml          one of our own systems, as documents come from it
notify/<id>.yaml          a role or system that is told what happens
guides/<owner>/<set>-<release>/v<N>.guide.yaml    what a partner asks for beyond the standard
certificates/<partner>/<name>.pem                 a certificate of a partner, pinned
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cryptography import x509

from gateway.flaws import Place, did_you_mean
from gateway.partners import certificates as partner_certificates
from gateway.partners import guides as partner_guides
from gateway.partners.agreement import Written
from gateway.partners.agreement_form import AgreementForm, OutboundForm
from gateway.partners.channel import CHANNEL, Channel
from gateway.partners.company import COMPANY, Company
from gateway.partners.destination import DESTINATION, Destination
from gateway.partners.document import Document, parse
from gateway.partners.form import ID_PATTERN, fill
from gateway.partners.intake import INTAKE, Intake
from gateway.partners.notify_form import NOTIFY, Notify
from gateway.partners.outbound import WrittenOutbound
from gateway.partners.problems import Problems
from gateway.partners.profile import PROFILE, Profile
from gateway.x12.overlay import PartnerGuide

SUFFIXES = (".yaml", ".yml", ".pem")
"""File names to read from the folder; `.yml` only to say that it is not used."""

IN_FORCE = (".yaml", ".pem")
"""Those of the files that a gateway runs by."""

COMPANY_FILE = "company.yaml"
Kind = Literal["company", "partner", "channel", "destination", "intake", "notify", "guide"]
_FOLDERS: Mapping[str, Kind] = {
    "channels": "channel",
    "destinations": "destination",
    "intake": "intake",
    "notify": "notify",
}


@dataclass(slots=True)
class Authored:
    """Everything that could be read, by id. `named` has every file that is there, also those that could not be read:
    what names one of those is not to blame. `in_force` are the guides that only narrow the standard, `certificates`
    those of partners by their paths below `certificates/`, `unreadable` the paths of those that cannot be read.
    """

    company: Company | None = None
    partners: dict[str, Profile] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    destinations: dict[str, Destination] = field(default_factory=dict)
    intakes: dict[str, Intake] = field(default_factory=dict)
    notify: dict[str, Notify] = field(default_factory=dict)
    guides: dict[str, partner_guides.Authored] = field(default_factory=dict)
    in_force: dict[str, PartnerGuide] = field(default_factory=dict)
    certificates: dict[str, x509.Certificate] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    named: set[tuple[Kind, str]] = field(default_factory=set)
    documents: dict[tuple[Kind, str], Document] = field(default_factory=dict)

    def place(self, kind: Kind, name: str, *path: str | int) -> Place:
        """Where the value at `path` of one file stands."""
        return self.documents[kind, name].place(path)

    def key(self, kind: Kind, name: str, *path: str | int) -> Place:
        """Where the key at `path` of one file stands."""
        return self.documents[kind, name].key(path)

    def ids(self, kind: Kind) -> tuple[str, ...]:
        """The ids of all files of a kind, in order."""
        return tuple(sorted(name for known, name in self.named if known == kind))

    def agreements(self) -> Iterator[Written]:
        """Every agreement about what partners send, by partner and in the order written."""
        for partner, profile, name, form in self._all():
            if isinstance(form, AgreementForm):
                place = self.key("partner", partner, "agreements", name)
                yield Written(partner=partner, name=name, form=form, profile=profile, place=place)

    def outbound(self) -> Iterator[WrittenOutbound]:
        """Every agreement about what we send, by partner and in the order written."""
        for partner, profile, name, form in self._all():
            if isinstance(form, OutboundForm):
                place = self.key("partner", partner, "agreements", name)
                yield WrittenOutbound(partner=partner, name=name, form=form, profile=profile, place=place)

    def _all(self) -> Iterator[tuple[str, Profile, str, AgreementForm | OutboundForm]]:
        for partner, profile in sorted(self.partners.items()):
            for name, form in profile.agreements.items():
                yield partner, profile, name, form


def read(files: Mapping[str, str], problems: Problems) -> Authored:
    """Relative path -> text to forms; what does not fit is left out and told."""
    authored = Authored()
    for file in sorted(files):
        if file.startswith(f"{partner_guides.FOLDER}/"):
            _read_guide(authored, file, files[file], problems)
            continue
        if file.startswith(f"{partner_certificates.FOLDER}/") or file.endswith(".pem"):
            _read_certificate(authored, file, files[file], problems)
            continue
        kind, name = _what(file, problems)
        if kind is None:
            continue
        authored.named.add((kind, name))
        document = parse(file, files[file], problems)
        if document is not None:
            authored.documents[kind, name] = document
            _enter(authored, kind, name, document, problems)
    if COMPANY_FILE not in files:
        problems.add(Place(COMPANY_FILE), "P005", "there is no company.yaml: it says who we are")
    for name, guide in authored.guides.items():
        authored.in_force[name] = partner_guides.compiled(guide, _extra_codes(authored, name), problems)
    return authored


def _read_guide(authored: Authored, file: str, text: str, problems: Problems) -> None:
    authored.named.add(("guide", partner_guides.name_of(file)))
    guide = partner_guides.read(file, text, problems)
    if guide is not None:
        authored.guides[guide.name] = guide


def _read_certificate(authored: Authored, file: str, text: str, problems: Problems) -> None:
    name = file.removeprefix(f"{partner_certificates.FOLDER}/")
    authored.unreadable.add(name)
    if name == file or name.count("/") != 1 or not name.endswith(".pem"):
        problems.add(Place(file), "P004", "certificates stand in certificates/<partner>/, their names end with .pem")
    elif "PRIVATE KEY" in text:
        problems.add(Place(file), "P013", "a private key stands here, where only certificates may: take it away")
    else:
        try:
            authored.certificates[name] = partner_certificates.read_certificate(text)
            authored.unreadable.discard(name)
        except ValueError as wrong:
            problems.add(Place(file), "P035", str(wrong))


def _extra_codes(authored: Authored, name: str) -> dict[str, frozenset[str]]:
    """What every agreement under a guide adds to code lists: the guide may name these codes too."""
    profiles = authored.partners.values()
    added = [form.extra_codes for one in profiles for form in one.agreements.values() if form.guide == name]
    shared = set(added[0]).intersection(*added[1:]) if added else set()
    return {reference: frozenset.intersection(*(frozenset(one[reference]) for one in added)) for reference in shared}


def _enter(authored: Authored, kind: Kind, name: str, document: Document, problems: Problems) -> None:
    if kind == "company":
        authored.company = fill(COMPANY, document, problems)
    elif kind == "partner" and (profile := fill(PROFILE, document, problems)):
        authored.partners[name] = profile
    elif kind == "channel" and (channel := fill(CHANNEL, document, problems)):
        authored.channels[name] = channel
    elif kind == "destination" and (destination := fill(DESTINATION, document, problems)):
        authored.destinations[name] = destination
    elif kind == "intake" and (intake := fill(INTAKE, document, problems)):
        authored.intakes[name] = intake
    elif kind == "notify" and (notify := fill(NOTIFY, document, problems)):
        authored.notify[name] = notify


def _what(file: str, problems: Problems) -> tuple[Kind | None, str]:
    """What a file is by where it stands, and its id."""
    *folders, name = file.split("/")
    stem, _, suffix = name.rpartition(".")
    kind: Kind | None = "partner"
    if file == COMPANY_FILE:
        kind = "company"
    elif folders:
        kind = _FOLDERS.get("/".join(folders))
    if kind is None:
        hint = did_you_mean(folders[0], [*_FOLDERS, partner_guides.FOLDER])
        problems.add(
            Place(file),
            "P004",
            f"partner files stand at the top, in channels/, destinations/, intake/, notify/ or guides/{hint}",
        )
    elif suffix != "yaml":
        problems.add(Place(file), "P004", f"a partner file's name ends with .yaml: {stem}.yaml")
        kind = None
    elif not ID_PATTERN.fullmatch(stem):
        sentence = f"'{stem[:60]}' is not an id: lower-case letters, digits and hyphens, at most 40"
        problems.add(Place(file), "P004", sentence)
        kind = None
    return kind, stem
