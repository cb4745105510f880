"""A generation's documents and vectors on disk, in two parts: what was last written whole, what changed since.

A refresh after a small change shares the whole part with the generation before (hard links; copies where the
file system knows none) and writes the rest: a table of where each document lies, the documents that differ,
the vectors that are new. So it takes as long as the change is large. What is shared is never written again:
Chroma's folder is copied before it is opened.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.errors import KnowledgeError
from knowledge.ingest.chunking.split import Document
from knowledge.passages import Passage, SearchText, Span
from knowledge.search.lexical import Floats

WHOLE, SINCE = "base", "since"
SHARE = 8
"""When more than an eighth is new or gone, everything is written anew."""


class DamagedError(KnowledgeError):
    """A generation that does not hold what was written."""


@dataclass(frozen=True)
class Place:
    """Where a document's record lies: in which part, from which byte on and how many; and what it holds."""

    stamp: tuple[int, int]
    part: str
    start: int
    length: int
    passages: int


class Stored(Mapping[str, Document]):
    """The documents of a generation, each read from its record when it is first looked at.

    Raises DamagedError, also later, when something is not as it was written.
    """

    def __init__(self, generation: Path) -> None:
        self.generation = generation
        self.places: dict[str, Place] = {}
        self._read: dict[str, Document] = {}
        try:
            table = json.loads((generation / "documents.json").read_text(encoding="utf-8"))
            for path, (size, written, *where) in table.items():
                self.places[path] = Place((size, written), *where)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise damaged(generation, error) from error

    def __getitem__(self, path: str) -> Document:
        if path not in self._read:
            record = self.record(path)
            try:
                self._read[path] = _document(json.loads(record))
            except (ValueError, KeyError, TypeError) as error:
                raise damaged(self.generation, error) from error
        return self._read[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def record(self, path: str) -> bytes:
        """A document's record as it was written."""
        place = self.places[path]
        try:
            with (self.generation / place.part / "contents.jsonl").open("rb") as stream:
                stream.seek(place.start)
                return stream.read(place.length)
        except OSError as error:
            raise damaged(self.generation, error) from error


@dataclass(frozen=True)
class Changes:
    """The documents of a build: `stamps` has all, in order; `fresh` those that differ from `before`'s."""

    stamps: dict[str, tuple[int, int]]
    fresh: dict[str, Document]
    before: Stored | None

    def are_small(self) -> bool:
        """Whether so little is new or gone that the part that was written whole is worth sharing."""
        if self.before is None:
            return False
        whole = (self.before.generation / WHOLE / "contents.jsonl").stat().st_size
        kept = [self.before.places[path] for path in self.stamps if path not in self.fresh]
        left = sum(place.length for place in kept if place.part == WHOLE)
        since = sum(place.length for place in kept if place.part == SINCE)
        new = sum(len(document.text) for document in self.fresh.values())
        return max(whole - left, since + new) * SHARE <= whole


def write_documents(generation: Path, changes: Changes, share: bool) -> int:
    """Writes the table and the records; with `share` only what is not in the part that was written whole.

    Returns how many passages there are.
    """
    table: dict[str, Place] = {}
    part = SINCE if share else WHOLE
    (generation / SINCE / "contents.jsonl").touch()
    with (generation / part / "contents.jsonl").open("wb") as stream:
        for path, stamp in changes.stamps.items():
            document = changes.fresh.get(path)
            if document is not None:
                record, count = _record(document), len(document.passages)
            else:
                assert changes.before is not None
                place = changes.before.places[path]
                if share and place.part == WHOLE:
                    table[path] = place
                    continue
                record, count = changes.before.record(path), place.passages
            table[path] = Place(stamp, part, stream.tell(), len(record), count)
            stream.write(record)
    rows = {
        path: [*place.stamp, place.part, place.start, place.length, place.passages]
        for path, place in table.items()
    }
    write_text(generation / "documents.json", json.dumps(rows))
    return sum(place.passages for place in table.values())


def share(before: Path, generation: Path) -> None:
    """Gives the part that was written whole to another generation as well."""
    for file in (before / WHOLE).rglob("*"):
        target = generation / file.relative_to(before)
        if file.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, target)
        except OSError:  # a file system without links, or too many of them
            shutil.copyfile(file, target)


def write_vectors(folder: Path, ids: list[str], matrix: Floats) -> None:
    """Ids and their vectors, shape (ids, dimensions), as searches read them."""
    folder.mkdir(exist_ok=True)
    write_text(folder / "rows.json", json.dumps(ids))
    np.save(folder / "vectors.npy", matrix)


def read_ids(generation: Path, part: str) -> list[str]:
    """The ids of a part's vectors, in the order of their rows. Raises DamagedError."""
    try:
        ids: list[str] = json.loads((generation / part / "rows.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(generation, error) from error
    return ids


def read_vectors(generation: Path, part: str) -> Floats:
    """A part's vectors, shape (ids, dimensions), mapped from the disk. Raises DamagedError."""
    try:
        matrix: Floats = np.load(generation / part / "vectors.npy", mmap_mode="r")
    except (OSError, ValueError) as error:
        raise damaged(generation, error) from error
    return matrix


def damaged(generation: Path, why: object) -> DamagedError:
    """What is said of a generation that is not as it was written."""
    return DamagedError(f"The index at {generation} is damaged: {why}.")


def write_text(file: Path, text: str) -> None:
    """The same bytes on every system."""
    file.write_text(text, encoding="utf-8", newline="\n")


def _record(document: Document) -> bytes:
    """A document as a line of JSON."""
    passages = [vars(passage) | {"span": vars(passage.span)} for passage in document.passages]
    parts = {"passages": passages, "ways": [vars(way) for way in document.ways]}
    return (json.dumps(vars(document) | parts, ensure_ascii=True) + "\n").encode("ascii")


def _document(record: dict[str, Any]) -> Document:
    passages = tuple(Passage(**{**raw, "span": Span(**raw["span"])}) for raw in record["passages"])
    ways = tuple(SearchText(**raw) for raw in record["ways"])
    symbols = {name: (place[0], place[1]) for name, place in record["symbols"].items()}
    cells = record["cells"]
    return Document(
        record["path"],
        record["source"],
        record["text"],
        passages,
        ways,
        symbols,
        None if cells is None else tuple(cells),
    )
