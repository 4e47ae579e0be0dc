from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.store.authored import MAXIMUM_BYTES, read_folder


def test_files_come_by_relative_path_and_only_those_asked_for(tmp_path: Path) -> None:
    (tmp_path / "acme" / "850").mkdir(parents=True)
    (tmp_path / "acme" / "850" / "v1.map.yaml").write_text("a: 1")
    (tmp_path / "acme" / "850" / "order.edi").write_text("ISA")

    assert read_folder(tmp_path, (".map.yaml",)) == {"acme/850/v1.map.yaml": "a: 1"}


def test_links_and_hidden_names_are_passed_over(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("x")
    home = tmp_path / "home"
    home.mkdir()
    (home / "link").symlink_to(outside)
    (home / "file.yaml").symlink_to(outside / "secret.yaml")
    (home / ".hidden.yaml").write_text("x")

    assert read_folder(home, (".yaml",)) == {}


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1")

    assert read_folder(tmp_path, (".yaml",)) == {"a.yaml": "a: 1"}


def test_bytes_that_are_not_utf_8_stay_for_the_cores_to_tell_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")

    assert read_folder(tmp_path, (".yaml",)) == {"a.yaml": "a: \udcff"}


def test_what_is_too_large_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"x" * (MAXIMUM_BYTES + 1))

    with pytest.raises(ConfigurationError, match=r"a\.yaml"):
        read_folder(tmp_path, (".yaml",))


def test_a_folder_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        read_folder(tmp_path / "nowhere", (".yaml",))
