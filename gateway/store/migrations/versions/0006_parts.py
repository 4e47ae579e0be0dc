"""Parts of documents of ours that go out as one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """One table, nothing of what is there is changed."""
    op.create_table(
        "outbound_part",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("part_group", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("leader", ID, nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_outbound_part_document_id"),
        sa.ForeignKeyConstraint(["leader"], ["document.id"], name="fk_outbound_part_leader"),
        sa.PrimaryKeyConstraint("document_id", name="pk_outbound_part"),
    )
    op.create_index("ix_outbound_part_part_group", "outbound_part", ["part_group"])
    op.create_index("ix_outbound_part_leader", "outbound_part", ["leader"])
