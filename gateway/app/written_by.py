"""Which line of a mapping wrote what a partner finds fault with, by the mapping that was pinned to the document."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.app.memory import Memory
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.explain import Explained
from gateway.mapping.library import Library
from gateway.mapping.origins import origin
from gateway.pipeline.questions import DocumentDetail
from gateway.pipeline.reconcile import cut
from gateway.x12.guide import load


def written_by(memory: Memory, detail: DocumentDetail) -> list[str]:
    """For each line of `detail.said` the file and line that wrote the place it is about, "" where it cannot be told."""
    if detail.row.direction != "outbound" or not any("element" in place for place in detail.places):
        return [""] * len(detail.said)
    guide, segments = load(detail.row.set_id, detail.row.version), cut(detail.x12)
    rows = explained_by(memory, detail.pins)

    def told(place: Any) -> str:
        position, element = place.get("position", 0), place.get("element", 0)
        fits = guide is not None and 0 < position <= len(segments) and segments[position - 1][0] == place.get("segment")
        return origin(rows, guide, segments, position=position, element=element) if guide and fits else ""

    return [told(place) for place in detail.places]


def library_of(memory: Memory, pins: Mapping[str, str]) -> Library | None:
    """The pinned mapping with all it extends, from the store; None when nothing was pinned, or a file of it is gone."""
    chain = dict(pair.rpartition("=")[::2] for pair in pins.get("mapping_chain", "").split())
    files: dict[str, str] = {}
    for name, sha256 in chain.items():
        text = memory.releases.mapping_text(sha256)
        if text is None:
            return None
        owner_and_set, _, version = name.partition("@")
        files[f"{owner_and_set}/v{version}.map.yaml"] = text
    return Library(files) if files else None


def explained_by(memory: Memory, pins: Mapping[str, str]) -> Sequence[Explained]:
    """What the pinned mapping says; nothing when a file of it is gone."""
    library = library_of(memory, pins)
    try:
        return library.explain(pins["mapping"]) if library else ()
    except MappingError:  # written by a version of the gateway that read other mappings
        return ()
