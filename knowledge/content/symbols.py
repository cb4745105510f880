"""Where a symbol, a heading or a line stands in a document, and which passages show it."""

from __future__ import annotations

from knowledge.ingest.chunking.split import Document
from knowledge.passages import Passage


def find_symbol(document: Document, symbol: str) -> tuple[int, int] | None:
    """First and last line of a symbol; `forward` alone will do where it is the only one of that name."""
    if symbol in document.symbols:
        return document.symbols[symbol]
    endings = [place for name, place in document.symbols.items() if name.endswith(f".{symbol}")]
    return endings[0] if len(endings) == 1 else None


def passages_of(document: Document, symbol: str) -> list[Passage]:
    """The passages that show a symbol: all of its parts, and those that hold it."""
    place = find_symbol(document, symbol)
    if place is None:
        return []
    return passages_between(document, *place)


def passages_between(document: Document, first: int, last: int) -> list[Passage]:
    """The passages that share a line with these lines, or a cell with these cells."""
    found = []
    for passage in document.passages:
        low, high = passage.span.bounds
        if low <= last and high >= first:
            found.append(passage)
    return found


def find_lines(document: Document, anchor: str) -> list[int]:
    """1-based numbers of the lines whose text is `anchor`, white space aside."""
    wanted = fold(anchor)
    return [number for number, line in enumerate(document.text.split("\n"), 1) if fold(line) == wanted]


def find_cells(document: Document, anchor: str) -> list[int]:
    """0-based numbers of the cells in which `anchor` is a line, white space aside."""
    wanted = fold(anchor)
    cells = document.cells or ()
    return [
        index for index, cell in enumerate(cells) if any(fold(line) == wanted for line in cell.split("\n"))
    ]


def fold(text: str) -> str:
    """White space folded to single blanks."""
    return " ".join(text.split())
