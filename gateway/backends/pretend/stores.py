"""One order of a customer that comes as several, one for each of its stores: they wait for each other here, because the
customer hears of one order, gets one load, and pays one invoice. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.backends.pretend.reckoning import Body
from gateway.backends.pretend.selling import Sale, answer_to

Group = tuple[str, str, str]
"""Customer, stage and purchase order number."""


@dataclass(slots=True)
class Stores:
    """Orders of which not every store's part is here yet."""

    _waiting: dict[Group, dict[int, tuple[Sale, Body]]] = field(default_factory=dict)

    def came(self, sale: Sale, envelope: Body) -> Sequence[tuple[Sale, Body]]:
        """Keep one part of an order, the envelope beside it. With the last come all of them, by number, each knowing
        under which number of ours the customer hears of the whole, and what is answered to it; () before.
        """
        part = sale.order["part"]
        group = (str(envelope["partner"]), str(envelope["stage"]), str(sale.order["po_number"]))
        here = self._waiting.setdefault(group, {})
        here[int(part["number"])] = (sale, envelope)
        if len(here) < int(part["of"]):
            return ()
        del self._waiting[group]
        parts = [here[number] for number in sorted(here)]
        told = min(one.number for one, _ in parts)
        answer = answer_to([line for one, _ in parts for line in one.lines])
        return [(replace(one, told_as=told, answer=answer), about) for one, about in parts]


def is_part(order: Body) -> bool:
    """Whether an order is for one of several stores."""
    part: Any = order.get("part")
    return bool(part) and int(part["of"]) > 1


def among(parts: Sequence[tuple[Sale, Body]]) -> list[tuple[Sale, Body]]:
    """These parts as all that there are: a store that gets nothing has no share of the load, nobody waits for it."""
    counted = [
        {"number": at, "of": len(parts), "key": one.order["part"]["key"]} for at, (one, _) in enumerate(parts, 1)
    ]
    return [
        (replace(one, order={**one.order, "part": part}), about)
        for (one, about), part in zip(parts, counted, strict=True)
    ]
