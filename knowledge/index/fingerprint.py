"""Marks that tell whether an index is up to date: of the sources, of the code that cuts them, of a text."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from knowledge.index.generations import FORMAT
from knowledge.ingest.sources import Corpus, SourceFile, list_corpus


def fingerprint(corpus: Corpus, model: str, files: list[SourceFile] | None = None) -> str:
    """Changes whenever a build would have something to do. `files` are the corpus's, where they are listed."""
    digest = hashlib.sha256(f"{FORMAT} {splitter_mark()} {model}".encode())
    for entry in list_corpus(corpus) if files is None else files:
        digest.update(f"{entry.path} {entry.stamp}\n".encode("utf-8", "surrogatepass"))
    for folder in (corpus.lessons, corpus.notes):
        for file in sorted(folder.rglob("*")) if folder is not None and folder.is_dir() else ():
            if file.is_file():
                status = file.stat()
                digest.update(f"{file.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@cache
def splitter_mark() -> str:
    """A hash of the code that decides what is indexed and how: when it changes, everything is cut anew."""
    room = Path(__file__).parents[1]
    digest = hashlib.sha256((room / "passages.py").read_bytes())
    for folder in ("content", "ingest"):
        for file in sorted((room / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def text_hash(text: str) -> str:
    """The id of a text's vector."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
