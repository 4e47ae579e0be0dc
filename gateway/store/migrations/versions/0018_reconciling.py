"""What came in is counted as it is read, and found by partner and day."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three columns and three indexes. What was read before was not counted: it has no `sets`."""
    op.add_column("interchange", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("interchange", sa.Column("sets", sa.Integer(), nullable=True))
    op.add_column("interchange", sa.Column("group_counts", sa.Text(), nullable=True))
    op.execute(
        "update interchange set received_at ="
        " (select received_at from transmission where transmission.id = interchange.transmission_id)"
    )
    op.create_index("ix_interchange_partner_received_at", "interchange", ["partner", "received_at"])
    ours = sa.text("direction = 'outbound'")
    op.create_index(
        "ix_document_handed_in", "document", ["partner", "received_at"], sqlite_where=ours, postgresql_where=ours
    )
    op.create_index("ix_outbound_interchange_partner_sealed_at", "outbound_interchange", ["partner", "sealed_at"])
