import json
import re
from pathlib import Path

from gateway.canonical import SCHEMAS
from gateway.canonical.reference import reference

PAGE = (Path(__file__).parents[3] / "docs" / "canonical.md").read_text(encoding="utf-8")


def test_the_page_has_the_tables_of_every_type_as_they_are() -> None:
    for name in SCHEMAS:
        assert reference(name) in PAGE


def test_every_link_in_the_tables_leads_to_a_table() -> None:
    headings = {heading.lower() for heading in re.findall(r"^### (\S+)$", PAGE, flags=re.MULTILINE)}

    assert set(re.findall(r"\(#(\w+)\)", PAGE)) <= headings


def test_the_example_on_the_page_is_an_order() -> None:
    example = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])

    assert SCHEMAS["order.v1"].model_validate(example).body() == example
