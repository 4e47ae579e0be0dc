"""What was received and is not work yet, and indexes for what mailboxes are asked every second and every minute."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One table and three indexes, one of them in place of another."""
    op.create_table(
        "unannounced",
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("transmission_id", name="pk_unannounced"),
    )
    op.drop_index("ix_transmission_waiting", table_name="transmission")
    received, staged = sa.text("state = 'received'"), sa.text("state = 'staged'")
    op.create_index(
        "ix_transmission_received",
        "transmission",
        ["channel", "size"],
        sqlite_where=received,
        postgresql_where=received,
    )
    op.create_index("ix_mailbox_entry_state_modified_at", "mailbox_entry", ["state", "modified_at"])
    op.create_index(
        "ix_mailbox_entry_staged", "mailbox_entry", ["channel", "size"], sqlite_where=staged, postgresql_where=staged
    )
