"""G7201 says whether an amount is an allowance or a charge: the sets that read it say it alike for every code of X12.

875 and 880 ask for a first digit of 5 or 9, 945 for 500 and above. X12 has no code between 566 and 990 (element 340):
both are one rule; the mappings are released, and another version of them would read no document otherwise.
"""

from pathlib import Path

import pytest

from gateway.mapping.library import Library
from gateway.mapping.plan import Plan, PlannedField, PlannedObject
from gateway.x12.guide import load

SHIPPED = Path(__file__).parents[3] / "mappings"


def indicator(plan: Plan, code: str) -> object:
    """What the mapping makes of a G7201."""
    [charges] = [one for one in plan.root.fields if one.form.name == "allowances_charges"]
    assert isinstance(charges, PlannedObject)
    [field] = [one for one in charges.fields if isinstance(one, PlannedField) and one.form.name == "indicator"]
    assert field.expression is not None
    return field.expression({"grocery_code": code})


def codes(set_id: str, version: str) -> frozenset[str]:
    """Every code that the standard has there."""
    guide = load(set_id, version)
    segment = guide.segment("G72") if guide is not None else None
    assert segment is not None
    element = segment.elements[0].element
    assert element is not None
    assert element.reference == "340"
    return frozenset(element.codes or ())


@pytest.mark.parametrize("set_id", ["875", "880", "945"])
def test_what_begins_at_500_is_a_charge_for_every_code_there_is(set_id: str) -> None:
    file = f"x12/{set_id}/v1.map.yaml"
    mapping = Library({file: (SHIPPED / file).read_text("utf-8")}).compile(f"x12/{set_id}@1")

    for version, plan in mapping.plans.items():
        known = codes(set_id, version)
        assert len(known) > 100
        assert {code for code in known if indicator(plan, code) == "charge"} == {
            code for code in known if int(code) >= 500
        }
