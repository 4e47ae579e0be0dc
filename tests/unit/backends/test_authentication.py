"""Credentials that cannot work are told at once, without repeating them."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.backends.authentication import Authentication, api_key, basic, client_certificate
from gateway.errors import ConfigurationError


@pytest.mark.parametrize(
    "make",
    [
        lambda: api_key("X-Key", "sécret"),
        lambda: api_key("X-Key", "secret\r\nHost: x"),
        lambda: api_key("X-Key", ""),
        lambda: api_key("X Key:", "secret"),
        lambda: basic("us:er", "secret"),
    ],
)
def test_credentials_that_cannot_be_sent_are_a_configuration_error(make: Callable[[], Authentication]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()

    assert "secret" not in str(caught.value)


def test_a_client_certificate_that_is_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.pem"):
        client_certificate(certificate=tmp_path / "gone.pem")


def test_the_server_is_always_verified_and_old_tls_refused() -> None:
    context = client_certificate()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
