"""Who answers: a model when there is one, the built-in tutor else and when the model fails, said openly."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

from pydantic import SecretStr

from knowledge.errors import KnowledgeError
from tutor.chat.llm.agent import AgentDeps, AgentTutor, BudgetGuard, warm
from tutor.chat.llm.client import chosen, open_model
from tutor.chat.llm.usage import Spending, Usage
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Delta, Done, Event, Status, Turn, Tutor
from tutor.errors import ModelError
from tutor.keys import find_key
from tutor.settings import Settings

log = logging.getLogger(__name__)
WARMING = "warm-model"
PAGE_FIRST = 2.0  # seconds in which the page and the index are not held up by loading a model's libraries
INSTEAD = "This answer is the built-in tutor's, from the lessons alone."


class WithFallback:
    """A model's answer; before its first word is out, a failure hands over to the built-in tutor."""

    def __init__(self, first: Callable[[], Tutor], second: Tutor, before: Callable[[], None]) -> None:
        self._open = first
        self._second = second
        self._before = before
        self._first: Tutor | None = None
        self._asked = threading.Event()
        self._opening = threading.Lock()

    def prepare(self) -> None:
        """Open the model before it is asked, after the page; what fails now is said when it is asked."""
        self._asked.wait(PAGE_FIRST)
        try:
            self._opened()
        except (ModelError, KnowledgeError) as error:
            log.info("the model could not be opened yet: %s", error)

    def _opened(self) -> Tutor:
        with self._opening:
            if self._first is None:
                self._first = self._open()
            return self._first

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """As `Tutor`. After the first word a failure is raised: what was said stays, and is marked."""
        spoken = False
        try:
            self._before()
            self._asked.set()
            if self._first is None:
                yield Status("Opening the model")
            for event in self._opened().answer(question, history):
                spoken = spoken or isinstance(event, Delta)
                yield event
        except ModelError as error:
            if spoken:
                raise
            log.warning("answering without the model: %s", error)
            yield from self._instead(question, history, str(error))

    def _instead(self, question: str, history: Sequence[Turn], why: str) -> Iterator[Event]:
        from dataclasses import replace

        for event in self._second.answer(question, history):
            if isinstance(event, Done):
                answer: Answer = event.answer
                event = Done(replace(answer, notice=" ".join(filter(None, [why, INSTEAD, answer.notice]))))
            yield event


def make_tutor(
    settings: Settings,
    builtin: BuiltinTutor,
    deps: AgentDeps,
    spending: Spending,
    key: SecretStr | None = None,
) -> Tutor:
    """The tutor that the settings ask for; `key` is one that was entered on the page for this session."""
    found = key or find_key(settings)
    name = chosen(settings, found)
    if not name:
        return builtin

    def expect_room(used: Usage, added: int) -> None:
        spending.expect_room(name, settings.monthly_limit, used, added)

    def open_first() -> Tutor:
        warm(name)
        helper = open_model(name, settings, found, short=True) if settings.search_help else None
        budget = BudgetGuard(expect_room, lambda used: spending.keep(name, used))
        agent = AgentTutor(open_model(name, settings, found), name, deps, helper, budget)
        agent.prepare()
        return agent

    tutor = WithFallback(open_first, builtin, lambda: expect_room(Usage(), 0))
    # its libraries take seconds to load: while she reads the page, not after her first question
    threading.Thread(target=tutor.prepare, name=WARMING, daemon=True).start()
    return tutor
