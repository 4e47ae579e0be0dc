"""Who sent it, is it for us, what was agreed, where it goes."""

import pytest

from gateway.partners.agreement import Agreement
from gateway.partners.book import Book, Hold, NoAgreement, NotOurs, Quarantine, Route, Target, load
from gateway.x12.interchange import Terms
from tests.unit.partners.folder import (
    ACME,
    COMPANY,
    FILES,
    SANDBOX,
    a_book,
    an_acme,
    folder,
    group,
    header,
    transaction,
)

ORDERS = '{set: "850", versions: ["004010"], usage: %s, mapping: acme/850@1%s}'


def acme(**agreements: str) -> dict[str, str | None]:
    """ACME with these agreements; a value that begins with "test" is one in test, the rest narrows it."""
    lines = []
    for name, more in agreements.items():
        usage, _, narrowed = more.partition(";")
        lines.append(f"  {name}: {ORDERS % (usage, narrowed and f', {narrowed}')}\n")
    return an_acme("".join(lines))


def found(
    book: Book, *, channel: str = "acme-sftp", usage: str = "P", version: str = "004010", gs: str = "PINE"
) -> Agreement:
    agreement = book.agreement(channel, header(usage=usage), group(version=version, receiver=gs), transaction())
    assert isinstance(agreement, Agreement), agreement
    return agreement


# ---------------------------------------------------------------------------------------------- who


def test_a_partner_on_its_own_channel_is_routed_with_its_time_zone() -> None:
    assert a_book().route("acme-sftp", header()) == Route(partner="acme", time_zone="America/New_York")


def test_a_hub_brings_the_files_of_all_it_carries() -> None:
    book = a_book()

    assert book.partner_of("hub", ("ZZ", "ACME")) == "acme"
    assert book.partner_of("hub", ("12", "5550100000")) == "bolt"


def test_a_sender_on_a_channel_that_does_not_carry_it_is_quarantined() -> None:
    assert a_book().route("bolt-sftp", header()) == Quarantine(
        "sender ZZ/ACME is acme, which channel bolt-sftp does not carry"
    )


def test_an_unknown_sender_is_quarantined() -> None:
    assert a_book().route("acme-sftp", header(sender="ZZ/NOBODY")) == Quarantine(
        "unknown sender ZZ/NOBODY on channel acme-sftp"
    )


def test_the_qualifier_is_part_of_who_somebody_is() -> None:
    assert isinstance(a_book().route("acme-sftp", header(sender="01/ACME")), Quarantine)


def test_a_channel_that_is_gone_is_quarantine_and_not_an_error() -> None:
    assert isinstance(a_book().route("acme-as2", header()), Quarantine)


def test_a_stranger_who_writes_to_a_stranger_is_quarantined_and_not_answered() -> None:
    assert isinstance(a_book().route("acme-sftp", header(sender="ZZ/NOBODY", receiver="ZZ/ELSE")), Quarantine)


@pytest.mark.parametrize(
    ("receiver", "note", "words"),
    [
        ("01/PINE", "007", "ours under qualifier ZZ"),
        ("ZZ/", "008", "empty"),
        ("ZZ/OAK", "009", "ZZ/OAK is not an id of ours"),
    ],
)
def test_a_receiver_that_is_not_ours_is_refused_by_what_is_wrong(receiver: str, note: str, words: str) -> None:
    route = a_book().route("acme-sftp", header(receiver=receiver))

    assert isinstance(route, NotOurs)
    assert (route.partner, route.note) == ("acme", note)
    assert words in route.reason


def test_every_isa_id_of_ours_is_ours() -> None:
    assert isinstance(a_book().route("acme-sftp", header(receiver="01/123456789")), Route)


# ---------------------------------------------------------------------------------------------- what


def test_a_set_finds_its_agreement_with_everything_filled_in() -> None:
    agreement = found(a_book())

    assert (agreement.id, agreement.mapping, agreement.usage) == ("acme/orders", "acme/850@1", "production")
    assert (agreement.destination, agreement.test_destination) == ("erp", "erp-test")
    assert (agreement.duplicate_window_days, agreement.acknowledge_via) == (90, "")
    assert (agreement.acknowledge.functional, agreement.acknowledge.ta1) == ("997", "requested")
    assert (agreement.identity, agreement.legal_entity, agreement.owner) == ("pine", "Pine LLC", "onboarding")


@pytest.mark.parametrize(
    ("narrowed", "other"),
    [("channels: [acme-sftp]", {"channel": "hub"}), ("to_gs: [PINE]", {"gs": "ELSE"})],
)
def test_the_more_specific_agreement_wins_and_the_general_one_has_the_rest(
    narrowed: str, other: dict[str, str]
) -> None:
    book = a_book(acme(general="production", special=f"production;{narrowed}"))

    assert found(book).id == "acme/special"
    assert found(book, **other).id == "acme/general"


def test_three_agreements_inside_each_other_are_tried_from_the_inside() -> None:
    book = a_book(
        acme(
            a="production",
            b="production;channels: [acme-sftp], to_gs: [PINE]",
            c="production;channels: [acme-sftp]",
        )
    )

    assert [found(book, gs=gs, channel=channel).id for channel, gs in [("acme-sftp", "PINE"), ("acme-sftp", "X")]] == [
        "acme/b",
        "acme/c",
    ]
    assert found(book, channel="hub").id == "acme/a"


def test_a_version_with_industry_suffix_finds_the_agreement_for_it_before_the_plain_one() -> None:
    vics = f"  vics: {ORDERS % ('production', '')}\n".replace("004010", "004010VICS")
    book = a_book(an_acme(f"  plain: {ORDERS % ('production', '')}\n{vics}"))

    assert found(book, version="004010VICS").id == "acme/vics"
    assert found(book, version="004010UCS").id == "acme/plain"


def test_isa15_chooses_between_test_and_production_before_anything_else() -> None:
    book = a_book(acme(live="production", next="test;channels: [acme-sftp]"))

    assert found(book, usage="P").id == "acme/live"
    assert found(book, usage="T").id == "acme/next"
    assert found(book, usage="T", channel="hub").id == "acme/live"


@pytest.mark.parametrize(
    ("changes", "sets", "words"),
    [
        ({}, "856", "no agreement with acme about '856'; there are some about 850"),
        (acme(orders="production;channels: [hub]"), "850", "acme/orders does not fit: it is about channel hub"),
        (acme(orders="production;to_gs: [X]"), "850", "it is about GS03 X, the group says 'PINE'"),
        ({"acme.yaml": ACME + "gs: [ACME-EDI]\n"}, "850", "it is about GS02 ACME-EDI, the group says 'ACME'"),
        ({"acme.yaml": ACME.replace("004010", "005010")}, "850", "it is about version 005010, GS08 says '004010'"),
    ],
)
def test_a_set_without_agreement_says_what_came_nearest(changes: dict[str, str | None], sets: str, words: str) -> None:
    missing = a_book(changes).agreement("acme-sftp", header(), group(), transaction(sets))

    assert isinstance(missing, NoAgreement)
    assert words in missing.reason


def test_a_wrong_channel_finds_no_agreement_even_when_asked_directly() -> None:
    assert isinstance(a_book().agreement("bolt-sftp", header(), group(), transaction()), NoAgreement)


def test_two_of_ours_behind_one_isa_id_are_told_apart_by_gs03() -> None:
    oak = "  oak:\n    legal_entity: Oak Inc\n    isa: [ZZ/PINE]\n    gs: [OAK]\n    destination: oak-erp\n"
    book = a_book({"company.yaml": COMPANY + oak, "destinations/oak-erp.yaml": SANDBOX.format(stage="production")})

    assert (found(book, gs="PINE").destination, found(book, gs="OAK").destination) == ("erp", "oak-erp")
    assert isinstance(book.agreement("acme-sftp", header(), group(receiver="ELM"), transaction()), NoAgreement)


def test_an_agreement_for_one_of_ours_is_not_for_the_other() -> None:
    oak = "  oak:\n    legal_entity: Oak Inc\n    isa: [ZZ/OAK]\n    destination: erp\n"
    book = a_book({"company.yaml": COMPANY + oak, **acme(orders="production;to: [oak]")})

    assert isinstance(book.agreement("acme-sftp", header(), group(), transaction()), NoAgreement)
    assert isinstance(
        book.agreement("acme-sftp", header(receiver="ZZ/OAK"), group(), transaction()),
        Agreement,
    )


# ---------------------------------------------------------------------------------------------- terms


def test_terms_are_those_of_the_agreement() -> None:
    more = "charset: basic, extra_codes: {355: [KN]}, effects: {'AK403:7/355': warn}, truncated: keep"
    terms = a_book(acme(orders=f"production;{more}")).terms("acme-sftp")(header(), group(), transaction())

    assert terms == Terms(
        charset="basic",
        extra_codes={"355": frozenset({"KN"})},
        effects={"AK403:7/355": "warn"},
        keep_truncated=True,
    )


def test_the_terms_of_an_agreement_are_one_object_so_that_readers_may_compare_by_identity() -> None:
    terms = a_book().terms("acme-sftp")

    assert terms(header(), group(), transaction()) is terms(header(), group(), transaction())


@pytest.mark.parametrize(
    ("channel", "receiver", "set_id"),
    [("acme-sftp", "ZZ/PINE", "856"), ("bolt-sftp", "ZZ/PINE", "850"), ("acme-sftp", "ZZ/ELSE", "850")],
)
def test_nothing_is_permitted_where_nothing_was_agreed(channel: str, receiver: str, set_id: str) -> None:
    terms = a_book().terms(channel)(header(receiver=receiver), group(), transaction(set_id))

    assert not terms.permitted


# ---------------------------------------------------------------------------------------------- where to


def test_production_goes_to_production_and_test_to_test() -> None:
    book = a_book()

    assert book.destination_for(found(book), "P") == Target("erp")
    assert book.destination_for(found(book), "T") == Target("erp-test")


def test_an_agreement_may_name_its_own_destinations() -> None:
    book = a_book(
        acme(orders="production;destination: big-erp") | {"destinations/big-erp.yaml": FILES["destinations/erp.yaml"]}
    )

    assert book.destination_for(found(book), "P") == Target("big-erp")


def test_test_data_without_a_test_destination_is_held_and_never_in_production() -> None:
    book = a_book({"company.yaml": COMPANY.replace("    test_destination: erp-test\n", "")})

    assert book.destination_for(found(book), "T") == Hold("ISA15 is T, acme/orders has no test_destination")


def test_production_data_under_an_agreement_in_test_is_held() -> None:
    book = a_book(acme(orders="test"))
    held = book.destination_for(found(book), "P")

    assert isinstance(held, Hold)
    assert "acme/orders is in test" in held.reason


def test_what_is_neither_test_nor_production_is_held() -> None:
    book = a_book()

    assert isinstance(book.destination_for(found(book, usage="I"), "I"), Hold)


def test_whatever_comes_by_a_test_channel_is_kept_from_production() -> None:
    book = a_book({"channels/acme-sftp.yaml": FILES["channels/acme-sftp.yaml"] + "environment: test\n"})

    assert isinstance(book.destination_for(found(book), "P"), Hold)
    assert book.destination_for(found(book), "T") == Target("erp-test")
    assert book.destination_for(found(book, channel="hub"), "P") == Target("erp")


# ---------------------------------------------------------------------------------------------- revisions


def test_the_revision_changes_with_any_file_and_not_with_their_order() -> None:
    files = folder()

    assert load(dict(reversed(files.items()))).revision == load(files).revision
    assert a_book({"bolt.yaml": FILES["bolt.yaml"] + "# a comment\n"}).revision != load(files).revision


def test_an_agreements_revision_changes_only_when_it_means_something_else() -> None:
    revision = found(a_book()).revision

    assert found(a_book({"acme.yaml": f"# moved down\n{ACME}"})).revision == revision
    assert found(a_book({"bolt.yaml": FILES["bolt.yaml"] + "gs: [X]\n"})).revision == revision
    assert found(a_book({"acme.yaml": ACME.replace("850@1", "850@2")})).revision != revision
    assert (
        found(
            a_book(
                {
                    "company.yaml": COMPANY.replace("erp-test", "erp-next"),
                    "destinations/erp-next.yaml": SANDBOX.format(stage="test"),
                }
            )
        ).revision
        != revision
    )


def test_mappings_are_not_asked_for_when_none_are_given() -> None:
    assert load(folder()).agreements


def test_without_any_mapping_every_agreement_is_wrong() -> None:
    with pytest.raises(Exception, match="P020: there is no mapping 'acme/850@1'"):
        load(folder(), mappings=())


PEOPLE = "operators:\n  dana: {api_key: file:secrets/dana, allow_from: [192.0.2.0/24]}\n  kim: {api_key: %s}\n"


def test_people_with_a_key_are_known_by_name_and_their_keys_are_secrets() -> None:
    book = a_book({"company.yaml": COMPANY + PEOPLE % "env:KIM"})

    assert sorted(book.company.operators) == ["dana", "kim"]
    assert {"file:secrets/dana", "env:KIM"} <= set(book.secrets())


def test_a_key_of_one_person_is_nobody_elses() -> None:
    for taken in ("file:secrets/dana", "file:secrets/acme-http"):
        door = {"channels/acme-http.yaml": "door: http\nowner: x\ncarries: [acme]\napi_key: file:secrets/acme-http\n"}
        with pytest.raises(Exception, match="P023: this key already signs in"):
            a_book({"company.yaml": COMPANY + PEOPLE % taken, **door})


def test_secrets_are_listed_once_and_only_by_reference() -> None:
    erp = (
        "kind: erp\nowner: x\nstage: production\nbase_url: env:ERP_URL\n"
        "authentication:\n  {kind: oauth, token_url: env:ID_URL, client_id: g, client_secret: env:ERP_SECRET}\n"
    )

    assert a_book({"destinations/erp.yaml": erp}).secrets() == (
        "file:secrets/acme",
        "file:secrets/bolt",
        "file:secrets/hub",
        "env:ERP_SECRET",
    )
