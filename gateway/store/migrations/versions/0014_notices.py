"""The outbox: who is told what happens, every try, and how far the events were followed."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Four tables, nothing of what is there is changed."""
    _notice()
    op.create_table(
        "notice_attempt",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_notice_attempt_notice_id"),
        sa.PrimaryKeyConstraint("number", name="pk_notice_attempt"),
    )
    op.create_index("ix_notice_attempt_notice_id", "notice_attempt", ["notice_id"])
    op.create_table(
        "notice_target",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("paused_until", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("alerted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_notice_target"),
    )
    op.create_table(
        "notice_follower",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("number = 1", name="ck_notice_follower_one"),
        sa.PrimaryKeyConstraint("number", name="pk_notice_follower"),
    )


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("event_number", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("in_hand_by", sa.Text(), nullable=True),
        sa.Column("first_tried_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    waiting, gathering = sa.text("state in ('gathering', 'waiting')"), sa.text("state = 'gathering'")
    op.create_index(
        "ix_notice_open", "notice", ["target", "next_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index(
        "uq_notice_gathering",
        "notice",
        ["target"],
        unique=True,
        sqlite_where=gathering,
        postgresql_where=gathering,
    )
    op.create_index("ix_notice_state_id", "notice", ["state", "id"])
    op.create_index("ix_notice_subject", "notice", ["subject"])
