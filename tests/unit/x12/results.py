"""Hand-made results of reading, to be answered; each builder takes only what a test is about."""

from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.x12.draft import AcknowledgementDraft
from gateway.x12.findings import Effect, Finding, Level
from gateway.x12.interchange import (
    Delimiters,
    GroupHeader,
    GroupResult,
    InterchangeHeader,
    InterchangeResult,
    Segment,
    SetHeader,
    SetResult,
)

MARCH = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
LEVELS: dict[str, Level] = {"AK3": "segment", "AK4": "element", "AK5": "set", "AK9": "group", "TA1": "interchange"}
LEVELS |= {"IK3": "segment", "IK4": "element", "IK5": "set"}


def a_finding(code: str, segment: str = "", position: int = 0, **more: object) -> Finding:
    """A finding that rejects, unless `effect` says otherwise."""
    level = LEVELS.get(code[:3], "segment")
    given = {"level": level, "effect": Effect.REJECT, "message": "wrong", **more}
    return Finding(code=code, segment=segment, position=position, **given)  # type: ignore[arg-type]  # as the test says


def a_set(
    number: str = "0001",
    status: str = "A",
    findings: Sequence[Finding] = (),
    *,
    id_: str = "850",
    convention: str = "",
    unit: tuple[str, str] = ("", ""),
) -> SetResult:
    """A set, accepted unless said otherwise."""
    header = SetHeader(id=id_, control_number=number, implementation=convention)
    return SetResult(
        header=header, ordinal=1, status=status, findings=tuple(findings), offset=0, length=0, business_unit=unit
    )


def a_group(
    *sets: SetResult,
    status: str = "A",
    number: str = "7",
    version: str = "004010",
    functional_id: str = "PO",
    sender: str = "ACMEAPP",
    receiver: str = "OURAPP",
    included: int | None = None,
    accepted: int | None = None,
    findings: Sequence[Finding] = (),
) -> GroupResult:
    """A group of sets; counts follow from them unless given."""
    header = GroupHeader(
        functional_id=functional_id,
        sender=sender,
        receiver=receiver,
        date="20260301",
        time="0900",
        control_number=number,
        agency="X",
        version=version,
    )
    good = sum(one.status in ("A", "E") for one in sets)
    return GroupResult(
        header=header,
        ordinal=1,
        status=status,
        included=len(sets) if included is None else included,
        received=len(sets),
        accepted=good if accepted is None else accepted,
        findings=tuple(findings),
        sets=sets,
    )


def a_header(
    *,
    delimiters: Delimiters | None = None,
    version: str = "00401",
    usage: str = "P",
    requested: bool = False,
    sender: str = "ACME",
    receiver: str = "OURS",
    number: str = "000000041",
    qualifier: str = "ZZ",
) -> InterchangeHeader:
    """ISA from ACME to OURS."""
    used = delimiters or Delimiters(repetition="^" if version >= "00402" else "")
    eleven = used.repetition or "U"
    asked = "1" if requested else "0"
    elements = ("ISA", "00", "", "00", "", qualifier, sender, "12", receiver, "260301", "0900", eleven, version)
    return InterchangeHeader(
        elements=(*elements, number, asked, usage, used.component),
        delimiters=used,
        sender_qualifier=qualifier,
        sender=sender,
        receiver_qualifier="12",
        receiver=receiver,
        date="260301",
        time="0900",
        version=version,
        control_number=number,
        acknowledgment_requested=requested,
        usage=usage,
        offset=0,
    )


def a_result(
    *groups: GroupResult,
    header: InterchangeHeader | None = None,
    status: str = "A",
    note: str = "000",
    ta1: Sequence[Segment] = (),
) -> InterchangeResult:
    """An interchange, in order unless said otherwise."""
    return InterchangeResult(
        header=header or a_header(),
        status=status,
        note=note,
        findings=(),
        groups=groups,
        received_ta1=tuple(ta1),
        offset=0,
        length=0,
    )


def sealed(draft: AcknowledgementDraft | None, first: int = 1) -> list[str]:
    """The segments of a draft numbered from `first`, without their terminators."""
    assert draft is not None
    data = draft.seal(interchange_number=first, group_numbers=range(first, first + draft.groups), now=MARCH)
    return data.decode("latin-1").split(draft.delimiters.segment)[:-1]


def body(draft: AcknowledgementDraft | None) -> list[str]:
    """The segments from the first AK1 to the last AK9."""
    segments = sealed(draft)
    names = [segment[:3] for segment in segments]
    last = len(names) - names[::-1].index("AK9")
    return segments[names.index("AK1") : last]
