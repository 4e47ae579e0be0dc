"""What no set at hand shows: elements that repeat, numbers that are shared."""

from gateway.flaws import Place
from gateway.mapping import address
from gateway.mapping.address import Hop, Target
from gateway.mapping.draft import DraftLoop, whole_set
from gateway.mapping.language import FieldForm
from gateway.mapping.put import FieldOut, Numbers, Spot, Unit
from gateway.mapping.shape import Shape
from gateway.mapping.written import Run
from gateway.x12.write import Repeats

HOP = Hop("DMG")


def a_field(*, repeats: bool) -> FieldOut:
    form = FieldForm(name="kinds", path="kinds", place=Place("", 1, 1, ""), shape=Shape("text", many=True), kind="text")
    target = Target("DMG05", (), HOP, (5,), repeats=repeats)
    return FieldOut(form=form, target=target, texts=lambda body, run: ["A", "B"], encode=str, quick=str, simple=False)


def written(*, repeats: bool) -> DraftLoop:
    unit = Unit(Spot(loops=(), hop=HOP, number=1, is_head=False), [a_field(repeats=repeats)])
    root, step = whole_set("850"), unit.general(frozenset({"kinds"}))
    assert step is not None
    step({"kinds": ["A", "B"]}, root, Run({}))
    return root


def test_an_element_that_repeats_holds_all_values_and_others_are_a_segment_each() -> None:
    assert written(repeats=True).segments == {"DMG": [["DMG", "", "", "", "", Repeats(("A", "B"))]]}
    assert written(repeats=False).segments == {"DMG": [["DMG", "", "", "", "", "A"], ["DMG", "", "", "", "", "B"]]}


def test_equal_locations_have_one_number_and_the_first_is_the_plain_one() -> None:
    numbers = Numbers()
    tested = Hop("REF", (address.Test(1, frozenset({"DP"}), "DP"),))

    assert numbers.of(Hop("REF")) == numbers.of(Hop("REF", (), 1))
    assert numbers.of(tested) == numbers.of(Hop("REF", tested.tests, 1))
    assert len({numbers.of(hop) for hop in (Hop("REF"), tested, Hop("REF", (), 2), Hop("N1"))}) == 4
