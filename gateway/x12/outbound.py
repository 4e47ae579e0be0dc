"""From the tree of a set that was read to what writing takes: values in their parts, free of any delimiters."""

from gateway.x12.interchange import Delimiters, Segment, TransactionSet
from gateway.x12.write import Binary, Composite, OutboundSegment, OutboundSet, Repeats, Value, binary_place


def outbound_set(content: TransactionSet) -> OutboundSet:
    """A set as it was read, to be written in any interchange: without ST and SE, which writing makes anew."""
    delimiters = content.interchange.delimiters
    return OutboundSet(
        id=content.header.id,
        segments=[outbound_segment(segment, delimiters) for segment in content.segments[1:-1]],
        implementation=content.header.implementation,
    )


def outbound_segment(segment: Segment, delimiters: Delimiters) -> OutboundSegment:
    """A segment that was read with `delimiters`: composites and repetitions in their parts, binary data as such."""
    place = binary_place(segment[0])
    if place and len(segment) == place + 1 and segment[place - 1] == str(len(segment[place])):
        head = (value_of(text, delimiters) for text in segment[1:place])
        return (segment[0], *head, Binary(segment[place]))
    return (segment[0], *(value_of(text, delimiters) for text in segment[1:]))


def value_of(text: str, delimiters: Delimiters) -> Value:
    """One element in its parts; a string when it has neither components nor repetitions."""
    if delimiters.repetition and delimiters.repetition in text:
        return Repeats(tuple(_single(one, delimiters.component) for one in text.split(delimiters.repetition)))
    return _single(text, delimiters.component)


def _single(text: str, component: str) -> str | Composite:
    return tuple(text.split(component)) if component in text else text
