import json
import re
from pathlib import Path

import pytest

from gateway.canonical import SCHEMAS
from gateway.canonical.reference import reference
from gateway.canonical.sets import sets_of

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "canonical.md").read_text(encoding="utf-8")


def page_of(name: str) -> str:
    return (DOCS / "canonical" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_type_has_a_page_with_its_tables_as_they_are(name: str) -> None:
    head = f"# Every field of {name}\n\n[How to read a canonical document](../canonical.md)\n\n"

    assert page_of(name) == head + reference(name), f"write it anew below its head: gateway schema {name} --markdown"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_type_is_listed_with_its_sets_and_its_sentence(name: str) -> None:
    sentence = (SCHEMAS[name].__doc__ or "").partition("\n")[0]

    assert f"| [`{name}`](canonical/{name}.md) | {', '.join(sets_of(name))} | {sentence} |" in PAGE


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_link_in_the_tables_leads_to_a_table(name: str) -> None:
    headings = {heading.lower() for heading in re.findall(r"^### (\S+)$", page_of(name), flags=re.MULTILINE)}

    assert set(re.findall(r"\(#(\w+)\)", page_of(name))) <= headings


def test_the_example_on_the_page_is_an_order() -> None:
    example = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])

    assert SCHEMAS["order.v1"].model_validate(example).body() == example
