"""`intake/<id>.yaml`: one of our own systems that hands in documents for partners, and whom it may send to."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from gateway.partners.form import Form, Line, Name, Secret, Shape


class Intake(Form):
    """A system of ours, known by its API key. It reaches only the partners in `may_send`.

    `write_back` names the destination that is told what becomes of what it handed in.
    """

    owner: Line
    api_key: Secret
    may_send: Annotated[tuple[Name, ...], Field(min_length=1)]
    write_back: Name | None = None


INTAKE: Shape[Intake] = Shape(TypeAdapter(Intake), Intake)
