"""What to do about a finding: one set of words, in the program and on the page."""

import json
import re
from pathlib import Path

import pytest

from gateway.x12.advise import remedy_for
from gateway.x12.effects import default_effect
from gateway.x12.findings import Effect

ROOT = Path(__file__).parents[3]
REMEDIES = json.loads((ROOT / "gateway" / "x12" / "remedies.json").read_text("utf-8"))


def on_the_page() -> dict[str, str]:
    """The last cell of each row of docs/errors.md about findings in X12, by code."""
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    findings = re.split(r"^## ", text, flags=re.MULTILINE)[1]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in findings.splitlines() if line[:3] == "| `"]
    return {code: row[-1] for row in rows for code in re.findall(r"[^`, ]+", row[0])}


def test_the_page_of_errors_and_the_program_say_the_same_of_what_to_do() -> None:
    assert on_the_page() == REMEDIES


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_a_rejection_always_comes_with_something_to_do(code: str) -> None:
    who, remedy = remedy_for(code)

    assert remedy
    assert not remedy.startswith("partner")
    assert who in ("partner", "us")
    assert default_effect(code) in Effect


def test_a_code_that_rejects_is_for_the_partner_to_correct() -> None:
    assert remedy_for("AK403:7")[0] == "us"
    assert remedy_for("AK403:7", rejects=True) == ("partner", "correct it")


def test_a_code_that_nobody_knows_has_no_remedy() -> None:
    assert remedy_for("X:unheard-of") == ("us", "")
