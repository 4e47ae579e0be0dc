"""How long things may take with a partner, as it is written: its working hours and holidays, and its deadlines."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator

from gateway.ledger.calendar import Duration
from gateway.ledger.promises import Promise
from gateway.partners.form import Form, Name
from gateway.partners.window import Window


def _duration(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a duration is expected, like 24 hours or 2 business days")
    return Duration.parse(value)


def _promise(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a time is expected, like 24 hours, 2 business days after shipment, or before ship")
    return Promise.parse(value)


def _day(value: object) -> object:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    shown = f"'{value[:40]}'" if isinstance(value, str) else "this"
    raise ValueError(f"{shown} is not a day, like 2026-12-25")


def _day_or_name(value: object) -> object:
    return _day(value) if isinstance(value, str) and value[:1].isdigit() and "-" in value else value


Length = Annotated[Duration, BeforeValidator(_duration)]
"""`24 hours`, `30 minutes`; `4 business hours`, `2 business days` of the partner's calendar."""

Owes = Mapping[str, Annotated[Promise, BeforeValidator(_promise)]]
"""What has to follow a document, by its transaction set: `{"855": 24 hours, "856": before ship}`."""

Day = Annotated[date, BeforeValidator(_day)]


class CalendarForm(Form):
    """When a partner's people work, on the clock of its `time_zone`. Without `hours` all day; holidays are days, or
    names of lists in company.yaml.
    """

    hours: tuple[Window, ...] = ()
    holidays: tuple[Annotated[date | Name, BeforeValidator(_day_or_name)], ...] = ()


class DeadlinesForm(Form):
    """How long each may take; what is not said here is as the profile says, or the standard."""

    delivery: Length | None = None
    dispatch: Length | None = None
    pickup: Length | None = None
    receipt: Length | None = None
    acknowledgement: Length | None = None
    attention: Length | None = None
    answer: Length | None = None
    ta1: Length | None = None
