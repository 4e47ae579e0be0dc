"""Channels as authored become accounts at the doors, their secrets resolved once."""

import hashlib
from collections.abc import Iterable, Mapping

import asyncssh

from gateway.api.accounts import ApiAccount, SystemAccount
from gateway.api.documents import MAX_DOCUMENT_BYTES
from gateway.app.secrets import Secrets
from gateway.errors import ConfigurationError
from gateway.partners.channel import Channel, HttpChannel, SftpChannel
from gateway.partners.intake import Intake
from gateway.transports.sftp.accounts import Account, same_secret


def sftp_accounts(channels: Mapping[str, Channel], secrets: Secrets) -> Mapping[str, Account]:
    """Accounts by user name. Raises ConfigurationError for a secret or key that cannot be used."""
    return {
        channel.user: Account(
            channel=name,
            user=channel.user,
            keys=tuple(_public_keys(name, channel.authorized_keys, secrets)),
            password_check=same_secret(secrets.get(channel.password)) if channel.password else None,
            max_file_bytes=channel.max_file_bytes,
            allow_from=channel.allow_from,
            staging=channel.staging,
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


def _public_keys(channel: str, lines: Iterable[str], secrets: Secrets) -> Iterable[bytes]:
    for line in lines:
        text = secrets.get(line) if line.startswith(("file:", "env:")) else line
        for one in text.splitlines():
            try:
                yield asyncssh.import_public_key(one).public_data
            except asyncssh.KeyImportError as wrong:
                raise ConfigurationError(f"channel {channel}: not a public key ({wrong}): {one[:40]}") from wrong
