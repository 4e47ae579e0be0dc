"""`docs/partner-files.md` is whole and its examples are good: authors read it, nobody reads our models."""

import re
from pathlib import Path

import pytest

from gateway.partners import agreement_form, as2_terms, channel, company, destination, intake, profile, window
from gateway.partners.form import Form, keys_of
from gateway.partners.problems import CODES
from tests.unit.partners.certified import PEM
from tests.unit.partners.folder import SANDBOX, problems

TEXT = (Path(__file__).parents[3] / "docs" / "partner-files.md").read_text(encoding="utf-8")
FORMS = sorted(
    {
        form
        for module in (agreement_form, as2_terms, channel, company, destination, intake, profile, window)
        for form in vars(module).values()
        if isinstance(form, type) and issubclass(form, Form)
    },
    key=lambda form: form.__name__,
)
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_key_of_every_form_is_documented(form: type[Form]) -> None:
    documented = set(re.findall(r"`([a-z0-9_]+)[`:]", TEXT))

    assert set(keys_of(form)) - documented == set()


def test_every_problem_code_says_what_to_do() -> None:
    assert [code for code in CODES if f"| `{code}` |" not in TEXT] == []


def test_the_examples_are_good_together() -> None:
    company_file, partner, outbound, sftp, folder, as2, system, erp = EXAMPLES

    assert (
        problems(
            {
                "company.yaml": company_file,
                "acme.yaml": partner + outbound,
                "channels/acme-sftp.yaml": sftp,
                "channels/acme-folder.yaml": folder,
                "channels/acme-as2.yaml": as2,
                "certificates/acme/2026.pem": PEM,
                "intake/erp.yaml": system,
                "channels/bolt-sftp.yaml": None,
                "channels/hub.yaml": None,
                "bolt.yaml": None,
                "destinations/erp.yaml": erp,
                "destinations/erp-test.yaml": SANDBOX.format(stage="test"),
            }
        )
        == []
    )
