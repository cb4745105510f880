"""All that one question is answered from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from knowledge.content.curriculum import Curriculum
from tutor.chat.citations import Library
from tutor.chat.rules.concept_matching import ConceptMatcher
from tutor.chat.rules.recognize import Asked, Memory
from tutor.chat.rules.retrieval import Evidence, retrieve
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
    memory: Memory
    asked: Asked
    history: Sequence[Turn] = ()

    @cached_property
    def evidence(self) -> Evidence:
        """What was found for the question; searched for once, when it is first needed."""
        topic = self.memory.concept.title if self.asked.follows and self.memory.concept else ""
        return retrieve(self.asked.question, topic, self.library, self.matcher, self.curriculum)
