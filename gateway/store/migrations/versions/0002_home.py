"""Which home belongs to this database, and contents kept as files found without reading all others."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """One table of one row, and a small index: nodes of the version before know neither and go on."""
    op.create_table(
        "home",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("token", ID, nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number = 1", name="ck_home_one"),
        sa.PrimaryKeyConstraint("number", name="pk_home"),
    )
    where = sa.text("body is null")
    op.create_index("ix_content_file", "content", ["sha256"], sqlite_where=where, postgresql_where=where)
