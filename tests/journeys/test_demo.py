"""The demo plays every sample through a real gateway: what comes out is what the samples say."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from gateway.app.demo.files import find_files
from gateway.app.demo.play import play
from gateway.app.demo.report import Line, keep, lines
from gateway.app.demo.stage import Played
from gateway.app.demo.told import read_acknowledgements
from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "edi_samples"


def play_all(paths: Sequence[Path], home: Path, adopt_as: str = "") -> Sequence[Played]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GATEWAY_PARTNERS_DIR", str(ROOT / "partners"))
        patch.setenv("GATEWAY_MAPPINGS_DIR", str(ROOT / "mappings"))
        settings = Settings()
    return asyncio.run(play(paths, adopt_as=adopt_as, settings=settings, home=home))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Played]:
    return play_all(find_files([], SAMPLES).files, tmp_path_factory.mktemp("demo") / "home")


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


PLAIN = (SAMPLES / "acme/850-004010/plain/in.edi").read_bytes()


def foreign(name: str, sender: bytes, receiver: bytes, order: bytes, folder: Path) -> Path:
    content = PLAIN.replace(b"ACMERETAIL     ", sender, 1).replace(b"HARBORPINE     ", receiver, 1)
    path = folder / name
    path.write_bytes(content.replace(b"71-230001", order))
    return path


@pytest.mark.long
def test_foreign_files_that_share_a_control_number_each_show_what_becomes_of_them(tmp_path: Path) -> None:
    here, there = b"SOMEBODY       ", b"ELSEWHERE      "
    files = [
        foreign("first.edi", here, there, b"F-1", tmp_path),
        foreign("same-number.edi", here, there, b"F-2", tmp_path),
        foreign("from-the-receiver.edi", there, here, b"F-3", tmp_path),
        foreign("no-break-spaces.edi", "ODD\u00a0\u00a0".encode(), there, b"F-4", tmp_path),
        foreign("to-itself.edi", here, here, b"F-5", tmp_path),
        SAMPLES / "acme/850-004010/plain/in.edi",
    ]

    played = play_all(files, tmp_path / "home", adopt_as="acme")

    rows = {row.file: row for row in lines(played)}
    assert [one.path for one in played] == files
    assert all(row.good for row in rows.values())
    assert {name: (row.number, row.happened.partition(" ")[0]) for name, row in rows.items()} == {
        "first.edi": ("F-1", "delivered"),
        "same-number.edi": ("F-2", "delivered"),
        "from-the-receiver.edi": ("F-3", "delivered"),
        "no-break-spaces.edi": ("F-4", "delivered"),
        "to-itself.edi": ("ISA13 000001001", "rejected:"),
        "acme/850-004010/plain": ("71-230001", "delivered"),
    }
    assert "sent with spaces" in rows["no-break-spaces.edi"].happened
    assert len({row.erp for row in rows.values() if row.erp}) == 5


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[Line]]:
    """What is said of odd files of a known partner, by file name."""
    folder = tmp_path_factory.mktemp("odd")
    sender, receiver = b"HARBORPINE     ", b"ACMERETAIL     "
    turned = (SAMPLES / "acme/850-004010/plain/ack.edi").read_bytes().replace(sender, b"#").replace(receiver, sender)
    files = {
        "first.edi": PLAIN,
        "corrected.edi": PLAIN.replace(b"71-230001", b"71-230002"),
        "again.edi": PLAIN,
        "twice.edi": PLAIN.replace(b"000001001", b"000001099") * 2,
        "answer.edi": turned.replace(b"#", receiver),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    found: dict[str, list[Line]] = {name: [] for name in files}
    for line in lines(play_all([folder / name for name in files], folder / "home")):
        found[line.file].append(line)
    assert all(line.good for named in found.values() for line in named)
    return found


def happened(rows: Sequence[Line]) -> list[str]:
    return [row.happened.partition(" ")[0] for row in rows]


def test_without_adoption_a_number_used_twice_is_quarantined_and_the_row_names_the_file(
    rows: Mapping[str, Sequence[Line]],
) -> None:
    assert happened(rows["corrected.edi"]) == ["quarantined"]
    assert "in first.edi, with other bytes" in rows["corrected.edi"][0].happened


def test_the_same_file_again_is_a_duplicate_and_the_row_names_the_first(rows: Mapping[str, Sequence[Line]]) -> None:
    assert happened(rows["again.edi"]) == ["duplicate"]
    assert "in first.edi, with the same bytes" in rows["again.edi"][0].happened


def test_a_duplicate_inside_a_file_has_a_row_of_its_own(rows: Mapping[str, Sequence[Line]]) -> None:
    assert happened(rows["twice.edi"]) == ["delivered", "duplicate"]
    assert "in this file" in rows["twice.edi"][1].happened


def test_nobody_misses_an_acknowledgement_of_an_acknowledgement(rows: Mapping[str, Sequence[Line]]) -> None:
    assert [row.happened.partition(":")[0] for row in rows["answer.edi"]] == ["held for a person"]
