"""`<partner>.yaml`: one trading partner as it is written. What is made of its agreements is in `agreement.py` for what
comes in, in `outbound.py` for what goes out.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, TypeAdapter

from gateway.partners.agreement_form import AnyAgreement
from gateway.partners.deadlines_form import CalendarForm, DeadlinesForm
from gateway.partners.form import Form, GsId, Isa, Line, Name, Shape, TimeZone
from gateway.partners.retention import Retention


class Fallback(Form):
    """The second way to a partner: files that wait for a channel which has been down for `after_minutes` go by
    `channel` instead, until the first works again.
    """

    channel: Name
    after_minutes: Annotated[int, Field(ge=1, le=10_080)] = 60


class Profile(Form):
    """One trading partner: its ids, habits and agreements.

    `isa` are all ids it sends under; one id belongs to one partner only. `gs`, when given, are the only GS02 it may
    use. `acknowledge_via` is the channel our answers go to instead of the one a file came in by. `fallback` is about
    channels that we push through. `calendar` is when its people work, `deadlines` how long things may take with it,
    `retention` how long its sets are kept.
    """

    name: Line
    owner: Line
    isa: Annotated[tuple[Isa, ...], Field(min_length=1)]
    gs: tuple[GsId, ...] = ()
    time_zone: TimeZone = "UTC"
    acknowledge_via: Name | None = None
    fallback: Fallback | None = None
    calendar: CalendarForm = CalendarForm()
    deadlines: DeadlinesForm = DeadlinesForm()
    retention: Retention = Field(default_factory=dict)
    agreements: Mapping[Name, AnyAgreement] = {}


PROFILE: Shape[Profile] = Shape(TypeAdapter(Profile), Profile)
