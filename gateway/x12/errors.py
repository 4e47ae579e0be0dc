"""What stops writing X12. Reading raises nothing: whatever is in a partner's bytes is a finding.

GatewayError
├── OutputRefused         we were about to send something that is not X12    exit 3
└── RewriteRefused        a file cannot be written as somebody wants it      exit 1
"""

from gateway.errors import GatewayError


class OutputRefused(GatewayError):
    """A value of ours cannot be written: it holds a delimiter, a character nobody agreed on, or does not fit.

    Always our fault: a mapping, a partner file or a program put it there. The text says what was found, what is
    allowed and in which element; sending the same again fails again.
    """

    fault = "ours"
    may_retry = False


class RewriteRefused(GatewayError):
    """Data that came cannot be written with the delimiters that are wanted; the text says where and what.

    Other delimiters, or a replacement for them, may do: the data decides, not the program.
    """

    fault = "partner"
    may_retry = False
    exit_code = 1
