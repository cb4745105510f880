"""Question → ranked passages. `Library` reads an index; `WordsLibrary` needs neither index nor model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.embedding.embedder import Embedder, encode_questions
from knowledge.errors import KnowledgeError
from knowledge.index.generations import current, hold
from knowledge.index.reading import load, load_vectors
from knowledge.ingest.contents import Contents, read_contents
from knowledge.ingest.sources import Corpus
from knowledge.passages import Passage
from knowledge.search.lexical import Floats
from knowledge.search.query import Query, read_question
from knowledge.search.ranking import Asked, rank
from knowledge.search.snapshot import Snapshot

_REMEMBERED = 512  # vectors of questions asked before
_TRIES = 3


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


class Library:
    """Search over an index on disk. Reopens when a refresh has switched it; safe to use from many threads.

    Raises KnowledgeError at the first use when there is no index, or when it is damaged.
    """

    def __init__(self, index: Path, embedder: Embedder) -> None:
        self.index = index
        self.embedder = embedder
        self._reading = threading.Lock()
        self._state: tuple[Path, Snapshot] | None = None
        self._release: Callable[[], None] | None = None
        self._remembered: dict[str, Floats] = {}

    def snapshot(self) -> Snapshot:
        """The current state of the index; while one thread reads a new one, others go on with the old."""
        folder = current(self.index)
        state = self._state
        if state is not None and (folder is None or folder == state[0]):
            return state[1]
        if state is not None and not self._reading.acquire(blocking=False):
            return state[1]
        if state is None:
            self._reading.acquire()
        try:
            if self._state is state:
                self._state = self._open(state)
        finally:
            self._reading.release()
        assert self._state is not None
        return self._state[1]

    def _open(self, state: tuple[Path, Snapshot] | None) -> tuple[Path, Snapshot]:
        fault: KnowledgeError | None = None
        for _ in range(_TRIES):  # a generation may be switched and swept while it is being read
            folder = current(self.index)
            if folder is None:
                break
            try:
                return folder, self._read(folder)
            except KnowledgeError as error:
                fault = error
                if current(self.index) == folder:
                    break
        if state is not None:
            return state
        if fault is not None:
            raise KnowledgeError(
                f"{fault} Build it again: python -m knowledge index --index {self.index}"
            ) from fault
        raise KnowledgeError(
            f"No index at {self.index}. Build it: python -m knowledge index --index {self.index}"
        )

    def _read(self, folder: Path) -> Snapshot:
        """A generation in memory. One whose vectors are on a server is held until the next one is read."""
        release = hold(folder)
        kept = False
        try:
            loaded = load(folder)
            self._expect_model(loaded.manifest.model)
            snapshot = Snapshot(loaded.contents, load_vectors(loaded))
            kept = loaded.manifest.server is not None
        finally:
            if not kept:
                release()
        before, self._release = self._release, release if kept else None
        if before is not None:
            before()
        return snapshot

    def _expect_model(self, model: str) -> None:
        if model != self.embedder.name:
            raise KnowledgeError(f"The index was built with {model}, not with {self.embedder.name}.")

    def encode(self, texts: list[str]) -> Floats | None:
        """Vectors of unit length, one a row; None where there is no model."""
        known = self._remembered
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            found = dict(zip(missing, encode_questions(self.embedder, missing), strict=True))
            kept = list(known.items())[-_REMEMBERED:]  # a new table: other threads may be reading the old one
            known = dict(kept) | found
            self._remembered = known
        return np.stack([known[text] for text in texts])

    @property
    def contents(self) -> Contents:
        """What is indexed."""
        return self.snapshot().contents

    def search(self, question: str, k: int = 10, context: str = "") -> Results:
        """The k best passages. `context` is what was said before, for questions that lean on it."""
        begun = time.perf_counter()
        snapshot = self.snapshot()
        query = read_question(question, context, snapshot.source_names)
        if not query.text or not snapshot.size:
            return Results((), 0.0, (time.perf_counter() - begun) * 1000, snapshot.vectors is None)
        vectors = self._vectors(query) if snapshot.vectors is not None else None
        ranking = rank(snapshot, Asked(query, vectors), max(1, k))
        passages = snapshot.contents.passages
        hits = tuple(Hit(passages[index], score) for index, score in ranking.order)
        taken = (time.perf_counter() - begun) * 1000
        return Results(hits, ranking.confidence, taken, vectors is None)

    def _vectors(self, query: Query) -> Floats | None:
        first, *sides = (ask.text for ask in query.asks)
        return self.encode([f"{query.context} {first}" if query.context else first, *sides])

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


class WordsLibrary(Library):
    """Search by words alone: straight from the sources, or from what another library has open.

    Ready in a second, used until the index stands and the model is loaded.
    """

    def __init__(self, source: Corpus | Contents | Snapshot) -> None:
        self._source = source
        self._reading = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The sources as they were when first asked."""
        with self._reading:
            if self._snapshot is None:
                self._snapshot = _read(self._source)
            return self._snapshot

    def encode(self, texts: list[str]) -> None:
        """There is no model here."""


def _read(source: Corpus | Contents | Snapshot) -> Snapshot:
    if isinstance(source, Snapshot):
        return source
    return Snapshot(read_contents(source) if isinstance(source, Corpus) else source, None)
