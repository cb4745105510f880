"""How sure it is that the answer is among the hits: what separates a question that the sources can answer."""

from __future__ import annotations

import re

import numpy as np

from knowledge.ingest.embedding_text import words_of
from knowledge.search.lexical import STOPWORDS, Bm25, Floats, stem, synonyms_of, terms
from knowledge.search.snapshot import Snapshot

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = 2.0  # what a name counts for beside an ordinary word
_LOW = 0.25  # below that it only approaches 0, so that any two questions still compare
_RELATED = 0.5  # how unknown a word is of which a synonym is known
_WORDS_ALONE = 0.6  # in place of a similarity where there is no model
_HELD = 0.3  # what it adds when the best passage holds all of the question's words, beside the usual share
_USUAL = 0.55  # share of an answerable question's words, weighed by rarity, that its best passage holds
_RAREST = 6.0  # a word that is rarer still tells no more


def confidence(snapshot: Snapshot, question: str, similarities: Floats | None, first: int) -> float:
    """0 to 1: the greatest similarity, less the share of the question's words that the sources do not know.

    Half of that share is of words that the indexed text lacks, half of words that the notes lack as well.
    Names (a capital inside the sentence) count twice: what has a name is there under that name or not at all.
    A question whose words all occur, but nowhere together, is on the subject and yet not answered: so it
    counts how many of them the passage at `first`, the best one, holds by itself.
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
    raw += _HELD * (_held(snapshot, question, first) - _USUAL)
    return float(min(1.0, raw if raw > _LOW else _LOW * np.exp((raw - _LOW) / _LOW)))


def _held(snapshot: Snapshot, question: str, passage: int) -> float:
    """0 to 1: the share of a question's words, weighed by rarity, in one passage and its notes."""
    fields = (snapshot.text_words, snapshot.about_words, snapshot.bridge_words)
    whole = held = 0.0
    for term in dict.fromkeys(terms(question)):
        rarity = max(words.rarities.get(term, 0.0) for words in fields) or snapshot.text_words.unheard
        weight = min(rarity, _RAREST)
        whole += weight
        held += weight * any(words.holds(passage, term) for words in fields)
    return held / whole if whole else 0.0


def _unknown(snapshot: Snapshot, term: str, word: str, known: list[Bm25]) -> float:
    """0 for a word that is known or only misspelled, a half for one with a known synonym, else 1."""
    if any(term in words for words in known):
        return 0.0
    if snapshot.speller.correct(word) is not None:
        return 0.0
    related = synonyms_of(term)
    return _RELATED if any(other in words for other in related for words in known) else 1.0
