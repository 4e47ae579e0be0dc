"""Typed settings from the environment (`GATEWAY_...`), one class per concern. Only `app` and `cli` read them; the
rest is handed values.

Secrets are never settings: files under partners/ name them by reference (`file:` below the home, `env:`).
"""

import os
import socket
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.errors import SettingsError

LogLevel = Literal["debug", "info", "warning", "error"]


class _Section(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", frozen=True)


class Places(_Section):
    """Where things are."""

    home: Path = Field(Path("var"), description="The gateway's own folder: database, documents, keys, secrets.")
    partners_dir: Path = Field(Path("partners"), description="Authored partner files.")
    mappings_dir: Path = Field(Path("mappings"), description="Authored mapping files.")
    samples_dir: Path = Field(Path("edi_samples"), description="Files that the demo plays when it is given none.")
    folders_dir: str = Field(
        "", description="The one root of all folders that channels with door: folder name; empty: folders/ in the home."
    )
    database_url: str = Field(
        "",
        description="postgresql://user@host/name to share work between nodes; empty: SQLite in the home.",
    )

    @property
    def folders(self) -> Path:
        """The root of the folder door in use."""
        return Path(self.folders_dir) if self.folders_dir else self.home / "folders"

    @property
    def url(self) -> str:
        """The SQLAlchemy URL in use."""
        if not self.database_url:
            return f"sqlite:///{self.home / 'gateway.db'}"
        scheme, separator, rest = self.database_url.partition("://")
        if scheme in ("postgresql", "postgres") and separator:
            return f"postgresql+psycopg://{rest}"
        return self.database_url


class Doors(_Section):
    """Addresses the gateway listens on. Loopback unless told otherwise; port 0 takes a free one."""

    host: str = Field("127.0.0.1", description="Address of the SFTP and HTTP doors.")
    sftp_port: int = Field(2222, ge=0, le=65535, description="Port of the SFTP drop-box.")
    http_port: int = Field(8080, ge=0, le=65535, description="Port of the HTTP API.")
    as2_host: str = Field("", description="Address of the AS2 door; empty: the one of the others.")
    as2_port: int = Field(4080, ge=0, le=65535, description="Port of the AS2 door, open when a channel has it.")
    smtp_host: str = Field("", description="Address of the mail door; empty: the one of the others.")
    smtp_port: int = Field(2525, ge=0, le=65535, description="Port of the mail door, open when a channel has it.")
    smtp_name: str = Field("", description="The name that the mail door gives itself; empty: that of the machine.")
    sftp_algorithms: Literal["compatible", "strict", "legacy"] = Field(
        "compatible", description="compatible, strict, or (until a date) legacy for clients that know nothing newer."
    )
    sftp_legacy_until: str = Field(
        "", description="Last day (UTC) of sftp_algorithms=legacy, like 2027-01-31; from then on compatible."
    )
    sftp_proxies: str = Field(
        "", description="Addresses or networks, by commas, of balancers that speak the PROXY protocol to the SFTP door."
    )

    @field_validator("sftp_legacy_until")
    @classmethod
    def _is_a_day(cls, value: str) -> str:
        try:
            return str(date.fromisoformat(value)) if value else ""
        except ValueError:
            raise ValueError("a day, like 2027-01-31") from None

    @field_validator("smtp_name")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not all(one.isascii() and (one.isalnum() or one in ".-") for one in value) or len(value) > 253:
            raise ValueError("the name of a host, like edi.northgate.example")
        return value

    @field_validator("sftp_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for one in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(f"addresses or networks, separated by commas; {one[:60]!r} is none") from None
        return value

    @model_validator(mode="after")
    def _legacy_ends(self) -> Self:
        if self.sftp_algorithms == "legacy" and not self.sftp_legacy_until:
            raise ValueError("legacy until a day: set GATEWAY_SFTP_LEGACY_UNTIL, like 2027-01-31")
        return self

    @property
    def legacy_until(self) -> date | None:
        """`sftp_legacy_until` as a day."""
        return date.fromisoformat(self.sftp_legacy_until) if self.sftp_legacy_until else None

    @property
    def believed_proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`sftp_proxies` as networks."""
        return tuple(ip_network(one.strip()) for one in self.sftp_proxies.split(",") if one.strip())


class Work(_Section):
    """How durable work runs."""

    node: str = Field("", description="Unique name of this process among those that share a database.")
    backlog_limit: int = Field(
        50_000, gt=0, description="Transmissions received but not processed above which doors answer busy."
    )
    process: bool = Field(True, description="false: only receive; other processes on the same database do the work.")
    poll_seconds: float = Field(0.05, gt=0, le=5, description="How often queues are asked for work.")

    def node_name(self, url: str) -> str:
        """SQLite has one process, whose name must be the same at every start; elsewhere host and process id."""
        if self.node:
            return self.node
        return "node" if url.startswith("sqlite") else f"{socket.gethostname()}-{os.getpid()}"


class MailRelay(_Section):
    """The mail server that takes alerts for people. Without one they wait."""

    mail_relay: str = Field("", description="host:port of the mail server that takes alerts; empty: none is sent.")
    mail_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls (587), tls (465), or none for a server on this machine or network."
    )
    mail_authority: str = Field("", description="A PEM file that its certificate has to lead to; empty: the system's.")
    mail_from: str = Field("", description="The address that alerts come from; needed with a relay.")
    mail_user: str = Field("", description="The name we sign in with; empty: we do not.")
    mail_password: str = Field("", description="Where the password is: file:secrets/NAME or env:NAME, never itself.")

    @field_validator("mail_relay")
    @classmethod
    def _is_a_server(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if value and not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
            raise ValueError("a server and its port, like smtp.northgate.example:587")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        local, _, domain = value.rpartition("@")
        fine = all(one.isascii() and (one.isalnum() or one in ".-_+") for one in local + domain)
        if value and not (local and domain and fine):
            raise ValueError("a mail address, like edi@northgate.example")
        return value

    @field_validator("mail_password")
    @classmethod
    def _is_a_reference(cls, value: str) -> str:
        if value and not value.startswith(("file:", "env:")):
            raise ValueError("where the password is, file:secrets/NAME or env:NAME, and not the password itself")
        return value

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if self.mail_relay and not self.mail_from:
            raise ValueError("with GATEWAY_MAIL_RELAY say who alerts come from: GATEWAY_MAIL_FROM")
        return self

    @property
    def host_and_port(self) -> tuple[str, int]:
        """`mail_relay` in two."""
        host, _, port = self.mail_relay.rpartition(":")
        return host.strip("[]"), int(port)


class Logs(_Section):
    """What is said while running."""

    log_level: LogLevel = Field("warning", description="debug, info, warning or error.")
    log_format: Literal["text", "json"] = Field("text", description="text for people, json for collectors.")

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


Section = TypeVar("Section", bound=_Section)


def _read(section: type[Section]) -> Section:
    try:
        return section()
    except ValidationError as wrong:
        raise SettingsError("; ".join(_words(one) for one in wrong.errors())) from wrong


def _words(one: Any) -> str:
    """One mistake: the variable, what it holds where that can be no secret, what it may hold."""
    allowed = str(one["msg"]).removeprefix("Input should be ").removeprefix("Value error, ").partition(", unable to")[0]
    if not one["loc"]:
        return allowed
    name = f"GATEWAY_{str(one['loc'][0]).upper()}"
    if name.endswith("_PASSWORD"):  # somebody may have written the secret itself
        return f"{name} has to be {allowed}"
    return f"{name} is {one['input']!r}: it has to be {allowed}"


@dataclass(frozen=True, slots=True)
class Settings:
    """All sections, read from the environment when made. Raises SettingsError that names the variable."""

    places: Places = field(default_factory=lambda: _read(Places))
    doors: Doors = field(default_factory=lambda: _read(Doors))
    work: Work = field(default_factory=lambda: _read(Work))
    mail: MailRelay = field(default_factory=lambda: _read(MailRelay))
    logs: Logs = field(default_factory=lambda: _read(Logs))
