"""`gateway report unmatched` and the business lines of `gateway documents show`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import unmatched
from gateway.cli.report import app
from gateway.pipeline.business.report import BusinessFact, WantedFacts

FACT = BusinessFact(
    document="01KJQ6PSG0", line=2, partner="acme", usage="P", set_id="820", by="820 WT-1", kind="payment",
    number="=HP-7", says="", amount=Decimal("10.00"), currency="USD", dated="2026-03-02",
    at=datetime(2026, 3, 2, 12, tzinfo=UTC), words="", state="unmatched", reason="no invoice =HP-7 of ours is known",
)  # fmt: skip


def run(monkeypatch: pytest.MonkeyPatch, facts: Sequence[BusinessFact], *arguments: str) -> tuple[Result, WantedFacts]:
    asked: list[Any] = []

    @contextmanager
    def opened(_: object) -> Iterator[object]:
        yield SimpleNamespace(database=None)

    def left(wanted: WantedFacts, *, limit: int) -> Sequence[BusinessFact]:
        asked.append(wanted)
        return facts[:limit]

    monkeypatch.setattr(unmatched, "open_memory", opened)
    monkeypatch.setattr(unmatched, "StoreBusinessFacts", lambda _: SimpleNamespace(left=left))
    return CliRunner().invoke(app, ["unmatched", *arguments]), asked[0]


def test_what_fits_nothing_is_told_with_its_money_and_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked = run(monkeypatch, [FACT], "--set", "820", "--state", "unmatched")

    assert result.exit_code == 1
    assert asked == WantedFacts(set_id="820", state="unmatched")
    for told in ("820 WT-1", "10.00", "USD", "no invoice =HP-7 of ours is known", "1 to look at"):
        assert told in result.output


def test_nothing_to_look_at_is_said_and_ends_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _ = run(monkeypatch, [])

    assert result.exit_code == 0
    assert result.output.startswith("nothing")


def test_no_spreadsheet_takes_what_a_partner_wrote_for_a_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _ = run(monkeypatch, [FACT], "--format", "csv")

    assert ",'=HP-7," in result.output
