"""docs/api.md and docs/erp-contract.md say what the code does."""

from pathlib import Path

import pytest

from gateway.api.problems import KINDS
from gateway.backends.erp import PATHS
from gateway.backends.sandbox_store import Mode

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("kind", KINDS)
def test_every_problem_is_documented_with_its_status(kind: str) -> None:
    assert f"| `{kind}` | {KINDS[kind].status} |" in (DOCS / "api.md").read_text("utf-8")


@pytest.mark.parametrize("path", sorted(PATHS.values()))
def test_every_collection_is_in_the_contract(path: str) -> None:
    assert f"`{path}`" in (DOCS / "erp-contract.md").read_text("utf-8")


@pytest.mark.parametrize("mode", [mode.value for mode in Mode])
def test_every_mode_of_the_sandbox_is_in_the_contract(mode: str) -> None:
    assert f"`{mode}`" in (DOCS / "erp-contract.md").read_text("utf-8")
