"""What our systems gave no number is found by an index that no other is taken for."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index goes, one is put in another order: it is empty but for what is wrong."""
    op.drop_index("ix_document_divided", table_name="document")
    op.drop_index("ix_document_unnumbered", table_name="document")
    where = sa.text("state = 'delivered' and external_id = ''")
    columns = ["external_id", "state", "interchange_id"]
    op.create_index("ix_document_unnumbered", "document", columns, sqlite_where=where, postgresql_where=where)
