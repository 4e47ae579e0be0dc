"""When an interchange of ours went once more under the same numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column: none of those that are there went so."""
    op.add_column("document", sa.Column("resent_at", sa.DateTime(timezone=True), nullable=True))
