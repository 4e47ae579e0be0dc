"""Who types a command: what events and auditors are told."""

import getpass

from gateway.errors import UsageError

_OURS = ("gateway/", "channel/")
"""How the gateway and partners are named in events; nobody at a keyboard is one of them."""


def actor(given: str = "") -> str:
    """The name given, or that of the operating system's user. Raises UsageError when there is neither."""
    name = given.strip() or _user()
    if not name:
        raise UsageError("nobody knows who you are: this user has no name here, say it with --actor")
    if name.startswith(_OURS):
        raise UsageError(f"--actor {name!r}: it is the name of a person, not of a gateway or channel")
    return name


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without an entry in passwd
        return ""
