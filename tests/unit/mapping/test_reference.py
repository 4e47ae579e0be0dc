"""docs/mapping-language.md is what authors have: it must name everything there is."""

import re
from pathlib import Path

import pytest

from gateway.mapping.expression import FUNCTIONS
from gateway.mapping.head import KEYS
from gateway.mapping.language import FIELD_KEYS
from gateway.mapping.overlay import OBJECT_KEYS
from gateway.mapping.shape import SCALARS

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs" / "mapping-language.md").read_text("utf-8")
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "gateway" / "mapping").glob("*.py")))


@pytest.mark.parametrize("word", sorted({*KEYS, *FIELD_KEYS, *OBJECT_KEYS, *SCALARS, *FUNCTIONS}))
def test_every_key_type_and_function_is_described(word: str) -> None:
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", REFERENCE)


@pytest.mark.parametrize("code", sorted(set(re.findall(r'"(E1?[0-9]{2,3})"', SOURCES)) | {"E180"}))
def test_every_flaw_has_its_line(code: str) -> None:
    assert code in REFERENCE


@pytest.mark.parametrize(
    "code", sorted(set(re.findall(r'(?:Unconvertible|Refused|report)\(\s*(?:\w+, )*"([a-z-]+)"', SOURCES)))
)
def test_every_problem_has_its_line(code: str) -> None:
    assert f"`{code}`" in REFERENCE
