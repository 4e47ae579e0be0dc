"""What people say about documents: that they hold them, and who looks after them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """One table and one column."""
    op.create_table(
        "document_hold",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_hold"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_document_hold_document_id"),
    )
    op.add_column("document", sa.Column("owner", sa.Text(), nullable=False, server_default=""))
    where = sa.text("owner <> ''")
    op.create_index("ix_document_owner", "document", ["owner", "id"], sqlite_where=where, postgresql_where=where)
