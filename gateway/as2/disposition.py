"""The Disposition field of a receipt: what became of the message (RFC 8098, 3.2.6; RFC 4130, 7.4.3 and 7.5).

    Disposition: automatic-action/MDN-sent-automatically; processed/error: decryption-failed
                 `- how it was decided and sent -------´  `- type -' `kind' `- text --------´

Products spell it in every case, with and without spaces, with modifiers of their own. What is not plainly good news is
not taken for good.
"""

import re
from dataclasses import dataclass
from typing import Literal

from gateway.as2.errors import As2Error, Malformed
from gateway.errors import UsageError

Kind = Literal["", "warning", "error", "failure"]

_MODE = "automatic-action/MDN-sent-automatically"
_MODIFIER = re.compile(r"(error|failure|warning)\b\s*:?\s*(.*)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_TYPE = re.compile(r"[A-Za-z][A-Za-z-]{0,40}")
_TEXT = re.compile(r"[ -~]{0,200}")
_LIMIT = 1000
_GRAVITY: dict[Kind, int] = {"": 0, "warning": 1, "error": 2, "failure": 3}


@dataclass(frozen=True, slots=True)
class Disposition:
    """What became of a message.

    `type` is in lower case: `processed` and `failed` in AS2. `kind` is the gravest modifier, empty without one, and
    `text` what it says: `decryption-failed`, `duplicate-document`.
    """

    type: str
    kind: Kind = ""
    text: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the message was taken: processed, without error or failure. A warning leaves it taken."""
        return self.type == "processed" and self.kind in ("", "warning")

    def __str__(self) -> str:
        """Type and modifier, as `processed/warning: duplicate-document`."""
        modifier = f"/{self.kind}" if self.kind else ""
        return f"{self.type}{modifier}{': ' if self.kind and self.text else ''}{self.text if self.kind else ''}"

    def field(self) -> str:
        """The value of the field. Raises: UsageError for what must not be written."""
        if not _TYPE.fullmatch(self.type) or not _TEXT.fullmatch(self.text):
            raise UsageError(f"no disposition: {self.type[:40]!r} {self.text[:80]!r}")
        return f"{_MODE}; {self}"


PROCESSED = Disposition("processed")
DUPLICATE = Disposition("processed", "warning", "duplicate-document")
"""The same message again. It is taken, as it was before."""


def of_error(error: As2Error) -> Disposition:
    """How a message is answered that this error stopped: nothing of the error's own text is in it."""
    return Disposition("processed" if error.kind == "error" else "failed", error.kind, error.modifier)


def read_disposition(value: str) -> Disposition:
    """Read the field. A modifier that nobody knows counts as an error.

    Raises: Malformed without a type.
    """
    if len(value) > _LIMIT:
        raise Malformed(f"a disposition of {len(value)} characters")
    text = _COMMENT.sub(" ", value)
    kind, _, modifiers = text.rpartition(";")[2].strip().partition("/")
    if ";" not in text and modifiers.strip().lower().startswith("mdn-sent"):
        raise Malformed(f"no type of a disposition: {value[:80]!r}")
    if not _TYPE.fullmatch(kind.strip()):
        raise Malformed(f"no type of a disposition: {value[:80]!r}")
    gravest, words = _gravest(modifiers)
    return Disposition(kind.strip().lower(), gravest, words)


def _gravest(modifiers: str) -> tuple[Kind, str]:
    """The gravest of the modifiers; a text has commas too, so what begins with no known word goes on with the last."""
    found: list[tuple[Kind, str]] = []
    for piece in modifiers.split(","):
        match = _MODIFIER.match(piece.strip())
        if match is not None:
            kind: Kind = "error" if match[1].lower() == "error" else _other(match[1])
            found.append((kind, match[2].strip()))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}, {piece.strip()}")
        elif piece.strip():
            found.append(("error", piece.strip()))
    return max(found, key=lambda modifier: _GRAVITY[modifier[0]], default=("", ""))


def _other(word: str) -> Kind:
    return "failure" if word.lower() == "failure" else "warning"
