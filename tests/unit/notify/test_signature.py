"""Signatures as the standard has them, held to its own example."""

import base64

import pytest

from gateway.errors import ConfigurationError
from gateway.notify.signature import key_of, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_example_of_the_standard_is_signed_as_it_says() -> None:
    key = key_of(SECRET, "file:secrets/x")

    signed = signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_keys_sign_twice_with_a_blank_between() -> None:
    signed = signature([b"a" * 24, b"b" * 24], "01K", 1, b"{}")

    first, second = signed.split(" ")
    assert first == signature([b"a" * 24], "01K", 1, b"{}")
    assert second == signature([b"b" * 24], "01K", 1, b"{}")


@pytest.mark.parametrize(("id", "timestamp", "body"), [("01L", 1, b"{}"), ("01K", 2, b"{}"), ("01K", 1, b"{ }")])
def test_id_time_and_body_are_all_signed(id: str, timestamp: int, body: bytes) -> None:
    assert signature([b"a" * 24], id, timestamp, body) != signature([b"a" * 24], "01K", 1, b"{}")


def test_a_secret_is_base64_behind_its_prefix_and_text_without() -> None:
    key = bytes(range(24))

    assert key_of(f"whsec_{base64.b64encode(key).decode()}", "env:X") == key
    assert key_of("a text of some length", "env:X") == b"a text of some length"


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_AAAA", "short"])
def test_a_secret_that_cannot_sign_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="env:HOOK") as refused:
        key_of(secret, "env:HOOK")

    assert secret not in str(refused.value)
