"""The same idea in several codes, side by side: `knowledge/comparisons/<concept>.yaml`.

```yaml
concept: attention                  # the id of a card, and the file's name
also: [queries-keys-values]         # other cards that lead here
title: Attention in one class       # optional: where the card's title says too little
places:                             # two or three, in the order of the columns
  - name: ours
    at: exercises/nanogpt/model.py::CausalSelfAttention
  - name: lecture
    at: ng-video-lecture/gpt.py     # without a symbol: the whole file
    first: "class Head(nn.Module):"     # optional: from the first line that reads so …
    last: return out                    # … to the first one after it that reads so
  - name: notebook
    at: micrograd/demo.ipynb
    cell: "# loss function"         # a line of the cell that is meant
same: What all of them do alike, in a sentence or two.
differences:
  - what: A few words
    said: What differs and why, in one to three sentences.
    lines:                          # what it stands on, at one place or more: whole lines, white space aside
      ours: ["scores = q @ k.transpose(-2, -1)"]
```

A place is found by its symbol and a line by its words, never by a number. A difference whose lines are not
there any more is left out, not shown wrongly. `python -m knowledge check` finds both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from knowledge.content.markdown import load_yaml
from knowledge.content.symbols import find_cells, find_symbol, fold
from knowledge.ingest.chunking.split import Document
from knowledge.ingest.contents import Contents
from knowledge.passages import Passage


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Model):
    """Where one of the codes does it."""

    name: str
    at: str
    cell: str | None = None
    first: str | None = None
    last: str | None = None

    @property
    def path(self) -> str:
        """The file, as it is cited."""
        return self.at.partition("::")[0]

    @property
    def repository(self) -> str:
        """The first part of the path: `exercises`, or the name of a clone."""
        return self.path.split("/")[0]


class Difference(_Model):
    """Something that they do otherwise; `lines` are the lines it stands on, by the place's name."""

    what: str = Field(min_length=1)
    said: str = Field(min_length=1)
    lines: dict[str, tuple[str, ...]] = Field(min_length=1)


class Comparison(_Model):
    """One idea in two or three codes."""

    concept: str
    also: tuple[str, ...] = ()
    title: str | None = None
    places: tuple[Place, ...] = Field(min_length=2, max_length=3)
    same: str = Field(min_length=1)
    differences: tuple[Difference, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _names_places(self) -> Comparison:
        names = [place.name for place in self.places]
        if len(set(names)) < len(names):
            raise ValueError("two places have one name")
        for difference in self.differences:
            unknown = [name for name in difference.lines if name not in names]
            if unknown:
                raise ValueError(f"“{difference.what}” speaks of {', '.join(unknown)}, which is no place")
        return self


@dataclass(frozen=True)
class Found:
    """A place in a document: the lines of a file, or of one cell, numbered from `start`."""

    cell: int | None
    start: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A place as it is here; `passage` and `found` are None where the code is not indexed or not there."""

    place: Place
    found: Found | None = None
    passage: Passage | None = None


@dataclass(frozen=True)
class Shown:
    """A difference, and by place the numbers of its lines."""

    what: str
    said: str
    marks: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class SideBySide:
    """A comparison laid out over the code that is here; `gone` counts differences whose lines changed."""

    comparison: Comparison
    columns: tuple[Column, ...]
    differences: tuple[Shown, ...]
    gone: int

    @property
    def missing(self) -> tuple[str, ...]:
        """The repositories that are not here, each once."""
        absent = (column.place.repository for column in self.columns if column.passage is None)
        return tuple(dict.fromkeys(absent))


def load_comparisons(folder: Path) -> tuple[dict[str, Comparison], list[str]]:
    """All comparisons by concept, and what is wrong with those that could not be read."""
    found: dict[str, Comparison] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            read = Comparison.model_validate(load_yaml(path.read_text(encoding="utf-8-sig")))
        except ValidationError as error:
            details = (
                f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()
            )
            problems += [f"{path.name}: {detail}" for detail in details]
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            problems.append(f"{path.name}: {' '.join(str(error).split())}")
        else:
            if read.concept != path.stem:
                problems.append(f"{path.name}: concept {read.concept} differs from the file's name")
            found[read.concept] = read
    return found, problems


def about(comparisons: Mapping[str, Comparison], concept: str) -> Comparison | None:
    """The comparison of a concept: its own, else the first one that names it."""
    own = comparisons.get(concept)
    return own or next((one for one in comparisons.values() if concept in one.also), None)


def locate(place: Place, document: Document) -> Found | None:
    """The place in its document; None when it is not there."""
    symbol = place.at.partition("::")[2]
    cell = None
    if document.cells is not None:
        cells = find_cells(document, place.cell or "")
        if not cells:
            return None
        cell, start, lines = cells[0], 1, document.cells[cells[0]].split("\n")
    else:
        bounds = find_symbol(document, symbol) if symbol else (1, document.text.rstrip("\n").count("\n") + 1)
        if bounds is None:
            return None
        start, lines = bounds[0], document.lines(*bounds).split("\n")
    low = _line(lines, place.first, 0) if place.first else 0
    high = _line(lines, place.last, low or 0) if place.last else len(lines) - 1
    if low is None or high is None:
        return None
    return Found(cell, start + low, tuple(lines[low : high + 1]))


def _line(lines: list[str], wanted: str, begin: int) -> int | None:
    return next((n for n in range(begin, len(lines)) if fold(lines[n]) == fold(wanted)), None)


def numbers(found: Found, wanted: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers of all lines of a place that read as one of those wanted; empty when one is not there."""
    told = [fold(line) for line in wanted]
    rows = [(number, fold(line)) for number, line in enumerate(found.lines, found.start)]
    if not set(told) <= {row for _, row in rows}:
        return ()
    return tuple(number for number, row in rows if row in told)


def lay_out(comparison: Comparison, contents: Contents) -> SideBySide:
    """A comparison over what is indexed."""
    columns = tuple(_column(place, contents) for place in comparison.places)
    shown = []
    for difference in comparison.differences:
        marks = {
            column.place.name: numbers(column.found, difference.lines[column.place.name])
            for column in columns
            if column.found is not None and column.place.name in difference.lines
        }
        if all(marks.values()):
            shown.append(Shown(difference.what, difference.said, marks))
    return SideBySide(comparison, columns, tuple(shown), len(comparison.differences) - len(shown))


def _column(place: Place, contents: Contents) -> Column:
    document = contents.documents.get(place.path)
    found = locate(place, document) if document else None
    if found is None:
        return Column(place)
    return Column(place, found, _passage(place, found, contents, found.start, len(found.lines)))


def _passage(place: Place, found: Found, contents: Contents, start: int, count: int) -> Passage | None:
    if found.cell is not None:
        return contents.read(place.path, cells=(found.cell, found.cell))
    return contents.read(place.path, start, start + count - 1)


def cited(column: Column, marks: tuple[int, ...], contents: Contents) -> Passage | None:
    """The passage to cite for marked lines: from the first to the last of them, or the cell."""
    if column.found is None or not marks:
        return None
    return _passage(column.place, column.found, contents, marks[0], marks[-1] - marks[0] + 1)


def problems_in(
    comparison: Comparison, places: Iterable[Place], find: Callable[[str], Document | None]
) -> Iterator[str]:
    """What a comparison names at these places and is not there; `find` gives the document of a path."""
    for place in places:
        document = find(place.path)
        found = locate(place, document) if document else None
        if document is None:
            yield f"there is no file {place.path}"
        elif found is None:
            yield f"{place.name}: its place is not found in {place.path}"
        else:
            for difference in comparison.differences:
                for line in difference.lines.get(place.name, ()):
                    if not numbers(found, (line,)):
                        yield f"{place.name}: no line of {place.at} reads “{line}”"
