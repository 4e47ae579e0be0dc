"""Files of ours that we carry to partners, and the channels they go through."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two tables, and the time at which a file of ours was carried."""
    _carrying()
    op.create_table(
        "outbound_channel",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("probe_due_at", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_outbound_channel"),
    )
    for table in ("outbound_interchange", "acknowledgement"):
        op.add_column(table, sa.Column("carried_at", MOMENT, nullable=True))


def _carrying() -> None:
    op.create_table(
        "carrying",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubt", sa.Boolean(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("first_tried_at", MOMENT, nullable=True),
        sa.Column("last_tried_at", MOMENT, nullable=True),
        sa.Column("in_hand_by", sa.Text(), nullable=True),
        sa.Column("in_hand_at", MOMENT, nullable=True),
        sa.Column("taken_at", MOMENT, nullable=True),
        sa.Column("answer_due_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answer", ID, nullable=True),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_carrying_sha256"),
        sa.ForeignKeyConstraint(["answer"], ["content.sha256"], name="fk_carrying_answer"),
        sa.PrimaryKeyConstraint("id", name="pk_carrying"),
        sa.UniqueConstraint("channel", "kind", "subject", name="uq_carrying_channel_kind_subject"),
        sa.UniqueConstraint("message_id", name="uq_carrying_message_id"),
    )
    op.create_index("ix_carrying_subject", "carrying", ["subject"])
    _partial("ix_carrying_waiting", ["via", "lane", "id"], "state = 'waiting'")
    _partial("ix_carrying_awaiting", ["answer_due_at"], "state = 'awaiting'")


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "carrying", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
