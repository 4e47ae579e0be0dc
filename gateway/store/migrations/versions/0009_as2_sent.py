"""AS2 messages of ours as they were made, so that every try sends the same bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One table, nothing of what is there is changed."""
    op.create_table(
        "as2_sent",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("carried_id", ID, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("mics", sa.Text(), nullable=False),
        sa.Column("packed_at", MOMENT, nullable=False),
        sa.Column("security", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_as2_sent_sha256"),
        sa.PrimaryKeyConstraint("channel", "carried_id", name="pk_as2_sent"),
    )
