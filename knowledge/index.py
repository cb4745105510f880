"""Build and refresh: incremental, one writer, safe to kill at any moment.

A refresh writes a generation of its own beside the current one and then switches the pointer. Vectors are
stored by the hash of their text, so what did not change, or only moved, is not embedded again.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from knowledge.contents import Contents, read_contents, read_records
from knowledge.embed import Embedder
from knowledge.errors import KnowledgeError
from knowledge.generations import (
    FORMAT,
    Manifest,
    clear_leftovers,
    current,
    hashes,
    new_generation,
    read_manifest,
    sweep,
    switch,
    verify,
    write_manifest,
)
from knowledge.marks import fingerprint as fingerprint
from knowledge.marks import splitter_mark, text_hash
from knowledge.sources import Corpus
from knowledge.store import Store, drop_collection, open_store
from knowledge.vectors import SAMPLE, Compare, Held, Served, Vectors

Progress = Callable[[int, int, str], None]
"""Done, total, and what is being done."""

_WAIT = 600  # seconds for another writer to finish
_CHUNK = 256  # texts embedded between two reports of progress


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `changed` is False when the index was up to date; `rebuilt` names what was wrong."""

    changed: bool
    files: int
    passages: int
    rows: int
    embedded: int
    seconds: float
    embedding_seconds: float = 0.0
    rebuilt: str | None = None


@dataclass(frozen=True)
class Loaded:
    """A generation as it was read: its manifest, its contents and, for texts in pieces, their pieces."""

    folder: Path
    manifest: Manifest
    contents: Contents
    windows: dict[str, list[str]]


def build(
    corpus: Corpus,
    index: Path,
    embedder: Embedder,
    progress: Progress | None = None,
    server: str | None = None,
) -> BuildReport:
    """Brings the index at `index` up to date with the corpus; does nothing when it is.

    `server` is the address of a Chroma server; without it vectors are stored in the index's own folder.
    Raises KnowledgeError when another process does not stop writing, or when the disk is full.
    """
    tell = progress or (lambda done, total, what: None)
    begun = time.perf_counter()
    try:
        index.mkdir(parents=True, exist_ok=True)
        tell(0, 0, "Waiting for another build to end")
        with FileLock(str(index / "write.lock"), timeout=_WAIT):
            return _Build(corpus, index, embedder, tell, server).run(begun)
    except Timeout as error:
        raise KnowledgeError(f"Another process is writing the index at {index}; try again later.") from error
    except OSError as error:
        raise KnowledgeError(
            f"The index at {index} cannot be written ({error.strerror or error}). "
            "Free some space or give another folder; what was there before is untouched."
        ) from error


class _Build:
    def __init__(
        self, corpus: Corpus, index: Path, embedder: Embedder, tell: Progress, server: str | None
    ) -> None:
        self.corpus = corpus
        self.index = index
        self.embedder = embedder
        self.tell = tell
        self.server = server

    def run(self, begun: float) -> BuildReport:
        self.tell(0, 0, "Looking for what changed")
        mark = fingerprint(self.corpus, self.embedder.name)
        same = self._unchanged(mark)
        if same is not None:
            seconds = time.perf_counter() - begun
            return BuildReport(False, same.documents, same.passages, same.rows, 0, seconds)
        before, fault = self._before()
        self.tell(0, 0, "Reading the sources")
        contents = read_contents(self.corpus, before.contents if before is not None else None)
        same_model = before is not None and before.manifest.model == self.embedder.name
        for leftover in clear_leftovers(self.index):
            if self.server is not None:
                drop_collection(self.server, self.embedder.name, leftover)
        folder = new_generation(self.index)
        known = before.windows if before is not None and same_model else {}
        embedded, rows, spent = self._write(folder, contents, before if same_model else None, known)
        manifest = Manifest(
            FORMAT,
            mark,
            splitter_mark(),
            self.embedder.name,
            self.server,
            rows,
            len(contents.passages),
            hashes(folder),
            len(contents.documents),
        )
        write_manifest(folder, manifest)
        switch(self.index, folder)
        self._tidy()
        seconds = time.perf_counter() - begun
        count = len(contents.documents)
        return BuildReport(True, count, len(contents.passages), rows, embedded, seconds, spent, fault)

    def _unchanged(self, mark: str) -> Manifest | None:
        """The manifest of the current generation when it is whole and there is nothing to do."""
        folder = current(self.index)
        if folder is None:
            return None
        try:
            manifest = read_manifest(folder)
            verify(folder, manifest)
        except KnowledgeError:
            return None
        return manifest if (manifest.fingerprint, manifest.server) == (mark, self.server) else None

    def _before(self) -> tuple[Loaded | None, str | None]:
        """The current generation where it is whole, and what is wrong where it is not."""
        folder = current(self.index)
        if folder is None:
            return None, None
        try:
            loaded = load(folder)
        except KnowledgeError as error:
            return None, str(error)
        if loaded.manifest.splitter != splitter_mark():
            contents = Contents(
                loaded.contents.documents, (), {}
            )  # cut anew, but vectors by hash still serve
            loaded = Loaded(folder, loaded.manifest, contents, loaded.windows)
        return loaded, None

    def _write(
        self, folder: Path, contents: Contents, before: Loaded | None, known: dict[str, list[str]]
    ) -> tuple[int, int, float]:
        """Writes contents and vectors; returns how many were embedded, how many there are, and the time."""
        texts = sorted({way.text for way in contents.ways})
        self.tell(0, len(texts), "Measuring the texts")
        store, have = self._store(folder, before)
        pieces = {text: self._pieces(text, known, have) for text in texts}
        long = {text_hash(text): windows for text, windows in pieces.items() if windows != [text]}
        wanted = {text_hash(window): window for windows in pieces.values() for window in windows}
        _write_text(folder / "contents.jsonl", "\n".join(contents.records()) + "\n")
        _write_text(folder / "windows.json", json.dumps(long))
        missing = [key for key in wanted if key not in have]
        store.delete(have - wanted.keys())
        spent = 0.0
        missing.sort(key=lambda key: len(wanted[key]))  # texts of a length together: little padding
        for start in range(0, len(missing), _CHUNK):
            self.tell(start, len(missing), "Learning what the texts mean")
            part = missing[start : start + _CHUNK]
            clock = time.perf_counter()
            vectors = self.embedder.encode([wanted[key] for key in part])
            spent += time.perf_counter() - clock
            store.add(part, vectors)
        self.tell(len(missing), len(missing), "Finishing")
        self._export(folder, store)
        store.close()
        return len(missing), len(wanted), spent

    def _export(self, folder: Path, store: Store) -> None:
        """The vectors as one array: Chroma rewrites its files even when they are only read, so readers,
        of whom there may be many, get something of their own. Of a server's vectors only a sample."""
        ids, matrix = store.vectors()
        if self.server is not None:
            chosen = np.linspace(0, max(0, len(ids) - 1), min(len(ids), SAMPLE)).astype(int)
            matrix = matrix[chosen]
        _write_text(folder / "rows.json", json.dumps(ids))
        np.save(folder / "vectors.npy", matrix)

    def _pieces(self, text: str, known: dict[str, list[str]], have: set[str]) -> list[str]:
        """The pieces of a text; only texts that are new are measured, which takes the model."""
        key = text_hash(text)
        if key in known:
            return known[key]
        return [text] if key in have else self.embedder.windows(text)

    def _store(self, folder: Path, before: Loaded | None) -> tuple[Store, set[str]]:
        """A store that holds what the generation before held, and its ids."""
        model = self.embedder.name
        if self.server is None:
            if before is not None and before.manifest.server is None:
                shutil.copytree(before.folder / "chroma", folder / "chroma")
            store = open_store(folder / "chroma", model, folder.name, create=True)
            return store, store.ids()
        store = open_store(self.server, model, folder.name, create=True)
        if before is not None:
            source = before.manifest.server or before.folder / "chroma"
            older = open_store(source, model, before.folder.name)
            ids, vectors = older.vectors()
            if ids:
                store.add(ids, vectors)
            return store, set(ids)
        return store, set()

    def _tidy(self) -> None:
        held = {folder: _server_of(folder) for folder in (self.index / "generations").iterdir()}
        for folder in sweep(self.index):
            place = held.get(folder)
            if place is not None:
                with contextlib.suppress(KnowledgeError):  # a server that was left may be gone
                    drop_collection(*place, folder.name)


def _server_of(folder: Path) -> tuple[str, str] | None:
    try:
        manifest = read_manifest(folder)
    except KnowledgeError:
        return None
    return (manifest.server, manifest.model) if manifest.server else None


def load(generation: Path) -> Loaded:
    """A generation's contents, checked. Raises KnowledgeError when anything is not what was written."""
    manifest = read_manifest(generation)
    verify(generation, manifest)
    try:
        with (generation / "contents.jsonl").open(encoding="utf-8") as lines:
            contents = read_records(lines)
        windows = json.loads((generation / "windows.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KnowledgeError(f"The index at {generation} is damaged: {error}.") from error
    return Loaded(generation, manifest, contents, windows)


def load_vectors(loaded: Loaded) -> Vectors:
    """The vectors of a generation. Raises KnowledgeError when some are missing or damaged."""
    try:
        ids: list[str] = json.loads((loaded.folder / "rows.json").read_text(encoding="utf-8"))
        matrix = np.load(loaded.folder / "vectors.npy")
    except (OSError, ValueError) as error:
        raise KnowledgeError(f"The index at {loaded.folder} is damaged: {error}.") from error
    row_of = {key: row for row, key in enumerate(ids)}
    ways: list[int] = []
    rows: list[int] = []
    for number, way in enumerate(loaded.contents.ways):
        for window in loaded.windows.get(text_hash(way.text)) or [way.text]:
            row = row_of.get(text_hash(window))
            if row is None:
                raise KnowledgeError(f"The index at {loaded.folder} is damaged: a vector is missing.")
            ways.append(number)
            rows.append(row)
    texts: Compare = Held(matrix)
    if loaded.manifest.server is not None:
        store = open_store(loaded.manifest.server, loaded.manifest.model, loaded.folder.name)
        texts = Served(store, row_of, matrix)
    return Vectors(texts, np.array(ways, np.int32), np.array(rows, np.int32))


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
