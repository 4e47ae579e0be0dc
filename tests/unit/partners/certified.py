"""An AS2 channel with certificates that are made anew for every run."""

from cryptography.hazmat.primitives.serialization import Encoding

from gateway.as2.cms.identity import KeyPair
from tests.unit.as2.cms.people import with_curve, with_rsa

AS2 = """\
door: as2
owner: onboarding
carries: [acme]
our_id: PINE
their_id: ACME AS2
certificates:
  - file: acme/2026.pem
keys:
  - name: pine-2026
"""


def pem(somebody: KeyPair) -> str:
    """The certificate alone."""
    return somebody.certificate.public_bytes(Encoding.PEM).decode("ascii")


ACME = with_rsa("acme")
PEM = pem(ACME)
CURVE_PEM = pem(with_curve("acme"))
WEAK_PEM = pem(with_rsa("acme", 1024))


def as2_channel(text: str = AS2, certificate: str | None = PEM) -> dict[str, str | None]:
    """A folder's change: the channel, and its certificate."""
    return {"channels/acme-as2.yaml": text, "certificates/acme/2026.pem": certificate}
