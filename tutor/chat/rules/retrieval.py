"""Evidence for an answer: what search found, and how near each concept comes."""

from dataclasses import dataclass

from knowledge.content.curriculum import Concept, Curriculum
from knowledge.search.library import Hit, Results
from tutor.chat.citations import Library
from tutor.chat.rules.concept_matching import ConceptMatcher
from tutor.chat.rules.thresholds import THRESHOLDS


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


def retrieve(
    question: str, topic: str, library: Library, matcher: ConceptMatcher, curriculum: Curriculum
) -> Evidence:
    """Search, and bring its votes together with the cards' own questions. `topic` is what was talked about."""
    results = library.search(question, k=8, context=topic)
    votes: dict[str, float] = {}
    for rank, hit in enumerate(results.hits):
        for name in concepts_of(hit, curriculum):
            votes[name] = votes.get(name, 0.0) + 1 / (2 + rank)
    most = max(votes.values(), default=1.0)
    near = {concept.id: score for concept, score in matcher.ranked(question)}
    scores = {
        name: 0.65 * near.get(name, 0.0) + 0.35 * results.confidence * votes.get(name, 0.0) / most
        for name in {*near, *votes}
    }
    order = sorted(scores, key=lambda name: (-scores[name], name))
    ranked = [(curriculum.concepts[name], scores[name]) for name in order]
    return Evidence(results.hits, _sure(results), ranked)


def _sure(results: Results) -> float:
    """The search's confidence; by words alone, lines of a lesson are no answer: its pictures use everyday words."""
    lesson = bool(results.hits) and "lessons/" in results.hits[0].passage.span.path
    return (
        min(results.confidence, THRESHOLDS.by_words) if results.words_only and lesson else results.confidence
    )


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
