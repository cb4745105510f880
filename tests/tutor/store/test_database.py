import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import StatementError

import tutor.store.migrations
from tutor import errors
from tutor.chat.conversations import Conversations
from tutor.settings import PROJECT, Settings, load_settings
from tutor.store.database import Database, explain, make_engine, open_database
from tutor.store.tables import Base, ConversationRow, LearnerRow, PredictionRow


def alembic_to(settings: Settings, revision: str) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(Path(tutor.store.migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    engine = make_engine(settings.database)
    with engine.connect().execution_options(immediate=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def test_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_table_says_whose_row_it_is() -> None:
    without = [name for name, table in Base.metadata.tables.items() if "learner_id" not in table.columns]
    assert without == ["learners"]


def test_an_older_database_is_copied_before_it_is_changed(settings: Settings) -> None:
    alembic_to(settings, "0001")
    path = settings.home / "tutor.db"
    with sqlite3.connect(path) as old:
        old.execute("INSERT INTO learners VALUES ('ana', '2026-01-01 00:00:00')")
        old.execute("INSERT INTO conversations VALUES ('c1', 'ana', 'Before', '2026-01-01', '2026-01-01')")
    old.close()
    database = open_database(settings)
    with database.read() as session:
        assert session.scalars(select(ConversationRow.title)).all() == ["Before"]
    database.close()
    revisions = list(ScriptDirectory(str(Path(tutor.store.migrations.__file__).parent)).walk_revisions())
    copies = sorted(settings.backups.glob("*.db"))
    assert len(copies) == len(revisions) - 1
    copy = sqlite3.connect(copies[0])
    assert copy.execute("SELECT title FROM conversations").fetchall() == [("Before",)]
    copy.close()


def test_opening_again_changes_nothing(settings: Settings) -> None:
    open_database(settings).close()
    open_database(settings).close()
    assert not settings.backups.exists()


def test_a_database_of_a_newer_tutor_is_left_alone(settings: Settings) -> None:
    open_database(settings).close()
    path = settings.home / "tutor.db"
    with sqlite3.connect(path) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    with pytest.raises(errors.DatabaseNewerError, match="newer version"):
        open_database(settings)


@pytest.mark.parametrize(
    "content",
    [b"not a database, but long enough to be looked at" * 100, b"SQLite format 3\0" + b"\xff" * 5000],
)
def test_a_damaged_database_is_told_and_kept(settings: Settings, content: bytes) -> None:
    settings.home.mkdir(parents=True)
    path = settings.home / "tutor.db"
    path.write_bytes(content)
    with pytest.raises(errors.DatabaseCorruptError, match="backups"):
        open_database(settings)
    assert path.read_bytes() == content


def test_a_locked_database_is_told_and_nothing_is_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.store.database.BUSY_SECONDS", 0.2)
    database = open_database(settings)
    conversations = Conversations(database, settings.learner)
    kept = conversations.create("kept")
    other = sqlite3.connect(settings.home / "tutor.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(errors.DatabaseLockedError, match="close that program"):
        conversations.create("not now")
    assert [each.id for each in conversations.list()] == [kept.id]  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert conversations.create("now").title == "now"
    database.close()


def test_a_read_only_database_is_told(settings: Settings) -> None:
    open_database(settings).close()
    path = (settings.home / "tutor.db").as_posix()
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    database = open_database(load_settings(home=settings.home, database_url=url))
    conversations = Conversations(database, settings.learner)
    assert conversations.list() == []
    with pytest.raises(errors.DatabaseReadOnlyError, match="TUTOR_HOME"):
        conversations.create("no")
    database.close()


def test_a_full_disk_is_told_and_what_was_there_stays(database: Database, settings: Settings) -> None:
    conversations = Conversations(database, settings.learner)
    chat = conversations.create("before")
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(errors.DiskFullError, match="free some space"):
        for _ in range(50):
            conversations.begin(conversations.create("more").id, "x" * 5000)
    assert chat.id in [each.id for each in conversations.list()]


def test_times_are_utc_wherever_they_come_from(database: Database, settings: Settings) -> None:
    tokyo = datetime(2026, 3, 1, 8, 30, tzinfo=timezone(timedelta(hours=9)))
    with database.write() as session:
        session.add(
            PredictionRow(
                learner_id=settings.learner,
                run_id="r",
                exercise="nanogpt",
                prompt="?",
                options=["a"],
                choice="a",
                created_at=tokyo,
            )
        )
    with database.read() as session:
        stored = session.scalars(select(PredictionRow)).one()
    assert stored.created_at == tokyo
    assert stored.created_at.tzinfo is UTC
    with pytest.raises(StatementError, match="without a zone"), database.write() as session:
        session.add(LearnerRow(id="x", created_at=datetime(2026, 1, 1)))


def test_a_write_that_fails_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(errors.DatabaseError), database.write() as session:
        session.add(LearnerRow(id="half"))
        session.flush()
        session.execute(text("INSERT INTO nowhere VALUES (1)"))
    with database.read() as session:
        assert session.get(LearnerRow, "half") is None


@pytest.mark.slow
def test_two_programs_may_start_at_once(settings: Settings) -> None:
    code = (
        "import sys; from tutor.settings import load_settings; from tutor.store.database import open_database;"
        "open_database(load_settings(home=sys.argv[1])).close()"
    )
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(settings.home)], cwd=PROJECT, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    assert [start.communicate()[1] for start in starts] == [b"", b"", b""]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("database is locked", errors.DatabaseLockedError),
        ("attempt to write a readonly database", errors.DatabaseReadOnlyError),
        ("database or disk is full", errors.DiskFullError),
        ("[Errno 28] No space left on device", errors.DiskFullError),
        ("database disk image is malformed", errors.DatabaseCorruptError),
        ("something new", errors.DatabaseError),
    ],
)
def test_what_the_driver_says_becomes_what_to_do(said: str, kind: type[Exception]) -> None:
    assert type(explain(said, make_url("sqlite:////home/tutor.db"))) is kind


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "not the address of a database"),
        ("nosuch+driver://host/name", "not the address of a database"),
        ("mssql+pymssql://host/name", "pip install pymssql"),
    ],
)
def test_an_address_that_cannot_be_used_says_what_to_do(tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(errors.DatabaseError, match=said):
        open_database(load_settings(home=tmp_path, database_url=address))
