"""A mail channel as it is written: what belongs together, what does not, and what people are warned of."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.partners.channel import MailChannel
from gateway.partners.mail_form import is_address

RELAY = {"host": "smtp.harborpine.example"}
PLAIN = {"signed": "false", "encrypted": "false", "plain": "allowed"}


def a_channel(**about: Any) -> MailChannel:
    return MailChannel.model_validate(
        {
            "door": "mail",
            "owner": "tests",
            "carries": ["acme"],
            "our_address": "Acme@EDI.harborpine.example",
            "their_addresses": ["EDI@acme.example"],
            "certificates": [{"file": "acme/2026.pem"}],
            "keys": [{"name": "harborpine"}],
        }
        | about
    )


def test_addresses_are_compared_without_regard_to_case() -> None:
    channel = a_channel()

    assert (channel.our_address, channel.their_addresses) == ("acme@edi.harborpine.example", ("edi@acme.example",))
    assert not channel.pushes


def test_mails_are_signed_and_encrypted_unless_something_else_is_said() -> None:
    channel = a_channel()

    assert (channel.receive.signed, channel.receive.encrypted, channel.receive.plain) == (True, True, "refused")


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"receive": {"signed": "false", "encrypted": "false"}}, "plain: allowed"),
        ({"receive": {"plain": "allowed"}}, "goes with"),
        ({"certificates": []}, "`certificates`"),
        ({"keys": []}, "`keys`"),
        ({"send": {"to": "edi@acme.example"}}, "`relay`"),
        ({"send": {"to": "acme@edi.harborpine.example"}, "relay": RELAY}, "would come back"),
        ({"their_addresses": ["acme@edi.harborpine.example"]}, "answer itself"),
        ({"their_addresses": []}, "their_addresses"),
        ({"relay": RELAY | {"user": "edi"}}, "belong together"),
        ({"relay": RELAY | {"tls": "none", "user": "edi", "password": "env:X"}}, "in the clear"),
        ({"relay": RELAY | {"tls": "none", "tls_authority": "us/relay.pem"}}, "tls is none"),
        ({"relay": RELAY | {"password": "swordfish", "user": "edi"}}, "relay.password"),
    ],
)
def test_what_does_not_go_together_is_said(about: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        a_channel(**about)


def test_what_is_complete_pushes() -> None:
    assert a_channel(send={"to": "edi@acme.example"}, relay=RELAY).pushes
    assert a_channel(receive=PLAIN, certificates=[], keys=[]).receive.plain == "allowed"


@pytest.mark.parametrize(
    "text",
    [
        "edi",
        "edi@",
        "@acme.example",
        "edi@acme",
        "a@b@acme.example",
        "edi@-acme.example",
        "<edi@acme.example>",
        '"edi"@acme.example',
        "edi@[127.0.0.1]",
        "edi@acme.example\r\nRCPT TO:<x@y.example>",
        "édi@acme.example",
        ".edi@acme.example",
        "e..di@acme.example",
        "a" * 65 + "@acme.example",
        "edi@" + "a" * 64 + ".example",
    ],
)
def test_only_what_every_server_reads_the_same_is_an_address(text: str) -> None:
    assert not is_address(text)


def test_usual_addresses_are_some() -> None:
    assert all(map(is_address, ("edi@acme.example", "a+b.c_d@x-1.acme.example", "0@a.b")))
