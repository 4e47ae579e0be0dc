"""Small changes to a partner file that a person wrote: an entry more in a list, a value in an entry. Text in, text out.

Comments, order and spelling stay: only what is new is written, where a person would have written it. What comes out is
checked as any partner file is, by whoever writes it.
"""

from collections.abc import Mapping
from typing import Final

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from gateway.errors import NotInOrder

_INDENT: Final = "  "


def with_item(text: str, key: str, fields: Mapping[str, str]) -> str:
    """An entry more at the end of the list `key`, which is made when it is not there.

    `fields` are words and dates that need no quotes. Raises NotInOrder where the file is written in a way that is not
    understood here.
    """
    entry = "{" + ", ".join(f"{name}: {value}" for name, value in fields.items()) + "}"
    found = _value(_root(text), key)
    if found is None:
        return f"{text.rstrip()}\n{key}:\n{_INDENT}- {entry}\n"
    if not isinstance(found, SequenceNode):
        raise NotInOrder(f"`{key}` is no list: put {entry} there by hand")
    if found.flow_style:
        end = found.end_mark.index - 1
        return f"{text[:end].rstrip()}{', ' if found.value else ''}{entry}{text[end:]}"
    end = _end_of_line(text, _last(found))
    return f"{text[:end]}\n{' ' * found.start_mark.column}- {entry}{text[end:]}"


def with_value(text: str, key: str, entry: tuple[str, str], name: str, value: str) -> str:
    """`name: value` in the entry of the list `key` whose field `entry[0]` is `entry[1]`; replaces what `name` has.

    Raises NotInOrder when there is no such entry.
    """
    listed = _value(_root(text), key)
    for item in listed.value if isinstance(listed, SequenceNode) else ():
        known = _value(item, entry[0])
        if not isinstance(known, ScalarNode) or known.value != entry[1]:
            continue
        old = _value(item, name)
        if old is not None:
            return f"{text[: old.start_mark.index]}{value}{text[old.end_mark.index :]}"
        if item.flow_style:
            end = item.end_mark.index - 1
            return f"{text[:end].rstrip()}, {name}: {value}{text[end:]}"
        column = item.value[0][0].start_mark.column
        end = _end_of_line(text, _last(item))
        return f"{text[:end]}\n{' ' * column}{name}: {value}{text[end:]}"
    raise NotInOrder(f"`{key}` has no entry with {entry[0]}: {entry[1]}")


def _root(text: str) -> MappingNode:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        root = None
    if not isinstance(root, MappingNode):
        raise NotInOrder("the file cannot be read as a table: gateway partner check")
    return root


def _value(node: Node, key: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((value for name, value in pairs if isinstance(name, ScalarNode) and name.value == key), None)


def _last(node: Node) -> int:
    """Where the last thing in a node ends: the end of a block itself is where the next one begins."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _last(last[1] if isinstance(node, MappingNode) else last)


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)
