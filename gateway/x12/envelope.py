"""The envelope: what ISA, IEA, GS, GE, ST and SE say about themselves and about what they enclose.

Plain functions from a segment to (code, sentence) pairs. Codes are those of the acknowledgement: TA105, AK905, AK502.
Digits are ASCII and lengths come first: no number from outside is converted before its length is known.
"""

from sys import intern

from gateway.x12.guide import Guide, Release, envelope, load, release_of
from gateway.x12.interchange import GroupHeader, InterchangeHeader, Segment, SetHeader
from gateway.x12.values import is_real_date, is_time, shown, wrong_value

Faults = list[tuple[str, str]]

_HEADER_CODES = {1: "010", 3: "012", 5: "005", 7: "007", 12: "017", 14: "019", 15: "020"}
"""TA105 for coded elements of ISA whose value is not in the list."""


def number(text: str, digits: int) -> int | None:
    """A count or control number of 1 to `digits` ASCII digits, None when it is anything else."""
    return int(text) if 0 < len(text) <= digits and text.isascii() and text.isdigit() else None


def plain_number(text: str) -> str:
    """A group control number without leading zeros; "0" is one too, and is not the same as none at all."""
    stripped = text.strip()
    return stripped.lstrip("0") or stripped[:1]


def item(segment: Segment, position: int) -> str:
    """An element by position, "" when the segment is shorter."""
    return segment[position] if position < len(segment) else ""


def interchange_faults(header: InterchangeHeader) -> Faults:
    """What is wrong in ISA01-15 (TA105), in order of position; delimiters are judged in `delimiters`."""
    elements, faults = header.elements, []
    definition = envelope()["ISA"]
    for position, code in _HEADER_CODES.items():
        element = definition.elements[position - 1].element
        if element is not None and element.codes is not None and elements[position] not in element.codes:
            faults.append((code, f"ISA{position:02} {shown(elements[position])} is not a known {element.name}"))
    faults += _unannounced(elements)
    for position, code in ((6, "006"), (8, "008")):
        if not elements[position].strip():
            faults.append((code, f"ISA{position:02} is empty"))
    if not (len(header.date) == 6 and is_real_date(header.date)):
        faults.append(("014", f"ISA09 {shown(header.date)} is not a date YYMMDD"))
    if not (len(header.time) == 4 and is_time(header.time)):
        faults.append(("015", f"ISA10 {shown(header.time)} is not a time HHMM"))
    if header.version < "00402" and elements[11] != "U":
        faults.append(("016", f"ISA11 {shown(elements[11])} is not U, which {header.version} asks for"))
    if number(header.control_number, 9) is None or len(header.control_number) != 9:
        faults.append(("018", f"ISA13 {shown(header.control_number)} is not nine digits"))
    return [(f"TA105:{code}", text) for code, text in sorted(faults)]


def _unannounced(elements: Segment) -> Faults:
    """ISA02 and ISA04 are blank though their qualifiers say that something is in them (TA105 011 and 013).

    With 00 nothing meaningful is in them, whatever stands there (X12.5, I01 and I03).
    """
    faults: Faults = []
    for position, code in ((2, "011"), (4, "013")):
        qualifier = envelope()["ISA"].elements[position - 2].element
        known = qualifier.codes or frozenset() if qualifier is not None else frozenset()
        announced = elements[position - 1]
        if announced in known - {"00"} and not elements[position].strip():
            faults.append((code, f"ISA{position:02} is empty, though ISA{position - 1:02} is {shown(announced)}"))
    return faults


def trailer_faults(segment: Segment, header: InterchangeHeader, groups: int) -> Faults:
    """IEA against its ISA: TA105 001 for IEA02, 021 for IEA01."""
    faults = []
    if item(segment, 2).strip() != header.control_number:
        faults.append(("TA105:001", f"IEA02 {shown(item(segment, 2))} is not ISA13 {shown(header.control_number)}"))
    if number(item(segment, 1), 5) != groups:
        faults.append(("TA105:021", f"IEA01 says {shown(item(segment, 1))}, the interchange has {groups} groups"))
    return faults


def read_group(segment: Segment) -> GroupHeader:
    """GS01-08, "" for what is not there."""
    return GroupHeader(
        functional_id=item(segment, 1),
        sender=item(segment, 2).rstrip(),
        receiver=item(segment, 3).rstrip(),
        date=item(segment, 4),
        time=item(segment, 5),
        control_number=item(segment, 6),
        agency=item(segment, 7),
        version=item(segment, 8).rstrip(),
    )


def group_faults(group: GroupHeader, seen: set[str]) -> Faults:
    """GS by itself (AK905): 2 unknown version, 1 unknown functional id, 6 malformed and 19 repeated GS06.

    Value 19 came after 004010, which says 6 instead.
    """
    faults: Faults = []
    release = release_of(group.version)
    if release is None:
        faults.append(("AK905:2", f"GS08 {shown(group.version)} is not a version we read"))
    elif group.functional_id not in release.groups.values():
        faults.append(("AK905:1", f"GS01 {shown(group.functional_id)} is not a group we read"))
    if number(group.control_number, 9) is None:
        faults.append(("AK905:6", f"GS06 {shown(group.control_number)} is not one to nine digits"))
    elif plain_number(group.control_number) in seen:
        repeated = "AK905:19" if release is not None and release.repeats else "AK905:6"
        faults.append((repeated, f"GS06 {shown(group.control_number)} came before in this interchange"))
    return faults + _header_warnings(group)


def _header_warnings(group: GroupHeader) -> Faults:
    """GS02-05 and GS07 that are not what X12.22 asks for: AK905 has no value for them, so only we see it."""
    values = {2: group.sender, 3: group.receiver, 4: group.date, 5: group.time, 7: group.agency}
    faults: Faults = []
    for position, value in values.items():
        element = envelope()["GS"].elements[position - 1].element
        if element is None:
            continue
        wrong = wrong_value(value, element, frozenset(value), element.codes, strict=False) if value else None
        text = wrong.text if wrong is not None else "" if value else "it is mandatory and missing"
        if text:
            faults.append(("W:group-header", f"GS{position:02}, {element.name.lower()}: {text}"))
    return faults


def group_trailer_faults(segment: Segment, group: GroupHeader, received: int) -> Faults:
    """GE against its GS (AK905): 4 for GE02, 5 for GE01. Leading zeros make no difference in GS06 and GE02."""
    faults = []
    if plain_number(item(segment, 2)) != plain_number(group.control_number):
        faults.append(("AK905:4", f"GE02 {shown(item(segment, 2))} is not GS06 {shown(group.control_number)}"))
    if number(item(segment, 1), 6) != received:
        faults.append(("AK905:5", f"GE01 says {shown(item(segment, 1))}, the group has {received} sets"))
    return faults


def read_set(segment: Segment) -> SetHeader:
    """ST01-03, "" for what is not there."""
    return SetHeader(id=intern(item(segment, 1)), control_number=item(segment, 2), implementation=item(segment, 3))


def set_faults(header: SetHeader, group: GroupHeader, *, repeated: bool) -> Faults:
    """ST by itself and in its group (AK502): 6 and 18 for ST01, 7 and 23 for ST02, 1 for a set without a guide.

    `repeated` says that ST02 came before in the group.
    Values 18 and 23 came after 004010, which says 6 and 7 instead.
    """
    release = release_of(group.version)
    later = release is not None and release.repeats
    return [
        *_identifier_faults(header, group, release, "AK502:18" if later else "AK502:6"),
        *_control_faults(header.control_number, ("AK502:23" if later else "AK502:7") if repeated else ""),
    ]


def _identifier_faults(header: SetHeader, group: GroupHeader, release: Release | None, misplaced: str) -> Faults:
    if len(header.id) != 3 or not (header.id.isascii() and header.id.isalnum()):
        return [("AK502:6", f"ST01 {shown(header.id)} is not the id of a transaction set")]
    belongs = release.groups.get(header.id) if release is not None else None
    if belongs is not None and belongs != group.functional_id:
        return [(misplaced, f"{header.id} belongs in a group {belongs}, not {shown(group.functional_id)}")]
    if guide_for(header, group) is None:
        return [("AK502:1", f"we read no {header.id} in version {shown(group.version)}")]
    return []


def _control_faults(control_number: str, repeated: str) -> Faults:
    if not (4 <= len(control_number) <= 9 and control_number.isascii() and control_number.isalnum()):
        return [("AK502:7", f"ST02 {shown(control_number)} is not four to nine letters or digits")]
    if repeated:
        return [(repeated, f"ST02 {shown(control_number)} came before in this group")]
    return []


def guide_for(header: SetHeader, group: GroupHeader) -> Guide | None:
    """The guide of a set: by ST03 where it names one we have (X12 005010, ST03 overrides GS08), else by GS08."""
    return (load(header.id, header.implementation) if header.implementation else None) or load(header.id, group.version)


def set_trailer_faults(segment: Segment, header: SetHeader, count: int) -> Faults:
    """SE against its ST (AK502): 3 for SE02, 4 for SE01, which counts ST and SE."""
    faults = []
    if item(segment, 2) != header.control_number:
        faults.append(("AK502:3", f"SE02 {shown(item(segment, 2))} is not ST02 {shown(header.control_number)}"))
    if number(item(segment, 1), 10) != count:
        faults.append(("AK502:4", f"SE01 says {shown(item(segment, 1))}, the set has {count} segments"))
    return faults
