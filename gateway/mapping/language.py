"""The forms a mapping is written in, as typed values: what each canonical field says about where it stands.

The same forms are read and written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from gateway.flaws import Place
from gateway.mapping.location import Location
from gateway.mapping.pattern import Pattern
from gateway.mapping.shape import Kind, Shape
from gateway.mapping.split import Split

FIELD_KEYS = (
    "at",
    "code",
    "xref",
    "type",
    "default",
    "const",
    "with",
    "when",
    "required",
    "search",
    "first",
    "join",
    "decimals",
    "fit",
    "match",
    "slot",
    "carry",
    "read",
    "write",
    "only",
)

Direction = Literal["both", "read", "write"]
"""What a mapping is for: `read` is X12 to canonical only, `write` the reverse."""

Entering = Literal["each", "in", "pairs", "level", "group"]


@dataclass(frozen=True, slots=True)
class Located:
    """A location and where it was written."""

    location: Location
    place: Place

    def __str__(self) -> str:
        return str(self.location)


@dataclass(frozen=True, slots=True)
class Demand:
    """One line of `with:` or `when:`: an element that holds (is written as) one of some values."""

    at: Located
    values: tuple[str, ...]
    places: tuple[Place, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Expression:
    """The text of a `read:` or `write:`, not yet built."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Only:
    """One release of `only:`, the X12 versions that a field or object belongs to; and where it was written."""

    version: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldForm:
    """One canonical field of a simple kind. `kind` is what the value becomes; `path` is dotted, from the top.

    `typed` says that the author named the type; `xref` is a table of cross references, `search` the key's name, or "".
    """

    name: str
    path: str
    place: Place
    shape: Shape
    kind: Kind
    at: tuple[Located, ...] = ()
    typed: bool = False
    code: str = ""
    code_place: Place | None = None
    xref: str = ""
    default: str | None = None
    const: str | None = None
    companions: tuple[Demand, ...] = ()
    when: tuple[Demand, ...] = ()
    required: bool = False
    search: str = ""
    first: bool = False
    join: str | None = None
    decimals: int | None = None
    fit: str = ""
    match: Pattern | None = None
    slot: int = 0
    carry: str = ""
    read: Expression | None = None
    write: Expression | None = None
    only: tuple[Only, ...] = ()

    @property
    def outside(self) -> bool:
        """Whether it stands in the loop around that of its object (`../`)."""
        return any(located.location.outside for located in self.at)


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a repeating group inside a segment: `as: {location: text}`."""

    name: str
    place: Place
    shape: Shape
    kind: Kind
    code: str = ""
    code_place: Place | None = None
    xref: str = ""


@dataclass(frozen=True, slots=True)
class UnitsForm:
    """`units:` of an object: its quantities and prices are turned from their unit into ours, and back.

    `quantities`, `prices` and `unit` are paths inside the object; the first of `unit` is looked up in `table`, for the
    `item` of ours that the field of that name holds ("" for none). Prices are per the unit that field `per` says.
    """

    place: Place
    table: str
    quantities: tuple[tuple[str, ...], ...]
    unit: tuple[tuple[str, ...], ...]
    prices: tuple[tuple[str, ...], ...] = ()
    item: str = ""
    per: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One line of `links:`: a canonical field that holds the key of an entry of another level (X12 element 735)."""

    name: str
    place: Place
    shape: Shape
    level: str
    level_place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectForm:
    """An object, or a list of them. `at` is empty for a group; `parts` and `start` belong to `pairs`. With `apart` each
    entry of a list is written into a loop of its own of those that `each:` goes through.

    With `level:`, `at` is that level's HL loop, `level` its code, `key` the field its entries are known by ("" for the
    entries that are grouped, the lines) and `links` what they say about other levels. `levels`, of the whole document
    only, is the order in which levels are nested when written, outermost first; empty for a set without.
    """

    name: str
    path: str
    place: Place
    shape: Shape
    entering: Entering
    at: tuple[Located, ...] = ()
    first: bool = False
    rest: bool = False
    apart: bool = False
    required: bool = False
    when: tuple[Demand, ...] = ()
    fields: "tuple[FieldForm | ObjectForm, ...]" = ()
    start: int = 0
    parts: tuple[Part, ...] = ()
    level: str = ""
    key: str = ""
    links: tuple[Link, ...] = ()
    levels: tuple[str, ...] = ()
    units: UnitsForm | None = None
    only: tuple[Only, ...] = ()

    @property
    def outside(self) -> bool:
        """Whether it is entered from the loop around that of its object (`../`)."""
        return any(located.location.outside for located in self.at)


Form = FieldForm | ObjectForm


def stepped_in(form: Form) -> Form:
    """The form as it is seen from the loop that its `../` leads to."""
    if isinstance(form, FieldForm):
        return replace(form, at=_in(form.at), companions=_demanded(form.companions), when=_demanded(form.when))
    return replace(form, at=_in(form.at))


def _in(at: tuple[Located, ...]) -> tuple[Located, ...]:
    return tuple(Located(replace(located.location, outside=False), located.place) for located in at)


def _demanded(demands: tuple[Demand, ...]) -> tuple[Demand, ...]:
    return tuple(replace(demand, at=_in((demand.at,))[0]) for demand in demands)


def is_for(form: Form, version: str) -> bool:
    """Whether a form belongs to an X12 version (`only:`)."""
    return not form.only or version in [only.version for only in form.only]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A whole mapping, resolved and typed: chain and overlays are behind us, no X12 version has been looked at."""

    name: str
    place: Place
    transaction: str
    versions: tuple[str, ...]
    canonical: str
    direction: Direction
    root: ObjectForm
    search: Mapping[str, tuple[Located, ...]]
    thread: Mapping[str, tuple[Located, ...]]
    split: Split | None = None


def releases(form: ObjectForm, name: str) -> tuple[str, ...]:
    """Why a field of an object stands nowhere in the X12 version at hand, () when `only:` has nothing to do with it."""
    said = next((child.only for child in form.fields if child.name == name), ())
    return (f"the mapping has it only in {' and '.join(only.version for only in said)}",) if said else ()
