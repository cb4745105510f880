"""The built-in tutor: no key, no network, no language model; it composes its answers from the lessons.

It never bluffs: what the lessons do not cover it says, and names the nearest things that they do.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from knowledge.content.curriculum import Curriculum
from knowledge.search.answer_bank import AnswerBank
from tutor.chat.citations import Citations, Library, Link, no_link, resolved
from tutor.chat.rules.answer_builder import AnswerBuilder
from tutor.chat.rules.concept_matching import ConceptMatcher
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.intents import compose
from tutor.chat.rules.recognize import Memory, recognize
from tutor.chat.types import Answer, Delta, Done, Event, Status, Turn
from tutor.run_catalog import RunCatalog


class KnowledgeSource(Protocol):
    """Where lessons and library come from; both may change while the program runs."""

    @property
    def curriculum(self) -> Curriculum:
        """The lessons as they are now."""
        ...

    @property
    def library(self) -> Library:
        """The best library there is at this moment."""
        ...

    @property
    def answers(self) -> AnswerBank:
        """The written answers, compared by meaning as soon as that can be."""
        ...

    @property
    def notice(self) -> str:
        """What to say beside an answer about the state of the library; empty when it is whole."""
        ...


class BuiltinTutor:
    """Answers from lessons and code alone. Safe to use from many threads."""

    def __init__(self, shelf: KnowledgeSource, runs: RunCatalog, link: Link = no_link) -> None:
        self._shelf = shelf
        self._runs = runs
        self._link = link
        self._matcher: tuple[Curriculum, ConceptMatcher] | None = None

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """Answer `question` after `history`, oldest first. Raises KnowledgeError."""
        yield Status("Looking it up in the lessons and the code")
        curriculum, library, notice = self._shelf.curriculum, self._shelf.library, self._shelf.notice
        matcher = self._matcher_for(curriculum)
        memory = Memory.of(history, curriculum.concepts)
        asked = recognize(question, memory, matcher)
        context = QuestionContext(
            question, library, curriculum, matcher, self._runs, self._shelf.answers, memory, asked, history
        )
        builder = AnswerBuilder(context, Citations(library, self._link), asked.kind, asked.concept)
        compose(builder)
        answer = _finished(builder, notice)
        for piece in _pieces(answer.text):
            yield Delta(piece)
        yield Done(answer)

    def _matcher_for(self, curriculum: Curriculum) -> ConceptMatcher:
        held = self._matcher
        if held is None or held[0] is not curriculum:
            held = (curriculum, ConceptMatcher(curriculum))
            self._matcher = held
        return held[1]


def _finished(builder: AnswerBuilder, notice: str) -> Answer:
    text, citations = resolved("\n\n".join(builder.parts), builder.sources.made, builder.context.library)
    return Answer(
        text=text,
        citations=citations,
        abstained=builder.abstained,
        suggestions=tuple(builder.suggestions),
        run=builder.run,
        concept=builder.concept.id if builder.concept else None,
        kind=builder.kind,
        asked=builder.question.id if builder.question else None,
        notice=notice,
    )


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces as one reads it: line by line."""
    yield from re.findall(r"[^\n]*\n|[^\n]+$", text)
