"""Answers where no card is meant, or its card does not say it: lines that were found, or openly nothing."""

from knowledge.content.curriculum import Concept
from knowledge.search.library import Hit
from tutor.chat.rules.answer_builder import AnswerBuilder
from tutor.chat.rules.answers import course
from tutor.chat.rules.answers.code import found
from tutor.chat.rules.answers.known import nearest
from tutor.chat.rules.quoting import show
from tutor.chat.rules.retrieval import concepts_of
from tutor.chat.rules.subject import asks_unknown_term, card_covers, nearby_concepts
from tutor.chat.rules.thresholds import THRESHOLDS


def without_concept(builder: AnswerBuilder, _: object) -> None:
    """The lines that were found, if search is sure of them; else plainly "not covered"."""
    context, evidence, asked = builder.context, builder.context.evidence, builder.context.asked
    builder.concept = None
    near = nearby_concepts(context)
    unknown = context.matcher.unknown_share(asked.question)
    known = unknown < THRESHOLDS.unknown and asked.kind != "history" and not asks_unknown_term(context)
    if evidence.hits and evidence.confidence >= THRESHOLDS.found and known:
        builder.kind = "found"
        builder.concept = near[0] if near else None
        found(builder, evidence.hits, builder.concept)
        return
    if nearest(builder):
        return
    builder.kind = "unknown"
    course.not_covered(builder, near)
    _nearest_lines(builder)


def beside_the_card(builder: AnswerBuilder, concept: Concept) -> None:
    """A concept is named, but its card does not speak of what is asked: other lines may."""
    context, evidence = builder.context, builder.context.evidence
    lines = [hit for hit in evidence.hits[:3] if concept.id not in concepts_of(hit, context.curriculum)]
    if lines and evidence.confidence >= THRESHOLDS.found and card_covers(context, concept, lines[:1]):
        detail(builder, tuple(lines))
        return
    if nearest(builder):
        return
    builder.kind = "unknown"
    course.not_covered(builder, (), about=concept)
    _nearest_lines(builder)


def detail(builder: AnswerBuilder, lines: tuple[Hit, ...]) -> None:
    """The lines that answer a detail which the concept's card does not."""
    builder.kind = "found"
    found(builder, lines, builder.concept)


def _nearest_lines(builder: AnswerBuilder) -> None:
    """Beside a "not covered", the nearest lines of code or of a README: they may be what is looked for."""
    evidence = builder.context.evidence
    lines = [hit for hit in evidence.hits[:3] if "lessons/" not in hit.passage.span.path]
    sure_enough = evidence.confidence >= THRESHOLDS.worth_showing and not asks_unknown_term(builder.context)
    if lines and sure_enough:
        builder.say("The nearest lines that I have, for you to judge:")
        show(builder, lines[0].passage)
