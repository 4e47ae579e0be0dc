"""`fit: split` inside of an object: a long text goes on in further segments, and is read back as one."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.continued import Continued
from tests.unit.mapping.orders import a_mapping, an_order, read
from tests.unit.mapping.test_to_x12 import only, texts, write

LONG = "DELIVER TO THE DOCK BEHIND THE MILL BEFORE NOON AND RING FOR THE FOREMAN, WHO HAS THE ONLY KEY TO THE GATE"
WIDTH = 80
SPLIT = Continued("text", WIDTH)


def notes(sent: list[dict[str, str]]) -> list[dict[str, object]]:
    return SPLIT.joined([dict(each) for each in sent])


MAPPING = a_mapping("terms: {each: ITD, kind: ITD01, description: {at: ITD12, fit: split}}")


def test_a_text_that_is_too_long_goes_on_in_further_segments_that_say_the_same() -> None:
    written = write(MAPPING, {"terms": [{"kind": "08", "description": LONG}, {"kind": "08", "description": "NET"}]})

    assert written.problems == ()
    assert texts(written) == [
        "ITD*08***********DELIVER TO THE DOCK BEHIND THE MILL BEFORE NOON AND RING FOR THE FOREMAN, WHO",
        "ITD*08***********HAS THE ONLY KEY TO THE GATE",
        "ITD*08***********NET",
    ]


def test_what_was_split_is_read_back_as_one_and_what_stood_apart_stays_apart() -> None:
    said = [{"kind": "08", "description": LONG}, {"kind": "08", "description": "NET"}]

    assert read(MAPPING, an_order(*texts(write(MAPPING, {"terms": said})))).document["terms"] == said


def test_segments_that_differ_otherwise_are_never_joined() -> None:
    full = "X" * 40 + " " + "Y" * 39
    sent = [{"kind": "A", "text": full}, {"kind": "B", "text": "Z"}]

    assert notes(sent) == sent


def test_a_segment_with_room_for_the_next_word_ends_its_text() -> None:
    sent = [{"text": "X" * 70}, {"text": "Y" * 9}, {"text": "Z"}]

    assert notes(sent) == sent
    assert notes([{"text": "X" * 70}, {"text": "Y" * 10}]) == [{"text": "X" * 70 + " " + "Y" * 10}]


def test_a_word_longer_than_the_element_is_one_word_again() -> None:
    word = "X" * 100

    assert notes([{"text": "X" * 80}, {"text": "X" * 20}]) == [{"text": word}]


def test_a_fault_names_the_entry_and_not_its_pieces() -> None:
    mapping = a_mapping("terms: {each: ITD, kind: ITD01, day_of_month: ITD13, description: {at: ITD12, fit: split}}")
    terms = [{"description": LONG}, {"description": "NET", "day_of_month": "123"}]

    assert only(write(mapping, {"terms": terms})).field == "terms[1].day_of_month"


@given(st.lists(st.lists(st.text("ABC", min_size=1, max_size=79), min_size=1, max_size=40).map(" ".join), max_size=3))
def test_any_text_of_words_comes_back(lines: list[str]) -> None:
    entries: list[object] = [{"kind": str(at), "text": line} for at, line in enumerate(lines)]
    pieces = [dict(piece) for _, piece in SPLIT.pieces(entries) if isinstance(piece, dict)]

    assert all(len(str(piece["text"])) <= WIDTH for piece in pieces)
    assert SPLIT.joined(pieces) == entries
