"""All that one question is answered from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from knowledge.content.curriculum import Curriculum
from knowledge.search.answer_bank import AnswerBank, Match, parts
from knowledge.search.coverage import coverage
from tutor.chat.citations import Library
from tutor.chat.rules.concept_matching import ConceptMatcher
from tutor.chat.rules.recognize import Asked, Memory
from tutor.chat.rules.retrieval import Evidence, retrieve
from tutor.chat.rules.thresholds import THRESHOLDS
from tutor.chat.types import Turn
from tutor.run_catalog import RunCatalog


@dataclass(frozen=True)
class QuestionContext:
    """What was asked, what was said before, and where answers come from. `asked` is the question as it was read."""

    question: str  # as it was typed
    library: Library
    curriculum: Curriculum
    matcher: ConceptMatcher
    runs: RunCatalog
    answers: AnswerBank
    memory: Memory
    asked: Asked
    history: Sequence[Turn] = ()

    @cached_property
    def evidence(self) -> Evidence:
        """What was found for the question; searched for once, when it is first needed."""
        topic = self.memory.concept.title if self.asked.follows and self.memory.concept else ""
        return retrieve(self.asked.question, topic, self.library, self.matcher, self.curriculum)

    @cached_property
    def known(self) -> list[Match]:
        """The written answers that come nearest, best first."""
        found = self.answers.find(self.asked.question, self.library.encode(parts(self.asked.question)))
        return [match for match in found if match.known.concept in self.curriculum.concepts]

    @cached_property
    def covered(self) -> float:
        """How likely the question is one that the written answers cover, 0 to 1; by words alone, all or nothing."""
        if not self.known:
            return 0.0
        if not self.answers.by_meaning:
            return float(self.known[0].score >= THRESHOLDS.known_by_words)
        return coverage(self.known[0], self.matcher.unknown_share(self.asked.question))
