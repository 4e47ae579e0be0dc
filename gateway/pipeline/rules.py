"""What decides: the partner book and the mappings of one revision, and what is pinned of them to each document."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway import __version__
from gateway.mapping.library import Library
from gateway.mapping.to_canonical import CompiledMapping
from gateway.partners.agreement import Agreement
from gateway.partners.book import Book
from gateway.partners.guides import pinned as pinned_guide
from gateway.partners.outbound import OutboundAgreement
from gateway.x12.overlay import PartnerGuide

MappingTexts = Callable[[str], str | None]
"""A released file's text (a mapping, a partner guide) by its SHA-256."""


def _pinned_guide(agreement: Agreement | OutboundAgreement) -> str:
    """The partner guide by name and hash, "" when the standard is all that was asked for."""
    guide = agreement.terms.guide
    return "" if guide is None else f"{guide.name}={guide.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One revision of the authored files, compiled on demand. Immutable: a new revision is a new value."""

    revision: str
    book: Book
    library: Library

    def pins(self, agreement: Agreement | OutboundAgreement, release: str) -> Mapping[str, str]:
        """What makes a replay exact: revision, agreement, hashes of mapping chain and partner guide, guide release."""
        chain = self.library.chain(agreement.mapping)
        return {
            "revision": self.revision,
            "agreement": agreement.revision,
            "mapping": agreement.mapping,
            "mapping_chain": " ".join(f"{pinned.name}={pinned.sha256}" for pinned in chain),
            "guide": release,
            "partner_guide": _pinned_guide(agreement),
            "gateway": __version__,
        }

    def guide(self, pins: Mapping[str, str], agreement: Agreement, texts: MappingTexts) -> PartnerGuide | None:
        """The partner guide exactly as pinned; None when there was none, or its file is no longer to be found."""
        name, _, digest = pins.get("partner_guide", "").partition("=")
        known = self.book.guides.get(name)
        if known is not None and known.digest == digest:
            return known
        text = texts(digest) if digest else None
        return None if text is None else pinned_guide(name, text, agreement.terms.extra_codes)

    def compiled(self, pins: Mapping[str, str], texts: MappingTexts) -> CompiledMapping | None:
        """The mapping exactly as pinned; None when one of its files is no longer to be found."""
        name = pins.get("mapping", "")
        wanted = dict(pair.rpartition("=")[::2] for pair in pins.get("mapping_chain", "").split())
        if name in self.library.names():
            chain: Sequence[tuple[str, str]] = [(pinned.name, pinned.sha256) for pinned in self.library.chain(name)]
            if dict(chain) == wanted:
                return self.library.compile(name)
        files: dict[str, str] = {}
        for pinned, sha256 in wanted.items():
            text = texts(sha256)
            if text is None:
                return None
            owner_and_set, _, version = pinned.partition("@")
            files[f"{owner_and_set}/v{version}.map.yaml"] = text
        return Library(files).compile(name) if name in wanted else None
