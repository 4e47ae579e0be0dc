from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.x12.errors import OutputRefused, RewriteRefused
from gateway.x12.interchange import Delimiters, InterchangeResult, SetResult
from gateway.x12.outbound import outbound_segment
from gateway.x12.read import examine
from gateway.x12.rewrite import Rewriter, RewriteSummary, Wish
from gateway.x12.tokens import Limits
from tests.unit.x12 import samples
from tests.unit.x12.generated import plain

CORPUS = sorted(path for path in (Path(__file__).parents[2] / "data" / "corpus").glob("*/*") if path.is_file())
BARS = Delimiters(element="|", component=">", segment="'", repetition="!")


def rewritten(data: bytes, wish: Wish | None = None) -> tuple[bytes, RewriteSummary]:
    """The data in its new form: whole, byte by byte and in changing pieces it must be the same."""
    rewriter = Rewriter(wish or Wish(delimiters=BARS))
    whole = b"".join(rewriter.rewrite(data))
    for size, source in ((1, (data[i : i + 1] for i in range(len(data)))), (13, samples.pieces(data))):
        again = Rewriter(wish or Wish(delimiters=BARS), limits=Limits(block_bytes=size))
        assert b"".join(again.rewrite(source)) == whole
        assert again.summary == rewriter.summary
    return whole, rewriter.summary


def segments(data: bytes, terminator: str = "'") -> list[str]:
    return data.decode("latin-1").split(terminator)[:-1]


def said(data: bytes) -> list[object]:
    """What the interchanges of a file say, apart from their delimiters and from how they are judged."""
    found: list[object] = []
    delimiters = Delimiters()
    for event in examine(data):
        if isinstance(event, SetResult):
            found.append(event.header)
            if event.content is not None:
                delimiters = event.content.interchange.delimiters
                found.append([plain(outbound_segment(one, delimiters)) for one in event.content.segments])
        elif isinstance(event, InterchangeResult):
            found.append(event.header.elements[1:11])
            found.append(event.header.elements[12:16])
            found.append([group.header for group in event.groups])
    return found


def is_clean(data: bytes) -> bool:
    """Every interchange, group and set is closed and counted right, whatever its sets say."""
    events = list(examine(data))
    results = [event for event in events if isinstance(event, InterchangeResult)]
    counted = not any(
        finding.code in ("AK502:2", "AK502:4")
        for event in events
        if isinstance(event, SetResult)
        for finding in event.findings
    )
    closed = all(event.status == "A" and not any(group.findings for group in event.groups) for event in results)
    return bool(results) and closed and counted


def test_every_delimiter_is_exchanged() -> None:
    data, summary = rewritten(samples.order())

    assert segments(data)[0].endswith("|240131|1200|U|00401|000000001|0|P|>")
    assert segments(data)[3:5] == ["BEG|00|SA|PO-1001||20240131", "CUR|BY|USD"]
    assert (summary.interchanges, summary.groups, summary.sets, summary.segments) == (1, 1, 1, 28)


def test_two_delimiters_may_change_places() -> None:
    data = samples.order(samples.replaced("REF*IA", "REF*IA*1**IA:2"))
    swapped, _ = rewritten(data, Wish(delimiters=Delimiters(element=":", component="*", segment="~")))
    back, _ = rewritten(swapped, Wish(delimiters=Delimiters()))

    assert b"REF:IA:1::IA*2~" in swapped
    assert back == data


def test_without_delimiters_those_of_the_file_stay() -> None:
    assert rewritten(samples.order(), Wish())[0] == samples.order()


def test_isa11_becomes_the_new_repetition_separator_where_elements_repeat() -> None:
    later = samples.order(samples.replaced("REF*IA", "REF*IA*1^2"), version="005010")
    data, _ = rewritten(later)

    assert segments(data)[0][82] == "!"
    assert "REF|IA|1!2" in segments(data)


def test_before_00402_isa11_stays_what_it_is() -> None:
    assert segments(rewritten(samples.order())[0])[0][82] == "U"


def test_the_repetition_separator_of_the_file_is_kept_when_none_is_given() -> None:
    later = samples.order(version="005010")

    assert segments(rewritten(later, Wish(delimiters=replace(BARS, repetition="")))[0])[0][82] == "^"


def test_a_repetition_separator_that_is_kept_may_not_be_another_delimiter() -> None:
    wish = Wish(delimiters=Delimiters(element="^", component=">", segment="'"))

    with pytest.raises(RewriteRefused, match=r"not all different.*give a fourth"):
        rewritten(samples.order(version="005010"), wish)


@pytest.mark.parametrize("character", ["|", ">", "'"])
def test_data_with_a_new_delimiter_is_refused_with_its_place(character: str) -> None:
    data = samples.order(samples.replaced("N3", f"N3*12 Main{character}Street"))

    with pytest.raises(RewriteRefused) as refused:
        rewritten(data)
    assert str(refused.value) == (
        f'interchange 000000001, 850 0001, segment 14: N301 "12 Main{character}Street" holds {character!r}, '
        "which would be a delimiter"
    )


def test_an_id_in_isa_with_a_new_delimiter_is_refused() -> None:
    data = samples.order().replace(b"*ACME           *", b"*AC|ME          *")

    with pytest.raises(RewriteRefused, match=r'segment 1: ISA06 "AC\|ME"'):
        rewritten(data)


def test_a_new_repetition_separator_is_refused_in_data_only_where_elements_repeat() -> None:
    with_mark = samples.replaced("N3", "N3*12 Main Street!")

    assert "N3|12 Main Street!" in segments(rewritten(samples.order(with_mark))[0])
    with pytest.raises(RewriteRefused, match="N301"):
        rewritten(samples.order(with_mark, version="005010"))


def test_an_agreed_character_stands_for_new_delimiters_in_data() -> None:
    data = samples.order(samples.replaced("N3", "N3*12|14 Main>Street"))
    replaced, summary = rewritten(data, Wish(delimiters=BARS, replacement=" "))

    assert "N3|12 14 Main Street" in segments(replaced)
    assert summary.replaced == 2


def test_an_agreed_character_may_have_been_a_delimiter_before() -> None:
    data = samples.order(samples.replaced("N3", "N3*12|14 Main Street"))

    assert "N3|12:14 Main Street" in segments(rewritten(data, Wish(delimiters=BARS, replacement=":"))[0])


def test_an_agreed_character_that_is_a_delimiter_is_refused() -> None:
    with pytest.raises(OutputRefused, match="it is one"):
        Rewriter(Wish(delimiters=BARS, replacement="|"))


@pytest.mark.parametrize(
    "delimiters",
    [
        Delimiters(element="*", component="*"),
        Delimiters(element="A"),
        Delimiters(element="\n"),
        Delimiters(component=" "),
        Delimiters(segment="7"),
    ],
)
def test_delimiters_that_cannot_be_are_refused_before_anything_is_read(delimiters: Delimiters) -> None:
    with pytest.raises(OutputRefused):
        Rewriter(Wish(delimiters=delimiters))


def test_absent_elements_components_and_repetitions_at_the_end_are_left_out() -> None:
    body = samples.replaced("REF*IA", "REF*IA*1**ZZ:2::^AB:3^*")
    data, _ = rewritten(samples.order(body, version="005010"))

    assert "REF|IA|1||ZZ>2!AB>3" in segments(data)


def test_elements_that_are_absent_in_the_middle_keep_their_place() -> None:
    assert "PID|F||||STEEL BOLT" in segments(rewritten(samples.order())[0])


def test_an_empty_segment_is_left_out() -> None:
    data = samples.order().replace(b"CUR*BY*USD~", b"CUR*BY*USD~~\r\n~")

    assert rewritten(data)[0] == rewritten(samples.order())[0]


def test_a_line_feed_may_stand_behind_every_segment() -> None:
    data, _ = rewritten(samples.order(), Wish(newline=True))

    assert data == samples.order().replace(b"~", b"~\n")


def test_a_terminator_that_is_a_line_feed_is_not_followed_by_another() -> None:
    data, _ = rewritten(samples.order(), Wish(delimiters=Delimiters(segment="\n"), newline=True))

    assert data == samples.order().replace(b"~", b"\n")


def test_wrong_counts_are_put_right_and_told() -> None:
    body = samples.closed(samples.ORDER, count=99)
    data = samples.interchange(samples.group(body)).replace(b"GE*1*7", b"GE*5*7").replace(b"IEA*1*", b"IEA*0*")
    right, summary = rewritten(data, Wish())

    assert right == samples.order()
    assert summary.corrected == [
        '000000001, SE 0001: "99" segments, put right to 24',
        '000000001, GE 7: "5" sets, put right to 1',
        '000000001, IEA 000000001: "0" groups, put right to 1',
    ]


def test_a_count_with_leading_zeros_is_right() -> None:
    data = samples.order().replace(b"GE*1*7", b"GE*0001*7")

    assert rewritten(data, Wish()) == (data, rewritten(samples.order(), Wish())[1])


def test_nothing_is_invented_for_a_truncated_file() -> None:
    data, summary = rewritten(samples.order().partition(b"CTT*")[0], Wish())

    assert data == samples.order().partition(b"CTT*")[0]
    assert summary.faults == [
        "interchange 000000001: the set 850 0001 ends without SE: none was added",
        "interchange 000000001: it ends without IEA: none was added",
    ]


def test_interchanges_of_a_file_each_have_their_own_delimiters_until_then() -> None:
    second = rewritten(samples.interchange(samples.group(samples.closed(samples.ORDER)), number="000000002"))[0]
    data, summary = rewritten(samples.order() + b"\r\n" + second, Wish(delimiters=Delimiters()))

    assert data == samples.order() + samples.interchange(
        samples.group(samples.closed(samples.ORDER)), number="000000002"
    )
    assert (summary.interchanges, summary.sets) == (2, 2)


def test_an_interchange_that_begins_before_the_last_one_ended_begins_anew() -> None:
    cut = samples.order().partition(b"SE*")[0]
    data, summary = rewritten(cut + samples.order(), Wish())

    assert data == cut + samples.order()
    assert len(summary.faults) == 2


def test_text_that_belongs_to_nothing_is_left_out_and_told() -> None:
    data, summary = rewritten(b"\xef\xbb\xbfFrom: somebody\n" + samples.order() + b"\x1a", Wish())

    assert data == samples.order()
    assert summary.remarks == ['text at byte 0 left out: "From: somebody"']


def test_a_short_header_is_padded() -> None:
    data = samples.order().replace(b"*ACME           *", b"*ACME*")

    assert rewritten(data, Wish())[0] == samples.order()


def test_a_set_nobody_knows_is_rewritten_too() -> None:
    data = samples.order(["ST*997*0001", "QQQ*1**x", "ZZ9"]).replace(b"ST*997", b"ST*123").replace(b"*PO*", b"*QQ*")

    assert segments(rewritten(data)[0])[2:5] == ["ST|123|0001", "QQQ|1||x", "ZZ9"]


def test_bytes_outside_ascii_stay_as_they_are() -> None:
    data = samples.order(samples.replaced("N3", "N3*12 Stra\N{LATIN SMALL LETTER SHARP S}e"))

    assert "N3|12 Straße".encode() in rewritten(data)[0]


@pytest.mark.parametrize("data", [b"", b"hello", b"ISA*too*short~"])
def test_what_is_no_x12_is_refused(data: bytes) -> None:
    with pytest.raises(RewriteRefused):
        list(Rewriter(Wish(delimiters=BARS)).rewrite(data))


def test_a_header_whose_delimiters_contradict_each_other_is_refused() -> None:
    data = samples.order().replace(b"*P*:~", b"*P***")

    with pytest.raises(RewriteRefused, match="cannot be one"):
        list(Rewriter(Wish(delimiters=BARS)).rewrite(data))


def test_a_file_is_rewritten_while_it_is_read() -> None:
    head = samples.order().partition(b"ST*")[0]
    body = "".join(segment + "~" for segment in samples.closed(samples.ORDER)).encode()
    read = 0

    def source() -> Iterator[bytes]:
        nonlocal read
        yield head
        for _ in range(1_000):
            read += 1
            yield body

    written, waiting = -len(head), 0
    for piece in Rewriter(Wish(), limits=Limits(block_bytes=1 << 10)).rewrite(source()):
        written += len(piece)
        waiting = max(waiting, read * len(body) - written)

    assert written == 1_000 * len(body)
    assert waiting < 4 << 10


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}/{path.name}"[-80:])
def test_a_clean_file_of_the_corpus_says_the_same_with_other_delimiters(path: Path) -> None:
    data = path.read_bytes()
    if not is_clean(data):
        return
    wish = Wish(delimiters=Delimiters(element="\x1d", component="\x1f", segment="\x1c", repetition="\x1e"))

    assert said(rewritten(data, wish)[0]) == said(data)


def test_binary_data_is_not_searched_for_delimiters() -> None:
    data = samples.order(samples.inserted("CTT", "BIN*9*a|b>c*~'d"))

    assert b"'BIN|9|a|b>c*~'d'CTT|2'" in rewritten(data)[0]


def test_old_delimiters_in_binary_data_are_data() -> None:
    data = samples.order(samples.inserted("CTT", "BIN*6*a*b:c~"))

    assert b"'BIN|6|a*b:c~'CTT|2'" in rewritten(data)[0]


def test_binary_data_of_another_length_is_text() -> None:
    with pytest.raises(RewriteRefused, match="BIN02"):
        rewritten(samples.order(samples.inserted("CTT", "BIN*7*a|b>c*")))
