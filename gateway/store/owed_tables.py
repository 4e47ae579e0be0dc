"""What has to follow: of us and of partners, by when, and whether it came."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text
from sqlmodel import Field

from gateway.store.columns import Id, Moment, Name, Words
from gateway.store.table_base import Rows, only


class OwedRow(Rows, table=True):
    """Something that has to follow `subject`: a document (855, 856, 810 ...), an answer of ours or a file that came in
    (997, 999, TA1, answer), an interchange of ours (TA1). State: open, met, waived, ended.

    One of `document_id`, `transmission_id` and `interchange_id` says what it belongs to. `order_id` is the order that
    it is about, "" for what is about none. `due_at` is null where nobody can say; `missed_at` is when somebody noticed
    that it was over. `met_by` is what met it, `coming` what is on its way, `refused` what came and was refused, ""
    for nothing; `ended` why it is owed no more.
    """

    __tablename__ = "owed"
    __table_args__ = (
        Index("ix_owed_running", "state", "missed_at", "due_at"),
        only("ix_owed_late", "due_at", where="met_at > due_at"),
        Index("ix_owed_state_due_at", "state", "due_at"),
        Index("ix_owed_order_id", "order_id"),
        Index("ix_owed_met_by", "met_by"),
    )
    subject: str = Field(sa_column=Column(Id, primary_key=True))
    what: str = Field(sa_column=Column(Text, primary_key=True))
    order_id: str = Field(sa_column=Column(Id, primary_key=True))
    document_id: str | None = Field(sa_column=Column(Id, ForeignKey("document.id")))
    transmission_id: str | None = Field(sa_column=Column(Id, ForeignKey("transmission.id")))
    interchange_id: str | None = Field(sa_column=Column(Id, ForeignKey("outbound_interchange.id")))
    owed_by: str = Field(sa_column=Column(Text, nullable=False))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    agreement: str = Field(sa_column=Column(Words, nullable=False))
    usage: str = Field(sa_column=Column(Words, nullable=False))
    order_number: str = Field(sa_column=Column(Words, nullable=False))
    started_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    due_at: datetime | None = Field(sa_column=Column(Moment))
    reckoned: str = Field(sa_column=Column(Words, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    missed_at: datetime | None = Field(sa_column=Column(Moment))
    met_by: str = Field(sa_column=Column(Id, nullable=False))
    met_at: datetime | None = Field(sa_column=Column(Moment))
    coming: str = Field(sa_column=Column(Id, nullable=False))
    refused: str = Field(sa_column=Column(Id, nullable=False, server_default=""))
    ended: str = Field(sa_column=Column(Words, nullable=False))
    waived_at: datetime | None = Field(sa_column=Column(Moment))
    waived_by: str = Field(sa_column=Column(Words, nullable=False, server_default=""))
    waived_why: str = Field(sa_column=Column(Words, nullable=False, server_default=""))


OWED: Table = Rows.metadata.tables["owed"]
