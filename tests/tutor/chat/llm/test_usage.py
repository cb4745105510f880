from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time

from tutor.chat.llm.client import LONGEST_ANSWER
from tutor.chat.llm.usage import ASIDE, FIRST_CALL, Spending, Usage
from tutor.errors import ModelError
from tutor.settings import load_settings
from tutor.store.database import Database, open_database
from tutor.study.progress.record import LearnerRecord


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
            spending.expect_room("anthropic:claude-opus-5-5", 0.7)


def test_the_limit_holds_for_the_dearest_call_that_may_come(database: Database) -> None:
    spending = Spending(database, "local")
    name = "anthropic:claude-opus-5-5"  # 5 dollars a million tokens into the cache, 20 out
    dearest = (FIRST_CALL * 5 + LONGEST_ANSWER * 20) / 1e6
    spending.expect_room(name, dearest + 0.001)
    with pytest.raises(ModelError, match="a call may take"):
        spending.expect_room(name, dearest - 0.001)
    with pytest.raises(ModelError, match="limit"):
        spending.expect_room(name, dearest + 0.001, Usage(1000, 100, context=1100))
    with pytest.raises(ModelError, match="limit"):
        spending.expect_room(name, dearest + 0.001, added=2 * FIRST_CALL)


def test_a_limit_cannot_be_kept_without_a_price_and_that_is_said(database: Database) -> None:
    spending = Spending(database, "local")
    spending.expect_room("openai:unheard-of", None)
    spending.expect_room("ollama:qwen3", 1.0)
    with pytest.raises(ModelError, match="no price for unheard-of"):
        spending.expect_room("openai:unheard-of", 1.0)
