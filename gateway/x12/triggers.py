"""What made a broken syntax note apply, as a place in the set: a 999 names it as the situational trigger."""

from gateway.x12.faults import Fault
from gateway.x12.findings import Trigger
from gateway.x12.walk import Place


def trigger_of(fault: Fault, place: Place, position: int) -> Trigger | None:
    """The element or component of the same segment, at `position` of its set; None where the fault has no trigger."""
    if not fault.trigger or place.rule is None:
        return None
    component = fault.trigger if fault.component else 0
    element = fault.element if component else fault.trigger
    uses = place.rule.definition.elements
    if component:
        composite = uses[element - 1].composite
        uses = composite.elements if composite is not None else ()
    index = (component or element) - 1
    return Trigger(
        segment=place.id,
        position=position,
        loop=place.loop.id,
        element=element,
        component=component,
        repeat=fault.repeat if component else 0,
        reference=uses[index].reference if index < len(uses) else "",
    )
