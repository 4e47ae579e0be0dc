"""Marks are whole and durable, or not there."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import MachineError
from gateway.store.belonging import Mark
from gateway.store.marks import KEPT_SECONDS, Marks, new_token
from gateway.store.spool import Disk

HOME = "0a" * 16


def a_mark(marks: Marks, *, age_seconds: float = 0.0) -> Mark:
    mark = Mark(token=new_token(), home=HOME)
    marks.make(mark)
    path = marks.home / "marks" / mark.token
    then = path.stat().st_mtime - age_seconds
    os.utime(path, (then, then))
    return mark


def test_a_mark_is_found_by_its_name_and_in_the_list(tmp_path: Path) -> None:
    marks = Marks(tmp_path)

    mark = a_mark(marks)

    assert marks.found() == [mark] == marks.found(mark.token)
    assert marks.has(mark.token)
    assert not marks.has(new_token())
    assert (tmp_path / "marks" / mark.token).stat().st_mode & 0o777 == 0o600


def test_a_mark_says_what_it_follows_and_when_it_was_made(tmp_path: Path) -> None:
    mark = Mark(token=new_token(), home=HOME, after=new_token(), made_at=datetime(2026, 3, 2, 12, tzinfo=UTC))

    Marks(tmp_path).make(mark)

    assert Marks(tmp_path).found() == [mark]


@pytest.mark.parametrize("rest", ["", "\n", "\n\n\n", "\n\n2026-03-02\n", "\n\nnoon\n"])
def test_a_mark_that_says_no_time_has_none(rest: str, tmp_path: Path) -> None:
    mark = a_mark(Marks(tmp_path))
    (tmp_path / "marks" / mark.token).write_text(HOME + rest)

    assert Marks(tmp_path).found() == [mark]


def test_a_mark_made_again_replaces_itself(tmp_path: Path) -> None:
    marks = Marks(tmp_path)
    again = replace(a_mark(marks), after=new_token())

    marks.make(again)

    assert marks.found() == [again]


def test_nothing_that_is_no_mark_is_removed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    marks = Marks(tmp_path)
    a_mark(marks)

    for token in ("", "../secret"):
        marks.remove(token)

    assert (tmp_path / "secret").exists()


def test_a_folder_that_is_not_there_has_no_marks(tmp_path: Path) -> None:
    assert Marks(tmp_path / "nowhere").found(new_token()) == []


def test_names_that_are_no_tokens_are_never_looked_at(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    marks = Marks(tmp_path)
    a_mark(marks)

    assert not marks.has("../secret")
    assert [mark.home for mark in marks.found("../secret")] == [HOME]


def test_a_mark_has_its_name_only_when_its_bytes_and_its_folder_are_synced(tmp_path: Path) -> None:
    synced: list[bool] = []
    mark = Mark(token=new_token(), home=HOME)
    marks = Marks(tmp_path, Disk(sync=lambda _: synced.append((tmp_path / "marks" / mark.token).exists())))

    marks.make(mark)

    assert synced == [False, True, True]


def test_a_disk_that_refuses_leaves_no_mark(tmp_path: Path) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    marks = Marks(tmp_path, Disk(sync=full))

    with pytest.raises(MachineError, match="No space left"):
        marks.make(Mark(token=new_token(), home=HOME))

    assert marks.found() == []


def test_old_marks_are_forgotten_and_young_ones_kept_for_nodes_that_are_just_starting(tmp_path: Path) -> None:
    marks = Marks(tmp_path)
    a_mark(marks, age_seconds=KEPT_SECONDS + 60)
    young, last = a_mark(marks, age_seconds=KEPT_SECONDS - 60), a_mark(marks)

    marks.forget_before(last.token)

    assert {mark.token for mark in marks.found()} == {young.token, last.token}
