"""Notes in plain words on the symbols of other people's repositories: `knowledge/notes/<repository>.yaml`.

A note is a second way to the same lines. The file:

```yaml
repository: nanoGPT
commit: 3adf61e154c3fe3fca428ad6bc3818b27a3b8291     # what the notes were written about
recognized_by: [model.py, configurator.py, config/train_gpt2.py]   # a folder that holds all of these is it
notes:
  - file: model.py                          # relative to the repository
    symbol: CausalSelfAttention.forward     # one of symbol, section, cells (below)
    anchor: "att = F.softmax(att, dim=-1)"  # optional: a whole line of it, which picks one unit of several
    concept: attention                      # optional: the id of a card
    note: What it does, in one or two sentences, with the field's terms.
    why: Why it is done so, and not otherwise.                    # optional
    wrong: What goes wrong here and how it shows (message, symptom, wrong number).   # optional
    questions: [three to six questions, as people ask, that these very lines answer]
    paraphrases: [one to three ways to say it without jargon]
    details: [questions about single lines of it]                 # optional; found by their meaning alone
    sha256: 0123456789ab                    # written by `python -m knowledge seal`, never by hand
```

Where a note belongs:

- `symbol`: a qualified Python name (`GPT.forward`, `get_batch`, a class, a constant). A class means its first
  unit; a function that was cut into several units means all of them, unless `anchor` picks one.
- `section`: in Markdown a heading (`quick start`; `minbpe › quick start` where a name occurs twice); in any
  other file a whole line of the section, which must occur once.
- `cells: [first, last]` (0-based) with `anchor`, a whole line in one of them: where cells were inserted
  above, the anchor finds them again.

A note whose place is gone, or whose text is no longer what it was when the note was sealed, is dropped.
`python -m knowledge units FOLDER` lists the units to write about, `--yaml` as notes to fill in.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from knowledge.content.markdown import load_yaml
from knowledge.content.symbols import find_cells, find_lines, find_symbol, fold, passages_between
from knowledge.errors import KnowledgeError
from knowledge.ingest.chunking.split import Document
from knowledge.passages import Passage


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Note(_Model):
    """What one unit does, why, what goes wrong, and what it answers."""

    file: str
    symbol: str | None = None
    section: str | None = None
    cells: tuple[int, int] | None = None
    anchor: str | None = None
    concept: str | None = None
    note: str = Field(min_length=1)
    why: str | None = None
    wrong: str | None = None
    questions: tuple[str, ...] = ()
    paraphrases: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{12}$")

    @model_validator(mode="after")
    def _one_place(self) -> Note:
        given = [place for place in (self.symbol, self.section, self.cells) if place is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of symbol, section, cells")
        if self.cells is not None and not 0 <= self.cells[0] <= self.cells[1]:
            raise ValueError("cells: [first, last] with first <= last, counted from 0")
        if self.cells is not None and not self.anchor:
            raise ValueError("cells need an anchor: a whole line in one of them")
        return self

    @property
    def place(self) -> str:
        """The place in words, for messages."""
        name = self.symbol or self.section or f"cells {self.cells}"
        return f"{self.file} › {name}" + (f" › {self.anchor}" if self.anchor else "")


class NoteBook(_Model):
    """All notes on one repository."""

    repository: str
    commit: str
    recognized_by: tuple[str, ...] = Field(min_length=1)
    notes: tuple[Note, ...] = ()


def load_notes(path: Path) -> tuple[NoteBook | None, list[str]]:
    """The notes in a file and what is wrong with it; a broken note is left out, the rest loads."""
    problems: list[str] = []
    try:
        raw = load_yaml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return None, [f"{path.name}: {' '.join(str(error).split())}"]
    if not isinstance(raw, dict):
        return None, [f"{path.name}: must hold repository, commit, recognized_by and notes"]
    notes: list[Note] = []
    for number, entry in enumerate(raw.get("notes") or [], 1):
        try:
            notes.append(Note.model_validate(entry))
        except ValidationError as error:
            place = entry.get("file", "") if isinstance(entry, dict) else ""
            problems += [
                f"{path.name}: note {number} ({place}): {_plain(detail)}" for detail in error.errors()
            ]
    try:
        return NoteBook.model_validate({**raw, "notes": notes}), problems
    except ValidationError as error:
        return None, [*problems, *(f"{path.name}: {_plain(detail)}" for detail in error.errors())]


def recognize(books: Iterable[NoteBook], held: set[str]) -> NoteBook | None:
    """The notes for a folder that holds these relative paths, whatever the folder is called."""
    fitting = [book for book in books if set(book.recognized_by) <= held]
    return max(fitting, key=lambda book: len(book.recognized_by), default=None)


def note_targets(note: Note, document: Document) -> list[Passage]:
    """The passages that a note is about; empty when its place is gone or no longer what it was."""
    place = _place(note, document)
    if place is None or (note.sha256 is not None and note.sha256 != _digest(document, place)):
        return []
    targets = passages_between(document, *place)
    if note.anchor is not None and note.cells is None:
        numbers = [number for number in find_lines(document, note.anchor) if place[0] <= number <= place[1]]
        return passages_between(document, numbers[0], numbers[0]) if numbers else []
    whole_class = note.symbol is not None and any(
        name.startswith(f"{note.symbol}.") for name in document.symbols
    )
    return targets[:1] if whole_class else targets


def _place(note: Note, document: Document) -> tuple[int, int] | None:
    """First and last line (or cell) of what the note names."""
    if note.symbol is not None:
        return find_symbol(document, note.symbol)
    if note.cells is not None:
        found = find_cells(document, note.anchor or "")
        if not found:
            return None
        nearest = min(found, key=lambda cell: abs(cell - note.cells[0]))  # type: ignore[index]
        inside = [cell for cell in found if note.cells[0] <= cell <= note.cells[1]]
        shift = 0 if inside else nearest - note.cells[0]
        return note.cells[0] + shift, note.cells[1] + shift
    section = note.section or ""
    if document.path.endswith(".md"):
        parts = [passage for passage in document.passages if _heads(section, passage.title)]
        return (parts[0].span.bounds[0], parts[-1].span.bounds[1]) if parts else None
    lines = find_lines(document, section)
    if len(lines) != 1:
        return None
    units = passages_between(document, lines[0], lines[0])
    return units[0].span.bounds if units else None


def _heads(section: str, title: str) -> bool:
    wanted, path = fold(section.lower()), fold(title.lower())
    return path == wanted or path.endswith(f"› {wanted}")


def _digest(document: Document, place: tuple[int, int]) -> str:
    if document.cells is not None:
        text = "\n".join(document.cells[place[0] : place[1] + 1])
    else:
        text = document.lines(*place)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def seal(path: Path, documents: dict[str, Document]) -> list[str]:
    """Writes into a notes file the hash of what each note is about; returns the places that are not found.

    `documents` are those of the repository at the commit that the notes are about, by relative path.
    """
    book, problems = load_notes(path)
    if book is None or problems:
        raise KnowledgeError("\n".join(problems))
    raw = load_yaml(path.read_text(encoding="utf-8-sig"))
    missing = []
    for note, entry in zip(book.notes, raw["notes"], strict=True):
        entry.pop("sha256", None)
        document = documents.get(note.file)
        place = _place(note, document) if document else None
        bare = note.model_copy(update={"sha256": None})
        if document is None or place is None or not note_targets(bare, document):
            missing.append(note.place)
        else:
            entry["sha256"] = _digest(document, place)
    dumped = yaml.safe_dump(raw, sort_keys=False, allow_unicode=True, width=110)
    path.write_text(dumped, encoding="utf-8", newline="\n")
    return missing


def address(document: Document, passage: Passage, relative: str) -> dict[str, Any]:
    """How a note names a passage: the keys file, symbol or section or cells, and anchor where needed."""
    found: dict[str, Any] = {"file": relative}
    if passage.span.cell is not None:
        cells = passage.span.cells
        lines = [line for line in passage.text.split("\n") if line.strip()]
        return found | {"cells": [cells.start, cells.stop - 1], "anchor": lines[0].strip()}
    lines = _single_lines(document, passage)
    if document.path.endswith(".md"):
        found["section"] = passage.title.split(" › ")[-1] or (lines[0] if lines else "")
    elif passage.symbol and find_symbol(document, passage.symbol):
        found["symbol"] = passage.symbol
    else:
        return found | {"section": lines[0] if lines else passage.text.split("\n")[0].strip()}
    if note_targets(Note(**found, note="?"), document) != [passage] and lines:
        found["anchor"] = lines[0]
    return found


def _single_lines(document: Document, passage: Passage) -> list[str]:
    """Lines of a passage that occur once in its file, comments that say something first."""
    counts = Counter(fold(line) for line in document.text.split("\n"))
    single = [
        line.strip() for line in passage.text.split("\n") if counts[fold(line)] == 1 and len(line.strip()) > 5
    ]
    return sorted(
        single, key=lambda line: (len(line) > 90, not (line.startswith("#") and "a" < line[-1:] < "z"))
    )


def _plain(detail: Any) -> str:
    return f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
