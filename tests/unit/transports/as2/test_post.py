"""What a post is prepared with."""

from gateway.transports.as2.post import tls


def test_the_authorities_of_the_system_are_read_once() -> None:
    assert tls("") is tls("")
