"""Question → ranked passages. `Library` reads an index; `WordsLibrary` needs neither index nor model."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from knowledge.contents import Contents, read_contents
from knowledge.passages import Passage
from knowledge.questions import Query, read_question
from knowledge.ranking import Asked, rank
from knowledge.snapshot import Snapshot
from knowledge.sources import Corpus
from knowledge.words import Floats


@dataclass(frozen=True)
class Hit:
    """A passage and its score; scores compare within one search only."""

    passage: Passage
    score: float


@dataclass(frozen=True)
class Results:
    """What a search found, best first.

    `confidence` (0 to 1) tells answerable from not; it compares between searches. `words_only` says that no
    model took part.
    """

    hits: tuple[Hit, ...]
    confidence: float
    latency_ms: float
    words_only: bool


class Searcher:
    """What both libraries share. Safe to use from many threads."""

    def snapshot(self) -> Snapshot:
        """The state to search now."""
        raise NotImplementedError

    def encode(self, texts: list[str]) -> Floats | None:
        """Vectors of unit length, one a row; None where there is no model."""
        return None

    @property
    def contents(self) -> Contents:
        """What is indexed."""
        return self.snapshot().contents

    def search(self, question: str, k: int = 10, context: str = "") -> Results:
        """The k best passages. `context` is what was said before, for questions that lean on it."""
        begun = time.perf_counter()
        snapshot = self.snapshot()
        query = read_question(question, context)
        if not query.text or not snapshot.size:
            return Results((), 0.0, (time.perf_counter() - begun) * 1000, snapshot.vectors is None)
        vectors = self._vectors(query) if snapshot.vectors is not None else None
        ranking = rank(snapshot, Asked(query, vectors), max(1, k))
        passages = snapshot.contents.passages
        hits = tuple(Hit(passages[index], score) for index, score in ranking.order)
        taken = (time.perf_counter() - begun) * 1000
        return Results(hits, ranking.confidence, taken, vectors is None)

    def _vectors(self, query: Query) -> Floats | None:
        text = f"{query.context} {query.text}" if query.context else query.text
        return self.encode([text, *query.sides])

    def resolve(self, reference: str) -> Passage | None:
        """The whole symbol that `path::Symbol.name` names, as indexed; None when it is not there."""
        return self.contents.resolve(reference)

    def passage(self, passage_id: str) -> Passage | None:
        """The passage with this id, or None when there are no such lines any more."""
        return self.contents.passage(passage_id)

    def read(self, path: str, start: int | None = None, end: int | None = None) -> Passage | None:
        """Lines of an indexed file, 1-based and inclusive; the whole file without them."""
        return self.contents.read(path, start, end)

    def cell(self, path: str, number: int) -> Passage | None:
        """One cell of an indexed notebook, 0-based: hits may show several cells together."""
        return self.contents.read(path, cells=(number, number))


class WordsLibrary(Searcher):
    """Search by words alone, straight from the sources: ready in a second, used until the index is."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The sources as they were when first asked."""
        with self._lock:
            if self._snapshot is None:
                self._snapshot = Snapshot(read_contents(self.corpus), None)
            return self._snapshot
