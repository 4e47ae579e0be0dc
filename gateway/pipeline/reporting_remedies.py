"""What we do about a refusal: one piece of advice for each code that a partner may answer to what we sent. Pure.

`{mapping}` is the line of the mapping that wrote the place, where it is known. Nobody should have to look a code up.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.x12.labels import label

ELEMENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "AK304": ("720",),
        "IK304": ("620",),
        "AK403": ("723",),
        "IK403": ("621",),
        "AK502": ("718", "618"),
        "IK502": ("618",),
        "AK905": ("716",),
        "TA105": ("I18",),
    }
)
"""The code lists in which the codes of each place of an acknowledgement are told in words."""

_AGAIN: Final = "hand the corrected document in"
_THEIRS: Final = "nothing of ours is wrong by what we know"
_SECURITY: Final = (
    "we send no security segments in X12: ask the partner whose group or set it means, and whether it expects some"
)
_SEGMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1": "the partner's translator does not know the segment: ask which it expects for this, then leave it out in "
        "{mapping} for this partner",
        "2": "the segment stands in a place that the partner does not read: move it, or leave it out, in {mapping}",
        "3": f"the partner needs a segment that we did not send: see whether our system states "
        "what belongs in it; if it "
        f"does, map it in {{mapping}}, if not, fill it there and {_AGAIN}",
        "4": "the partner reads fewer repetitions of this loop: ask how many, and split the document or agree on more",
        "5": "the partner reads fewer of this segment: ask how many, and join or leave out the rest in {mapping}",
        "6": "the partner's version of this set has no such segment: check the version agreed, and leave it out in "
        "{mapping}",
        "7": "the partner wants the segments in another order: compare with its guide, and change "
        "the order in {mapping}",
        "8": "mend the elements named below it",
        "I4": "the partner's guide does not use this segment: leave it out in {mapping} for this partner",
        "I6": f"the partner's guide asks for this segment because of what else we sent: fill it, and {_AGAIN}",
        "I7": f"the partner's guide asks for this loop more often: see which party, line or level "
        f"is missing, and {_AGAIN}",
        "I8": "the partner's guide asks for this segment more often: see which one is missing, and map it in {mapping}",
        "I9": "the partner's guide forbids this segment beside what else we sent: leave one of the "
        "two out in {mapping}",
    }
)
_ELEMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1": f"our document has no value here: fill the field in our system and {_AGAIN}; if our system does state it, "
        "correct {mapping}",
        "2": "one of several elements that belong together is empty: fill it in our system, or send none of them: "
        "{mapping}",
        "3": "we sent more elements than the partner reads: take out in {mapping} what its version does not have",
        "4": f"the value is shorter than the partner takes: correct it in our system and {_AGAIN}; "
        "if the partner wants "
        "leading zeros, say so in {mapping}",
        "5": "the value is longer than the partner takes: shorten it in our system, or say `fit: cut` in {mapping}",
        "6": "the value has a character that the partner cannot read: correct it in our system, or agree on another "
        "`charset` in the agreement",
        "7": "the partner does not know this code: ask which it uses, and put it into the code "
        "list of {mapping} or into "
        "the cross reference",
        "8": f"the date is none, or in a form the partner does not read: correct it in our system "
        f"and {_AGAIN}; its form "
        "is in {mapping}",
        "9": f"the time is none, or in a form the partner does not read: correct it in our system "
        f"and {_AGAIN}; its form "
        "is in {mapping}",
        "10": "two elements stand there of which the partner takes one: leave one out in {mapping}",
        "12": "the element comes more often than the partner reads: ask how often, and join or leave out the rest in "
        "{mapping}",
        "13": "the element has more components than the partner reads: leave the rest out in {mapping}",
        "I6": "the partner's guide does not use this code: ask which it wants, and put it into the "
        "code list of {mapping}",
        "I9": f"the partner's guide asks for this element: fill the field in our system, or map it in {{mapping}}, and "
        f"{_AGAIN}",
        "I10": "the partner's guide does not use this element: leave it out in {mapping} for this partner",
        "I11": "the partner's guide asks for this element more often: see which value is missing, "
        "and map it in {mapping}",
        "I12": "the value is not written as the partner's guide asks: compare with the guide, and correct it in our "
        "system or in {mapping}",
        "I13": "the partner's guide forbids this element beside what else we sent: leave one of the "
        "two out in {mapping}",
    }
)
_SET: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1": "the partner does not take this set or version from us: ask whether the agreement is live at their side, "
        "then send it again with `gateway documents resend`",
        "2": f"the partner's copy ends without SE: it was cut on the way; {_THEIRS}: send it again",
        "3": f"ST02 and SE02 differ in the partner's copy; {_THEIRS}: compare it with `gateway "
        "documents show`, send it again",
        "4": f"the partner counts other segments than SE01 says; {_THEIRS}: ask whether its mailbox rewrites files",
        "5": "segments of it are in error: mend what is named; where nothing is named, ask the "
        "partner for the report of "
        "its translator",
        "6": "the partner does not expect this set in such a group: compare GS01 and the set with what was agreed",
        "7": "the partner does not take ST02: ask which numbers it wants, and whether it wants "
        "them unique beyond a group",
        "18": "the partner expects this set in a group of its own: ask which GS01 it wants",
        "19": "the partner does not take the guide named in ST03: ask which it wants",
        "23": "the partner counts ST02 as used twice: ask whether it saw the group before; if not, send it again under "
        "new numbers",
        "I6": "the partner does not take the implementation guide that we name: ask which version "
        "it wants in ST03 or GS08",
        **dict.fromkeys(("8", "9", "10", "11", "12", "13", "15", "16", "17", "24", "25", "26", "27"), _SECURITY),
    }
)
_GROUP: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1": "the partner takes no such groups from us: ask whether the agreement is live at "
        "their side, then send it again",
        "2": "the partner does not take the version in GS08: agree on one, and change `version` in the agreement",
        "3": f"the partner's copy ends without GE: it was cut on the way; {_THEIRS}: send it again",
        "4": f"GS06 and GE02 differ in the partner's copy; {_THEIRS}: send it again",
        "5": f"the partner counts other sets than GE01 says; {_THEIRS}: ask whether its mailbox "
        "splits or rewrites files",
        "6": "the partner does not take GS06: ask which numbers it wants, and whether it saw the group before",
        "19": "the partner counts GS06 as used twice: ask whether it saw the group before; if not, send it again under "
        "new numbers",
        **dict.fromkeys(
            ("10", "11", "12", "13", "14", "15", "16", "17", "18", "23", "24", "25", "26"),
            _SECURITY,
        ),
    }
)
_CUT: Final = f"the partner's copy is not whole; {_THEIRS}: ask how the file reached its translator, then send it again"
_ID: Final = "the partner does not know the ids of the envelope: compare `isa` in company.yaml and in its partner file"
_AUTHORIZATION: Final = "ask the partner what it wants in ISA01 to ISA04, and change it in the agreement"
_WRITTEN: Final = (
    f"{_THEIRS}, the envelope is written by the gateway: ask the partner what its translator expects there"
)
_DEFERRED: Final = "we ask for no deferred delivery: ask the partner, or its network, what it means"
_ENVELOPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "000": "nothing: it says that no error was found; where it rejects all the same, ask the partner why",
        "001": f"ISA13 and IEA02 differ in the partner's copy; {_THEIRS}: send it again",
        "002": "the partner does not take the standard in ISA11: agree on the interchange version",
        "003": "the partner does not take the version in ISA12: agree on one, and change it in the agreement",
        "004": "the partner cannot use our segment terminator: agree on one, and set it in the agreement's delimiters",
        **dict.fromkeys(("005", "006", "007", "008", "009"), _ID),
        **dict.fromkeys(("010", "011", "012", "013"), _AUTHORIZATION),
        **dict.fromkeys(("014", "015", "016", "018", "019"), _WRITTEN),
        "017": "the partner does not take the version in ISA12: agree on one, and change it in the agreement",
        "020": "the partner does not take ISA15, test or production: ask whether the agreement is live at their side",
        "021": f"the partner counts other groups than IEA01 says; {_THEIRS}: ask whether its mailbox splits files",
        "022": f"the partner's translator could not read the envelope; {_THEIRS}: ask for its report "
        "and how the file came",
        "023": _CUT,
        "024": f"the partner found something between groups or sets; {_THEIRS}: ask what it found",
        "025": "the partner has an interchange of this number already: ask whether it has this one; "
        "if not, send it again, "
        "it takes new numbers",
        "026": "the partner cannot use our element separator: agree on one, and set it in the agreement's delimiters",
        "027": "the partner cannot use our component separator: agree on one, and set it in the agreement's delimiters",
        **dict.fromkeys(("028", "029", "030", "031"), _DEFERRED),
    }
)
REMEDIES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "AK304": _SEGMENT,
        "AK403": _ELEMENT,
        "AK502": _SET,
        "AK905": _GROUP,
        "TA105": _ENVELOPE,
    }
)
"""By place of the acknowledgement and code; those of a 999 (IK304, IK403, IK502) are found in their likes."""

_UNKNOWN: Final = "ask the partner what it means: the code is none of the standard's"
_UNSAID: Final = "ask the partner for the report of its translator: the acknowledgement does not say what is wrong"
_PART: Final = "ask the partner which documents of the group it refused: until it says so, count this one as refused"
_CODE: Final = re.compile(r"(?:AK|IK|TA)\d{3}:[A-Za-z0-9]{1,4}")


DISPUTED: Final = "contested as business, by an 824 or by who should pay it"
DISPUTE: Final = (
    "compare what it says with the order and what was shipped: correct it and send another, or come to terms with the "
    "partner; then close it with `gateway documents close`"
)
"""Of what a partner could read, and does not agree with."""


def known_form(code: str) -> bool:
    """Whether it looks like a code of an acknowledgement, "AK403:7": what partners write may be anything."""
    return _CODE.fullmatch(code) is not None


def meaning(code: str) -> str:
    """A code in words: "mandatory element missing" for "AK403:1"; "" when nobody has words for it."""
    place, _, value = code.partition(":")
    return next(filter(None, (label(element, value) for element in ELEMENTS.get(place, ()))), "")


def remedy(code: str, *, mapping: str = "", in_part: bool = False) -> str:
    """What we do about it.

    Args:
        code: "AK403:7", "" where the partner named none.
        mapping: the file and line that wrote the place, "" where it cannot be told.
        in_part: some of a group were refused and nobody said which.
    """
    place, _, value = code.partition(":")
    if not code:
        return _PART if in_part else _UNSAID
    found = REMEDIES.get(f"AK{place[2:]}" if place.startswith("IK") else place, {}).get(value, _UNKNOWN)
    return found.format(mapping=mapping or "the mapping")
