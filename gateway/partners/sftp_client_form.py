"""A channel whose server is the partner's own: where it is, how we know it again, what we fetch and lay there."""

import re
from datetime import date
from ipaddress import ip_address
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.partners.form import Form, TimeZone, check_public_key
from gateway.partners.sftp_form import FileNames
from gateway.partners.window import Window

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_ENDING = re.compile(r"[A-Za-z0-9._~-]{1,40}")
"""Of a name: nothing that leads to another folder."""
_LONGEST_PATH: Final = 400


def _host(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        if _HOST.fullmatch(text) and not _NUMBER.fullmatch(text.rpartition(".")[2]):
            return text
    # 127.1, 0x7f000001 and 2130706433 are addresses to some resolvers, and names to nobody who means well.
    raise ValueError(f"'{text[:60]}' is not a host name in lower case, nor an address, like sftp.acme.example")


def _host_key(text: str) -> str:
    if _FINGERPRINT.fullmatch(text):
        return text
    if text.startswith("SHA256:"):
        raise ValueError("a fingerprint is SHA256: and 43 characters, as `ssh-keygen -lf` prints it")
    return check_public_key(text)


def _path(text: str) -> str:
    parts = text.split("/")
    if not text or len(text) > _LONGEST_PATH or not text.isprintable() or "\\" in text or ".." in parts:
        raise ValueError(f"'{text[:60]}' is not a folder on the partner's server, like out/edi, /home/acme/out or .")
    return text.rstrip("/") or "/"


def _ending(text: str) -> str:
    if not _ENDING.fullmatch(text) or not text.strip("."):
        raise ValueError(f"'{text[:60]}' is not the beginning or end of a name: letters, digits, . _ ~ and -")
    return text


Host = Annotated[str, AfterValidator(_host)]
HostKey = Annotated[str, AfterValidator(_host_key)]
"""A public key line, `file:PATH` below the home with one, or the fingerprint of one, `SHA256:...`."""
RemoteFolder = Annotated[str, AfterValidator(_path)]
"""On the partner's server, from where it puts us when we sign in, or from its root."""
Ending = Annotated[str, AfterValidator(_ending)]


class Poll(Form):
    """What we fetch from the partner's server, and when.

    A file is taken when its whole name matches one of `file_names` (RE2; none: any name) and it kept its size and time
    for `settle_seconds`; names that look temporary wait. `claim: rename` gives it another name first, the same with
    `claimed` behind, so that whoever writes there cannot change it while we read; `memory` leaves the name. Once its
    bytes are durable here it is deleted, moved to `move_to`, or left; what was left is known by name, size and time.
    """

    folder: RemoteFolder
    file_names: FileNames = ()
    every_seconds: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] = 60.0
    windows: tuple[Window, ...] = ()
    time_zone: TimeZone = "UTC"
    settle_seconds: Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)] = 5.0
    claim: Literal["rename", "memory"] = "rename"
    claimed: Ending = ".taken"
    after: Literal["delete", "move", "leave"] = "delete"
    move_to: RemoteFolder | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.after == "move") != (self.move_to is not None):
            raise ValueError("after: move and move_to: FOLDER belong together")
        if self.move_to == self.folder:
            raise ValueError("move_to is the folder that we take from: what we moved would be taken again")
        if self.after == "leave" and self.claim == "rename":
            raise ValueError("after: leave goes with claim: memory: what was renamed would never be found as it was")
        return self


class Push(Form):
    """Where we lay files on the partner's server: under a temporary name, renamed when all of it is there.

    The temporary name is the file's own with `.part` behind, or `tmp_` before it; `temporary_text` says other words.
    `none` is for servers that forbid renames: a file is written under its final name, and seen before it is whole.
    """

    folder: RemoteFolder
    temporary: Literal["suffix", "prefix", "none"] = "suffix"
    temporary_text: Ending | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.temporary == "none" and self.temporary_text is not None:
            raise ValueError("temporary: none has no temporary_text: files have their final name from the beginning")
        return self

    def temporary_name(self, name: str) -> str:
        """What a file is called until it is whole."""
        if self.temporary == "none":
            return name
        if self.temporary == "suffix":
            return f"{name}{self.temporary_text or '.part'}"
        return f"{self.temporary_text or 'tmp_'}{name}"


def held_together(
    *, key: str | None, passphrase: str | None, password: str | None, algorithms: str, legacy_until: date | None
) -> None:
    """Whether we can sign in, and weak algorithms have an end. Raises: ValueError."""
    if key is None and password is None:
        raise ValueError("nobody could sign in: key, password or both are needed")
    if key is not None and key.startswith("file:") and passphrase is None:
        raise ValueError("key needs `passphrase`: a private key is kept encrypted, and what opens it is elsewhere")
    if passphrase is not None and key is None:
        raise ValueError("passphrase opens a key, and there is none")
    if passphrase is not None and passphrase == key:
        raise ValueError("passphrase and key are the same secret")
    if (algorithms == "legacy") != (legacy_until is not None):
        raise ValueError("algorithms: legacy and legacy_until: DAY belong together: weak ones have an end")
