"""Notebooks → groups of one to four cells, each with the heading above it and what its cells printed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from knowledge.ingest.chunking.blocks import TARGET, weight
from knowledge.ingest.embedding_text import code_view, prose_view, remarks, stretches
from knowledge.passages import Passage, SearchText, Span, make_passage

_MOST_CELLS = 4
_PRINTED = 300  # characters of output that say something about a cell


@dataclass(frozen=True)
class Cell:
    """A cell's source as it is cited, whether it is code, and the beginning of what it printed."""

    source: str
    code: bool
    printed: str


def read_cells(text: str) -> list[Cell] | None:
    """The cells of a notebook of any format, or None when the text is no notebook."""
    try:
        notebook = json.loads(text)
        if "worksheets" in notebook:  # before format 4, of 2014
            notebook = _of_today(text)
        return [_cell(cell) for cell in notebook["cells"]]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _of_today(text: str) -> Any:
    """An old notebook in format 4; ValueError where it is broken. Few are old, and loading takes half a second."""
    from nbformat import ValidationError, converter, reader

    try:
        return converter.convert(reader.reads(text), 4)  # type: ignore[no-untyped-call]
    except (ValidationError, AssertionError) as error:
        raise ValueError(f"a notebook of an old format: {error}") from error


def _cell(raw: dict[str, Any]) -> Cell:
    printed = []
    for output in raw.get("outputs") or []:
        data = output.get("data") or {}
        printed.append(_joined(output.get("text") or data.get("text/plain") or output.get("evalue") or ""))
    source = _joined(raw["source"]).replace("\r\n", "\n").replace("\r", "\n")
    return Cell(source, raw["cell_type"] == "code", "\n".join(printed)[:_PRINTED])


def _joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)


def group_text(sources: list[str]) -> str:
    """The text of neighboring cells together."""
    return "\n\n".join(source.rstrip("\n") for source in sources)


def split_cells(path: str, cells: list[Cell]) -> tuple[list[Passage], list[SearchText]]:
    """Passages and the ways that comments in them are."""
    passages: list[Passage] = []
    ways: list[SearchText] = []
    heading = ""
    for first, last in _groups(cells):
        members = cells[first : last + 1]
        for cell in members:
            found = re.search(r"^#{1,6}\s+(.+)$", cell.source, re.MULTILINE) if not cell.code else None
            heading = found[1].strip() if found else heading
        text = group_text([cell.source for cell in members])
        if not text.strip():
            continue
        span = Span(path, None, None, first, last if last > first else None)
        title = heading or f"cell {first}" if last == first else heading or f"cells {first} to {last}"
        passage = make_passage(span, text, "cell", title)
        passages.append(replace(passage, view=_view(path, heading, members)))
        ways += [SearchText(passage.id, "comment", remark) for remark in remarks(text)]
        ways += [SearchText(passage.id, "part", code_view(part, path, title)) for part in stretches(text)]
    return passages, ways


def _view(path: str, heading: str, members: list[Cell]) -> str:
    code = "\n".join(cell.source for cell in members if cell.code)
    prose = "\n".join(cell.source for cell in members if not cell.code)
    printed = " ".join(" ".join(cell.printed.split()) for cell in members if cell.printed)
    view = code_view(code, path, heading) if code else prose_view(prose, path, heading)
    if code and prose:
        view += "\n" + prose_view(prose, path, heading).split("\n", 1)[1]
    return f"{view}\nprints {printed[:_PRINTED]}" if printed else view


def _groups(cells: list[Cell]) -> list[tuple[int, int]]:
    """Neighbors together up to about eighteen lines; a heading, and a comment on top, begin a group."""
    groups: list[tuple[int, int]] = []
    size = 0.0
    for index, cell in enumerate(cells):
        own = sum(map(weight, cell.source.split("\n"))) if cell.source.strip() else 0.0
        opens = not cell.code or (cell.source.lstrip().startswith("#") and size > TARGET / 3)
        room = groups and index - groups[-1][0] < _MOST_CELLS and size + own <= TARGET
        leads = bool(groups) and not cells[index - 1].code and groups[-1] == (index - 1, index - 1)
        if groups and ((room and not opens) or (leads and own <= 2 * TARGET)):
            groups[-1] = (groups[-1][0], index)
            size += own
        else:
            groups.append((index, index))
            size = own
    return groups
