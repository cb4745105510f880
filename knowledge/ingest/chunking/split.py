"""Text → passages: by symbol, heading, notebook cell, cue or paragraph; each with a view in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from knowledge.content.markdown import fenced, sections
from knowledge.ingest.chunking.blocks import NEVER, cut, trim
from knowledge.ingest.chunking.notebook import read_cells, split_cells
from knowledge.ingest.chunking.python import split_python
from knowledge.ingest.chunking.subtitles import split_cues
from knowledge.ingest.embedding_text import code_view, prose_view, remarks, sentences, stretches
from knowledge.passages import Passage, SearchText, Span, make_passage

_ITEM = re.compile(r"^(\s*)([-*+]|\d+[.)])\s+\S")


@dataclass(frozen=True)
class Document:
    """A file as it is indexed. `cells` is None for a file of lines; symbols map to 1-based lines."""

    path: str
    source: str
    text: str
    passages: tuple[Passage, ...]
    ways: tuple[SearchText, ...]
    symbols: dict[str, tuple[int, int]] = field(default_factory=dict)
    cells: tuple[str, ...] | None = None

    def lines(self, start: int, end: int) -> str:
        """The lines from start to end, 1-based and inclusive, as they stand."""
        return "\n".join(self.text.split("\n")[start - 1 : end])


def split(path: str, source: str, text: str) -> Document:
    """A file's passages and the ways to them."""
    suffix = path.rsplit(".", 1)[-1].lower()
    if suffix == "ipynb":
        cells = read_cells(text)
        if cells is not None:
            passages, ways = split_cells(path, cells)
            return _document(path, source, "", passages, ways, cells=tuple(cell.source for cell in cells))
        return _document(path, source, text, [], [])  # not a notebook: nothing in it to read
    if suffix in {"vtt", "srt"}:
        return _document(path, source, text, split_cues(path, text), [])
    if suffix == "md":
        passages = _markdown(path, text)
        return _document(path, source, text, passages, [*_items(passages), *_sentences(passages)])
    if suffix == "py":
        python = split_python(text)
        if python is not None:
            lines = text.split("\n")
            pieces = [
                _code(path, lines, (piece.start, piece.end), piece.kind, (piece.title, piece.symbols))
                for piece in python.pieces
            ]
            ways = [*_remarks(pieces), *_stretches(pieces)]
            return _document(path, source, text, pieces, ways, symbols=python.symbols)
    pieces = _plain(path, text)
    return _document(path, source, text, pieces, _stretches(pieces))


def _document(
    path: str,
    source: str,
    text: str,
    passages: list[Passage],
    ways: list[SearchText],
    symbols: dict[str, tuple[int, int]] | None = None,
    cells: tuple[str, ...] | None = None,
) -> Document:
    owned = tuple(replace(passage, source=source) for passage in passages)
    views = tuple(SearchText(passage.id, "code", passage.view) for passage in owned)
    return Document(path, source, text, owned, views + tuple(ways), symbols or {}, cells)


def _code(
    path: str, lines: list[str], bounds: tuple[int, int], kind: str, name: tuple[str, tuple[str, ...]]
) -> Passage:
    title, symbols = name
    text = "\n".join(lines[bounds[0] : bounds[1]])
    passage = make_passage(Span(path, bounds[0] + 1, bounds[1]), text, kind, title)
    symbol = title.split(" … ")[0] or (symbols[0] if len(symbols) == 1 else None)
    return replace(passage, symbol=symbol, view=code_view(text, path, title))


def _remarks(passages: list[Passage]) -> list[SearchText]:
    return [
        SearchText(passage.id, "comment", f"{passage.title}: {remark}" if passage.title else remark)
        for passage in passages
        for remark in remarks(passage.text)
    ]


def _markdown(path: str, text: str) -> list[Passage]:
    lines = text.split("\n")
    passages: list[Passage] = []
    start_of_body = _front_matter_end(lines)
    pending: int | None = None
    for part in sections(lines):
        start = max(part.start - 1, start_of_body) if pending is None else pending
        begin, end = trim(lines, start, part.end)
        pending = None
        if end <= begin:
            continue
        if part.level and end - begin == 1 and part.end < len(lines) and part.level < 3:
            pending = begin  # a heading alone goes with what follows
            continue
        title = " › ".join(part.path)
        block = lines[begin:end]
        for first, last in cut(block, _prose_penalties(block)):
            low, high = trim(lines, begin + first, begin + last)
            if high > low:
                body = "\n".join(lines[low:high])
                passage = make_passage(Span(path, low + 1, high), body, "heading", title)
                passages.append(replace(passage, view=prose_view(body, path, title)))
    return passages


def _front_matter_end(lines: list[str]) -> int:
    if lines and lines[0].strip() == "---":
        for number, line in enumerate(lines[1:], 1):
            if line.strip() == "---":
                return number + 1
    return 0


def _prose_penalties(block: list[str]) -> list[float]:
    code = fenced(block)
    penalties = []
    for index, line in enumerate(block):
        blank_before = index > 0 and not block[index - 1].strip()
        if code[index] and index and code[index - 1]:
            penalties.append(1.5 if blank_before else 4.0)
        elif code[index]:
            penalties.append(0.8)  # the sentence above a block of code introduces it
        elif blank_before:
            penalties.append(0.1)
        elif _ITEM.match(line):
            penalties.append(0.3 + 0.3 * len(line[: len(line) - len(line.lstrip())]) / 2)
        elif line.lstrip().startswith("|"):
            penalties.append(0.7)
        else:
            penalties.append(NEVER if line.strip() else 2.0)
    return penalties


def _sentences(passages: list[Passage]) -> list[SearchText]:
    return [
        SearchText(passage.id, "part", f"{passage.title.split(' › ')[-1]}: {sentence}")
        for passage in passages
        for sentence in sentences(passage.text)
    ]


def _stretches(passages: list[Passage]) -> list[SearchText]:
    return [
        SearchText(passage.id, "part", code_view(stretch, passage.span.path, passage.title))
        for passage in passages
        for stretch in stretches(passage.text)
    ]


def _items(passages: list[Passage]) -> list[SearchText]:
    """List items and table rows that stand alone, as ways to the passage they are in."""
    ways: list[SearchText] = []
    for passage in passages:
        lines = passage.text.split("\n")
        inside = fenced(lines)
        for line, code in zip(lines, inside, strict=True):
            row = line.strip()
            item = bool(_ITEM.match(line)) or (row.startswith("|") and row.count("|") > 2)
            if item and not code and len(row.split()) >= 5:
                plain = " ".join(re.sub(r"[`*|]+|^\s*[-+]\s|\]\([^)]*\)|\[", " ", row).split())
                ways.append(SearchText(passage.id, "comment", f"{passage.title.split(' › ')[-1]}: {plain}"))
    return ways


def _plain(path: str, text: str) -> list[Passage]:
    lines = text.split("\n")
    penalties = [
        0.2
        if index and not lines[index - 1].strip()
        else (0.5 if line[:1].strip() else 1.5)  # an indented line belongs to what is above it
        for index, line in enumerate(lines)
    ]
    passages = []
    for first, last in cut(lines, penalties):
        start, end = trim(lines, first, last)
        if end > start:
            kind = "code" if path.endswith((".py", ".sh")) else "config"
            passages.append(_code(path, lines, (start, end), kind, ("", ())))
    return passages
