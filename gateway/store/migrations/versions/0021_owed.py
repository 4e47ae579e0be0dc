"""What has to follow: of us and of partners."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One table. What is owed of what is there is known after the first look, by the events."""
    op.create_table(
        "owed",
        sa.Column("subject", ID, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=True),
        sa.Column("transmission_id", ID, nullable=True),
        sa.Column("interchange_id", ID, nullable=True),
        sa.Column("owed_by", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("reckoned", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("missed_at", MOMENT, nullable=True),
        sa.Column("met_by", ID, nullable=False),
        sa.Column("met_at", MOMENT, nullable=True),
        sa.Column("coming", ID, nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("waived_at", MOMENT, nullable=True),
        sa.Column("waived_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("waived_why", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_owed_document_id"),
        sa.ForeignKeyConstraint(["transmission_id"], ["transmission.id"], name="fk_owed_transmission_id"),
        sa.ForeignKeyConstraint(["interchange_id"], ["outbound_interchange.id"], name="fk_owed_interchange_id"),
        sa.PrimaryKeyConstraint("subject", "what", "order_id", name="pk_owed"),
    )
    running, open_ = sa.text("state = 'open' and missed_at is null"), sa.text("state = 'open'")
    op.create_index("ix_owed_running", "owed", ["due_at"], sqlite_where=running, postgresql_where=running)
    op.create_index("ix_owed_open", "owed", ["due_at"], sqlite_where=open_, postgresql_where=open_)
    op.create_index("ix_owed_order_id", "owed", ["order_id"])
    op.create_index("ix_owed_met_by", "owed", ["met_by"])
