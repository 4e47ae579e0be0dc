"""The demo over partners' own SFTP servers: the same trade, fetched and laid there."""

from pathlib import Path

import pytest

from tests.journeys.test_trade import demo


@pytest.mark.parametrize("name", ["retail", pytest.param("supplier", marks=pytest.mark.long)])
def test_a_trade_is_played_over_servers_of_the_partners_own(name: str, tmp_path: Path) -> None:
    played = demo(tmp_path, "--over", "sftp-pull", "--scenario", name)

    assert (played.code, played.whole.get("faults")) == (0, []), played.error
    assert {row["state"] for row in played.rows} <= {"delivered", "sent", "carried", "confirmed", "reconciled"}
    assert "carried" in {row["state"] for row in played.rows}
    assert "awaited" not in {row["acknowledgement"] for row in played.rows}


def test_files_and_samples_are_not_played_over_them(tmp_path: Path) -> None:
    assert demo(tmp_path, "--over", "sftp-pull", "--scenario", "samples").code == 2
