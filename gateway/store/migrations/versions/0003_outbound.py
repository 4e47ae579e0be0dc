"""What we send: interchanges and groups of ours, what waits to be sealed, and what partners answer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """New tables first: the document refers to one of them."""
    _interchanges()
    _documents()
    _unsealed_sets()
    _received_acknowledgements()
    op.add_column("mailbox_entry", sa.Column("outbound_interchange_id", ID, nullable=True))
    op.create_index("ix_mailbox_entry_outbound_interchange_id", "mailbox_entry", ["outbound_interchange_id"])


def _interchanges() -> None:
    op.create_table(
        "outbound_interchange",
        sa.Column("id", ID, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ta1", sa.Text(), nullable=False),
        sa.Column("ta1_note", sa.Text(), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.Column("offered_at", MOMENT, nullable=True),
        sa.Column("fetched_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_outbound_interchange_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_outbound_interchange"),
        sa.UniqueConstraint("channel", "name", name="uq_outbound_interchange_channel_name"),
    )
    op.create_index(
        "ix_outbound_interchange_pair", "outbound_interchange", ["receiver", "sender", "control_number"]
    )
    op.create_table(
        "outbound_group",
        sa.Column("id", ID, nullable=False),
        sa.Column("interchange_id", ID, nullable=False),
        sa.Column("functional_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sets", sa.Integer(), nullable=False),
        sa.Column("acknowledgement", sa.Text(), nullable=False),
        sa.Column("included", sa.Integer(), nullable=True),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["interchange_id"], ["outbound_interchange.id"], name="fk_outbound_group_interchange_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outbound_group"),
    )
    op.create_index("ix_outbound_group_interchange_id", "outbound_group", ["interchange_id"])
    op.create_index("ix_outbound_group_pair", "outbound_group", ["receiver", "sender", "control_number"])


def _documents() -> None:
    """SQLite cannot change a column: it writes the table anew, for which references are not looked at meanwhile."""
    with op.batch_alter_table("document") as document:
        document.alter_column("interchange_id", existing_type=ID, nullable=True)
        document.add_column(sa.Column("outbound_group_id", ID, nullable=True))
        document.add_column(sa.Column("acknowledgement", sa.Text(), nullable=False, server_default=""))
        document.add_column(sa.Column("acknowledged_at", MOMENT, nullable=True))
        document.add_column(sa.Column("acknowledgement_detail", sa.Text(), nullable=False, server_default="[]"))
        document.add_column(sa.Column("part", sa.Text(), nullable=True))
        document.create_foreign_key(
            "fk_document_outbound_group_id", "outbound_group", ["outbound_group_id"], ["id"]
        )
        document.create_index("ix_document_outbound_group_id", ["outbound_group_id"])
    op.create_index(
        "ix_document_collected",
        "document",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'collected'"),
        postgresql_where=sa.text("state = 'collected'"),
    )


def _unsealed_sets() -> None:
    op.create_table(
        "unsealed_set",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("envelope", ID, nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("most_sets", sa.Integer(), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", ID, nullable=True),
        sa.CheckConstraint("(body is null) <> (sha256 is null)", name="ck_unsealed_set_somewhere"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_unsealed_set_document_id"),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_unsealed_set_sha256"),
        sa.PrimaryKeyConstraint("document_id", name="pk_unsealed_set"),
    )
    op.create_index("ix_unsealed_set_envelope", "unsealed_set", ["envelope", "document_id"])
    op.create_index("ix_unsealed_set_due_at", "unsealed_set", ["due_at"])


def _received_acknowledgements() -> None:
    op.create_table(
        "received_acknowledgement",
        sa.Column("id", ID, nullable=False),
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=True),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outbound_interchange_id", ID, nullable=True),
        sa.Column("outbound_group_id", ID, nullable=True),
        sa.Column("outbound_document_id", ID, nullable=True),
        sa.Column("included", sa.Integer(), nullable=True),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [there], name=f"fk_received_acknowledgement_{column}")
            for column, there in (
                ("transmission_id", "transmission.id"),
                ("document_id", "document.id"),
                ("outbound_interchange_id", "outbound_interchange.id"),
                ("outbound_group_id", "outbound_group.id"),
                ("outbound_document_id", "document.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_received_acknowledgement"),
    )
    for column in (
        "transmission_id",
        "document_id",
        "outbound_interchange_id",
        "outbound_group_id",
        "outbound_document_id",
    ):
        op.create_index(f"ix_received_acknowledgement_{column}", "received_acknowledgement", [column])
