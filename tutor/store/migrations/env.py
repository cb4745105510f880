"""What Alembic runs: always over a connection that `tutor.store.migrations.upgrade` gives."""

from alembic import context

from tutor.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a table: it is copied
    transactional_ddl=True,  # our SQLite connections begin explicitly, so a revision is all or nothing
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
