"""A new partner's files: from a sample or like another, never over what is there, and good as they are written."""

import json
from pathlib import Path

import pytest

from gateway.errors import NotInOrder, UsageError
from gateway.partners.problems import PartnerFilesError
from tests.unit.cli.test_partner import run, written
from tests.unit.partners.folder import CHANNEL, INVOICES, an_acme

ORDER = (
    "ISA*00*          *00*          *01*119988776      *ZZ*PINE           *260302*0905*U*00401*000000017*0*T*>~"
    "GS*PO*NORTHGATE*PINE*20260302*0905*17*X*004010VICS~ST*850*0001~BEG*00*SA*1**20260302~SE*3*0001~GE*1*17~"
    "IEA*1*000000017~"
)
BASES = ("x12/850@1", "x12/850@2", "x12/810@1")


def home(tmp_path: Path, changes: dict[str, str | None] | None = None) -> tuple[str, ...]:
    """A folder of good partner files, the base mappings, and a sample of Northgate's."""
    options = written(tmp_path, changes)
    for name in BASES:
        path = tmp_path / "mappings" / f"{name.replace('@', '/v')}.map.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "northgate.edi").write_text(ORDER)
    return options


def partner(tmp_path: Path, name: str = "northgate") -> str:
    return (tmp_path / "partners" / f"{name}.yaml").read_text()


def made(tmp_path: Path, text: str, changes: dict[str, str | None] | None = None) -> str:
    """The file that comes of a sample, after `partner check` found it good."""
    options = home(tmp_path, changes)
    (tmp_path / "sample.edi").write_text(text)
    assert run("new", "northgate", "--from", str(tmp_path / "sample.edi"), *options)[0] == 0
    assert run("check", *options)[0] == 0
    return partner(tmp_path)


def test_a_sample_gives_ids_versions_sets_and_the_newest_base_mapping(tmp_path: Path) -> None:
    options = home(tmp_path)

    code, shown = run("new", "northgate", "--from", str(tmp_path / "northgate.edi"), *options)

    assert code == 0
    assert f"wrote {tmp_path}/partners/northgate.yaml" in shown
    assert partner(tmp_path).splitlines() == [
        "# Northgate: drafted from northgate.edi. Look at every line before it goes live.",
        "name: Northgate",
        "owner: edi-operations",
        "isa: [01/119988776]   # every ISA id it sends under",
        "gs: [NORTHGATE]   # the only GS02 it may use; without this line it may use any",
        "time_zone: UTC   # of its dates and times: a guess, it is ours",
        "",
        "agreements:",
        "  orders:",
        '    set: "850"',
        '    versions: ["004010"]   # GS08 was 004010VICS',
        "    usage: test   # production, when its tests are good",
        "    mapping: x12/850@2",
    ]


def test_what_was_written_is_good_and_the_sample_finds_its_agreement(tmp_path: Path) -> None:
    options = home(tmp_path)
    sample = str(tmp_path / "northgate.edi")

    run("new", "northgate", "--from", sample, *options)

    assert run("check", *options)[0] == 0
    code, shown = run("why", sample, "--channel", "northgate-sftp", *options)
    assert (code, "=> northgate/orders (test): mapping x12/850@2, to erp-test" in shown) == (0, True)


def test_every_next_step_is_a_command_that_can_be_typed(tmp_path: Path) -> None:
    options = home(tmp_path)
    sample = str(tmp_path / "northgate.edi")

    told = json.loads(run("new", "northgate", "--from", sample, "--json", *options)[1])

    assert told["written"] == [
        f"{tmp_path}/partners/{name}" for name in ("northgate.yaml", "channels/northgate-sftp.yaml")
    ]
    assert f"gateway partner why {sample} --channel northgate-sftp" in told["next"]
    assert f"gateway mapping read x12/850@2 {sample}" in told["next"]
    assert any("secrets/northgate-sftp.password" in step for step in told["next"])


def test_a_mapping_of_its_own_is_taken_before_the_base(tmp_path: Path) -> None:
    own = tmp_path / "mappings" / "northgate" / "850" / "v1.map.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("")

    assert "mapping: northgate/850@1\n" in made(tmp_path, ORDER)


def test_a_sample_of_what_we_send_gives_an_outbound_agreement_with_its_delimiters(tmp_path: Path) -> None:
    ours = ORDER.replace("01*119988776      *ZZ*PINE           ", "ZZ*PINE           *01*119988776      ")
    invoice = ours.replace("PO*NORTHGATE*PINE", "IN*PINE*NORTHGATE").replace("ST*850", "ST*810").replace("*", "|")

    text = made(tmp_path, invoice)

    assert "isa: [01/119988776]" in text
    assert "gs: [NORTHGATE]" in text
    agreed = text.partition("  invoices:\n")[2].splitlines()
    assert agreed == [
        "    direction: outbound",
        '    set: "810"',
        '    version: "004010VICS"',
        "    usage: test   # production, when its tests are good",
        "    mapping: x12/810@1",
        "    channel: northgate-sftp",
        "    from_isa: ZZ/PINE",
        "    to_isa: 01/119988776",
        '    delimiters: {element: "|"}',
    ]


def test_where_there_are_several_of_ours_the_agreement_names_the_one(tmp_path: Path) -> None:
    oak = "  oak:\n    legal_entity: Oak Inc\n    isa: [ZZ/OAK]\n    gs: [OAK]\n    destination: erp\n"
    company = str(home(tmp_path) and (tmp_path / "partners" / "company.yaml").read_text()) + oak

    assert "    to: [pine]\n" in made(tmp_path, ORDER, {"company.yaml": company})


def test_a_set_without_a_mapping_stands_there_commented_out_with_the_reason(tmp_path: Path) -> None:
    text = made(tmp_path, ORDER.replace("ST*850", "ST*860"))

    assert "agreements: {}\n  # there is no mapping for 860 yet:\n  # order-changes:\n" in text


def test_a_release_we_have_no_guides_for_is_read_by_the_nearest(tmp_path: Path) -> None:
    text = made(tmp_path, ORDER.replace("004010VICS", "004060"))

    assert '    versions: ["004060"]' in text
    assert "    other_releases: nearest" in text


def test_acknowledgements_need_no_agreement(tmp_path: Path) -> None:
    text = made(tmp_path, ORDER.replace("GS*PO", "GS*FA").replace("ST*850", "ST*997"))

    assert text.endswith("agreements: {}\n")


def test_a_sample_for_somebody_else_says_so(tmp_path: Path) -> None:
    options = home(tmp_path)
    (tmp_path / "other.edi").write_text(ORDER.replace("ZZ*PINE ", "ZZ*PLUM "))

    shown = run("new", "northgate", "--from", str(tmp_path / "other.edi"), *options)[1]

    assert "note: the file is for ZZ/PLUM, which is none of our ids in company.yaml" in shown


# ---------------------------------------------------------------------------------------------- like another


def test_like_another_has_the_same_agreements_in_test_under_its_own_ids(tmp_path: Path) -> None:
    options = home(
        tmp_path, an_acme(INVOICES + "    to_gs: ACME\n    batch: {sets: 5}\n    extra_codes: {355: [KN]}\n")
    )

    code, shown = run("new", "northgate", "--like", "acme", "--isa", "01/119988776", *options)

    assert code == 0
    assert "note: invoices: to_gs names acme's, so it was left out" in shown
    assert partner(tmp_path).splitlines()[3:] == [
        "isa: [01/119988776]",
        "time_zone: America/New_York   # as acme: a guess",
        "",
        "agreements:",
        "  invoices:",
        "    direction: outbound",
        '    set: "810"',
        '    version: "004010"',
        "    usage: test   # production, when its tests are good",
        "    mapping: acme/810@1   # acme's, until there is one of its own",
        "    channel: northgate-sftp",
        "    batch: {sets: 5}",
        "    extra_codes: {355: [KN]}",
    ]
    assert run("check", *options)[0] == 0


def test_a_base_mapping_is_nobodys_and_needs_no_remark(tmp_path: Path) -> None:
    options = home(tmp_path, an_acme(INVOICES.replace("acme/810@1", "x12/810@1")))

    run("new", "northgate", "--like", "acme", *options)

    assert "    mapping: x12/810@1\n" in partner(tmp_path)


def test_like_another_without_an_id_makes_one_and_says_so(tmp_path: Path) -> None:
    options = home(tmp_path)

    shown = run("new", "north-gate", "--like", "acme", *options)[1]

    assert "isa: [ZZ/NORTHGATE]   # made of its name: write the one it has" in partner(tmp_path, "north-gate")
    assert "note: ZZ/NORTHGATE is made of the name" in shown
    assert run("check", *options)[0] == 0


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("northgate",), "say what to begin with: --from FILE or --like PARTNER"),
        (("northgate", "--like", "acme", "--from", "{sample}"), "say what to begin with"),
        (("northgate", "--from", "{sample}", "--isa", "ZZ/X"), "--isa goes with --like"),
        (("acme", "--from", "{sample}"), "partner acme is there already: nothing was written"),
        (("Northgate", "--from", "{sample}"), "'Northgate' cannot be a partner's id"),
        (("company", "--from", "{sample}"), "'company' cannot be a partner's id"),
        (("northgate", "--like", "acne"), "there is no partner 'acne'; did you mean 'acme'?"),
        (("northgate", "--like", "acme", "--isa", "ZZ/PINE"), "ZZ/PINE is pine already"),
        (("northgate", "--like", "acme", "--isa", "ACME"), "--isa: 'ACME' is not an ISA id"),
        (("northgate", "--from", "nowhere.edi"), "nowhere.edi"),
    ],
)
def test_what_cannot_be_done_is_a_usage_error(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    options = home(tmp_path)
    sample = str(tmp_path / "northgate.edi")

    with pytest.raises(UsageError) as caught:
        run("new", *(one.format(sample=sample) for one in arguments), *options)

    assert said in str(caught.value)
    assert not (tmp_path / "partners" / "northgate.yaml").exists()


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    options = home(tmp_path)
    run("new", "northgate", "--from", str(tmp_path / "northgate.edi"), *options)
    (tmp_path / "partners" / "northgate.yaml").write_text("name: mine\n")

    with pytest.raises((UsageError, PartnerFilesError)):
        run("new", "northgate", "--from", str(tmp_path / "northgate.edi"), *options)

    assert partner(tmp_path) == "name: mine\n"


def test_a_channel_that_is_there_keeps_the_partner_from_being_written(tmp_path: Path) -> None:
    options = home(tmp_path, {"channels/northgate-sftp.yaml": CHANNEL.format(user="ng", carries="acme")})

    with pytest.raises(UsageError, match="channel northgate-sftp is there already"):
        run("new", "northgate", "--from", str(tmp_path / "northgate.edi"), *options)

    assert not (tmp_path / "partners" / "northgate.yaml").exists()


def test_an_id_that_a_partner_has_already_is_told_with_its_name(tmp_path: Path) -> None:
    options = home(tmp_path)
    (tmp_path / "known.edi").write_text(ORDER.replace("01*119988776 ", "ZZ*ACME      "))

    with pytest.raises(UsageError, match="ZZ/ACME is acme already: see `gateway partner show acme`"):
        run("new", "northgate", "--from", str(tmp_path / "known.edi"), *options)


def test_a_sample_between_two_of_ours_has_no_partner(tmp_path: Path) -> None:
    options = home(tmp_path)
    (tmp_path / "ours.edi").write_text(ORDER.replace("01*119988776      ", "01*123456789      "))

    with pytest.raises(UsageError, match="both ours"):
        run("new", "northgate", "--from", str(tmp_path / "ours.edi"), *options)


def test_a_draft_that_would_not_be_good_is_not_written(tmp_path: Path) -> None:
    options = home(tmp_path, {"channels/hub.yaml": CHANNEL.format(user="northgate", carries="acme")})

    with pytest.raises(PartnerFilesError, match="P023: this user already signs in"):
        run("new", "northgate", "--from", str(tmp_path / "northgate.edi"), *options)

    assert not (tmp_path / "partners" / "northgate.yaml").exists()


def test_a_file_without_a_set_is_no_sample(tmp_path: Path) -> None:
    options = home(tmp_path)
    (tmp_path / "note.txt").write_text("hello")

    with pytest.raises(NotInOrder, match="no transaction set in it"):
        run("new", "northgate", "--from", str(tmp_path / "note.txt"), *options)


def test_when_the_second_file_cannot_be_written_the_first_is_not_there_either(tmp_path: Path) -> None:
    options = home(tmp_path, {f"channels/{name}.yaml": None for name in ("acme-sftp", "bolt-sftp", "hub")})
    folder = tmp_path / "partners" / "channels"
    if folder.exists():
        folder.rmdir()
    folder.write_text("no folder")

    with pytest.raises(UsageError, match="partners/channels is there already: nothing was written"):
        run("new", "northgate", "--from", str(tmp_path / "northgate.edi"), *options)

    assert not (tmp_path / "partners" / "northgate.yaml").exists()
