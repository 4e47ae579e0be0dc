"""Signatures of webhooks, as Standard Webhooks (1.0) has them: HMAC-SHA256 over id, time and body. Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from gateway.errors import ConfigurationError

PREFIX: Final = "whsec_"
SHORTEST_BYTES: Final = 16
"""Of a secret; the standard asks for 24 to 64 where both sides are new."""


def key_of(secret: str, reference: str) -> bytes:
    """The key that a secret means: `whsec_` and base64, or any other text as its own bytes.

    Raises ConfigurationError, which names the reference and never the secret.
    """
    if secret.startswith(PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise ConfigurationError(f"secret {reference}: what follows whsec_ is no base64") from None
    else:
        key = secret.encode()
    if len(key) < SHORTEST_BYTES:
        raise ConfigurationError(
            f"secret {reference}: {len(key)} bytes are too few to sign with: at least {SHORTEST_BYTES} are needed"
        )
    return key


def signature(keys: Sequence[bytes], id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one `v1,BASE64` for each key, with blanks between.

    Args:
        id: of the notice; the same at every try.
        timestamp: seconds since 1970, of this try.
    """
    signed = f"{id}.{timestamp}.".encode() + body
    found = (base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii") for key in keys)
    return " ".join(f"v1,{one}" for one in found)
