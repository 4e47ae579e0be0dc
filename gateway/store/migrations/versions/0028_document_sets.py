"""Documents of a set are found among a million others, also where there are few of it or they are long ago."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index, with all that lists of a set are narrowed by."""
    where = sa.text("set_id <> ''")
    columns = ["set_id", "id", "state", "partner", "direction", "acknowledgement", "usage"]
    op.create_index("ix_document_set", "document", columns, sqlite_where=where, postgresql_where=where)
