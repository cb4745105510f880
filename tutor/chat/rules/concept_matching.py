"""Which concept is meant: by its name, by the questions that people ask about it, by words, typos allowed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt

from knowledge.content.curriculum import Concept, Curriculum, fold_name
from knowledge.search.lexical import STOPWORDS, QueryTerms, Speller, plain_words, stem, terms, weigh

LONGEST_NAME = 7  # words
PROSE = (
    "In one sentence",
    "In plain words",
    "The idea",
    "In the code",
    "For your product",
    "Often misunderstood",
)
WRONG = re.compile(r"\*\*Not so:\*\*(.+?)\*\*Rather:\*\*", re.DOTALL)
"""The wrong belief that a card rights: who holds it says nearly these words."""
_WORDS = re.compile(r"[a-z0-9&+]+(?:[.'-][a-z0-9]+)*")
SHORTEST_TYPO = 6  # letters; shorter words have too many neighbors
BORROWED = 0.12  # what a synonym counts beside a word that was said; a question brings many of them
WEAK_NAMES = frozenset({"gpt", "transformer", "transformers", "language model", "llm", "neural network"})
"""Names that stand for the whole field as often as for their concept."""
NOT_NAMES = frozenset({"model", "models", "token", "tokens", "data", "text", "loss", "training", "network"})
"""Words that stand in nearly every question of this field: an alias of one such word names nothing."""

SPOKEN = frozenset({"complex", "complicated", "difficult", "advanced", "technical", "overwhelmed", "boring"})
"""Words in which people speak of learning: no lesson needs them, and they are no typing errors of others."""


@dataclass(frozen=True)
class Mention:
    """A concept that is named in a text, and where: words `start` to `end` of it, `end` excluded."""

    concept: Concept
    start: int
    end: int
    weak: bool = False  # by a name that stands for the whole field


@dataclass(frozen=True)
class WhyMatch:
    """A question of a card's "Why it is so" and its answer; `score` from 0 to 1."""

    concept: Concept
    question: str
    answer: str
    score: float


@dataclass(frozen=True)
class _Way:
    concept: str
    kind: str
    terms: frozenset[str]
    weight: float  # length of its vector


class ConceptMatcher:
    """Finds concepts in questions. Built once over a curriculum; holds no state."""

    def __init__(self, curriculum: Curriculum) -> None:
        self._curriculum = curriculum
        prose = {concept.id: _prose(concept) for concept in curriculum.concepts.values()}
        lessons = [" ".join(week.body.values()) for week in curriculum.weeks.values()]
        documents = {name: frozenset(terms(text)) for name, text in prose.items()}
        counts: dict[str, int] = {}
        for document in documents.values():
            for term in document:
                counts[term] = counts.get(term, 0) + 1
        size = max(1, len(documents))
        self._rarity = {term: log(1 + size / count) for term, count in counts.items()}
        self._unseen = log(1 + size)
        self._prose = documents
        self.vocabulary = frozenset(self._rarity) | frozenset(terms(" ".join(lessons)))
        everything = " ".join([*prose.values(), *lessons])
        names = [name for each in curriculum.concepts.values() for name in (each.title, *each.aliases)]
        self._speller = Speller(
            plain_words(" ".join(names))
        )  # to all words, "weather" would become "whether"
        words = (stem(word) for word in _WORDS.findall(fold_name(everything)) if word not in STOPWORDS)
        self._running = f" {' '.join(words)} "

    @cached_property
    def _ways(self) -> tuple[_Way, ...]:
        found = []
        for concept in self._curriculum.concepts.values():
            names = [concept.title, *concept.aliases]
            whys = [question for question, _ in concept.questions_and_answers]
            texts = [("name", x) for x in names] + [("question", x) for x in concept.questions]
            wrong = [("claim", x) for x in WRONG.findall(concept.sections.get("Often misunderstood", ""))]
            for kind, text in texts + wrong + [("why", x) for x in whys]:
                found.append(self._way(concept.id, kind, text))
        return tuple(found)

    def _way(self, concept: str, kind: str, text: str) -> _Way:
        known = frozenset(terms(text))
        return _Way(concept, kind, known, sqrt(sum(self.rarity(term) ** 2 for term in known)))

    def rarity(self, term: str) -> float:
        """How much a stem says: the rarer among the cards, the more; at most for one that no card has."""
        return self._rarity.get(term, self._unseen)

    def correct(self, text: str) -> str:
        """The text with words that no lesson uses replaced by the nearest of a concept's name."""
        return re.sub(r"[A-Za-z]+", self._corrected, text)

    def _corrected(self, match: re.Match[str]) -> str:
        word = match[0]
        name = word[0].isupper() and match.start() > 0  # Paris is not a typing error of pairs
        known = word.lower() in SPOKEN or stem(word.lower()) in self.vocabulary
        if name or len(word) < SHORTEST_TYPO or known:
            return word
        return self._speller.correct(word.lower()) or word

    def named(self, text: str) -> list[Mention]:
        """Concepts named in the text, in its order; of overlapping names the longest counts."""
        words = _WORDS.findall(fold_name(text))
        taken = [False] * len(words)
        found: list[Mention] = []
        for length in range(min(LONGEST_NAME, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                if any(taken[start : start + length]):
                    continue
                name = " ".join(words[start : start + length])
                concept = None if name in NOT_NAMES else self._curriculum.find(name)
                if concept is not None:
                    found.append(Mention(concept, start, start + length, _singular(name) in WEAK_NAMES))
                    taken[start : start + length] = [True] * length
        return sorted(found, key=lambda mention: mention.start)

    def ranked(self, question: str) -> list[tuple[Concept, float]]:
        """Concepts by how near their names, questions and prose come to the question; scores 0 to 1."""
        query = weigh(question, self._speller)
        length = sqrt(sum((self.rarity(term) * weight) ** 2 for term, weight in query.weights.items()))
        if not length:
            return []
        best: dict[str, float] = {}
        for way in self._ways:
            score = self._nearness(query, way.terms) / (length * way.weight) if way.weight else 0.0
            best[way.concept] = max(best.get(way.concept, 0.0), min(1.0, score))
        for concept, known in self._prose.items():
            share = self._nearness(query, known) / length**2
            best[concept] = best.get(concept, 0.0) * 0.75 + 0.25 * min(1.0, share)
        scored = [(self._curriculum.concepts[name], score) for name, score in best.items() if score > 0]
        return sorted(scored, key=lambda pair: -pair[1])

    def _nearness(self, query: QueryTerms, known: Iterable[str]) -> float:
        held = known if isinstance(known, frozenset) else frozenset(known)
        synonyms = {term for _, others in query.synonyms for other in others for term in other}
        weights = dict.fromkeys(synonyms, BORROWED) | query.weights
        return sum(self.rarity(term) ** 2 * weight for term, weight in weights.items() if term in held)

    def exact_why(self, question: str, first: Concept | None = None) -> Concept | None:
        """The card that answers this very question, word for word; `first` is looked at before the others."""
        wanted = fold_name(question).rstrip("?.! ")
        concepts = [*([first] if first else []), *self._curriculum.concepts.values()]
        return next((each for each in concepts if wanted in self._whys[each.id]), None)

    @cached_property
    def _whys(self) -> dict[str, frozenset[str]]:
        return {
            concept.id: frozenset(
                fold_name(title).rstrip("?.! ") for title, _ in concept.questions_and_answers
            )
            for concept in self._curriculum.concepts.values()
        }

    def why(self, question: str, within: Sequence[Concept] = ()) -> WhyMatch | None:
        """The "why" or "what if" of a card that comes nearest; only of these cards when some are given."""
        query = weigh(question, self._speller)
        length = sqrt(sum((self.rarity(term) * weight) ** 2 for term, weight in query.weights.items()))
        best: WhyMatch | None = None
        for concept in within or self._curriculum.concepts.values():
            for title, answer in concept.questions_and_answers:
                way = self._way(concept.id, "why", title)
                asked = (
                    self._nearness(query, way.terms) / (length * way.weight) if length and way.weight else 0.0
                )
                told = self._nearness(query, frozenset(terms(answer))) / length**2 if length else 0.0
                exact = fold_name(question).rstrip("?.! ") == fold_name(title).rstrip("?.! ")
                score = 1.0 if exact else min(0.99, 0.8 * asked + 0.2 * told)
                if best is None or score > best.score:
                    best = WhyMatch(concept, title, answer, score)
        return best

    def prose_of(self, concept: Concept) -> frozenset[str]:
        """The stems of all that a card says."""
        return self._prose.get(concept.id, frozenset())

    def speaks_of(self, phrase: str) -> bool:
        """Whether the lessons use these words side by side, in this order."""
        wanted = tuple(stem(word) for word in _WORDS.findall(fold_name(phrase)) if word not in STOPWORDS)
        return bool(wanted) and f" {' '.join(wanted)} " in self._running

    def unknown_share(self, text: str) -> float:
        """Share of what a text says, 0 to 1, that lies in words which no lesson uses; typos are forgiven."""
        total = missing = 0.0
        for word in dict.fromkeys(plain_words(text)):
            if word.isdigit():
                continue
            root = stem(word)
            total += self.rarity(root)
            known = root in self.vocabulary or all(each in self.vocabulary for each in terms(word))
            if not known and self._speller.correct(word) is None:
                missing += self._unseen
        return missing / total if total else 0.0


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _prose(concept: Concept) -> str:
    parts = [concept.title, *concept.aliases, *concept.questions]
    parts += [concept.sections.get(name, "") for name in PROSE]
    parts += [f"{question} {answer}" for question, answer in concept.questions_and_answers]
    return " ".join([*parts, *(concept.check or ())])
