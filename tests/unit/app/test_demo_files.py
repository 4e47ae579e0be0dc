"""Which files the demo plays."""

from pathlib import Path

import pytest

from gateway.app.demo.files import find_files, told
from gateway.errors import UsageError

ROOT = Path(__file__).parents[3]
HEADER = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260102*1200*U*00401*000000007*0*P*>~"


def written(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content)
    return folder


def test_of_the_samples_only_what_is_sent_is_played() -> None:
    found = find_files([], ROOT / "edi_samples")

    assert {path.name for path in found.files} == {"in.edi"}
    assert {why for _, why in found.left_out} == {"beside an in.edi"}


@pytest.mark.parametrize(
    "content",
    [HEADER, b"\xef\xbb\xbf" + HEADER, b"\r\n" + HEADER, b"// a comment\n" + HEADER, HEADER.replace(b"*", b"|")],
)
def test_of_a_folder_everything_that_begins_as_x12_is_played(content: bytes, tmp_path: Path) -> None:
    found = find_files([written(tmp_path, anything__txt=content)], ROOT)

    assert [path.name for path in found.files] == ["anything.txt"]


def test_of_a_folder_what_is_no_x12_is_left_out_and_told(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        a__edi=HEADER,
        b__json=b'{"header": "ISA", "text": "' + HEADER + b'"}',
        c__md=b"# Read me\n\n" + HEADER,
        d__edi=b"ST*850*0001~",
        e__xml=b"<ISA>" + HEADER + b"</ISA>",
    )

    found = find_files([folder], ROOT)

    assert [path.name for path in found.files] == ["a.edi"]
    assert list(told(found.left_out)) == ["left out 4 (no X12): b.json, c.md, d.edi, e.xml"]


def test_of_many_left_out_the_first_are_named(tmp_path: Path) -> None:
    names = {f"n{number}__txt": b"" for number in range(9)}
    found = find_files([written(tmp_path, a__edi=HEADER, **names)], ROOT)

    assert list(told(found.left_out)) == ["left out 9 (no X12): n0.txt, n1.txt, n2.txt, n3.txt, n4.txt, ..."]


def test_a_file_that_is_named_is_played_whatever_is_in_it(tmp_path: Path) -> None:
    folder = written(tmp_path, notes__txt=b"hello")

    assert find_files([folder / "notes.txt"], ROOT).files == [folder / "notes.txt"]


def test_a_folder_without_x12_and_a_name_that_is_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1 files, and no X12"):
        find_files([written(tmp_path, notes__txt=b"hello")], ROOT)
    with pytest.raises(UsageError, match="no such file"):
        find_files([tmp_path / "nothing"], ROOT)
