"""The demo's copy of the partner files: strangers adopted, everybody able to sign in."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.app.demo.adopt import adopt, require_partner, with_sftp
from gateway.app.demo.rounds import strangers
from gateway.app.demo.stage import headers_of
from gateway.errors import UsageError
from gateway.partners.agreement import Agreement
from gateway.partners.book import Book, Quarantine, Route, load
from gateway.partners.channel import SftpChannel
from gateway.store.authored import read_folder
from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader

ROOT = Path(__file__).parents[3]
SAMPLE = (ROOT / "edi_samples/acme/850-004010/plain/in.edi").read_bytes()

KEY_ONLY = """\
door: sftp
owner: onboarding
carries: [acme]
user: acme
allow_from: [203.0.113.7]
authorized_keys:
  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBoFw2PYNkCjaMYEbzTzm0rXT1Rp8w1o1UY0M5HhC2pN acme
"""


def the_files() -> Mapping[str, str]:
    return read_folder(ROOT / "partners", (".yaml",))


def a_header(sender: bytes = b"NOBODYATALL", receiver: bytes = b"SOMEBODYELSE") -> InterchangeHeader:
    content = SAMPLE.replace(b"ACMERETAIL     ", sender.ljust(15), 1).replace(b"HARBORPINE     ", receiver.ljust(15), 1)
    return next(headers_of(content))


def a_group(version: str = "004010") -> GroupHeader:
    return GroupHeader(
        functional_id="PO",
        sender="WHOEVER",
        receiver="WHOMEVER",
        date="20260102",
        time="0915",
        control_number="1",
        agency="X",
        version=version,
    )


def adopted(header: InterchangeHeader) -> Book:
    files = the_files()
    return load(adopt(files, "acme", strangers([header], load(files))))


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_a_stranger_taken_for_a_partner_finds_an_agreement_over_the_base_mapping(version: str) -> None:
    header = a_header()

    book = adopted(header)
    route = book.route("acme-sftp", header)
    agreement = book.agreement("acme-sftp", header, a_group(version), SetHeader(id="850", control_number="0001"))

    assert isinstance(route, Route)
    assert route.partner == "acme"
    assert isinstance(agreement, Agreement)
    assert agreement.mapping == "x12/850@1"


def test_the_partners_own_documents_keep_their_own_agreement() -> None:
    book = adopted(a_header())
    own = next(headers_of(SAMPLE))

    agreement = book.agreement("acme-sftp", own, a_group(), SetHeader(id="850", control_number="0001"))

    assert isinstance(agreement, Agreement)
    assert agreement.mapping == "acme/850@1"


def test_what_we_send_goes_to_the_partner_under_its_own_ids_as_before() -> None:
    before, after = load(the_files()).outbounds, adopted(a_header()).outbounds

    assert before
    assert [(one.receiver, one.gs_receiver) for one in after] == [(one.receiver, one.gs_receiver) for one in before]


def test_an_id_that_cannot_stand_in_a_partner_file_stays_a_stranger() -> None:
    header = a_header(sender=b"\xa0\xa0ODD")

    assert isinstance(adopted(header).route("acme-sftp", header), Quarantine)


def test_a_partner_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="acme, bolt"):
        require_partner(load(the_files()), "acmee")


def test_a_channel_with_keys_only_gets_a_password_to_be_played_with() -> None:
    files = dict(the_files())
    files["channels/acme-sftp.yaml"] = KEY_ONLY

    channel = load(with_sftp(files, load(files))).channels["acme-sftp"]

    assert isinstance(channel, SftpChannel)
    assert channel.password == "file:secrets/demo-acme-sftp.password"
    assert channel.allow_from == ()


def test_a_partner_without_an_sftp_channel_gets_one_to_be_played_with() -> None:
    two = (
        "company",
        "destinations/",
        "acme",
        "guides/acme",
        "channels/acme-http",
        "bolt",
        "guides/bolt",
        "channels/bolt-http",
    )
    files = {name: text for name, text in the_files().items() if name.startswith(two)}
    files["acme.yaml"] = files["acme.yaml"].partition("  order-responses:")[0]  # nothing is sent by a channel not there
    head, _, owed = files["acme.yaml"].partition("    owes:")
    files["acme.yaml"] = head + "  order-changes:" + owed.partition("  order-changes:")[2]  # so nothing is owed either

    book = load(with_sftp(files, load(files)))

    assert {name for name, one in book.channels.items() if isinstance(one, SftpChannel)} == {"demo-acme", "demo-bolt"}
