"""Large messages cost a few blocks of memory, in whatever way they are packed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("size", "compress", "transfer"),
    [(200 * MEGABYTE, "", "binary"), (20 * MEGABYTE, "before", "binary"), (20 * MEGABYTE, "after", "base64")],
)
def test_a_large_message_is_packed_and_unpacked_in_little_memory(
    tmp_path: Path, size: int, compress: str, transfer: str
) -> None:
    """A process of its own, since the resident set only grows, and other tests have grown it already."""
    command = [sys.executable, "-m", "tests.unit.as2.large", str(tmp_path), str(size), compress, transfer]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) < 16 * MEGABYTE
    for path in tmp_path.iterdir():
        path.unlink()
