"""Words: splitting identifiers, stems, BM25, synonyms of the field, spelling. No model needed."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.content.markdown import load_yaml
from knowledge.ingest.embedding_text import words_of

Floats = npt.NDArray[np.float32]
Phrase = tuple[str, ...]
"""Stems that stand side by side."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?(?:e-?\d+)?|[^\W\d_a-zA-Z]+")
_STOP = """
a about actually after all also am an and any anyone are as at be because been before being but by can
cant could did do does doesn doesnt doing done don dont either else etc even ever explain find for from
get gets give given go goes going got had has have having he hello help hey hi here how however i if im
in into is isn isnt it its itself just kind know let like lot made make makes many may me mean means
might more most much must my need no nor not now of off on once one only or other our out over own
people please point question really s same say see seem seems several she should shouldn show so some
someone something still such sure t take tell than thank thanks that the their them then there these
they thing things think this those though thus to too two under up us use used uses using very want
wants was way we well were what whats when where whether which while who whole why will with within
without won wondering would you your
"""
STOPWORDS = frozenset(_STOP.split())

_FULL = 1.4  # what a word adds to a document of usual length that has it once or twice, over its rarity
_SYNONYM_WEIGHT = 0.65
_CORRECTED_WEIGHT = 0.9
_PART_WEIGHT = 0.5  # a piece of an identifier: three pieces are still one word that she typed


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The English stem of a lower-case word."""
    stemmer = getattr(_own, "stemmer", None)
    if stemmer is None:
        import snowballstemmer

        stemmer = _own.stemmer = snowballstemmer.stemmer("english")
    return str(stemmer.stemWord(word))


_own = threading.local()
"""Each thread's stemmer: one keeps the word that it works on, and gave two threads each other's stems."""


@lru_cache(maxsize=100_000)
def _terms_of(word: str) -> tuple[str, ...]:
    parts = words_of(word) if word.isascii() else [word.lower()]
    terms = [stem(part) for part in parts if part not in STOPWORDS]
    if len(parts) > 1:
        terms.append(word.lower().strip("_"))  # the identifier as a whole, for those who type it
    return tuple(terms)


def terms(text: str) -> list[str]:
    """The stems of a text's words, identifiers both whole and taken apart, without stop words.

    >>> terms("How does masked_fill hide the future?")
    ['mask', 'fill', 'masked_fill', 'hide', 'futur']
    """
    return [term for word in _WORD.findall(text) for term in _terms_of(word)]


def plain_words(text: str) -> list[str]:
    """The lower-case words of a text that are not stop words."""
    return [word.lower() for word in _WORD.findall(text) if word.lower() not in STOPWORDS]


@dataclass(frozen=True)
class QueryTerms:
    """A question's words: the weight of each of its own terms, and the phrases that mean some of them.

    `synonyms` has a pair for each phrase of the question that has any: the phrase and what may be said instead.
    """

    weights: dict[str, float]
    synonyms: tuple[tuple[Phrase, tuple[Phrase, ...]], ...] = ()

    def with_terms(self, more: dict[str, float]) -> QueryTerms:
        """The same with more terms, each with the greater of its weights."""
        weights = self.weights | {term: max(self.weights.get(term, 0.0), more[term]) for term in more}
        return QueryTerms(weights, self.synonyms)


class Bm25:
    """BM25 over documents given as lists of terms; a query's scores for all documents at once.

    `power` is that of a term's rarity: below 1 a rare word decides less.
    """

    def __init__(
        self, documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.6, power: float = 1.0
    ) -> None:
        self.size = len(documents)
        self.power = power
        counts = [Counter(document) for document in documents]
        lengths = np.array([sum(count.values()) for count in counts] or [0], dtype=np.float32)
        mean = float(lengths[lengths > 0].mean()) if lengths.any() else 1.0
        norm = k1 * (1 - b + b * lengths / max(1.0, mean))
        gathered: dict[str, tuple[list[int], list[float]]] = {}
        for number, count in enumerate(counts):
            for term, times in count.items():
                numbers, weights = gathered.setdefault(term, ([], []))
                numbers.append(number)
                weights.append(times * (k1 + 1) / (times + norm[number]))
        filled = max(1, int((lengths > 0).sum()))
        self.postings: dict[str, tuple[npt.NDArray[np.int32], Floats]] = {}
        self.rarities: dict[str, float] = {}
        self.unheard = float(np.log(1 + (filled + 0.5) / 0.5))  # the rarity of a term that is nowhere
        for term, (numbers, weights) in gathered.items():
            rarity = np.log(1 + (filled - len(numbers) + 0.5) / (len(numbers) + 0.5))
            self.rarities[term] = float(rarity)
            values = np.array(weights, np.float32) * np.float32(rarity**power)
            self.postings[term] = (np.array(numbers, np.int32), values)

    def __contains__(self, term: str) -> bool:
        return term in self.postings

    def holds(self, document: int, term: str) -> bool:
        """Whether a document, by its number, has a term."""
        documents = self.postings[term][0] if term in self.postings else ()
        place = int(np.searchsorted(documents, document))
        return place < len(documents) and int(documents[place]) == document

    def scores(self, query: QueryTerms) -> Floats:
        """Shape (documents,): the sum over the query's terms, each with its weight.

        Where a document says a synonym instead, the best one counts, not their sum: a word with many synonyms
        is still one word.
        """
        total = np.zeros(self.size, np.float32)
        for term, weight in query.weights.items():
            posting = self.postings.get(term)
            if posting is not None:
                total[posting[0]] += np.float32(weight) * posting[1]
        for said, others in query.synonyms:
            best = np.zeros(self.size, np.float32)
            for other in others:
                documents, values = self._together(other)
                best[documents] = np.maximum(best[documents], np.float32(_SYNONYM_WEIGHT) * values)
            for term in said:
                posting = self.postings.get(term)
                if posting is not None:
                    best[posting[0]] -= posting[1]
            total += np.maximum(best, 0.0)
        return total

    def _together(self, phrase: Phrase) -> tuple[npt.NDArray[np.int32], Floats]:
        """The documents with all terms of a phrase, and its score there: that of its weakest term for each."""
        postings = [self.postings.get(term) for term in phrase]
        if any(posting is None for posting in postings):
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        (documents, values), *others = [posting for posting in postings if posting is not None]
        for numbers, more in others:
            documents, ours, theirs = np.intersect1d(
                documents, numbers, assume_unique=True, return_indices=True
            )
            values = np.minimum(values[ours], more[theirs])
        return documents, values * np.float32(len(phrase))

    def shares(self, query: QueryTerms) -> Floats:
        """Shape (documents,): the scores as shares of what a document with all of the query's words has.

        Words that are nowhere count as missing: a question of which little is known says little by its words.
        """
        whole = sum(
            weight * self.rarities.get(term, self.unheard) ** self.power
            for term, weight in query.weights.items()
            if weight >= _PART_WEIGHT
        )
        shares: Floats = self.scores(query) / np.float32(_FULL * max(1e-6, whole))
        return shares


@cache
def synonym_groups() -> tuple[tuple[Phrase, ...], ...]:
    """The groups of `synonyms.yaml`, each phrase as stems."""
    raw = load_yaml((Path(__file__).parent / "synonyms.yaml").read_text(encoding="utf-8"))
    groups = []
    for group in raw:
        phrases = [tuple(stem(word) for word in plain_words(str(phrase))) for phrase in group]
        groups.append(tuple(dict.fromkeys(phrase for phrase in phrases if phrase)))
    return tuple(groups)


@cache
def _groups_by_first() -> dict[str, list[tuple[Phrase, int]]]:
    table: dict[str, list[tuple[Phrase, int]]] = {}
    for number, group in enumerate(synonym_groups()):
        for phrase in group:
            table.setdefault(phrase[0], []).append((phrase, number))
    return table


@cache
def _synonyms() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for group in synonym_groups():
        singles = {phrase[0] for phrase in group if len(phrase) == 1}
        for term in singles:
            table.setdefault(term, set()).update(singles - {term})
    return {term: frozenset(others) for term, others in table.items()}


def synonyms_of(term: str) -> frozenset[str]:
    """Single stems that may stand for a stem."""
    return _synonyms().get(term, frozenset())


def weigh(question: str, speller: Speller | None = None) -> QueryTerms:
    """A question's terms with weights, 1 for each word said, less for corrected spellings; and their synonyms."""
    weights: dict[str, float] = {}
    for word in _WORD.findall(question):
        found = _terms_of(word)
        for part in found[:-1]:
            weights.setdefault(part, _PART_WEIGHT)
        weights |= dict.fromkeys(found[-1:], 1.0)
    if speller is not None:
        for word in plain_words(question):
            better = speller.correct(word)
            if better is not None:
                weights.setdefault(stem(better), _CORRECTED_WEIGHT)
    stems = [stem(word) for word in plain_words(question)]
    synonyms: dict[Phrase, dict[Phrase, None]] = {}
    for index, first in enumerate(stems):
        for phrase, number in _groups_by_first().get(first, ()):
            if tuple(stems[index : index + len(phrase)]) == phrase:
                others = dict.fromkeys(other for other in synonym_groups()[number] if other != phrase)
                synonyms.setdefault(phrase, {}).update(others)
    return QueryTerms(weights, tuple((phrase, tuple(others)) for phrase, others in synonyms.items()))


class Speller:
    """Corrects unknown words to the nearest known one: a letter or two off, the same first letter.

    Finds them by deleting letters from both sides, so that a word is looked up, not compared with all.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.counts = Counter(word for word in words if len(word) >= 4 and word.isalpha())
        self.known = frozenset(self.counts)
        self.stems = frozenset(stem(word) for word in self.known)
        self.deletes: dict[str, list[str]] = {}
        for word in self.known:
            for shorter in _deletions(word):
                self.deletes.setdefault(shorter, []).append(word)

    def correct(self, word: str) -> str | None:
        """A known word near an unknown one, or None."""
        if len(word) < 5 or not word.isalpha() or word in self.known or stem(word) in self.stems:
            return None
        near = {other for shorter in _deletions(word) for other in self.deletes.get(shorter, ())}
        near = {other for other in near if other[0] == word[0] and abs(len(other) - len(word)) <= 1}
        return max(near, key=lambda other: (_shared(word, other), self.counts[other]), default=None)


def _deletions(word: str) -> set[str]:
    return {word} | {word[:index] + word[index + 1 :] for index in range(len(word))}


def _shared(first: str, second: str) -> int:
    """Letters in common, counted with repetition."""
    return sum((Counter(first) & Counter(second)).values())
