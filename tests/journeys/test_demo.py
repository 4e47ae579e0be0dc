"""The demo plays every sample through a real gateway: what comes out is what the samples say."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.app.demo.play import Played, find_files, play
from gateway.app.demo.report import keep, lines
from gateway.app.demo.told import read_acknowledgements
from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "edi_samples"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Played]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GATEWAY_PARTNERS_DIR", str(ROOT / "partners"))
        patch.setenv("GATEWAY_MAPPINGS_DIR", str(ROOT / "mappings"))
        settings = Settings()
    home = tmp_path_factory.mktemp("demo") / "home"
    return asyncio.run(play(find_files([], SAMPLES), adopt_as="", settings=settings, home=home))


def test_every_sample_is_played(played: Sequence[Played]) -> None:
    assert [one.path for one in played] == sorted(SAMPLES.rglob("in.edi"))
    assert len(played) >= 10


def test_the_erp_gets_exactly_the_canonical_documents_of_the_samples(played: Sequence[Played]) -> None:
    for one in played:
        expected = [body for body in json.loads((one.path.parent / "canonical.json").read_text()) if body is not None]

        posted = [request["body"]["body"] for request in one.erp_requests]  # type: ignore[index]

        assert sorted(map(_plain, posted)) == sorted(map(_plain, expected)), one.path


def _plain(body: object) -> str:
    return json.dumps(body, sort_keys=True)


def test_the_partner_is_told_what_the_samples_say(played: Sequence[Played]) -> None:
    for one in played:
        expected = read_acknowledgements([(one.path.parent / "ack.edi").read_bytes()])

        assert one.told.sets == expected.sets, one.path


def test_nothing_is_lost_undelivered_or_unacknowledged(played: Sequence[Played]) -> None:
    assert [line for line in lines(played) if not line.good] == []


def test_what_is_kept_can_be_opened_afterwards(played: Sequence[Played], tmp_path: Path) -> None:
    count = keep(played, tmp_path)

    kept = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(kept) == count
    assert any(path.name.endswith(".canonical.json") for path in kept)
    assert any(path.name.startswith("erp-request") for path in kept)
    assert any("997" in path.name for path in kept)
