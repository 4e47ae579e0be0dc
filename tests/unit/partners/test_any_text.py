"""Whatever stands in the files: a book, or problems with places. Never anything else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.partners.book import Book, load
from gateway.partners.problems import CODES, PartnerFilesError
from tests.unit.partners.folder import FILES, MAPPINGS

WORDS = [
    "",
    "[]",
    "{}",
    "[a]",
    "{a: b}",
    "~",
    "file:x",
    "ZZ/ACME",
    "-1",
    "1e999",
    "kind: basic",
    "\n",
    "  ",
    ": ",
    "'",
    "&a",
    "*a",
    "<<",
]


def loaded(files: dict[str, str]) -> Book | tuple[str, ...]:
    try:
        return load(files, mappings=MAPPINGS)
    except PartnerFilesError as error:
        assert all(flaw.code in CODES and flaw.place.file for flaw in error.flaws)
        return tuple(flaw.shown("partners/") for flaw in error.flaws)


@settings(max_examples=300, deadline=None)
@given(
    path=st.sampled_from(sorted(FILES)),
    start=st.floats(0, 1),
    length=st.integers(0, 30),
    word=st.sampled_from(WORDS) | st.text(max_size=12),
)
def test_a_file_altered_anywhere_is_a_book_or_problems(path: str, start: float, length: int, word: str) -> None:
    text = FILES[path]
    at = int(start * len(text))

    result = loaded({**FILES, path: text[:at] + word + text[at + length :]})

    assert isinstance(result, Book) or result


@settings(max_examples=100, deadline=None)
@given(path=st.text(min_size=1, max_size=30), text=st.text(max_size=200))
def test_any_file_with_any_name_is_a_book_or_problems(path: str, text: str) -> None:
    result = loaded({**FILES, path: text})

    assert isinstance(result, Book) or result
