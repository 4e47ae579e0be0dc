from collections.abc import Iterator

from gateway.x12.census import Census, segments_of
from gateway.x12.counts import Sizes
from gateway.x12.findings import Effect
from gateway.x12.interchange import Delimiters, Terms
from gateway.x12.read import examine
from gateway.x12.usage import VALUES_LIMIT, UsageLine
from tests.unit.x12 import samples

UNKNOWN = samples.interchange(
    samples.group(["ST*123*0001", "ABC*1*x", "ABC*2", "SE*4*0001"], ["ST*123*0002", "ABC*1", "SE*3*0002"])
)


def census(*files: bytes, elements: bool = True, block: int = 1 << 16) -> Census:
    found = Census(elements=elements)
    for number, data in enumerate(files):
        found.begin(f"file-{number}")

        def text_of(offset: int, length: int, data: bytes = data) -> Iterator[bytes]:
            yield from (data[at : min(at + 7, offset + length)] for at in range(offset, offset + length, 7))

        blocks = (data[at : at + block] for at in range(0, len(data), block))
        for event in examine(map(found.see, blocks), lambda *_: Terms(nearest=True)):
            found.meet(event, text_of)
    return found


def used(found: Census, loop: str, segment: str, element: int = 0, component: int = 0) -> UsageLine:
    assert found.usage is not None
    wanted = (loop, segment, element, component)
    lines = [one for one in found.usage.lines() if (one.loop, one.segment, one.element, one.component) == wanted]

    assert len(lines) == 1
    return lines[0]


def test_interchanges_are_counted_by_who_sends_to_whom_and_how() -> None:
    found = census(samples.order(), samples.order(), samples.order(version="005010"))

    assert {
        (one.sender, one.receiver, one.version, one.usage): count.sets for one, count in found.relations.items()
    } == {
        ("ZZ/ACME", "ZZ/OURS", "00401", "P"): 2,
        ("ZZ/ACME", "ZZ/OURS", "00501", "P"): 1,
    }
    assert [one.interchanges for one in found.relations.values()] == [2, 1]


def test_sets_are_counted_by_kind_with_their_sizes() -> None:
    short = samples.closed([one for one in samples.ORDER if not one.startswith(("SLN", "SDQ"))])
    found = census(samples.order(), samples.interchange(samples.group(short)))
    [(kind, sizes)] = found.kinds.items()

    assert (kind.set, kind.version, kind.functional_id, kind.sender, kind.receiver) == (
        "850", "004010", "PO", "ACME", "OURS",
    )  # fmt: skip
    assert (sizes.sets, sizes.accepted, sizes.segments, sizes.fewest, sizes.most) == (2, 2, 46, 22, 24)
    assert sizes.bytes == sizes.smallest + sizes.largest


def test_a_rejected_set_is_not_counted_as_accepted() -> None:
    [sizes] = census(samples.order(samples.replaced("BEG", None))).kinds.values()

    assert (sizes.sets, sizes.accepted) == (1, 0)


def test_nothing_is_accepted_of_a_rejected_interchange() -> None:
    [sizes] = census(samples.order().partition(b"IEA*")[0]).kinds.values()

    assert (sizes.sets, sizes.accepted) == (1, 0)


def test_findings_are_counted_by_code_with_the_first_place() -> None:
    bad = samples.order(samples.replaced("BEG", None))
    found = census(samples.order(), bad, bad).findings

    [(key, finding)] = found.items()
    assert key == ("AK304:3", Effect.REJECT)
    assert (finding.times, finding.file, finding.interchange) == (2, "file-1", "000000001")
    assert finding.first.segment == "BEG"


def test_segments_are_counted_over_all_sets() -> None:
    found = census(samples.order(), samples.order())

    assert (found.segments["PO1"].times, found.segments["PO1"].sets) == (4, 2)
    assert found.segments["PO1"].name == "Order line"


def test_a_set_nobody_has_a_guide_for_is_counted_segment_by_segment() -> None:
    found = census(UNKNOWN)

    assert (found.segments["ABC"].times, found.segments["ABC"].sets) == (3, 2)
    assert next(iter(found.kinds.values())) == Sizes(
        sets=2, accepted=0, bytes=64, smallest=28, largest=36, segments=7, fewest=3, most=4
    )
    assert used(found, "", "ABC", 1).values == {"1": 2, "2": 1}
    assert used(found, "", "ABC", 2).values == {"x": 1}


def test_a_version_without_guides_is_read_by_the_nearest() -> None:
    later = samples.order().replace(b"004010", b"004030")

    assert used(census(later), "N1(ST)", "N1", 1).name == "Kind of party"


def test_elements_are_told_with_their_codes_and_lengths() -> None:
    found = census(samples.order(), samples.order())
    qualifier = used(found, "", "REF", 1)
    number = used(found, "", "REF", 2)

    assert (qualifier.times, dict(qualifier.values)) == (4, {"DP": 2, "IA": 2})
    assert (number.times, number.shortest, number.longest, number.different) == (4, 3, 5, 2)
    assert (number.values, number.example) == ({}, "038")


def test_a_segment_says_in_how_many_sets_it_is() -> None:
    line = used(census(samples.order(), samples.order(samples.replaced("CUR", None))), "", "CUR")

    assert (line.times, line.sets, line.version) == (1, 1, "004010")


def test_a_segment_that_comes_twice_in_a_set_is_in_one_set() -> None:
    line = used(census(samples.order()), "", "REF")

    assert (line.times, line.sets) == (2, 1)


def test_loops_of_parties_and_levels_are_told_apart() -> None:
    two = samples.inserted("N1*ST", "N1*BY*North", "N3*2 Back Lane")
    found = census(samples.order(two))

    assert used(found, "N1(ST)", "N3", 1).example == "1 Main Street"
    assert used(found, "N1(BY)", "N3", 1).example == "2 Back Lane"


def test_places_come_in_the_order_of_the_guide_loops_of_one_code_together() -> None:
    two = samples.inserted("N1*ST", "N1*BY*North", "N3*2 Back Lane")
    usage = census(samples.order(two)).usage
    assert usage is not None
    order = [(one.loop, one.segment) for one in usage.lines() if one.element == 0]

    parties = [one for one in order if one[0].startswith("N1(")]
    assert parties == [
        ("N1(BY)", "N1"), ("N1(BY)", "N3"), ("N1(ST)", "N1"), ("N1(ST)", "N3"), ("N1(ST)", "N4"),
    ]  # fmt: skip
    assert order[0] == ("", "ST")
    assert order[-1] == ("", "SE")
    assert order.index(("PO1/PID", "PID")) > order.index(("PO1", "PO1"))


def test_repetitions_and_components_are_counted_each() -> None:
    repeated = samples.replaced("REF*IA", "REF*IA*1**ZZ:2:AB:3")
    found = census(samples.order(repeated, version="005010"))

    assert used(found, "", "REF", 4, 1).values == {"ZZ": 1}
    assert used(found, "", "REF", 4, 2).example == "2"


def test_values_are_kept_up_to_a_limit() -> None:
    body = [*samples.ORDER[:2], *(f"PO1*{n}*1*EA*1**VN*B-{n}" for n in range(VALUES_LIMIT + 5))]
    line = used(census(samples.order(body)), "PO1", "PO1", 7)

    assert (line.different, line.more, line.times) == (VALUES_LIMIT, True, VALUES_LIMIT + 5)


def test_elements_are_counted_only_when_wanted() -> None:
    assert census(samples.order(), elements=False).usage is None


def test_characters_of_data_are_told_apart_from_delimiters() -> None:
    plain = [one.upper() for one in samples.ORDER]

    assert census(samples.order(plain)).characters().charset == "basic"
    assert census(samples.order()).characters().charset == "extended"
    special = census(samples.order(samples.replaced("N3", "N3*Straße")), block=3).characters()
    assert (special.charset, special.outside) == ("other", "\x9fÃ")


def test_characters_that_no_data_holds_are_free_as_delimiters() -> None:
    barred = samples.order(samples.replaced("N3", "N3*1 Main|Street"))
    found = census(samples.order(), barred)

    assert "|" not in found.characters().free
    assert {"*", "~", "^"} <= set(found.characters().free)


def test_a_delimiter_of_one_file_in_the_data_of_another_is_not_free() -> None:
    other = samples.order().replace(b"*", b"|")

    assert "|" not in census(other, samples.order(samples.replaced("N3", "N3*1|2"))).characters().free


def test_what_is_no_x12_is_told_of_its_file_only() -> None:
    found = census(b"Dear partner,", samples.order())

    assert [bool(one.unreadable) for one in found.files] == [True, False]
    assert found.findings == {}


def test_a_stretch_of_text_is_cut_whatever_its_pieces() -> None:
    text = b"ST*1*2~\r\nABC*x~~\nSE*3*2~"
    wanted = [("ST", "1", "2"), ("ABC", "x"), ("SE", "3", "2")]

    for size in (1, 2, 5, 100):
        pieces = (text[at : at + size] for at in range(0, len(text), size))
        assert list(segments_of(pieces, Delimiters())) == wanted
