"""Search with the help of a language model: other wordings before it, a closer look after it.

Off unless a caller brings a `Helper`. This package knows no models: what a helper asks of whom, and what that
costs, is the caller's to know and to show; `Helped` says what it was called for.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from knowledge.passages import Passage
from knowledge.search.library import Hit, Results

LOOKED_AT = 20
"""Passages that a helper is shown for a closer look."""
_WORDINGS = 3
_DEPTH = 60  # of reciprocal rank fusion: how little a rank further down counts less
_OWN = 1.5  # what the question as it was asked counts for, beside each other wording


class Searched(Protocol):
    """What can be searched."""

    def search(self, question: str, k: int = 10, context: str = "") -> Results:
        """The k best passages."""
        ...


class Helper(Protocol):
    """What a language model can do for a search. Either may raise `HelperFailed`; the search then goes on."""

    def rewrite(self, question: str, context: str) -> Sequence[str]:
        """Other ways to ask the same, in the words of code and documentation; none is fine."""
        ...

    def rerank(self, question: str, passages: Sequence[Passage]) -> Sequence[int]:
        """Positions in `passages`, best first; those left out keep their order behind the others."""
        ...


class HelperFailed(Exception):
    """The helper could not help; its message says why."""


@dataclass(frozen=True)
class Helped:
    """What was found, the wordings that were searched for as well, and how often the helper was called.

    `failure` is empty when all went well.
    """

    results: Results
    wordings: tuple[str, ...]
    calls: int
    failure: str = ""


def search_with_help(
    library: Searched, question: str, helper: Helper, k: int = 10, context: str = ""
) -> Helped:
    """The k best passages by rank over all wordings, then in the order that the helper gives them."""
    begun = time.perf_counter()
    plain = library.search(question, max(k, LOOKED_AT), context)
    wordings: tuple[str, ...] = ()
    calls, failure, hits = 0, "", list(plain.hits)
    try:
        calls += 1
        wordings = tuple(dict.fromkeys(one.strip() for one in helper.rewrite(question, context)))[:_WORDINGS]
        wordings = tuple(one for one in wordings if one and one != question)
        hits = _fused(plain, [library.search(one, LOOKED_AT) for one in wordings])
        if hits:
            calls += 1
            hits = _reordered(hits, helper.rerank(question, [hit.passage for hit in hits[:LOOKED_AT]]))
    except HelperFailed as error:
        failure = str(error)
    taken = (time.perf_counter() - begun) * 1000
    return Helped(replace(plain, hits=tuple(hits[:k]), latency_ms=taken), wordings, calls, failure)


def _fused(plain: Results, others: Sequence[Results]) -> list[Hit]:
    """By the sum of reciprocal ranks; with no other wording the order is as it was."""
    scores: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for weight, results in [(_OWN, plain), *((1.0, other) for other in others)]:
        for rank, hit in enumerate(results.hits, 1):
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + weight / (_DEPTH + rank)
            hits.setdefault(hit.passage.id, hit)
    order = sorted(scores, key=lambda key: -scores[key])
    return [Hit(hits[key].passage, scores[key]) for key in order]


def _reordered(hits: list[Hit], order: Sequence[int]) -> list[Hit]:
    shown = min(len(hits), LOOKED_AT)
    first = [place for place in dict.fromkeys(order) if 0 <= place < shown]
    named = set(first)
    return [hits[place] for place in [*first, *(one for one in range(len(hits)) if one not in named)]]
