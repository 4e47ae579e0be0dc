"""The audit trail: acts of people, each bound to the one before it, and never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
REFUSAL = "the audit trail is only ever added to"


def upgrade() -> None:
    """Three tables, nothing of what is there is changed; triggers keep the entries as they are."""
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", ID, nullable=False),
        sa.Column("hash", ID, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
        sa.UniqueConstraint("hash", name="uq_audit_hash"),
    )
    op.create_index("ix_audit_who", "audit", ["who"])
    op.create_index("ix_audit_verb", "audit", ["verb"])
    op.create_table(
        "audit_subject",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("subject", "number", name="pk_audit_subject"),
    )
    op.create_table(
        "audit_head",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", ID, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_audit_head"),
        sa.CheckConstraint("one = 1", name=op.f("ck_audit_head_one")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for act in ("update", "delete"):
        op.execute(f"create trigger audit_no_{act} before {act} on audit begin select raise(abort, '{REFUSAL}'); end")


def _guard_postgresql() -> None:
    op.execute(
        "create function audit_is_kept() returns trigger language plpgsql as "
        f"$$ begin raise exception '{REFUSAL}'; end $$"
    )
    op.execute("create trigger audit_no_change before update or delete on audit execute function audit_is_kept()")
    op.execute("create trigger audit_no_truncate before truncate on audit execute function audit_is_kept()")
