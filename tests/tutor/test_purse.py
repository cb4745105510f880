"""The monthly limit and what is counted, through the real agent and the scripted server."""

import pytest

from tests.tutor.asking import KEY, NAME, ask
from tests.tutor.scripted_claude import Claude, calls, says
from tutor.chat.agent import Equipment
from tutor.chat.answers import Delta, Tutor
from tutor.chat.builtin import BuiltinTutor
from tutor.chat.choose import make_tutor
from tutor.chat.spending import LIKELY_TOKENS, Spending, Usage, price_of
from tutor.database import Database
from tutor.errors import ModelError
from tutor.settings import Settings


def limited(
    here: Settings, tutor: BuiltinTutor, equipment: Equipment, database: Database, limit: float
) -> tuple[Tutor, Spending]:
    spending = Spending(database, here.learner)
    settings = here.model_copy(update={"monthly_limit": limit})
    return make_tutor(settings, tutor, equipment, spending, KEY), spending


def test_the_limit_is_looked_at_before_each_call_of_an_answer(
    here: Settings, tutor: BuiltinTutor, equipment: Equipment, claude: Claude, database: Database
) -> None:
    search = calls(("search_knowledge", {"question": "dropout"}), before="Let me look.")
    search.events[-2][1]["usage"]["input_tokens"] = 200_000  # far dearer than what was allowed for
    claude.replies = [search, says("never asked for")]
    price = price_of(NAME)
    asked, spending = limited(here, tutor, equipment, database, 0.3 * (price.input if price else 1.0))
    words = ""
    with pytest.raises(ModelError, match="could be passed"):
        for event in asked.answer("explain dropout", ()):
            words += event.text if isinstance(event, Delta) else ""
    assert words == "Let me look." and len(claude.requests) == 1
    assert spending.this_month() >= (Usage(200_000).cost(price) or 1.0)


def test_over_the_limit_nothing_is_sent_and_the_built_in_tutor_answers(
    here: Settings, tutor: BuiltinTutor, equipment: Equipment, claude: Claude, database: Database
) -> None:
    asked, _ = limited(here, tutor, equipment, database, 0.01)
    answer, _ = ask(asked, "explain dropout")
    assert "limit of $0.01" in answer.notice and answer.concept == "dropout"
    assert claude.requests == []


def test_what_a_stopped_answer_took_counts(
    here: Settings, tutor: BuiltinTutor, equipment: Equipment, claude: Claude, database: Database
) -> None:
    claude.replies = [says("Half", " an answer")]
    asked, spending = limited(here, tutor, equipment, database, 5.0)
    events = asked.answer("explain dropout", ())
    next(event for event in events if isinstance(event, Delta))
    assert spending.this_month() == 0.0
    events.close()  # type: ignore[attr-defined]  # a generator, as every tutor's answer is
    assert spending.this_month() >= (Usage(LIKELY_TOKENS[0]).cost(price_of(NAME)) or 1.0)
