"""What we say is what we do, whatever a partner sends: the answers, sealed and read again, decide what is delivered."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.pipeline.stage import InterchangeOutcome
from gateway.x12.acknowledge import AcknowledgementDraft
from tests.journeys.bad_input.orders import an_order, group, isa, sealed
from tests.unit.pipeline.rules_of_samples import NOON, unsealed

GO_ON = frozenset({"validated", "mapped", "held", "dead"})
NEVER_ANSWERED = "FA"

SEGMENTS = [
    *sealed(
        isa("000000101", ask="1"),
        group(an_order("A-1"), an_order("A-2", st02="0002"), an_order("A-3", st02="0003")),
        group(an_order("B-1"), an_order("B-2", st02="0002", without="REF*IA"), number="2"),
        group(["ST*997*0001", "AK1*IN*77", "AK9*A*1*1*1", "SE*4*0001"], number="3", functional_id="FA"),
    )
    .decode()
    .split("~")[:-1],
    *sealed(isa("000000102"), group(an_order("C-1"), an_order("C-2", st02="0002"))).decode().split("~")[:-1],
]
"""Two interchanges, four groups, eight sets."""

WORDS = [
    "",
    "0",
    "1",
    "2",
    "9",
    "0001",
    "0002",
    "850",
    "997",
    "999",
    "PO",
    "FA",
    "004010",
    "005010",
    "XX",
    "é",
    ">",
    "R",
]
CONTROLS = ("ISA", "IEA", "GS", "GE", "ST", "SE")
positions = st.integers(0, len(SEGMENTS) - 1)
control_positions = st.sampled_from([i for i, one in enumerate(SEGMENTS) if one.startswith(CONTROLS)])
anywhere = st.one_of(control_positions, positions)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("drop"), anywhere, st.just(0), st.just("")),
        st.tuples(st.just("double"), anywhere, st.just(0), st.just("")),
        st.tuples(st.just("move"), anywhere, positions, st.just("")),
        st.tuples(st.just("alter"), anywhere, st.integers(1, 16), st.sampled_from(WORDS)),
        st.tuples(st.just("cut"), anywhere, st.just(0), st.just("")),
    ),
    min_size=1,
    max_size=6,
)
Change = tuple[str, int, int, str]


def mutated(segments: Sequence[str], applied: Sequence[Change]) -> bytes:
    kept = list(segments)
    for kind, place, other, word in applied:
        if not kept:
            break
        at = place % len(kept)
        match kind:
            case "drop":
                del kept[at]
            case "double":
                kept.insert(at, kept[at])
            case "move":
                kept.insert(other % len(kept), kept.pop(at))
            case "cut":
                del kept[at:]
            case _:
                elements = kept[at].split("*")
                # ISA has sixteen elements of fixed length: what is altered keeps it readable, mostly.
                if other < len(elements):
                    padded = word.ljust(len(elements[other])) if elements[0] == "ISA" else word
                    elements[other] = padded
                kept[at] = "*".join(elements)
    return "".join(f"{segment}~" for segment in kept).encode("utf-8")


def sealed_answers(drafts: Sequence[AcknowledgementDraft]) -> dict[str, list[list[str]]]:
    """Segments of each kind of answer as the partner cuts them."""
    answers: dict[str, list[list[str]]] = {}
    for draft in drafts:
        data = draft.seal(interchange_number=7, group_numbers=range(1, draft.groups + 1), now=NOON)
        text = data.decode("latin-1")
        answers[draft.kind] = [one.split(text[3]) for one in text.split(text[105])]
    return answers


def allowed(answer: Sequence[Sequence[str]]) -> tuple[Counter[tuple[str, str, str]], list[tuple[list[str], int, int]]]:
    """What a 997 lets through, as (GS06, ST01, ST02); and each AK9 with the AK2 and the AK5 A and E before it."""
    through: Counter[tuple[str, str, str]] = Counter()
    counts = []
    number, name = "", ("", "")
    accepted: list[tuple[str, str, str]] = []
    received = 0
    for segment in answer:
        match segment:
            case ["AK1", _, number, *_]:
                accepted, received = [], 0
            case ["AK2", set_id, set_number, *_]:
                name = (set_id, set_number)
                received += 1
            case ["AK5", status, *_]:
                accepted += [(number, *name)] if status in ("A", "E") else []
            case ["AK9", status, *_]:
                through.update(accepted if status != "R" else [])
                counts.append((list(segment), received, len(accepted)))
    return through, counts


def delivered(interchange: InterchangeOutcome) -> Counter[tuple[str, str, str]]:
    """What goes on, as the answer would name it; acknowledgements go nowhere."""
    return Counter(
        (one.group_control_number, one.set_id, one.set_control_number)
        for one in interchange.documents
        if one.state in GO_ON and "acknowledgement" not in one.reason
    )


def hold(interchange: InterchangeOutcome) -> None:
    answers = sealed_answers(interchange.acknowledgements)
    if interchange.state == "quarantined":
        assert not answers
        assert not interchange.documents
        return
    refused = interchange.state == "rejected"
    for ta1 in (segment for segment in answers.get("TA1", []) if segment[0] == "TA1"):
        assert (ta1[4] == "R") == refused
    assert not (refused and "997" in answers)
    if refused:
        assert "TA1" in answers
        assert {one.state for one in interchange.documents} <= {"rejected"}
        assert all(one.reason for one in interchange.documents)
        return
    through, counts = allowed(answers.get("997", []))
    assert delivered(interchange) == through
    for ak9, received, accepted in counts:
        assert int(ak9[3]) == received
        assert int(ak9[4]) == (0 if ak9[1] == "R" else accepted)
        assert (ak9[1] == "P") == (0 < int(ak9[4]) < received)
        assert (ak9[1] in "AE") == (int(ak9[4]) == received and ak9[1] != "R")
    for document in interchange.documents:
        assert document.state == "mapped" or document.reason
        assert (document.canonical is not None) or document.state != "mapped"
        assert document.state != "rejected" or (document.canonical is None and not document.destination)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes)
@example([("alter", 3, 1, "999")])
@example([("alter", 1, 6, "2")])
@example([("alter", 1, 1, "FA")])
@example([("drop", len(SEGMENTS) - 1, 0, "")])
@example([("double", 2, 0, "")])
def test_a_set_goes_on_if_and_only_if_the_answer_sent_accepts_it(applied: list[Change]) -> None:
    outcome = unsealed(mutated(SEGMENTS, applied))

    for interchange in outcome.interchanges:
        hold(interchange)
    assert outcome.interchanges or outcome.state == "refused"
    assert outcome.state != "quarantined" or all(one.state == "quarantined" for one in outcome.interchanges)
    assert (outcome.state == "refused") <= bool(outcome.notices)
    # Everything in an interchange of a partner's has an id and a place of its own.
    ids = [document.id for interchange in outcome.interchanges for document in interchange.documents]
    assert len(set(ids)) == len(ids)
    for interchange in outcome.interchanges:
        assert [one.ordinal for one in interchange.documents] == list(range(1, len(interchange.documents) + 1))
        for one in interchange.documents:
            assert interchange.offset <= one.offset < one.offset + one.length <= interchange.offset + interchange.length


def test_the_interchanges_that_are_mutated_are_good_ones() -> None:
    outcome = unsealed(mutated(SEGMENTS, []))

    states = [[one.state for one in interchange.documents] for interchange in outcome.interchanges]
    assert states == [["mapped", "mapped", "mapped", "mapped", "dead", "held"], ["mapped", "mapped"]]
    for interchange in outcome.interchanges:
        hold(interchange)
