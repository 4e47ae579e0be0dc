"""What a partner's disposition means, and what to do about it: sentences for the people who look at a refusal. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from gateway.as2.disposition import Disposition

WHAT_TO_DO: Mapping[str, str] = MappingProxyType(
    {
        "decryption-failed": "it could not decrypt: most likely its certificate changed; ask for the one in use, "
        "`gateway partner certificate add`, then push it",
        "authentication-failed": "it could not verify our signature: send it our certificate that "
        "`gateway partner certificate list` shows in force, and push it when it is installed",
        "integrity-check-failed": "its content was not what we signed: something between us changes bytes; compare "
        "the MIC with the partner, and try without compression",
        "decompression-failed": "it could not decompress: set `compress: no` for it, or the other order, then push it",
        "insufficient-message-security": "it expects a signature or encryption, or stronger ones: agree on `sign`, "
        "`encrypt`, `digest` and `cipher`, then push it",
        "unknown-trading-partner": "it does not know us: agree on both AS2 names, to the letter, then push it",
        "unknown-trading-relationship": "it does not know these two AS2 names together: agree on both, then push it",
        "sender-equals-receiver": "both AS2 names are the same there: agree on `our_id` and `their_id`, then push it",
        "duplicate-document": "it says that it has this document already: ask before it is sent again",
        "duplicate-filename": "it has a file of this name already: ask before it is sent again",
        "illegal-filename": "it does not like the name of the file: set `file_names: false`, then push it",
        "unsupported format": "it cannot read it: agree on `content_type`, `compress` and `cipher`, then push it",
        "unsupported mic-algorithms": "it makes none of the digests that we ask for: agree on `digest`, then push it",
        "unexpected-processing-error": "something failed there that it does not name: its people have to look, with "
        "our Message-ID, before anything is sent again",
    }
)
"""By modifier in lower case. Every one of RFC 4130, 7.5, of the drafts, and of what products write."""

_OTHERS = "its people have to say what this means, with our Message-ID, before anything is sent again"
_ALIKE = re.compile(r"[\s_-]+")
_BY_LETTERS = {_ALIKE.sub("", name): text for name, text in WHAT_TO_DO.items()}


def advice(disposition: Disposition) -> str:
    """What to do about a disposition that is no success. Products spell modifiers with spaces and in any case."""
    said = _ALIKE.sub("", disposition.text.lower())
    for name, text in _BY_LETTERS.items():
        if said.startswith(name):
            return text
    return _OTHERS


def is_duplicate(disposition: Disposition) -> bool:
    """Whether the partner says that it has the document from before."""
    return _ALIKE.sub("", disposition.text.lower()).startswith("duplicate")
