"""A channel whose server is the partner's own: what may be written, and what is refused with a sentence."""

import pytest
from pydantic import ValidationError

from gateway.partners.channel import CHANNEL, SftpClientChannel, given
from tests.unit.partners.folder import problems

GOOD: dict[str, object] = {
    "door": "sftp-client",
    "owner": "onboarding",
    "carries": ["acme"],
    "host": "sftp.acme.example",
    "user": "harborpine",
    "password": "file:secrets/acme",
    "host_keys": ["SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"],
    "poll": {"folder": "out"},
    "push": {"folder": "in"},
}


def channel(**changes: object) -> SftpClientChannel:
    found = CHANNEL.adapter.validate_python({**GOOD, **changes})
    assert isinstance(found, SftpClientChannel)
    return found


def test_what_is_not_said_is_the_safe_way() -> None:
    found = channel()
    assert found.poll is not None

    assert (found.port, found.algorithms, found.networks, found.pushes) == (22, "compatible", (), True)
    assert (found.poll.claim, found.poll.after, found.poll.settle_seconds) == ("rename", "delete", 5.0)


def test_without_push_nothing_goes_out() -> None:
    assert not channel(push=None).pushes


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f000001", "2130706433", "017700000001", "a..b", "-a", "http://a", "a:22", "UPPER.example", ""]
)
def test_a_host_is_a_name_or_an_address_and_nothing_that_is_read_in_two_ways(host: str) -> None:
    with pytest.raises(ValidationError, match="is not a host name"):
        channel(host=host)


@pytest.mark.parametrize("host", ["sftp.acme.example", "localhost", "203.0.113.7", "2001:db8::7"])
def test_a_host_may_be_a_name_or_an_address(host: str) -> None:
    assert channel(host=host).host == host


@pytest.mark.parametrize("folder", ["", "../up", "out/../..", "a\\b", "a\nb", "x" * 401])
def test_a_folder_leads_nowhere_else(folder: str) -> None:
    with pytest.raises(ValidationError, match="is not a folder"):
        channel(poll={"folder": folder})


@pytest.mark.parametrize("folder", [".", "/", "in", "/home/acme/out", "EDI out/new"])
def test_a_folder_is_where_the_partner_has_it(folder: str) -> None:
    assert channel(push={"folder": folder}).push.folder == folder  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"poll": None, "push": None}, "poll, push or both"),
        ({"push": {"folder": "out"}}, "poll and push name one folder"),
        ({"password": None}, "nobody could sign in"),
        ({"key": "file:secrets/k"}, "key needs `passphrase`"),
        ({"passphrase": "env:X"}, "there is none"),
        ({"key": "file:secrets/k", "passphrase": "file:secrets/k"}, "the same secret"),
        ({"host_keys": []}, "at least 1"),
        ({"host_keys": ["SHA256:short"]}, "43 characters"),
        ({"host_keys": ["ssh-ed25519 AAAA"]}, "cut off"),
        ({"algorithms": "legacy"}, "belong together"),
        ({"legacy_until": "2027-01-01"}, "belong together"),
        ({"allow_from": ["203.0.113.7"]}, "at this door we go to the partner"),
        ({"poll": {"folder": "out", "after": "move"}}, "belong together"),
        ({"poll": {"folder": "out", "after": "move", "move_to": "out"}}, "taken again"),
        ({"poll": {"folder": "out", "after": "leave"}}, "claim: memory"),
        ({"poll": {"folder": "out", "claimed": "/../x"}}, "beginning or end of a name"),
        ({"poll": {"folder": "out", "file_names": ["("]}}, "not a pattern"),
        ({"push": {"folder": "in", "temporary_text": "a/b"}}, "beginning or end of a name"),
        ({"push": {"folder": "in", "temporary": "none", "temporary_text": ".tmp"}}, "none has no temporary_text"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        channel(**changes)


def test_a_temporary_name_is_beside_the_final_one() -> None:
    ways = ({}, {"temporary": "prefix"}, {"temporary_text": ".tmp"}, {"temporary": "none"})
    pushes = [channel(push={"folder": "in", **way}).push for way in ways]

    assert [one.temporary_name("a.edi") for one in pushes if one] == [
        "a.edi.part",
        "tmp_a.edi",
        "a.edi.tmp",
        "a.edi",
    ]


def test_secrets_that_partners_gave_are_known_for_what_they_are() -> None:
    found = channel(key="file:secrets/k", passphrase="env:P")

    assert given([found]) == ["file:secrets/k", "env:P", "file:secrets/acme"]


def test_two_channels_do_not_look_into_one_folder() -> None:
    text = (
        "door: sftp-client\nowner: onboarding\ncarries: [{partner}]\nhost: sftp.van.example\nuser: harborpine\n"
        f"password: file:secrets/van\nhost_keys: ['{GOOD['host_keys'][0]}']\npoll: {{{{folder: {{folder}}}}}}\n"  # type: ignore[index]
    )
    files = {
        "channels/van-acme.yaml": text.format(partner="acme", folder="out"),
        "channels/van-bolt.yaml": text.format(partner="bolt", folder="out"),
    }
    found = problems(files)
    apart = problems(files | {"channels/van-bolt.yaml": text.format(partner="bolt", folder="out/bolt")})

    assert [str(one).partition(": ")[2][:4] for one in found] == ["P023"]
    assert apart == []
