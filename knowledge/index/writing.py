"""The vectors of a generation: taken from the generation before, or from the pack that ships, else embedded.

In a folder Chroma keeps what was embedded here; what the pack has need not be stored a second time.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.embedding.embedder import Embedder, in_pieces
from knowledge.index.chroma import Store, open_store
from knowledge.index.fingerprint import text_hash
from knowledge.index.pack import Pack
from knowledge.index.reading import Loaded, open_served
from knowledge.index.storage import (
    SHARE,
    SINCE,
    WHOLE,
    Changes,
    read_ids,
    read_vectors,
    share,
    write_text,
    write_vectors,
)
from knowledge.index.vectors import SAMPLE
from knowledge.ingest.contents import Contents
from knowledge.search.lexical import Floats

Progress = Callable[[int, int, str], None]
"""Done, total, and what is being done."""
_CHUNK = 256  # texts embedded between two reports of progress
_STORED = 2_000  # vectors given to Chroma at a time


@dataclass
class Work:
    """What writing a generation took and gave: vectors held, texts embedded, and the seconds of that.

    `shared` are files that the generation before holds too, with their hashes; `collection` is the generation
    whose collection on a server is shared.
    """

    rows: int
    embedded: int
    shared: dict[str, str]
    collection: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class _Texts:
    """The texts that vectors are needed of, by their hash, and the pieces of those that are too long."""

    wanted: dict[str, str]
    long: dict[str, list[str]]


@dataclass(frozen=True)
class Writer:
    """Writes vectors into the folders of generations; on a Chroma server when its address is given."""

    embedder: Embedder
    tell: Progress
    server: str | None
    pack: Pack

    def change(
        self, folder: Path, contents: Contents, changes: Changes, before: Loaded | None
    ) -> Work | None:
        """Writes what is new and shares the rest; writes nothing and gives None after too large a change."""
        if before is None or changes.before is None or not changes.are_small():
            return None
        if self.server != before.manifest.server:
            return None
        whole, since = read_ids(before.folder, WHOLE), read_ids(before.folder, SINCE)
        ways = [way for document in changes.fresh.values() for way in document.ways]
        have = {*whole, *since}
        texts = self._texts({way.text for way in (*ways, *contents.leads)}, before.windows, have)
        missing = {key: text for key, text in texts.wanted.items() if key not in have}
        if (len(since) + len(missing)) * SHARE > len(whole):
            return None
        share(before.folder, folder)
        hashes = before.manifest.files
        shared = {name: hashes[name] for name in hashes if name.startswith(f"{WHOLE}/")}
        collection = before.manifest.collection or before.folder.name if self.server is not None else None
        ready = missing.keys() & self.pack.rows.keys()
        work = Work(len(have) + len(missing), len(missing) - len(ready), shared, collection)
        parts = [read_vectors(before.folder, SINCE)]
        if ready:
            since += sorted(ready)
            parts.append(self.pack.vectors(sorted(ready)))
        for ids, vectors in self._embed(_without(missing, ready), work):
            since += ids
            parts.append(vectors)
        matrix = np.concatenate([part for part in parts if len(part)] or parts)
        write_vectors(folder / SINCE, since, matrix)
        write_text(folder / "windows.json", json.dumps(before.windows | texts.long))
        return work

    def whole(self, folder: Path, contents: Contents, before: Loaded | None) -> Work:
        """All vectors: those of the pack, and those that Chroma keeps."""
        store = self._store(folder, before)
        try:  # closed in any case: an open file cannot be removed on Windows
            have = store.ids() if store is not None else set()
            known = before.windows if before is not None else {}
            texts = self._texts({way.text for way in contents.ways}, known, have)
            ready = texts.wanted.keys() & self.pack.rows.keys()
            missing = _without(texts.wanted, have | ready)
            collection = folder.name if self.server is not None else None
            work = Work(len(texts.wanted), len(missing), {}, collection)
            if store is None and missing:
                store = open_store(folder / WHOLE / "chroma", self.embedder.name, folder.name, create=True)
            if store is not None:
                self._keep(store, texts.wanted.keys(), have, ready)
            for ids, vectors in _together(self._embed(missing, work)):
                assert store is not None
                store.add(ids, vectors)
            self._export(folder, store, sorted(ready))
        finally:
            if store is not None:
                store.close()
        write_text(folder / "windows.json", json.dumps(texts.long))
        return work

    def _keep(self, store: Store, wanted: Set[str], have: set[str], ready: Set[str]) -> None:
        """Leaves in a store what is to be there: on a server, which is searched, also what the pack has."""
        if self.server is None:
            store.delete(have - (wanted - ready))
            return
        store.delete(have - wanted)
        fresh = sorted(ready - have)
        if fresh:
            store.add(fresh, self.pack.vectors(fresh))

    def _texts(self, texts: set[str], known: dict[str, list[str]], have: set[str]) -> _Texts:
        """What to have vectors of; only texts that are new are measured, which takes the model."""
        wanted: dict[str, str] = {}
        long: dict[str, list[str]] = {}
        for text in sorted(texts):
            key = text_hash(text)
            pieces = known.get(key)
            if pieces is None:
                pieces = (
                    [text] if key in have else self.pack.in_pieces(text) or in_pieces(self.embedder, text)
                )
            if pieces == [text]:
                wanted[key] = text
            else:
                long[key] = pieces
                wanted |= {text_hash(piece): piece for piece in pieces}
        return _Texts(wanted, long)

    def _embed(self, missing: dict[str, str], work: Work) -> Iterator[tuple[list[str], Floats]]:
        """Ids and their vectors, some at a time; texts of a length together, for little padding."""
        keys = sorted(missing, key=lambda key: len(missing[key]))
        for start in range(0, len(keys), _CHUNK):
            self.tell(start, len(keys), "Learning what the texts mean")
            part = keys[start : start + _CHUNK]
            clock = time.perf_counter()
            vectors = self.embedder.encode([missing[key] for key in part])
            work.seconds += time.perf_counter() - clock
            yield part, vectors
        self.tell(len(keys), len(keys), "Finishing")

    def _export(self, folder: Path, store: Store | None, ready: list[str]) -> None:
        """The vectors as one array: Chroma rewrites its files even when they are only read, so readers,
        of whom there may be many, get something of their own. Of a server's vectors only a sample."""
        ids, matrix = store.vectors() if store is not None else ([], self.pack.vectors([]))
        if self.server is not None:
            chosen = np.linspace(0, max(0, len(ids) - 1), min(len(ids), SAMPLE)).astype(int)
            matrix = matrix[chosen]
        elif ready:
            ids, matrix = (
                [*ids, *ready],
                np.concatenate([*([matrix] if ids else []), self.pack.vectors(ready)]),
            )
        write_vectors(folder / WHOLE, ids, matrix)
        write_vectors(folder / SINCE, [], matrix[:0])

    def _store(self, folder: Path, before: Loaded | None) -> Store | None:
        """A store that holds what the generation before held; None in a folder when there is nothing to hold."""
        model = self.embedder.name
        older = before.manifest.server if before is not None else None
        if self.server is None:
            if before is None or older is not None:
                return None
            home, kept = folder / WHOLE / "chroma", before.folder / WHOLE / "chroma"
            since = [key for key in read_ids(before.folder, SINCE) if key not in self.pack.rows]
            if not kept.is_dir() and not since:
                return None
            if kept.is_dir():
                shutil.copytree(kept, home)
            store = open_store(home, model, folder.name, create=True)
            rows = {key: row for row, key in enumerate(read_ids(before.folder, SINCE))}
            store.add(since, read_vectors(before.folder, SINCE)[[rows[key] for key in since]])
            return store
        store = open_store(self.server, model, folder.name, create=True)
        if before is None:
            return store
        if older is not None:
            store.add(*open_served(before).vectors())
        else:
            store.add(read_ids(before.folder, WHOLE), read_vectors(before.folder, WHOLE))
        store.add(read_ids(before.folder, SINCE), read_vectors(before.folder, SINCE))
        return store


def _without(texts: dict[str, str], keys: Set[str]) -> dict[str, str]:
    return {key: text for key, text in texts.items() if key not in keys}


def _together(parts: Iterable[tuple[list[str], Floats]]) -> Iterator[tuple[list[str], Floats]]:
    """The same ids and vectors, more at a time: each time costs Chroma a transaction."""
    ids: list[str] = []
    held: list[Floats] = []
    for some, vectors in parts:
        ids += some
        held.append(vectors)
        if len(ids) >= _STORED:
            yield ids, np.concatenate(held)
            ids, held = [], []
    if ids:
        yield ids, np.concatenate(held)
