"""Every mistake in the folder, with the exact place it is told at."""

import pytest

from gateway.partners.problems import CODES, PartnerFilesError
from tests.unit.partners.folder import ACME, BOLT, CHANNEL, COMPANY, a_book, an_acme, folder, problems

ORDERS = '  orders: {set: "850", versions: ["004010"], usage: production, mapping: acme/850@1%s}\n'
SFTP = CHANNEL.format(user="acme", carries="acme")
HTTP = "door: http\nowner: onboarding\napi_key: file:secrets/key\ncarries: [acme]\n"
ERP = "kind: erp\nowner: integration\nstage: production\nbase_url: https://erp.example/api\n"
ACME_SFTP = "channels/acme-sftp.yaml"
ERP_FILE = "destinations/erp.yaml"


def channel(text: str, *, at: str = "channels/acme-sftp.yaml") -> dict[str, str | None]:
    return {at: text}


def erp(text: str) -> dict[str, str | None]:
    return {ERP_FILE: text}


def orders(more: str) -> dict[str, str | None]:
    return an_acme(ORDERS % f", {more}")


def test_a_good_folder_has_no_problems() -> None:
    assert problems({}) == []


def test_all_problems_of_all_files_are_told_at_once_and_in_order() -> None:
    found = problems({"acme.yaml": ACME + "habit: x\n", "bolt.yaml": BOLT.replace("owner: onboarding\n", "")})

    assert found == [
        "acme.yaml:7:1: P010: there is no key 'habit' here",
        "bolt.yaml:1:1: P011: 'owner' is missing",
    ]


Case = tuple[dict[str, str | None], str, str, str]

FORM: list[Case] = [
    ({"company.yaml": None}, "company.yaml", "", "P005: there is no company.yaml: it says who we are"),
    ({"acme.yaml": ACME.replace("owner:", "ownr:")}, "acme.yaml", "ownr", "P010: there is no key 'ownr' here; did you"),
    ({"acme.yaml": ACME.replace("ZZ/ACME", "ACME")}, "acme.yaml", "ACME]", "P012: 'ACME' is not an ISA id"),
    ({"acme.yaml": ACME.replace("[ZZ/ACME]", "ZZ/ACME")}, "acme.yaml", "ZZ/ACME", "P012: a list is expected"),
    ({"acme.yaml": ACME.replace("[ZZ/ACME]", "[]")}, "acme.yaml", "[]", "P012: at least one is expected"),
    ({"acme.yaml": ACME.replace("New_York", "Yrk")}, "acme.yaml", "America", "P012: 'America/Yrk' is not a time zone"),
    ({"acme.yaml": ACME.replace("name: ACME", "name: ''")}, "acme.yaml", "''", "P012: empty"),
    ({"acme.yaml": ACME.replace("orders:", "Orders:")}, "acme.yaml", "Orders", "P012: 'Orders' is not an id"),
    (an_acme("  orders: yes\n"), "acme.yaml", "yes", "P012: a table of keys is expected"),
    (an_acme("  orders: {set: '850'}\n"), "acme.yaml", "{set", "P011: 'versions' is missing"),
    (orders("direction: both"), "acme.yaml", "both", "P012: 'both' is not one of inbound, outbound"),
    (orders("truncted: keep"), "acme.yaml", "truncted", "P010: there is no key 'truncted' here; did you mean 'trunca"),
    (orders("before_order: never"), "acme.yaml", "never", "P012: 'never' is not one of wait, deliver"),
    (
        orders("before_order: wait"),
        "acme.yaml",
        "wait}",
        "P012: it is about changes of orders (860, 876), not about 850",
    ),
    (orders("duplicate_window_days: soon"), "acme.yaml", "soon", "P012: a whole number is expected"),
    (orders("duplicate_window_days: 0"), "acme.yaml", "0}", "P012: it should be greater than or equal to 1"),
    (orders("effects: {AK40: note}"), "acme.yaml", "AK40:", "P012: 'AK40' is not a finding, like AK403:7"),
    (orders("effects: {'AK403:7': no}"), "acme.yaml", "no}", "P012: 'no' is not one of reject, note, warn"),
    (orders("extra_codes: {unit: [KN]}"), "acme.yaml", "unit", "P012: 'unit' is not the number of a data element"),
    (orders("extra_codes: {355: KN}"), "acme.yaml", "KN", "P012: a list is expected, like [one, two]"),
    (orders("acknowledge: {ta: never}"), "acme.yaml", "ta: n", "P010: there is no key 'ta' here; did you mean 'ta1'?"),
    (an_acme(ORDERS.replace("850@1", "850") % ""), "acme.yaml", "acme/850", "P012: 'acme/850' is not a mapping"),
    (an_acme(ORDERS.replace("production", "live") % ""), "acme.yaml", "live", "P012: 'live' is not one of production"),
    (channel(HTTP.replace("http", "ftp")), ACME_SFTP, "ftp", "P012: 'ftp' is not one of sftp, http"),
    (channel(HTTP.replace("door: http\n", "")), ACME_SFTP, "", "P011: 'door' is missing"),
    (channel(HTTP + "user: acme\n"), ACME_SFTP, "user", "P010: there is no key 'user' here"),
    (
        channel(HTTP + "alow_from: []\n"),
        ACME_SFTP,
        "alow",
        "P010: there is no key 'alow_from' here; did you mean 'allo",
    ),
    (
        channel(HTTP + "allow_from: [10.0.0.1/8]\n"),
        ACME_SFTP,
        "10.0",
        "P012: '10.0.0.1/8' is not an address or network",
    ),
    (channel(HTTP + "max_file_bytes: 100MB\n"), ACME_SFTP, "100MB", "P012: a whole number is expected"),
    (channel(SFTP.replace("user: acme", "user: a b")), ACME_SFTP, "a b", "P012: 'a b' is not a user name"),
    (channel(SFTP + "staging: maybe\n"), ACME_SFTP, "maybe", "P012: true or false is expected"),
    (erp(ERP.replace("https:", "ftp:")), ERP_FILE, "ftp:", "P012: https://host"),
    (erp(ERP + "authentication: {kind: ntlm}\n"), ERP_FILE, "ntlm", "P012: 'ntlm' is not one of none, api_key, basic"),
    (
        erp(ERP + "authentication: {kind: basic, usr: x}\n"),
        ERP_FILE,
        "usr",
        "P010: there is no key 'usr' here; did you",
    ),
    (
        erp(ERP + "authentication: {kind: mtls, certificate: env:A, key: file:b}\n"),
        ERP_FILE,
        "env:A",
        "P012: a file is",
    ),
    (erp(ERP + "timeout_seconds: never\n"), ERP_FILE, "never", "P012: a number is expected"),
    (erp(ERP + "timeout_seconds: inf\n"), ERP_FILE, "inf", "P012: it should be"),
    ({"channel/acme.yaml": HTTP}, "channel/acme.yaml", "", "P004: partner files stand at the top"),
    ({"notes.yml": "a: b\n"}, "notes.yml", "", "P004: a partner file's name ends with .yaml: notes.yaml"),
    ({"Coil_Co.yaml": ACME}, "Coil_Co.yaml", "", "P004: 'Coil_Co' is not an id"),
]

WHOLE: list[Case] = [
    (an_acme(ORDERS.replace("@1", "@7") % ""), "acme.yaml", "acme/850", "P020: there is no mapping 'acme/850@7'; did"),
    (an_acme(ORDERS.replace('"850"', '"837"') % ""), "acme.yaml", '"004', "P026: there is no guide for 837 in version"),
    (an_acme(ORDERS.replace('"850"', '"997"') % ""), "acme.yaml", "acme/", "P026: acme/850@1 reads 850, the agreement"),
    (
        an_acme(ORDERS.replace("004010", "004100") % ""),
        "acme.yaml",
        '"004',
        "P026: there is no guide for 850 in version",
    ),
    (orders("destination: epr"), "acme.yaml", "epr", "P020: there is no destination 'epr'; did you mean 'erp'?"),
    (orders("channels: [acme-stp]"), "acme.yaml", "acme-stp", "P020: there is no channel 'acme-stp'; did you mean"),
    (orders("channels: [bolt-sftp]"), "acme.yaml", "bolt-sftp", "P024: channel bolt-sftp does not carry acme"),
    (orders("acknowledge_via: bolt-sftp"), "acme.yaml", "bolt-sftp", "P024: channel bolt-sftp does not carry acme"),
    (orders("acknowledge: {functional: '999'}"), "acme.yaml", "'999'", "P012: version 004010 has no 999, which came"),
    ({"acme.yaml": ACME + "acknowledge_via: nowhere\n"}, "acme.yaml", "nowhere", "P020: there is no channel 'nowhere'"),
    (orders("to: [oak]"), "acme.yaml", "oak", "P020: company.yaml has no identity 'oak'"),
    (orders("from_isa: [ZZ/ACMF]"), "acme.yaml", "ZZ/ACMF", "P020: acme has no isa ZZ/ACMF; did you mean 'ZZ/ACME'?"),
    (
        {"acme.yaml": ACME.replace("@1}", "@1, from_gs: [LEFT]}") + "gs: [RIGHT]\n"},
        "acme.yaml",
        "LEFT",
        "P020: acme has no gs LEFT",
    ),
    (channel(SFTP.replace("[acme]", "[acne]")), ACME_SFTP, "acne", "P020: there is no partner 'acne'; did you mean"),
    (channel(SFTP, at="channels/bolt-sftp.yaml"), "channels/bolt-sftp.yaml", "acme\npass", "P023: this user already"),
    (channel(HTTP) | {"channels/two.yaml": HTTP}, "channels/two.yaml", "file:", "P023: this key already signs in to"),
    (channel(SFTP.replace("password: file:secrets/acme\n", "")), ACME_SFTP, "", "P024: nobody can sign in as acme"),
    ({"bolt.yaml": BOLT.replace("12/5550100000", "ZZ/ACME")}, "bolt.yaml", "ZZ/", "P021: ZZ/ACME is claimed by acme"),
    ({"acme.yaml": ACME.replace("ZZ/ACME", "ZZ/PINE")}, "acme.yaml", "ZZ/", "P021: ZZ/PINE is claimed by ourselves"),
    (orders("test_destination: erp"), "acme.yaml", "erp}", "P025: erp is a production system: test_destination has to"),
    (
        orders("destination: erp-test"),
        "acme.yaml",
        "erp-test}",
        "P025: erp-test is a test system: destination has to be",
    ),
    (
        {"company.yaml": COMPANY.replace("    destination: erp\n", "")},
        "acme.yaml",
        "orders",
        "P011: 'destination' is missing: pine in company.yaml has no default either",
    ),
    (
        {"company.yaml": COMPANY.replace("    test_destination: erp-test\n", "    test_destination: erp\n")},
        "company.yaml",
        "erp\n",
        "P025: erp is a production system",
    ),
]


@pytest.mark.parametrize(("changes", "file", "token", "said"), FORM + WHOLE, ids=[said for *_, said in FORM + WHOLE])
def test_a_mistake_is_told_with_the_line_and_column_of_what_is_wrong(
    changes: dict[str, str | None], file: str, token: str, said: str
) -> None:
    before = folder(changes).get(file, "").rpartition(token)[0] if token else ""
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    found = problems(changes)

    assert [one for one in found if one.startswith(f"{file}:{line}:{column}: {said}")], found


def test_an_unreadable_file_is_told_once_and_not_by_all_that_name_it() -> None:
    assert problems({"acme.yaml": "name: [\n", "destinations/erp.yaml": "kind: sandbox\n"}) == [
        "acme.yaml:2:1: P001: not readable as YAML: did not find expected node content"
        "; is it indented as the lines around it, and every quote and bracket closed?",
        "destinations/erp.yaml:1:1: P011: 'owner' is missing",
        "destinations/erp.yaml:1:1: P011: 'stage' is missing",
    ]


# ---------------------------------------------------------------------------------------------- secrets

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER acme-2026"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        (
            channel(CHANNEL.format(user="acme", carries="acme").replace("file:secrets/", "s3cret-")),
            "acme-sftp.yaml:4:11",
        ),
        (channel(HTTP.replace("file:secrets/key", "s3cret-key")), "acme-sftp.yaml:3:10"),
        (channel(HTTP.replace("file:secrets/key", '"s3cret: key"')), "acme-sftp.yaml:3:10"),
        (
            {"destinations/erp.yaml": ERP + "authentication: {kind: basic, user: gw, password: s3cret}\n"},
            "erp.yaml:5:51",
        ),
        (
            channel(
                CHANNEL.format(user="acme", carries="acme") + "authorized_keys: ['-----BEGIN PRIVATE KEY s3cret']\n"
            ),
            "acme-sftp.yaml:6:19",
        ),
    ],
)
def test_a_secret_in_a_file_is_refused_at_its_place_and_never_repeated(
    changes: dict[str, str | None], where: str
) -> None:
    found = problems(changes)

    assert len(found) == 1
    assert f"{where}: P013: secrets do not stand in files" in found[0]
    assert "s3cret" not in found[0]


def test_a_password_in_a_url_is_refused_and_never_repeated() -> None:
    found = problems({"destinations/erp.yaml": ERP.replace("erp.example", "gw:s3cret@erp.example")})

    assert "destinations/erp.yaml:4:11: P012:" in found[0]
    assert "s3cret" not in found[0]


@pytest.mark.parametrize("reference", ["file:../../etc/shadow", "file:secrets/../../x"])
def test_a_secret_file_cannot_climb_out_of_the_home(reference: str) -> None:
    assert (
        "P012: a secret's file is named without '..'"
        in problems(channel(HTTP.replace("file:secrets/key", reference)))[0]
    )


@pytest.mark.parametrize(
    "key",
    [
        KEY[:40],
        KEY.replace("AAAAC3", "AAAAC4"),
        KEY.replace("ssh-ed25519 ", "ssh-rsa "),
        "ssh-dss AAAAB3NzaC1kc3M= old",
        f'command="sh" {KEY}',
        "ssh-ed25519",
    ],
)
def test_a_public_key_that_is_not_one_is_refused(key: str) -> None:
    text = CHANNEL.format(user="acme", carries="acme") + f"authorized_keys:\n  - '{key}'\n"

    assert "channels/acme-sftp.yaml:7:5: P012:" in problems(channel(text))[0]


def test_keys_stand_as_text_or_by_reference_and_several_at_once() -> None:
    text = f"door: sftp\nowner: x\nuser: acme\ncarries: [acme]\nauthorized_keys:\n  - {KEY}\n  - file:keys/acme.pub\n"

    found = a_book(channel(text)).channels["acme-sftp"].authorized_keys  # type: ignore[union-attr]

    assert [one.key for one in found] == [KEY, "file:keys/acme.pub"]


# ---------------------------------------------------------------------------------------------- ties


def two(first: str, second: str) -> dict[str, str | None]:
    return an_acme(
        ORDERS % (first and f", {first}") + (ORDERS % (second and f", {second}")).replace("orders:", "other:")
    )


def test_two_agreements_about_the_same_tie() -> None:
    assert problems(two("", "")) == [
        "acme.yaml:7:3: P022: ties with orders (acme.yaml:6): both fit the same 850, and neither is more specific; "
        "narrow one by channels, from_isa, to, from_gs, to_gs or versions"
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [("channels: [hub]", "to_gs: [PINE]"), ("to_gs: [A, B]", "to_gs: [B, C]"), ("to: [pine]", "from_isa: [ZZ/ACME]")],
)
def test_overlapping_without_one_inside_the_other_is_a_tie(first: str, second: str) -> None:
    assert any("P022" in one for one in problems(two(first, second)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", "channels: [hub]"),
        ("to_gs: [A]", "to_gs: [B]"),
        ("to_gs: [A, B]", "to_gs: [A]"),
        ("channels: [hub]", "channels: [hub], to_gs: [A]"),
        ("channels: [acme-sftp]", "channels: [hub]"),
    ],
)
def test_apart_or_one_inside_the_other_is_no_tie(first: str, second: str) -> None:
    assert problems(two(first, second)) == []


def test_a_version_with_its_industry_suffix_is_inside_the_plain_one() -> None:
    assert (
        problems(an_acme(ORDERS % "" + (ORDERS % "").replace("orders", "vics").replace("004010", "004010VICS"))) == []
    )


def test_test_and_production_of_the_same_set_do_not_tie() -> None:
    assert problems(an_acme(ORDERS % "" + (ORDERS % "").replace("orders", "next").replace("production", "test"))) == []


# ---------------------------------------------------------------------------------------------- shared ids

TWO = COMPANY + "  oak:\n    legal_entity: Oak Inc\n    isa: [ZZ/PINE]\n    destination: erp\n%s"


def test_two_of_ours_behind_one_isa_id_have_to_be_told_apart_by_gs() -> None:
    assert problems({"company.yaml": TWO % ""}) == [
        "company.yaml:10:3: P021: ZZ/PINE is also pine: `gs` has to say which GS03 means oak"
    ]
    assert problems({"company.yaml": TWO % "    gs: [PINE]\n"}) == [
        "company.yaml:10:3: P021: GS03 PINE behind ZZ/PINE already means pine"
    ]
    assert problems({"company.yaml": TWO % "    gs: [OAK]\n"}) == []


def test_an_error_shows_its_problems_and_stops_at_two_hundred() -> None:
    with pytest.raises(PartnerFilesError) as caught:
        a_book({f"channels/c{n}.yaml": "door: x\n" for n in range(300)})

    assert len(caught.value.flaws) == 300
    assert str(caught.value).splitlines()[-1] == "and 100 more"


def test_every_code_has_a_case_above_or_a_test_of_its_own() -> None:
    told = {said[:4] for *_, said in FORM + WHOLE}

    assert set(CODES) - told == {
        *("P001", "P002", "P003", "P013", "P022", "P027", "P028", "P029", "P030"),
        *("P031", "P032", "P033", "P034", "P035", "P036", "P037", "P038"),
        *("P039", "P040", "P041", "P042"),
    }
