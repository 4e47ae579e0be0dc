"""What a door hands in: bytes that an authenticated principal gave us, and where they are."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Door = Literal["sftp", "http", "as2", "folder", "sftp-client", "mail", "intake"]

INLINE_LIMIT = 64 * 1024
"""Bytes up to which content travels and is stored in the database row; larger content is a file of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes with their SHA-256 (64 lower-case hex digits) and size: either `inline`, or an fsynced file at `path`."""

    sha256: str
    size: int
    inline: bytes | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One transmission as a door received it.

    `channel` is the channel whose principal authenticated: identity comes from here, never from the content.
    `message_id` is the sender's own id where the door has one (HTTP); the same id again is the same transmission.
    `file_name` is data, shown to people and mirrored in the mailbox, never used as a path.
    """

    channel: str
    door: Door
    content: Content
    received_at: datetime
    message_id: str | None = None
    file_name: str | None = None
    staged_name: str | None = None
    remote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a door may say once the parcel is durable. `known` is true when the message id was stored before."""

    transmission_id: str
    known: bool = False
