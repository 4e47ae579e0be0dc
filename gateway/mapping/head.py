"""The head of a mapping file: who it is, what it extends, which sets and versions it reads, its fixtures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.flaws import Place, did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.language import Direction
from gateway.mapping.source import Entry, Items, Node, Table, Text

KEYS = (
    "mapping",
    "version",
    "extends",
    "transaction",
    "versions",
    "canonical",
    "direction",
    "levels",
    "split",
    "owner",
    "guide",
    "search",
    "thread",
    "codes",
    "extra_codes",
    "map",
    "tests",
)
NEEDED = ("mapping", "version", "owner")
NEEDED_OF_A_BASE = ("transaction", "versions", "canonical")
WHY = {"owner": " who keeps this mapping and is asked about it"}
RoundTrip = Literal["exact", "canonical", "none"]
ROUND_TRIPS: tuple[RoundTrip, ...] = ("exact", "canonical", "none")
TEST_KEYS = ("name", "edi", "json", "round_trip", "why", "crossref", "parts")
DIRECTIONS: tuple[Direction, ...] = ("both", "read", "write")
INHERITED = ("transaction", "canonical")
"""Said by the base only."""

_PATH = re.compile(r"(?P<mapping>[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*)/v(?P<version>[1-9][0-9]{0,5})\.map\.yaml")
_PINNED = re.compile(r"[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*@[1-9][0-9]{0,5}")
_ELEMENT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_FIXTURE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True, slots=True)
class Fixture:
    """One entry of `tests:`: two files, by their paths under the root of all mappings.

    `round_trip` says what writing the JSON gives: the file's segments (`exact`), segments that read as the same JSON
    (`canonical`), or nothing that is looked at (`none`, which needs a `why`). `crossref` is a CSV file of rows, or "",
    `parts` a JSON list of what the set is divided into, or "".
    """

    name: str
    edi: str
    json: str
    place: Place
    round_trip: RoundTrip = "exact"
    crossref: str = ""
    parts: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authored:
    """One file, its head read. `body` holds the tables search, thread, codes and map, empty where not given.

    `places` has where the value of each key stands that the file says.
    """

    name: str
    path: str
    sha256: str
    place: Place
    extends: Text | None
    transaction: str
    canonical: str
    versions: tuple[Text, ...]
    fixtures: tuple[Fixture, ...]
    levels: tuple[Text, ...]
    direction: Direction | None
    extra_codes: Mapping[str, frozenset[str]]
    split: Table | None
    body: Mapping[str, Table]
    places: Mapping[str, Place]


def name_of(path: str) -> str:
    """`acme/850@2` for `acme/850/v2.map.yaml`, "" for a path that is none of ours."""
    match = _PATH.fullmatch(path)
    return f"{match['mapping']}@{match['version']}" if match else ""


def read_head(path: str, sha256: str, table: Table, diagnosis: Diagnosis) -> Authored:
    """The head of one file; mistakes go into `diagnosis`."""
    reader = _Head(table, diagnosis)
    reader.keys()
    reader.name(path)
    reader.text("owner")
    return Authored(
        name=name_of(path),
        path=path,
        sha256=sha256,
        place=reader.place("mapping"),
        extends=reader.extends(),
        transaction=reader.text("transaction"),
        canonical=reader.text("canonical"),
        versions=reader.versions(),
        fixtures=reader.fixtures(path.rpartition("/")[0]),
        levels=reader.levels(),
        direction=reader.direction(),
        extra_codes=reader.extra_codes(),
        split=reader.table("split") if "split" in table.entries else None,
        body={key: reader.table(key) for key in ("search", "thread", "codes", "map")},
        places={key: entry.value.place for key, entry in table.entries.items()},
    )


class _Head:
    def __init__(self, table: Table, diagnosis: Diagnosis) -> None:
        self._table = table
        self._entries = table.entries
        self._diagnosis = diagnosis

    def place(self, key: str) -> Place:
        entry = self._entries.get(key)
        return entry.value.place if entry else self._table.place

    def keys(self) -> None:
        for name, entry in self._entries.items():
            if name not in KEYS:
                hint = did_you_mean(name, KEYS)
                self._flaw(entry.key.place, f"'{name}' is no key of a mapping's head{hint}")
        overlay = "extends" in self._entries
        for name in NEEDED if overlay else (*NEEDED, *NEEDED_OF_A_BASE):
            if name not in self._entries:
                self._flaw(self._table.place, f"the head needs {name}:{WHY.get(name, '')}")
        for name in INHERITED:
            if overlay and name in self._entries:
                self._flaw(self._entries[name].key.place, f"{name}: is said by the mapping this one extends")
        if not overlay and "map" not in self._entries:
            self._flaw(self._table.place, "a mapping that extends nothing needs map:")

    def name(self, path: str) -> None:
        """`mapping:` and `version:` agree with the path; whichever does not is told where it stands."""
        folder, _, version = name_of(path).rpartition("@")
        said = {"mapping": self.text("mapping"), "version": self.text("version")}
        for key, stands in (("mapping", folder), ("version", version)):
            if said[key] and said[key] != stands:
                belongs = f"{said['mapping'] or folder}/v{said['version'] or version}.map.yaml"
                self._flaw(self.place(key), f"{key}: is '{said[key]}', which belongs into {belongs}, not {path}")

    def text(self, name: str) -> str:
        entry = self._entries.get(name)
        if entry is None:
            return ""
        if isinstance(entry.value, Text) and entry.value.value and not entry.value.tag:
            return entry.value.value
        self._flaw(entry.value.place, f"{name}: is text")
        return ""

    def extends(self) -> Text | None:
        name = self.text("extends")
        if not name:
            return None
        place = self.place("extends")
        if not _PINNED.fullmatch(name):
            self._flaw(place, f"extends: names a version, like x12/850@1, not '{name}'")
        return Text(name, place)

    def versions(self) -> tuple[Text, ...]:
        entry = self._entries.get("versions")
        if entry is None:
            return ()
        texts = self._texts(entry)
        if not texts:
            self._flaw(entry.value.place, 'versions: is a list of X12 versions, like ["004010", "005010"]')
        return texts

    def direction(self) -> Direction | None:
        said = self.text("direction")
        for known in DIRECTIONS:
            if said == known:
                return known
        if said:
            self._flaw(self.place("direction"), f"direction: is one of {', '.join(DIRECTIONS)}, not '{said}'")
        return None

    def levels(self) -> tuple[Text, ...]:
        entry = self._entries.get("levels")
        if entry is None:
            return ()
        texts = self._texts(entry)
        if len(texts) < 2 or not isinstance(entry.value, Items) or len(texts) != len(entry.value.values):
            self._flaw(entry.value.place, "levels: is a list of HL level codes, outermost first, like [S, O, P, I]")
        return texts

    def extra_codes(self) -> dict[str, frozenset[str]]:
        """By data element: `{"128": [ZX]}`."""
        found: dict[str, frozenset[str]] = {}
        for name, entry in self.table("extra_codes").entries.items():
            texts = self._texts(entry)
            if not _ELEMENT.fullmatch(name) or not texts or not all(text.value for text in texts):
                sentence = 'extra_codes: has codes by data element, like {"128": [ZX]}: its number, and a list'
                self._flaw(entry.key.place, sentence)
            found[name] = frozenset(text.value for text in texts)
        return found

    def table(self, name: str) -> Table:
        entry = self._entries.get(name)
        if entry is None:
            return Table({}, self._table.place)
        if isinstance(entry.value, Table):
            return entry.value
        self._flaw(entry.value.place, f"{name}: is a table")
        return Table({}, entry.value.place)

    def fixtures(self, folder: str) -> tuple[Fixture, ...]:
        entry = self._entries.get("tests")
        if entry is None:
            return ()
        nodes = entry.value.values if isinstance(entry.value, Items) else ()
        if not nodes:
            self._flaw(entry.value.place, "tests: is a list of {name, edi, json}")
        found = (self._fixture(node, folder) for node in nodes)
        return tuple(fixture for fixture in found if fixture)

    def _fixture(self, node: Node, folder: str) -> Fixture | None:
        entries = node.entries if isinstance(node, Table) else {}
        for name, entry in entries.items():
            if name not in TEST_KEYS:
                self._flaw(entry.key.place, f"'{name}' is no key of a test: there are {', '.join(TEST_KEYS)}")
        said = {name: entry.value.value for name, entry in entries.items() if isinstance(entry.value, Text)}
        edi, json = said.get("edi", ""), said.get("json", "")
        if not _FIXTURE.fullmatch(edi) or not _FIXTURE.fullmatch(json):
            self._flaw(node.place, "a test names two files beside the mapping, edi: and json:, like fixtures/basic.edi")
            return None
        trip = self._round_trip(said.get("round_trip", "exact"), said.get("why", ""), node.place)
        rows = said.get("crossref", "")
        if rows and not _FIXTURE.fullmatch(rows):
            self._flaw(node.place, "crossref: names a CSV file beside the mapping, like fixtures/rows.csv")
        parts = said.get("parts", "")
        if parts and not _FIXTURE.fullmatch(parts):
            self._flaw(node.place, "parts: names a JSON file beside the mapping, like fixtures/stores.parts.json")
        return Fixture(
            name=said.get("name", edi),
            edi=f"{folder}/{edi}",
            json=f"{folder}/{json}",
            place=node.place,
            round_trip=trip,
            crossref=f"{folder}/{rows}" if rows else "",
            parts=f"{folder}/{parts}" if parts else "",
        )

    def _round_trip(self, said: str, why: str, place: Place) -> RoundTrip:
        for known in ROUND_TRIPS:
            if said == known:
                if known == "none" and not why:
                    self._flaw(place, "round_trip: none needs why: a sentence on what cannot come back")
                return known
        self._flaw(
            place, f"round_trip: is one of {', '.join(ROUND_TRIPS)}, not '{said}'{did_you_mean(said, ROUND_TRIPS)}"
        )
        return "exact"

    def _texts(self, entry: Entry) -> tuple[Text, ...]:
        nodes = entry.value.values if isinstance(entry.value, Items) else ()
        return tuple(node for node in nodes if isinstance(node, Text))

    def _flaw(self, place: Place, sentence: str) -> None:
        self._diagnosis.add(place, "E002", sentence)
