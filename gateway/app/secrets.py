"""Secrets by reference: authored files name where a secret is, and only the composition root looks."""

import os
from pathlib import Path

from gateway.errors import ConfigurationError

LARGEST = 64 * 1024
"""Bytes of a secret file; keys and certificates are far below."""


class Secrets:
    """Resolves `file:PATH` (relative paths are below `home`) and `env:NAME`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def path(self, reference: str) -> Path | None:
        """The file a `file:` reference means, None for other references."""
        kind, _, rest = reference.partition(":")
        return self._home / rest if kind == "file" else None

    def get(self, reference: str) -> str:
        """The secret without trailing newline. Raises ConfigurationError that names the reference, never the
        secret.
        """
        kind, _, rest = reference.partition(":")
        if kind == "env":
            value = os.environ.get(rest)
            if not value:
                raise ConfigurationError(f"secret {reference}: the environment has no {rest}")
            return value
        path = self.path(reference)
        if path is None:
            raise ConfigurationError(f"secret {reference!r}: found neither file: nor env: before it")
        try:
            with path.open(encoding="utf-8") as file:
                value = file.read(LARGEST + 1).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as unreadable:
            raise ConfigurationError(
                f"secret {reference}: {path} cannot be read ({unreadable}); write the secret there, mode 600"
            ) from unreadable
        if not value or len(value) > LARGEST:
            raise ConfigurationError(f"secret {reference}: {path} is empty or longer than {LARGEST} bytes")
        return value
