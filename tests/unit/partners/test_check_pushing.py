"""Channels that we push through: what they may say, second ways, folders that are each one's own, and answers."""

import pytest

from gateway.partners.channel import FolderChannel
from tests.unit.partners.folder import ACME, INVOICES, a_book, problems

VAN = "door: folder\nowner: onboarding\ncarries: [acme]\nin: van/acme/from\nout: van/acme/to\n"
OTHER = "door: folder\nowner: onboarding\ncarries: [acme]\nout: spare/acme\n"
FALLBACK = "fallback: {channel: spare, after_minutes: 30}\n"


def with_van(text: str = VAN, **more: str | None) -> dict[str, str | None]:
    """A folder channel for ACME, and what else is changed: `acme_yaml` is acme.yaml, `spare` another channel."""
    changes: dict[str, str | None] = {"channels/acme-van.yaml": text}
    if "acme_yaml" in more:
        changes["acme.yaml"] = more["acme_yaml"]
    if "spare" in more:
        changes["channels/spare.yaml"] = more["spare"]
    return changes


def test_a_folder_channel_has_its_defaults_and_pushes_where_it_has_a_folder_to_lay_into() -> None:
    book = a_book(with_van())

    channel = book.channels["acme-van"]
    assert isinstance(channel, FolderChannel)
    assert (channel.in_, channel.out, channel.after, channel.settle_seconds) == (
        "van/acme/from",
        "van/acme/to",
        "done",
        5.0,
    )
    assert (channel.expires_after_hours, channel.failures_to_trip) == (72.0, 5)
    assert (book.pushes("acme-van"), book.pushes("acme-sftp"), book.pushes("nobody")) == (True, False, False)
    assert book.secrets() == a_book().secrets()


@pytest.mark.parametrize(
    "name", ["/etc", "../other", "a/../b", ".hidden", "a//b", "a/", "", "a\\b", "~root", "a/.gateway", "x" * 200]
)
def test_a_folder_is_never_outside_of_the_root(name: str) -> None:
    [said] = problems(with_van(VAN.replace("van/acme/from", f"'{name}'")))

    assert "P012" in said
    assert "is not a folder below the root" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (VAN.replace("in: van/acme/from\n", "").replace("out: van/acme/to\n", ""), "in, out or both are needed"),
        (VAN.replace("van/acme/to", "van/acme/from"), "two folders, neither inside the other"),
        (VAN.replace("van/acme/to", "van/acme/from/out"), "two folders, neither inside the other"),
        (VAN + "after: keep\n", "'keep' is not one of done, delete"),
        (VAN + "settle_seconds: -1\n", "it should be greater than or equal to 0"),
        (VAN + "expires_after_hours: 0\n", "it should be greater than 0"),
    ],
)
def test_what_a_folder_channel_cannot_be_is_said(text: str, said: str) -> None:
    [problem] = problems(with_van(text))

    assert said in problem


def test_what_we_send_may_go_by_a_folder_but_not_where_there_is_none_to_lay_it_into() -> None:
    good, silent = INVOICES.replace("acme-sftp", "acme-van"), "acknowledge_via: acme-sftp\n"
    mute = VAN.replace("out: van/acme/to\n", "")

    assert problems(with_van(acme_yaml=ACME + good)) == []
    [said] = problems(with_van(mute, acme_yaml=silent + ACME + good))
    assert "P027: channel acme-van cannot send" in said


def test_two_channels_do_not_share_a_folder() -> None:
    for other in ("van/acme/from", "van/acme/to", "van", "van/acme/to/deeper"):
        [said, *_] = problems(with_van(spare=OTHER.replace("spare/acme", other)))
        assert f"P037: {other} is, or lies in, a folder of channel acme-van" in said or "P037" in said

    assert problems(with_van(spare=OTHER.replace("spare/acme", "van/acme/to2"))) == []


def test_a_fallback_is_a_channel_of_the_partner_that_we_push_through() -> None:
    assert problems(with_van(acme_yaml=FALLBACK + ACME, spare=OTHER)) == []
    [unknown] = problems(with_van(acme_yaml=FALLBACK + ACME))
    [fetched] = problems(with_van(acme_yaml=FALLBACK.replace("spare", "acme-sftp") + ACME))
    [not_theirs] = problems(with_van(acme_yaml=FALLBACK + ACME, spare=OTHER.replace("[acme]", "[bolt]")))
    assert "P020: there is no channel 'spare'" in unknown
    assert "P027: channel acme-sftp cannot be a fallback" in fetched
    assert "P024: channel spare does not carry acme" in not_theirs


def test_what_is_in_production_has_no_test_channel_to_fall_back_on() -> None:
    [said] = problems(with_van(acme_yaml=FALLBACK + ACME + INVOICES, spare=OTHER + "environment: test\n"))

    assert "P025: spare is a test channel" in said


def test_what_comes_in_where_nothing_goes_out_is_answered_elsewhere() -> None:
    mute = VAN.replace("out: van/acme/to\n", "")

    alone = with_van(mute) | {"channels/acme-sftp.yaml": None, "channels/hub.yaml": None}

    [said] = problems(alone)
    [doubt] = a_book(with_van(mute)).doubts
    [named] = problems(with_van(mute, acme_yaml="acknowledge_via: acme-van\n" + ACME))

    assert "P027: channel acme-van cannot send, so answers go nowhere: name another as acknowledge_via" in said
    assert doubt.code == "P038"
    assert "acme.yaml:1:18: P027" in named
    assert problems(with_van(mute, acme_yaml="acknowledge_via: acme-sftp\n" + ACME)) == []
    unanswered = ACME.replace(
        "mapping: acme/850@1}", 'mapping: acme/850@1, acknowledge: {functional: "none", ta1: never}}'
    )
    assert problems(alone | {"acme.yaml": unanswered}) == []
