"""Certificates and keys change while the gateway runs: what partner files say of them now is in force within a minute.

Of channels that run already, and of them nothing else: all other terms are those of the revision that this process
started with. The files have to be sound as a whole, as at a start; until they are, what was in force stays so.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from gateway.app.as2 import Identities
from gateway.as2.cms.identity import KeyPair
from gateway.errors import ConfigurationError, GatewayError
from gateway.partners.authored import IN_FORCE
from gateway.partners.book import Book
from gateway.partners.certificates import FOLDER
from gateway.store.authored import read_folder

log = structlog.get_logger("gateway.certificates")

EVERY_SECONDS = 20.0

Load = Callable[[Mapping[str, str]], tuple[Book, Mapping[str, KeyPair]]]
"""The book of these partner files, with the keys of ours that it names. Raises ConfigurationError."""


class Renewal:
    """Looks at partner files and keys every 20 s. `book` and `pairs` are those in force."""

    def __init__(
        self,
        book: Book,
        pairs: Mapping[str, KeyPair],
        identities: Identities,
        *,
        partners: Path,
        read: Mapping[str, str],
        load: Load,
        key_names: Callable[[], tuple[str, ...]],
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        """`read` are the partner files that `book` was made of; `key_names` are the keys that the home has."""
        self.book, self.pairs = book, pairs
        self._identities, self._folder, self._load, self._key_names = identities, partners, load, key_names
        self._every = every_seconds
        self._seen = self._print_of(read)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop."""
        self._task = asyncio.create_task(self._forever())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def look(self) -> tuple[str, ...]:
        """Take over what changed. Returns the channels that it changed for. Raises GatewayError; nothing changed then.

        What cannot be taken over is tried again when it changes.
        """
        files = read_folder(self._folder, IN_FORCE)
        found = self._print_of(files)
        if found == self._seen:
            return ()
        self._seen = found
        book, pairs = self._load(files)
        changed = self._identities.renew(book, pairs)
        self.book, self.pairs = book, pairs
        for name, one in changed.items():
            log.info(
                "certificate.taken_over",
                channel=name,
                theirs=[dated.name for dated in one.theirs],
                ours=[dated.name for dated in one.keys],
            )
        return tuple(changed)

    def _print_of(self, files: Mapping[str, str]) -> bytes:
        digest = hashlib.sha256(repr(self._key_names()).encode())
        for name in sorted(files):
            if name.startswith(("channels/", f"{FOLDER}/")):
                digest.update(repr((name, files[name])).encode())
        return digest.digest()

    async def _forever(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await asyncio.to_thread(self.look)
            except ConfigurationError as wrong:
                log.warning("certificate.not_taken_over", error=str(wrong)[:2000])
            except (GatewayError, OSError) as refused:  # a file that went while it was read: it is looked for again
                log.warning("certificate.not_looked_for", error=str(refused)[:2000])
