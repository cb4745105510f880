from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time

from tutor.chat.spending import ASIDE, Spending
from tutor.database import Database, open_database
from tutor.errors import ModelError
from tutor.settings import load_settings
from tutor.study.record import LearnerRecord


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(load_settings(home=tmp_path / "home"))
    yield database
    database.close()


def test_what_is_asked_outside_a_conversation_counts_too(database: Database) -> None:
    record, spending = LearnerRecord(database, "local"), Spending(database, "local")
    with freeze_time("2026-02-27"):
        record.note(ASIDE, "anthropic:m", dollars=5.0)
    with freeze_time("2026-03-02"):
        record.note(ASIDE, "anthropic:m", dollars=0.25)
        record.note(ASIDE, "anthropic:m", dollars=0.5)
        assert spending.this_month() == 0.75
        with pytest.raises(ModelError, match="limit"):
            spending.expect_room("anthropic:m", 0.7)
