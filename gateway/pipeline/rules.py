"""What decides: the partner book and the mappings of one revision, and what is pinned of them to each document."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway import __version__
from gateway.mapping.library import Library
from gateway.mapping.to_canonical import CompiledMapping
from gateway.partners.agreement import Agreement
from gateway.partners.book import Book

MappingTexts = Callable[[str], str | None]
"""A mapping file's text by its SHA-256, from what was released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One revision of the authored files, compiled on demand. Immutable: a new revision is a new value."""

    revision: str
    book: Book
    library: Library

    def pins(self, agreement: Agreement, release: str) -> Mapping[str, str]:
        """What makes a replay exact: revision, agreement, hashes of the mapping chain, guide release, versions."""
        chain = self.library.chain(agreement.mapping)
        return {
            "revision": self.revision,
            "agreement": agreement.revision,
            "mapping": agreement.mapping,
            "mapping_chain": " ".join(f"{pinned.name}={pinned.sha256}" for pinned in chain),
            "guide": release,
            "gateway": __version__,
        }

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
