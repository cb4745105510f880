"""A question that somebody has written an answer for: that answer first, what it rests on, then a few lines of code."""

import re

from knowledge.content.curriculum import Concept
from knowledge.search.answer_bank import KnownAnswer, Match
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken, without_links
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.recognize import without_frame
from tutor.chat.rules.subject import DEFINITION, concept_meant
from tutor.chat.rules.thresholds import THRESHOLDS

KINDS = {"explain", "why", "code", "product", "compare", "mistakes", "simpler", "run"}
LINES = 12  # of code below an answer
OTHERS = 2  # near questions that are offered
SHORTEST, LONGEST = 5, 120  # words at least, characters at most, of a wording that is shown
IDENTIFIER = re.compile(r"\b(?:\w*_\w+|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w+|\w+(?=\(\)))")
"""Words that only code uses: `c_attn`, `nEmbd`, `BigramLanguageModel`, `backward()`."""


def wanted(context: QuestionContext) -> Match | None:
    """The written answer to this very question; None where none comes near enough, or a card itself is asked for."""
    asked = context.asked
    best = context.known[0] if context.known else None
    if best is None or asked.follows or asked.kind not in KINDS or not _is_the_answer(context):
        return None
    thing = without_frame(asked.question)
    titles = {one.title.lower().removeprefix("the ") for one in context.curriculum.concepts.values()}
    if thing in titles or context.curriculum.find(thing) is not None:
        return None  # "explain attention" is answered by its card
    if asked.named and DEFINITION.match(asked.question.lower()) and best.known.kind != "faq":
        return None
    if best.known.kind == "card" and concept_meant(context) is not None:
        return None
    return best


def _is_the_answer(context: QuestionContext) -> bool:
    near = not context.answers.by_meaning or context.known[0].score >= THRESHOLDS.known
    return near and context.covered >= THRESHOLDS.known_covered


def answer(builder: AnswerBuilder, match: Match) -> None:
    """The answer as it was written."""
    builder.kind = "known"
    say(builder, match.known)


def nearest(builder: AnswerBuilder) -> bool:
    """The nearest written answer, said to be no more than that; False where none is worth showing."""
    if builder.context.covered < THRESHOLDS.known_near:
        return False
    best = builder.context.known[0]
    builder.kind = "nearest"
    builder.say(
        f"My lessons do not answer that word for word. **Nearest in my lessons** is the answer to "
        f"“{_wording(best.known)}”:"
    )
    say(builder, best.known)
    return True


def say(builder: AnswerBuilder, known: KnownAnswer) -> None:
    """The verdict with what it rests on, its condition, the lines of code that it names, and what lies near."""
    concept = builder.context.curriculum.concepts[known.concept]
    builder.concept = concept
    first, _, rest = without_links(known.answer).partition("\n\n")
    builder.say(first + _marks(builder, known, concept), rest, known.when)
    for reference in known.rests_on:
        if _speaks_of(builder, reference) and builder.quote_symbol(concept, reference, known.answer, LINES):
            break
    builder.suggest(f"Explain {spoken(concept)}")
    near = [
        one.known for one in builder.context.known if one.known.id != known.id and one.known.kind != "card"
    ]
    builder.suggest(*(_wording(one) for one in near[:OTHERS]))


def _marks(builder: AnswerBuilder, known: KnownAnswer, concept: Concept) -> str:
    """Citations of the sections it stands in, or of the cards that it rests on."""
    sources = builder.sources
    if known.kind == "why":
        return sources.cite(sources.section(concept, known.questions[0]), concept.title)
    if known.kind == "belief":
        return sources.cite(sources.section(concept, "Often misunderstood"), concept.title)
    concepts = builder.context.curriculum.concepts
    cards = [concepts[name] for name in dict.fromkeys((*known.rests_on, known.concept)) if name in concepts]
    return "".join(
        sources.cite(sources.section(one, "In one sentence", "The idea"), one.title) for one in cards[:2]
    )


def _speaks_of(builder: AnswerBuilder, reference: str) -> bool:
    """Whether code helps: it was asked for, or the question uses a name that stands in these lines."""
    passage = builder.context.library.resolve(reference) if "::" in reference else None
    if passage is None:
        return False
    asked = builder.context.asked
    return asked.kind == "code" or any(name in passage.text for name in IDENTIFIER.findall(asked.question))


def _wording(known: KnownAnswer) -> str:
    """The wording to show: of those that are written as questions the shortest of more than a few words."""
    whole = [one for one in known.questions if len(one.split()) >= SHORTEST] or list(known.questions)
    chosen = min(whole, key=lambda one: (not one.endswith("?"), not one[0].isupper(), len(one)))
    return chosen if len(chosen) <= LONGEST else min(whole, key=len)
