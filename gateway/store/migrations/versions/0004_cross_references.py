"""Cross references: what partners call things, when that changed, and the values that documents wait for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Three tables, nothing of what is there is changed."""
    op.create_table(
        "crossref_row",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("factor", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("retired_by", sa.Text(), nullable=True),
        sa.Column("retired_why", sa.Text(), nullable=True),
        sa.CheckConstraint("valid_from < valid_to", name="ck_crossref_row_period"),
        sa.PrimaryKeyConstraint("number", name="pk_crossref_row"),
    )
    op.create_index("ix_crossref_row_theirs", "crossref_row", ["partner", "table_name", "theirs"])
    op.create_index("ix_crossref_row_ours", "crossref_row", ["partner", "table_name", "ours"])
    op.create_table(
        "crossref_change",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("partner", name="pk_crossref_change"),
    )
    op.create_table(
        "crossref_unmapped",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_crossref_unmapped_document_id"),
        sa.PrimaryKeyConstraint(
            "document_id", "table_name", "direction", "value", "item", name="pk_crossref_unmapped"
        ),
    )
    op.create_index("ix_crossref_unmapped_partner", "crossref_unmapped", ["partner"])
