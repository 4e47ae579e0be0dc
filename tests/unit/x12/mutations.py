"""Good documents of every guide, and named mutations of them: one fault each, with the code that it must be told by."""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import NamedTuple

from gateway.x12.definitions import ElementDefinition, ElementUse
from gateway.x12.guide import Guide, LoopSpec
from gateway.x12.interchange import Delimiters, SetResult
from gateway.x12.read import examine
from gateway.x12.write import write_segment
from tests.unit.x12.generated import a_body, guides
from tests.unit.x12.samples import group, interchange, sets

GUIDES = {f"{guide.set_id}-{guide.release.id}": guide for guide in guides()}
"""Every guide by set and release."""

LEFT_ALONE = ("BIN", "BDS", "HL", "LS", "LE", "CTT", "ST", "SE")
"""Segments that say something about others: more than one finding may follow from a change in them."""


class Mutant(NamedTuple):
    """A set, ST to SE, with one fault; `code` is what tells it, about the segment `name`."""

    segments: list[str]
    code: str
    name: str


Mutation = Callable[[Guide, list[str], Random], "Mutant | None"]
"""Makes a mutant of a good set; None when the set has nothing to be mutated so."""


def a_document(guide: Guide, random: Random) -> list[str]:
    """A good set, ST to SE, made at random along its guide."""
    delimiters = Delimiters(repetition="^" if guide.release.repeats else "")
    body = [write_segment(segment, delimiters) for segment in a_body(guide, random)]
    body = [segment.removesuffix("~") for segment in body]
    return [f"ST*{guide.set_id}*0001", *_coherent(guide, body), f"SE*{len(body) + 2}*0001"]


def _coherent(guide: Guide, body: list[str]) -> Iterator[str]:
    """Levels all at the top, bounds in pairs, totals right."""
    levels, bound = 0, ""
    lines = sum(segment.split("*")[0] == guide.line_item for segment in body)
    for segment in body:
        elements = segment.split("*")
        if elements[0] == "HL":
            levels += 1
            yield f"HL*{levels}**S"
        elif elements[0] in ("LS", "LE"):
            bound = elements[1] if elements[0] == "LS" else bound
            yield f"{elements[0]}*{bound}"
        elif elements[0] == "CTT" and guide.line_item and lines:
            yield "*".join(["CTT", str(lines), *elements[2:]])
        else:
            yield segment


def found(guide: Guide, segments: list[str]) -> SetResult:
    """What is found in a set."""
    version = guide.release.id
    data = interchange(group(segments, version=version, functional_id=guide.functional_id), version=version)
    (result,) = sets(list(examine(data)))
    return result


def good_document(guide: Guide, seed: object) -> list[str] | None:
    """A document without any finding; notes that contradict each other leave a seed without one."""
    document = a_document(guide, Random(f"{guide.set_id} {guide.release.id} {seed}"))
    return None if found(guide, document).findings else document


def _counted(segments: list[str]) -> list[str]:
    return [*segments[:-1], f"SE*{len(segments)}*0001"]


def _elements(guide: Guide, segments: list[str], random: Random) -> Iterator[tuple[int, ElementUse, list[str]]]:
    """Simple elements that have a single value, in a random order: index of the segment, element, the segment."""
    places = [
        (index, use)
        for index, segment in enumerate(segments)
        if segment.split("*")[0] not in LEFT_ALONE and (definition := guide.segment(segment.split("*")[0]))
        for use in definition.elements
    ]
    random.shuffle(places)
    for index, use in places:
        elements = segments[index].split("*")
        if use.element is not None and use.position < len(elements) and elements[use.position].isalnum():
            yield index, use, elements


def _changed(change: Callable[[ElementDefinition, str], str], code: str) -> Mutation:
    """Another value for one element that `change` has one for."""

    def mutate(guide: Guide, segments: list[str], random: Random) -> Mutant | None:
        for index, use, elements in _elements(guide, segments, random):
            assert use.element is not None
            value = change(use.element, elements[use.position])
            if value:
                elements[use.position] = value
                return Mutant([*segments[:index], "*".join(elements), *segments[index + 1 :]], code, elements[0])
        return None

    return mutate


def _unknown_code(element: ElementDefinition, _value: str) -> str:
    candidates = ("Q" * element.minimum, "9" * element.minimum, "ZX8QW"[: element.maximum], "QX7"[: element.maximum])
    fits = (one for one in candidates if element.minimum <= len(one) <= element.maximum)
    return "" if element.codes is None else next((one for one in fits if one not in element.codes), "")


def _too_long(element: ElementDefinition, value: str) -> str:
    return value + "9" * (element.maximum + 1 - len(value)) if element.maximum < 500 else ""


def _too_short(element: ElementDefinition, value: str) -> str:
    return value[: element.minimum - 1]


def _no_number(element: ElementDefinition, value: str) -> str:
    return "x" + value[1:] if element.kind in ("N", "R") else ""


def _no_date(element: ElementDefinition, value: str) -> str:
    return value[:-4] + "0230" if element.kind == "DT" else ""


def _no_time(element: ElementDefinition, value: str) -> str:
    return "25" + value[2:] if element.kind == "TM" else ""


def _control(element: ElementDefinition, value: str) -> str:
    return "\x07" + value[1:] if element.kind == "AN" else ""


def _mandatory_element_missing(guide: Guide, segments: list[str], random: Random) -> Mutant | None:
    for index, use, elements in _elements(guide, segments, random):
        if use.requirement == "M" and any(elements[1 : use.position] + elements[use.position + 1 :]):
            elements[use.position] = ""
            while not elements[-1]:
                elements.pop()
            return Mutant([*segments[:index], "*".join(elements), *segments[index + 1 :]], "AK403:1", elements[0])
    return None


def _element_too_many(guide: Guide, segments: list[str], random: Random) -> Mutant | None:
    for index, _use, elements in _elements(guide, segments, random):
        definition = guide.segment(elements[0])
        assert definition is not None
        extra = [""] * (len(definition.elements) + 1 - len(elements)) + ["x", "y"]
        return Mutant([*segments[:index], "*".join(elements + extra), *segments[index + 1 :]], "AK403:3", elements[0])
    return None


def _pair_broken(guide: Guide, segments: list[str], random: Random) -> Mutant | None:
    """The second of two elements that belong together is gone, and no other note speaks of it."""
    for index, use, elements in _elements(guide, segments, random):
        definition = guide.segment(elements[0])
        assert definition is not None
        about = [note for note in definition.notes if use.position in note.positions]
        if use.requirement == "M" or len(about) != 1 or about[0].kind != "P":
            continue
        elements[use.position] = ""
        while not elements[-1]:
            elements.pop()
        if any(position < len(elements) and elements[position] for position in about[0].positions):
            return Mutant([*segments[:index], "*".join(elements), *segments[index + 1 :]], "AK403:2", elements[0])
    return None


def _inserted(segment: str, code: str) -> Mutation:
    def mutate(_guide: Guide, segments: list[str], random: Random) -> Mutant:
        at = random.randint(1, len(segments) - 1)
        return Mutant(_counted([*segments[:at], segment, *segments[at:]]), code, segment.split("*")[0])

    return mutate


def _foreign(guide: Guide, segments: list[str], random: Random) -> Mutant:
    other = random.choice(sorted(guide.release.segment_ids - guide.segment_ids() - {"ISA", "IEA", "GS", "GE", "TA1"}))
    return _insert_at_random(segments, f"{other}*1", random, "AK304:6", other)


def _insert_at_random(segments: list[str], new: str, random: Random, code: str, name: str) -> Mutant:
    at = random.randint(1, len(segments) - 1)
    return Mutant(_counted([*segments[:at], new, *segments[at:]]), code, name)


def _garbled_id(guide: Guide, segments: list[str], random: Random) -> Mutant | None:
    """A segment's id is misspelt, whatever hangs on it."""
    at = random.randint(1, len(segments) - 2)
    name, _, rest = segments[at].partition("*")
    wrong = name.lower()
    if name in LEFT_ALONE:
        return None
    return Mutant([*segments[:at], f"{wrong}*{rest}" if rest else wrong, *segments[at + 1 :]], "AK304:1", wrong)


def _trailer(segment: str, code: str) -> Mutation:
    def mutate(_guide: Guide, segments: list[str], _random: Random) -> Mutant:
        last = segment.format(count=len(segments))
        return Mutant([*segments[:-1], *([last] if last else [])], code, "")

    return mutate


MUTATIONS: Mapping[str, Mutation] = {
    "an unknown code": _changed(_unknown_code, "AK403:7"),
    "a value too long": _changed(_too_long, "AK403:5"),
    "a value too short": _changed(_too_short, "AK403:4"),
    "a letter in a number": _changed(_no_number, "AK403:6"),
    "a day that does not exist": _changed(_no_date, "AK403:8"),
    "an hour that does not exist": _changed(_no_time, "AK403:9"),
    "a control character": _changed(_control, "AK403:6"),
    "a mandatory element left out": _mandatory_element_missing,
    "elements too many": _element_too_many,
    "half a pair": _pair_broken,
    "an unknown segment": _inserted("XYZ*1", "AK304:1"),
    "a segment of another set": _foreign,
    "a segment id in lower case": _garbled_id,
    "a wrong count": _trailer("SE*99999*0001", "AK502:4"),
    "a wrong control number": _trailer("SE*{count}*0009", "AK502:3"),
    "no trailer": _trailer("", "AK502:2"),
}
"""Mutations by their names."""


def triggers(guide: Guide) -> frozenset[str]:
    """Segments that start a loop."""
    return frozenset(spec.id for _, spec in guide.root.walk() if isinstance(spec, LoopSpec))
