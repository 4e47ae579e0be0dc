"""How documents fared is added up by day."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTS = ("documents", "answered", "refused", "noted", "late", "refusals")
KINDS = ("answered_after", "fetched_after", "faults")


def upgrade() -> None:
    """One table instead of an index. What was counted before is counted anew, by the events."""
    op.drop_index("ix_document_pace_day", "document_pace")
    op.execute(sa.text("update follower set position = 0 where name = 'business'"))
    op.execute(sa.text("delete from document_pace"))
    op.add_column("document_pace", sa.Column("faults", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "pace_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("direction", ID, nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("set_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.Text(), nullable=False) for name in KINDS),
        sa.PrimaryKeyConstraint("day", "partner", "direction", "usage", "set_id", name="pk_pace_day"),
    )
