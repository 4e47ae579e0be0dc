"""Files as they come: in records of 80, with binary data, glued to noise, or with very many empty segments."""

import time
from collections.abc import Callable

import pytest

from gateway.x12.interchange import InterchangeResult
from gateway.x12.read import examine
from gateway.x12.tokens import Limits
from tests.unit.x12.samples import ORDER, VERSIONS, closed, group, groups, interchange, interchanges, isa, order, read
from tests.unit.x12.samples import sets as sets_of

STATUS = (
    "ST*214*0001",
    "B10*PRO1001*SHIP1001*ABCD",
    "LX*1",
    "AT7*X1*NS***20240131*1200*ET",
    "EFI*99",
    "BIN*{length}*{data}",
)


def _in_records(data: bytes, width: int = 80, end: bytes = b"\r\n") -> bytes:
    return b"".join(data[at : at + width] + end for at in range(0, len(data), width))


def _status(data: str, length: int | None = None) -> bytes:
    body = "~".join(closed(STATUS)).format(length=len(data) if length is None else length, data=data)
    return interchange(group([body], functional_id="QM"))


# Records


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("width", [80, 64, 132])
def test_interchange_in_records_is_read_as_if_it_had_none(width: int, end: bytes, version: str) -> None:
    events = read(_in_records(order(version=version), width, end))

    (result,) = interchanges(events)
    assert ([finding.code for finding in result.findings], result.status) == (["W:wrapped"], "A")
    (plain,), (wrapped,) = sets_of(read(order(version=version))), sets_of(events)
    assert wrapped.content is not None
    assert plain.content is not None
    assert wrapped.findings == ()
    assert wrapped.content.segments == plain.content.segments


def test_offsets_in_records_cut_each_set_out_of_the_source() -> None:
    data = _in_records(order())
    (result,) = sets_of(read(data))

    cut = data[result.offset :][: result.length].replace(b"\r\n", b"").decode()
    assert cut == "~".join(closed(ORDER)) + "~"


def test_interchanges_glued_together_in_records_are_all_read() -> None:
    data = _in_records(order() + order(version="005010") + order())
    results = interchanges(read(data))

    assert [result.status for result in results] == ["A", "A", "A"]


def test_records_filled_up_with_blanks_behind_the_end_are_read() -> None:
    data = order()
    records = _in_records(data + b" " * (80 - len(data) % 80))
    (result,) = interchanges(read(records))

    assert result.status == "A"


def test_line_ends_behind_every_segment_are_no_records() -> None:
    (result,) = interchanges(read(interchange(group(closed(ORDER)), end="~\r\n")))

    assert result.findings == ()


def test_a_line_end_in_one_value_is_not_taken_for_records() -> None:
    data = order().replace(b"Main Street", b"Main\nStreet")
    (result,) = sets_of(read(data))

    assert [(finding.code, finding.segment) for finding in result.findings] == [("AK403:6", "N3")]


# Binary data


@pytest.mark.parametrize(
    "data", ["~SE*5*0001~GE*1*7~", "***", ":^:", "x", "IEA*1*000000001~", "ISA*00*" * 9, "BIN*5*~"]
)
def test_delimiters_in_binary_data_are_data(data: str) -> None:
    (result,) = sets_of(read(_status(data)))

    assert [finding.message for finding in result.findings] == []
    assert result.content is not None
    assert result.content.segments[5] == ("BIN", str(len(data)), data)


def test_binary_data_of_any_bytes_is_kept_as_it_is() -> None:
    every = bytes(range(256))
    data = _status("@").replace(b"BIN*1*@", b"BIN*256*" + every)
    (result,) = sets_of(read(data))

    assert result.content is not None
    assert result.content.segments[5][2].encode("latin-1") == every
    assert result.status == "A"


@pytest.mark.parametrize(("length", "code"), [(3, "AK403:5"), (9, "AK403:4"), (10**9, "AK403:4")])
def test_binary_data_with_a_wrong_length_ends_at_the_terminator_and_is_told(length: int, code: str) -> None:
    (result,) = sets_of(read(_status("abcde", length)))

    assert [(f.code, f.segment, f.element) for f in result.findings] == [(code, "BIN", 2)]


def test_binary_data_may_be_longer_than_a_segment() -> None:
    (result,) = sets_of(read(_status("~" * 9000), limits=Limits(segment_bytes=4096)))

    assert result.status == "A"


def test_binary_data_over_the_limit_is_read_like_any_segment() -> None:
    events = list(examine(_status("~" * 900), limits=Limits(binary_bytes=500)))

    assert interchanges(events)[0].status in "AER"
    assert len(interchanges(events)) == 1


# Headers and noise


@pytest.mark.parametrize("text", ["ISA" * 300, "ISA*" * 300, "ISA*00*" * 200, "ISA*~" * 300, "VISA*INVOICE*NO*ISA*1~"])
def test_text_that_looks_like_a_header_is_none(text: str) -> None:
    results = interchanges(read(text.encode() + order()))

    assert [(result.status, result.offset) for result in results] == [("A", len(text))]


def test_isa_in_a_value_begins_no_interchange() -> None:
    data = order().replace(b"North Store", b"ISA Stores")
    (result,) = interchanges(read(data))

    assert (result.status, result.findings) == ("A", ())


@pytest.mark.parametrize("gap", ["~~~~", "~ ~\n~ ~", "~" * 5000, "~\r\n" * 3000])
def test_any_number_of_empty_segments_is_one_warning_and_moves_nothing(gap: str) -> None:
    data = order().replace(b"CUR*", gap.encode() + b"CUR*").replace(b"SE*24", b"SE*24")
    events = read(data, limits=Limits(segment_bytes=4096))

    (result,) = sets_of(events)
    assert [finding.code for finding in result.findings] == ["W:empty-segment"]
    assert data[result.offset :][: result.length].endswith(b"SE*24*0001~")
    assert groups(events)[0].status == "A"


NOISE = {
    "empty segments": lambda size: isa().encode() + b"~" * size,
    "empty segments in a set": lambda size: order()[:300] + b"~" * size,
    "headers without an end": lambda size: b"ISA*" * (size // 4),
    "segments that are headers": lambda size: isa().encode() + b"~ISA*" * (size // 5),
    "binary data that never ends": lambda size: order()[:300] + b"~BIN*999999*x~" * (size // 14),
    "findings in one set": lambda size: order()[:300] + b"*~" * (size // 2),
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE.keys())
def test_reading_noise_takes_time_in_proportion_to_its_length(noise: Callable[[int], bytes]) -> None:
    """Four times the bytes, four times the time; sixteen times would be a square."""
    spent = []
    for size in (150_000, 600_000):
        data = noise(size)
        start = time.process_time()
        events = list(examine(data))
        spent.append(time.process_time() - start)
        assert events
        assert sum(isinstance(event, InterchangeResult) for event in events) <= 2

    assert spent[1] < 8 * spent[0] + 0.2
