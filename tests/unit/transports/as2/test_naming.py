"""Message-IDs and what is noted of a message."""

import pytest

from gateway.as2.names import write_message_id
from gateway.as2.receipt import Sent
from gateway.transports.as2 import naming


@pytest.mark.parametrize("our_id", ["NORTHGATE", "North Gate 3PL", 'a"b\\c', "@@@", "x" * 128])
def test_a_message_id_can_be_written_whatever_our_name_is_and_leads_back_to_the_file(our_id: str) -> None:
    made = naming.message_id("01JD8KXYZ0123456789ABCDEFG-1", our_id)

    assert write_message_id(made) == made
    assert naming.carried_id(made) == naming.carried_id(made.strip("<>")) == "01JD8KXYZ0123456789ABCDEFG-1"


@pytest.mark.parametrize("signed", [True, False])
def test_what_was_noted_is_read_back(signed: bool) -> None:
    sent = Sent(message_id="<1@a>", mics={"sha1": "x=", "sha256": "y="}, signed=signed)

    assert naming.noted(naming.notes(sent)) == sent


def test_before_a_message_was_made_nothing_is_noted() -> None:
    assert naming.noted({}) is None
    assert naming.noted({"other": "door"}) is None
