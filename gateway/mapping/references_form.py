"""`xref:` and `units:` as they are written in a mapping, held against the canonical model."""

import re

from gateway.flaws import Place, did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.language import UnitsForm
from gateway.mapping.shape import Shape
from gateway.mapping.source import Entry, Items, Table, Text

UNITS_KEYS = ("quantity", "price", "per", "unit", "item", "table")
UNIT_TABLE = "unit"
"""The table of units where `units:` names no other."""

_TABLE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII).fullmatch
_SOLE = ("const", "default", "write", "join")
"""What gives a value in our words already, or puts several into one: nothing that a row of a table could know."""

Path = tuple[str, ...]


class ReferenceReader:
    """Reads what forms say about cross references, noting every mistake."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self._diagnosis = diagnosis

    def table(self, path: str, table: Table, shape: Shape) -> str:
        """The table that `xref:` names, "" for none or a mistake."""
        entry = table.entries.get("xref")
        if entry is None:
            return ""
        if shape.kind != "text":
            self._flaw(entry.key.place, f"'{path}' is a {shape.kind}: xref: translates text")
        for key in _SOLE:
            if key in table.entries:
                self._flaw(table.entries[key].key.place, f"'{path}': {key}: and xref: do not go together")
        return self._name(entry)

    def key(self, path: str, key: str, table: Table) -> None:
        """The key of a level: what links to it has the partner's word."""
        entry = table.entries.get(key)
        if entry is not None and isinstance(entry.value, Table) and "xref" in entry.value.entries:
            place = entry.value.entries["xref"].key.place
            self._flaw(place, f"'{path}.{key}' is the key of a level, that others link to: it cannot be looked up")

    def units(self, path: str, table: Table, shape: Shape) -> UnitsForm | None:
        """What `units:` says, None for nothing or a mistake that leaves nothing to do."""
        entry = table.entries.get("units")
        if entry is None:
            return None
        said = entry.value
        if not isinstance(said, Table):
            self._flaw(said.place, "units: is a table, like {quantity: quantity, unit: unit, item: vendor_sku}", "E102")
            return None
        for name, inner in said.entries.items():
            if name not in UNITS_KEYS:
                hint = did_you_mean(name, UNITS_KEYS)
                self._flaw(inner.key.place, f"'{name}' is no key of units:{hint}", "E102")
        quantities = self._paths(path, said.entries.get("quantity"), shape, "decimal")
        unit = self._paths(path, said.entries.get("unit"), shape, "text")
        for key in ("quantity", "unit"):
            if key not in said.entries:
                self._flaw(entry.key.place, f"units: needs {key}:, a field of '{path}'", "E102")
        if unit and len(unit[0]) > 1:
            self._flaw(said.entries["unit"].value.place, f"the first unit is a field of '{path}' itself")
        named = said.entries.get("table")
        found = UnitsForm(
            place=entry.key.place,
            table=self._name(named) if named else UNIT_TABLE,
            quantities=quantities,
            unit=unit,
            prices=self._paths(path, said.entries.get("price"), shape, "decimal"),
            item=self._own(path, said.entries.get("item"), shape),
            per=self._own(path, said.entries.get("per"), shape),
        )
        return found if quantities and unit else None

    def _own(self, path: str, entry: Entry | None, shape: Shape) -> str:
        """One text field of the object itself."""
        found = self._paths(path, entry, shape, "text")
        if entry is not None and found and (len(found) > 1 or len(found[0]) > 1):
            self._flaw(entry.value.place, f"{entry.key.value}: is one field of '{path}' itself")
        return found[0][0] if found else ""

    def _paths(self, path: str, entry: Entry | None, shape: Shape, kind: str) -> tuple[Path, ...]:
        if entry is None:
            return ()
        nodes = entry.value.values if isinstance(entry.value, Items) else (entry.value,)
        found: list[Path] = []
        for node in nodes:
            if not isinstance(node, Text):
                self._flaw(node.place, f"{entry.key.value}: names fields of '{path}'", "E102")
            elif self._leads_to(path, node.value, node.place, shape, kind):
                found.append(tuple(node.value.split(".")))
        return tuple(found)

    def _leads_to(self, path: str, name: str, place: Place, shape: Shape, kind: str) -> bool:
        inner: Shape | None = shape
        for part in name.split("."):
            known = inner.fields if inner is not None else {}
            inner = known.get(part)
            if inner is None:
                self._flaw(place, f"'{path}' has no canonical field '{name}'{did_you_mean(part, known)}", "E101")
                return False
        if inner is None or inner.kind != kind:
            self._flaw(place, f"'{path}.{name}' is a {inner.kind if inner else 'nothing'}, not a {kind}")
            return False
        return True

    def _name(self, entry: Entry) -> str:
        name = entry.value.value if isinstance(entry.value, Text) else ""
        if not _TABLE(name):
            self._flaw(entry.value.place, f"{entry.key.value}: names a table of cross references, like sku")
            return ""
        return name

    def _flaw(self, place: Place, sentence: str, code: str = "E145") -> None:
        self._diagnosis.add(place, code, sentence)
