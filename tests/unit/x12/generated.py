"""Transaction sets made at random along their guides, and what they are apart from delimiters."""

from collections.abc import Iterator, Sequence
from random import Random

from gateway.x12.definitions import CompositeDefinition, ElementDefinition, ElementUse, Note, SegmentDefinition
from gateway.x12.guide import Guide, LoopSpec, load, releases
from gateway.x12.interchange import Loop, TransactionSet
from gateway.x12.outbound import outbound_segment
from gateway.x12.write import Binary, Composite, OutboundSegment, Repeats, Value

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz0123456789-.,()&%@#"
"""What texts are made of: no character that any test uses as a delimiter."""


def guides() -> list[Guide]:
    """Every guide there is."""
    found = (load(f"{set_id:03}", release) for release in releases() for set_id in range(100, 1000))
    return [guide for guide in found if guide is not None]


def a_body(guide: Guide, random: Random) -> list[OutboundSegment]:
    """Segments between ST and SE in the order of the guide, with all that is mandatory and some of the rest."""
    return list(_loop(guide, guide.root, random))[1:-1]


def _loop(guide: Guide, loop: LoopSpec, random: Random) -> Iterator[OutboundSegment]:
    for place, child in enumerate(loop.children):
        leads = place == 0 and loop is not guide.root
        wanted = leads or child.requirement == "M" or random.random() < 0.3
        limit = 1 if leads or child.id in ("ST", "SE") else child.maximum or 2
        for _ in range(random.randint(1, min(limit, 2)) if wanted else 0):
            if isinstance(child, LoopSpec):
                yield from _loop(guide, child, random)
            else:
                definition = guide.segment(child.id)
                assert definition is not None, child.id
                yield _segment(definition, random, repeats=guide.release.repeats)


def _segment(definition: SegmentDefinition, random: Random, *, repeats: bool) -> OutboundSegment:
    if definition.id in ("BIN", "BDS"):
        data = "~*:^|" + "".join(random.choices(LETTERS, k=9))
        head = ("ASC",) if definition.id == "BDS" else ()
        return (definition.id, *head, str(len(data)), Binary(data))
    present = _present(definition.elements, definition.notes, random)
    values: list[Value] = [
        _value(use, random, repeats=repeats) if there else ""
        for use, there in zip(definition.elements, present, strict=True)
    ]
    return (definition.id, *values)


def _present(uses: Sequence[ElementUse], notes: Sequence[Note], random: Random) -> list[bool]:
    """Which elements are there, in accord with the syntax notes as far as two rounds can bring it."""
    there = [True, *(use.requirement == "M" or random.random() < 0.4 for use in uses)]
    for note in (*notes, *notes):
        at = [position for position in note.positions if position < len(there)]
        met = [position for position in at if there[position]]
        if (note.kind == "P" and met) or (note.kind == "C" and there[at[0]]):
            wanted = at
        elif (note.kind == "R" and not met) or (note.kind == "L" and met == at[:1]):
            wanted = at[-1:]
        elif note.kind == "E":
            wanted = []
            for position in met[1:]:
                there[position] = False
        else:
            wanted = []
        for position in wanted:
            there[position] = True
    return there[1:]


def _value(use: ElementUse, random: Random, *, repeats: bool) -> Value:
    count = random.randint(1, min(use.repeat, 3)) if repeats else 1
    values = [_single(use, random) for _ in range(count)]
    return values[0] if count == 1 else Repeats(tuple(values))


def _single(use: ElementUse, random: Random) -> str | Composite:
    if use.element is not None:
        return _simple(use.element, random)
    assert use.composite is not None
    return _composite(use.composite, random)


def _composite(definition: CompositeDefinition, random: Random) -> Composite:
    there = _present(definition.elements, definition.notes, random)
    there[0] = True
    return tuple(
        _simple(use.element, random) if present and use.element is not None else ""
        for use, present in zip(definition.elements, there, strict=True)
    )


def _simple(element: ElementDefinition, random: Random) -> str:
    size = random.randint(element.minimum, max(element.minimum, min(element.maximum, 12)))
    match element.kind:
        case "N":
            return "".join(random.choices("0123456789", k=size))
        case "R":
            return "9." + "5" * (size - 1) if size > 1 and element.maximum > 1 else "7"
        case "DT":
            return "20260302"[8 - element.maximum :]
        case "TM":
            return "140559"[: max(4, min(element.maximum, 6))]
        case "ID" if element.codes:
            return random.choice(sorted(element.codes))
        case _:
            text = "".join(random.choices(LETTERS, k=size))
            text = text if text.strip() else "X" * size  # X12.6: more than spaces
            return text.upper() if element.kind == "ID" else text


def plain_segments(content: TransactionSet) -> list[OutboundSegment]:
    """What a set that was read says between ST and SE, free of delimiters."""
    return [plain(outbound_segment(one, content.interchange.delimiters)) for one in content.segments[1:-1]]


def plain(segment: OutboundSegment) -> OutboundSegment:
    """A segment without its empty ends, each element in its simplest form."""
    values = [_simplest(value) for value in segment]
    while not values[-1]:
        values.pop()
    return tuple(values)


def _simplest(value: Value) -> Value:
    if isinstance(value, Repeats):
        parts = [_simplest(one) for one in value.values]
        while parts and not parts[-1]:
            parts.pop()
        return Repeats(tuple(parts)) if len(parts) > 1 else parts[0] if parts else ""  # type: ignore[arg-type]  # no repeats within repeats
    if isinstance(value, tuple):
        while value and not value[-1]:
            value = value[:-1]
        return value if len(value) > 1 else value[0] if value else ""
    return value


def plain_tree(content: TransactionSet) -> object:
    """The tree of a set as nested tuples, free of delimiters and without ST and SE."""
    return _plain_loop(content.tree, content)


def _plain_loop(loop: Loop, content: TransactionSet) -> object:
    delimiters = content.interchange.delimiters
    segments = tuple(
        (name, tuple(plain(outbound_segment(one, delimiters)) for one in same))
        for name, same in loop.segments.items()
        if name not in ("ST", "SE")
    )
    loops = tuple((name, tuple(_plain_loop(one, content) for one in same)) for name, same in loop.loops.items())
    return loop.id, segments, loops
