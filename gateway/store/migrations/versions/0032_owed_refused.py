"""What came and was refused by whoever waits for it, beside what is owed: nobody sends a second one beside the first."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AGAIN = sa.text(
    "update follower set position = 0 where name = 'business' and exists (select 1 from owed where state = 'open')"
)


def upgrade() -> None:
    """One column. What is owed is reckoned anew behind the events, from the first on."""
    op.add_column("owed", sa.Column("refused", ID, nullable=False, server_default=""))
    op.execute(_AGAIN)
