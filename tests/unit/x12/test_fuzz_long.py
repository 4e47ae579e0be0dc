"""Ten minutes of mutated documents through the reader and the answers (`./test --long`)."""

import os
import random
import time
from pathlib import Path

import pytest

from gateway.x12.acknowledge import check, functional_acknowledgement, interchange_acknowledgement
from gateway.x12.interchange import InterchangeResult
from gateway.x12.read import examine
from tests.unit.x12.test_fuzz import PARTS, SEEDS

SECONDS = float(os.environ.get("GATEWAY_TEST_FUZZ_SECONDS", "600"))
EVIDENCE = Path(__file__).parents[3] / "docs" / "evidence" / "fuzz.md"


def _mutated(chance: random.Random) -> bytes:
    content = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 12)):
        at = chance.randint(0, len(content))
        content[at : at + chance.choice((0, 0, 1, 2, 40))] = chance.choice((*PARTS, chance.randbytes(3)))
    return bytes(content)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_ten_minutes_of_mutations_raise_nothing_and_every_answer_is_clean() -> None:
    seed = int(os.environ.get("GATEWAY_TEST_SEED", str(time.time_ns() % 10**6)))
    chance, files, answers = random.Random(seed), 0, 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        content = _mutated(chance)
        files += 1
        for event in examine(content):
            if isinstance(event, InterchangeResult):
                drafts = (functional_acknowledgement(event), interchange_acknowledgement(event, policy="always"))
                for draft in drafts:
                    answers += draft is not None
                    assert draft is None or check(draft) == (), (seed, files)

    assert answers > 0
    EVIDENCE.write_text(
        "# Fuzzing\n\nWritten by `./test --long` (`tests/unit/x12/test_fuzz_long.py`): mutated orders and files of\n"
        "other projects, through the reader and our answers.\n\n"
        "| seconds | files | answers checked | exceptions |\n|---|---|---|---|\n"
        f"| {SECONDS:.0f} | {files:,} | {answers:,} | 0 |\n"
    )
