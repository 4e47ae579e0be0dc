"""How each document fared, in few words: what scorecards of partners are counted from."""

from datetime import date

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text
from sqlmodel import Field

from gateway.store.columns import Id, Name, Words
from gateway.store.table_base import Rows

ANSWERED = "acknowledgement in ('accepted_with_errors', 'partially_accepted', 'rejected', 'waived')"
FOUND = "told in ('E', 'R')"
"""Documents that something is said of: by partners, and of theirs by us."""


class DocumentPaceRow(Rows, table=True):
    """One document, acknowledgements apart: what came in, and what went out from its sealing on.

    `day` is the partner's: of its coming, or of its sealing. `verdict` is what was said of it, by the partner or (of
    theirs) by us; "superseded" where another took its place before anything was said. Milliseconds: `answered_after`
    from when the partner had it to what counts as its answer, or from its coming to our 997; `fetched_after` from when
    it was laid out. `late`: the answer was overdue. `refusals` counts how often its file was not taken, or not
    receipted in time. The index holds all of it: nothing is looked up beside.
    """

    __tablename__ = "document_pace"
    __table_args__ = (
        Index(
            "ix_document_pace_day",
            *("day", "partner", "direction", "usage", "set_id", "verdict"),
            *("answered_after", "fetched_after", "late", "refusals"),
        ),
    )
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


DOCUMENT_PACE: Table = Rows.metadata.tables["document_pace"]
