"""Deadlines of documents, what they are worth, and their own dates."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two tables and three columns. The first look sets the deadlines of what is there, by its events; what documents
    are worth is known of those that come from now on, and of those that are mapped again.
    """
    op.add_column("document", sa.Column("amount", sa.BigInteger(), nullable=True))
    op.add_column("document", sa.Column("currency", sa.Text(), nullable=False, server_default=""))
    op.add_column("document", sa.Column("dated", sa.Date(), nullable=True))
    unsettled = sa.text("acknowledgement in ('awaited', 'overdue', 'partially_accepted', 'rejected')")
    op.create_index(
        "ix_document_unsettled", "document", ["id"], sqlite_where=unsettled, postgresql_where=unsettled
    )
    op.create_table(
        "deadline",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("due", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("missed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_deadline_document_id"),
        sa.PrimaryKeyConstraint("document_id", name="pk_deadline"),
    )
    running, missed = sa.text("missed_at is null"), sa.text("missed_at is not null")
    op.create_index("ix_deadline_running", "deadline", ["due_at"], sqlite_where=running, postgresql_where=running)
    op.create_index("ix_deadline_missed", "deadline", ["due", "due_at"], sqlite_where=missed, postgresql_where=missed)
    op.create_table(
        "deadline_follower",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.CheckConstraint("number = 1", name="ck_deadline_follower_one"),
        sa.PrimaryKeyConstraint("number", name="pk_deadline_follower"),
    )
