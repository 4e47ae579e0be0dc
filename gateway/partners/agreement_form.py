"""An agreement as it is written: `AgreementForm` for what a partner sends us, `OutboundForm` for what we send it."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.partners import guides
from gateway.partners.deadlines_form import DeadlinesForm, Owes
from gateway.partners.form import Form, GsId, Isa, Line, Name, Stage, Switch

_SET = re.compile(r"[0-9]{3}")
_VERSION = re.compile(r"[0-9]{6}[A-Z0-9]{0,6}")
_MAPPING = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*@[1-9][0-9]{0,3}")
_ELEMENT = re.compile(r"[1-9][0-9]{0,3}|I[0-9]{2}")
_FINDING = re.compile(
    r"(AK(304|403|502|905)|IK(304|403)):[0-9A-Z]{1,3}(/[0-9A-Z]{1,4})?|TA105:[0-9]{3}|W:[a-z][a-z0-9-]*"
)

PLACEHOLDERS: Final = ("partner", "set", "agreement", "usage", "control_number", "date", "time")
"""What a file name may be made of; `date` and `time` are those of the ISA, in the partner's time zone."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_FILE_NAME = re.compile(r"[A-Za-z0-9{][A-Za-z0-9._{}-]{0,99}")


def _checked(pattern: re.Pattern[str], words: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"'{text[:60]}' is not {words}")
        return text

    return AfterValidator(check)


def _file_name(text: str) -> str:
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            raise ValueError(f"'{{{name[:30]}}}' is not one of {known}")
    rest = _PLACEHOLDER.sub("", text)
    if not _FILE_NAME.fullmatch(text) or "{" in rest or "}" in rest:
        raise ValueError(
            f"'{text[:60]}' is not a file name: letters, digits, . _ - and {known}, at most 100, the first no . _ -"
        )
    if "{control_number}" not in text:
        raise ValueError("{control_number} has to be in it: without it two interchanges would have one name")
    return text


SetId = Annotated[str, _checked(_SET, "a transaction set, like 850")]
Version = Annotated[str, _checked(_VERSION, "a version as in GS08, like 004010 or 004010VICS")]
MappingName = Annotated[str, _checked(_MAPPING, "a mapping with its version, like acme/850@1")]
GuideName = Annotated[str, _checked(guides.NAME, "a partner guide with its version, like bolt/850-005010@1")]
ElementReference = Annotated[str, _checked(_ELEMENT, "the number of a data element, like 355")]
FindingCode = Annotated[str, _checked(_FINDING, "a finding, like AK403:7 or AK403:7/355")]
Code = Annotated[str, Field(min_length=1, max_length=80)]
Codes = Annotated[tuple[Code, ...], Field(min_length=1)]
FileName = Annotated[str, AfterValidator(_file_name)]
Lane = Literal["urgent", "normal", "bulk"]

# ---------------------------------------------------------------------------------------------- what comes in


class AcknowledgeForm(Form):
    """What we answer. `functional`: a 997 or 999 for every group, or none. `ta1`: as ISA14 asks, always, or never.

    An interchange that is refused as a whole gets its TA1 under `requested` too.
    """

    functional: Literal["997", "999", "none"] = "997"
    ta1: Literal["requested", "always", "never"] = "requested"


class AgreementForm(Form):
    """What was agreed for one kind of document. Fields that narrow it make it more specific than one without them.

    `usage: test` holds what arrives as production (ISA15 P). `versions` are beginnings of GS08: 004010 is also
    004010VICS. `other_releases: nearest` takes releases that we have no guides for as well. `before_order` says what
    becomes of a change of an order that comes before its order is delivered; not said, it waits.
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
    extra_codes: Mapping[ElementReference, Codes] = {}
    effects: Mapping[FindingCode, Literal["reject", "note", "warn"]] = {}
    truncated: Literal["reject", "keep"] = "reject"
    # When it goes to our system
    before_order: Literal["wait", "deliver"] | None = None
    duplicate_window_days: Annotated[int, Field(ge=1, le=3_660)] = 90
    # What we answer
    acknowledge: AcknowledgeForm = AcknowledgeForm()
    acknowledge_via: Name | None = None
    # How long it may take
    deadlines: DeadlinesForm = DeadlinesForm()
    owes: Owes = Field(default_factory=dict)


# ---------------------------------------------------------------------------------------------- what goes out


class DelimitersForm(Form):
    """The characters of our interchanges; `repetition` exists from ISA12 00402 on only."""

    element: str = "*"
    component: str = ">"
    segment: str = "~"
    repetition: str | None = None


class BatchForm(Form):
    """At most `sets` documents in one interchange; `wait_minutes` is how long the first of them waits for more."""

    sets: Annotated[int, Field(ge=1, le=10_000)] = 1
    wait_minutes: Annotated[int, Field(ge=0, le=1_440)] = 0


class AcknowledgementForm(Form):
    """What the partner answers us. `ta1: requested` asks for a TA1 by ISA14. `answers: refusals`: what it has not
    refused when the time is over counts as accepted.
    """

    expects: Literal["997", "999", "none"] = "997"
    answers: Literal["all", "refusals"] = "all"
    ta1: Literal["requested", "no"] = "no"


class OutboundForm(Form):
    """What was agreed for one kind of document that we send. `version` is GS08 as it is written.

    Ids that are not given are the first of our identity's and the first of the profile's.
    """

    direction: Literal["outbound"]
    set: SetId
    version: Version
    usage: Stage
    mapping: MappingName
    channel: Name
    owner: Line | None = None
    # Between whom
    from_: Annotated[Name | None, Field(alias="from")] = None
    from_isa: Isa | None = None
    to_isa: Isa | None = None
    from_gs: GsId | None = None
    to_gs: GsId | None = None
    # How it is written
    guide: GuideName | None = None
    extra_codes: Mapping[ElementReference, Codes] = {}
    delimiters: DelimitersForm = DelimitersForm()
    charset: Literal["basic", "extended"] = "extended"
    line_ends: Switch = False
    rounding: Literal["line", "total"] = "line"
    combine: Switch = False
    # How it travels
    batch: BatchForm = BatchForm()
    lane: Lane | None = None
    file_name: FileName | None = None
    acknowledgement: AcknowledgementForm = AcknowledgementForm()
    resend: Literal["new_numbers", "same_numbers"] = "new_numbers"
    # How long it may take
    deadlines: DeadlinesForm = DeadlinesForm()
    owes: Owes = Field(default_factory=dict)


def _inbound_unless_said(value: object) -> object:
    return {"direction": "inbound", **value} if isinstance(value, dict) else value


AnyAgreement = Annotated[
    AgreementForm | OutboundForm, Field(discriminator="direction"), BeforeValidator(_inbound_unless_said)
]
