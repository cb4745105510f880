"""From similarities and word scores to one order.

Similarities enter in standard deviations over all passages, words as shares of what could match. The weights
were found by going through them one by one on `evaluation/*.jsonl`, with notes for none and for one of the
repositories, and are flat around these values; what matters is which channels there are. Weights learned by
regression (over these questions in five folds, or over the questions of the notes) ranked no better on what they
had not seen, with more channels (the file, neighbors, length and others) neither. A passage without
notes is ranked by its own text alone, weighed so that it neither wins nor loses by having none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.search.confidence import confidence
from knowledge.search.lexical import Floats, QueryTerms, weigh
from knowledge.search.query import Query
from knowledge.search.snapshot import MISSING, Snapshot

WEIGHTS = {
    "question": 0.8,
    "question two": 0.3,
    "note": 0.4,
    "about words": 12.0,
    "question words": 2.0,
    "code": 0.5,
    "code words": 3.0,
    "own": 0.8,
    "own words": 9.0,
    "title words": 5.0,
    "idea": 0.5,
    "bridge": 0.45,
    "bridge words": 1.0,
}
"""What each channel adds: similarities in standard deviations, words as shares of all that could match."""
OFFSETS = {"question": 0.05, "question two": 0.02, "note": 0.02, "bridge": 0.12}
"""How much nearer than its text the best of a passage's questions is by chance (there are several)."""
INSIDE = 0.9
"""What a similarity with a part of a passage counts for, beside one with the whole."""
IDEA = 0.35
CONTEXT = 0.45
"""How much of the conversation goes into a question that leans on it."""
_IDEA_NEAR = 0.4
_IDEA_WORDS = 8.0
_OVERLAP = 0.5
_PER_CARD = 2
_NAMED_SOURCE = 1.5
_NAMED_SYMBOL = 0.6  # confidence when the question names a symbol that is there

_PRIOR = {
    # kind of question → kind of passage → what is added
    "why": {"heading": 0.3, "card": 0.5, "section": -0.1, "config": -0.4},
    "how": {"heading": 0.6, "card": -0.2, "config": 0.3, "section": 0.1},
    "where": {
        "code": 0.4,
        "class": 0.4,
        "section": 0.2,
        "cell": 0.1,
        "heading": -0.5,
        "card": -0.8,
        "week": -0.8,
    },
    "what": {"heading": 0.1, "card": 0.6, "class": 0.2, "config": -0.4},
    "wrong": {"heading": 0.3, "card": -0.2},
    "other": {},
}


@dataclass(frozen=True)
class Ranking:
    """Passages' positions, best first, with their scores; how sure it is that the answer is among them."""

    order: list[tuple[int, float]]
    confidence: float


@dataclass(frozen=True)
class Asked:
    """A query as the snapshot takes it: one vector for each of its asks (the question, then its sides)."""

    query: Query
    vectors: Floats | None


def rank(snapshot: Snapshot, asked: Asked, k: int) -> Ranking:
    """The best k passages for a query, near-duplicates thinned, both sides of a comparison present."""
    if not snapshot.size:
        return Ranking([], 0.0)
    query = asked.query
    vectors = [None] * len(query.asks) if asked.vectors is None else list(asked.vectors)
    whole = _scores(snapshot, query.asks[0].text, query.context, vectors[0])
    literal = snapshot.literal.match(query.text)
    total = whole.total + literal.bonus + _prior(snapshot, query.kind)
    total = total + _in_sources(snapshot, query.asks[0].sources)
    firsts: list[int] = []
    for side, vector in zip(query.asks[1:], vectors[1:], strict=True):
        part = _scores(snapshot, side.text, "", vector).total + _in_sources(snapshot, side.sources)
        part = part + snapshot.literal.match(side.text).bonus
        firsts += [best for best in _best(part + total, 3) if best not in firsts][:1]
    order = _thinned(snapshot, total, firsts, k)
    sure = (
        1.0 if literal.exact else confidence(snapshot, query.text, whole.similarities, int(np.argmax(total)))
    )
    return Ranking(order, max(sure, _NAMED_SYMBOL if literal.named else 0.0))


@dataclass(frozen=True)
class _Scores:
    total: Floats
    similarities: Floats | None


def _scores(snapshot: Snapshot, text: str, context: str, vector: Floats | None) -> _Scores:
    query = weigh(text, snapshot.speller)
    if context:
        query = query.with_terms({term: CONTEXT * weight for term, weight in weigh(context).weights.items()})
    similarities = None
    if snapshot.vectors is not None and vector is not None:
        similarities = snapshot.vectors.texts.similarities(vector)
    widened = query.with_terms(_idea_terms(snapshot, query, similarities))
    text_words = snapshot.text_words.shares(widened)
    about_words = snapshot.about_words.shares(query)
    question_words = snapshot.best_question_words(query)
    bridge_words = snapshot.bridge_words.shares(query)
    if similarities is None:
        own = WEIGHTS["own words"] * text_words
        noted = (
            WEIGHTS["about words"] * about_words
            + WEIGHTS["question words"] * question_words
            + WEIGHTS["code words"] * text_words
        )
        bridge = WEIGHTS["bridge words"] * bridge_words
    else:
        groups = snapshot.groups
        nearest = np.maximum(groups["code"].best(similarities), INSIDE * groups["inside"].best(similarities))
        scale = _Scale(float(nearest.mean()), max(1e-6, float(nearest.std())))
        code = scale.of(nearest, 0.0)
        question = scale.of(groups["question"].best(similarities), OFFSETS["question"])
        two = scale.of(groups["question"].best_two(similarities), OFFSETS["question two"])
        note = scale.of(groups["note"].best(similarities), OFFSETS["note"])
        bridge = scale.of(groups["bridge"].best(similarities), OFFSETS["bridge"])
        bridge = WEIGHTS["bridge"] * np.maximum(0.0, bridge) + WEIGHTS["bridge words"] * bridge_words
        own = WEIGHTS["own"] * code + WEIGHTS["own words"] * text_words
        noted = (
            WEIGHTS["question"] * question
            + WEIGHTS["question two"] * two
            + WEIGHTS["note"] * note
            + WEIGHTS["about words"] * about_words
            + WEIGHTS["question words"] * question_words
            + WEIGHTS["code"] * code
            + WEIGHTS["code words"] * text_words
        )
    total = np.where(snapshot.noted, noted, own) + np.where(snapshot.bridged, bridge, 0.0)
    total = total + WEIGHTS["title words"] * snapshot.title_words.shares(query)
    total = total + WEIGHTS["idea"] * _ideas(snapshot, query, similarities)
    return _Scores(total.astype(np.float32), similarities)


def _idea_terms(snapshot: Snapshot, query: QueryTerms, similarities: Floats | None) -> dict[str, float]:
    """What the field calls the idea that the question is nearest to: words to look for in the code."""
    if not snapshot.ideas:
        return {}
    words = snapshot.idea_words.scores(query)
    if similarities is None:
        best = int(np.argmax(words))
        near = 0.5 if words[best] >= _IDEA_WORDS else 0.0
    else:
        meaning = snapshot.groups["concept"].best(similarities)
        best = int(np.argmax(_z(meaning) + 0.4 * _z(words)))
        near = float(meaning[best])
    if near < _IDEA_NEAR:
        return {}
    return dict.fromkeys(snapshot.idea_terms[best], IDEA * near)


def _ideas(snapshot: Snapshot, query: QueryTerms, similarities: Floats | None) -> Floats:
    """Shape (passages,): how near the question is to the idea of the card that a passage belongs to.

    A card says its idea in many places; each may be a weak hit where the card as a whole is the answer.
    """
    if not snapshot.ideas:
        return np.zeros(snapshot.size, np.float32)
    if similarities is None:
        near = _z(snapshot.idea_words.scores(query))
    else:
        near = _z(snapshot.groups["concept"].best(similarities))
    result: Floats = np.where(snapshot.idea_of >= 0, near[snapshot.idea_of], np.float32(0.0))
    return result


@dataclass(frozen=True)
class _Scale:
    """How similar a question is to any passage at all: what its similarities are measured against."""

    mean: float
    spread: float

    def of(self, values: Floats, offset: float) -> Floats:
        """In standard deviations above what is usual; 0 where there is nothing to compare with."""
        scaled = (values - np.float32(self.mean + offset)) / np.float32(self.spread)
        return np.where(values > MISSING, scaled, 0.0).astype(np.float32)


def _z(values: Floats) -> Floats:
    spread = float(values.std())
    result: Floats = (values - np.float32(values.mean())) / np.float32(spread if spread > 1e-6 else 1.0)
    return result


def _prior(snapshot: Snapshot, kind: str) -> Floats:
    values = [_PRIOR[kind].get(name, 0.0) for name in snapshot.kind_names]
    return np.array(values, np.float32)[snapshot.kinds]


def _in_sources(snapshot: Snapshot, names: frozenset[str]) -> Floats:
    """A question that names a repository is about that one."""
    values = [_NAMED_SOURCE * (name in names) for name in snapshot.source_names]
    return np.array(values, np.float32)[snapshot.sources]


def _best(total: Floats, count: int) -> list[int]:
    """The positions of the greatest values, best first."""
    near = np.argpartition(-total, count)[:count] if count < len(total) else np.arange(len(total))
    order = near[np.argsort(-total[near], kind="stable")]
    return [int(index) for index in order]


def _thinned(snapshot: Snapshot, total: Floats, firsts: Sequence[int], k: int) -> list[tuple[int, float]]:
    """Best first; the firsts lead; what overlaps or repeats one already taken is left out."""
    passages = snapshot.contents.passages
    order = [*firsts, *_best(total, 20 * k + 50)]
    taken: list[int] = []
    seen: set[str] = set()
    cards: Counter[str] = Counter()
    for index in order:
        passage = passages[index]
        if index in taken or passage.sha256 in seen:
            continue
        if passage.concept is not None and cards[passage.concept] >= _PER_CARD:
            continue
        if any(passages[other].span.overlap(passage.span) >= _OVERLAP for other in taken):
            continue
        taken.append(index)
        seen.add(passage.sha256)
        cards[passage.concept or ""] += passage.concept is not None
        if len(taken) == k:
            break
    return [(index, float(total[index])) for index in taken]
