"""Two mappings told apart in words: fields that came, went and moved, and what changed about them and their codes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from gateway.mapping.codes import CodeList
from gateway.mapping.explain import entered
from gateway.mapping.language import Demand, FieldForm, Located, ObjectForm, Part
from gateway.mapping.library import Resolved

Kind = Literal["head", "added", "removed", "moved", "changed", "codes"]

UNKNOWN: Final = {"keep": "kept as they stand", "refuse": "refused", "park": "held for a person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: `said` is a sentence about `subject`, a canonical path (`lines[].unit`), a code list or a key.

    `was` and `now` are what it is about, "" where there was, or is, nothing; `origin` is file and line of what is now
    (of what was, when it is gone).
    """

    kind: Kind
    subject: str
    said: str
    was: str = ""
    now: str = ""
    origin: str = ""

    def __str__(self) -> str:
        return f"{self.subject}: {self.said}"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is said about one canonical path."""

    place: str
    facts: Mapping[str, str]
    origin: str


def changes(before: Resolved, after: Resolved) -> tuple[Change, ...]:
    """What somebody has to know who goes from one to the other, in the order of the map."""
    return (*_head(before, after), *_fields(before, after), *_codes(before.codes, after.codes))


# ---------------------------------------------------------------------------------------------------- head


def _head(before: Resolved, after: Resolved) -> Iterator[Change]:
    was, now = _head_facts(before), _head_facts(after)
    for key in was | now:
        if was.get(key, "") != now.get(key, ""):
            yield _changed("head", key, "", was.get(key, ""), now.get(key, ""), str(after.mapped.place))


def _head_facts(resolved: Resolved) -> dict[str, str]:
    mapped = resolved.mapped
    facts = {
        "transaction": mapped.transaction,
        "versions": ", ".join(mapped.versions),
        "canonical": mapped.canonical,
        "direction": mapped.direction,
        "levels": "-".join(mapped.root.levels),
        "split": f"by {mapped.split.by} into {mapped.split.into}" if mapped.split else "",
        "split: differ": mapped.split.differing if mapped.split else "",
        "business number": next(iter(mapped.search), ""),
    }
    for kind, words in (("search", mapped.search), ("thread", mapped.thread)):
        facts |= {f"{kind} key '{name}'": _locations(at) for name, at in words.items()}
    return facts


# -------------------------------------------------------------------------------------------------- fields


def _fields(before: Resolved, after: Resolved) -> Iterator[Change]:
    was, now = dict(_facts(before.mapped.root, "")), dict(_facts(after.mapped.root, ""))
    for path, facts in was.items():
        if path not in now and _outer(path) not in was.keys() - now.keys():
            inside = sum(other.startswith(f"{path}.") for other in was)
            more = f", with all {inside} fields in it" if inside else ""
            said = f"removed: it was {facts.place}{more}"
            yield Change(kind="removed", subject=path, said=said, was=facts.place, origin=facts.origin)
    for path, facts in now.items():
        if path in was:
            yield from _both(path, was[path], facts)
        elif _outer(path) not in now.keys() - was.keys():
            inside = sum(other.startswith(f"{path}.") for other in now)
            more = f", with {inside} fields in it" if inside else ""
            said = f"added: {facts.place}{more}"
            yield Change(kind="added", subject=path, said=said, now=facts.place, origin=facts.origin)


def _both(path: str, was: _Facts, now: _Facts) -> Iterator[Change]:
    if was.place != now.place:
        said = f"moved from {was.place} to {now.place}"
        yield Change(kind="moved", subject=path, said=said, was=was.place, now=now.place, origin=now.origin)
    for key in {**was.facts, **now.facts}:
        one, other = was.facts.get(key, ""), now.facts.get(key, "")
        if one != other:
            yield _changed("changed", path, f"{key} ", one, other, now.origin)


def _changed(kind: Kind, subject: str, what: str, was: str, now: str, origin: str) -> Change:
    if not was:
        said = f"{what}{now} is new"
    elif not now:
        said = f"{what}{was} is gone"
    else:
        said = f"{what}{now}, was {was}"
    return Change(kind=kind, subject=subject, said=said, was=was, now=now, origin=origin)


def _outer(path: str) -> str:
    return path.rpartition(".")[0]


def _facts(form: ObjectForm, path: str) -> Iterator[tuple[str, _Facts]]:
    for child in form.fields:
        many = child.shape.many and isinstance(child, ObjectForm)
        name = f"{path}{child.name}" + ("[]" if many else "")
        if isinstance(child, FieldForm):
            place = _locations(child.at) or ("a constant" if child.const is not None else "worked out")
            yield name, _Facts(place, _said(_of_field(child)), str(child.place))
            continue
        yield name, _Facts(entered(child), _said(_of_object(child)), str(child.place))
        for offset, part in enumerate(child.parts):
            place = f"{_locations(child.at)}{child.start + offset:02d} and every {len(child.parts)} after"
            yield f"{name}.{part.name}", _Facts(place, _said(_of_part(part)), str(part.place))
        for link in child.links:
            yield f"{name}.{link.name}", _Facts(f"the key of level {link.level}", {}, str(link.place))
        yield from _facts(child, f"{name}.")


def _said(facts: Mapping[str, str | bool | None]) -> dict[str, str]:
    return {
        key: "true" if value is True else str(value) for key, value in facts.items() if value not in (None, "", False)
    }


def _of_field(form: FieldForm) -> dict[str, str | bool | None]:
    return {
        "type": form.kind if form.typed else "",
        "code list": form.code,
        "cross reference": form.xref,
        "default": form.default,
        "constant": form.const,
        "with": _demands(form.companions),
        "when": _demands(form.when),
        "required:": form.required,
        "search key": form.search,
        "first:": form.first,
        "join": None if form.join is None else repr(form.join),
        "decimals": None if form.decimals is None else str(form.decimals),
        "fit": form.fit,
        "match": form.match.text if form.match else "",
        "slot": str(form.slot or ""),
        "carry": form.carry,
        "read": form.read.text if form.read else "",
        "write": form.write.text if form.write else "",
        "only": ", ".join(only.version for only in form.only),
    }


def _of_object(form: ObjectForm) -> dict[str, str | bool | None]:
    units = form.units
    return {
        "when": _demands(form.when),
        "required:": form.required and not form.shape.required,
        "first:": form.first,
        "rest:": form.rest,
        "apart:": form.apart,
        "key": form.key,
        "only": ", ".join(only.version for only in form.only),
        "units by": f"{units.table} for {', '.join('.'.join(path) for path in units.quantities)}" if units else "",
    }


def _of_part(part: Part) -> dict[str, str | bool | None]:
    return {"type": part.kind, "code list": part.code, "cross reference": part.xref}


def _locations(at: tuple[Located, ...]) -> str:
    return " or ".join(map(str, at))


def _demands(demands: tuple[Demand, ...]) -> str:
    return ", ".join(f"{each.at} {'|'.join(each.values)}" for each in demands)


# --------------------------------------------------------------------------------------------------- codes


def _codes(before: Mapping[str, CodeList], after: Mapping[str, CodeList]) -> Iterator[Change]:
    for name in {**before, **after}:
        subject = f"code list '{name}'"
        if name not in after:
            yield Change(kind="codes", subject=subject, said="is gone", was=name)
        elif name not in before:
            yield Change(kind="codes", subject=subject, said=f"is new, with {len(after[name].reads)} codes", now=name)
        else:
            yield from _list(subject, before[name], after[name])


def _list(subject: str, was: CodeList, now: CodeList) -> Iterator[Change]:
    for code in {**was.reads, **now.reads}:
        one, other = _word(was, code), _word(now, code)
        if one == other:
            continue
        origin = str((now if other else was).places[code])
        if not one:
            said = f"{code} ({other}) is new"
        elif not other:
            said = f"{code} ({one}) is gone"
        else:
            said = f"{code} is {other}, was {one}"
        yield Change(kind="codes", subject=subject, said=said, was=one, now=other, origin=origin)
    if was.unknown != now.unknown:
        said = f"other codes are {UNKNOWN[now.unknown]}, were {UNKNOWN[was.unknown]}"
        yield Change(kind="codes", subject=subject, said=said, was=was.unknown, now=now.unknown)


def _word(codes: CodeList, code: str) -> str:
    word = codes.reads.get(code, "")
    return f"{word}, only read" if word and codes.writes.get(word) != code else word
