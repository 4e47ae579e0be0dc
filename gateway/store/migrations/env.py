"""Alembic runs this inside the transaction that `Database.migrate` opened; there is no offline mode."""

from alembic import context

from gateway.store.tables import METADATA


def _run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,  # SQLite alters a table by copying it
        transactional_ddl=False,  # the caller's transaction is the only one
    )
    context.run_migrations()


_run()
