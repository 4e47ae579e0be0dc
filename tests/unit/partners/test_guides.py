"""Partner guides as they are written: every mistake with its line, every one that only narrows in force."""

import re
from pathlib import Path

import pytest

from gateway.partners.book import load
from gateway.partners.guides import GuideForm, RuleForm, compiled, pinned, read
from gateway.partners.problems import PartnerFilesError, Problems
from tests.unit.partners.folder import ACME, MAPPINGS, a_book, folder, group, header, problems, transaction

ROOT = Path(__file__).parents[3]
FILE = "guides/acme/850-004010/v1.guide.yaml"
GUIDE = """\
guide: acme/850-004010
version: 1
owner: onboarding
name: ACME
document: https://acme.example/850.pdf
rules:
  BEG01: {codes: ["00"]}
"""
WITH_GUIDE = ACME.replace("mapping: acme/850@1}", "mapping: acme/850@1, guide: acme/850-004010@1}")


def shown(text: str, file: str = FILE) -> list[str]:
    """What is wrong with a guide file, as its author sees it."""
    found = Problems()
    guide = read(file, text, found)
    if guide is not None:
        compiled(guide, {}, found)
    return [flaw.shown() for flaw in found.found]


def with_rules(*rules: str) -> str:
    return GUIDE.partition("rules:")[0] + "rules:\n" + "".join(f"  {rule}\n" for rule in rules)


def test_a_guide_that_an_agreement_names_is_in_force_for_its_sets() -> None:
    book = a_book({"acme.yaml": WITH_GUIDE, FILE: GUIDE})

    guide = book.terms("acme-sftp")(header(), group(), transaction()).guide

    assert guide is not None
    assert (guide.name, guide.partner, guide.document) == ("acme/850-004010@1", "ACME", "https://acme.example/850.pdf")
    assert [rule.rule.codes for rule in guide.rules] == [("00",)]


def test_an_agreement_without_a_guide_asks_for_the_standard_alone() -> None:
    assert a_book({FILE: GUIDE}).terms("acme-sftp")(header(), group(), transaction()).guide is None


def test_another_text_of_a_guide_is_another_revision_of_its_agreement() -> None:
    def revision(text: str) -> str:
        (agreement,) = a_book({"acme.yaml": WITH_GUIDE, FILE: text}).candidates("acme", "850")
        return agreement.revision

    assert revision(GUIDE) == revision(GUIDE)
    assert revision(GUIDE) != revision(GUIDE + "  BEG02: required\n")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            'BEG01: {codes: ["00", "0A"]}',
            "guides/acme/850-004010/v1.guide.yaml:7:18: P032: '0A' is no code of BEG01 (Purpose, 353) in the standard",
        ),
        ("N1: {most: 900}", ":7:14: P032: the standard allows loop N1 200 times, not 900"),
        ("BEG03: {longest: 40}", ":7:20: P032: the standard allows BEG03 22 characters, not 40"),
        ("BEG03: {form: '99999999999999999999999'}", ":7:17: P032: '99999999999999999999999' has 23 characters"),
        ("BEG: not used", ":7:8: P033: BEG is mandatory in the standard: nobody could leave it out"),
        ("BEH01: required", ":7:3: P031: the 850 has no loop or segment BEH; did you mean 'BEG'?"),
        ("BEGG01: required", ":7:3: P031: 'BEGG01' is no place, like BEG01, REF(DP).02"),
        ("CUR: {use: required, when: BEG02=XX}", ":7:30: P031: 'XX' is no code of BEG02"),
        ("TD5: {notes: [Q0304]}", ":7:16: P031: 'Q0304' is no syntax note"),
        ("CUR: {use: sometimes}", ":7:14: P012: 'sometimes' is not one of required, not used"),
        ("CUR: {lest: 3}", ":7:9: P010: there is no key 'lest' here; did you mean 'least'?"),
        ("CUR: {severity: bad}", ":7:19: P012: 'bad' is not one of reject, note, warn"),
        ("CUR: [required]", ":7:8: P012: "),
    ],
)
def test_a_mistake_is_shown_in_its_line_with_a_caret(rule: str, said: str) -> None:
    (flaw,) = shown(with_rules(rule))

    first, line, caret = flaw.split("\n")
    column = int(re.match(r"[^:]*:7:(\d+):", first)[1])  # type: ignore[index]
    assert said in first
    assert line == f"      {rule}"
    assert caret == " " * (4 + column - 1) + "^"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            ["REF: not used", "REF(DP): required"],
            ":8:12: P033: 'REF' is not used, 'REF(DP)' asks for 1: nothing could satisfy both",
        ),
        (["REF(DP): {least: 3}", "REF: {most: 2}"], ":7:20: P033: 'REF' is at most 2, 'REF(DP)' asks for 3"),
        (["BEG: {notes: [E0203]}"], ":7:16: P033: at most one of BEG02, BEG03 may be there: no BEG could satisfy it"),
        (["N1(!!): {use: required}"], ":7:3: P031: '!!' is no code of N101"),
    ],
)
def test_rules_that_nothing_could_satisfy_are_refused_where_they_ask(rules: list[str], said: str) -> None:
    (flaw,) = shown(with_rules(*rules))

    assert flaw.startswith(FILE + said)


@pytest.mark.parametrize(
    ("text", "file", "said"),
    [
        (GUIDE.replace("guide: acme", "guide: bolt"), FILE, ":1:8: P030: the file's path says guide acme/850-004010"),
        (GUIDE.replace("version: 1", "version: 2"), FILE, ":2:10: P030: the file's path says version 1"),
        (GUIDE, "guides/acme/v1.guide.yaml", ":1:1: P004: a partner's guide stands in guides/<owner>/"),
        (GUIDE.replace("850", "837"), FILE.replace("850", "837"), ":1:8: P030: there is no standard guide for 837"),
        (GUIDE.replace("name: ACME\n", ""), FILE, "P011: 'name' is missing"),
        (GUIDE.replace("https://acme", "http://acme"), FILE, ":5:11: P012: an address like https://"),
        (GUIDE + "  BEG02: *x\n", FILE, ":8:10: P002: aliases are not used"),
    ],
)
def test_a_guide_that_is_not_what_its_path_says_is_refused(text: str, file: str, said: str) -> None:
    (flaw,) = shown(text, file)

    assert said in flaw


def test_two_rules_for_one_place_are_refused() -> None:
    (flaw,) = shown(with_rules("N1(ST).04: {longest: 9}", "N1(ST)/N104: required"))

    assert ":8:3: P033: 'N1(ST)/N104' is the same place as 'N1(ST).04'" in flaw


@pytest.mark.parametrize(
    ("agreement", "said"),
    [
        ("guide: acme/850-004010@2", "P020: there is no guide 'acme/850-004010@2'; did you mean 'acme/850-004010@1'?"),
        ("guide: acme/850-005010@1", "P026: acme/850-005010@1 is about 005010, not 004010: write another agreement"),
        ("guide: acme/856-004010@1", "P026: acme/856-004010@1 is about 856, the agreement about 850"),
        ("guide: acme", "P012: 'acme' is not a partner guide with its version"),
    ],
)
def test_an_agreement_names_a_guide_about_its_own_sets(agreement: str, said: str) -> None:
    acme = WITH_GUIDE.replace("guide: acme/850-004010@1", agreement)

    assert any(said in one for one in problems({"acme.yaml": acme, FILE: GUIDE}))


def test_a_code_beyond_the_standard_has_to_be_agreed_on_by_all_who_name_the_guide() -> None:
    guide = GUIDE.replace('BEG01: {codes: ["00"]}', "BEG02: {codes: [SA, Q7]}")
    agreed = WITH_GUIDE.replace("guide:", 'extra_codes: {"92": [Q7]}, guide:')

    assert any("P032: 'Q7' is no code" in one for one in problems({"acme.yaml": WITH_GUIDE, FILE: guide}))
    assert problems({"acme.yaml": agreed, FILE: guide}) == []


def test_a_mistake_in_a_guide_is_shown_with_a_path_that_opens() -> None:
    with pytest.raises(PartnerFilesError) as caught:
        load(folder({FILE: with_rules("CUR: {most: 2}")}), mappings=MAPPINGS)

    assert str(caught.value.below("partners")).splitlines() == [
        f"partners/{FILE}:7:15: P032: the standard allows CUR once, not 2",
        "      CUR: {most: 2}",
        "                  ^",
    ]


def test_a_pinned_guide_is_made_again_from_the_text_that_was_released() -> None:
    guide = pinned("acme/850-004010@1", GUIDE, {})

    assert guide is not None
    assert [rule.rule.where for rule in guide.rules] == ["BEG01"]
    assert pinned("acme/850-004010@2", GUIDE, {}) is None


# ---------------------------------------------------------------------------------------------- documentation

PAGE = (ROOT / "docs" / "partner-guides.md").read_text("utf-8")


@pytest.mark.parametrize("form", [GuideForm, RuleForm])
def test_every_key_of_a_guide_is_documented(form: type[GuideForm] | type[RuleForm]) -> None:
    documented = set(re.findall(r"`([a-z]+)[`:]", PAGE))

    assert set(form.model_fields) - documented == set()


def test_the_guide_on_the_page_is_good() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)

    assert shown(example, "guides/larkspur/850-004010/v1.guide.yaml") == []


def test_every_mistake_is_told_at_once_whatever_kind_it_is_of() -> None:
    text = with_rules("BEG01: {uze: required}", "BEG99: required", "BEG02: {codes: [QQ]}", "BEG03: {longest: x}")

    told = [line.partition(": ")[2].split(":")[0] for line in shown(text.replace("owner: ", "ouner: "))]

    assert sorted(told) == ["P010", "P010", "P011", "P012", "P031", "P032"]


def test_a_guide_without_rules_that_can_be_read_is_told_once() -> None:
    assert [line.partition(": ")[2][:4] for line in shown(GUIDE.partition("rules:")[0] + "rules: [a]\n")] == ["P012"]
