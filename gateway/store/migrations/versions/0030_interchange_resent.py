"""When an interchange of ours last went once more: answers may be about either copy."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_KNOWN = sa.text(
    "update outbound_interchange set resent_at = known.at from (select g.interchange_id as id, max(d.resent_at) as at"
    " from document d join outbound_group g on g.id = d.outbound_group_id"
    " where d.resent_at is not null group by g.interchange_id) as known where known.id = outbound_interchange.id"
)


def upgrade() -> None:
    """One column, as the documents of it tell it."""
    op.add_column("outbound_interchange", sa.Column("resent_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_KNOWN)
