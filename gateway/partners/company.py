"""`company.yaml`: who we are. One company may answer to several ISA ids, each for a legal entity of its own."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, TypeAdapter

from gateway.partners.channel import NetworkText
from gateway.partners.deadlines_form import Day
from gateway.partners.form import Form, GsId, Isa, Line, Name, Secret, Shape, TimeZone
from gateway.partners.retention import Retention


class Identity(Form):
    """One of our own identities: what partners put into ISA07/08 and GS03, and where its documents go by default.

    `gs` decides only where several identities share an ISA id; then each needs its own.
    """

    legal_entity: Line
    isa: Annotated[tuple[Isa, ...], Field(min_length=1)]
    gs: tuple[GsId, ...] = ()
    destination: Name | None = None
    test_destination: Name | None = None


class Operator(Form):
    """One of our people, who may act on documents over the HTTP API, in the name that stands here."""

    api_key: Secret
    allow_from: tuple[NetworkText, ...] = ()


class Company(Form):
    """Our own side of every agreement. `key_passphrase` encrypts our private keys where they lie in the home.
    `holidays` are lists of days that calendars of partners may name. `retention` says how long sets are kept.
    `operators` are people with a key to the HTTP API.
    """

    name: Line
    owner: Line
    time_zone: TimeZone = "UTC"
    key_passphrase: Secret = "file:secrets/keys.passphrase"  # noqa: S105 - where it is, not what
    holidays: Mapping[Name, tuple[Day, ...]] = {}
    retention: Retention = Field(default_factory=dict)
    identities: Annotated[Mapping[Name, Identity], Field(min_length=1)]
    operators: Mapping[Name, Operator] = {}


COMPANY: Shape[Company] = Shape(TypeAdapter(Company), Company)
