"""Which of the authored files are needed: those of the partners that play, and what we have of our own. A gateway reads
and checks all it is given when it starts; one that plays with two partners need not wait for the rest.
"""

from collections.abc import Collection, Mapping
from typing import Any

import yaml

from gateway.errors import ConfigurationError
from gateway.mapping.library import Library
from gateway.partners.agreement import Agreement
from gateway.partners.book import Book, load
from gateway.partners.document import parse
from gateway.partners.outbound import OutboundAgreement
from gateway.partners.problems import Problems


def only(players: Collection[str], partners: Mapping[str, str], book: Book) -> Mapping[str, str]:
    """The partner files without the other partners: their profiles, channels and guides are left out, and nobody
    carries or reaches them. Raises ConfigurationError when a player has no file.
    """
    missing = sorted(set(players) - book.partners.keys())
    if missing:
        raise ConfigurationError(f"this needs {', '.join(missing)} among the partner files")
    agreed: list[Agreement | OutboundAgreement] = [*book.agreements, *book.outbounds]
    needed = {one.guide for one in agreed if one.partner in players}
    kept: dict[str, str] = {}
    for name, text in partners.items():
        folder, _, stem = name.removesuffix(".yaml").rpartition("/")
        if folder in ("channels", "intake"):
            among = _among(name, text, "carries" if folder == "channels" else "may_send", players)
            kept |= {name: among} if among else {}
        elif folder.startswith("guides/"):
            guide = f"{folder.removeprefix('guides/')}@{stem.removesuffix('.guide').removeprefix('v')}"
            kept |= {name: text} if guide in needed else {}
        elif folder or stem == "company" or stem in players:
            kept[name] = text
    return kept


def _among(name: str, text: str, key: str, players: Collection[str]) -> str:
    """The file with only the players in a list of it; "" when none of them is."""
    document = parse(name, text, Problems())
    value: dict[str, Any] = dict(document.value) if document is not None else {}
    value[key] = [one for one in value.get(key, ()) if one in players]
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True) if value[key] else ""


def mappings_of(partners: Mapping[str, str], mappings: Mapping[str, str]) -> Mapping[str, str]:
    """The mapping files that the agreements in these partner files name, with all that they extend."""
    book, library = load(partners), Library(mappings)
    names = {one.mapping for one in book.agreements} | {one.mapping for one in book.outbounds}
    chain = {pinned.name for name in names for pinned in library.chain(name)}
    stems = {name.replace("@", "/v") for name in chain}
    return {path: text for path, text in mappings.items() if path.partition(".map.yaml")[0] in stems}
