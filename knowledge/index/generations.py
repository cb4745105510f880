"""An index's folder: generations beside each other, a pointer to the current one, leases of those who read.

<index>/current                     the name of the current generation, replaced atomically
<index>/write.lock                  one writer at a time
<index>/generations/<name>/         never changed once the pointer names it
    manifest.json                   written last: what it was built from, and the hashes of its files
    documents.json                  in order: each document's stamp and where its record lies
    leads.jsonl  windows.json       ways from cards and notes; the pieces of texts longer than the model reads
    base/  since/                   what was last written whole, and what changed since (see `parts`), each with
        contents.jsonl              documents: their text, passages and ways
        rows.json  vectors.npy      vectors by the hash of their text, as one array: what searches read
    base/chroma/                    the same vectors: what the next whole writing starts from
    held/<pid>-<random>             a reader; while it lives the generation stays
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from knowledge.errors import KnowledgeError

FORMAT = 2
_IN_PARTS = ("contents.jsonl", "rows.json", "vectors.npy")
PARTS = (
    *("documents.json", "leads.jsonl", "windows.json"),
    *(f"{part}/{name}" for part in ("base", "since") for name in _IN_PARTS),
)
"""What every generation holds, wherever its vectors lie."""
_T = TypeVar("_T")
_TRIES = 40
_LARGE = 64_000_000  # bytes
_BLOCK = 250_000
_BLOCKS = 64


@dataclass(frozen=True)
class Manifest:
    """What a generation holds and was built from. `files` maps its files to their hashes.

    `collection` is the generation whose collection on the server holds the part that was written whole.
    """

    format: int
    fingerprint: str
    splitter: str
    model: str
    server: str | None
    rows: int
    passages: int
    files: dict[str, str]
    documents: int = 0
    collection: str | None = None


_NAME = re.compile(r"[\w-]{1,100}", re.ASCII)  # what `new_generation` calls one: never a path


def current(index: Path) -> Path | None:
    """The folder of the current generation, or None when there is no index."""
    try:
        name = _patiently(lambda: (index / "current").read_text(encoding="utf-8", errors="replace").strip())
    except FileNotFoundError:
        return None
    folder = index / "generations" / name
    return folder if _NAME.fullmatch(name) and folder.is_dir() else None


def clear_leftovers(index: Path) -> list[str]:
    """Removes what builds that were killed left behind; returns the names of those generations.

    Only the one writer may call it: what has no manifest is taken for a leftover.
    """
    home = index / "generations"
    home.mkdir(parents=True, exist_ok=True)
    gone = [folder for folder in home.iterdir() if not (folder / "manifest.json").is_file()]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder.name for folder in gone]


def new_generation(index: Path) -> Path:
    """A folder for the next generation."""
    home = index / "generations"
    folder = home / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
    folder.mkdir()
    return folder


def switch(index: Path, generation: Path) -> None:
    """Makes a generation the current one: at any moment a reader sees the old or the new name."""
    beside = index / f"current-{uuid.uuid4().hex[:6]}"
    beside.write_text(generation.name, encoding="utf-8")
    _patiently(lambda: beside.replace(index / "current"))


def sweep(index: Path) -> list[Path]:
    """Removes generations that are not current and that nobody holds; returns those that went."""
    kept = current(index)
    gone = []
    for folder in sorted((index / "generations").iterdir()):
        if folder != kept and not _held(folder):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                gone.append(folder)
    for leftover in index.glob("current-*"):
        leftover.unlink(missing_ok=True)
    return gone


class hold:
    """A lease on a generation; call it to let go."""

    def __init__(self, generation: Path) -> None:
        folder = generation / "held"
        self.mark = folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        with contextlib.suppress(OSError):  # a folder that cannot be written is not swept from here either
            folder.mkdir(exist_ok=True)
            self.mark.touch()

    def __call__(self) -> None:
        self.mark.unlink(missing_ok=True)


def _held(generation: Path) -> bool:
    folder = generation / "held"
    if not folder.is_dir():
        return False
    for mark in folder.iterdir():
        pid = mark.name.split("-")[0]
        if pid.isdigit() and psutil.pid_exists(int(pid)):
            return True
        mark.unlink(missing_ok=True)  # its reader died
    return False


def write_manifest(generation: Path, manifest: Manifest) -> None:
    """Written last: a generation without one was never finished."""
    beside = generation / "manifest.part"
    beside.write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    _patiently(lambda: beside.replace(generation / "manifest.json"))


def read_manifest(generation: Path) -> Manifest:
    """Raises KnowledgeError when it is missing, damaged or of another format."""
    try:
        manifest = Manifest(**json.loads((generation / "manifest.json").read_text(encoding="utf-8")))
        if not isinstance(manifest.files, dict) or not all(map(_leads_inside, manifest.files)):
            raise ValueError("it names files that are not its own")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise KnowledgeError(f"The index at {generation} has no readable manifest.") from error
    if manifest.format != FORMAT:
        raise KnowledgeError(f"The index at {generation} was written by another version.")
    return manifest


def _leads_inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def verify(generation: Path, manifest: Manifest) -> None:
    """Raises KnowledgeError when a file is missing or is not what was written."""
    for name in PARTS:
        if name not in manifest.files:
            raise KnowledgeError(f"The index at {generation} is damaged: it was written without {name}.")
    for name, digest in manifest.files.items():
        file = generation / name
        if not file.is_file() or file_hash(file) != digest:
            raise KnowledgeError(f"The index at {generation} is damaged: {name} is not what was written.")


def hashes(generation: Path, known: dict[str, str]) -> dict[str, str]:
    """The hash of each file, those that are known taken as they are."""
    names = {
        file.relative_to(generation).as_posix(): file
        for file in sorted(generation.rglob("*"))
        if file.is_file() and file.parent.name != "held"
    }
    return {name: known.get(name) or file_hash(file) for name, file in names.items()}


def file_hash(file: Path) -> str:
    """sha256 of a file's bytes; of a very large one its size and blocks spread evenly over it."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        if size <= _LARGE:
            return hashlib.file_digest(stream, "sha256").hexdigest()
        digest = hashlib.sha256(str(size).encode())
        for number in range(_BLOCKS):
            stream.seek((size - _BLOCK) * number // (_BLOCKS - 1))
            digest.update(stream.read(_BLOCK))
    return digest.hexdigest()


def _patiently(call: Callable[[], _T]) -> _T:
    """Again while another process has the file open, as Windows then refuses."""
    for attempt in range(_TRIES):
        try:
            return call()
        except PermissionError:
            if attempt == _TRIES - 1:
                raise
            time.sleep(0.05)
    raise AssertionError("not reached")
