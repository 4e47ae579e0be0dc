"""X12 to canonical: a compiled mapping reads a transaction set. Never raises for what is in the document."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.mapping import entries
from gateway.mapping.check_guide import against
from gateway.mapping.check_guide_read import unread
from gateway.mapping.compile import compile_object
from gateway.mapping.fetch import Fetch, fetcher
from gateway.mapping.language import Direction
from gateway.mapping.mismatch import Mismatch
from gateway.mapping.plan import Plan, PlannedObject, members
from gateway.mapping.planned import lists_of
from gateway.mapping.reading import Effect, Problem, Reading, State, first_of, further
from gateway.mapping.references import Lookups, References, Spotter
from gateway.mapping.split import Split, split
from gateway.mapping.to_x12 import Writer
from gateway.mapping.written import Run, Written
from gateway.x12.interchange import TransactionSet
from gateway.x12.overlay import PartnerGuide

__all__ = ["CompiledMapping", "Effect", "Problem", "Reading", "Written", "dumps"]

MAXIMUM_MODEL_PROBLEMS = 100
_INDEX = re.compile(r"\[\d+\]")


def dumps(document: object, *, indent: int | None = None) -> str:
    """Canonical JSON: decimals are strings with their scale ("12.50"), text is not escaped beyond need.

    Raises TypeError for what no reading yields (floats among them).
    """
    return json.dumps(document, ensure_ascii=False, indent=indent, default=_plain, allow_nan=False)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no place in a canonical document")


class CompiledMapping:
    """One mapping, ready to read and to write. Holds no state of either: safe to share between threads.

    `plans` says per X12 version where every field stands, `split` how a set is divided and put together again.
    """

    def __init__(
        self,
        name: str,
        transaction: str,
        canonical: str,
        model: type[BaseModel],
        plans: Mapping[str, Plan],
        direction: Direction = "both",
        split: Split | None = None,
    ) -> None:
        self.name = name
        self.transaction = transaction
        self.canonical = canonical
        self.direction = direction
        self.split = split
        self.plans = plans
        self.versions = tuple(plans)
        self._model = model
        self._references = References((plan.root.form for plan in plans.values()), lists_of(plans.values()))
        # Made when first asked for: a start checks every mapping, and uses few. Two threads may both make one.
        self._readers: dict[str, _Reader] = {}
        self._writers: dict[str, Writer] = {}

    def _reader(self, version: str) -> "_Reader | None":
        found = self._readers.get(version)
        if found is None and self.direction != "write" and version in self.plans:
            found = self._readers[version] = _Reader(self.plans[version], self._references)
        return found

    def _writer(self, version: str) -> Writer | None:
        found = self._writers.get(version)
        if found is None and self.direction != "read" and version in self.plans:
            found = self._writers[version] = Writer(self.plans[version])
        return found

    @property
    def tables(self) -> frozenset[str]:
        """The tables of cross references that it looks values up in; empty for most."""
        return self._references.tables

    def against(self, guide: PartnerGuide, *, doubts: bool = True) -> tuple[Mismatch, ...]:
        """What this mapping writes against the rules of a partner, or never writes although they ask for it.

        Nothing where the mapping does not write the guide's release. Without `doubts` only what is sure.
        """
        plan = self.plans.get(guide.guide.release.id)
        return against(plan, guide, doubts=doubts) if plan is not None and self.direction != "read" else ()

    def unread(self, guide: PartnerGuide) -> tuple[Mismatch, ...]:
        """What a partner sends by its guide, and this mapping does not read or has no word for."""
        plan = self.plans.get(guide.guide.release.id)
        return unread(plan, guide) if plan is not None and self.direction != "write" else ()

    def read(self, content: TransactionSet, lookups: Lookups | None = None) -> Reading:
        """The canonical document of one set, with every problem met on the way. Raises nothing for data.

        Without `lookups` every value that has to be looked up is unknown.
        """
        reader = self._reader(content.release)
        if reader is None or content.header.id != self.transaction:
            return self._misplaced(content)
        return reader.read(content, self._model, lookups)

    def parts(self, reading: Reading) -> tuple[Reading, ...]:
        """What one set is to our systems: the reading itself, or one for each place that `split:` finds in it.

        Where it cannot be divided, the whole with the problem. What is refused or parked anyway stays whole.
        """
        if self.split is None or reading.effect in ("refuse", "park"):
            return (reading,)
        divided = split(reading.document, self.split)
        problems = (*reading.problems, *divided.problems)
        return tuple(replace(reading, document=one, problems=problems) for one in divided.documents)

    def translate(self, content: TransactionSet) -> Reading:
        """As `read`, without holding the document against the canonical model: for measuring."""
        reader = self._reader(content.release)
        return self._misplaced(content) if reader is None else reader.read(content, None)

    def write(
        self,
        document: Mapping[str, object],
        *,
        version: str,
        carried: Mapping[str, object] | None = None,
        lookups: Lookups | None = None,
    ) -> Written:
        """The segments of one canonical document, between ST and SE, with every problem met on the way.

        Args:
            document: text, Decimal or decimal text, int, bool, dates as ISO text, lists and dictionaries.
            version: the X12 release to be written, "004010".
            carried: canonical documents of the same thread by type, for `carry:`: `{"order": {...}}`.
            lookups: cross references; without them every value that has to be looked up is unknown.

        Raises nothing for data; a version the mapping does not name is a problem, too.
        """
        writer = self._writer(version)
        if writer is None:
            writes = f"writes {self.transaction} in {', '.join(self.versions)}, not in {version}"
            if self.direction == "read":
                writes = "only reads (direction: read)"
            return Written(segments=(), problems=(_refusal(f"mapping {self.name} {writes}", version),))
        if not self._references.tables:
            return writer.write(document, carried or {})
        run = Run(carried or {})
        theirs, unmapped = self._references.outward(document, lookups, run)
        written = writer.write(theirs, carried or {})
        return replace(written, problems=(*run.problems, *written.problems), unmapped=unmapped)

    def faults(self, document: Mapping[str, object]) -> tuple[Problem, ...]:
        """What the canonical model has against a document, before it is written."""
        run = Run({})
        _hold_against(self._model, document, run, {})
        return tuple(run.problems)

    def _misplaced(self, content: TransactionSet) -> Reading:
        reads = f"reads {self.transaction} in {', '.join(self.versions)}"
        if self.direction == "write":
            reads = "only writes (direction: write)"
        message = f"mapping {self.name} {reads}: this is {content.header.id} in {content.release}"
        problem = _refusal(message, f"{content.header.id} {content.release}", position=1)
        return Reading(document={}, problems=(problem,))


def _refusal(message: str, value: str, position: int = 0) -> Problem:
    """The mapping is for other documents."""
    return Problem(
        field="", location="ST01", position=position, code="version", value=value, effect="refuse", message=message
    )


class _Reader:
    """A mapping for one X12 version."""

    def __init__(self, plan: Plan, references: References) -> None:
        self._fill = compile_object(plan.root)
        self._root = plan.root
        self._references = references
        self._locations = dict(_locations(plan.root))
        self._search = {name: fetcher(target) for name, target in plan.search.items()}
        self._thread = {name: fetcher(target) for name, target in plan.thread.items()}

    def read(self, content: TransactionSet, model: type[BaseModel] | None, lookups: Lookups | None = None) -> Reading:
        state = State(content)
        document: dict[str, object] = {}
        self._fill(content.tree, document, state)
        searched, threaded = _keys(self._search, content, state), _keys(self._thread, content, state)
        search = first_of(searched)
        business_number = next((search.get(name, "") for name in self._search), "")
        for name, value in state.search.items():
            search.setdefault(name, value)
        document, unmapped = self._references.inward(document, lookups, Spotter(state))
        if model is not None:
            _hold_against(model, document, state, self._locations, self._root)
        return Reading(
            document=document,
            problems=tuple(state.problems),
            search=search,
            thread=first_of(threaded),
            business_number=business_number,
            also=further(searched, threaded),
            unmapped=unmapped,
        )


def _keys(fetchers: Mapping[str, Fetch], content: TransactionSet, state: State) -> dict[str, list[str]]:
    """Every value of each key. A key is for finding: blanks around it mean nothing, and nothing is decided by it."""
    found: dict[str, list[str]] = {}
    for name, fetch in fetchers.items():
        value = fetch(content.tree, state)
        if value:
            matches = [value] if isinstance(value, str) else [text for _, text in value]
            texts = [text for match in matches if (text := match.strip(" "))]
            if texts:
                found[name] = texts
    return found


def _locations(planned: PlannedObject) -> Iterator[tuple[str, str]]:
    """Where each field is looked for, by its canonical path without indices: `lines.quantity`, `PO102`."""
    for child in members(planned):
        yield child.form.path, " or ".join(str(at) for at in child.form.at)
        if isinstance(child, PlannedObject):
            yield from _locations(child)


def _hold_against(
    model: type[BaseModel],
    document: Mapping[str, object],
    state: State | Run,
    locations: Mapping[str, str],
    root: PlannedObject | None = None,
) -> None:
    """Note what the model has against a document: one of ours, or one that was read by the plan at `root`."""
    validate: Callable[[Any], object] = model.__pydantic_validator__.validate_python
    try:
        validate(document)
    except ValidationError as error:
        told = {problem.field for problem in state.problems}
        for detail in error.errors(include_url=False, include_context=False)[:MAXIMUM_MODEL_PROBLEMS]:
            path = _path(detail["loc"])
            if path not in told:
                entry = ""
                if root is not None and isinstance(state, State):
                    entry = entries.told(detail["loc"], document, state.content, root)
                _report(path, detail, state, locations.get(_INDEX.sub("", path), ""), entry)


def _report(path: str, detail: ErrorDetails, state: State | Run, location: str, entry: str) -> None:
    if detail["type"] == "missing":
        where = f"at {location}" if location else "in the document"
        message = f"'{path}' is required: nothing was found {where}"
        # One line of many that lacks something is a question to a person, who sees which; the rest may well be right.
        effect: Effect = "park" if entry else "refuse"
        state.report(path, location, "required", effect, f"{message} ({entry})" if entry else message)
        return
    value = detail["input"]
    shown = value if isinstance(value, str) else format(value, "f") if isinstance(value, Decimal) else ""
    state.report(path, location, "model", "refuse", f"'{path}': {detail['msg']}", value=shown)


def _path(parts: tuple[int | str, ...]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
