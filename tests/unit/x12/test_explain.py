"""A file explained: names, meanings and loops of each segment, findings in place, nothing left out, memory bounded."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gateway.x12.acknowledge import InterchangePolicy
from gateway.x12.explain import explain
from gateway.x12.explained import (
    Advice,
    GroupClosing,
    GroupOpening,
    InterchangeClosing,
    InterchangeOpening,
    Loose,
    Part,
    Passed,
    SegmentText,
    SetText,
    Verdict,
)
from gateway.x12.findings import Effect
from gateway.x12.interchange import Terms
from gateway.x12.meaning import date_in_words, number_in_words, period_in_words, time_in_words
from gateway.x12.overlay import Rule
from gateway.x12.recording import Recording
from gateway.x12.titles import decimal, plain
from gateway.x12.verdict import Answering
from tests.unit.x12 import samples
from tests.unit.x12.test_overlay import guide_of

SHIP_NOTICE = (
    "ST*856*0001",
    "BSN*00*SHP-77*20260105*0930*0001",
    "HL*1**S",
    "TD1*CTN*2",
    "DTM*011*20260105",
    "N1*ST*NORTH STORE*92*0042",
    "HL*2*1*O",
    "PRF*PO-1001",
    "HL*3*2*P",
    "MAN*GM*00100000000000000017",
    "HL*4*3*I",
    "LIN**UP*041196910766",
    "SN1**12*EA",
    "HL*5*2*P",
    "MAN*GM*00100000000000000024",
    "HL*6*5*I",
    "LIN**UP*041196910773",
    "SN1**6*EA",
    "CTT*6",
)


@dataclass
class Told:
    """What explaining gave, all of it: parts, and the segments of each set."""

    parts: list[Part]
    segments: list[list[SegmentText]]

    def of(self, kind: type) -> list[Part]:
        return [part for part in self.parts if isinstance(part, kind)]

    @property
    def set(self) -> SetText:
        (only,) = (part for part in self.parts if isinstance(part, SetText))
        return only

    @property
    def listing(self) -> list[SegmentText]:
        (only,) = self.segments
        return only

    def segment(self, name: str) -> SegmentText:
        return next(one for one in self.listing if one.id == name)

    def advice(self) -> Iterator[tuple[str, int, Advice]]:
        """Each finding shown, with the segment and position it is shown at."""
        for part, segments in zip(self.of(SetText), self.segments, strict=True):
            assert isinstance(part, SetText)
            yield from (("", 0, one) for one in part.contents.advice)
            yield from ((segment.id, segment.position, one) for segment in segments for one in segment.all_advice)


def told(data: bytes) -> Told:
    parts, segments = [], []
    for part in explain(data):
        parts.append(part)
        if isinstance(part, SetText):
            segments.append(list(part.contents.segments()))
    return Told(parts, segments)


def order(*segments: str) -> Told:
    return told(samples.order(segments or samples.ORDER))


def ship_notice(*segments: str) -> Told:
    whole = samples.closed(segments or SHIP_NOTICE)
    return told(samples.interchange(samples.group(whole, functional_id="SH")))


def means(segment: SegmentText) -> dict[str, str]:
    return {element.place: element.meaning for element in segment.elements}


# ---------------------------------------------------------------------------------------------- what a segment says


def test_each_segment_comes_with_its_name_and_each_element_with_what_it_means() -> None:
    beginning = order().segment("BEG")

    assert beginning.name == "Start of a purchase order"
    assert [(one.place, one.name, one.value, one.meaning) for one in beginning.elements] == [
        ("BEG01", "Purpose", "00", "original"),
        ("BEG02", "Purchase order type", "SA", "stand-alone order"),
        ("BEG03", "Purchase order number", "PO-1001", ""),
        ("BEG05", "Date", "20240131", "31 Jan 2024"),
    ]


def test_a_number_says_which_kind_of_number_it_is() -> None:
    assert means(order().segment("PO1"))["PO107"] == means(order().segment("PO1"))["PO106"] != ""
    assert means(order().segment("REF"))["REF02"] == "department"


def test_implied_decimals_are_put_in() -> None:
    assert means(order().segment("SAC"))["SAC05"] == "10.00"


def test_components_are_taken_apart() -> None:
    change = [*samples.closed(["ST*860*0001", "BCH*04*SA*1***20240131", "POC*1*AI*5*5*EA:1*9.95"])]
    parts = told(samples.interchange(samples.group(change, functional_id="PC"))).segment("POC").elements[4].parts

    assert [(one.place, one.value, one.meaning) for one in parts] == [("POC05-1", "EA", "each"), ("POC05-2", "1", "")]


def test_repeats_are_taken_apart_where_there_is_a_separator_for_them() -> None:
    answer = ["ST*999*0001*005010X231A1", "AK1*PO*1*005010", "AK2*850*0001*005010", "IK3*BEG*2**8", "IK4*5:1^2*373*1"]
    sets = samples.closed([*answer, "IK5*R*5", "AK9*R*1*1*0"])
    data = samples.interchange(samples.group(sets, version="005010X231A1", functional_id="FA"), version="005010")

    parts = told(data).segment("IK4").elements[0].parts
    assert [(one.repeat, one.value) for one in parts] == [(1, "5:1"), (2, "2")]
    assert [one.place for one in parts[0].parts] == ["IK401-1", "IK401-2"]


def test_the_repetition_separator_in_isa11_is_not_taken_for_two_repeats() -> None:
    (opening,) = told(samples.order(version="005010")).of(InterchangeOpening)

    assert isinstance(opening, InterchangeOpening)
    (eleven,) = (one for one in opening.segment.elements if one.position == 11)
    assert (eleven.value, eleven.parts) == ("^", ())


def test_a_date_is_advised_in_the_length_its_element_has() -> None:
    found = order(*samples.replaced("BEG", "BEG*00*SA*PO-1**20261399"))

    (advice,) = (one for _, _, one in found.advice() if one.finding.code == "AK403:8")
    assert advice.remedy == "CCYYMMDD"


def test_a_value_with_bytes_beyond_ascii_is_shown_as_meant() -> None:
    name = order(*samples.replaced("N1", "N1*ST*Käse & Söhne*92*0042")).segment("N1").elements[1]

    assert name.value == "Käse & Söhne"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (date_in_words("20260102"), "2 Jan 2026"),
        (date_in_words("260102"), "2 Jan 2026"),
        (date_in_words("991231"), "31 Dec 1999"),
        (date_in_words("20260231"), ""),
        (time_in_words("0915"), "09:15"),
        (time_in_words("09153012"), "09:15:30"),
        (time_in_words("2560"), ""),
        (number_in_words("12345", 2), "123.45"),
        (number_in_words("-5", 2), "-0.05"),
        (number_in_words("12", 0), ""),
        (number_in_words("1.5", 2), ""),
        (period_in_words("RD8", "20260102-20260109"), "2 Jan 2026 to 9 Jan 2026"),
        (period_in_words("D8", "20260102"), "2 Jan 2026"),
        (period_in_words("DT", "202601020915"), "2 Jan 2026 09:15"),
        (period_in_words("XX", "20260102"), ""),
    ],
)
def test_values_in_words(said: str, words: str) -> None:
    assert said == words


@pytest.mark.parametrize(("text", "number"), [("7.25", "7.25"), ("1500", "1,500"), ("-.5", "-0.5"), ("10.00", "10")])
def test_numbers_are_written_plainly(text: str, number: str) -> None:
    value = decimal(text)

    assert value is not None
    assert plain(value) == number


@pytest.mark.parametrize("text", ["", "1e9", "NaN", "1.2.3", "٣", "9" * 31, "--1", "Infinity"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert decimal(text) is None


# ---------------------------------------------------------------------------------------------- loops


def test_a_loop_is_titled_with_what_it_holds() -> None:
    titles = [(one.loops[-1].name, one.loops[-1].title) for one in order().listing if one.id in ("N1", "PO1")]

    assert titles[0] == ("Ship to", "North Store (0042, assigned by the buyer)")
    assert titles[1][0] == "Line"
    assert titles[1][1].startswith("1: 12 each at 9.95, UPC (GTIN-12) 012345678905")
    assert titles[2][1].startswith("2: 1.5 case at 100")


def test_an_856_is_nested_as_its_levels_say() -> None:
    nested = [
        (" > ".join(f"{step.name} {step.title}".strip() for step in one.loops)) for one in ship_notice().listing
        if one.id in ("HL", "SN1")
    ]  # fmt: skip

    shipment, bound = "Shipment 2 packages", "Order purchase order PO-1001"
    first, second = "Pack mark 00100000000000000017", "Pack mark 00100000000000000024"
    assert nested == [
        shipment,
        f"{shipment} > {bound}",
        f"{shipment} > {bound} > {first}",
        f"{shipment} > {bound} > {first} > Item 12 each, UPC (GTIN-12) 041196910766",
        f"{shipment} > {bound} > {first} > Item 12 each, UPC (GTIN-12) 041196910766",
        f"{shipment} > {bound} > {second}",
        f"{shipment} > {bound} > {second} > Item 6 each, UPC (GTIN-12) 041196910773",
        f"{shipment} > {bound} > {second} > Item 6 each, UPC (GTIN-12) 041196910773",
    ]


def test_levels_that_are_their_own_parents_do_not_nest_for_ever() -> None:
    chain = [f"HL*{number}*{number - 1}*P" for number in range(2, 400)]
    deep = ship_notice("ST*856*0001", "BSN*00*1*20260105*0930", "HL*1*1*S", *chain, "CTT*400")

    assert max(len(one.loops) for one in deep.listing) <= 17


def test_a_segment_that_came_too_late_stands_in_the_loop_it_belongs_to() -> None:
    late = order(*samples.inserted("CTT", "BEG*00*SA*9**20240131"))

    assert [one.loops for one in late.listing if one.text == "BEG*00*SA*9**20240131"] == [()]


# ---------------------------------------------------------------------------------------------- summaries, envelope


def test_an_order_is_summed_up_in_a_sentence() -> None:
    assert order().set.contents.summary.sentence == (
        "Purchase order PO-1001 from ACME, dated 31 Jan 2024, 2 lines worth 269.40 USD, "
        "ship to North Store (0042, assigned by the buyer)."
    )


def test_a_ship_notice_is_summed_up_by_its_levels() -> None:
    told = ship_notice().set.contents.summary

    assert "1 shipment, 1 order, 2 packs, 2 items" in told.sentence
    assert dict(told.facts)["Contents"] == ("1 shipment, 1 order, 2 packs, 2 items, 18 each",)
    assert dict(told.facts)["Dates"] == ("Shipped: 5 Jan 2026",)


def test_prices_per_something_else_are_not_multiplied() -> None:
    by_hundred = order(*samples.replaced("PO1*1*", "PO1*1*12*EA*9.95*HP*UP*012345678905"))

    assert "worth" not in by_hundred.set.contents.summary.sentence


def test_an_invoice_is_for_what_it_says() -> None:
    invoice = samples.closed(["ST*810*0001", "BIG*20260105*INV-1*20260102*PO-1", "IT1*1*2*EA*5", "TDS*1234", "CTT*1"])
    data = samples.interchange(samples.group(invoice, functional_id="IN"))

    assert told(data).set.contents.summary.sentence == (
        "Invoice INV-1 from ACME for purchase order PO-1, dated 5 Jan 2026, 1 line for 12.34."
    )


def test_the_envelope_says_who_when_and_with_which_delimiters() -> None:
    opening = order().of(InterchangeOpening)[0]

    assert isinstance(opening, InterchangeOpening)
    assert opening.summary.sentence == (
        "ACME sends to OURS on 31 Jan 2024 at 12:00: interchange 000000001, production data."
    )
    assert opening.delimiters == (
        ("*", "separates elements"),
        (":", "separates the parts of a composite element"),
        ("~", "ends a segment"),
    )


def test_a_line_end_behind_the_terminator_is_told() -> None:
    data = samples.interchange(samples.group(samples.closed(samples.ORDER)), end="~\r\n")

    opening = told(data).of(InterchangeOpening)[0]

    assert isinstance(opening, InterchangeOpening)
    assert opening.delimiters[-1] == ("~", "ends a segment, a new line follows")


# ---------------------------------------------------------------------------------------------- findings


def test_a_finding_stands_at_its_element_with_what_is_allowed_and_what_to_do() -> None:
    date = order(*samples.replaced("BEG", "BEG*00*SA*PO-1001**20240231")).segment("BEG").elements[-1]

    (advice,) = date.advice
    assert date.place == "BEG05"
    assert advice.finding.code == "AK403:8"
    assert advice.text == '"20240231" is not a date'
    assert advice.allowed == "a date, written CCYYMMDD"
    assert (advice.who, advice.remedy) == ("partner", "CCYYMMDD")


def test_an_unknown_code_comes_with_codes_that_are_known() -> None:
    advice = next(one for _, _, one in order(*samples.replaced("BEG", "BEG*9Z*SA*1**20240131")).advice())

    assert advice.finding.code == "AK403:7"
    assert "00 original" in advice.allowed


def test_a_missing_element_is_shown_in_its_place() -> None:
    elements = order(*samples.replaced("BEG", "BEG*00*SA*PO-1001")).segment("BEG").elements

    assert [one.place for one in elements] == ["BEG01", "BEG02", "BEG03", "BEG05"]
    assert elements[-1].value == ""
    assert [one.finding.code for one in elements[-1].advice] == ["AK403:1"]


def test_a_missing_segment_is_shown_where_it_should_stand() -> None:
    listing = order(*samples.replaced("BEG", None)).listing

    assert [(one.id, one.absent) for one in listing[:3]] == [("ST", False), ("BEG", True), ("CUR", False)]
    assert listing[1].name == "Start of a purchase order"


def test_a_missing_end_is_shown_at_the_end() -> None:
    data = samples.interchange(samples.group(list(samples.ORDER)))

    listing = told(data).listing
    assert [one.id for one in listing] == [*(one.split("*")[0] for one in samples.ORDER), "SE"]
    assert listing[-1].absent
    assert [one.finding.code for one in listing[-1].advice] == ["AK502:2"]


def test_a_wrong_count_stands_at_the_count() -> None:
    data = samples.interchange(samples.group(samples.closed(samples.ORDER, count=3)))

    assert [one.finding.code for one in told(data).segment("SE").elements[0].advice] == ["AK502:4"]


@pytest.mark.parametrize(
    "segments",
    [
        samples.replaced("BEG", None),
        samples.replaced("BEG", "BEG*00*SA"),
        samples.inserted("CTT", "REF*DP*099", "XYZ*1", "zz"),
        samples.inserted("N1", "", "PO1*9*9*EA"),
        samples.replaced("PO1*1*", "PO1*1*12*EA*9.95*" + "*X" * 60),
        samples.inserted("CTT", *(["N9*ZZ"] * 1200)),
        samples.replaced("CTT", "CTT*7"),
    ],
)
def test_every_finding_of_a_set_is_shown_once(segments: list[str]) -> None:
    whole = order(*segments)

    assert sorted(one.finding.code for _, _, one in whole.advice()) == sorted(one.code for one in whole.set.findings)
    assert whole.set.findings


def test_a_finding_of_the_interchange_is_shown_once_at_isa_or_at_its_end() -> None:
    data = samples.order().replace(b"*P*:~", b"*X*:~").replace(b"IEA*1*000000001", b"IEA*2*000000009")
    whole = told(b"\xef\xbb\xbf" + data)
    (opening,), (closing,) = whole.of(InterchangeOpening), whole.of(InterchangeClosing)

    assert isinstance(opening, InterchangeOpening)
    assert isinstance(closing, InterchangeClosing)
    assert closing.segment is not None
    assert [one.finding.code for one in opening.segment.all_advice] == ["TA105:020"]
    assert [one.finding.code for one in closing.segment.all_advice] == ["TA105:021", "TA105:001"]
    assert [one.finding.code for one in closing.advice] == ["W:bom"]
    assert closing.verdict.status == "R"


def at_the_ends(data: bytes, terms: Terms | None = None) -> tuple[list[tuple[str, int]], list[str]]:
    """What is shown at GS, by code and element, and the codes that are shown at GE."""
    at_start, at_end = [], []
    for part in explain(data, None if terms is None else lambda *_: terms):
        if isinstance(part, GroupOpening):
            assert part.segment.advice == ()
            at_start += [(told.finding.code, one.position) for one in part.segment.elements for told in one.advice]
        elif isinstance(part, GroupClosing):
            at_end += [one.finding.code for one in part.advice]
            at_end += [one.finding.code for one in (part.segment.all_advice if part.segment is not None else ())]
    return at_start, at_end


def test_what_is_wrong_in_gs_is_shown_at_its_element_in_gs_and_what_is_wrong_in_ge_there() -> None:
    wrong = samples.order().replace(b"GS*PO*ACME*OURS*20240131*1200*7*", b"GS*XX*ACME*OURS*20240199*1200*A7*")

    assert at_the_ends(wrong) == ([("AK905:1", 1), ("W:group-header", 4), ("AK905:6", 6)], ["AK905:4"])


def test_a_group_number_that_came_before_is_shown_at_the_gs_that_repeats_it() -> None:
    twice = samples.interchange(
        samples.group(samples.closed(samples.ORDER)), samples.group(samples.closed(SHIP_NOTICE))
    )

    assert at_the_ends(twice) == ([("AK905:6", 6)], [])


@pytest.mark.parametrize(
    ("terms", "at_start"), [(None, [("AK905:2", 8)]), (Terms(), [("AK905:2", 8)]), (Terms(nearest=True), [])]
)
def test_a_version_that_was_agreed_to_be_read_by_the_nearest_is_no_fault(
    terms: Terms | None, at_start: list[tuple[str, int]]
) -> None:
    older = samples.interchange(samples.group(samples.closed(samples.ORDER), version="003060"))

    assert at_the_ends(older, terms) == (at_start, [])


def test_an_agreed_effect_holds_at_gs_too_and_nothing_is_shown_twice() -> None:
    wrong = samples.order().replace(b"GS*PO*", b"GS*XX*")
    terms = Terms(effects={"AK905:1": "warn"})
    opening = next(one for one in explain(wrong, lambda *_: terms) if isinstance(one, GroupOpening))

    assert [told.finding.effect for told in opening.segment.all_advice] == [Effect.WARN]
    assert at_the_ends(wrong, terms) == ([("AK905:1", 1)], [])


def test_a_verdict_says_what_the_acknowledgement_will_say() -> None:
    whole = told(
        samples.interchange(
            samples.group(samples.closed(samples.ORDER), samples.closed(samples.replaced("BEG", None), control="0001"))
        )
    )
    (group,) = whole.of(GroupClosing)

    assert isinstance(group, GroupClosing)
    assert [part.verdict.status for part in whole.parts if isinstance(part, SetText)] == ["A", "R"]
    assert group.verdict.status == "P"
    assert "AK901 P: 1 of 2 sets accepted" in group.verdict.text


TWO_SETS = samples.interchange(
    samples.group(
        samples.closed(samples.ORDER),
        samples.closed(samples.replaced("BEG", None), control="0001"),
        version="005010",
    ),
    version="005010",
)


def verdicts(data: bytes, agreed: Answering, terms: Terms | None = None) -> list[Verdict]:
    parts = explain(data, None if terms is None else lambda *_: terms, answering=lambda *_: agreed)
    return [part.verdict for part in parts if isinstance(part, SetText | GroupClosing | InterchangeClosing)]


def test_verdicts_name_the_999_that_was_agreed_on() -> None:
    good, bad, group, _ = verdicts(TWO_SETS, Answering(functional="999"))

    assert [one.answer for one in (good, bad, group)] == ["999"] * 3
    assert good.text.startswith("The 999 will say so (IK501 A)")
    assert bad.text.startswith("The 999 will say so and why (IK501 R)")
    assert group.text.startswith("The 999 will say AK901 P")


def test_a_999_is_agreed_on_in_vain_before_005010() -> None:
    good, _, _ = verdicts(samples.order(), Answering(functional="999"))

    assert (good.answer, good.text[:32]) == ("997", "The 997 will say so (AK501 A). T")


def test_where_no_answer_is_agreed_on_what_is_refused_is_held() -> None:
    good, bad, group, whole = verdicts(TWO_SETS, Answering(functional="none", ta1="never"))

    assert [one.answer for one in (good, bad, group, whole)] == [""] * 4
    assert good.text.startswith("No 997 or 999 is sent, as agreed.")
    assert bad.text.endswith("as nobody is told, it is held for a person.")
    assert group.text.startswith("No 997 or 999 is sent, as agreed: 1 of 2 sets accepted")


@pytest.mark.parametrize(
    ("policy", "trailer", "answer", "text"),
    [
        ("requested", "1", "", "The envelope is in order. ISA14 asks for no TA1."),
        ("always", "1", "TA1", "The envelope is in order. A TA1 will say A, as agreed."),
        (
            "requested",
            "9",
            "TA1",
            "A TA1 will say R with note 021. Nothing in it is delivered, and no 997 or 999 is sent: the partner",
        ),
        ("never", "9", "", "A TA1 would say R with note 021, but none is sent, as agreed."),
    ],
)
def test_a_ta1_is_told_of_as_agreed(policy: InterchangePolicy, trailer: str, answer: str, text: str) -> None:
    data = samples.order().replace(b"IEA*1*", f"IEA*{trailer}*".encode())
    whole = verdicts(data, Answering(ta1=policy))[-1]

    assert whole.answer == answer
    assert whole.text.startswith(text)


def test_a_997_does_not_speak_of_what_a_partner_guide_only_notes() -> None:
    terms = Terms(guide=guide_of(Rule(where="BEG02", codes=("NE",), severity=Effect.NOTE), version="005010"))
    data = samples.order(version="005010")
    by_997, group, _ = verdicts(data, Answering(), terms)
    by_999, _, _ = verdicts(data, Answering(functional="999"), terms)

    assert (by_997.status, by_999.status) == ("E", "E")
    assert by_997.text.startswith("The 997 will say accepted (AK501 A)")
    assert group.text.startswith("The 997 will say AK901 A")
    assert by_999.text.startswith("The 999 will list 1 error (IK501 E)")


def test_an_acknowledgement_is_said_to_get_no_answer() -> None:
    answer = samples.closed(["ST*997*0001", "AK1*PO*7", "AK9*A*1*1*1"])
    whole = told(samples.interchange(samples.group(answer, functional_id="FA")))

    assert "never acknowledged" in whole.set.verdict.text
    assert whole.set.contents.summary.sentence.startswith(
        "Functional acknowledgement from ACME about group 7 (purchase order"
    )


# ---------------------------------------------------------------------------------------------- nothing left out


def test_every_segment_of_the_file_is_shown_in_order() -> None:
    one, other = samples.closed(samples.ORDER), samples.closed(SHIP_NOTICE)
    data = samples.interchange(samples.group(one), samples.group(other, functional_id="SH", number="8"))
    shown: list[str] = []
    for part in explain(data):
        if isinstance(part, SetText):
            shown += [segment.text for segment in part.contents.segments()]
        elif not isinstance(part, Passed) and part.segment is not None:
            shown.append(part.segment.text)

    assert shown == data.decode().split("~")[:-1]


def test_a_set_without_a_guide_is_shown_as_it_came() -> None:
    unknown = ["ST*271*0001", "BHT*0022*13*1", "SE*3*0001"]
    whole = told(samples.interchange(samples.group(unknown, functional_id="HB")))

    assert [one.text for one in whole.listing] == unknown
    assert [one.name for one in whole.listing] == ["Set start", "", "Set end"]
    assert [one.name for one in whole.listing[0].elements] == ["Transaction set", "Set control number"]
    assert whole.set.title == ""
    assert [one.finding.code for one in whole.set.contents.advice] == ["AK502:1"]


def test_a_version_without_guides_is_explained_with_the_nearest() -> None:
    whole = told(samples.interchange(samples.group(samples.closed(samples.ORDER), version="003060")))

    assert whole.set.release == "004010"
    assert whole.segment("BEG").name == "Start of a purchase order"


def test_what_stands_outside_of_sets_is_shown() -> None:
    data = samples.order().replace(b"GS*", b"TA1*000000009*240131*1200*A*000~GS*", 1)
    (loose,) = told(data).of(Loose)

    assert isinstance(loose, Loose)
    assert loose.segment.name == "Answer to an interchange"
    assert loose.segment.elements[3].value == "A"


def test_what_is_not_x12_is_said_so() -> None:
    (passed,) = told(b"%PDF-1.7 nothing of the kind").parts

    assert isinstance(passed, Passed)
    assert passed.sample.startswith("%PDF")
    assert [one.finding.code for one in passed.advice] == ["TA105:022"]


def test_text_before_isa_is_shown() -> None:
    passed = told(b"From: someone\r\n\r\n" + samples.order()).of(Passed)[0]

    assert isinstance(passed, Passed)
    assert passed.sample == "From: someone"


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_pieces_of_any_size_are_explained_alike(size: int) -> None:
    data = b"junk" + samples.order(samples.replaced("BEG", None)) + samples.order() + b"more junk"
    pieces = (data[start : start + size] for start in range(0, len(data), size))

    def flat(source: bytes | Iterator[bytes]) -> list[tuple[type, str]]:
        found = []
        for part in explain(source):
            text = " ".join(one.text for one in part.contents.segments()) if isinstance(part, SetText) else ""
            found.append((type(part), text))
        return found

    assert flat(pieces) == flat(data)


def test_a_recording_keeps_no_more_than_its_limit_and_forgets_what_it_is_told_to() -> None:
    recording = Recording((bytes([number]) * 10 for number in range(10)), 30)
    passed = sum(len(piece) for piece in recording)

    assert passed == 100
    assert recording.take(0, 100) == b"\x07" * 10 + b"\x08" * 10 + b"\x09" * 10
    recording.forget(85)
    assert recording.take(80, 95) == b"\x08" * 5 + b"\x09" * 5
    recording.forget(1000)
    assert recording.take(0, 1000) == b""
