"""What stops a message, and the words for it: to the partner one of the standard's modifiers, to us the reason.

GatewayError
└── PartnerError
    └── As2Error
        ├── Malformed             bytes that are no CMS, MIME or receipt       error: unexpected-processing-error
        │   └── OverLimit         deeper, longer or more of them than we read  error: unexpected-processing-error
        ├── UnsupportedFormat     a kind of message nobody here can read       failure: unsupported format
        ├── UnsupportedMic        only digests we do not make were asked for   failure: unsupported MIC-algorithms
        ├── InsufficientSecurity  not signed, not encrypted, or too weakly     error: insufficient-message-security
        ├── DecryptionFailed      everything that depends on a secret of ours  error: decryption-failed
        ├── AuthenticationFailed  no signature of a certificate we know        error: authentication-failed
        ├── IntegrityFailed       signed by the partner, but changed since     error: integrity-check-failed
        ├── DecompressionFailed   not zlib, cut short, or a bomb               error: decompression-failed
        └── UnknownRelationship   nobody agreed on these two names             error: unknown-trading-relationship

The text of an error is for our log and may name what was found. The partner sees the modifier and `partner_sees`,
which are the same for every error of a class: who tries keys or paddings on us learns nothing from the words.

**Before a signature was verified, what was decrypted with CBC can be anything** the sender of the bytes chose. A part
that cannot be read, or whose signature is wrong, then has to be answered as `DecryptionFailed` too (`veiled`): the
difference between the two answers would be a padding oracle.
"""

from typing import ClassVar, Literal

from gateway.errors import PartnerError

Kind = Literal["error", "failure"]


class As2Error(PartnerError):
    """Root of what stops an AS2 message. The text is for our log, never for the partner."""

    kind: ClassVar[Kind] = "error"
    """`error` goes with the disposition type `processed`, `failure` with `failed` (RFC 4130, 7.4.3 and 7.5)."""

    modifier: ClassVar[str] = "unexpected-processing-error"
    """What follows `error:` or `failure:` in the disposition field."""

    partner_sees: ClassVar[str] = "The message could not be processed."

    @property
    def disposition(self) -> str:
        """The type with its modifier, as in `processed/error: decryption-failed`."""
        return f"{'processed' if self.kind == 'error' else 'failed'}/{self.kind}: {self.modifier}"


class Malformed(As2Error):
    """Not the structure it should be. The text says what was found where."""

    partner_sees = "The message is not well formed."


class OverLimit(Malformed):
    """More of something than is read: bytes, levels, parts, headers. The text has the limit."""

    partner_sees = "The message is over a limit of size or number."


class UnsupportedFormat(As2Error):
    """Well formed, but of a kind that is not read here."""

    kind = "failure"
    modifier = "unsupported format"
    partner_sees = "The format of the message is not supported."


class UnsupportedMic(As2Error):
    """The receipt was asked for with none of the digests that we make."""

    kind = "failure"
    modifier = "unsupported MIC-algorithms"
    partner_sees = "None of the requested MIC algorithms is supported."


class InsufficientSecurity(As2Error):
    """Less than agreed: no signature, no encryption, or an algorithm that is not permitted for this partner."""

    modifier = "insufficient-message-security"
    partner_sees = "The message is not secured as agreed."


class DecryptionFailed(As2Error):
    """It could not be decrypted. Whatever depends on a private key or on plain text ends here, in the same words."""

    modifier = "decryption-failed"
    partner_sees = "The message could not be decrypted."


class AuthenticationFailed(As2Error):
    """No signature in the message was made with a key of the partner."""

    modifier = "authentication-failed"
    partner_sees = "The signature could not be verified with a certificate of the partner."


class IntegrityFailed(As2Error):
    """The partner signed something else than what arrived."""

    modifier = "integrity-check-failed"
    partner_sees = "The content is not what was signed."


class DecompressionFailed(As2Error):
    """What is said to be compressed is not, ends early, or grows beyond the limits."""

    modifier = "decompression-failed"
    partner_sees = "The message could not be decompressed."


class UnknownRelationship(As2Error):
    """No channel is agreed between AS2-From and AS2-To."""

    modifier = "unknown-trading-relationship"
    partner_sees = "No trading relationship is known between these AS2 names."


def veiled(error: As2Error) -> DecryptionFailed:
    """What the partner is answered when `error` came from decrypted bytes that no signature vouched for yet.

    The text, which is ours alone, keeps the reason.
    """
    if isinstance(error, DecryptionFailed):
        return error
    return DecryptionFailed(f"after decryption: {error}")
