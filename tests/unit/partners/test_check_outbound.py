"""Every mistake in what we agreed to send, with the exact place it is told at."""

import pytest

from gateway.partners.problems import CODES
from tests.unit.partners.folder import ACME, CHANNEL, COMPANY, INTAKE, INVOICES, an_acme, folder, problems

HTTP = "door: http\nowner: onboarding\napi_key: file:secrets/key\ncarries: [acme]\n"
GUIDE = "guide: acme/%s\nversion: 1\nowner: onboarding\nname: ACME\nrules: {BIG01: required}\n"
OAK = "  oak:\n    legal_entity: Oak Inc\n    isa: [ZZ/OAK]\n    gs: [OAK]\n    destination: erp\n"
Changes = dict[str, str | None]
Case = tuple[Changes, str, str, str]


def invoices(more: str) -> Changes:
    """A good agreement with one more line."""
    return an_acme(f"{INVOICES}    {more}\n")


def instead(old: str, new: str) -> Changes:
    """A good agreement with something else in it."""
    assert old in INVOICES
    return an_acme(INVOICES.replace(old, new))


FORM: list[Case] = [
    (instead("    channel: acme-sftp\n", ""), "acme.yaml", "direction", "P011: 'channel' is missing"),
    (instead("version:", "versions:"), "acme.yaml", "versions", "P010: there is no key 'versions' here; did you mean"),
    (invoices("form: pine"), "acme.yaml", "form", "P010: there is no key 'form' here; did you mean 'from'?"),
    (invoices("destination: erp"), "acme.yaml", "destination", "P010: there is no key 'destination' here"),
    (invoices("batch: {set: 5}"), "acme.yaml", "set: 5", "P010: there is no key 'set' here; did you mean 'sets'?"),
    (invoices("batch: {sets: 0}"), "acme.yaml", "0}", "P012: it should be greater than or equal to 1"),
    (invoices("lane: slow"), "acme.yaml", "slow", "P012: 'slow' is not one of urgent, normal, bulk"),
    (invoices("charset: any"), "acme.yaml", "any", "P012: 'any' is not one of basic, extended"),
    (invoices("line_ends: maybe"), "acme.yaml", "maybe", "P012: true or false is expected"),
    (invoices("from_isa: PINE"), "acme.yaml", "PINE", "P012: 'PINE' is not an ISA id"),
    (invoices("file_name: x-{number}"), "acme.yaml", "x-{n", "P012: '{number}' is not one of {partner}, {set}"),
    (invoices("file_name: '{set}.x12'"), "acme.yaml", "'{set}", "P012: {control_number} has to be in it"),
    (invoices("file_name: 'a/{control_number}'"), "acme.yaml", "'a/", "P012: 'a/{control_number}' is not a file name"),
    (invoices("file_name: '.{control_number}'"), "acme.yaml", "'.{", "P012: '.{control_number}' is not a file name"),
    (invoices("file_name: '{{control_number}'"), "acme.yaml", "'{{", "P012: '{{control_number}' is not a file name"),
    (
        {"channels/hub.yaml": CHANNEL.format(user="hub", carries="acme") + "windows: [{from: '06:00', too: '8:00'}]\n"},
        "channels/hub.yaml",
        "too",
        "P010: there is no key 'too' here; did you mean 'to'?",
    ),
    ({"intake/erp.yaml": INTAKE.replace("file:secrets/", "")}, "intake/erp.yaml", "erp.key", "P013: secrets do not"),
    ({"intakes/erp.yaml": INTAKE}, "intakes/erp.yaml", "", "P004: partner files stand at the top, in channels/"),
]

WHOLE: list[Case] = [
    (instead("acme/810@1", "acme/811@1"), "acme.yaml", "acme/811", "P020: there is no mapping 'acme/811@1'; did you"),
    (instead("acme/810@1", "acme/850@1"), "acme.yaml", "acme/850", "P026: acme/850@1 writes 850, the agreement is"),
    (instead('"810"', '"997"'), "acme.yaml", '"997"', "P026: nobody hands in a 997: acknowledgements are written by"),
    (instead('"810"', '"867"'), "acme.yaml", '"867"', "P026: nobody hands in a 867: no document is one"),
    (instead('"004010"', '"004060"'), "acme.yaml", '"004060"', "P026: there is no guide for 810 in version 004060"),
    (instead("acme-sftp", "acme-stp"), "acme.yaml", "acme-stp", "P020: there is no channel 'acme-stp'; did you mean"),
    (instead("acme-sftp", "bolt-sftp"), "acme.yaml", "bolt-sftp", "P024: channel bolt-sftp does not carry acme"),
    (
        instead("acme-sftp", "acme-http") | {"channels/acme-http.yaml": HTTP},
        "acme.yaml",
        "acme-http",
        "P027: channel acme-http cannot send: only with door: sftp, or one that we push through, like `folder`",
    ),
    (
        instead("", "") | {"channels/acme-sftp.yaml": CHANNEL.format(user="a", carries="acme") + "environment: test\n"},
        "acme.yaml",
        "acme-sftp",
        "P025: acme-sftp is a test channel: what is in production does not go there",
    ),
    (invoices("from: oak"), "acme.yaml", "oak", "P020: company.yaml has no identity 'oak'"),
    (
        instead("", "") | {"company.yaml": COMPANY + OAK},
        "acme.yaml",
        "invoices:",
        "P011: 'from' is missing: company.yaml has several identities, oak, pine",
    ),
    (invoices("from_isa: ZZ/PINO"), "acme.yaml", "ZZ/PINO", "P020: pine has no isa ZZ/PINO; did you mean 'ZZ/PINE'?"),
    (invoices("to_isa: ZZ/ACMF"), "acme.yaml", "ZZ/ACMF", "P020: acme has no isa ZZ/ACMF; did you mean 'ZZ/ACME'?"),
    (invoices("from_gs: PINO"), "acme.yaml", "PINO", "P020: pine has no gs PINO; did you mean 'PINE'?"),
    (
        {"acme.yaml": ACME.replace("time_zone", "gs: [ACME]\ntime_zone") + INVOICES + "    to_gs: AC\n"},
        "acme.yaml",
        "AC\n",
        "P020: acme has no gs AC",
    ),
    (invoices("to_gs: A"), "acme.yaml", "A\n", "P012: GS03 would be 'A': it has at least 2 characters"),
    (
        {"acme.yaml": ACME.replace("ZZ/ACME", "ZZ/acme") + INVOICES + "    charset: basic\n"},
        "acme.yaml",
        "ZZ/acme",
        "P012: ISA08 would be 'acme': 'acem' is a delimiter, or outside the agreed characters",
    ),
    (
        instead("", "") | {"company.yaml": COMPANY.replace("gs: [PINE]", "gs: [PI*NE]")},
        "company.yaml",
        "PI*NE",
        "P012: GS02 would be 'PI*NE': '*' is a delimiter",
    ),
    (invoices("guide: acme/810-004010@1"), "acme.yaml", "acme/810-", "P020: there is no guide 'acme/810-004010@1'"),
    (
        invoices("guide: acme/856-004010@1"),
        "acme.yaml",
        "acme/856-",
        "P026: acme/856-004010@1 is about 856, the agreement about 810",
    ),
    (
        invoices("guide: acme/810-005010@1") | {"guides/acme/810-005010/v1.guide.yaml": GUIDE % "810-005010"},
        "acme.yaml",
        '"004010"',
        "P026: acme/810-005010@1 is about 005010, not 004010",
    ),
    (invoices("delimiters: {element: A}"), "acme.yaml", "{element", "P012: 'A' cannot be a delimiter"),
    (invoices("delimiters: {segment: '*'}"), "acme.yaml", "{segment", "P012: delimiters ['*', '>', '*'] are not all"),
    (invoices("delimiters: {segment: '~~'}"), "acme.yaml", "{segment", "P012: '~~' cannot be a segment terminator"),
    (invoices("delimiters: {repetition: '^'}"), "acme.yaml", "'^'", "P012: version 004010 has no repetition separator"),
    (
        invoices('line_ends: true\n    delimiters: {segment: "\\n"}'),
        "acme.yaml",
        "true",
        "P012: the segment terminator is a line end already",
    ),
    (invoices("acknowledgement: {expects: '999'}"), "acme.yaml", "'999'", "P012: version 004010 has no 999, which"),
    (invoices("batch: {wait_minutes: 5}"), "acme.yaml", "5}", "P012: nothing to wait for: `sets` says one document"),
    (
        an_acme(INVOICES.replace("810", "850") + "    rounding: total\n"),
        "acme.yaml",
        "total",
        "P012: rounding is a matter of 810 and 880",
    ),
    ({"intake/erp.yaml": INTAKE.replace("[acme]", "[acne]")}, "intake/erp.yaml", "acne", "P020: there is no partner"),
    (
        {"intake/erp.yaml": INTAKE, "intake/wms.yaml": INTAKE},
        "intake/wms.yaml",
        "file:",
        "P023: this key already signs in to something else (intake/erp.yaml:2)",
    ),
    (
        {"intake/erp.yaml": INTAKE, "channels/acme-http.yaml": HTTP.replace("secrets/key", "secrets/erp.key")},
        "intake/erp.yaml",
        "file:",
        "P023: this key already signs in to something else (channels/acme-http.yaml:3)",
    ),
]


@pytest.mark.parametrize(("changes", "file", "token", "said"), FORM + WHOLE, ids=[said for *_, said in FORM + WHOLE])
def test_a_mistake_is_told_with_the_line_and_column_of_what_is_wrong(
    changes: Changes, file: str, token: str, said: str
) -> None:
    before = folder(changes).get(file, "").rpartition(token)[0] if token else ""
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    found = problems(changes)

    assert [one for one in found if one.startswith(f"{file}:{line}:{column}: {said}")], found


def test_a_good_agreement_has_no_problems() -> None:
    assert problems({**an_acme(INVOICES), "intake/erp.yaml": INTAKE}) == []


def test_two_agreements_that_only_the_sender_tells_apart_are_fine() -> None:
    assert problems(an_acme(INVOICES + INVOICES.replace("invoices", "again"))) == []


def test_a_code_only_found_here_has_its_case_here() -> None:
    assert {said[:4] for *_, said in FORM + WHOLE} & {"P027"} == {"P027"} <= set(CODES)


def test_a_company_that_cannot_be_read_is_told_once() -> None:
    assert problems({**an_acme(INVOICES), "company.yaml": "name: [\n"}) == [
        "company.yaml:2:1: P001: not readable as YAML: did not find expected node content"
        "; is it indented as the lines around it, and every quote and bracket closed?"
    ]
