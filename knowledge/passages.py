"""What a piece of knowledge is: a place in a source, its lines, and the ways that lead to it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_ID = re.compile(r"^(?P<path>.+?)(?::(?P<start>\d+)-(?P<end>\d+)|#(?P<cell>\d+)(?:-(?P<last>\d+))?)$")


@dataclass(frozen=True)
class Span:
    """A place: lines of a file (1-based, inclusive), or a notebook's cells (0-based, inclusive).

    `path` is `source/relative/path` with forward slashes. In a notebook `start` and `end` are None, `cell` is
    the first cell and `last_cell` the last one of a group (None when it is a single cell).
    """

    path: str
    start: int | None
    end: int | None
    cell: int | None = None
    last_cell: int | None = None

    @property
    def id(self) -> str:
        """`path:start-end`, or `path#cell`, or `path#first-last`."""
        if self.cell is None:
            return f"{self.path}:{self.start}-{self.end}"
        return f"{self.path}#{self.cell}" + (f"-{self.last_cell}" if self.last_cell is not None else "")

    @property
    def cells(self) -> range:
        """The notebook cells it covers; empty for a file of lines."""
        if self.cell is None:
            return range(0)
        return range(self.cell, (self.cell if self.last_cell is None else self.last_cell) + 1)

    @property
    def bounds(self) -> tuple[int, int]:
        """First and last line, or first and last cell."""
        if self.cell is not None:
            return self.cell, self.cell if self.last_cell is None else self.last_cell
        return self.start or 1, self.end or self.start or 1

    def common(self, other: Span) -> int:
        """Lines (or cells) that both cover."""
        if self.path != other.path or (self.cell is None) != (other.cell is None):
            return 0
        mine, theirs = self.bounds, other.bounds
        return max(0, min(mine[1], theirs[1]) - max(mine[0], theirs[0]) + 1)

    def overlap(self, other: Span) -> float:
        """Share of the smaller one that lies in the other, 0 to 1."""
        return self.common(other) / min(span.bounds[1] - span.bounds[0] + 1 for span in (self, other))


def parse_id(passage_id: str) -> Span | None:
    """The span that a passage's id names, or None when it is no such id.

    >>> parse_id("nanoGPT/model.py:52-76")
    Span(path='nanoGPT/model.py', start=52, end=76, cell=None, last_cell=None)
    """
    match = _ID.match(passage_id)
    if match is None:
        return None
    start, end, cell, last = (
        int(match[key]) if match[key] else None for key in ("start", "end", "cell", "last")
    )
    return Span(match["path"], start, end, cell, last)


@dataclass(frozen=True)
class Passage:
    """A piece of a source that can be found, shown and cited.

    `text` is the lines as they stand in the source (LF), `sha256` is of `text` in UTF-8. `kind` is one of
    code, class, section, heading, item, config, text, cell, card, week, cue. `title` is a symbol or a heading
    path, `view` the same content in plain words, which is what gets embedded. `concept` is a card's id.
    """

    id: str
    span: Span
    text: str
    sha256: str
    kind: str
    title: str
    symbol: str | None = None
    concept: str | None = None
    source: str = ""
    view: str = ""


def make_passage(span: Span, text: str, kind: str, title: str) -> Passage:
    """A passage whose id comes from its span and whose hash from its text."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Passage(span.id, span, text, digest, kind, title, source=span.path.split("/")[0])


@dataclass(frozen=True)
class SearchText:
    """A text that leads to a passage: what gets embedded and matched, while the passage is what gets shown.

    `kind` is one of `code` (the passage's own view), `comment` (a remark inside it), `part` (a sentence or a
    few lines of it), `note`, `why`, `wrong`,
    `question`, `paraphrase` (from notes, or from a card about this very passage), `detail` (a question about
    single lines of it) and `bridge` (a card that names this passage's symbol).
    """

    passage: str
    kind: str
    text: str
