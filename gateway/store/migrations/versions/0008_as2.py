"""Messages that came by AS2, what is in them, and receipts for what we sent."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """Three tables, nothing of what is there is changed."""
    _messages()
    op.create_table(
        "as2_part",
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("as2_message_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        _text("content_type"),
        sa.ForeignKeyConstraint(["transmission_id"], ["transmission.id"], name="fk_as2_part_transmission_id"),
        sa.ForeignKeyConstraint(["as2_message_id"], ["as2_message.id"], name="fk_as2_part_as2_message_id"),
        sa.PrimaryKeyConstraint("transmission_id", name="pk_as2_part"),
    )
    op.create_index("ix_as2_part_as2_message_id", "as2_part", ["as2_message_id"])
    op.create_table(
        "as2_receipt",
        sa.Column("id", ID, nullable=False),
        _text("channel"),
        _text("remote"),
        sa.Column("received_at", MOMENT, nullable=False),
        _text("headers"),
        sa.Column("sha256", ID, nullable=False),
        _text("original_message_id"),
        _text("disposition"),
        _text("mic"),
        _text("signed_by"),
        _text("outcome"),
        _text("reason"),
        sa.Column("subject", ID, nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_as2_receipt_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_as2_receipt"),
    )
    op.create_index("ix_as2_receipt_subject", "as2_receipt", ["subject"])


def _messages() -> None:
    op.create_table(
        "as2_message",
        sa.Column("id", ID, nullable=False),
        _text("channel"),
        sa.Column("message_key", ID, nullable=False),
        *(_text(name) for name in ("message_id", "as2_from", "as2_to", "remote")),
        sa.Column("received_at", MOMENT, nullable=False),
        *(_text(name) for name in ("state", "reason", "headers")),
        sa.Column("sha256", ID, nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(_text(name) for name in ("mic", "mics", "security", "disposition", "mdn_state", "mdn_headers")),
        sa.Column("mdn_sha256", ID, nullable=True),
        _text("mdn_url"),
        sa.Column("mdn_attempts", sa.Integer(), nullable=False),
        sa.Column("mdn_next_at", MOMENT, nullable=True),
        sa.Column("mdn_at", MOMENT, nullable=True),
        _text("mdn_reason"),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_as2_message_sha256"),
        sa.ForeignKeyConstraint(["mdn_sha256"], ["content.sha256"], name="fk_as2_message_mdn_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_as2_message"),
    )
    _partial("uq_as2_message_key", ["channel", "message_key"], "state = 'taken'", unique=True)
    _partial("ix_as2_message_mdn_next_at", ["mdn_next_at"], "mdn_state = 'waiting'")
    op.create_index("ix_as2_message_state", "as2_message", ["state", "id"])


def _partial(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(
        name, "as2_message", columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
