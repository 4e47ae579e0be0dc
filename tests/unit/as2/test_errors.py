"""What the partner reads when a message is stopped."""

import inspect

import pytest

from gateway.as2 import errors
from gateway.as2.errors import As2Error, DecryptionFailed, IntegrityFailed, UnsupportedFormat, UnsupportedMic, veiled

_ALL = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, As2Error)]


def test_the_disposition_has_the_type_that_goes_with_the_modifier() -> None:
    assert DecryptionFailed("x").disposition == "processed/error: decryption-failed"
    assert UnsupportedFormat("x").disposition == "failed/failure: unsupported format"
    assert UnsupportedMic("x").disposition == "failed/failure: unsupported MIC-algorithms"


@pytest.mark.parametrize("kind", _ALL)
def test_the_partner_sees_nothing_of_our_text(kind: type[As2Error]) -> None:
    error = kind("the secret reason")

    assert error.fault == "partner"
    assert "secret" not in error.disposition + error.partner_sees


def test_a_failure_behind_decryption_looks_like_a_failed_decryption() -> None:
    veil = veiled(IntegrityFailed("other digest"))

    assert (veil.disposition, veil.partner_sees) == (DecryptionFailed("").disposition, DecryptionFailed.partner_sees)
    assert "other digest" in str(veil)
    assert veiled(veil) is veil
