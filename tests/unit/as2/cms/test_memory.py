"""A large message costs a few blocks, whatever is done with it."""

import json
import subprocess
import sys
from pathlib import Path

_SIZE = 200_000_000
_MOST = 32_000_000


def test_200_mb_cost_less_than_32_mb_of_memory() -> None:
    """In a process of its own, whose peak is nobody else's; `large.py` walks the steps and compares the content."""
    command = [sys.executable, "-m", "tests.unit.as2.cms.large", str(_SIZE)]
    done = subprocess.run(command, capture_output=True, cwd=Path(__file__).parents[4], check=False, timeout=110)

    assert done.returncode == 0, done.stderr.decode()
    peaks = {name: peak for name, (peak, _) in json.loads(done.stdout).items()}
    assert len(peaks) == 8
    assert max(peaks.values()) < _MOST, peaks
