"""`channels/<id>.yaml`: one principal that may sign in at one door, and the partners it carries.

Identity comes from here: whatever a document claims, only the partners that its channel carries can have sent it.
"""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, model_validator

from gateway.partners.as2_terms import As2Name, OurKey, Receiving, Sending, TheirCertificate, held_together
from gateway.partners.form import Form, Line, Name, Secret, Shape, Stage, Switch, UserName
from gateway.partners.mail_form import Address, MailReceiving, MailSending, Relay, held_to_relay
from gateway.partners.sftp_client_form import Host, HostKey, Poll, Push
from gateway.partners.sftp_client_form import held_together as can_sign_in
from gateway.partners.sftp_form import DatedKey, Day, FileNames, Folders
from gateway.partners.window import Window

DEFAULT_FILE_BYTES = 100 * 1024 * 1024
"""EDI files are rarely over 1 MB; a hundred leaves room for catalogues and bounds what one upload can cost."""

LARGEST_FILE_BYTES = 10 * 1024**3

Network = IPv4Network | IPv6Network
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]

_FOLDER_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_FOLDER = re.compile(rf"{_FOLDER_PART}(/{_FOLDER_PART}){{0,7}}")


def _folder(text: str) -> str:
    if not _FOLDER.fullmatch(text):
        raise ValueError(
            f"'{text[:60]}' is not a folder below the root of the folders: names of letters, digits, . _ and -, "
            "joined by /, never beginning with . or /"
        )
    return text


FolderName = Annotated[str, AfterValidator(_folder)]
"""Below the root that our settings name, never above it and never absolute."""


def _network(value: object) -> object:
    try:
        return ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f"'{str(value)[:60]}' is not an address or network, like 203.0.113.7 or 203.0.113.0/24"
        ) from None


NetworkText = Annotated[Network, BeforeValidator(_network)]


class _Channel(Form):
    """What every channel has. `environment: test` keeps everything that arrives here away from production.

    What we send is offered inside `windows` only, on the clock of the partner it is for; without any at all times.
    """

    owner: Line
    carries: Annotated[tuple[Name, ...], Field(min_length=1)]
    allow_from: tuple[NetworkText, ...] = ()
    max_file_bytes: Annotated[int, Field(ge=1, le=LARGEST_FILE_BYTES)] = DEFAULT_FILE_BYTES
    environment: Stage = "production"
    windows: tuple[Window, ...] = ()

    @property
    def pushes(self) -> bool:
        """Whether we carry files out through it, rather than lay them out for the partner to fetch."""
        return False


class PushingChannel(_Channel):
    """What every channel has that we push files through.

    A file is tried until `expires_after_hours` after it was laid out; delays double from the first to the longest.
    So many failures in a row pause the channel; it is then asked now and then whether it works again.
    """

    expires_after_hours: Annotated[float, Field(gt=0, le=8_760, allow_inf_nan=False)] = 72.0
    first_delay_seconds: Seconds = 5.0
    longest_delay_seconds: Seconds = 900.0
    failures_to_trip: Annotated[int, Field(ge=1, le=1_000)] = 5

    @property
    def pushes(self) -> bool:
        """Always, where nothing else is said."""
        return True


class SftpChannel(_Channel):
    """A mailbox at the SFTP door. Several keys may stand while a partner changes keys; key or password, one suffices
    unless `sign_in` says both. `staging` false: names that look temporary (`.part`, `.tmp`) are final for this partner.
    """

    door: Literal["sftp"]
    user: UserName
    authorized_keys: tuple[DatedKey, ...] = ()
    password: Secret | None = None
    sign_in: Literal["either", "both"] = "either"
    staging: Switch = True
    folders: Folders = Field(default_factory=dict)
    file_names: FileNames = ()
    max_waiting_files: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    max_waiting_bytes: Annotated[int, Field(ge=1, le=1024**4)] = 10 * 1024**3

    @model_validator(mode="after")
    def _has_what_it_asks_for(self) -> Self:
        if self.sign_in == "both" and not (self.authorized_keys and self.password):
            raise ValueError("sign_in: both needs authorized_keys and a password")
        return self


class HttpChannel(_Channel):
    """A sender at the HTTP door, known by its API key."""

    door: Literal["http"]
    api_key: Secret


class FolderChannel(PushingChannel):
    """Two folders below the one root that our settings name, for systems that know files only.

    Files are taken from `in` once they are whole, and laid into `out`; either may be left out. What was taken goes to
    `done` beside it, or is deleted, as `after` says. A file is whole when it was renamed there, or kept its size and
    time for `settle_seconds`; names that look temporary wait. Files whose whole name matches none of `file_names` (RE2;
    none: any name) are left alone.
    """

    door: Literal["folder"]
    in_: Annotated[FolderName | None, Field(alias="in")] = None
    out: FolderName | None = None
    after: Literal["done", "delete"] = "done"
    settle_seconds: Annotated[float, Field(ge=0, le=3_600, allow_inf_nan=False)] = 5.0
    file_names: FileNames = ()

    @property
    def pushes(self) -> bool:
        """Where there is a folder to lay files into."""
        return self.out is not None

    @model_validator(mode="after")
    def _has_two_or_one(self) -> Self:
        if self.in_ is None and self.out is None:
            raise ValueError("in, out or both are needed: a folder to take files from, one to lay files into")
        if self.in_ is not None and self.out is not None and _within_each_other(self.in_, self.out):
            raise ValueError("in and out are two folders, neither inside the other: what we lay out would come back")
        return self


class As2Channel(PushingChannel):
    """A partner at the AS2 door, known by the pair of names and by its certificates (RFC 4130).

    `their_id` is AS2-From and `our_id` AS2-To of what it sends; both belong to this channel alone. `max_file_bytes` is
    the most that a message has, and the most that anything in it grows to. Without `send` nothing goes out here.
    """

    door: Literal["as2"]
    our_id: As2Name
    their_id: As2Name
    certificates: tuple[TheirCertificate, ...] = ()
    keys: tuple[OurKey, ...] = ()
    receive: Receiving = Receiving()
    send: Sending | None = None
    mdn_networks: tuple[NetworkText, ...] = ()

    @property
    def pushes(self) -> bool:
        """Where there is an address to send to."""
        return self.send is not None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        held_together(self.certificates, self.keys, self.receive, self.send)
        return self


class SftpClientChannel(PushingChannel):
    """A server of the partner's own, where we fetch its files and lay ours.

    It is known by `host_keys` alone; several stand while the partner changes them. A host name that leads to a private
    address is only followed into `networks`. `key` is ours, encrypted, opened by `passphrase`; key and password may
    both be given. `algorithms: legacy` holds until the day `legacy_until`, then `compatible`.
    """

    door: Literal["sftp-client"]
    host: Host
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    user: UserName
    key: Secret | None = None
    passphrase: Secret | None = None
    password: Secret | None = None
    host_keys: Annotated[tuple[HostKey, ...], Field(min_length=1, max_length=10)]
    networks: tuple[NetworkText, ...] = ()
    algorithms: Literal["compatible", "strict", "legacy"] = "compatible"
    legacy_until: Day | None = None
    poll: Poll | None = None
    push: Push | None = None

    @property
    def pushes(self) -> bool:
        """Where there is a folder to lay files into."""
        return self.push is not None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.poll is None and self.push is None:
            raise ValueError("poll, push or both are needed: a folder to fetch from, one to lay files into")
        if self.allow_from:
            raise ValueError("allow_from is about who comes to us; at this door we go to the partner")
        if self.poll is not None and self.push is not None and self.poll.folder == self.push.folder:
            raise ValueError("poll and push name one folder: what we lay there would come back")
        can_sign_in(
            key=self.key,
            passphrase=self.passphrase,
            password=self.password,
            algorithms=self.algorithms,
            legacy_until=self.legacy_until,
        )
        return self


class MailChannel(PushingChannel):
    """A partner that sends and receives by mail: AS1 (RFC 3335), or attachments as they are where that is permitted.

    A mail to `our_address`, which belongs to this channel alone, is taken when its envelope sender is one of
    `their_addresses`. `relay` carries what we send, and receipts; without it no receipt is given. With `require_tls`
    nothing is taken over a connection in the clear. `max_file_bytes` is the most that a mail has, on the wire and open.
    """

    door: Literal["mail"]
    our_address: Address
    their_addresses: Annotated[tuple[Address, ...], Field(min_length=1, max_length=50)]
    require_tls: Switch = False
    certificates: tuple[TheirCertificate, ...] = ()
    keys: tuple[OurKey, ...] = ()
    receive: MailReceiving = MailReceiving()
    relay: Relay | None = None
    send: MailSending | None = None

    @property
    def pushes(self) -> bool:
        """Where there is an address to send to."""
        return self.send is not None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        held_together(self.certificates, self.keys, self.receive, self.send)
        held_to_relay(self.relay, self.send, self.our_address, self.their_addresses)
        return self


def _within_each_other(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


SecuredChannel = As2Channel | MailChannel
"""Channels with certificates and keys."""

Channel = SftpChannel | HttpChannel | FolderChannel | As2Channel | SftpClientChannel | MailChannel
CHANNEL: Shape[Channel] = Shape(TypeAdapter(Annotated[Channel, Field(discriminator="door")]), Channel)


def given(channels: Iterable[Channel]) -> Sequence[str]:
    """References to secrets that partners gave us for servers of their own: no start can invent them."""
    ours = (one for one in channels if isinstance(one, SftpClientChannel))
    return [name for one in ours for name in (one.key, one.passphrase, one.password) if name]


def secrets_of(channel: Channel) -> tuple[str, ...]:
    """References to the secrets with which the principal signs in; public keys are none."""
    match channel:
        case HttpChannel(api_key=key):
            return (key,)
        case SftpChannel(password=password):
            return (password,) if password else ()
        # Nobody signs in, or we do, with what we were given.
        case FolderChannel() | As2Channel() | SftpClientChannel() | MailChannel():
            return ()
