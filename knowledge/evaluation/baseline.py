"""The usual recipe, to compare with: chunks of 1000 characters, 200 shared, embedded as they are, in Chroma.

What the embedding model does not read of a chunk is silently lost here, as it is in the recipe.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from knowledge.embedding.embedder import Embedder, in_pieces
from knowledge.index.chroma import open_store
from knowledge.ingest.chunking.notebook import group_text
from knowledge.ingest.contents import Contents
from knowledge.passages import Passage, Span, make_passage
from knowledge.search.library import Hit, Results

SIZE = 1000
SHARED = 200
_SEPARATORS = ("\n\n", "\n", " ")


class Baseline:
    """Chunks of what an index holds, searched by meaning alone. `close` removes its files."""

    def __init__(self, contents: Contents, embedder: Embedder) -> None:
        self.embedder = embedder
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._store = open_store(Path(self._folder.name) / "chroma", "baseline", "", create=True)
        self.chunks: dict[str, Passage] = {}
        for document in contents.documents.values():
            whole = document.text if document.cells is None else group_text(list(document.cells))
            for start, end in chunks(whole):
                passage = _passage(document.path, document.cells, whole, (start, end))
                self.chunks[str(len(self.chunks))] = passage
        read = [in_pieces(embedder, passage.text or " ")[0] for passage in self.chunks.values()]
        self._store.add(list(self.chunks), embedder.encode(read))

    def search(self, question: str) -> Results:
        """The ten nearest chunks."""
        begun = time.perf_counter()
        vector = self.embedder.encode(in_pieces(self.embedder, question)[:1])[0]
        ids, similarities = self._store.nearest(vector, 10)
        pairs = zip(ids, similarities.tolist(), strict=True)
        hits = tuple(Hit(self.chunks[key], similarity) for key, similarity in pairs)
        taken = (time.perf_counter() - begun) * 1000
        return Results(hits, float(similarities[0]) if hits else 0.0, taken, False)

    def close(self) -> None:
        """Removes what it wrote."""
        self._store.close()
        self._folder.cleanup()


def chunks(text: str) -> list[tuple[int, int]]:
    """Half-open ranges of characters: cut at a blank line, else a line, else a blank."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + SIZE)
        if end < len(text):
            places = (text.rfind(separator, start + SHARED + 1, end) for separator in _SEPARATORS)
            end = next((place for place in places if place > 0), end)
        found.append((start, end))
        if end == len(text):
            break
        start = max(start + 1, end - SHARED)
    return found


def _passage(path: str, cells: tuple[str, ...] | None, whole: str, bounds: tuple[int, int]) -> Passage:
    text = whole[bounds[0] : bounds[1]]
    if cells is None:
        first = whole.count("\n", 0, bounds[0]) + 1
        span = Span(path, first, first + text.rstrip("\n").count("\n"))
    else:
        touched = _touched(cells, bounds)
        span = Span(path, None, None, touched[0], touched[-1] if len(touched) > 1 else None)
    return make_passage(span, text, "text", "")


def _touched(cells: tuple[str, ...], bounds: tuple[int, int]) -> list[int]:
    """The cells that a range of their joined text reaches."""
    at = 0
    touched = []
    for number, cell in enumerate(cells):
        end = at + len(cell.rstrip("\n"))
        if at < bounds[1] and end > bounds[0]:
            touched.append(number)
        at = end + 2
    return touched or [0]
