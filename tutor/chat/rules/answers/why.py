"""Answers to "why" and "what if": a card's own, with the very lines that do it."""

from knowledge.content.curriculum import Concept
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken
from tutor.chat.rules.answers import course
from tutor.chat.rules.answers.card import explained, mistakes, suggest
from tutor.chat.rules.concept_matching import WhyMatch
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.excerpt import best_lines
from tutor.chat.rules.subject import DEFINITION, concept_meant
from tutor.chat.rules.thresholds import THRESHOLDS

OPEN = {"explain", "code", "product"}


def verbatim(context: QuestionContext) -> WhyMatch | None:
    """The "why" that a question is, however it begins; None where it asks for something else."""
    asked = context.asked
    near = _nearest(context, concept_meant(context))
    open_question = asked.kind in OPEN and not DEFINITION.match(asked.question.lower())
    return near if near is not None and near.score >= THRESHOLDS.verbatim_why and open_question else None


def of_concept(builder: AnswerBuilder, concept: Concept) -> None:
    """The card's why, if one fits; a card nearby may have it; else the idea, or openly nothing."""
    context, evidence = builder.context, builder.context.evidence
    best = _nearest(context, concept)
    if best is None or best.score < THRESHOLDS.why_holds:
        anywhere = context.matcher.why(context.asked.question)
        nearest = (
            evidence.top is not None and anywhere is not None and anywhere.concept.id == evidence.top[0].id
        )
        if anywhere and anywhere.score >= (THRESHOLDS.why_of_nearest if nearest else THRESHOLDS.why_of_any):
            best = anywhere
    if best is not None and best.score >= THRESHOLDS.why_holds:
        say(builder, best)
    elif context.asked.follows and evidence.confidence < THRESHOLDS.found:
        course.not_covered(builder, (), about=concept)
        builder.kind = "unknown"
    else:
        explained(builder, concept)


def _nearest(context: QuestionContext, concept: Concept | None) -> WhyMatch | None:
    """The nearest "why" of the cards in question; of all when none is."""
    within = [concept, *context.asked.others] if concept is not None else ()
    return context.matcher.why(context.asked.question, within)


def answer(builder: AnswerBuilder, match: WhyMatch) -> None:
    """Answer with this very "why"."""
    builder.kind = "why"
    say(builder, match)


def say(builder: AnswerBuilder, match: WhyMatch) -> None:
    """The card's answer to a why or what-if, then the very lines that do it."""
    concept = match.concept
    builder.concept = concept
    mark = builder.sources.cite(builder.sources.section(concept, match.question), concept.title)
    builder.say(f"**{match.question}** {match.answer}{mark}")
    for reference in concept.code:
        passage = builder.sources.library.resolve(reference) if "::" in reference else None
        lines = best_lines(passage, _in_code_words(f"{match.question} {match.answer}")) if passage else None
        place = len(builder.parts)
        if builder.quote(passage, lines):
            builder.parts.insert(place, "In the code it is here:")
            break
    builder.ask_back(concept)
    suggest(builder, concept)


def _in_code_words(text: str) -> str:
    """A text with the words that code uses for what people say."""
    low = text.lower()
    spoken = {
        "square root": "sqrt", "divide": "/ sqrt", "mask": "tril masked_fill mask", "zero": "zero_grad zeros",
        "exponential": "exp", "clip": "clip_grad_norm", "average": "mean", "noise": "randn",
    }  # fmt: skip
    return " ".join([text, *(code for words, code in spoken.items() if words in low)])


def more(builder: AnswerBuilder, concept: Concept) -> None:
    """What has not been said yet about it: the next why, then the usual mistake."""
    said = builder.context.memory.said
    fresh = [(question, answer) for question, answer in concept.questions_and_answers if question not in said]
    if fresh:
        say(builder, WhyMatch(concept, *fresh[0], score=1.0))
        return
    if concept.sections["Often misunderstood"][:60] not in said:
        mistakes(builder, concept)
        return
    builder.say(f"That is all that my lessons say about {spoken(concept)}. From here it goes on:")
    suggest(builder, concept)
    followers = [
        builder.context.curriculum.concepts[name] for name in builder.context.curriculum.followers(concept.id)
    ]
    builder.say(
        "\n".join(f"- **{each.title}**: {each.sections['In one sentence']}" for each in followers[:3])
    )
    builder.suggest(*(f"Explain {spoken(each)}" for each in followers[:3]))
