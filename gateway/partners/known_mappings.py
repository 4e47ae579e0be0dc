"""What partner files have to know of mappings, so that an agreement which cannot work is told when files are loaded."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.canonical.sets import CANONICAL_TYPES
from gateway.flaws import Place, did_you_mean
from gateway.partners.problems import Problems
from gateway.x12.guide import nearest
from gateway.x12.overlay import PartnerGuide


class Mismatch(Protocol):
    """Where a mapping and a partner's guide do not go together: `rule` is the place that the guide names.

    `place` is the line of the mapping, None where it has none; `sure` when every document that comes to it is refused.
    """

    @property
    def rule(self) -> str: ...

    @property
    def sentence(self) -> str: ...

    @property
    def place(self) -> Place | None: ...

    @property
    def sure(self) -> bool: ...


class KnownMapping(Protocol):
    """One mapping: the set and canonical type it is between, the releases it names, and which ways it goes."""

    @property
    def transaction(self) -> str:
        """The set, "850"."""

    @property
    def canonical(self) -> str:
        """The canonical type, "order.v1"."""

    @property
    def versions(self) -> Collection[str]:
        """Releases, "004010"."""

    @property
    def direction(self) -> str:
        """ "both", "read" or "write"."""

    @property
    def split(self) -> object | None:
        """How sets are divided and put together again, None when they are not."""

    def against(self, guide: PartnerGuide, *, doubts: bool = True) -> Iterable[Mismatch]:
        """What it writes against a partner's rules, or never writes although they ask for it.

        Without `doubts` only what is sure has to be told.
        """

    def unread(self, guide: PartnerGuide) -> Iterable[Mismatch]:
        """What a partner sends by its guide, and it does not read or has no word for."""


Way = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class KnownMappings:
    """All mappings there are by name. `about` tells of one, None where it is not good: that is told elsewhere.

    Without `doubts` only mistakes are asked for: a start has no use for what some documents will show.
    """

    names: Collection[str]
    about: Callable[[str], KnownMapping | None] = lambda _name: None
    doubts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How an agreement uses a mapping: to read or write `set_id` in versions, each with the place that says so."""

    way: Way
    name: str
    set_id: str
    versions: Iterable[tuple[str, Place]]
    place: Place


def check_use(known: KnownMappings | None, use: Use, problems: Problems) -> None:
    """Note a mapping that is not there, or is not for this; `known` None: whether it is there is not asked."""
    name = use.name
    about = name.partition("/")[2].partition("@")[0]
    if known is not None and name not in known.names:
        problems.add(use.place, "P020", f"there is no mapping '{name}'{did_you_mean(name, known.names)}")
    elif about != use.set_id:
        problems.add(use.place, "P026", f"{name} {use.way}s {about}, the agreement is about {use.set_id}")
    elif known is not None:
        for sentence in [cannot(known, name, use.way), *_other_type(known, use)]:
            if sentence:
                problems.add(use.place, "P026", sentence)
        for version, place in use.versions:
            if sentence := cannot_in(known, name, use.way, version):
                problems.add(place, "P026", sentence)


def cannot(known: KnownMappings, name: str, way: Way) -> str:
    """Why a mapping does not read, or write; "" when it does, or nobody knows."""
    mapping = known.about(name)
    if mapping is None or mapping.direction in ("both", way):
        return ""
    return f"{name} does not {way}: it says `direction: {mapping.direction}`"


def cannot_in(known: KnownMappings, name: str, way: Way, version: str) -> str:
    """Why a mapping does not do for a GS08; "" when it does, or nobody knows."""
    mapping, release = known.about(name), nearest(version)
    if mapping is None or release is None or release.id in mapping.versions:
        return ""
    return f"{name} {way}s {' and '.join(mapping.versions)}, not {release.id}"


def _other_type(known: KnownMappings, use: Use) -> Iterator[str]:
    """What the road looks for by its canonical type is not what such a mapping takes."""
    mapping, canonical = known.about(use.name), CANONICAL_TYPES.get(use.set_id)
    if use.way == "write" and mapping is not None and canonical not in (None, mapping.canonical):
        yield f"{use.name} writes {mapping.canonical}, but {use.set_id} is {canonical}"
