"""A generation read back: its contents and its vectors, checked."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from knowledge.index.chroma import Store, open_store
from knowledge.index.fingerprint import text_hash
from knowledge.index.generations import Manifest, read_manifest, verify
from knowledge.index.storage import SINCE, WHOLE, Stored, damaged, read_ids, read_vectors
from knowledge.index.vectors import Compare, InMemoryVectors, RemoteVectors, Vectors
from knowledge.ingest.contents import Contents
from knowledge.passages import SearchText
from knowledge.search.lexical import Floats


@dataclass(frozen=True)
class Loaded:
    """A generation as it was read: its manifest, its contents and, for texts in pieces, their pieces.

    `stored` are its documents as they lie on the disk.
    """

    folder: Path
    manifest: Manifest
    contents: Contents
    windows: dict[str, list[str]]
    stored: Stored


def peek(generation: Path) -> Loaded:
    """A generation, checked, with documents that are read when they are looked at: for whoever holds it.

    Raises KnowledgeError when anything is not what was written.
    """
    manifest = read_manifest(generation)
    verify(generation, manifest)
    stored = Stored(generation)
    try:
        lines = (generation / "leads.jsonl").read_text(encoding="utf-8").splitlines()
        leads = tuple(SearchText(**json.loads(line)) for line in lines)
        windows = json.loads((generation / "windows.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError) as error:
        raise damaged(generation, error) from error
    stamps = {path: place.stamp for path, place in stored.places.items()}
    return Loaded(generation, manifest, Contents(stored, leads, stamps), windows, stored)


def load(generation: Path) -> Loaded:
    """A generation's contents, read and checked. Raises KnowledgeError as `peek` does."""
    loaded = peek(generation)
    return replace(loaded, contents=replace(loaded.contents, documents=dict(loaded.stored)))


def load_vectors(loaded: Loaded) -> Vectors:
    """The vectors of a generation. Raises KnowledgeError when some are missing or damaged."""
    whole = read_ids(loaded.folder, WHOLE)
    ids = [*whole, *read_ids(loaded.folder, SINCE)]
    row_of = {key: row for row, key in enumerate(ids)}
    ways: list[int] = []
    rows: list[int] = []
    for number, way in enumerate(loaded.contents.ways):
        for window in loaded.windows.get(text_hash(way.text)) or [way.text]:
            row = row_of.get(text_hash(window))
            if row is None:
                raise damaged(loaded.folder, "a vector is missing")
            ways.append(number)
            rows.append(row)
    texts: Compare
    if loaded.manifest.server is not None:
        sample, since = (np.array(read_vectors(loaded.folder, part)) for part in (WHOLE, SINCE))
        texts = RemoteVectors(open_served(loaded), {key: row_of[key] for key in whole}, sample, since)
    else:
        matrix = read_all_vectors(loaded.folder)
        if len(matrix) != len(ids):
            raise damaged(loaded.folder, "a vector is missing")
        texts = InMemoryVectors(matrix)
    return Vectors(texts, np.array(ways, np.int32), np.array(rows, np.int32))


def open_served(loaded: Loaded) -> Store:
    """The collection that holds a generation's vectors on its server, without those of small changes."""
    manifest = loaded.manifest
    assert manifest.server is not None
    return open_store(manifest.server, manifest.model, manifest.collection or loaded.folder.name)


def read_all_vectors(generation: Path) -> Floats:
    """The vectors of both parts, in memory: a file that is mapped cannot be removed on Windows."""
    parts = [read_vectors(generation, part) for part in (WHOLE, SINCE)]
    return np.concatenate([part for part in parts if len(part)] or parts[:1])
