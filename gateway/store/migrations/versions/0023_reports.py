"""How documents fared, for scorecards; and where those that were refused or noted stand."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """One table and three indexes. How the documents fared that are there is known after the first look."""
    answered = sa.text(
        "acknowledgement in ('accepted_with_errors', 'partially_accepted', 'rejected', 'waived')"
    )
    found = sa.text("told in ('E', 'R')")
    op.create_index(
        "ix_document_answered",
        "document",
        ["acknowledged_at", "partner", "set_id", "usage"],
        sqlite_where=answered,
        postgresql_where=answered,
    )
    op.create_index(
        "ix_document_found",
        "document",
        ["received_at", "partner", "set_id", "usage"],
        sqlite_where=found,
        postgresql_where=found,
    )
    op.create_table(
        "document_pace",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("answered_after", sa.BigInteger(), nullable=True),
        sa.Column("fetched_after", sa.BigInteger(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_document_pace_document_id"),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_pace"),
    )
    op.create_index(
        "ix_document_pace_day",
        "document_pace",
        [
            "day",
            "partner",
            "direction",
            "usage",
            "set_id",
            "verdict",
            "answered_after",
            "fetched_after",
            "late",
            "refusals",
        ],
    )
