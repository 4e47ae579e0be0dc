"""Whatever a partner answers, there are words for it and something to do."""

import re

import pytest

from gateway.pipeline.reporting_remedies import ELEMENTS, REMEDIES, known_form, meaning, remedy
from gateway.x12.labels import _labels

CODES = sorted(
    {
        f"{'IK' + place[2:] if code.startswith('I') else place}:{code}"
        for place, lists in ELEMENTS.items()
        for element in lists
        for code in _labels()[element]
    }
)


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_an_acknowledgement_has_words_and_something_to_do(code: str) -> None:
    place, _, value = code.partition(":")

    assert meaning(code)
    assert known_form(code)
    assert value in REMEDIES[place.replace("IK", "AK")]
    assert "{" not in remedy(code, mapping="acme/810/v1.map.yaml:7")


def test_there_is_nothing_to_do_about_codes_that_do_not_exist() -> None:
    told = {place: set().union(*(_labels()[one] for one in lists)) for place, lists in ELEMENTS.items()}

    for place, remedies in REMEDIES.items():
        both = told[place] | told.get(place.replace("AK", "IK"), set())
        assert set(remedies) <= both


def test_the_line_of_the_mapping_stands_in_the_advice_where_it_is_known() -> None:
    assert "acme/810/v1.map.yaml:70" in remedy("AK403:7", mapping="acme/810/v1.map.yaml:70")
    assert "the mapping" in remedy("AK403:7")


@pytest.mark.parametrize(
    "code", ["AK403:\x00", "AK403:", "AK403:7 8", "AK403:" + "9" * 40, "", "'; drop table", "AK403:７"]
)
def test_what_is_no_code_is_not_kept_as_one(code: str) -> None:
    assert not known_form(code)


def test_a_code_that_nobody_knows_and_none_at_all_are_for_the_partner_to_explain() -> None:
    for words in (remedy("AK403:99"), remedy("ZZ999:1"), remedy("")):
        assert re.match("ask the partner", words)
    assert "which documents of the group" in remedy("", in_part=True)
