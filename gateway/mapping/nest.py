"""Flat lists to levels, by grouping: the lines stand in a tree whose order of levels is the mapping's, not theirs.

Pure grouping, nothing of X12: entries go by the level and their place in the list. What the order of levels has no
place for is told, never left out in silence. Never raises for what is in a document.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.mapping.language import ObjectForm
from gateway.mapping.written import Run, absent

Body = Mapping[str, object]
Entry = tuple[str, int]
"""A level and the place in its list."""

_NOTHING: Body = {}

MAXIMUM_DEPTH: Final = 10
"""Packages within packages that are followed."""


@dataclass(slots=True, eq=False)
class Node:
    """One level of the tree; the top has entry ("", 0)."""

    entry: Entry
    children: "dict[Entry, Node]" = field(default_factory=dict)

    def walk(self) -> "Iterator[tuple[Node, Node]]":
        """Every node below with the one it stands under, each before its children."""
        for child in self.children.values():
            yield child, self
            yield from child.walk()


class Nest:
    """The grouping of one order of levels: `levels` from the outside in, `forms` the objects of all levels there are.

    The first level is the document's own and has no entries; the form without a key is what the others group.
    """

    def __init__(self, levels: Sequence[str], forms: Iterable[ObjectForm]) -> None:
        self.levels = tuple(levels)
        self.forms = {form.level: form for form in forms}
        self.lines = next(form for form in self.forms.values() if not form.key)
        below_top = self.levels[1:]
        at = below_top.index(self.lines.level)
        self.above, self.below = below_top[:at], below_top[at + 1 :]
        self.linking_first = _linking_first(
            [form for form in self.forms.values() if form.level in below_top and form.key]
        )

    def group(self, document: Body, run: Run) -> Node:
        """The tree of one document; what cannot be in it is reported."""
        return _Grouping(self, document, run).group()


class _Grouping:
    """One document on its way into the tree."""

    def __init__(self, nest: Nest, document: Body, run: Run) -> None:
        self._nest = nest
        self._run = run
        self._top = Node(("", 0))
        self._lists = {level: _entries(document.get(form.name)) for level, form in nest.forms.items()}
        self._keys = {level: self._index(form) for level, form in nest.forms.items() if form.key}
        self._known: dict[Entry, dict[str, Entry]] = {}
        self._related: dict[Entry, set[Entry]] = {}

    def group(self) -> Node:
        nest = self._nest
        for at in range(len(self._lists[nest.lines.level])):
            self._place_line(at)
        for level in nest.linking_first:
            self._place_rest(level)
        self._tell_absent_levels()
        for level, form in nest.forms.items():
            if form.key and level in nest.levels:
                self._tell_links(form)
        return self._top

    # -------------------------------------------------------------------------------------- placing

    def _place_line(self, at: int) -> None:
        nest, line = self._nest, (self._nest.lines.level, at)
        around = self._around(line)
        path = [entry for level in nest.above if level in around for entry in self._chain(around[level])]
        node = self._insert([*path, line])
        for level in nest.below:
            for held in self._held(line, level):
                inner = self._around(held)
                between = [inner[other] for other in nest.below[: nest.below.index(level)] if other in inner]
                self._insert([*between, held], under=node, above=[*path, line])
        if not nest.below:
            self._tell_several(line)

    def _place_rest(self, level: str) -> None:
        """Entries without lines: an empty carton stands where its links say."""
        nest = self._nest
        form = nest.forms[level]
        left = [at for at in range(len(self._lists[level])) if (level, at) not in self._related]
        if left and level in nest.below:
            lines = nest.lines
            said = f"no line is in it, and level {level} stands below level {lines.level}"
            self._not_carried(f"{form.name}[{left[0]}]", len(left), said)
            return
        for at in left:
            if (level, at) not in self._related:
                around = {**self._around((level, at)), level: (level, at)}
                self._insert([each for one in nest.above if one in around for each in self._chain(around[one])])

    def _insert(self, path: Sequence[Entry], *, under: Node | None = None, above: Sequence[Entry] = ()) -> Node:
        node = under or self._top
        for entry in path:
            child = node.children.get(entry)
            if child is None:
                child = node.children[entry] = Node(entry)
            node = child
        whole = [*above, *path]
        for entry in whole:
            self._related.setdefault(entry, set()).update(whole)
        return node

    # ---------------------------------------------------------------------------------------- links

    def _around(self, entry: Entry, depth: int = 0) -> dict[str, Entry]:
        """What an entry belongs to, by level: its own links first, then those of what it is linked to."""
        known = self._known.get(entry)
        if known is not None:
            return known
        found = self._known[entry] = {}
        level, _ = entry
        outer: list[Entry] = []
        for link in self._nest.forms[level].links:
            for linked in () if link.shape.many else self._linked(entry, link.name, link.level):
                if link.level == level:
                    outer.append(linked)
                else:
                    found.setdefault(link.level, linked)
        for linked in [*found.values(), *outer] if depth < MAXIMUM_DEPTH else ():
            for other, further in self._around(linked, depth + 1).items():
                found.setdefault(other, further)
        return found

    def _chain(self, entry: Entry) -> list[Entry]:
        """A package with the packages it stands in, outermost first: links of a level to itself."""
        level, _ = entry
        own = [link.name for link in self._nest.forms[level].links if link.level == level and not link.shape.many]
        chain = [entry]
        while own and (outer := next(self._linked(chain[0], own[0], level), None)):
            if outer in chain or len(chain) == MAXIMUM_DEPTH:
                self._tell_circle(entry, own[0])
                break
            chain.insert(0, outer)
        return chain

    def _held(self, line: Entry, level: str) -> list[Entry]:
        """The entries of a level that stand below a line: the one it names, and those of its list."""
        names = [link.name for link in self._nest.lines.links if link.level == level]
        return list(dict.fromkeys(entry for name in names for entry in self._linked(line, name, level)))

    def _linked(self, entry: Entry, name: str, level: str) -> Iterator[Entry]:
        value = self._body(entry).get(name)
        for key in value if isinstance(value, list | tuple) else () if absent(value) else (value,):
            at = self._keys[level].get(key) if isinstance(key, str) else None
            if at is not None:
                yield level, at
            elif level in self._nest.levels:
                self._broken(entry, name, level, str(key))

    def _body(self, entry: Entry) -> Body:
        found = self._lists[entry[0]][entry[1]]
        return found if isinstance(found, Mapping) else _NOTHING

    def _index(self, form: ObjectForm) -> dict[str, int]:
        index: dict[str, int] = {}
        for at, entry in enumerate(self._lists[form.level]):
            key = entry.get(form.key) if isinstance(entry, Mapping) else None
            if isinstance(key, str) and index.setdefault(key, at) != at:
                message = f"'{key}' stands twice in '{form.name}': links cannot tell them apart"
                self._run.report(f"{form.name}[{at}].{form.key}", "", "broken-link", "refuse", message, value=key)
        return index

    # ------------------------------------------------------------------------------------- problems

    def _broken(self, entry: Entry, name: str, level: str, key: str) -> None:
        where = f"{self._nest.forms[entry[0]].name}[{entry[1]}].{name}"
        if all(problem.field != where for problem in self._run.problems):
            message = f"'{where}': there is no '{key}' in '{self._nest.forms[level].name}'"
            self._run.report(where, "", "broken-link", "refuse", message, value=key)

    def _tell_circle(self, entry: Entry, name: str) -> None:
        where = f"{self._nest.forms[entry[0]].name}[{entry[1]}].{name}"
        if all(problem.field != where for problem in self._run.problems):
            message = f"'{where}' goes round in a circle, or more than {MAXIMUM_DEPTH} deep"
            self._run.report(where, "", "broken-link", "refuse", message)

    def _not_carried(self, where: str, count: int, why: str) -> None:
        said = "" if count == 1 else f" and {count - 1} more"
        shape = "-".join(self._nest.levels)
        self._run.report(where, "", "not-carried", "warn", f"'{where}'{said}: {shape} cannot carry it: {why}")

    def _tell_absent_levels(self) -> None:
        for level, form in self._nest.forms.items():
            entries = self._lists[level]
            if entries and level not in self._nest.levels:
                self._not_carried(form.name, 1, f"it has no level {level} ({len(entries)} in the document)")

    def _tell_several(self, line: Entry) -> None:
        for link in self._nest.lines.links:
            if link.shape.many and link.level in self._nest.above and self._body(line).get(link.name):
                where = f"{self._nest.lines.name}[{line[1]}].{link.name}"
                self._not_carried(where, 1, f"a line stands under one {link.level}")

    def _tell_links(self, form: ObjectForm) -> None:
        """Links that the tree does not say, and entries that stand in it under several others."""
        levels = self._nest.levels
        for link in form.links:
            if link.level not in levels or link.level == form.level or link.shape.many:
                continue
            # Below the lines a package stands under each line it holds some of: nothing is said by that.
            over = form.level in self._nest.above and levels.index(link.level) < levels.index(form.level)
            for at in range(len(self._lists[form.level])):
                entry = (form.level, at)
                found = sorted(one for one in self._related.get(entry, ()) if one[0] == link.level)
                said = next(self._linked(entry, link.name, link.level), None)
                if said is not None and said not in found and entry in self._related:
                    self._not_carried(f"{form.name}[{at}].{link.name}", 1, "its lines stand under others")
                if over and len(found) > 1:
                    self._spans(form, link.level, at, found)

    def _spans(self, form: ObjectForm, level: str, at: int, found: Sequence[Entry]) -> None:
        other = self._nest.forms[level]
        names = ", ".join(f"'{self._body(one).get(other.key)}'" for one in found[:5])
        where = f"{form.name}[{at}]"
        message = f"'{where}' holds goods of {len(found)} {other.name} ({names}) and stands under each of them"
        key = self._body((form.level, at)).get(form.key)
        self._run.report(where, "", "package-spans-orders", "warn", message, value=str(key or ""))


def _linking_first(forms: Sequence[ObjectForm]) -> tuple[str, ...]:
    """Levels, those that link before those they link to: an empty carton brings its pallet and its order along."""
    left = list(forms)
    found: list[str] = []
    while left:
        linked = {link.level for form in left for link in form.links if link.level != form.level}
        chosen = next((form for form in left if form.level not in linked), left[0])
        left.remove(chosen)
        found.append(chosen.level)
    return tuple(found)


def _entries(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()
