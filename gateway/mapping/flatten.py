"""HL levels to flat lists: the tree that HL01 and HL02 say is walked once, and what stood above becomes links.

Two levels with equal key and equal content are one entry: a carton with goods of two orders stands under both of them
in S-O-P-I. The document comes out the same whatever the order of levels was, as far as it carries the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.mapping.language import Link, ObjectForm
from gateway.mapping.levels import LOOP
from gateway.mapping.reading import State
from gateway.mapping.scan import Rule
from gateway.x12.interchange import Loop, Segment

Body = dict[str, object]

MAXIMUM_DEPTH: Final = 20
"""Levels above a leaf that are looked at: more are only packages in packages, or made to keep us busy."""


@dataclass(slots=True, eq=False)
class _Entry:
    """One entry of a list: what was read of it, and the key it is linked by.

    `linked` are, by level, the keys it goes with anywhere in the tree; "" when it goes without any somewhere.
    """

    level: str
    body: Body
    key: str
    made: bool
    linked: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))


@dataclass(slots=True, eq=False)
class _Stand:
    """Where one HL stands: under which other, with which entry, and of each level the nearest entry from here up."""

    above: "_Stand | None" = None
    entry: _Entry | None = None
    nearest: dict[str, _Entry] = field(default_factory=dict)
    is_leaf: bool = True

    def upwards(self) -> Iterator[_Entry]:
        """The entries from here to the top, or as many as are looked at."""
        stand: _Stand | None = self
        for _ in range(MAXIMUM_DEPTH):
            if stand is None:
                return
            if stand.entry is not None:
                yield stand.entry
            stand = stand.above


@dataclass(slots=True)
class _List:
    """The entries of one level. `same` finds an entry by its key and all that was read of it, `first` by the key."""

    form: ObjectForm
    fill: Rule
    entries: list[_Entry] = field(default_factory=list)
    same: dict[tuple[str, str], int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    @property
    def makes_keys(self) -> bool:
        """True where an entry without a key needs one even if nothing links to it."""
        shape = self.form.shape.field(self.form.key) if self.form.key else None
        return shape is not None and shape.required


def levels_rule(levels: Sequence[str], objects: Sequence[tuple[ObjectForm, Rule]]) -> Rule:
    """A rule that fills the lists of all `objects` from the HL loops of a set; `levels[0]` is the set's own level."""
    top = levels[0] if levels else ""

    def rule(loop: Loop, out: Body, state: State) -> None:
        _Walk(top, objects, state).walk(loop.loops.get(LOOP, ()), out)

    return rule


class _Walk:
    """One reading of one set."""

    def __init__(self, top: str, objects: Sequence[tuple[ObjectForm, Rule]], state: State) -> None:
        self._top = top
        self._state = state
        self._lists = {form.level: _List(form, fill) for form, fill in objects}
        self._links = {form.level: tuple({link.level for link in form.links}) for form, _ in objects}
        self._tops = 0
        self._strange: set[str] = set()

    def walk(self, loops: Sequence[Loop], out: Body) -> None:
        """Read every level in its order, then say what belongs to what."""
        stands: list[_Stand] = []
        numbered: dict[str, _Stand] = {}
        for loop in loops:
            number, parent, level = (*loop.head[1:4], "", "", "")[:3]
            above = numbered.get(parent) or _Stand()
            above.is_leaf = False
            stands.append(self._stand(self._entry(level, loop), above))
            numbered[number] = stands[-1]
        for stand in stands:
            if stand.is_leaf:
                self._note_links(stand)
        for known in self._lists.values():
            _set_links(known, self._state)
        self._keys()
        for known in self._lists.values():
            if known.entries:
                out[known.form.name] = [entry.body for entry in known.entries]

    def _stand(self, entry: _Entry | None, above: _Stand) -> _Stand:
        if entry is None:
            return _Stand(above, None, above.nearest)
        if entry.level in self._links[entry.level] and entry.level in above.nearest:
            # A package in a package: of links of a level to itself only what stands above counts.
            entry.linked[entry.level][above.nearest[entry.level].key] = None
        return _Stand(above, entry, {**above.nearest, entry.level: entry})

    def _note_links(self, leaf: _Stand) -> None:
        """From one leaf up to the top: each entry goes with the others, whichever of them stands above."""
        for entry in leaf.upwards():
            for level in self._links[entry.level]:
                if level != entry.level:
                    other = leaf.nearest.get(level)
                    entry.linked[level][other.key if other is not None else ""] = None

    def _entry(self, level: str, loop: Loop) -> _Entry | None:
        known = self._lists.get(level)
        if known is None:
            self._unmapped(level, loop.head)
            return None
        body: Body = {}
        before = len(self._state.problems)
        known.fill(loop, body, self._state)
        at = self._found(known, body, loop.head) if known.form.key else None
        if at is None:
            at = len(known.entries)
            known.entries.append(_Entry(level, body, "", made=False))
        if len(self._state.problems) > before:
            self._state.prefix(before, f"{known.form.name}[{at}].")
        return known.entries[at]

    def _found(self, known: _List, body: Body, head: Segment) -> int:
        """Where the entry of this key and content stands, after adding it when it is new."""
        key = body.get(known.form.key)
        if not isinstance(key, str):
            return self._added(known, body, "", made=True)
        content = repr(body)
        at = known.same.get((key, content))
        if at is not None:
            return at
        first = known.first.get(key)
        if first is None:
            at = self._added(known, body, key, made=False)
        elif _agree(known.entries[first].body, body):
            known.entries[first].body.update(body)
            at = first
        else:
            at = self._added(known, body, key, made=False)
            self._differ(known.form, key, head)
        known.same[key, content] = at
        known.first.setdefault(key, at)
        return at

    def _added(self, known: _List, body: Body, key: str, *, made: bool) -> int:
        at = len(known.entries)
        name = key or f"#{at + 1}"
        number = 1 if key else at + 1
        while name in known.used:
            number += 1
            name = f"{key}#{number}"
        known.used.add(name)
        if not made:
            body[known.form.key] = name
        known.entries.append(_Entry(known.form.level, body, name, made))
        return at

    def _differ(self, form: ObjectForm, key: str, head: Segment) -> None:
        message = f"level {form.level} '{key}' stands in the set again and says something else: kept as another entry"
        self._state.report(form.key, str(form.at[0]), "levels-differ", "warn", message, value=key, segment=head)

    def _unmapped(self, level: str, head: Segment) -> None:
        if level == self._top:
            self._tops += 1
            if self._tops == 2:
                message = f"a second level {level}: one set is one document"
                self._state.report("", f"{LOOP}({level})", "ambiguous", "park", message, segment=head)
        elif level not in self._strange:
            self._strange.add(level)
            message = f"the mapping has nothing for level {level or 'without a code'}: what stands there is lost"
            self._state.report("", f"{LOOP}03", "unmapped-level", "park", message, value=level, segment=head)

    def _keys(self) -> None:
        """Made keys stand in the entry where something links to it, or the model asks for one."""
        wanted: set[tuple[str, str]] = set()
        for known in self._lists.values():
            for entry in known.entries:
                wanted |= {(level, key) for level, keys in entry.linked.items() for key in keys}
        for level, known in self._lists.items():
            for entry in known.entries:
                if entry.made and (known.makes_keys or (level, entry.key) in wanted):
                    entry.body[known.form.key] = entry.key


def _agree(one: Body, other: Body) -> bool:
    """Whether neither says of anything what the other does not."""
    return all(one[name] == value for name, value in other.items() if name in one)


def _set_links(known: _List, state: State) -> None:
    """The one entry that an entry always goes with is its link; of several a list has all, a single field none."""
    for link in known.form.links:
        for at, entry in enumerate(known.entries):
            found = entry.linked.get(link.level, {})
            keys = list(filter(None, found))
            if link.shape.many and len(keys) > 1:
                entry.body[link.name] = keys
            elif not link.shape.many and len(found) == len(keys) == 1:
                entry.body[link.name] = keys[0]
            elif len(keys) > 1 and not known.form.key and not _has_list(known.form.links, link.level):
                message = f"{len(keys)} levels {link.level} belong to one: '{link.name}' holds one of them"
                name = f"{known.form.name}[{at}].{link.name}"
                state.report(name, f"{LOOP}({link.level})", "ambiguous", "park", message, value=", ".join(keys))


def _has_list(links: Sequence[Link], level: str) -> bool:
    return any(link.level == level and link.shape.many for link in links)
