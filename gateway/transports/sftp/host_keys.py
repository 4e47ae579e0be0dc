"""The server's own keys: made at the first start, loaded once, changed with notice.

Beside each key may stand the next one (`.next`): it is announced to clients that have signed in, from which OpenSSH
learns it (hostkeys-00@openssh.com), and used once it takes the place of the first. The one before (`.last`) may stand
too: it is announced as one that is still ours, and not used.

asyncssh given file names re-reads and re-checks every key for each connection, before authentication: 104 ms of CPU
instead of 2, a way to stop the door from outside. So it only ever gets loaded objects.
"""

import os
import secrets
from pathlib import Path
from typing import Final

import asyncssh

from gateway.errors import ConfigurationError, MachineError

_RSA_BITS: Final = 3072

_KINDS: Final = (("sftp_host_ed25519_key", "ssh-ed25519"), ("sftp_host_rsa_key", "ssh-rsa"))
_OTHERS: Final = (".next", ".last")


def load_host_keys(directory: Path) -> tuple[asyncssh.SSHKey, ...]:
    """The Ed25519 and RSA-3072 host keys in `directory`, made with mode 600 where missing; behind them those that are
    only announced.

    Raises ConfigurationError for a key others can read or that cannot be read as one, MachineError when the disk
    refuses.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        used = [_load(directory / name, algorithm) for name, algorithm in _KINDS]
        beside = [directory / f"{name}{suffix}" for name, _ in _KINDS for suffix in _OTHERS]
        return (*used, *(_read(path) for path in beside if path.exists()))
    except OSError as refused:
        raise MachineError(f"{directory}: the SFTP host keys cannot be made or read: {refused}") from refused


def _load(path: Path, algorithm: str) -> asyncssh.SSHKey:
    if not path.exists():
        _make(path, algorithm)
    return _read(path)


def _read(path: Path) -> asyncssh.SSHKey:
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"{path}: others may read this host key; chmod 600 it, or replace it if it leaked")
    try:
        return asyncssh.read_private_key(path)
    except asyncssh.KeyImportError as wrong:
        raise ConfigurationError(f"{path}: not a private key without passphrase ({wrong})") from wrong


def _make(path: Path, algorithm: str) -> None:
    """Write a new key whole, fsynced, and only then under its name; when two processes start at once one key wins."""
    if algorithm == "ssh-rsa":
        key = asyncssh.generate_private_key(algorithm, key_size=_RSA_BITS)
    else:
        key = asyncssh.generate_private_key(algorithm)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.export_private_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
