"""What people are told about a disposition."""

import pytest

from gateway.as2.disposition import Disposition, read_disposition
from gateway.transports.as2.words import WHAT_TO_DO, advice, is_duplicate


@pytest.mark.parametrize("modifier", WHAT_TO_DO)
def test_every_modifier_has_its_advice(modifier: str) -> None:
    assert advice(Disposition("processed", "error", modifier)) == WHAT_TO_DO[modifier]


@pytest.mark.parametrize(
    "spelling", ["decryption-failed", "Decryption failed", "DECRYPTION_FAILED", "decryption-failed, bad padding"]
)
def test_spellings_of_products_mean_the_same(spelling: str) -> None:
    said = read_disposition(f"automatic-action/MDN-sent-automatically; processed/Error: {spelling}")

    assert advice(said) == WHAT_TO_DO["decryption-failed"]


def test_what_nobody_knows_is_for_the_partner_to_explain() -> None:
    assert "its people have to say" in advice(Disposition("processed", "error", "out of cheese"))


def test_a_duplicate_is_known_by_any_spelling() -> None:
    assert is_duplicate(Disposition("processed", "warning", "Duplicate document"))
    assert not is_duplicate(Disposition("processed", "warning", "authentication-failed, processing continued"))
