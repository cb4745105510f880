"""Bringing a database up to date, one revision after the other, with a copy of the file before each."""

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util.exc import CommandError
from sqlalchemy import Engine

from tutor.errors import DatabaseNewerError


def upgrade(engine: Engine, backups: Path) -> list[Path]:
    """Apply what is missing; returns the copies made. Each revision commits whole or not at all.

    Raises DatabaseNewerError when the database knows a revision that we do not: nothing is touched then.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    try:
        missing = list(reversed(list(script.iterate_revisions("head", current or "base"))))
    except (CommandError, RevisionError) as error:
        where = engine.url.render_as_string(hide_password=True)
        raise DatabaseNewerError(
            f"The database {where} was written by a newer version of the tutor (revision {current}). "
            "Nothing was changed; update the tutor, or use a copy from the 'backups' folder."
        ) from error
    copies = []
    empty = current is None  # nothing of hers is in it yet
    for revision in missing:
        if not empty and current and (copy := backup(engine, backups, current)):
            copies.append(copy)
        with engine.connect().execution_options(immediate=True) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision.revision)
        current = revision.revision
    return copies


def backup(engine: Engine, folder: Path, revision: str) -> Path | None:
    """Copy a SQLite file, consistently, into `folder` and return the copy; None for other databases.

    A server's backup is its operator's: we have no way to make one that could be restored.
    """
    database = engine.url.database
    if engine.url.get_backend_name() != "sqlite" or not database or database == ":memory:":
        return None
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"tutor-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S}.db"
    partial = target.with_suffix(".partial")
    with engine.connect() as connection:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        copy = sqlite3.connect(partial)
        try:
            source.backup(copy)
        finally:
            copy.close()
    shutil.move(partial, target)
    return target
