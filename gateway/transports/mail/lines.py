"""The bytes of a mail as they come over the wire (RFC 5321, 4.1.1.4 and 4.5.2). Pure.

A mail ends where CRLF, a dot and CRLF stand, and nowhere else. A CR or LF that stands alone ends it for some servers
and not for others: whoever gets us to agree with one of them smuggles a second mail through the first. Such a mail is
refused as a whole.
"""

from typing import Final

MOST_IN_LINE: Final = 998
"""Octets of a line without its end (RFC 5321, 4.5.3.1.6): an interchange without line ends goes in base64."""

_END: Final = b"\r\n.\r\n"

LONE: Final = "554 5.6.0 A line ends with CR or LF alone; it has to be both"
LONG: Final = "554 5.6.0 A line is too long; send the document in base64"
LARGE: Final = "552 5.3.4 The message is larger than agreed"


class MailLines:
    """Takes chunks of a mail until it has ended. `ended` is set then, and `surplus` holds what came behind it.

    `wrong` is the answer that refuses it, "" while nothing is wrong; from then on nothing is handed out any more.
    `size` counts what came, what was refused too.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = b"\r\n"  # as if a line had ended before it: a mail may consist of the last dot alone
        self._first = True
        self.size = 0
        self.ended = False
        self.surplus = b""
        self.wrong = ""

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes. Returns those of the mail that are certain by now, without the dots of transparency."""
        text = self._held + chunk
        end = text.find(_END)
        if end >= 0:
            self.ended, self.surplus = True, text[end + len(_END) :]
            self.size += len(chunk) - len(self.surplus)
            return self._checked(text[: end + 2])
        self.size += len(chunk)
        cut = text.rfind(b"\r\n")
        if cut < 0 or len(text) - cut > MOST_IN_LINE + 4:  # its CRLF before it, a dot of transparency, a CR behind
            self.wrong = self.wrong or (LONE if _lone(text[max(cut, 0) + 2 : -1]) else LONG)
            cut = len(text) - len(_END) + 1  # all that is looked for now is the end
        self._held = text[cut:]
        return self._checked(text[:cut])

    def _checked(self, lines: bytes) -> bytes:
        """Whole lines, each with the CRLF before it."""
        if self.size > self._most:
            self.wrong = self.wrong or LARGE
        if self.wrong:
            return b""
        if _lone(lines):
            self.wrong = LONE
            return b""
        lines = lines.replace(b"\r\n.", b"\r\n")
        if any(len(line) > MOST_IN_LINE for line in lines.split(b"\r\n")):
            self.wrong = LONG
            return b""
        if self._first and lines:
            self._first = False
            return lines[2:]
        return lines


def _lone(text: bytes) -> bool:
    pairs = text.count(b"\r\n")
    return text.count(b"\n") != pairs or text.count(b"\r") != pairs
