"""How sure it is that the answer is among the hits: what separates a question that the sources can answer."""

from __future__ import annotations

import re

import numpy as np

from knowledge.snapshot import Snapshot
from knowledge.views import words_of
from knowledge.words import STOPWORDS, Bm25, Floats, stem, synonyms_of

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = 2.0  # what a name counts for beside an ordinary word
_LOW = 0.25  # below that it only approaches 0, so that any two questions still compare
_RELATED = 0.5  # how unknown a word is of which a synonym is known
_WORDS_ALONE = 0.6  # in place of a similarity where there is no model


def confidence(snapshot: Snapshot, question: str, similarities: Floats | None) -> float:
    """0 to 1: the greatest similarity, less the share of the question's words that the sources do not know.

    Half of that share is of words that the indexed text lacks, half of words that the notes lack as well.
    Names (a capital inside the sentence) count twice: what has a name is there under that name or not at all.
    """
    weights: list[float] = []
    unread: list[float] = []
    unheard: list[float] = []
    for index, match in enumerate(_WORD.finditer(question)):
        word = match[0]
        named = index > 0 and any(letter.isupper() for letter in word)
        parts = words_of(word)
        for part in [*parts, word.lower()] if named and len(parts) > 1 else parts:
            if part in STOPWORDS or len(part) < 2:
                continue
            term = stem(part)
            weight = _NAME if named else 1.0
            in_text = _unknown(snapshot, term, part, [snapshot.text_words])
            anywhere = [snapshot.text_words, snapshot.about_words, snapshot.bridge_words]
            weights.append(weight)
            unread.append(weight * in_text)
            unheard.append(weight * _unknown(snapshot, term, part, anywhere))
    if not weights:
        return 0.0
    total = sum(weights)
    best = _WORDS_ALONE if similarities is None else snapshot.best_of_passages(similarities)
    raw = best - 0.5 * sum(unread) / total - 0.5 * sum(unheard) / total
    return float(min(1.0, raw if raw > _LOW else _LOW * np.exp((raw - _LOW) / _LOW)))


def _unknown(snapshot: Snapshot, term: str, word: str, known: list[Bm25]) -> float:
    """0 for a word that is known or only misspelled, a half for one with a known synonym, else 1."""
    if any(term in words for words in known):
        return 0.0
    if snapshot.speller.correct(word) is not None:
        return 0.0
    related = synonyms_of(term)
    return _RELATED if any(other in words for other in related for words in known) else 1.0
