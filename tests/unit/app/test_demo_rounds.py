"""Which foreign files can be played in one gateway."""

from pathlib import Path

from gateway.app.demo.rounds import Strangers, padded_with_spaces, rounds, strangers
from gateway.app.demo.stage import headers_of
from gateway.partners.book import load
from gateway.store.authored import read_folder

ROOT = Path(__file__).parents[3]
BOOK = load(read_folder(ROOT / "partners", (".yaml",)))
SAMPLE = (ROOT / "edi_samples/acme/850-004010/plain/in.edi").read_bytes()


def a_file(sender: str, receiver: str, number: str = "1") -> Strangers:
    return Strangers({sender}, {receiver}, {(sender, receiver, "P", number)})


def test_files_that_have_nothing_in_common_are_played_together_in_their_order() -> None:
    assert rounds([a_file("ZZ/A", "ZZ/X"), Strangers(), a_file("ZZ/B", "ZZ/X"), a_file("ZZ/A", "ZZ/X", "2")]) == [
        [0, 1, 2, 3]
    ]


def test_the_same_number_again_is_played_in_another_round() -> None:
    assert rounds([a_file("ZZ/A", "ZZ/X"), a_file("ZZ/A", "ZZ/X"), a_file("ZZ/A", "ZZ/X"), a_file("ZZ/A", "ZZ/Y")]) == [
        [0, 3],
        [1],
        [2],
    ]


def test_who_sends_in_one_file_and_receives_in_another_is_played_in_two_rounds() -> None:
    assert rounds([a_file("ZZ/A", "ZZ/X"), a_file("ZZ/X", "ZZ/Y")]) == [[0], [1]]
    assert rounds([a_file("ZZ/X", "ZZ/Y"), a_file("ZZ/A", "ZZ/X")]) == [[0], [1]]


def test_known_partners_are_no_strangers_and_stay_in_the_first_round() -> None:
    own = strangers(list(headers_of(SAMPLE)), BOOK)

    assert own == Strangers()
    assert rounds([own, own]) == [[0, 1]]


def test_who_writes_to_himself_is_a_sender_only() -> None:
    content = SAMPLE.replace(b"ACMERETAIL     ", b"ME             ", 1).replace(
        b"HARBORPINE     ", b"ME             ", 1
    )

    found = strangers(list(headers_of(content)), BOOK)

    assert (found.senders, found.receivers) == ({"ZZ/ME"}, set())


def test_ids_padded_with_no_break_spaces_are_padded_with_spaces_and_nothing_else_is_touched() -> None:
    odd = b"\xef\xbb\xbf" + SAMPLE.replace(b"ACMERETAIL     ", "ODD \u00a0 \u00a0".encode(), 1)

    sent = padded_with_spaces(odd + odd, list(headers_of(odd + odd)))

    plain = b"\xef\xbb\xbf" + SAMPLE.replace(b"ACMERETAIL     ", b"ODD            ", 1)
    assert sent == plain + plain


def test_a_file_with_usable_ids_is_sent_as_it_is() -> None:
    short = SAMPLE.replace(b"ACMERETAIL     ", b"ACMERETAIL", 1)

    assert padded_with_spaces(short, list(headers_of(short))) is short
