"""Words: splitting identifiers, stems, BM25, synonyms of the field, spelling. No model needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.markdown import load_yaml
from knowledge.views import words_of

Floats = npt.NDArray[np.float32]

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
_SYNONYM_WEIGHT = 0.35
_CORRECTED_WEIGHT = 0.9


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The English stem of a lower-case word."""
    return str(_stemmer().stemWord(word))


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


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


class Bm25:
    """BM25 over documents given as lists of terms; a query's scores for all documents at once."""

    def __init__(self, documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.6) -> None:
        self.size = len(documents)
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
            values = np.array(weights, np.float32) * np.float32(rarity)
            self.postings[term] = (np.array(numbers, np.int32), values)

    def __contains__(self, term: str) -> bool:
        return term in self.postings

    def holds(self, document: int, term: str) -> bool:
        """Whether a document, by its number, has a term."""
        documents = self.postings[term][0] if term in self.postings else ()
        place = int(np.searchsorted(documents, document))
        return place < len(documents) and int(documents[place]) == document

    def scores(self, query: dict[str, float]) -> Floats:
        """Shape (documents,): the sum over the query's terms, each with its weight."""
        total = np.zeros(self.size, np.float32)
        for term, importance in query.items():
            posting = self.postings.get(term)
            if posting is not None:
                total[posting[0]] += np.float32(importance) * posting[1]
        return total

    def shares(self, query: dict[str, float]) -> Floats:
        """Shape (documents,): the scores as shares of what a document with all of the query's words has.

        Words that are nowhere count as missing: a question of which little is known says little by its words.
        """
        whole = sum(
            weight * self.rarities.get(term, self.unheard) for term, weight in query.items() if weight >= 0.5
        )
        shares: Floats = self.scores(query) / np.float32(_FULL * max(1e-6, whole))
        return shares


@cache
def synonym_groups() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The groups of `synonyms.yaml`, each phrase as stems."""
    raw = load_yaml((Path(__file__).parent / "synonyms.yaml").read_text(encoding="utf-8"))
    groups = []
    for group in raw:
        phrases = [tuple(stem(word) for word in plain_words(str(phrase))) for phrase in group]
        groups.append(tuple(dict.fromkeys(phrase for phrase in phrases if phrase)))
    return tuple(groups)


@cache
def _groups_by_first() -> dict[str, list[tuple[tuple[str, ...], int]]]:
    table: dict[str, list[tuple[tuple[str, ...], int]]] = {}
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


def weigh(question: str, speller: Speller | None = None) -> dict[str, float]:
    """A question's terms with weights: its own 1 each, synonyms and corrected spellings less."""
    query = dict.fromkeys(terms(question), 1.0)
    if speller is not None:
        for word in plain_words(question):
            better = speller.correct(word)
            if better is not None:
                query.setdefault(stem(better), _CORRECTED_WEIGHT)
    stems = [stem(word) for word in plain_words(question)]
    for index, first in enumerate(stems):
        for phrase, number in _groups_by_first().get(first, ()):
            if tuple(stems[index : index + len(phrase)]) != phrase:
                continue
            others = {term for other in synonym_groups()[number] for term in other}
            for term in others:
                query.setdefault(term, _SYNONYM_WEIGHT)
    return query


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
