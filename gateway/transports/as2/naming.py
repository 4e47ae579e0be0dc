"""What an AS2 message of ours is called, and what is noted of it so that its receipt can be judged, whenever it comes.

The Message-ID is the message id of the file that is carried, with our AS2 name behind it: the same over all tries, and
a receipt leads back to the file by its left side alone. Pure.
"""

import re
from collections.abc import Mapping
from typing import Final

from gateway.as2.algorithms import DIGESTS
from gateway.as2.mic import Mics
from gateway.as2.receipt import Sent

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_MESSAGE_ID: Final = "as2.message_id"
_SIGNED: Final = "as2.signed"
_MIC: Final = "as2.mic."


def message_id(carried_id: str, our_id: str) -> str:
    """`<01JD...-1@northgate>`: at most some 170 characters, of those that every product takes."""
    right = _UNSAFE.sub("-", our_id).strip("-").lower() or "as2"
    return f"<{carried_id}@{right}>"


def carried_id(original: str) -> str:
    """The message id of the file that a receipt is for, by its Original-Message-ID; whatever it holds, as text."""
    return original.strip().removeprefix("<").removesuffix(">").partition("@")[0].strip()


def alike(original: str, sent: Sent | None) -> bool:
    """Whether the Original-Message-ID of a receipt may be one of ours, by its right side; `sent` is another message of
    the same file, None where none is noted.
    """
    right = original.strip().removesuffix(">").rpartition("@")[2]
    return sent is None or right == sent.message_id.removesuffix(">").rpartition("@")[2]


def notes(sent: Sent) -> dict[str, str]:
    """What is noted of a message before it goes: no payload, a few hundred characters."""
    mics = {f"{_MIC}{digest}": value for digest, value in sent.mics.items()}
    return {_MESSAGE_ID: sent.message_id, _SIGNED: "yes" if sent.signed else "no", **mics}


def noted(notes: Mapping[str, str]) -> Sent | None:
    """The message as `notes` has it; None when none was made yet."""
    if not notes.get(_MESSAGE_ID):
        return None
    mics: Mics = {digest: notes[name] for digest in DIGESTS if (name := f"{_MIC}{digest}") in notes}
    return Sent(message_id=notes[_MESSAGE_ID], mics=mics, signed=notes.get(_SIGNED) != "no")
