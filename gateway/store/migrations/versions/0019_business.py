"""The business axis: what was said of documents, and where their business stands by it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Four columns and two tables. What was said of the documents that are there is heard by the follower."""
    op.add_column("document", sa.Column("business", sa.Text(), nullable=False, server_default=""))
    op.add_column("document", sa.Column("business_at", MOMENT, nullable=True))
    op.add_column("document", sa.Column("business_words", sa.Text(), nullable=False, server_default=""))
    op.add_column("document", sa.Column("business_open", sa.BigInteger(), nullable=True))
    known = sa.text("business <> ''")
    op.create_index(
        "ix_document_business", "document", ["business", "id"], sqlite_where=known, postgresql_where=known
    )
    op.create_table(
        "business_number",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("normal", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_business_number_document_id"),
        sa.PrimaryKeyConstraint("document_id", name="pk_business_number"),
    )
    op.create_index("ix_business_number_normal", "business_number", ["partner", "normal"])
    _facts()


def _facts() -> None:
    op.create_table(
        "business_fact",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_id", ID, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("heard_of", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["document.id"], name="fk_business_fact_subject_id"),
        sa.PrimaryKeyConstraint("document_id", "line", name="pk_business_fact"),
    )
    matched = sa.text("subject_id is not null")
    left = sa.text("state in ('early', 'unmatched', 'ambiguous')")
    op.create_index(
        "ix_business_fact_subject", "business_fact", ["subject_id"], sqlite_where=matched, postgresql_where=matched
    )
    op.create_index(
        "ix_business_fact_open", "business_fact", ["partner", "lookup"], sqlite_where=left, postgresql_where=left
    )
    op.create_index(
        "ix_business_fact_left", "business_fact", ["document_id", "line"], sqlite_where=left, postgresql_where=left
    )
