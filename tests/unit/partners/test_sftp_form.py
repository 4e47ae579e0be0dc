"""What an SFTP channel may prescribe, and what is said when it cannot be."""

import pytest

from gateway.partners.channel import SftpChannel
from gateway.partners.sftp_form import matches
from tests.unit.partners.folder import CHANNEL, a_book, problems

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER acme-2026"
CHANNEL_TEXT = CHANNEL.format(user="acme", carries="acme")


def channel(text: str) -> dict[str, str | None]:
    return {"channels/acme-sftp.yaml": text}


def filled(text: str) -> SftpChannel:
    found = a_book(channel(CHANNEL_TEXT + text)).channels["acme-sftp"]
    assert isinstance(found, SftpChannel)
    return found


def told(text: str) -> str:
    return "\n".join(problems(channel(CHANNEL_TEXT + text)))


def test_keys_may_have_days_and_stand_beside_keys_without() -> None:
    keys = filled(
        f"authorized_keys:\n  - {{key: {KEY}, until: 2026-03-31}}\n  - {{key: {KEY}, from: 2026-03-15}}\n  - {KEY}\n"
    ).authorized_keys

    assert [(str(key.from_), str(key.until)) for key in keys] == [
        ("None", "2026-03-31"),
        ("2026-03-15", "None"),
        ("None", "None"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"authorized_keys:\n  - {{key: {KEY}, until: soon}}\n", "'soon' is not a day, like 2026-03-31"),
        (f"authorized_keys:\n  - {{key: {KEY}, from: 2026-03-02, until: 2026-03-01}}\n", "until is before from"),
        ("authorized_keys:\n  - {until: 2026-03-01}\n", "'key' is missing"),
        (f"authorized_keys:\n  - {{key: {KEY}, untill: 2026-03-01}}\n", "there is no key 'untill' here"),
        ("sign_in: both\n", "sign_in: both needs authorized_keys and a password"),
        ("folders: {inbound: ../etc}\n", "is not a path for a folder"),
        ("folders: {inbound: a/b/c/d/e}\n", "is not a path for a folder"),
        ("folders: {inbox: in}\n", "'inbox' is not one of inbound, outbound, archive, error"),
        ("folders: {inbound: edi, outbound: edi/out}\n", "one lies inside the other"),
        ("folders: {inbound: outbound}\n", "'outbound' and 'outbound' are one path"),
        ("folders: {inbound: [in, in]}\n", "'in' and 'in' are one path"),
        ("file_names: ['(']\n", "not a pattern"),
        ("file_names: ['(?=x)']\n", "no look-around"),
        ("file_names: ['']\n", "1 to 200 characters"),
        ("max_waiting_files: 0\n", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_prescribed_is_named(text: str, sentence: str) -> None:
    assert sentence in told(text)


def test_folders_and_names_are_taken_as_written() -> None:
    found = filled("folders: {inbound: [In, users/acme/to us], outbound: /out/}\nfile_names: ['PO_[0-9]{8}\\.edi']\n")

    assert found.folders == {"inbound": ("In", "users/acme/to us"), "outbound": ("out",)}
    assert found.file_names == (r"PO_[0-9]{8}\.edi",)


@pytest.mark.parametrize(
    ("name", "agreed"),
    [("PO_20260302.edi", True), ("xPO_20260302.edi", False), ("PO_20260302.edi.bak", False), ("\udcff", False)],
)
def test_a_pattern_is_about_the_whole_name(name: str, agreed: bool) -> None:
    assert matches((r"PO_[0-9]{8}\.edi", "997.*"), name) is agreed
    assert matches((), name)


def test_a_pattern_that_would_never_end_elsewhere_is_answered_at_once() -> None:
    assert not matches(("(a+)+b",), "a" * 200)
