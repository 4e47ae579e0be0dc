"""What persons say that statements of partners are about."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """One table."""
    op.create_table(
        "business_booking",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_business_booking_document_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["document.id"], name="fk_business_booking_subject_id"),
        sa.PrimaryKeyConstraint("document_id", "line", name="pk_business_booking"),
    )
    op.create_index("ix_business_booking_subject_id", "business_booking", ["subject_id"])
