"""The vectors that ship: those of our lessons, exercises and notes and of the repositories at their commits.

They are found by the hash of their text, so they can be missing but never stale. A vector is kept as whole numbers
from -127 to 127, one byte each, times what makes its length 1: searching loses nothing by it.

<pack>/pack.json           format, model, and the hash of every other file
<pack>/<source>-<n>.npy    records of a text's hash and its numbers, ordered by hash (see `packing`)
<pack>/<source>-cuts.json  where texts are cut that are longer than the model reads
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from knowledge.embedding.embedder import Embedder, encode_questions
from knowledge.embedding.windows import Cuts, pieces
from knowledge.index.fingerprint import text_hash
from knowledge.index.generations import file_hash
from knowledge.search.lexical import Floats

FORMAT = 1
DIMENSIONS = 384
RECORD = np.dtype([("key", "V16"), ("numbers", "i1", (DIMENSIONS,))])
MANIFEST, CUTS = "pack.json", "-cuts.json"
Records = npt.NDArray[np.void]
_T = TypeVar("_T")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pack:
    """Vectors by the hash of their text; `cuts` are those of texts that are longer than the model reads."""

    rows: dict[str, int]
    records: Records
    cuts: dict[str, Cuts]

    def in_pieces(self, text: str) -> list[str] | None:
        """The text in the pieces whose vectors are here, itself where it fits; None when some are not here."""
        key = text_hash(text)
        if key in self.rows:
            return [text]
        if key not in self.cuts:
            return None
        found = pieces(text, self.cuts[key])
        return found if all(text_hash(piece) in self.rows for piece in found) else None

    def vectors(self, keys: list[str]) -> Floats:
        """Shape (keys, dimensions), rows of unit length. Raises KeyError for one that is not here."""
        numbers = self.records["numbers"][[self.rows[key] for key in keys]].astype(np.float32)
        result: Floats = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
        return result


def vectors_of(texts: Sequence[str], pack: Pack, embedder: Embedder) -> Floats:
    """Shape (texts, dimensions): from the pack where it has them, else embedded now."""
    keys = [text_hash(text) for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in pack.rows}
    made = (
        dict(zip(missing, encode_questions(embedder, list(missing.values())), strict=True)) if missing else {}
    )
    kept = [key for key in dict.fromkeys(keys) if key not in made]
    made |= zip(kept, pack.vectors(kept), strict=True)
    return np.stack([made[key] for key in keys])


EMPTY = Pack({}, np.zeros(0, RECORD), {})


def open_pack(folder: Path | None, model: str) -> Pack:
    """The pack of a model, empty where there is none. What is damaged is left out, and the log says so once."""
    if folder is None:
        return EMPTY
    manifest = read_manifest(folder)
    if manifest is None:
        return EMPTY
    if manifest.model != model:
        _say_once(
            f"The vectors in {folder} are of {manifest.model}, not of {model}: texts are embedded instead."
        )
        return EMPTY
    cuts: dict[str, Cuts] = {}
    read = [EMPTY.records]
    for name, digest in manifest.files.items():
        if name.endswith(CUTS):
            cuts |= _read(folder / name, digest, _read_cuts) or {}
        else:
            records = _read(folder / name, digest, _read_records)
            read += [] if records is None else [records]
    together = np.concatenate(read)
    return Pack(_rows(together), together, cuts)


@dataclass(frozen=True)
class PackManifest:
    """What a pack holds: the model, and the hash of each file."""

    model: str
    files: dict[str, str]


def read_manifest(folder: Path) -> PackManifest | None:
    """None when it is missing, damaged or of another format."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            _say_once(f"The vectors in {folder} are of another version; texts are embedded instead.")
            return None
        return PackManifest(str(told["model"]), dict(told["files"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        _say_once(f"There are no vectors to be read in {folder} ({error!r}); texts are embedded instead.")
        return None


def _read(file: Path, digest: str, read: Callable[[Path], _T]) -> _T | None:
    """What one file holds; None when it is not what was written."""
    try:
        if file_hash(file) == digest:
            return read(file)
        reason = "is not what was written"
    except (OSError, ValueError, TypeError, AttributeError) as error:
        reason = f"cannot be read ({error!r})"
    _say_once(f"{file} {reason}; its texts are embedded instead. git checkout brings it back.")
    return None


def _read_records(file: Path) -> Records:
    records: Records = np.load(file)
    if records.dtype != RECORD:
        raise ValueError(f"records of {records.dtype}")
    return records


def _read_cuts(file: Path) -> dict[str, Cuts]:
    told = json.loads(file.read_text(encoding="utf-8"))
    return {key: Cuts(bool(headed), tuple(ends)) for key, (headed, *ends) in told.items()}


def quantize(vectors: Floats) -> npt.NDArray[np.int8]:
    """Shape (texts, dimensions): the numbers that a pack keeps of vectors."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    numbers: npt.NDArray[np.int8] = np.rint(vectors * (127 / np.maximum(largest, 1e-12))).astype(np.int8)
    return numbers


def _rows(records: Records) -> dict[str, int]:
    text = records["key"].tobytes().hex()
    return {text[32 * row : 32 * row + 32]: row for row in range(len(records))}


@cache
def _say_once(message: str) -> None:
    log.warning(message)
