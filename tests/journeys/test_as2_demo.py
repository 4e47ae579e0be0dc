"""The demo by AS2: the same trade, signed and encrypted both ways."""

from pathlib import Path

import pytest

from tests.journeys.test_trade import demo


@pytest.mark.parametrize("name", ["retail", pytest.param("supplier", marks=pytest.mark.long)])
def test_a_trade_is_played_by_as2(name: str, tmp_path: Path) -> None:
    played = demo(tmp_path, "--over", "as2", "--scenario", name)

    assert (played.code, played.whole.get("faults")) == (0, []), played.error
    assert {row["state"] for row in played.rows} <= {"delivered", "sent", "carried", "confirmed", "reconciled"}
    assert "carried" in {row["state"] for row in played.rows}
    assert "awaited" not in {row["acknowledgement"] for row in played.rows}
