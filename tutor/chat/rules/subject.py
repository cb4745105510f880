"""What a question is about, judged by the evidence: which concept, and whether its card speaks of what is asked."""

import re

from knowledge.content.curriculum import Concept
from knowledge.passages import Passage
from knowledge.search.lexical import terms
from knowledge.search.library import Hit
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.recognize import without_frame
from tutor.chat.rules.retrieval import concepts_of
from tutor.chat.rules.thresholds import THRESHOLDS

LONG = 7  # words: a question as long as this may ask for more than the idea
FIELD = re.compile(
    r"\b(models?|networks?|neural|learning|train\w*|ai|gpt|llms?|transformers?|tokens?|gradients?|"
    r"chatbots?|data)\b",
    re.IGNORECASE,
)
ABOUT_ALL = {"code", "run", "simpler", "numbers", "mistakes", "product", "compare", "quiz", "history"}
DEFINITION = re.compile(
    r"^(?:please )?(?:explain|define|describe|what(?:'s| is| are)(?: an?| the)?|what exactly is|tell me "
    r"about)\b"
    r"|^how (?:do|does|is|are) .* works?\W*$"
)


def concept_meant(context: QuestionContext) -> Concept | None:
    """The concept that is meant: named, followed up on, or near enough; None when none is."""
    asked, top = context.asked, context.evidence.top
    if asked.follows:
        return asked.concept
    if asked.named and asked.concept is not None:
        gain = top[1] - context.evidence.nearness(asked.concept) if top else 0.0
        better = (
            top is not None
            and top[1] >= THRESHOLDS.better
            and gain > THRESHOLDS.better_by
            and context.evidence.confidence >= THRESHOLDS.sure
        )
        return top[0] if top and better and not DEFINITION.match(asked.question.lower()) else asked.concept
    if top is None or asks_unknown_term(context):
        return None
    if top[1] >= THRESHOLDS.covered and (
        context.evidence.confidence >= THRESHOLDS.covered_confidence or top[1] >= THRESHOLDS.clearly_covered
    ):
        return top[0]
    return top[0] if top[1] >= THRESHOLDS.backed and context.evidence.confidence >= THRESHOLDS.sure else None


def nearby_concepts(context: QuestionContext) -> list[Concept]:
    """What to name beside a "not covered": only near things, and none for what is far from the subject."""
    near = [concept for concept, score in context.evidence.ranked if score >= THRESHOLDS.near][:3]
    if context.evidence.confidence >= THRESHOLDS.far:
        return near
    return (
        (near or [each for each, _ in context.evidence.ranked[:2]])
        if FIELD.search(context.asked.question)
        else []
    )


def asks_unknown_term(context: QuestionContext) -> bool:
    """Whether something is to be defined whose name does not stand anywhere in the lessons."""
    low = " ".join(context.asked.question.lower().split())
    if not DEFINITION.match(low):
        return False
    thing = without_frame(context.asked.question)
    return 0 < len(thing.split()) <= 4 and not context.matcher.speaks_of(thing)


def off_the_card(context: QuestionContext, concept: Concept) -> bool:
    """Whether a question that names a concept asks something about it that its card does not speak of."""
    asked = context.asked
    if (
        asked.follows
        or not asked.named
        or asked.kind in ABOUT_ALL
        or context.evidence.nearness(concept) >= THRESHOLDS.on_its_card
    ):
        return False
    if context.matcher.unknown_share(asked.question) >= THRESHOLDS.unknown:
        return True
    own = [hit for hit in context.evidence.hits if concept.id in concepts_of(hit, context.curriculum)]
    return not card_covers(context, concept, own)


def detail_lines(context: QuestionContext, concept: Concept) -> tuple[Hit, ...]:
    """The lines that answer a question about a detail better than the card of its concept; none where it does."""
    asked = context.asked
    low = asked.question.lower()
    if asked.follows or asked.kind not in {"explain", "why", "code"} or DEFINITION.match(low):
        return ()
    if (
        context.evidence.confidence < THRESHOLDS.found
        or context.evidence.nearness(concept) >= THRESHOLDS.nearest
        or not context.evidence.hits
    ):
        return ()
    best = context.evidence.hits[0]
    own = concept.id in concepts_of(best, context.curriculum)
    return () if own or "lessons/" in best.passage.span.path else context.evidence.hits


def lines_beside_card(context: QuestionContext, concept: Concept) -> Passage | None:
    """Lines that a question about more than a name asks for and that the card does not name; None without any."""
    asked = context.asked
    plain = asked.follows or asked.kind != "explain" or DEFINITION.match(asked.question.lower())
    if (
        plain
        or len(asked.question.split()) < LONG
        or context.evidence.confidence < THRESHOLDS.found
        or not context.evidence.hits
    ):
        return None
    best = context.evidence.hits[0]
    known = concept.id in concepts_of(best, context.curriculum) or "lessons/" in best.passage.span.path
    return None if known else best.passage


def card_covers(context: QuestionContext, concept: Concept, hits: list[Hit]) -> bool:
    """Whether the card and these passages together have most of the words of the question."""
    named = [concept, *context.asked.others]
    names = set(
        terms(" ".join(["works compute", *(x for each in named for x in (each.title, *each.aliases))]))
    )
    extra = [term for term in terms(context.asked.question) if term not in names]
    said = context.matcher.prose_of(concept) | {term for hit in hits for term in terms(hit.passage.text)}
    missing = [term for term in extra if term not in said]
    return len(missing) < 2 or len(missing) <= THRESHOLDS.words_missing * len(extra)
