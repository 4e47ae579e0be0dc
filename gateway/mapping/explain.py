"""A resolved mapping told field by field: where it stands, how it is read, how it is written, and who says so."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.flaws import Place
from gateway.mapping.fit import CHECKED
from gateway.mapping.language import Demand, Direction, FieldForm, Form, ObjectForm, Part, UnitsForm
from gateway.mapping.location import ENVELOPE

NEVER_READ = "never read"
NEVER_WRITTEN = "never written"


@dataclass(frozen=True, slots=True)
class Explained:
    """One field of a resolved mapping: its canonical path (`lines[].unit`), where it stands, where that was written.

    `read` and `written` say the same for each direction with everything that makes them differ: conditions, defaults,
    expressions, what stands beside it. What is no field is named with a colon, `lines[].units:`, and has no location.
    """

    field: str
    location: str
    origin: str
    read: str = ""
    written: str = ""


def explained(root: ObjectForm, direction: Direction) -> Iterator[Explained]:
    """Every field of a document, in the order of the map."""
    return _inside(root, "", direction)


def _inside(form: ObjectForm, path: str, direction: Direction) -> Iterator[Explained]:
    for child in form.fields:
        many = child.shape.many and isinstance(child, ObjectForm)
        name = f"{path}{child.name}" + ("[]" if many else "")
        origin = origin_of(child.place)
        if isinstance(child, FieldForm):
            yield _told(Explained(name, where(child), origin, _read(child), _written(child)), direction)
            continue
        row = Explained(name, entered(child), origin, _object_read(child), _object_written(child))
        yield _told(row, direction)
        at = " or ".join(map(str, child.at))
        for offset, part in enumerate(child.parts):
            stands = f"{at}{child.start + offset:02d} and every {len(child.parts)} after"
            said = stands + _translated(part)
            yield _told(Explained(f"{name}.{part.name}", stands, origin_of(part.place), said, said), direction)
        for link in child.links:
            key = f"key of level {link.level}"
            yield _told(Explained(f"{name}.{link.name}", key, origin_of(link.place), key, key), direction)
        if child.units is not None:
            yield _told(_units(name, child.units), direction)
        yield from _inside(child, f"{name}.", direction)


def _told(row: Explained, direction: Direction) -> Explained:
    read = NEVER_READ if direction == "write" else row.read
    written = NEVER_WRITTEN if direction == "read" else row.written
    return Explained(row.field, row.location, row.origin, read, written)


def origin_of(place: Place) -> str:
    """A place as the rows name it: `acme/850/v1.map.yaml:14`."""
    return f"{place.file}:{place.line}"


def entered(form: ObjectForm) -> str:
    """What an object or list enters, as its author wrote it: `each PO1`."""
    return f"{form.entering} {' or '.join(map(str, form.at))}".strip()


def where(form: FieldForm) -> str:
    """A field's place in one line, both directions together."""
    said = [_at(form)] if form.at else []
    said += [f"code {form.code}"] if form.code else []
    said += [f"always {form.const}"] if form.const is not None else []
    said += [f"else {form.default}"] if form.default is not None else []
    said += [f"read {form.read.text}"] if form.read else []
    said += [f"written {form.write.text}"] if form.write else [NEVER_WRITTEN] if form.read else []
    said += [f"carried from {form.carry}"] if form.carry else []
    return ", ".join(said + _only(form))


def _only(form: Form) -> list[str]:
    return [f"only in {' and '.join(only.version for only in form.only)}"] if form.only else []


def _at(form: FieldForm) -> str:
    return " or ".join(map(str, form.at))


def _read(form: FieldForm) -> str:
    said = [_at(form)] if form.at else []
    said += [f"as {form.kind}"] if form.typed else []
    said += [f"when {_demands(form.when)}"] if form.when else []
    said += ["the first"] if form.first else []
    said += [f"joined by {form.join!r}"] if form.join is not None else []
    said += [f"like {form.match.text}"] if form.match else []
    said += [f"checked as {form.fit.upper()}"] if form.fit in CHECKED else []
    said += [_translated(form).removeprefix(", ")] if form.code or form.xref else []
    said += [f"then {form.read.text}" if form.at else form.read.text] if form.read else []
    said += _scale(form)
    said += [f"always {form.const}"] if form.const is not None else []
    said += [f"else {form.default}"] if form.default is not None else []
    said += [f"expects {_demands(form.companions)}"] if form.companions else []
    said += ["required"] if form.required else []
    said += [f"search key {form.search}"] if form.search else []
    return ", ".join(said + _only(form))


def _written(form: FieldForm) -> str:
    placed = [at for at in form.at if at.location.segment.id not in ENVELOPE]
    if not placed or (form.read is not None and form.write is None):
        return NEVER_WRITTEN
    said = [f"{form.write.text} to {_at(form)}" if form.write else _at(form)]
    said += [f"as {form.kind}"] if form.typed else []
    said += [f"always {form.const}"] if form.const is not None else []
    said += [_translated(form).removeprefix(", ")] if form.code or form.xref else []
    said += [f"carried from {form.carry}"] if form.carry else []
    said += [f"else {form.default}"] if form.default is not None else []
    said += _scale(form)
    beside = (*form.when, *form.companions)
    said += [f"with {_demands(beside, first=True)}"] if beside else []
    said += [f"in element {form.slot:02d}"] if form.slot else []
    said += [f"one for each part between {form.join!r}"] if form.join is not None else []
    said += [{"cut": "cut to fit", "split": "split to fit"}.get(form.fit, f"checked as {form.fit.upper()}")] * (
        form.fit not in ("", "refuse")
    )
    said += [f"like {form.match.text}"] if form.match else []
    said += ["required"] if form.required else []
    return ", ".join(said + _only(form))


def _scale(form: FieldForm) -> list[str]:
    return [f"{form.decimals} decimals"] if form.decimals is not None else []


def _object_read(form: ObjectForm) -> str:
    said = [entered(form)]
    said += [f"when {_demands(form.when)}"] if form.when else []
    said += ["the first"] if form.first else []
    said += ["what no other field names"] if form.rest else []
    return ", ".join(said + _object_both(form))


def _object_written(form: ObjectForm) -> str:
    said = [entered(form)]
    said += [f"with {_demands(form.when, first=True)}"] if form.when else []
    said += ["each in a loop of its own"] if form.apart else []
    return ", ".join(said + _object_both(form))


def _object_both(form: ObjectForm) -> list[str]:
    said = [f"known by {form.key}"] if form.key else []
    return said + (["required"] if form.required else []) + _only(form)


def _units(name: str, units: UnitsForm) -> Explained:
    """What `units:` turns, and by which row; the way back is the same."""
    numbers = " and ".join(".".join(path) for path in units.quantities)
    prices = " and ".join(".".join(path) for path in units.prices)
    unit = " and ".join(".".join(path) for path in units.unit)
    said = [
        f"{numbers} by the factor of {unit}, looked up in {units.table}" + (f" for {units.item}" * bool(units.item))
    ]
    said += [f"{prices} the other way" + (f" where {units.per} is that unit" if units.per else "")] if prices else []
    text = ", ".join(said)
    return Explained(f"{name}.units:", "", origin_of(units.place), f"into ours: {text}", f"into theirs: {text}")


def _translated(form: FieldForm | Part) -> str:
    said = f", code {form.code}" if form.code else ""
    return said + (f", looked up in {form.xref}" if form.xref else "")


def _demands(demands: tuple[Demand, ...], *, first: bool = False) -> str:
    """`N103 92|91`; what is written is the first of the values."""
    return ", ".join(f"{each.at} {each.values[0] if first else '|'.join(each.values)}" for each in demands)
