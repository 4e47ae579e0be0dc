"""Which part of a divided document this is: one transaction set may be several documents, one for each place."""

from typing import Self

from pydantic import Field, model_validator

from gateway.canonical.values import Canonical, Text, Whole


class Part(Canonical):
    """One of several documents that are one transaction set between the partners."""

    number: Whole = Field(description="Which part this is, counted from 1.")
    of: Whole = Field(description="How many parts there are.")
    key: Text = Field(description="The place this part is for: its identifier, or its name where it has none.")

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        # Number 4 of 3 would keep the others waiting for a number that never comes.
        if not 1 <= self.number <= self.of:
            raise ValueError(f"part {self.number} of {self.of}: parts are counted from 1 to how many there are")
        return self


class Divisible(Canonical):
    """What may be one part of several."""

    part: Part | None = Field(
        None, description="Which part of the transaction set this is; an answer repeats it. Absent is the whole."
    )
