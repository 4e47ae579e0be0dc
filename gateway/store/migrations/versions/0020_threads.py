"""Threads: which documents belong to one purchase order; and changes of orders that wait for their order."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Three tables. Which documents belong together is known after the first look, by their events."""
    op.create_table(
        "thread",
        sa.Column("id", ID, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_thread"),
    )
    op.create_index("ix_thread_number", "thread", ["number", "partner"])
    op.create_index("ix_thread_last_at", "thread", ["last_at"])
    op.create_table(
        "thread_document",
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "document_id", name="pk_thread_document"),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name="fk_thread_document_thread_id"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_thread_document_document_id"),
    )
    op.create_index("ix_thread_document_document_id", "thread_document", ["document_id"])
    op.create_table(
        "order_wait",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("document_id", name="pk_order_wait"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_order_wait_document_id"),
    )
    op.create_index("ix_order_wait_number", "order_wait", ["number"])
