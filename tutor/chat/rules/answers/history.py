"""Who and when: only what a card says in so many words."""

import re

from knowledge.content.curriculum import Concept
from tutor.chat.rules.answer_builder import AnswerBuilder
from tutor.chat.rules.answers import course
from tutor.chat.rules.answers.card import suggest

CREDIT = re.compile(r"\([A-Z][^()]*\b(19|20)\d\d\)")  # (Vaswani et al., 2017)


def dated(builder: AnswerBuilder, concept: Concept) -> None:
    """Who and when: only what the card says in so many words."""
    card = "\n\n".join(
        [concept.sections["The idea"], *(answer for _, answer in concept.questions_and_answers)]
    )
    sentences = re.split(r"(?<=[.?])\s+", card)
    dated = [each for each in sentences if CREDIT.search(each) and "```" not in each]
    if not dated:
        builder.kind = "unknown"
        course.not_covered(builder, (), about=concept)
        return
    mark = builder.sources.cite(builder.sources.section(concept, "The idea", "Why it is so"), concept.title)
    builder.say(f"What my lessons say of it: {' '.join(dated[:2])}{mark}")
    suggest(builder, concept)
