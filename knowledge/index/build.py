"""Build and refresh: incremental, one writer, safe to kill at any moment.

A refresh writes a generation of its own beside the current one and then switches the pointer. Vectors are
stored by the hash of their text, so what did not change, or only moved, is not embedded again. After a small
change most of the generation is shared with the one before (see `parts`); after many, or a large one, it is
written whole, and Chroma gets what had gathered since.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from knowledge.embedding.embedder import Embedder
from knowledge.errors import KnowledgeError
from knowledge.index.chroma import NoCollectionError, drop_collection
from knowledge.index.fingerprint import fingerprint as fingerprint
from knowledge.index.fingerprint import splitter_mark
from knowledge.index.generations import (
    FORMAT,
    Manifest,
    clear_leftovers,
    current,
    hashes,
    new_generation,
    read_manifest,
    sweep,
    switch,
    write_manifest,
)
from knowledge.index.pack import open_pack
from knowledge.index.reading import Loaded, open_served, peek
from knowledge.index.storage import Changes, DamagedError, write_documents, write_text
from knowledge.index.writing import Progress, Work, Writer
from knowledge.ingest.contents import Documents, read_contents
from knowledge.ingest.sources import Corpus, SourceFile, list_corpus

_WAIT = 600  # seconds for another writer to finish


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
        files = list_corpus(self.corpus)
        mark = fingerprint(self.corpus, self.embedder.name, files)
        before, fault = self._before()
        same = before.manifest if before is not None else None
        if same is not None and (same.fingerprint, same.server) == (mark, self.server):
            seconds = time.perf_counter() - begun
            return BuildReport(False, same.documents, same.passages, same.rows, 0, seconds)
        try:
            manifest, work = self._refresh(mark, files, before)
        except DamagedError as error:  # in a place that only its reading shows
            fault = str(error)
            manifest, work = self._refresh(mark, files, None)
        self._tidy()
        counts = (manifest.documents, manifest.passages, manifest.rows, work.embedded)
        return BuildReport(True, *counts, time.perf_counter() - begun, work.seconds, fault)

    def _before(self) -> tuple[Loaded | None, str | None]:
        """The current generation where it is whole, and what is wrong where it is not."""
        folder = current(self.index)
        if folder is None:
            return None, None
        try:
            before = peek(folder)
        except KnowledgeError as error:
            return None, str(error)
        try:
            if before.manifest.server is not None:
                open_served(before).close()
        except KnowledgeError as error:
            if isinstance(error, NoCollectionError) or before.manifest.server != self.server:
                return None, str(error)
            raise
        return before, None

    def _refresh(self, mark: str, files: list[SourceFile], before: Loaded | None) -> tuple[Manifest, Work]:
        """Writes a generation and makes it the current one."""
        self.tell(0, 0, "Reading the sources")
        kept = before if before is not None and before.manifest.splitter == splitter_mark() else None
        contents = read_contents(self.corpus, None if kept is None else kept.contents, files)
        assert isinstance(contents.documents, Documents)
        changes = Changes(contents.stamps, contents.documents.fresh, None if kept is None else kept.stored)
        leftovers = set(clear_leftovers(self.index))
        if self.server is not None:
            for leftover in leftovers - {place[2] for place in self._collections().values() if place}:
                drop_collection(self.server, self.embedder.name, leftover)
        folder = new_generation(self.index)
        if before is not None and before.manifest.model != self.embedder.name:
            before = None
        self.tell(0, 0, "Measuring the texts")
        pack = open_pack(self.corpus.pack, self.embedder.name)
        writer = Writer(self.embedder, self.tell, self.server, pack)
        work = writer.change(folder, contents, changes, before) or writer.whole(folder, contents, before)
        passages = write_documents(folder, changes, share=bool(work.shared))
        leads = "".join(f"{json.dumps(vars(way))}\n" for way in contents.leads)
        write_text(folder / "leads.jsonl", leads)
        manifest = Manifest(
            FORMAT,
            mark,
            splitter_mark(),
            self.embedder.name,
            self.server,
            work.rows,
            passages,
            hashes(folder, work.shared),
            len(contents.documents),
            work.collection,
        )
        write_manifest(folder, manifest)
        switch(self.index, folder)
        return manifest, work

    def _tidy(self) -> None:
        held = self._collections()
        gone = [held.pop(folder) for folder in sweep(self.index) if folder in held]
        for place in set(gone) - set(held.values()):
            if place is not None:
                with contextlib.suppress(KnowledgeError):  # a server that was left may be gone
                    drop_collection(*place)

    def _collections(self) -> dict[Path, tuple[str, str, str] | None]:
        """For each generation what it reads on a server: see `_collection_of`."""
        return {folder: _collection_of(folder) for folder in (self.index / "generations").iterdir()}


def _collection_of(folder: Path) -> tuple[str, str, str] | None:
    """Server, model and generation of the collection that a generation reads; several may read one."""
    try:
        manifest = read_manifest(folder)
    except KnowledgeError:
        return None
    if manifest.server is None:
        return None
    return manifest.server, manifest.model, manifest.collection or folder.name
