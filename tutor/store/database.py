"""The database: its engine, and sessions whose errors speak plainly.

SQLite in the home folder unless an SQLAlchemy URL says otherwise. Tables are in `tutor/store/tables.py`.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from filelock import Timeout as FileLockTimeout
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy import exc as sql
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from tutor import errors
from tutor.settings import Settings
from tutor.store.migrations import upgrade
from tutor.store.tables import LearnerRow, new_id, now

DRIVERS = {"psycopg": '"psycopg[binary]"'}  # where what is installed has another name than what is imported
BUSY_SECONDS = 5.0  # how long to wait for another program's write


class Database:
    """Sessions over one engine. Make it with `open_database`; `read` and `write` raise DatabaseError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking: nothing is stored."""
        with _plain_errors(self.engine.url), Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits when its block ends well and rolls back when it does not."""
        with (
            _plain_errors(self.engine.url),
            self.engine.connect().execution_options(immediate=True) as connection,
            Session(connection, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """Open and bring up to date, creating what is missing. Raises DatabaseError.

    Safe when two programs start at once: one migrates, the other waits.
    """
    url, engine = _engine_for(settings)
    try:
        with _plain_errors(url):
            settings.home.mkdir(parents=True, exist_ok=True)
            with FileLock(settings.home / "migration.lock", timeout=60):
                upgrade(engine, settings.backups)
    except FileLockTimeout as error:
        raise errors.DatabaseLockedError(
            f"Another program has been upgrading {place(url)} for a minute. Close other windows of the "
            "tutor, then try again."
        ) from error
    except errors.DatabaseError:
        engine.dispose()
        raise
    database = Database(engine)
    _know(database, settings.learner)
    return database


def _engine_for(settings: Settings) -> tuple[URL, Engine]:
    try:
        url = settings.database
        return url, make_engine(url)
    except sql.ArgumentError as error:
        raise errors.DatabaseError(
            "TUTOR_DATABASE_URL is not the address of a database. It looks like "
            "postgresql+psycopg://user@host/name; without it a file in your home folder is used."
        ) from error
    except ModuleNotFoundError as error:
        raise errors.DatabaseError(
            f"This kind of database needs the Python package {error.name}. Install it into the tutor's environment: "
            f"{Path(sys.executable).name} -m pip install {DRIVERS.get(error.name or '', error.name)}"
        ) from error


def _know(database: Database, learner: str) -> None:
    """Every row of hers refers to her own."""
    with database.read() as session:
        known = session.get(LearnerRow, learner) is not None
    if not known:
        with database.write() as session:
            session.merge(LearnerRow(id=learner))


def make_engine(url: URL) -> Engine:
    """An engine that behaves the same on SQLite and on a server; connects to nothing yet."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we begin ourselves: the driver leaves DDL outside the transaction
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    if not cursor.execute("PRAGMA query_only").fetchone()[0]:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error) and "locked" not in str(error):
                raise
    cursor.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    # A read that turns into a write can fail without waiting; a writer therefore says so at once.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def place(url: URL) -> str:
    """Where the database is, without a password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)


@contextmanager
def _plain_errors(url: URL) -> Iterator[None]:
    """Turn what the driver says into what happened and what to do next."""
    try:
        yield
    except sql.DBAPIError as error:
        raise explain(str(error.orig), url) from error
    except (
        OverflowError,
        UnicodeEncodeError,
    ) as error:  # a number or a letter that the driver cannot hand on
        raise explain(str(error)[:200], url) from error
    except sqlite3.Error as error:
        raise explain(str(error), url) from error
    except OSError as error:
        raise explain(str(error), url) from error


def explain(said: str, url: URL) -> errors.DatabaseError:
    """The error to raise for what the driver or the system said."""
    where, low = place(url), said.lower()
    if "locked" in low or "busy" in low:
        return errors.DatabaseLockedError(
            f"Another program is holding the database {where}. Nothing was changed; close that program, "
            "or try again."
        )
    if "readonly" in low or "read-only" in low or "permission denied" in low:
        return errors.DatabaseReadOnlyError(
            f"The database {where} may not be written. Nothing was lost; allow writing to it and its "
            "folder, or set TUTOR_HOME to a folder of yours."
        )
    if "full" in low or "no space" in low:
        return errors.DiskFullError(
            f"There is no room left for the database {where}. What was stored before is safe; free some "
            "space and try again."
        )
    if "malformed" in low or "not a database" in low or "corrupt" in low:
        return errors.DatabaseCorruptError(
            f"The database {where} is damaged. It was left as it is; put back a copy from the 'backups' "
            "folder beside it, or move it away to begin with an empty one."
        )
    return errors.DatabaseError(f"The database {where} cannot be used: {said}. Nothing was changed.")


__all__ = ["Database", "explain", "make_engine", "new_id", "now", "open_database", "place"]
