"""Groups of ours by their control number: how a 997 finds what it answers."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index; GS ids need not fit, so the one over the pair does not help."""
    op.create_index("ix_outbound_group_number", "outbound_group", ["control_number", "functional_id"])
