"""What an answer can stand on: search and the cards' own questions together, and whether it is enough."""

import re
from dataclasses import dataclass

from knowledge.content.curriculum import Concept, Curriculum
from knowledge.passages import Passage
from knowledge.search.lexical import terms
from knowledge.search.library import Hit, Results
from tutor.chat.rules.answer_builder import QuestionContext
from tutor.chat.rules.recognize import without_frame

SURE = 0.62  # from this confidence on, search by itself says that the lessons speak of it
FOUND = 0.6  # from this confidence on, the lines that were found are an answer by themselves
COVERED = 0.46  # from this nearness on, a concept that is not named is the one that is meant
BACKED = 0.3  # the same, when search is sure as well
NEAREST = 0.62  # from this nearness on, a card is the answer whatever else was found
NEAR = 0.2  # from this nearness on, a concept is worth naming beside a "not covered"
BY_WORDS = 0.5  # the most that search is sure of where no model took part
WORTH_SHOWING = 0.3  # from this confidence on, lines are worth a look even where nothing is claimed
FAR = 0.1  # up to this confidence, search has nothing to say
LONG = 7  # words: a question as long as this may ask for more than the idea
UNKNOWN = 0.5  # from this share of unheard-of words on, a question is not about what it names
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


@dataclass(frozen=True)
class Evidence:
    """What was found: passages, how sure search is of them, and concepts by nearness, best first."""

    hits: tuple[Hit, ...]
    confidence: float
    ranked: list[tuple[Concept, float]]

    @property
    def top(self) -> tuple[Concept, float] | None:
        """The nearest concept."""
        return self.ranked[0] if self.ranked else None

    def nearness(self, concept: Concept) -> float:
        """How near one concept is."""
        return next((score for each, score in self.ranked if each.id == concept.id), 0.0)


def retrieve(context: QuestionContext) -> Evidence:
    """Search, and bring its votes together with the cards' own questions."""
    asked = context.asked
    topic = context.memory.concept.title if asked.follows and context.memory.concept else ""
    results = context.library.search(asked.question, k=8, context=topic)
    votes: dict[str, float] = {}
    for rank, hit in enumerate(results.hits):
        for name in concepts_of(hit, context.curriculum):
            votes[name] = votes.get(name, 0.0) + 1 / (2 + rank)
    most = max(votes.values(), default=1.0)
    near = {concept.id: score for concept, score in context.matcher.ranked(asked.question)}
    scores = {
        name: 0.65 * near.get(name, 0.0) + 0.35 * results.confidence * votes.get(name, 0.0) / most
        for name in {*near, *votes}
    }
    order = sorted(scores, key=lambda name: (-scores[name], name))
    ranked = [(context.curriculum.concepts[name], scores[name]) for name in order]
    return Evidence(results.hits, _sure(results), ranked)


def _sure(results: Results) -> float:
    """The search's confidence; by words alone, lines of a lesson are no answer: its pictures use everyday words."""
    lesson = bool(results.hits) and "lessons/" in results.hits[0].passage.span.path
    return min(results.confidence, BY_WORDS) if results.words_only and lesson else results.confidence


def concepts_of(hit: Hit, curriculum: Curriculum) -> list[str]:
    """The concepts that a hit speaks of: its card, or the cards that name its symbol."""
    path = hit.passage.span.path
    if "lessons/concepts/" in path:
        name = path.rsplit("/", 1)[1].removesuffix(".md")
        return [name] if name in curriculum.concepts else []
    symbol = hit.passage.symbol or ""
    wanted = f"{path}::{symbol}"
    return [
        concept.id
        for concept in curriculum.concepts.values()
        if symbol and any(ref == wanted or wanted.startswith(f"{ref}.") for ref in concept.code)
    ][:3]


def concept_meant(context: QuestionContext, evidence: Evidence) -> Concept | None:
    """The concept that is meant: named, followed up on, or near enough; None when none is."""
    asked, top = context.asked, evidence.top
    if asked.follows:
        return asked.concept
    if asked.named and asked.concept is not None:
        gain = top[1] - evidence.nearness(asked.concept) if top else 0.0
        better = top is not None and top[1] >= 0.55 and gain > 0.25 and evidence.confidence >= SURE
        return top[0] if top and better and not DEFINITION.match(asked.question.lower()) else asked.concept
    if top is None or asks_unknown_term(context):
        return None
    if top[1] >= COVERED and (evidence.confidence >= 0.35 or top[1] >= 0.6):
        return top[0]
    return top[0] if top[1] >= BACKED and evidence.confidence >= SURE else None


def nearby_concepts(context: QuestionContext, evidence: Evidence) -> list[Concept]:
    """What to name beside a "not covered": only near things, and none for what is far from the subject."""
    near = [concept for concept, score in evidence.ranked if score >= NEAR][:3]
    if evidence.confidence >= FAR:
        return near
    return (near or [each for each, _ in evidence.ranked[:2]]) if FIELD.search(context.asked.question) else []


def asks_unknown_term(context: QuestionContext) -> bool:
    """Whether something is to be defined whose name does not stand anywhere in the lessons."""
    low = " ".join(context.asked.question.lower().split())
    if not DEFINITION.match(low):
        return False
    thing = without_frame(context.asked.question)
    return 0 < len(thing.split()) <= 4 and not context.matcher.speaks_of(thing)


def off_the_card(context: QuestionContext, concept: Concept, evidence: Evidence) -> bool:
    """Whether a question that names a concept asks something about it that its card does not speak of."""
    asked = context.asked
    if asked.follows or not asked.named or asked.kind in ABOUT_ALL or evidence.nearness(concept) >= 0.6:
        return False
    if context.matcher.unknown_share(asked.question) >= UNKNOWN:
        return True
    own = [hit for hit in evidence.hits if concept.id in concepts_of(hit, context.curriculum)]
    return not card_covers(context, concept, evidence, own)


def detail_lines(context: QuestionContext, concept: Concept, evidence: Evidence) -> tuple[Hit, ...]:
    """The lines that answer a question about a detail better than the card of its concept; none where it does."""
    asked = context.asked
    low = asked.question.lower()
    if asked.follows or asked.kind not in {"explain", "why", "code"} or DEFINITION.match(low):
        return ()
    if evidence.confidence < FOUND or evidence.nearness(concept) >= NEAREST or not evidence.hits:
        return ()
    best = evidence.hits[0]
    own = concept.id in concepts_of(best, context.curriculum)
    return () if own or "lessons/" in best.passage.span.path else evidence.hits


def lines_beside_card(context: QuestionContext, concept: Concept, evidence: Evidence) -> Passage | None:
    """Lines that a question about more than a name asks for and that the card does not name; None without any."""
    asked = context.asked
    plain = asked.follows or asked.kind != "explain" or DEFINITION.match(asked.question.lower())
    if plain or len(asked.question.split()) < LONG or evidence.confidence < FOUND or not evidence.hits:
        return None
    best = evidence.hits[0]
    known = concept.id in concepts_of(best, context.curriculum) or "lessons/" in best.passage.span.path
    return None if known else best.passage


def card_covers(context: QuestionContext, concept: Concept, evidence: Evidence, hits: list[Hit]) -> bool:
    """Whether the card and these passages together have most of the words of the question."""
    named = [concept, *context.asked.others]
    names = set(
        terms(" ".join(["works compute", *(x for each in named for x in (each.title, *each.aliases))]))
    )
    extra = [term for term in terms(context.asked.question) if term not in names]
    said = context.matcher.prose_of(concept) | {term for hit in hits for term in terms(hit.passage.text)}
    missing = [term for term in extra if term not in said]
    return len(missing) < 2 or len(missing) <= 0.6 * len(extra)
