"""Her own documents: kept as she gave them, read as text, to be asked about and trained on.

`<home>/documents` holds them as they came; `<home>/documents/text` what was read of each, one `.md` beside
the other, which is what the index takes in and what citations show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from exercises.runs.files import write_whole
from exercises.text.datasets import MOST_CHARACTERS
from exercises.text.readers import read_text
from tutor.errors import TutorError

SOURCE = "documents"
KINDS = ("txt", "md", "pdf", "docx", "csv")
SEARCHED = 400_000
"""Characters of a document that are searched, some 150 pages; a run may train on all of it."""
_UNUSABLE = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


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

    Raises DocumentError for a kind that is not read, DataError when nothing can be read in it, and OSError when
    the disk does not take it; nothing is kept then.
    """
    safe = _UNUSABLE.sub(" ", Path(name).name).strip(" .")
    if Path(safe).suffix.lower().removeprefix(".") not in KINDS:
        raise DocumentError(f"{name} is not a kind that I read. Give one of: {', '.join(KINDS)}.")
    target = _free(folder, safe, data)
    text = _text_of(folder, target.name)
    text.parent.mkdir(parents=True, exist_ok=True)
    broken = not target.exists()
    try:
        write_whole(target, lambda path: path.write_bytes(data))
        read, note = read_text(target, MOST_CHARACTERS)
        write_whole(text, lambda path: path.write_text(read[:SEARCHED], encoding="utf-8", newline="\n"))
        broken = False
    finally:
        if broken:
            target.unlink(missing_ok=True)
    if len(read) > SEARCHED:
        note = f"{note}; the first {SEARCHED:,} characters are searched".strip("; ")
    return Document(target.name, target, text, min(len(read), SEARCHED), note)


def documents(folder: Path) -> list[Document]:
    """All that she gave, by name."""
    if not folder.is_dir():
        return []
    kept = [one for one in sorted(folder.iterdir()) if one.is_file() and not one.name.startswith(".")]
    found = [(one, _text_of(folder, one.name)) for one in kept]
    return [
        Document(one.name, one, text, len(text.read_text(encoding="utf-8")))
        for one, text in found
        if text.is_file()
    ]


def remove(folder: Path, name: str) -> None:
    """Forget a document: what was kept of it, and its text in the index at the next look."""
    _text_of(folder, name).unlink(missing_ok=True)
    (folder / name).unlink(missing_ok=True)


def text_folder(folder: Path) -> Path:
    """What is indexed."""
    return folder / "text"


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
