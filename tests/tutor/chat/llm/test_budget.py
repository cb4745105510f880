"""The monthly limit and what is counted, through the real agent and the scripted server."""

import pytest

from tests.tutor.asking import KEY, NAME, ask
from tests.tutor.scripted_claude import Claude, calls, says
from tutor.chat.llm.agent import AgentDeps
from tutor.chat.llm.client import LONGEST_ANSWER
from tutor.chat.llm.selection import make_tutor
from tutor.chat.llm.usage import FIRST_CALL, LIKELY_TOKENS, Spending, Usage, price_of
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Delta, Status, Tutor
from tutor.errors import ModelError
from tutor.settings import Settings
from tutor.store.database import Database


def limited(
    here: Settings, tutor: BuiltinTutor, deps: AgentDeps, database: Database, limit: float
) -> tuple[Tutor, Spending]:
    spending = Spending(database, here.learner)
    settings = here.model_copy(update={"monthly_limit": limit})
    return make_tutor(settings, tutor, deps, spending, KEY), spending


def test_the_limit_is_looked_at_before_each_call_of_an_answer(
    here: Settings, tutor: BuiltinTutor, deps: AgentDeps, claude: Claude, database: Database
) -> None:
    search = calls(("search_knowledge", {"question": "dropout"}), before="Let me look.")
    search.events[-2][1]["usage"]["input_tokens"] = 200_000  # far dearer than what was allowed for
    claude.replies = [search, says("never asked for")]
    price = price_of(NAME)
    asked, spending = limited(here, tutor, deps, database, 0.3 * (price.input if price else 1.0))
    words = ""
    with pytest.raises(ModelError, match="could be passed"):
        for event in asked.answer("explain dropout", ()):
            words += event.text if isinstance(event, Delta) else ""
    assert words == "Let me look." and len(claude.requests) == 1
    assert spending.this_month() >= (Usage(200_000).cost(price) or 1.0)


def test_over_the_limit_nothing_is_sent_and_the_built_in_tutor_answers(
    here: Settings, tutor: BuiltinTutor, deps: AgentDeps, claude: Claude, database: Database
) -> None:
    asked, _ = limited(here, tutor, deps, database, 0.01)
    answer, _ = ask(asked, "explain dropout")
    assert "limit of $0.01" in answer.notice and answer.concept == "dropout"
    assert claude.requests == []


def test_help_for_searches_is_not_asked_for_over_the_limit(
    here: Settings, tutor: BuiltinTutor, deps: AgentDeps, claude: Claude, database: Database
) -> None:
    spending = Spending(database, here.learner)
    price = price_of(NAME)
    room = Usage(FIRST_CALL, LONGEST_ANSWER, cache_write=FIRST_CALL).cost(price) or 0.0
    settings = here.model_copy(update={"monthly_limit": room + 0.001, "search_help": True})
    first = says("dropout while training")
    first.events[0][1]["message"]["usage"]["input_tokens"] = 10_000  # after this there is no room any more
    claude.replies = [first, says("1, 2"), says("never asked for")]
    answer, _ = ask(make_tutor(settings, tutor, deps, spending, KEY), "explain dropout")
    assert len(claude.requests) == 1
    assert "could be passed" in answer.notice and answer.concept == "dropout", "the built-in tutor answered"
    assert spending.this_month() >= (Usage(10_000).cost(price) or 1.0)


def test_help_that_was_paid_for_counts_when_she_stops_after_it(
    here: Settings, tutor: BuiltinTutor, deps: AgentDeps, claude: Claude, database: Database
) -> None:
    spending = Spending(database, here.learner)
    settings = here.model_copy(update={"search_help": True})
    claude.replies = [says("dropout while training"), says("1, 2"), says("never shown")]
    events = make_tutor(settings, tutor, deps, spending, KEY).answer("explain dropout", ())
    next(event for event in events if isinstance(event, Status) and "first words" in event.text)
    events.close()  # type: ignore[attr-defined]  # a generator, as every tutor's answer is
    assert len(claude.requests) == 2
    assert spending.this_month() > 0.0


def test_what_a_stopped_answer_took_counts(
    here: Settings, tutor: BuiltinTutor, deps: AgentDeps, claude: Claude, database: Database
) -> None:
    claude.replies = [says("Half", " an answer")]
    asked, spending = limited(here, tutor, deps, database, 5.0)
    events = asked.answer("explain dropout", ())
    next(event for event in events if isinstance(event, Delta))
    assert spending.this_month() == 0.0
    events.close()  # type: ignore[attr-defined]  # a generator, as every tutor's answer is
    assert spending.this_month() >= (Usage(LIKELY_TOKENS[0]).cost(price_of(NAME)) or 1.0)
