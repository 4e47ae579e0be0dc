"""The first tables. Plain types on purpose: a migration must not change when the code around it does."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "content",
        sa.Column("sha256", ID, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name="pk_content"),
    )
    op.create_table(
        "control_number",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "ours", "theirs", "usage", name="pk_control_number"),
    )
    op.create_table(
        "destination",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("probe_due_at", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_destination"),
    )
    op.create_table(
        "event",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_event"),
    )
    op.create_index("ix_event_subject", "event", ["subject"], unique=False)
    op.create_index("ix_event_transmission_id", "event", ["transmission_id"], unique=False)
    op.create_table(
        "interchange_key",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("interchange_id", ID, nullable=False),
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sender", "receiver", "usage", "control_number", name="pk_interchange_key"),
    )
    op.create_table(
        "release",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("revision", ID, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_release"),
    )
    op.create_table(
        "release_file",
        sa.Column("sha256", ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_release_file"),
    )
    op.create_table(
        "mailbox_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", MOMENT, nullable=False),
        sa.Column("transmission_id", ID, nullable=True),
        sa.Column("acknowledgement_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_mailbox_entry_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox_entry"),
        sa.UniqueConstraint("channel", "folder", "name", name="uq_mailbox_entry_channel_folder_name"),
    )
    op.create_index("ix_mailbox_entry_acknowledgement_id", "mailbox_entry", ["acknowledgement_id"], unique=False)
    op.create_table(
        "release_entry",
        sa.Column("revision", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["release_file.sha256"], name="fk_release_entry_sha256"),
        sa.PrimaryKeyConstraint("revision", "kind", "path", name="pk_release_entry"),
    )
    op.create_index("ix_release_entry_kind_path", "release_entry", ["kind", "path"], unique=False)
    op.create_table(
        "transmission",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("remote", sa.Text(), nullable=True),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("findings", sa.Text(), server_default="[]", nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("released", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("solo_crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("takes", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_transmission_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_transmission"),
        sa.UniqueConstraint("channel", "message_id", name="uq_transmission_channel_message_id"),
    )
    op.create_index("ix_transmission_state_id", "transmission", ["state", "id"], unique=False)
    op.create_index(
        "ix_transmission_waiting",
        "transmission",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_table(
        "interchange",
        sa.Column("id", ID, nullable=False),
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False),
        sa.Column("byte_length", sa.BigInteger(), nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("duplicate_of", ID, nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["transmission_id"], ["transmission.id"], name="fk_interchange_transmission_id"),
        sa.PrimaryKeyConstraint("id", name="pk_interchange"),
    )
    op.create_index("ix_interchange_transmission_id", "interchange", ["transmission_id"], unique=False)
    op.create_table(
        "acknowledgement",
        sa.Column("id", ID, nullable=False),
        sa.Column("interchange_id", ID, nullable=False),
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("interchange_number", sa.Integer(), nullable=False),
        sa.Column("group_numbers", sa.Text(), nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name="fk_acknowledgement_interchange_id"),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_acknowledgement_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_acknowledgement"),
        sa.UniqueConstraint("channel", "name", name="uq_acknowledgement_channel_name"),
        sa.UniqueConstraint("interchange_id", "kind", name="uq_acknowledgement_interchange_id_kind"),
    )
    op.create_index("ix_acknowledgement_transmission_id", "acknowledgement", ["transmission_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", ID, nullable=False),
        sa.Column("transmission_id", ID, nullable=False),
        sa.Column("interchange_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("interchange_control_number", sa.Text(), nullable=False),
        sa.Column("group_control_number", sa.Text(), nullable=False),
        sa.Column("set_control_number", sa.Text(), nullable=False),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False),
        sa.Column("byte_length", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("pins", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("canonical_type", sa.Text(), nullable=False),
        sa.Column("business_number", sa.Text(), nullable=False),
        sa.Column("original", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", MOMENT, nullable=True),
        sa.Column("last_attempt_at", MOMENT, nullable=True),
        sa.Column("next_attempt_at", MOMENT, nullable=True),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name="fk_document_interchange_id"),
        sa.ForeignKeyConstraint(["transmission_id"], ["transmission.id"], name="fk_document_transmission_id"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
    )
    op.create_index("ix_document_interchange_id", "document", ["interchange_id"], unique=False)
    op.create_index("ix_document_partner_id", "document", ["partner", "id"], unique=False)
    op.create_index("ix_document_state_id", "document", ["state", "id"], unique=False)
    op.create_index("ix_document_transmission_id", "document", ["transmission_id"], unique=False)
    op.create_index(
        "ix_document_untranslated",
        "document",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'validated'"),
        postgresql_where=sa.text("state = 'validated'"),
    )
    op.create_index(
        "ix_document_waiting",
        "document",
        ["destination", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'mapped'"),
        postgresql_where=sa.text("state = 'mapped'"),
    )
    op.create_table(
        "canonical",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", ID, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("(body is null) <> (sha256 is null)", name="ck_canonical_somewhere"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_canonical_document_id"),
        sa.ForeignKeyConstraint(["sha256"], ["content.sha256"], name="fk_canonical_sha256"),
        sa.PrimaryKeyConstraint("document_id", "generation", name="pk_canonical"),
    )
    op.create_table(
        "document_key",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_document_key_document_id"),
        sa.PrimaryKeyConstraint("document_id", "name", "value", name="pk_document_key"),
    )
    op.create_index("ix_document_key_value", "document_key", ["value"], unique=False)
