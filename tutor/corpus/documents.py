"""Her own documents: kept as she gave them, read as text, to be asked about and trained on.

`<home>/documents` holds them as they came; `<home>/documents/text` what was read of each, one `.md` beside
the other, which is what the index takes in and what citations show.
"""

from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil

from exercises import names, trash
from exercises.errors import DataError
from exercises.runs.files import replace, write_whole
from exercises.runs.processes import alive
from exercises.text.datasets import MOST_CHARACTERS
from exercises.text.readers import read_text
from tutor.errors import TutorError

SOURCE = "documents"
TEXT = "text"
KINDS = ("txt", "md", "pdf", "docx", "csv")
SEARCHED = 400_000
"""Characters of a document that are searched, some 150 pages; a run may train on all of it."""
ADDING = ".adding"  # below the folder: what is being read, each beside the process that reads it
LARGEST = 200  # MB
MOST = 500
"""Documents that are kept: each is looked at whenever the index looks for changes."""


class DocumentError(TutorError):
    """A document that cannot be taken."""


@dataclass(frozen=True)
class Document:
    """One of hers: `original` as it came, `text` what is searched of it, `note` what was done to read it."""

    name: str
    original: Path
    text: Path
    characters: int
    note: str = ""


def add(folder: Path, name: str, data: bytes) -> Document:
    """Keep a document and read it. The same name with other content becomes a second document.

    It appears when it has been read, whole: whoever is killed before leaves nothing but what `undo_unread`
    finds. Raises DocumentError for a kind that is not read or beyond the limits, DataError when nothing can be read
    in it, and OSError when the disk does not take it; nothing is kept then.
    """
    safe = names.safe(name)
    if Path(safe).suffix.lower().removeprefix(".") not in KINDS:
        raise DocumentError(f"{name[:100]} is not a kind that I read. Give one of: {', '.join(KINDS)}.")
    if len(data) > LARGEST * 2**20:
        raise DocumentError(f"{safe} has {len(data) // 2**20:,} MB; {LARGEST} are taken. Give a part of it.")
    if len(_kept(folder)) >= MOST:
        raise DocumentError(f"{safe} was not added: {MOST} documents are kept at most. Remove one first.")
    aside = folder / ADDING / f"{os.getpid()}-{psutil.Process().create_time():.0f}-{uuid.uuid4().hex[:8]}"
    aside.mkdir(parents=True)
    try:
        (aside / safe).write_bytes(data)
        read, note = _read(aside / safe)
        (aside / TEXT).mkdir()
        (aside / TEXT / safe).write_text(read[:SEARCHED], encoding="utf-8", newline="\n")
        target = _free(folder, safe, data)
        text_folder(folder).mkdir(parents=True, exist_ok=True)
        replace(aside / TEXT / safe, _text_of(folder, target.name))
        replace(aside / safe, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    notes = [note] if note else []
    if len(read) > SEARCHED:
        notes.append(f"the first {SEARCHED:,} characters are searched")
    if names.is_reserved(Path(name).name):
        notes.append(f"kept under this name, for Windows keeps {Path(name).stem} for itself")
    return Document(
        target.name, target, _text_of(folder, target.name), min(len(read), SEARCHED), "; ".join(notes)
    )


def _read(path: Path) -> tuple[str, str]:
    """The text of what is not kept yet, and a note. Raises DataError under its name: where it lies now is gone then."""
    try:
        return read_text(path, MOST_CHARACTERS)
    except DataError as error:
        raise DataError(f"{str(error).replace(str(path), path.name)} It was not added.") from error


def documents(folder: Path) -> list[Document]:
    """All that she gave, by name."""
    return [
        Document(one.name, one, text, len(text.read_text(encoding="utf-8", errors="replace")))
        for one in _kept(folder)
        if names.is_own_file(text := _text_of(folder, one.name))
    ]


def _kept(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        one for one in sorted(folder.iterdir()) if names.is_own_file(one) and not one.name.startswith(".")
    ]


def remove(home: Path, name: str) -> str:
    """Move a document and its text to the trash; the index forgets it at the next look. Returns the id to put
    it back by. Raises OutsideError for a name that leads elsewhere, TrashError where it is in use.
    """
    folder = home / SOURCE
    original = names.inside(folder, name)
    text = names.inside(text_folder(folder), f"{name}.md")
    return trash.throw(home, text, original)


def unread(folder: Path) -> list[str]:
    """Documents that are kept and whose text is missing: an older version was ended while it read them, or
    somebody cleared the texts away.
    """
    return [
        one.name
        for one in _kept(folder)
        if one.suffix.lower().removeprefix(".") in KINDS and not _text_of(folder, one.name).is_file()
    ]


def read_again(folder: Path, name: str) -> None:
    """Read a kept document anew, so that it is listed and searched. Raises OutsideError, DataError, OSError."""
    read, _ = read_text(names.inside(folder, name), MOST_CHARACTERS)
    text_folder(folder).mkdir(parents=True, exist_ok=True)
    text = names.inside(text_folder(folder), f"{name}.md")
    write_whole(text, lambda path: path.write_text(read[:SEARCHED], encoding="utf-8", newline="\n"))


def undo_unread(folder: Path) -> list[str]:
    """Remove what was cut off while it was read, before it was kept. Returns sentences that say so.

    What another process is reading at this moment is left alone.
    """
    said = []
    adding = folder / ADDING
    for aside in sorted(adding.iterdir()) if adding.is_dir() and not names.is_link(adding) else ():
        if names.is_link(aside) or _at_work(aside.name):
            continue
        for one in _kept(aside):
            said.append(
                f"{one.name} was still being read when the tutor ended, so it was not kept. Give it again."
            )
        shutil.rmtree(aside, ignore_errors=True)
    return said


def _at_work(aside: str) -> bool:
    pid, _, rest = aside.partition("-")
    born = rest.partition("-")[0]
    return pid.isdecimal() and born.isdecimal() and len(pid) < 10 and alive(int(pid), float(born[:12]))


def text_folder(folder: Path) -> Path:
    """What is indexed."""
    return folder / TEXT


def name_of(path: str) -> str:
    """The document that a cited path belongs to.

    >>> name_of("documents/Strategy 2027.pdf.md")
    'Strategy 2027.pdf'
    """
    return path.removeprefix(f"{SOURCE}/").removesuffix(".md")


def _text_of(folder: Path, name: str) -> Path:
    return text_folder(folder) / f"{name}.md"


def _free(folder: Path, name: str, data: bytes) -> Path:
    """Where it goes: under its name, or the first numbered one that is free or holds the very same bytes."""
    first = folder / name
    number, target = 2, first
    while target.exists() and target.read_bytes() != data:
        target = first.with_stem(f"{first.stem} ({number})")
        number += 1
    return target
