"""A transmission is opened: what becomes of its interchanges and sets, and where the answers go."""

from datetime import timedelta

import pytest
import yaml

from gateway.pipeline.inbound import unseal as module
from gateway.pipeline.stage import DuplicateKey, TransmissionOutcome
from tests.journeys.bad_input.orders import an_order, changed, group, isa, sealed
from tests.unit.pipeline.rules_of_samples import rules_with, sample_files, unsealed

FA_SET = ["ST*997*0001", "AK1*IN*77", "AK9*A*1*1*1", "SE*4*0001"]
HEADER = isa("000000005")


def reasons(outcome: TransmissionOutcome) -> list[tuple[str, str]]:
    """(state, reason) of every document."""
    return [(one.state, one.reason) for interchange in outcome.interchanges for one in interchange.documents]


def test_a_good_interchange_is_mapped_and_answered_where_it_came_in() -> None:
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1"))))

    (interchange,) = outcome.interchanges
    (document,) = interchange.documents
    (draft,) = interchange.acknowledgements
    assert (outcome.state, outcome.reason, interchange.state) == ("processed", "", "accepted")
    assert (document.state, document.destination, document.business_number) == ("mapped", "erp", "PO-1")
    assert (draft.kind, interchange.acknowledge_to, interchange.time_zone) == ("997", "acme-sftp", "America/New_York")
    assert interchange.duplicate_key == DuplicateKey(
        sender="ZZ/ACMERETAIL", receiver="ZZ/HARBORPINE", usage="P", control_number="000000005"
    )
    assert interchange.window == timedelta(days=90)


def test_offset_and_length_cut_the_set_out_of_the_file() -> None:
    data = b"\r\n" + sealed(HEADER, group(an_order("PO-1"), an_order("PO-2", st02="0002")))
    second = unsealed(data).interchanges[0].documents[1]

    cut = data[second.offset : second.offset + second.length]
    assert cut.startswith(b"ST*850*0002~")
    assert cut.endswith(b"SE*9*0002~")


def test_an_interchange_is_hashed_without_what_stands_around_it() -> None:
    alone = sealed(HEADER, group(an_order("PO-1")))
    surrounded = unsealed(b"\r\n" + alone + b"\r\n" + sealed(isa("000000006"), group(an_order("PO-2"))))

    assert surrounded.interchanges[0].sha256 == unsealed(alone).interchanges[0].sha256
    assert surrounded.interchanges[1].sha256 != surrounded.interchanges[0].sha256


def test_an_empty_file_is_refused_with_a_note_for_people() -> None:
    outcome = unsealed(b"")

    assert outcome.state == "refused"
    (note,) = outcome.notices
    assert (note.channel, note.name) == ("acme-sftp", "t-1.txt")
    assert note.text.startswith("orders.edi was stored as t-1, but nothing of it was used: ")


def test_blanks_behind_an_interchange_are_no_reason_for_a_note() -> None:
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1"))) + b"\r\n\x1a")

    assert (outcome.reason, outcome.notices) == ("", ())


def test_text_behind_an_interchange_is_recorded_without_a_note() -> None:
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1"))) + b"-- end of file --")

    assert outcome.state == "processed"
    assert "text behind the last interchange" in outcome.reason
    assert outcome.notices == ()


def test_what_may_have_been_an_interchange_gets_a_note_though_another_one_was_good() -> None:
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1"))) + b"ISA*00*ZZ~")

    assert (outcome.state, outcome.interchanges[0].state) == ("processed", "accepted")
    (note,) = outcome.notices
    assert "an ISA that cannot be read" in note.text


def test_a_file_of_strangers_only_is_quarantined_without_answer_key_or_note() -> None:
    outcome = unsealed(sealed(isa("000000005", sender="ZZ/NOBODY", ask="1"), group(an_order("PO-1"))))

    (interchange,) = outcome.interchanges
    assert (outcome.state, outcome.reason) == ("quarantined", "unknown sender ZZ/NOBODY on channel acme-sftp")
    assert (interchange.documents, interchange.acknowledgements, interchange.duplicate_key) == ((), (), None)
    assert (interchange.partner, outcome.notices) == ("", ())


def test_a_channel_that_is_no_longer_authored_carries_nobody() -> None:
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1"))), channel="gone-sftp")

    assert outcome.state == "quarantined"
    assert "gone-sftp" in outcome.reason


def test_an_interchange_that_is_not_ours_is_answered_by_ta1_alone_and_holds_no_documents() -> None:
    (interchange,) = unsealed(sealed(isa("000000005", receiver="ZZ/ELSEWHERE"), group(an_order("PO-1")))).interchanges

    (draft,) = interchange.acknowledgements
    assert (draft.kind, draft.status, draft.note) == ("TA1", "R", "009")
    assert (interchange.state, interchange.partner, interchange.documents) == ("rejected", "acme", ())
    assert interchange.reason == "ISA07-08 ZZ/ELSEWHERE is not an id of ours"
    assert interchange.findings[0].code == "TA105:009"


def test_a_rejected_set_says_its_first_fault_that_rejects() -> None:
    bad = changed(an_order("PO-1"), "BEG", "BEG*00*SA*PO-1")

    ((state, reason),) = reasons(unsealed(sealed(HEADER, group(bad))))
    assert state == "rejected"
    assert "BEG05" in reason


def test_a_good_set_in_a_rejected_group_is_rejected_for_the_groups_fault() -> None:
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1"), ge="GE*9*1")))

    assert reasons(outcome) == [("rejected", 'its group was rejected: GE01 says "9", the group has 1 sets')]
    assert outcome.interchanges[0].documents[0].canonical is None
    assert outcome.interchanges[0].documents[0].destination == ""


def test_a_good_set_in_a_rejected_interchange_is_rejected_for_its_fault() -> None:
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1")), iea="IEA*7*000000005"))

    assert reasons(outcome) == [
        ("rejected", 'its interchange was rejected: IEA01 says "7", the interchange has 1 groups')
    ]


@pytest.mark.parametrize("broken", [FA_SET, changed(FA_SET, "SE", "SE*9*0001"), an_order("PO-1")])
def test_nothing_in_a_group_of_acknowledgements_is_answered_rejected_or_delivered(broken: list[str]) -> None:
    (interchange,) = unsealed(sealed(HEADER, group(broken, functional_id="FA"))).interchanges

    assert interchange.acknowledgements == ()
    assert [one.state for one in interchange.documents] == ["held"]
    assert "an acknowledgement" in interchange.documents[0].reason


def test_a_997_carries_what_it_says_with_the_ids_of_its_group() -> None:
    ((document,),) = [one.documents for one in unsealed(sealed(HEADER, group(FA_SET, functional_id="FA"))).interchanges]

    answer = document.answer
    assert answer is not None
    assert (answer.said.functional_id, answer.said.control_number, answer.said.status) == ("IN", "77", "A")
    assert (answer.sender, answer.receiver, answer.fault) == ("ACMERETAIL", "HARBORPINE", "")


@pytest.mark.parametrize(
    ("broken", "trailer", "fault"),
    [
        (changed(FA_SET, "SE", "SE*9*0001"), "", 'SE01 says "9", the set has 4 segments'),
        (FA_SET, "GE*9*1", 'GE01 says "9", the group has 1 sets'),
        ([*FA_SET[:2], "ZZZ*1", FA_SET[2], "SE*5*0001"], "", "ZZZ"),
    ],
)
def test_a_997_that_may_have_lost_a_part_is_read_and_says_so(broken: list[str], trailer: str, fault: str) -> None:
    (interchange,) = unsealed(sealed(HEADER, group(broken, functional_id="FA", ge=trailer))).interchanges

    (document,) = interchange.documents
    assert document.answer is not None
    assert fault in document.answer.fault


@pytest.mark.parametrize(
    ("ids", "fault"),
    [
        (["ACMEOUTLET", "ACMESTORES"], "GS02 'ACMERETAIL' is none of acme's: ACMEOUTLET, ACMESTORES"),
        (["ACMERETAIL"], ""),
        ([], ""),
    ],
)
def test_a_997_under_a_gs02_that_is_not_the_partners_is_at_fault_where_its_file_names_any(
    ids: list[str], fault: str
) -> None:
    partners = {name: text for name, text in sample_files()[0].items() if name == "acme.yaml"}
    acme = yaml.safe_load(partners["acme.yaml"])
    del acme["agreements"]["orders"]["owes"]
    orders = {"acme.yaml": yaml.safe_dump({**acme, "gs": ids, "agreements": {"orders": acme["agreements"]["orders"]}})}
    rules = rules_with({}, files=orders)

    (document,) = unsealed(sealed(HEADER, group(FA_SET, functional_id="FA")), rules=rules).interchanges[0].documents

    assert document.answer is not None
    assert document.answer.fault == fault


def test_a_fault_of_one_element_takes_nothing_from_a_997() -> None:
    refusal = ["ST*997*0001", "AK1*IN*77", "AK2*810*0001", "AK3*IT1*3**8", f"AK4*2*358*6*{'9' * 120}", "AK5*R*5"]
    whole = [*refusal, "AK9*R*1*1*0", "SE*8*0001"]

    (document,) = unsealed(sealed(HEADER, group(whole, functional_id="FA"))).interchanges[0].documents
    assert any(finding.code == "AK403:5" for finding in document.findings)
    assert document.answer is not None
    assert document.answer.fault == ""


def test_ta1s_come_with_their_interchange_and_are_not_answered() -> None:
    (interchange,) = unsealed(sealed(HEADER + "~TA1*000000012*260302*1200*R*009")).interchanges

    assert [(one.control_number, one.status, one.note) for one in interchange.answers] == [("000000012", "R", "009")]
    assert interchange.acknowledgements == ()


def test_nothing_that_comes_in_a_rejected_interchange_answers_anything() -> None:
    header = HEADER + "~TA1*000000012*260302*1200*R*009"
    (interchange,) = unsealed(sealed(header, group(FA_SET, functional_id="FA"), iea="IEA*7*000000005")).interchanges

    assert interchange.state == "rejected"
    assert interchange.answers == ()
    assert [one.answer for one in interchange.documents] == [None]


def test_acknowledgements_in_a_rejected_interchange_are_rejected_with_it_because_its_ta1_says_so() -> None:
    outcome = unsealed(sealed(HEADER, group(FA_SET, functional_id="FA"), iea="IEA*7*000000005"))

    assert [draft.kind for draft in outcome.interchanges[0].acknowledgements] == ["TA1"]
    assert [state for state, _ in reasons(outcome)] == ["rejected"]


def test_a_bad_set_that_nobody_is_told_of_is_held_and_not_rejected() -> None:
    rules = rules_with({"acknowledge": {"functional": "none"}})
    bad = changed(an_order("PO-2", st02="0002"), "SE", "SE*90*0002")
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1"), bad)), rules=rules)

    assert outcome.interchanges[0].acknowledgements == ()
    assert reasons(outcome) == [
        ("mapped", ""),
        ("held", 'it would be rejected, but no answer is agreed: SE01 says "90", the set has 9 segments'),
    ]


def test_a_bad_interchange_that_nobody_is_told_of_is_rejected_and_its_documents_held() -> None:
    rules = rules_with({"acknowledge": {"ta1": "never"}})
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1")), iea="IEA*7*000000005"), rules=rules)

    assert outcome.interchanges[0].acknowledgements == ()
    assert [state for state, _ in reasons(outcome)] == ["held"]


@pytest.mark.parametrize(
    ("policy", "ask", "kinds"),
    [
        ("always", "0", ["TA1", "997"]),
        ("requested", "1", ["TA1", "997"]),
        ("requested", "0", ["997"]),
        ("never", "1", ["997"]),
    ],
)
def test_a_ta1_comes_before_the_997_as_agreed(policy: str, ask: str, kinds: list[str]) -> None:
    rules = rules_with({"acknowledge": {"ta1": policy}})
    outcome = unsealed(sealed(isa("000000005", ask=ask), group(an_order("PO-1"))), rules=rules)

    assert [draft.kind for draft in outcome.interchanges[0].acknowledgements] == kinds


@pytest.mark.parametrize(("functional", "kind"), [("999", "999"), ("997", "997")])
def test_a_group_of_005010_is_answered_with_what_was_agreed(functional: str, kind: str) -> None:
    rules = rules_with({"versions": ["005010"], "acknowledge": {"functional": functional}})
    bad = an_order("PO-2", st02="0002", without="BEG")
    data = sealed(HEADER, group(an_order("PO-1"), bad, version="005010"))
    (interchange,) = unsealed(data, rules=rules).interchanges

    assert [draft.kind for draft in interchange.acknowledgements] == [kind]
    assert [document.state == "rejected" for document in interchange.documents] == [False, True]


def test_an_older_group_beside_one_with_a_999_gets_a_997_that_rejects_as_well() -> None:
    rules = rules_with({"versions": ["005010"], "acknowledge": {"functional": "999"}})
    older = group(an_order("PO-2"), number="8", version="003060")
    (interchange,) = unsealed(
        sealed(HEADER, group(an_order("PO-1"), version="005010"), older), rules=rules
    ).interchanges

    (draft,) = interchange.acknowledgements
    assert (draft.kind, [one.kind for one in draft.response_groups]) == ("999", ["999", "997"])
    assert [document.state == "rejected" for document in interchange.documents] == [False, True]


@pytest.mark.parametrize(
    "data",
    [
        sealed(HEADER, group(an_order("PO-1"))),
        sealed(HEADER, group(["ST*861*0001", "SE*2*0001"], functional_id="RC")),
        sealed(HEADER, group(an_order("PO-1"))[:5]),
        sealed(isa("000000005", receiver="ZZ/ELSEWHERE"), group(an_order("PO-1"))),
    ],
    ids=["good", "nothing agreed", "without end", "not ours"],
)
def test_answers_go_to_the_partners_channel_whatever_came(data: bytes) -> None:
    rules = rules_with({}, acknowledge_via="acme-sftp")
    outcome = unsealed(data, channel="harbor-hub", rules=rules)

    assert [one.acknowledge_to for one in outcome.interchanges] == ["acme-sftp"]


def test_a_set_that_cannot_be_read_is_answered_as_agreed_for_it() -> None:
    rules = rules_with({"acknowledge_via": "acme-http", "duplicate_window_days": 7})
    (interchange,) = unsealed(sealed(HEADER, group(an_order("PO-1")[:-1])), rules=rules).interchanges

    assert interchange.acknowledge_to == "acme-http"
    assert interchange.window == timedelta(days=7)


def test_beyond_the_first_sets_of_a_file_the_rest_is_left_to_be_mapped_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRANSLATED_AT_ONCE", 2)
    first = sealed(HEADER, group(an_order("PO-1")))
    second = sealed(isa("000000006"), group(*(an_order(f"PO-{n}", st02=f"{n:04}") for n in range(2, 5))))
    outcome = unsealed(first + second)

    documents = [one for interchange in outcome.interchanges for one in interchange.documents]
    assert [one.state for one in documents] == ["mapped", "mapped", "validated", "validated"]
    assert documents[3].canonical is None
    assert documents[3].pins == documents[0].pins
    assert (documents[3].agreement, documents[3].set_control_number) == ("acme/orders", "0004")


def test_a_bad_set_beyond_the_first_is_rejected_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRANSLATED_AT_ONCE", 0)
    bad = changed(an_order("PO-2", st02="0002"), "SE", "SE*90*0002")
    outcome = unsealed(sealed(HEADER, group(an_order("PO-1"), bad)))

    assert [state for state, _ in reasons(outcome)] == ["validated", "rejected"]


@pytest.mark.parametrize(("limit", "content"), [("SETS_LIMIT", "sets"), ("INTERCHANGES_LIMIT", "interchanges")])
def test_a_file_of_too_many_parts_is_refused_whole(monkeypatch: pytest.MonkeyPatch, limit: str, content: str) -> None:
    monkeypatch.setattr(module, limit, 3)
    sets = [an_order(f"PO-{n}", st02=f"{n:04}") for n in range(1, 5)]
    whole = sealed(HEADER, group(*sets))
    each = b"".join(sealed(isa(f"{n:09}"), group(one)) for n, one in enumerate(sets, 1))

    outcome = unsealed(whole if content == "sets" else each)
    fitting = unsealed(sealed(HEADER, group(*sets[:3])))

    assert (outcome.state, outcome.interchanges) == ("refused", ())
    assert "in one file: send it in several" in outcome.reason
    assert outcome.reason in outcome.notices[0].text
    assert fitting.state == "processed"


def test_a_file_of_too_many_ta1s_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETS_LIMIT", 3)

    def of(ta1s: int) -> bytes:
        told = "~".join(f"TA1*{number:09}*260302*1200*R*009" for number in range(1, ta1s + 1))
        return sealed(f"{HEADER}~{told}", iea="IEA*0*000000005")

    assert unsealed(of(4)).reason.startswith("more than 3 transaction sets and TA1s or ")
    assert len(unsealed(of(3)).interchanges[0].answers) == 3


def test_production_data_by_a_test_channel_is_held() -> None:
    partners, _ = sample_files()
    channel = yaml.safe_load(partners["channels/acme-http.yaml"]) | {"environment": "test"}
    rules = rules_with({}, files={"channels/acme-http.yaml": yaml.safe_dump(channel)})
    content = sealed(HEADER, group(an_order("PO-1")))

    ((state, reason),) = reasons(unsealed(content, channel="acme-http", rules=rules))
    assert state == "held"
    assert "ISA15 is P" in reason


def test_sets_and_groups_are_counted_as_they_are_read_whatever_becomes_of_them() -> None:
    mixed = unsealed(sealed(HEADER, group(an_order("PO-1"), an_order("PO-2", st02="0001")), group(an_order("PO-3"))))
    strangers = unsealed(sealed(isa("000000006").replace("ACMERETAIL", "SOMEONE   "), group(an_order("PO-1"))))

    (interchange,) = mixed.interchanges
    assert interchange.sets == len(interchange.documents) == 3
    assert interchange.groups is not None
    assert [(one.functional_id, one.sets) for one in interchange.groups] == [("PO", 2), ("PO", 1)]
    (aside,) = strangers.interchanges
    assert (aside.state, aside.sets, aside.documents) == ("quarantined", 1, ())
