"""Envelopes: counts, control numbers, truncation, several interchanges, and what is not X12 at all."""

import tracemalloc
from collections.abc import Iterator

import pytest

from gateway.x12.effects import Effect
from gateway.x12.interchange import InterchangeHeader, InterchangeResult, SetResult, Terms, Unreadable
from gateway.x12.read import default_terms, examine
from gateway.x12.tokens import Limits
from tests.unit.x12.samples import (
    ORDER,
    VERSIONS,
    closed,
    group,
    groups,
    inserted,
    interchange,
    interchanges,
    isa,
    order,
    read,
    replaced,
    sets,
)

GOOD = closed(ORDER)
BAD = closed(replaced("BEG", None))


def _second(segments: list[str], control: str = "0002") -> list[str]:
    return [segment.replace("0001", control) if segment[:3] in ("ST*", "SE*") else segment for segment in segments]


def test_events_come_header_sets_group_interchange() -> None:
    events = read(order())

    assert [type(event).__name__ for event in events] == [
        "InterchangeHeader",
        "SetResult",
        "GroupResult",
        "InterchangeResult",
    ]


def test_good_interchange_is_accepted() -> None:
    (result,) = interchanges(read(order()))

    assert (result.status, result.note, result.findings) == ("A", "000", ())
    assert (result.groups[0].status, result.groups[0].included, result.groups[0].received) == ("A", 1, 1)
    assert result.groups[0].sets[0].content is None


def test_offsets_cut_each_set_out_of_the_source() -> None:
    data = b"\r\n" + interchange(group(GOOD, _second(GOOD)), end="~\r\n")
    events = read(data)

    first, second = sets(events)
    assert data[first.offset :][: first.length].decode() == "~\r\n".join(GOOD) + "~"
    assert data[second.offset :][: second.length].strip().startswith(b"ST*850*0002~")
    (result,) = interchanges(events)
    assert data[result.offset :][: result.length] == data.strip()


@pytest.mark.parametrize("version", VERSIONS)
def test_set_knows_its_release_and_headers(version: str) -> None:
    (result,) = sets(read(order(version=version)))

    assert result.content is not None
    assert result.content.release == version
    assert (result.content.group.sender, result.content.interchange.sender) == ("ACME", "ACME")


def test_industry_version_is_read_by_its_release() -> None:
    (result,) = sets(read(order(version="004010VICS")))

    assert result.content is not None
    assert (result.content.release, result.status) == ("004010", "A")


def test_set_may_name_its_own_version_in_st03() -> None:
    data = order(replaced("ST", "ST*850*0001*005010"), version="005010")
    (result,) = sets(read(data))

    assert (result.status, result.header.implementation) == ("A", "005010")


# Sets


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (closed(ORDER, count=99), "AK502:4"),
        (closed(ORDER, control="0002"), "AK502:3"),
        ([*ORDER, "SE*x*0001"], "AK502:4"),
        ([*ORDER, "SE*" + "9" * 5000 + "*0001"], "AK502:4"),
        (closed(replaced("ST", "ST*850*1")), "AK502:7"),
        (closed(replaced("ST", "ST*850*00-1")), "AK502:7"),
        (closed(replaced("ST", "ST*999X*0001")), "AK502:6"),
        (closed(replaced("ST", "ST**0001")), "AK502:6"),
        (closed(replaced("ST", "ST*101*0001")), "AK502:1"),
    ],
)
def test_fault_of_st_or_se_gives_one_finding_and_rejects_the_set(body: list[str], code: str) -> None:
    (result,) = sets(read(interchange(group(body))))

    assert [finding.code for finding in result.findings] == [code]
    assert result.status == "R"


def test_set_without_se_is_reported_and_the_next_one_is_read() -> None:
    events = read(interchange(group(list(ORDER), _second(GOOD))))

    assert [[f.code for f in result.findings] for result in sets(events)] == [["AK502:2"], []]
    assert [result.content is None for result in sets(events)] == [True, False]


@pytest.mark.parametrize(("version", "code"), [("004010", "AK502:7"), ("005010", "AK502:23")])
def test_second_set_with_the_same_number_in_a_group_is_refused(version: str, code: str) -> None:
    events = read(interchange(group(GOOD, GOOD, version=version), version=version))

    assert [[f.code for f in result.findings] for result in sets(events)] == [[], [code]]
    assert groups(events)[0].status == "P"


@pytest.mark.parametrize(("version", "code"), [("004010", "AK502:6"), ("005010", "AK502:18")])
def test_set_in_the_wrong_group_is_refused(version: str, code: str) -> None:
    (result,) = sets(read(interchange(group(GOOD, version=version, functional_id="IN"), version=version)))

    assert [finding.code for finding in result.findings] == [code]


def test_set_without_an_agreement_is_refused() -> None:
    (result,) = sets(read(order(), lambda *_: Terms(permitted=False)))

    assert [finding.code for finding in result.findings] == ["AK502:1"]
    assert (result.status, result.content) == ("R", None)


def test_terms_are_asked_with_the_three_headers() -> None:
    asked = []
    list(examine(order(), lambda *headers: asked.append(headers) or default_terms(*headers)))

    ((header, group_header, set_header),) = asked
    assert (header.sender, group_header.control_number, set_header.id) == ("ACME", "7", "850")


def test_set_over_the_limit_of_segments_is_refused_and_the_next_one_is_read() -> None:
    long = closed([*ORDER[:15], *["PO1*1*1*EA"] * 500, "CTT*500"])
    events = list(examine(interchange(group(long, _second(GOOD))), limits=Limits(segments=100, block_bytes=500)))

    first, second = sets(events)
    assert ([finding.code for finding in first.findings], first.content) == (["AK502:5"], None)
    assert second.status == "A"


# Groups


def test_one_bad_set_between_two_good_ones_makes_a_partial_acceptance() -> None:
    events = read(interchange(group(GOOD, _second(BAD), _second(GOOD, "0003"))))

    (result,) = groups(events)
    assert (result.status, result.included, result.received, result.accepted) == ("P", 3, 3, 2)
    assert [one.status for one in result.sets] == ["A", "R", "A"]


def test_group_of_bad_sets_is_refused() -> None:
    (result,) = groups(read(interchange(group(BAD))))

    assert (result.status, result.accepted, result.findings) == ("R", 0, ())


def test_group_with_a_noted_set_is_accepted_with_errors_noted() -> None:
    (result,) = groups(read(order(replaced("BEG", "BEG*00*Q!*1**20240131"))))

    assert (result.status, result.accepted) == ("E", 1)


@pytest.mark.parametrize(
    ("old", "new", "code", "included"),
    [
        ("GE*1*7", "GE*2*7", "AK905:5", 2),
        ("GE*1*7", "GE*x*7", "AK905:5", 1),
        ("GE*1*7", "GE*1*8", "AK905:4", 1),
        ("*7*X*004010", "*A7*X*004010", "AK905:6", 1),
    ],
)
def test_fault_of_gs_or_ge_refuses_the_group(old: str, new: str, code: str, included: int) -> None:
    data = order().replace(old.encode(), new.encode())
    if code == "AK905:6":
        data = data.replace(b"GE*1*7", b"GE*1*A7")
    (result,) = groups(read(data))

    assert [finding.code for finding in result.findings] == [code]
    assert (result.status, result.included, result.received, result.accepted) == ("R", included, 1, 0)


def test_leading_zeros_in_ge02_make_no_difference() -> None:
    (result,) = groups(read(order().replace(b"GE*1*7", b"GE*1*0007")))

    assert result.status == "A"


def test_zero_is_not_the_same_as_no_control_number() -> None:
    (result,) = groups(read(interchange(group(GOOD, number="0")).replace(b"GE*1*0~", b"GE*1~")))

    assert [finding.code for finding in result.findings] == ["AK905:4"]


def test_unknown_version_refuses_the_group() -> None:
    (result,) = groups(read(order(version="009999")))

    assert [finding.code for finding in result.findings] == ["AK905:2"]
    assert (result.status, result.received) == ("R", 1)


def test_unknown_group_is_refused() -> None:
    (result,) = groups(read(interchange(group(functional_id="ZZ"))))

    assert [finding.code for finding in result.findings] == ["AK905:1"]


@pytest.mark.parametrize(("version", "code"), [("004010", "AK905:6"), ("005010", "AK905:19")])
def test_group_number_twice_in_an_interchange_is_refused_the_second_time(version: str, code: str) -> None:
    group_ = group(GOOD, version=version)
    first, second = groups(read(interchange(group_, group_, version=version)))

    assert (first.status, [finding.code for finding in second.findings]) == ("A", [code])


def test_group_without_ge_is_refused_and_the_next_one_is_read() -> None:
    (result,) = interchanges(read(interchange(group(GOOD)[:-1], group(GOOD, number="8"))))

    assert [one.status for one in result.groups] == ["R", "A"]
    assert [finding.code for finding in result.groups[0].findings] == ["AK905:3"]
    assert result.groups[0].included == 1


def test_stray_segments_between_sets_are_one_note_on_the_interchange() -> None:
    (result,) = interchanges(read(interchange([*group(GOOD)[:-1], "REF*DP*1", "REF*DP*2", "GE*1*7"])))

    assert [(finding.code, finding.effect) for finding in result.findings] == [("TA105:024", Effect.NOTE)]
    assert (result.status, result.groups[0].status) == ("E", "A")


def test_a_set_outside_any_group_refuses_the_interchange() -> None:
    """A 997 answers groups: accepting the interchange would lose the set without a word."""
    (result,) = interchanges(read(interchange(GOOD).replace(b"IEA*1*", b"IEA*0*")))

    assert [finding.code for finding in result.findings] == ["TA105:022"]
    assert (result.status, result.note, result.groups) == ("R", "022", ())


# Interchanges


@pytest.mark.parametrize(
    ("old", "new", "code", "status"),
    [
        ("IEA*1*000000001", "IEA*1*000000002", "TA105:001", "R"),
        ("IEA*1*", "IEA*2*", "TA105:021", "R"),
        ("IEA*1*", "IEA*x*", "TA105:021", "R"),
        ("*240131*1200*U", "*240231*1200*U", "TA105:014", "E"),
        ("*240131*1200*U", "*240131*2500*U", "TA105:015", "E"),
        ("*240131*1200*U", "*240131*1200*X", "TA105:016", "E"),
        ("*00401*000000001", "*00499*000000001", "TA105:017", "E"),
        ("ISA*00*", "ISA*!!*", "TA105:010", "E"),
        ("ISA*00*", "ISA*03*", "TA105:011", "E"),
        ("*00*          *ZZ*ACME", "*!!*          *ZZ*ACME", "TA105:012", "E"),
        ("*00*          *ZZ*ACME", "*01*          *ZZ*ACME", "TA105:013", "E"),
        ("*ZZ*ACME", "*!!*ACME", "TA105:005", "E"),
        ("*ZZ*OURS ", "*!!*OURS ", "TA105:007", "E"),
        ("*ZZ*ACME           ", "*ZZ*               ", "TA105:006", "R"),
        ("*ZZ*OURS           ", "*ZZ*               ", "TA105:008", "R"),
        ("*0*P*:", "*2*P*:", "TA105:019", "E"),
        ("*0*P*:", "*0*X*:", "TA105:020", "R"),
        ("ISA*00*", "ISA*99*", "TA105:010", "E"),
    ],
)
def test_fault_of_isa_or_iea_gives_one_note_code(old: str, new: str, code: str, status: str) -> None:
    data = order()
    assert old.encode() in data
    (result,) = interchanges(read(data.replace(old.encode(), new.encode())))

    codes = [finding.code for finding in result.findings if not finding.code.startswith("W:")]
    assert (codes, result.status, result.note) == ([code], status, code[6:])


def test_control_number_that_is_no_number_is_refused() -> None:
    (result,) = interchanges(read(interchange(group(GOOD), number="00000000A")))

    assert (result.status, result.note) == ("R", "018")


def test_interchange_without_iea_is_refused_and_read_to_its_end() -> None:
    data = order().rsplit(b"IEA", 1)[0]
    (result,) = interchanges(read(data))

    assert (result.status, result.note, result.groups[0].status) == ("R", "023", "A")


@pytest.mark.parametrize("keep", [False, True])
def test_truncation_within_a_set_is_reported_at_every_level(keep: bool) -> None:
    data = interchange(group(GOOD, _second(GOOD))).rsplit(b"CTT", 1)[0]
    (result,) = interchanges(read(data, lambda *_: Terms(keep_truncated=keep)))

    assert (result.status, result.note) == ("E" if keep else "R", "023")
    assert (result.groups[0].status, result.groups[0].accepted) == (("P", 1) if keep else ("R", 0))
    assert [finding.code for finding in result.groups[0].findings] == ["AK905:3"]
    assert [[f.code for f in one.findings] for one in result.groups[0].sets] == [[], ["AK502:2"]]


def test_interchange_that_never_ends_does_not_swallow_the_next() -> None:
    first = order().rsplit(b"IEA", 1)[0]
    results = interchanges(read(first + order()))

    assert [(result.status, result.note) for result in results] == [("R", "023"), ("A", "000")]


def test_interchanges_glued_together_may_have_different_delimiters() -> None:
    other = order().replace(b"~", b"'").replace(b"*", b"|").replace(b":", b">")
    newline = order().replace(b"~", b"\n")
    results = interchanges(read(order() + other + b"\r\n\r\n" + newline + order(version="005010") + b"\x1a\x00\n"))

    assert [result.status for result in results] == ["A"] * 4
    assert [result.header.delimiters.segment for result in results] == ["~", "'", "\n", "~"]


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "\n", "\r\n", "~ ", "\x1e", "~\n\n    "])
def test_segments_may_end_in_any_usual_way(end: str) -> None:
    (result,) = interchanges(read(interchange(group(GOOD), end=end)))

    assert (result.status, result.groups[0].status, result.findings) == ("A", "A", ())
    assert result.groups[0].sets[0].findings == ()


def test_the_last_segment_may_lack_its_terminator() -> None:
    (result,) = interchanges(read(order()[:-1]))

    assert ([finding.code for finding in result.findings], result.status) == (["W:final-terminator"], "A")
    assert result.length == len(order()) - 1


def test_an_interchange_may_carry_only_ta1() -> None:
    ta1 = "TA1*000000009*240131*1200*A*000"
    (result,) = interchanges(read(f"{isa()}~{ta1}~IEA*0*000000001~".encode()))

    assert (result.status, result.groups) == ("A", ())
    assert result.received_ta1 == (tuple(ta1.split("*")),)


def test_byte_order_mark_is_passed_over_with_a_warning() -> None:
    (result,) = interchanges(read(b"\xef\xbb\xbf" + order()))

    assert ([finding.code for finding in result.findings], result.status) == (["W:bom"], "A")
    assert result.offset == 3


def test_text_before_isa_is_passed_over_with_a_warning() -> None:
    (result,) = interchanges(read(b"From: DISASTER mail\n\n" + order()))

    assert ([finding.code for finding in result.findings], result.status) == (["W:leading-text"], "A")


def test_isa_with_unpadded_elements_is_read_with_a_warning() -> None:
    data = order().replace(b"ACME           ", b"ACME").replace(b"OURS           ", b"OURS")
    (result,) = interchanges(read(data))

    assert ([finding.code for finding in result.findings], result.status) == (["W:isa-padding"], "A")
    assert (result.header.sender, result.header.delimiters.component) == ("ACME", ":")


@pytest.mark.parametrize(("eleven", "repetition"), [("^", "^"), ("U", ""), (":", ""), (" ", "")])
def test_repetition_separator_is_one_only_from_00402_and_when_it_can_be(eleven: str, repetition: str) -> None:
    data = order(version="005010").replace(b"*1200*^*", f"*1200*{eleven}*".encode())
    (result,) = interchanges(read(data))

    assert (result.header.delimiters.repetition, result.status) == (repetition, "A")


def test_standards_identifier_before_00402_is_no_repetition_separator() -> None:
    (result,) = interchanges(read(order()))

    assert result.header.delimiters.repetition == ""


@pytest.mark.parametrize(("old", "new", "note"), [(b"*P*:~", b"*P*:A", "004"), (b"*P*:~", b"*P**~", "027")])
def test_delimiters_that_cannot_be_are_answered(old: bytes, new: bytes, note: str) -> None:
    (result,) = interchanges(read(order().replace(old, new)))

    assert (result.status, result.note) == ("R", note)


def test_empty_segments_are_passed_over_with_a_warning() -> None:
    data = interchange(group(closed(inserted("REF*IA", "", ""), count=24)))
    (result,) = sets(read(data))

    assert ([finding.code for finding in result.findings], result.status) == (["W:empty-segment"], "A")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"Dear Sir or Madam",
        b"UNB+UNOA:1+A+B+1+1'",
        b"ISA*00*short~GS*PO~",
        b"ISA",
        b"\x00" * 5000,
        isa()[:-2].encode(),
    ],
)
def test_what_is_not_x12_is_unreadable(data: bytes) -> None:
    (event,) = read(data)

    assert isinstance(event, Unreadable)
    assert (event.offset, event.length) == (0, len(data))
    assert event.findings[0].effect is Effect.REJECT


def test_a_byte_order_mark_is_no_part_of_what_a_file_that_is_not_x12_begins_with() -> None:
    (event,) = read(b"\xef\xbb\xbf" + b"A letter. " * 200)

    assert isinstance(event, Unreadable)
    assert event.findings[0].message.startswith('no ISA: this is not X12, it begins with "A letter. A letter.')


def test_broken_isa_before_a_good_one_is_reported_and_the_good_one_is_read() -> None:
    events = read(b"ISA*00*broken~\n" + order())

    assert isinstance(events[0], Unreadable)
    assert interchanges(events)[0].status == "A"


def test_text_behind_the_last_interchange_is_told_but_refuses_nothing() -> None:
    events = read(order() + b"-- sent from my AS/400")

    assert isinstance(events[-1], Unreadable)
    assert [(f.code, f.effect) for f in events[-1].findings] == [("W:trailing-text", Effect.WARN)]
    assert interchanges(events)[0].status == "A"


# Limits


def _endless(header: bytes, megabytes: int, filler: bytes = b"x") -> Iterator[bytes]:
    yield header
    block = filler * (1024 * 1024 // len(filler))
    for _ in range(megabytes):
        yield block


def test_300_mb_without_a_terminator_are_refused_in_bounded_memory() -> None:
    tracemalloc.start()
    events = list(examine(_endless(isa().encode() + b"~", 300)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    (result,) = interchanges(events)
    assert (result.status, result.note) == ("R", "004")
    assert peak < 8 * 1024 * 1024


def test_100_mb_of_one_transaction_set_are_refused_in_bounded_memory() -> None:
    start = "~".join([isa(), "GS*PO*ACME*OURS*20240131*1200*7*X*004010", *ORDER[:15]]) + "~"
    limits = Limits(segments=5_000)
    events = list(examine(_endless(start.encode(), 100, b"PO1*1*1*EA~"), limits=limits))

    assert [[f.code for f in result.findings] for result in sets(events)] == [["AK502:2", "AK502:5"]]


def test_segment_over_the_limit_ends_the_interchange_and_the_next_is_read() -> None:
    huge = interchange(group(closed(replaced("N3", "N3*" + "x" * 5000))))
    events = read(huge + order(), limits=Limits(segment_bytes=4096))

    assert [(result.status, result.note) for result in interchanges(events)] == [("R", "022"), ("A", "000")]


def test_one_set_is_alive_at_a_time() -> None:
    """Four thousand sets (1.6 MB) in a group: what is kept of each is its result without the tree."""
    body = "~".join(GOOD) + "~"
    head = f"{isa()}~GS*PO*ACME*OURS*20240131*1200*7*X*004010~".encode()

    def source() -> Iterator[bytes]:
        yield head
        for number in range(4000):
            yield body.replace("850*0001", f"850*{number:06}").replace("SE*24*0001", f"SE*24*{number:06}").encode()
        yield b"GE*4000*7~IEA*1*000000001~"

    tracemalloc.start()
    accepted = sum(isinstance(event, SetResult) and event.status == "A" for event in examine(source()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert accepted == 4000
    assert peak < 12 * 1024 * 1024


def test_reading_is_lazy() -> None:
    events = examine(iter([order(), order()]))

    assert isinstance(next(events), InterchangeHeader)
    assert sum(isinstance(event, InterchangeResult) for event in events) == 2


def test_set_numbers_need_not_ascend_to_be_known_again() -> None:
    numbers = ["0005", "0006", "0002", "00003", "0006", "0002", "0007"]
    events = read(interchange(group(*(_second(GOOD, number) for number in numbers))))

    assert [bool(result.findings) for result in sets(events)] == [False, False, False, False, True, True, False]


def test_findings_kept_of_a_group_are_bounded_and_each_bad_set_still_has_one() -> None:
    bad = closed([*ORDER[:15], *["PO1*1*x*EA"] * 30, "CTT*30"])
    events = read(interchange(group(bad, _second(bad), _second(bad, "0003"))), limits=Limits(group_findings=40))

    assert [len(result.findings) for result in sets(events)] == [30, 30, 30]
    assert [len(one.findings) for one in groups(events)[0].sets] == [30, 1, 1]
    assert groups(events)[0].sets[1].findings[0].code == "AK403:6"
