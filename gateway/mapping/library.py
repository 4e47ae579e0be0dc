"""All authored mappings together: named, chained, checked and compiled. Text in, compiled mappings out."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.flaws import Flaw, Place, did_you_mean
from gateway.mapping.aftermath import Aftermath
from gateway.mapping.check_alternatives import check_alternatives
from gateway.mapping.check_codes import check_codes
from gateway.mapping.check_conflicts import check_conflicts
from gateway.mapping.codes import CodeList, read_lists
from gateway.mapping.diagnosis import Diagnosis, MappingError
from gateway.mapping.explain import Explained, explained
from gateway.mapping.explain_head import explained_codes, explained_head
from gateway.mapping.forms import FormReader
from gateway.mapping.head import Authored, Fixture, name_of, read_head
from gateway.mapping.language import Direction, Mapped, ObjectForm
from gateway.mapping.levels import with_levels
from gateway.mapping.lock import FILE as LOCK
from gateway.mapping.lock import Lock, rank, read_lock, sha256_of
from gateway.mapping.overlay import resolve_codes, resolve_map, resolve_words
from gateway.mapping.plan import Plan, plan
from gateway.mapping.shape import Shape, canonical_model, canonical_shape, canonical_types
from gateway.mapping.source import parse
from gateway.mapping.split_form import read_split
from gateway.mapping.to_canonical import CompiledMapping
from gateway.mapping.writable import check_writing
from gateway.x12.guide import Guide, load, releases

SUFFIX = ".map.yaml"
MAXIMUM_CHAIN = 3


@dataclass(frozen=True, slots=True)
class Pinned:
    """One file of a chain, by name and content: what a replay needs to read exactly as before."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A mapping with its overlays and canonical model behind it."""

    mapped: Mapped
    codes: Mapping[str, CodeList]
    guides: tuple[Guide, ...]
    extra_codes: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)


class Library:
    """The mappings of one revision: relative path under the root of all mappings to text, the lock among them.

    Compiling is done once per mapping and kept. Two threads that ask for the first time at once both compile; the
    results are alike, and one is kept.

    With `released_are_good` a version that stands in the lock with this text, and with it all that it extends, is
    not checked again: `release` did that, and nothing of it can have changed. A start has no time for it.
    """

    def __init__(self, files: Mapping[str, str], *, released_are_good: bool = False) -> None:
        self._released_are_good = released_are_good
        self._files = {path: text for path, text in files.items() if path.endswith(SUFFIX)}
        self._paths = {name: path for path in self._files if (name := name_of(path))}
        self.lock: Lock = read_lock(files.get(LOCK, ""))
        self._authored: dict[str, Authored] = {}
        self._heads: dict[str, tuple[Flaw, ...]] = {}
        self._compiled: dict[str, CompiledMapping] = {}
        self._doubts: dict[str, tuple[Flaw, ...]] = {}

    def names(self) -> tuple[str, ...]:
        """Every mapping, `acme/850@2`, by name and version number."""
        return tuple(sorted(self._paths, key=rank))

    def strays(self) -> tuple[Flaw, ...]:
        """Files that end like a mapping but stand where none can be found."""
        sentence = "a mapping is named <owner>/<set>/v<N>.map.yaml, in small letters"
        lost = sorted(set(self._files) - set(self._paths.values()))
        return tuple(Flaw(place=Place(path, 1, 1, ""), code="E002", sentence=sentence) for path in lost)

    def edited(self, name: str) -> tuple[Flaw, ...]:
        """Whether a released version has other text than it was released with. Raises KeyError when there is none."""
        path, (mapping, _) = self._paths[name], rank(name)
        newest = max(rank(each)[1] for each in self._paths if rank(each)[0] == mapping)
        following = f"{mapping}/v{newest + 1}{SUFFIX}"
        return self.lock.changed(name, self.sha256(name), Place(path, 1, 1, ""), following)

    def path(self, name: str) -> str:
        """A mapping's file, as it was given. Raises KeyError when there is none."""
        return self._paths[name]

    def sha256(self, name: str) -> str:
        """The hash of a mapping's own text. Raises KeyError when there is none."""
        return sha256_of(self._files[self._paths[name]])

    def lock_flaws(self) -> tuple[Flaw, ...]:
        """What is wrong with the lock itself: lines that are none, and released versions that are gone."""
        return (*self.lock.flaws, *self.lock.gone(self._paths))

    def compile(self, name: str) -> CompiledMapping:
        """The mapping, ready to read. Raises MappingError with every mistake of its whole chain."""
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = self._compile(name)
        return compiled

    def doubts(self, name: str) -> tuple[Flaw, ...]:
        """Warnings about what a mapping's own file says: it works, and not for every document. Raises MappingError."""
        if name not in self._doubts:
            self._compile(name, anyway=True)
        return self._doubts[name]

    def compile_all(self) -> None:
        """Compile every mapping. Raises MappingError with the mistakes of all of them, each told once.

        A version that was edited after its release is a mistake, too. One that is taken for good is left to whoever
        uses it.
        """
        found: dict[Flaw, None] = dict.fromkeys(self.lock_flaws())
        for name in self.names():
            found |= dict.fromkeys(self.edited(name))
            try:
                if not self._is_good(name):
                    self.compile(name)
            except MappingError as wrong:
                found |= dict.fromkeys(wrong.flaws)
        if found:
            raise MappingError(sorted(found))

    def chain(self, name: str) -> tuple[Pinned, ...]:
        """The mapping and what it extends, the base last. Raises MappingError."""
        diagnosis = Diagnosis()
        chain = self._chain(name, diagnosis)
        diagnosis.raise_if_any()
        return tuple(Pinned(authored.name, authored.sha256) for authored in reversed(chain))

    def fixtures(self, name: str) -> tuple[Fixture, ...]:
        """The tests the mapping itself declares (not those of what it extends). Raises MappingError."""
        return self._read(name).fixtures

    def explain(self, name: str) -> tuple[Explained, ...]:
        """What the head of the resolved mapping says, every field in order, and code lists. Raises MappingError."""
        found = self.resolved(name)
        chain = self._linked(name)
        lists = resolve_codes([authored.body["codes"] for authored in chain], Diagnosis())
        fields = explained(found.mapped.root, found.mapped.direction)
        return (*explained_head(chain, found.mapped), *fields, *explained_codes(found.codes, lists))

    def resolved(self, name: str) -> Resolved:
        """The mapping with everything it extends, as typed forms. Raises MappingError."""
        diagnosis = Diagnosis()
        found = self._resolve(name, diagnosis)
        diagnosis.raise_if_any()
        return found

    # -------------------------------------------------------------------------------------- chain

    def _read(self, name: str, asked_at: Place | None = None) -> Authored:
        path = self._paths.get(name)
        if path is None:
            sentence = f"there is no mapping '{name}'{did_you_mean(name, self._paths)}"
            raise MappingError([Flaw(place=asked_at or Place(name, 1, 1, ""), code="E003", sentence=sentence)])
        if name not in self._authored:
            text = self._files[path]
            diagnosis = Diagnosis()
            self._authored[name] = read_head(path, sha256_of(text), parse(path, text), diagnosis)
            self._heads[name] = diagnosis.flaws
        return self._authored[name]

    def _chain(self, name: str, diagnosis: Diagnosis) -> list[Authored]:
        """Base first; what is wrong with a head goes into `diagnosis`. Raises MappingError where it breaks off."""
        try:
            chain = self._linked(name)
        except MappingError as wrong:
            own = self._heads.get(name, ())
            raise MappingError(sorted({*own, *wrong.flaws})) from None
        for authored in chain:
            for flaw in self._heads[authored.name]:
                diagnosis.add(flaw.place, flaw.code, flaw.sentence)
        return chain

    def _linked(self, name: str) -> list[Authored]:
        chain = [self._read(name)]
        while (extends := chain[0].extends) is not None:
            seen = [authored.name for authored in chain]
            if extends.value in seen:
                raise _chain_error(extends.place, f"'{extends.value}' goes round in a circle: {' <- '.join(seen)}")
            if len(chain) == MAXIMUM_CHAIN:
                # The one at hand is what its author can base on another; those it stands on may be good.
                own, names = chain[-1].extends or extends, " <- ".join([extends.value, *seen])
                raise _chain_error(own.place, f"a chain has at most {MAXIMUM_CHAIN} mappings, this one more: {names}")
            chain.insert(0, self._read(extends.value, extends.place))
        return chain

    # ------------------------------------------------------------------------------------ compile

    def _is_good(self, name: str) -> bool:
        """Whether a mapping was checked when it was released, and that is enough."""
        line = self.lock.released.get(name) if self._released_are_good else None
        return line is not None and name in self._paths and line.sha256 == self.sha256(name)

    def _compile(self, name: str, *, anyway: bool = False) -> CompiledMapping:
        diagnosis = Diagnosis()
        resolved = self._resolve(name, diagnosis)
        mapped = resolved.mapped
        plans = {guide.release.id: plan(mapped, guide, resolved.codes, diagnosis) for guide in resolved.guides}
        if anyway or not all(self._is_good(authored.name) for authored in self._linked(name)):
            self._doubts[name] = self._check(resolved, plans, diagnosis)
        diagnosis.raise_if_any()
        model = canonical_model(mapped.canonical)
        return CompiledMapping(name, mapped.transaction, mapped.canonical, model, plans, mapped.direction, mapped.split)

    def _check(self, resolved: Resolved, plans: Mapping[str, Plan], diagnosis: Diagnosis) -> tuple[Flaw, ...]:
        """Note what only shows when all is planned. Raises MappingError; otherwise returns what can be doubted."""
        mapped = resolved.mapped
        check_codes(mapped, plans.values(), resolved.extra_codes, diagnosis)
        check_alternatives(mapped, plans.values(), diagnosis)
        for each in plans.values():
            check_conflicts(each, mapped.direction, diagnosis)
        doubts = Diagnosis(mapped.versions)
        if mapped.direction != "read":
            aftermath = Aftermath(diagnosis.flaws, self._files)
            for each in plans.values():
                check_writing(each, mapped.place, diagnosis, doubts, aftermath.has)
        diagnosis.raise_if_any()
        return tuple(flaw for flaw in doubts.flaws if flaw.place.file == mapped.place.file)

    def _resolve(self, name: str, diagnosis: Diagnosis) -> Resolved:
        chain = self._chain(name, diagnosis)
        base = chain[0]
        guides = _guides(chain, diagnosis)
        diagnosis.limit_to(tuple(guide.release.id for guide in guides))
        if base.canonical not in canonical_types():
            if base.canonical:
                known = ", ".join(canonical_types())
                hint = did_you_mean(base.canonical, canonical_types())
                sentence = f"there is no canonical type '{base.canonical}', only {known}{hint}"
                diagnosis.add(base.place, "E002", sentence)
            diagnosis.raise_if_any()
        shape = canonical_shape(base.canonical)
        reader = FormReader(diagnosis)
        root = reader.root(resolve_map([authored.body["map"] for authored in chain], shape, diagnosis), shape)
        root = with_levels(root, [authored.levels for authored in chain], guides, diagnosis)
        direction: Direction = next((authored.direction for authored in reversed(chain) if authored.direction), "both")
        if direction != "write":
            _require(root, shape, chain[-1].place, diagnosis)
        mapped = Mapped(
            name=name,
            place=chain[-1].place,
            transaction=base.transaction,
            versions=tuple(guide.release.id for guide in guides),
            canonical=base.canonical,
            direction=direction,
            root=root,
            search=reader.words(resolve_words([authored.body["search"] for authored in chain], diagnosis)),
            thread=reader.words(resolve_words([authored.body["thread"] for authored in chain], diagnosis)),
            split=read_split(chain, root, shape, direction, diagnosis),
        )
        codes = read_lists(resolve_codes([authored.body["codes"] for authored in chain], diagnosis), diagnosis)
        return Resolved(mapped, codes, guides, _extra_codes(chain))


def _chain_error(place: Place, sentence: str) -> MappingError:
    return MappingError([Flaw(place=place, code="E003", sentence=f"extends: {sentence}")])


def _guides(chain: list[Authored], diagnosis: Diagnosis) -> tuple[Guide, ...]:
    """The guides of the X12 versions the last of the chain reads: its own, or those it inherits."""
    versions = chain[0].versions
    if not chain[0].transaction:
        return ()
    for authored in chain[1:]:
        for version in authored.versions:
            if version.value not in {known.value for known in versions}:
                sentence = f"{version.value} is not among the versions of the mapping this one extends"
                diagnosis.add(version.place, "E002", sentence)
        versions = authored.versions or versions
    found: list[Guide] = []
    for version in versions:
        guide = load(chain[0].transaction, version.value) if version.value in releases() else None
        if guide is None:
            sentence = f"there is no guide for {chain[0].transaction} in '{version.value}'"
            diagnosis.add(version.place, "E002", f"{sentence}; releases: {', '.join(releases())}")
        else:
            found.append(guide)
    return tuple(found)


def _extra_codes(chain: list[Authored]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for authored in chain:
        for element, codes in authored.extra_codes.items():
            found[element] = found.get(element, frozenset()) | codes
    return found


def _require(form: ObjectForm, shape: Shape, place: Place, diagnosis: Diagnosis) -> None:
    """Note every required canonical field of this object, and of those in it, that nothing maps."""
    mapped = {child.name for child in (*form.fields, *form.parts, *form.links)} | {form.key}
    for name, field in shape.fields.items():
        if field.required and name not in mapped:
            path = f"{form.path}.{name}" if form.path else name
            diagnosis.add(place, "E160", f"the canonical field '{path}' is required and is not mapped")
    for child in form.fields:
        if isinstance(child, ObjectForm):
            _require(child, child.shape, child.place, diagnosis)
