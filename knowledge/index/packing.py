"""Making the pack: which texts ship, which of their vectors are still missing, and writing it.

Each source has eight files, and a text goes to one of them by where it stands: by its document among our own, by
its passage in a repository, whose lines do not move. So a changed lesson changes one file, the same texts always
make the same files, and a repository that is not here keeps those it has. A text of ours that leads to a
repository too is kept with ours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.embedding.embedder import Embedder
from knowledge.embedding.windows import Cuts, find_cuts, pieces
from knowledge.errors import KnowledgeError
from knowledge.index.fingerprint import text_hash
from knowledge.index.generations import file_hash
from knowledge.index.pack import (
    CUTS,
    EMPTY,
    FORMAT,
    MANIFEST,
    RECORD,
    Pack,
    Records,
    open_pack,
    quantize,
    read_manifest,
)
from knowledge.ingest.contents import Contents, read_contents
from knowledge.ingest.sources import Corpus, Source
from knowledge.passages import SearchText, parse_id
from knowledge.search.answer_bank import read_answers

_FILES = 8  # a source
_LESSONS, _ANSWERS = "lessons", "answers"
_CHUNK = 512  # texts embedded between two reports of progress
Texts = dict[str, str]
"""Texts by their hash."""
Numbers = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Shipped:
    """What ships: our own corpus, whose pack it is, and the repositories that are here; `absent` names the others."""

    own: Corpus
    repositories: Sequence[Source] = ()
    absent: Sequence[str] = ()


@dataclass(frozen=True)
class PackReport:
    """What making a pack did, in texts; `size` is in bytes."""

    held: int
    embedded: int
    size: int


def shipped_texts(shipped: Shipped) -> dict[str, dict[str, Texts]]:
    """The texts that an index of these sources embeds, and the written answers, by source and by file of the pack."""
    own = shipped.own
    found: dict[str, dict[str, Texts]] = {}
    ours = _gather(read_contents(own), found, frozenset())
    for answer in read_answers(own):
        number = hashlib.sha256(answer.id.encode()).digest()[0] % _FILES
        file = found.setdefault(_ANSWERS, {}).setdefault(f"{_ANSWERS}-{number}.npy", {})
        file |= {text_hash(text): text for text in answer.texts if text not in ours}
    for source in shipped.repositories:
        _gather(read_contents(Corpus((source,), own.lessons, own.notes)), found, ours)
    return found


def _gather(contents: Contents, found: dict[str, dict[str, Texts]], ours: frozenset[str]) -> frozenset[str]:
    """Adds each text where it stands first, which for one that a card leads elsewhere with is the card."""
    placed = [(_place(way), way.text) for way in contents.ways]
    placed.sort(key=lambda one: one[0][0] != _LESSONS)
    seen = set(ours)
    for (source, file), text in placed:
        if text not in seen:
            found.setdefault(source, {}).setdefault(file, {})[text_hash(text)] = text
            seen.add(text)
    return frozenset(seen)


def _place(way: SearchText) -> tuple[str, str]:
    """The source of a text and the name of its file."""
    span = parse_id(way.passage)
    if span is None:  # a concept's own ways lie with its card
        source, place = _LESSONS, way.passage.partition(":")[2]
    elif span.path.startswith("knowledge/lessons/"):
        source, place = _LESSONS, PurePosixPath(span.path).stem
    else:
        source = span.path.split("/")[0]
        place = span.path if source == "exercises" else way.passage
    number = hashlib.sha256(place.encode()).digest()[0] % _FILES
    return source, f"{source}-{number}.npy"


def missing_texts(shipped: Shipped, model: str) -> list[str]:
    """The texts that the pack lacks, shortened."""
    pack = open_pack(shipped.own.pack, model)
    files = [texts for files in shipped_texts(shipped).values() for texts in files.values()]
    lacking = {text for texts in files for text in texts.values() if pack.in_pieces(text) is None}
    return sorted(" ".join(text.split())[:100] for text in lacking)


def make_pack(shipped: Shipped, embedder: Embedder, tell: Callable[[int, int], None]) -> PackReport:
    """Brings the pack up to date: what is in it and needed stays, what is new is embedded, the rest goes.

    The files of absent repositories stay as they are. `tell` hears how many texts are embedded, and of how many.
    Raises KnowledgeError when it cannot be written.
    """
    folder = shipped.own.pack
    if folder is None:
        raise KnowledgeError("These sources have no pack.")
    before = open_pack(folder, embedder.name) if (folder / MANIFEST).is_file() else EMPTY
    cuts: dict[str, dict[str, Cuts]] = {}
    files: dict[str, Texts] = {}
    for source, texts in shipped_texts(shipped).items():
        noted = cuts.setdefault(f"{source}{CUTS}", {})
        files |= {name: _fitting(held, before, embedder, noted) for name, held in texts.items()}
    fresh = {key: text for held in files.values() for key, text in held.items() if key not in before.rows}
    known = before.records["numbers"]
    numbers = {key: known[row] for key, row in before.rows.items()} | _embed(fresh, embedder, tell)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staying = _staying(folder, shipped.absent, embedder.name)
        for name, held in cuts.items():
            _write_json(folder / name, {key: [int(cut.headed), *cut.ends] for key, cut in held.items()})
        for name, texts_held in files.items():
            np.save(folder / name, _records(texts_held, numbers))
        hashes = staying | {name: file_hash(folder / name) for name in (*cuts, *files)}
        for file in folder.iterdir():
            if file.name not in hashes:
                file.unlink()
        # last: a pack that was half written is one without a manifest
        _write_json(folder / MANIFEST, {"format": FORMAT, "model": embedder.name, "files": hashes})
    except OSError as error:
        raise KnowledgeError(
            f"The pack at {folder} cannot be written ({error.strerror or error})."
        ) from error
    size = sum(file.stat().st_size for file in folder.iterdir())
    return PackReport(sum(len(held) for held in files.values()), len(fresh), size)


def _staying(folder: Path, absent: Sequence[str], model: str) -> dict[str, str]:
    """The files of absent repositories, with their hashes."""
    if not (folder / MANIFEST).is_file():
        return {}
    manifest = read_manifest(folder)
    if manifest is None or manifest.model != model:
        return {}
    starts = tuple(f"{name}-" for name in absent)
    return {name: digest for name, digest in manifest.files.items() if name.startswith(starts)}


def _records(texts: Texts, numbers: dict[str, Numbers]) -> Records:
    records = np.zeros(len(texts), RECORD)
    for row, key in enumerate(sorted(texts)):
        records["key"][row], records["numbers"][row] = bytes.fromhex(key), numbers[key]
    return records


def _write_json(file: Path, held: dict[str, Any]) -> None:
    file.write_text(json.dumps(held, sort_keys=True, indent=0) + "\n", encoding="utf-8", newline="\n")


def _fitting(texts: Texts, before: Pack, embedder: Embedder, cuts: dict[str, Cuts]) -> Texts:
    """The texts that fit, and the pieces of those that do not, whose cuts are noted."""
    found: Texts = {}
    for key, text in texts.items():
        cut = before.cuts.get(key)
        if cut is None and key not in before.rows:
            cut = find_cuts(text, embedder.max_tokens, embedder.lengths)
        if cut is None:
            found[key] = text
        else:
            cuts[key] = cut
            found |= {text_hash(piece): piece for piece in pieces(text, cut)}
    return found


def _embed(texts: Texts, embedder: Embedder, tell: Callable[[int, int], None]) -> dict[str, Numbers]:
    keys = sorted(texts, key=lambda key: (len(texts[key]), key))
    numbers: dict[str, Numbers] = {}
    for start in range(0, len(keys), _CHUNK):
        tell(start, len(keys))
        part = keys[start : start + _CHUNK]
        numbers |= zip(part, quantize(embedder.encode([texts[key] for key in part])), strict=True)
    return numbers
