"""The edits that turn a good interchange into one with a defect. A segment is named by its id: `REF` is the first REF
of the interchange, `REF#2` the second, `3/REF#2` the second in the third set. An element is named as usual: `BEG03`,
`PO102#2`.

    drop: REF#2                            leave a segment out
    cut: GE                                leave out everything from a segment on
    replace: BEG, by: BEG*00               put one segment, or a list of them, in place of another
    before: PO1, insert: XYZ*1             put one segment, or a list, before another
    after: PO1, insert: XYZ*1              ... or behind it
    swap: [N3, N4]                         change places
    move: BEG, after: CUR                  take a segment away and put it behind another
    repeat: SAC, times: 26                 write a segment that often, one behind the other
    set: {BEG03: "", PO102#2: 1O}          give elements other values; "" leaves one empty
    text: old, by: new                     change the text of the whole interchange, once; the last thing that is done
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Edit = Mapping[str, Any]

_SEGMENT = re.compile(r"(?:(?P<set>\d+)/)?(?P<id>[A-Za-z0-9]{2,3})(?:#(?P<number>\d+))?")
_ELEMENT = re.compile(r"(?P<before>(?:\d+/)?[A-Z0-9]{2,3})(?P<element>\d\d)(?P<behind>(?:#\d+)?)")


def edited(segments: Sequence[str], edits: Sequence[Edit]) -> list[str]:
    """The segments after all edits but those of the text."""
    lines = list(segments)
    for edit in edits:
        if "text" not in edit:
            _edit(lines, edit)
    return lines


def edited_text(text: str, edits: Sequence[Edit]) -> str:
    """The interchange's text after the edits of the text."""
    for edit in edits:
        if "text" in edit:
            assert edit["text"] in text, f"{edit['text']!r} is not in the interchange"
            text = text.replace(edit["text"], edit["by"], 1)
    return text


def _edit(lines: list[str], edit: Edit) -> None:
    match dict(edit):
        case {"drop": str(name)}:
            del lines[_find(lines, name)]
        case {"cut": str(name)}:
            del lines[_find(lines, name) :]
        case {"replace": str(name), "by": new}:
            at = _find(lines, name)
            lines[at : at + 1] = _several(new)
        case {"repeat": str(name), "times": str(times)}:
            at = _find(lines, name)
            lines[at : at + 1] = [lines[at]] * int(times)
        case {"set": dict(values)}:
            for element, value in values.items():
                _set(lines, element, value)
        case _:
            _place(lines, edit)


def _place(lines: list[str], edit: Edit) -> None:
    match dict(edit):
        case {"before": str(name), "insert": new}:
            at = _find(lines, name)
            lines[at:at] = _several(new)
        case {"after": str(name), "insert": new}:
            at = _find(lines, name) + 1
            lines[at:at] = _several(new)
        case {"swap": [str(one), str(other)]}:
            first, second = _find(lines, one), _find(lines, other)
            lines[first], lines[second] = lines[second], lines[first]
        case {"move": str(name), "after": str(other)}:
            line = lines.pop(_find(lines, name))
            lines.insert(_find(lines, other) + 1, line)
        case _:
            raise AssertionError(f"no such edit: {edit}")


def _find(lines: Sequence[str], name: str) -> int:
    found = _SEGMENT.fullmatch(name)
    assert found is not None, f"no name of a segment: {name}"
    places = [index for index, line in enumerate(lines) if line.split("*", 1)[0] == found["id"]]
    if found["set"]:
        starts = [index for index, line in enumerate(lines) if line.startswith("ST*")]
        start, end = [*starts, len(lines)][int(found["set"]) - 1 :][:2]
        places = [index for index in places if start <= index < end]
    number = int(found["number"] or 1)
    assert number <= len(places), f"no {name} in the interchange"
    return places[number - 1]


def _set(lines: list[str], name: str, value: str) -> None:
    found = _ELEMENT.fullmatch(name)
    assert found is not None, f"no name of an element: {name}"
    at, position = _find(lines, found["before"] + found["behind"]), int(found["element"])
    elements = lines[at].split("*")
    elements += [""] * (position + 1 - len(elements))
    elements[position] = value
    lines[at] = "*".join(elements).rstrip("*") if value == "" else "*".join(elements)


def _several(new: object) -> list[str]:
    return [new] if isinstance(new, str) else list(new)  # type: ignore[call-overload]  # a list of segments
