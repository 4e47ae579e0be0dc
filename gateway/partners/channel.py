"""`channels/<id>.yaml`: one principal that may sign in at one door, and the partners it carries.

Identity comes from here: whatever a document claims, only the partners that its channel carries can have sent it.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from gateway.partners.form import Form, Line, Name, PublicKey, Secret, Shape, Stage, Switch, UserName
from gateway.partners.window import Window

DEFAULT_FILE_BYTES = 100 * 1024 * 1024
"""EDI files are rarely over 1 MB; a hundred leaves room for catalogues and bounds what one upload can cost."""

LARGEST_FILE_BYTES = 10 * 1024**3

Network = IPv4Network | IPv6Network


def _network(value: object) -> object:
    try:
        return ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f"'{str(value)[:60]}' is not an address or network, like 203.0.113.7 or 203.0.113.0/24"
        ) from None


class _Channel(Form):
    """What every channel has. `environment: test` keeps everything that arrives here away from production.

    What we send is offered inside `windows` only, on the clock of the partner it is for; without any at all times.
    """

    owner: Line
    carries: Annotated[tuple[Name, ...], Field(min_length=1)]
    allow_from: tuple[Annotated[Network, BeforeValidator(_network)], ...] = ()
    max_file_bytes: Annotated[int, Field(ge=1, le=LARGEST_FILE_BYTES)] = DEFAULT_FILE_BYTES
    environment: Stage = "production"
    windows: tuple[Window, ...] = ()


class SftpChannel(_Channel):
    """A mailbox at the SFTP door. Several keys may stand while a partner changes keys; key or password, one suffices.

    `staging` false: names that look temporary (`.part`, `.tmp`) are final for this partner.
    """

    door: Literal["sftp"]
    user: UserName
    authorized_keys: tuple[PublicKey, ...] = ()
    password: Secret | None = None
    staging: Switch = True


class HttpChannel(_Channel):
    """A sender at the HTTP door, known by its API key."""

    door: Literal["http"]
    api_key: Secret


Channel = SftpChannel | HttpChannel
CHANNEL: Shape[Channel] = Shape(TypeAdapter(Annotated[Channel, Field(discriminator="door")]), Channel)


def secrets_of(channel: Channel) -> tuple[str, ...]:
    """References to the secrets with which the principal signs in; public keys are none."""
    if isinstance(channel, HttpChannel):
        return (channel.api_key,)
    return (channel.password,) if channel.password else ()
