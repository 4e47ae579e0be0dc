"""What a canonical model looks like from a mapping's side: field names, kinds, lists, what is required."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.canonical.schemas import SCHEMAS
from gateway.canonical.values import ClockTime

Kind = Literal["text", "decimal", "integer", "date", "time", "boolean", "object", "words", "unknown"]
"""`object` is another model, `words` a dictionary of text with any keys, `unknown` anything a mapping cannot fill."""

SCALARS: tuple[Kind, ...] = ("text", "decimal", "integer", "date", "time", "boolean")


@dataclass(frozen=True, slots=True)
class Shape:
    """One canonical field. `many` says that it is a list; `values` are the only texts allowed, empty for any."""

    kind: Kind
    many: bool = False
    required: bool = False
    model: type[BaseModel] | None = None
    values: frozenset[str] = frozenset()

    @property
    def is_object(self) -> bool:
        """True for what a mapping fills field by field."""
        return self.kind in {"object", "words"}

    def field(self, name: str) -> "Shape | None":
        """The shape of a field of this object, None when there is none of that name."""
        if self.kind == "words":
            return Shape("text")
        return self.fields.get(name)

    @property
    def fields(self) -> Mapping[str, "Shape"]:
        """The fields of a model, empty for everything else."""
        return _fields(self.model) if self.model is not None else {}


def canonical_types() -> tuple[str, ...]:
    """The names a mapping's `canonical:` may have."""
    return tuple(SCHEMAS)


def canonical_model(name: str) -> type[BaseModel]:
    """The pydantic model of a canonical type. Raises KeyError when there is none."""
    return SCHEMAS[name]


def canonical_shape(name: str) -> Shape:
    """The shape of a whole canonical document. Raises KeyError when there is no such type."""
    return Shape("object", model=canonical_model(name))


@cache
def _fields(model: type[BaseModel]) -> Mapping[str, Shape]:
    return {name: _of_field(info) for name, info in model.model_fields.items()}


def _of_field(info: FieldInfo) -> Shape:
    annotation: Any = info.annotation
    if info.metadata:
        # pydantic takes a plain `Annotated` apart; put together again it can be recognised.
        annotation = Annotated[(annotation, *info.metadata)]
    shape = _of(annotation)
    required = info.is_required()
    return Shape(shape.kind, shape.many, required, shape.model, shape.values)


def _of(annotation: Any) -> Shape:
    if annotation == ClockTime:
        return Shape("time")
    origin = get_origin(annotation)
    if origin is Annotated:
        return _of(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        options = [option for option in get_args(annotation) if option is not type(None)]
        return _of(options[0]) if len(options) == 1 else Shape("unknown")
    if origin in {list, tuple, frozenset, set}:
        inner = _of(get_args(annotation)[0])
        return Shape(inner.kind, True, False, inner.model, inner.values)
    if origin is dict:
        return Shape("words")
    if origin is Literal:
        return Shape("text", values=frozenset(str(value) for value in get_args(annotation)))
    return _of_class(annotation)


_CLASSES: tuple[tuple[type, Kind], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (Decimal, "decimal"),
    (date, "date"),
    (time, "time"),
)


def _of_class(annotation: Any) -> Shape:
    if not isinstance(annotation, type):
        return Shape("unknown")
    if issubclass(annotation, BaseModel):
        return Shape("object", model=annotation)
    if issubclass(annotation, Enum):
        return Shape("text", values=frozenset(str(member.value) for member in annotation))
    if issubclass(annotation, str):
        return Shape("text")
    return next((Shape(kind) for known, kind in _CLASSES if issubclass(annotation, known)), Shape("unknown"))
