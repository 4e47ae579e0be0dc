"""Lists of what is owed, also of what came too late, among a million that are met."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Other indexes."""
    op.drop_index("ix_owed_open", table_name="owed")
    op.drop_index("ix_owed_running", table_name="owed")
    op.create_index("ix_owed_running", "owed", ["state", "missed_at", "due_at"])
    late = sa.text("met_at > due_at")
    op.create_index("ix_owed_late", "owed", ["due_at"], sqlite_where=late, postgresql_where=late)
    op.create_index("ix_owed_state_due_at", "owed", ["state", "due_at"])
