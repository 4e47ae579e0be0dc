"""One code is one word, in whatever set it comes: what an order calls a case is a case on the invoice."""

from collections.abc import Iterator
from pathlib import Path

from gateway.mapping.codes import CodeList
from gateway.mapping.library import Library
from gateway.mapping.plan import PlannedObject

SHIPPED = Path(__file__).parents[3] / "mappings"
FILES = {str(path.relative_to(SHIPPED)): path.read_text("utf-8") for path in SHIPPED.glob("x12/*/v1.map.yaml")}


def lists(planned: PlannedObject) -> Iterator[tuple[str, CodeList]]:
    """Data element and code list of every field below."""
    for part in planned.parts:
        if part.codes is not None and part.target.definition is not None:
            yield part.target.definition.reference, part.codes
    for child in planned.fields:
        if isinstance(child, PlannedObject):
            yield from lists(child)
        elif child.codes and child.target and child.target.definition:
            yield child.target.definition.reference, child.codes


def test_a_code_of_an_element_is_the_same_word_in_every_base_mapping() -> None:
    library = Library(FILES)
    words: dict[tuple[str, str], dict[str, str]] = {}
    for name in library.names():
        for plan in library.compile(name).plans.values():
            for element, codes in lists(plan.root):
                for code, word in codes.reads.items():
                    words.setdefault((element, code), {}).setdefault(word, name)

    assert {said: found for said, found in words.items() if len(found) > 1} == {}
