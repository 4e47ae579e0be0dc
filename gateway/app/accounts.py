"""Channels as authored become accounts at the doors, their secrets resolved once."""

import functools
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

import asyncssh

from gateway.api.accounts import ApiAccount, SystemAccount
from gateway.api.documents import MAX_DOCUMENT_BYTES
from gateway.api.verbs import OperatorAccount
from gateway.app.secrets import Secrets
from gateway.errors import ConfigurationError
from gateway.partners.channel import Channel, HttpChannel, SftpChannel
from gateway.partners.company import Operator
from gateway.partners.intake import Intake
from gateway.partners.sftp_form import AuthorizedKey, matches
from gateway.pipeline.ports import Waiting
from gateway.transports.sftp import Account, Key, Layout, same_secret


def sftp_accounts(channels: Mapping[str, Channel], secrets: Secrets) -> Mapping[str, Account]:
    """Accounts by user name. Raises ConfigurationError for a secret or key that cannot be used."""
    return {
        channel.user: Account(
            channel=name,
            user=channel.user,
            keys=tuple(_public_keys(name, channel.authorized_keys, secrets)),
            password_check=same_secret(secrets.get(channel.password)) if channel.password else None,
            sign_in=channel.sign_in,
            max_file_bytes=channel.max_file_bytes,
            quota=Waiting(files=channel.max_waiting_files, size=channel.max_waiting_bytes),
            allow_from=channel.allow_from,
            staging=channel.staging,
            layout=Layout(
                {
                    folder: tuple(tuple(path.split("/")) for path in channel.folders[folder])
                    for folder in channel.folders
                }
            ),
            takes=functools.partial(matches, channel.file_names),
        )
        for name, channel in channels.items()
        if isinstance(channel, SftpChannel)
    }


def api_accounts(channels: Mapping[str, Channel], secrets: Secrets) -> Mapping[str, ApiAccount]:
    """Accounts by the SHA-256 of their API key. Raises ConfigurationError when two channels have the same key."""
    accounts: dict[str, ApiAccount] = {}
    for name, channel in channels.items():
        if not isinstance(channel, HttpChannel):
            continue
        digest = hashlib.sha256(secrets.get(channel.api_key).encode()).hexdigest()
        if digest in accounts:
            raise ConfigurationError(f"channels {accounts[digest].channel} and {name} have the same API key")
        accounts[digest] = ApiAccount(
            channel=name, max_file_bytes=channel.max_file_bytes, allow_from=channel.allow_from
        )
    return accounts


def system_accounts(intakes: Mapping[str, Intake], secrets: Secrets) -> Mapping[str, SystemAccount]:
    """Accounts of our own systems by the SHA-256 of their API key. Raises ConfigurationError as `api_accounts`."""
    accounts: dict[str, SystemAccount] = {}
    for name, one in intakes.items():
        digest = hashlib.sha256(secrets.get(one.api_key).encode()).hexdigest()
        if digest in accounts:
            raise ConfigurationError(f"{accounts[digest].channel} and intake/{name} have the same API key")
        accounts[digest] = SystemAccount(
            channel=f"intake/{name}", max_file_bytes=MAX_DOCUMENT_BYTES, may_send=frozenset(one.may_send)
        )
    return accounts


def operator_accounts(people: Mapping[str, Operator], secrets: Secrets) -> Mapping[str, OperatorAccount]:
    """Accounts of our people by the SHA-256 of their API key. Raises ConfigurationError as `api_accounts`."""
    accounts: dict[str, OperatorAccount] = {}
    for name, one in people.items():
        digest = hashlib.sha256(secrets.get(one.api_key).encode()).hexdigest()
        if digest in accounts:
            raise ConfigurationError(f"operators {accounts[digest].who} and {name} have the same API key")
        accounts[digest] = OperatorAccount(channel="", max_file_bytes=0, allow_from=one.allow_from, who=name)
    return accounts


def _public_keys(channel: str, authorized: Iterable[AuthorizedKey], secrets: Secrets) -> Iterable[Key]:
    for given in authorized:
        text = secrets.get(given.key) if given.key.startswith(("file:", "env:")) else given.key
        since = _midnight(given.from_) if given.from_ is not None else None
        until = _midnight(given.until + timedelta(days=1)) if given.until is not None else None
        for one in text.splitlines():
            try:
                yield Key(asyncssh.import_public_key(one).public_data, since, until)
            except asyncssh.KeyImportError as wrong:
                raise ConfigurationError(f"channel {channel}: not a public key ({wrong}): {one[:40]}") from wrong


def _midnight(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)
