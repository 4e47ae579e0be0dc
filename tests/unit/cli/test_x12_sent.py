"""Files that we send, looked at as was agreed with whoever they are for."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.x12 import app
from tests.unit.partners.folder import ACME, INVOICES, folder

INVOICE = (
    "ISA*00*          *00*          *ZZ*PINE           *ZZ*ACME           *260302*0905*U*00401*000000017*0*P*>~"
    "GS*IN*PINE*ACME*20260302*0905*17*X*004010~ST*810*0001~BIG*20260302*I-1**4501~IT1*1*2*EA*5.00**VN*HP-1~"
    "TDS*1000~CTT*1~SE*6*0001~GE*1*17~IEA*1*000000017~"
)
GUIDE = (
    "guide: acme/810-004010\nversion: 1\nowner: onboarding\nname: ACME\nrules:\n"
    "  ITD: {use: required, text: terms of payment}\n"
)


@pytest.fixture
def partners(tmp_path: Path) -> str:
    """Partner files with an agreement about invoices that we send, and ACME's guide for them."""
    agreed = INVOICES + '    guide: acme/810-004010@1\n    acknowledgement: {expects: "none"}\n'
    files = folder({"acme.yaml": ACME + agreed, "guides/acme/810-004010/v1.guide.yaml": GUIDE})
    for name, text in files.items():
        path = tmp_path / "partners" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(tmp_path / "partners")


def run(*arguments: str, data: str = INVOICE) -> Result:
    return CliRunner().invoke(app, list(arguments), input=data)


def test_what_we_send_is_held_to_what_was_agreed_about_it(partners: str) -> None:
    result = run("check", "-", "--json", "--partner", "acme", "--partners", partners)

    codes = [one["code"] for line in result.stdout.splitlines() for one in json.loads(line)["findings"]]
    assert (result.exit_code, codes) == (1, ["IK304:I8"])


def test_a_set_that_is_agreed_one_way_only_is_not_refused_for_the_other(partners: str) -> None:
    good = INVOICE.replace("IT1*1", "ITD*01*3*2**10**30~IT1*1").replace("SE*6", "SE*7")

    result = run("check", "-", "--partner", "acme", "--partners", partners, data=good)

    assert (result.exit_code, "accepted" in result.stdout) == (0, True), result.stdout


def test_of_a_set_that_goes_both_ways_the_sender_says_which_agreement_holds(tmp_path: Path, partners: str) -> None:
    both = '  bills: {set: "810", versions: ["004010"], usage: production, mapping: acme/810@1}\n'
    path = tmp_path / "partners" / "acme.yaml"
    path.write_text(path.read_text() + both)
    theirs = INVOICE.replace("PINE           *ZZ*ACME ", "ACME           *ZZ*PINE ").replace("PINE*ACME", "ACME*PINE")

    assert run("check", "-", "--partner", "acme", "--partners", partners).exit_code == 1
    assert run("check", "-", "--partner", "acme", "--partners", partners, data=theirs).exit_code == 0


def test_the_guide_of_what_we_send_is_printed_as_the_partner_has_it(partners: str) -> None:
    result = run("guide", "810", "004010", "--partner", "acme", "--partners", partners)

    assert "terms of payment" in result.stdout


def test_a_set_nobody_agreed_on_is_still_told(partners: str) -> None:
    result = run("guide", "810", "005010", "--partner", "acme", "--partners", partners)

    assert str(result.exception).startswith("nothing is agreed with acme about 810 in 005010")
