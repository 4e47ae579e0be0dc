"""How documents fared, in few words, and added up by day: what scorecards and trends are read from."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Integer, Table, Text
from sqlmodel import Field

from gateway.store.columns import Id, Json, Name, Words
from gateway.store.table_base import Rows

ANSWERED = "acknowledgement in ('accepted_with_errors', 'partially_accepted', 'rejected', 'waived')"
FOUND = "told in ('E', 'R')"
"""Documents that something is said of: by partners, and of theirs by us."""


class DocumentPaceRow(Rows, table=True):
    """One document as it was counted, acknowledgements apart: what came in, and what went out from its sealing on.

    `day` is the partner's: of its coming, or of its sealing. `verdict` is what was said of it, by the partner or (of
    theirs) by us; "superseded" where another took its place before anything was said. Milliseconds: `answered_after`
    from when the partner had it to what counts as its answer, or from its coming to our 997; `fetched_after` from when
    it was laid out. `late`: the answer was overdue. `refusals` counts how often its file was not taken, or not
    receipted in time. `faults` are codes and places that were told, "AK403:7 IT1-03".
    """

    __tablename__ = "document_pace"
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    day: date = Field(sa_column=Column(Date, nullable=False))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    direction: str = Field(sa_column=Column(Text, nullable=False))
    usage: str = Field(sa_column=Column(Words, nullable=False))
    set_id: str = Field(sa_column=Column(Words, nullable=False))
    verdict: str = Field(sa_column=Column(Text, nullable=False))
    answered_after: int | None = Field(sa_column=Column(BigInteger))
    fetched_after: int | None = Field(sa_column=Column(BigInteger))
    late: bool = Field(sa_column=Column(Boolean, nullable=False))
    refusals: int = Field(sa_column=Column(Integer, nullable=False))
    faults: Any = Field(sa_column=Column(Json, nullable=False, server_default="[]"))


class PaceDayRow(Rows, table=True):
    """The documents of a partner's day together; `set_id` "" for all sets. It stays when they are purged.

    `answered_after` and `fetched_after` count by the length of time (`gateway.pipeline.reporting_scorecard.step`),
    `faults` by fault: how many documents had it, and of how many of these it was told that they are refused.
    """

    __tablename__ = "pace_day"
    day: date = Field(sa_column=Column(Date, primary_key=True))
    partner: str = Field(sa_column=Column(Name, primary_key=True))
    direction: str = Field(sa_column=Column(Id, primary_key=True))
    usage: str = Field(sa_column=Column(Name, primary_key=True))
    set_id: str = Field(sa_column=Column(Name, primary_key=True))
    documents: int = Field(sa_column=Column(Integer, nullable=False))
    answered: int = Field(sa_column=Column(Integer, nullable=False))
    refused: int = Field(sa_column=Column(Integer, nullable=False))
    noted: int = Field(sa_column=Column(Integer, nullable=False))
    late: int = Field(sa_column=Column(Integer, nullable=False))
    refusals: int = Field(sa_column=Column(Integer, nullable=False))
    answered_after: Any = Field(sa_column=Column(Json, nullable=False))
    fetched_after: Any = Field(sa_column=Column(Json, nullable=False))
    faults: Any = Field(sa_column=Column(Json, nullable=False))


DOCUMENT_PACE: Table = Rows.metadata.tables["document_pace"]
PACE_DAY: Table = Rows.metadata.tables["pace_day"]
