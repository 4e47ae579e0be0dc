"""Released versions are never edited: `released.lock` says which they are, and with which text."""

import hashlib
from pathlib import Path

import pytest

from gateway.app.gateway import checked_rules, read_authored
from gateway.errors import ConfigurationError
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.library import Library
from gateway.mapping.lock import read_lock, written_lock
from gateway.settings import Places, Settings
from tests.unit.mapping.orders import a_mapping, an_overlay

BASE = a_mapping()
SHA256 = hashlib.sha256(BASE.encode()).hexdigest()


def locked(text: str, lock: str, **more: str) -> Library:
    return Library({"x12/850/v1.map.yaml": text, "released.lock": lock, **more})


def mistakes(library: Library) -> list[str]:
    with pytest.raises(MappingError) as caught:
        library.compile_all()
    return [str(flaw) for flaw in caught.value.flaws]


def test_a_released_version_as_it_was_released_is_good() -> None:
    locked(BASE, f"x12/850@1 sha256:{SHA256}\n").compile_all()


def test_one_that_nobody_released_may_still_change() -> None:
    locked(BASE + "# still working on it\n", "").compile_all()


def test_a_released_version_that_was_edited_is_refused_with_its_file_and_what_to_do() -> None:
    assert mistakes(locked(BASE + "# a comment only\n", f"x12/850@1 sha256:{SHA256}\n")) == [
        "x12/850/v1.map.yaml:1:1: E004: x12/850@1 was released with other text (released.lock:1): "
        "put it back as it was, and write x12/850/v2.map.yaml"
    ]


def test_the_version_to_write_is_the_one_after_the_newest() -> None:
    overlays = {f"acme/850/v{n}.map.yaml": an_overlay("", version=n) for n in (1, 9, 10)}
    lock = f"acme/850@9 sha256:{SHA256}\n"

    assert mistakes(locked(BASE, lock, **overlays))[0].endswith("write acme/850/v11.map.yaml")


def test_a_released_version_whose_file_is_gone_is_told() -> None:
    assert mistakes(locked(BASE, f"acme/850@3 sha256:{SHA256}\n"))[0].startswith(
        "released.lock:1:1: E004: acme/850@3 was released and its file is not there"
    )


@pytest.mark.parametrize(
    ("lock", "place", "said"),
    [
        ("hello\n", "released.lock:1:1", "a line is a version and the hash of its text"),
        (f"x12/850@1 {SHA256}\n", "released.lock:1:1", "a line is a version"),
        (f"x12/850@1 sha256:{SHA256}\n" * 2, "released.lock:2:1", "x12/850@1 stands in released.lock:1 already"),
        (f"<<<<<<< HEAD\nx12/850@1 sha256:{SHA256}\n", "released.lock:1:1", "a line is a version"),
    ],
)
def test_a_lock_that_cannot_be_read_is_no_lock(lock: str, place: str, said: str) -> None:
    [only] = mistakes(locked(BASE, lock))

    assert only.startswith(f"{place}: E004: {said}")


def test_a_lock_is_sorted_by_mapping_and_number_and_reads_as_it_was_written() -> None:
    hashes = dict.fromkeys(("x12/850@10", "x12/850@9", "acme/850@2"), SHA256)
    text = written_lock(hashes)

    assert [line.split()[0] for line in text.splitlines()] == ["acme/850@2", "x12/850@9", "x12/850@10"]
    assert {name: line.sha256 for name, line in read_lock(text).released.items()} == hashes


def test_a_gateway_does_not_start_with_an_edited_release(tmp_path: Path) -> None:
    folder = tmp_path / "mappings" / "x12" / "850"
    folder.mkdir(parents=True)
    (tmp_path / "partners").mkdir()
    (folder / "v1.map.yaml").write_text(BASE + "# later\n")
    (tmp_path / "mappings" / "released.lock").write_text(f"x12/850@1 sha256:{SHA256}\n")
    places = Places(home=tmp_path, partners_dir=tmp_path / "partners", mappings_dir=tmp_path / "mappings")

    with pytest.raises(ConfigurationError) as caught:
        checked_rules(*read_authored(Settings(places=places)), places)

    assert str(caught.value).startswith(f"{folder}/v1.map.yaml:1:1: E004: x12/850@1 was released with other text")


NEVER_HOLDS = a_mapping("department: REF(DPQ).02")
ITS_HASH = hashlib.sha256(NEVER_HOLDS.encode()).hexdigest()
RELEASED = f"x12/850@1 sha256:{ITS_HASH}\n"


def at_a_start(files: dict[str, str], lock: str) -> Library:
    return Library({**files, "released.lock": lock}, released_are_good=True)


def test_a_start_does_not_check_again_what_release_has_checked() -> None:
    assert mistakes(locked(NEVER_HOLDS, RELEASED))[0].partition(": ")[2].startswith("E144")

    library = at_a_start({"x12/850/v1.map.yaml": NEVER_HOLDS}, RELEASED)
    library.compile_all()

    assert library.compile("x12/850@1").versions == ("004010",)


def test_a_start_checks_what_nobody_released() -> None:
    assert "E144" in mistakes(at_a_start({"x12/850/v1.map.yaml": NEVER_HOLDS}, ""))[0]


def test_a_start_checks_a_released_version_on_a_base_that_is_not() -> None:
    overlay = an_overlay("map:\n  department: REF(DPQ).02\n")
    lock = f"acme/850@1 sha256:{hashlib.sha256(overlay.encode()).hexdigest()}\n"

    with pytest.raises(MappingError, match="E144"):
        at_a_start({"x12/850/v1.map.yaml": BASE, "acme/850/v1.map.yaml": overlay}, lock).compile("acme/850@1")


def test_doubts_are_looked_for_in_released_versions_too() -> None:
    with pytest.raises(MappingError, match="E144"):
        at_a_start({"x12/850/v1.map.yaml": NEVER_HOLDS}, RELEASED).doubts("x12/850@1")
