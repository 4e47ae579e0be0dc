import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transports.sftp.names import (
    FOLDERS,
    LONGEST_NAME,
    BadName,
    Layout,
    NoSuchPlace,
    Place,
    escaped,
    is_temporary,
    resolve,
)

PIECES = [b".", b"..", b"/", b"//", b"\\", b"\0", b"%2f", b"%2e%2e", b"\n", b"\x1b", b"\xff", b"inbound", b"outbound"]
PIECES += [b"archive", b"error", b"etc", b"passwd", b"C:", b"~", b" ", b"po.edi", "．．".encode(), "\u202e".encode()]
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=24).map(b"".join)


@given(hostile)
def test_every_path_is_a_plain_name_in_one_of_four_folders_or_an_error(path: bytes) -> None:
    try:
        place = resolve(path)
    except (BadName, NoSuchPlace):
        return

    assert place.folder is None or place.folder in FOLDERS
    if place.name is not None:
        assert place.folder is not None
        assert place.name not in ("", ".", "..")
        assert not set(place.name) & {"/", "\\", "\0", "\n", "\x1b", "\u202e"}
        assert len(place.name) <= LONGEST_NAME


@given(hostile)
def test_the_answered_path_means_the_same_place_again(path: bytes) -> None:
    try:
        place = resolve(path)
    except (BadName, NoSuchPlace):
        return

    assert resolve(place.path) == place
    assert posixpath.isabs(place.path)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (b"", Place()),
        (b".", Place()),
        (b"/", Place()),
        (b"//", Place()),
        (b"/../../..", Place()),
        (b"inbound", Place(folder="inbound")),
        (b"/inbound/", Place(folder="inbound")),
        (b"inbound/po.edi", Place(folder="inbound", name="po.edi")),
        (b"/inbound/../outbound/./997.edi", Place(folder="outbound", name="997.edi")),
        (b"//error//a b (2).edi", Place(folder="error", name="a b (2).edi")),
    ],
)
def test_lawful_paths(path: bytes, place: Place) -> None:
    assert resolve(path) == place


@pytest.mark.parametrize("path", [b"/etc/passwd", b"/inbound/a/b", b"/Inbound/x", b"po.edi", b"/inbound/../x"])
def test_paths_outside_the_four_folders_lead_nowhere(path: bytes) -> None:
    with pytest.raises(NoSuchPlace):
        resolve(path)


@pytest.mark.parametrize(
    "name",
    [b"a\nb", b"a\x00b", b"a\x1b[2J", b"\xff\xfe", b"a\\..\\b", "a\u202egpj".encode(), b"a\x7f", b"x" * 201],
)
def test_names_with_characters_nobody_can_see_are_refused(name: bytes) -> None:
    with pytest.raises(BadName):
        resolve(b"/inbound/" + name)


@pytest.mark.parametrize(
    "name",
    [
        "po.edi.tmp",
        "po.PART",
        "po.edi.filepart",
        "po.partial",
        "po.temp",
        "po.writing",
        ".po.edi",
        "po.edi.ocTransferId3141592.part",
        "po.edi.ocTransferId3141592",
    ],
)
def test_names_of_unfinished_uploads_are_temporary(name: str) -> None:
    assert is_temporary(name)


@pytest.mark.parametrize("name", ["po.edi", "tmp", "temporary.edi", "part-7.x12", "po.tmp.edi"])
def test_other_names_are_final(name: str) -> None:
    assert not is_temporary(name)


@given(st.binary(max_size=400))
def test_what_is_logged_of_a_path_is_one_line_of_printable_ascii(path: bytes) -> None:
    text = escaped(path)

    assert text.isascii()
    assert text.isprintable()


# ---------------------------------------------------------------------------------------------- other names of folders

ACME = Layout({"inbound": (("In",), ("users", "acme", "to us")), "outbound": (("users", "acme", "out"),)})


@pytest.mark.parametrize(
    ("path", "place", "answered"),
    [
        (b"/In/po.edi", Place(folder="inbound", name="po.edi"), b"/In/po.edi"),
        (b"users/acme/to us/po.edi", Place(folder="inbound", name="po.edi"), b"/users/acme/to us/po.edi"),
        (b"/users/acme/out", Place(folder="outbound"), b"/users/acme/out"),
        (b"/inbound/po.edi", Place(folder="inbound", name="po.edi"), b"/inbound/po.edi"),
        (b"/users/acme/..", Place(), b"/users"),
        (b"/users/acme/out/../../../In/x", Place(folder="inbound", name="x"), b"/In/x"),
        (b"/error", Place(folder="error"), b"/error"),
    ],
)
def test_a_folder_is_found_under_every_name_it_has(path: bytes, place: Place, answered: bytes) -> None:
    found = resolve(path, ACME)

    assert (found, found.path) == (place, answered)


@pytest.mark.parametrize("path", [b"/in/po.edi", b"/users/po.edi", b"/users/bolt/out", b"/In/a/b", b"/users/acme/x"])
def test_what_only_lies_on_the_way_to_a_folder_has_no_files(path: bytes) -> None:
    with pytest.raises(NoSuchPlace):
        resolve(path, ACME)


def test_a_folder_is_shown_under_its_other_names_instead_of_its_own() -> None:
    assert dict(ACME.below(())) == {"In": "inbound", "users": None, "archive": "archive", "error": "error"}
    assert dict(ACME.below(("users",))) == {"acme": None}
    assert dict(ACME.below(("users", "acme"))) == {"to us": "inbound", "out": "outbound"}
    assert dict(ACME.below(("In",))) == {}
    assert dict(Layout({"inbound": (("inbound",), ("In",))}).below(())) == {
        "inbound": "inbound",
        "In": "inbound",
        "outbound": "outbound",
        "archive": "archive",
        "error": "error",
    }


@given(hostile)
def test_with_other_names_every_path_still_is_a_plain_name_in_one_of_four_folders(path: bytes) -> None:
    try:
        place = resolve(path, ACME)
    except (BadName, NoSuchPlace):
        return

    assert resolve(place.path, ACME) == place
    assert place.name is None or (place.folder in FOLDERS and not set(place.name) & {"/", "\\", "\0", "\n"})
