"""`<partner>.yaml`: one trading partner as it is written. What is made of its agreements is in `agreement.py`."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from gateway.partners import guides
from gateway.partners.form import Form, GsId, Isa, Line, Name, Shape, Stage, TimeZone

_SET = re.compile(r"[0-9]{3}")
_VERSION = re.compile(r"[0-9]{6}[A-Z0-9]{0,6}")
_MAPPING = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*@[1-9][0-9]{0,3}")
_ELEMENT = re.compile(r"[1-9][0-9]{0,3}|I[0-9]{2}")
_FINDING = re.compile(
    r"(AK(304|403|502|905)|IK(304|403)):[0-9A-Z]{1,3}(/[0-9A-Z]{1,4})?|TA105:[0-9]{3}|W:[a-z][a-z0-9-]*"
)


def _checked(pattern: re.Pattern[str], words: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"'{text[:60]}' is not {words}")
        return text

    return AfterValidator(check)


SetId = Annotated[str, _checked(_SET, "a transaction set, like 850")]
Version = Annotated[str, _checked(_VERSION, "a version as in GS08, like 004010 or 004010VICS")]
MappingName = Annotated[str, _checked(_MAPPING, "a mapping with its version, like acme/850@1")]
GuideName = Annotated[str, _checked(guides.NAME, "a partner guide with its version, like bolt/850-005010@1")]
ElementReference = Annotated[str, _checked(_ELEMENT, "the number of a data element, like 355")]
FindingCode = Annotated[str, _checked(_FINDING, "a finding, like AK403:7 or AK403:7/355")]
Code = Annotated[str, Field(min_length=1, max_length=80)]


class AcknowledgeForm(Form):
    """What we answer. `functional`: a 997 or 999 for every group, or none. `ta1`: as ISA14 asks, always, or never.

    An interchange that is refused as a whole gets its TA1 under `requested` too.
    """

    functional: Literal["997", "999", "none"] = "997"
    ta1: Literal["requested", "always", "never"] = "requested"


class AgreementForm(Form):
    """What was agreed for one kind of document. Fields that narrow it make it more specific than one without them.

    `usage: test` holds what arrives as production (ISA15 P). `versions` are beginnings of GS08: 004010 is also
    004010VICS. `other_releases: nearest` takes releases that we have no guides for as well.
    """

    set: SetId
    direction: Literal["inbound"] = "inbound"
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]
    other_releases: Literal["refuse", "nearest"] = "refuse"
    usage: Stage
    mapping: MappingName
    owner: Line | None = None
    # Narrowing
    channels: tuple[Name, ...] = ()
    from_isa: tuple[Isa, ...] = ()
    to: tuple[Name, ...] = ()
    from_gs: tuple[GsId, ...] = ()
    to_gs: tuple[GsId, ...] = ()
    # Where to
    destination: Name | None = None
    test_destination: Name | None = None
    # How it is read
    guide: GuideName | None = None
    charset: Literal["basic", "extended", "any", "latin-1", "utf-8"] = "any"
    hash_totals: bool = False
    extra_codes: Mapping[ElementReference, Annotated[tuple[Code, ...], Field(min_length=1)]] = {}
    effects: Mapping[FindingCode, Literal["reject", "note", "warn"]] = {}
    truncated: Literal["reject", "keep"] = "reject"
    duplicate_window_days: Annotated[int, Field(ge=1, le=3_660)] = 90
    # What we answer
    acknowledge: AcknowledgeForm = AcknowledgeForm()
    acknowledge_via: Name | None = None


class Profile(Form):
    """One trading partner: its ids, habits and agreements.

    `isa` are all ids it sends under; one id belongs to one partner only. `gs`, when given, are the only GS02 it may
    use. `acknowledge_via` is the channel our answers go to instead of the one a file came in by.
    """

    name: Line
    owner: Line
    isa: Annotated[tuple[Isa, ...], Field(min_length=1)]
    gs: tuple[GsId, ...] = ()
    time_zone: TimeZone = "UTC"
    acknowledge_via: Name | None = None
    agreements: Mapping[Name, AgreementForm] = {}


PROFILE: Shape[Profile] = Shape(TypeAdapter(Profile), Profile)
