"""Changes to files that people wrote leave everything else as it was."""

import pytest
import yaml

from gateway.errors import NotInOrder
from gateway.partners.edit import with_item, with_value

BLOCK = """\
# ACME, since 2019
door: as2
certificates:   # pinned
  - file: acme/2026.pem   # from Jane
    until: 2027-03-31

  # the next comes in spring
keys:
- {name: ours-2026}
send: {url: "https://as2.acme.example/as2"}
"""
FLOW = "door: as2\ncertificates: [{file: acme/2026.pem}]\nkeys: []\n"
NEW = {"file": "acme/2027.pem", "from": "2027-03-01"}


@pytest.mark.parametrize("text", [BLOCK, FLOW, "door: as2\n", "door: as2"])
def test_an_entry_is_added_and_nothing_else_changes(text: str) -> None:
    before = yaml.load(text, Loader=yaml.BaseLoader)

    after = yaml.load(with_item(text, "certificates", NEW), Loader=yaml.BaseLoader)

    assert after == {**before, "certificates": [*before.get("certificates", []), NEW]}


def test_comments_and_lines_stay_as_they_were() -> None:
    changed = with_item(BLOCK, "certificates", NEW)

    assert [line for line in changed.splitlines() if line not in BLOCK.splitlines()] == [
        "  - {file: acme/2027.pem, from: 2027-03-01}"
    ]
    assert changed.splitlines()[5].endswith("}")
    assert [line for line in changed.splitlines() if "2027-03-01" not in line] == BLOCK.splitlines()


def test_a_list_that_begins_at_the_margin_goes_on_there() -> None:
    changed = with_item(BLOCK, "keys", {"name": "ours-2027"})

    assert "- {name: ours-2026}\n- {name: ours-2027}\n" in changed


@pytest.mark.parametrize("text", [BLOCK, FLOW])
@pytest.mark.parametrize("name", ["until", "from"])
def test_a_value_is_set_or_replaced_in_its_entry(text: str, name: str) -> None:
    before = yaml.load(text, Loader=yaml.BaseLoader)

    after = yaml.load(
        with_value(text, "certificates", ("file", "acme/2026.pem"), name, "2027-04-01"), Loader=yaml.BaseLoader
    )

    assert after["certificates"] == [{**before["certificates"][0], name: "2027-04-01"}]
    assert {**after, "certificates": 0} == {**before, "certificates": 0}


def test_what_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(NotInOrder, match="no entry with file"):
        with_value(BLOCK, "certificates", ("file", "acme/1999.pem"), "until", "2027-04-01")
    with pytest.raises(NotInOrder):
        with_item("certificates: none\n", "certificates", NEW)
    with pytest.raises(NotInOrder):
        with_item("[", "certificates", NEW)
