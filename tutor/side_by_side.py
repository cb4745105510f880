"""Our code beside Karpathy's: which comparisons there are, and one of them for a terminal."""

import textwrap
from collections.abc import Iterator, Mapping
from functools import cache

from knowledge.content.comparisons import Column, Comparison, Shown, SideBySide, load_comparisons
from knowledge.content.curriculum import Curriculum
from tutor.settings import PROJECT

WIDTH = 88  # columns of a terminal that is read


@cache
def comparisons() -> Mapping[str, Comparison]:
    """All that can be read, by concept; `python -m knowledge check` says what is wrong with the others."""
    return load_comparisons(PROJECT / "knowledge" / "comparisons")[0]


def title(comparison: Comparison, curriculum: Curriculum) -> str:
    """What a comparison is called: by itself, else as its card."""
    concept = curriculum.concepts.get(comparison.concept)
    return comparison.title or (concept.title if concept else comparison.concept)


def where(column: Column) -> str:
    """A column's place: its file with lines or cell; what to do where it is not here."""
    passage = column.passage
    if passage is None:
        return f"{column.place.path}: not here (python -m exercises upstream clone {column.place.repository})"
    span = passage.span
    return (
        f"{span.path}, cell {span.cell}"
        if span.start is None
        else f"{span.path}, lines {span.start} to {span.end}"
    )


def as_text(laid: SideBySide, name: str) -> str:
    """A comparison for a terminal: the places, what is the same, what differs, each with its lines."""
    parts = [f"{name}, side by side", ""]
    parts += [f"{column.place.name:<12} {where(column)}" for column in laid.columns]
    parts += ["", textwrap.fill(laid.comparison.same, WIDTH)]
    for number, difference in enumerate(laid.differences, 1):
        parts += [
            "",
            f"{number}. {difference.what}",
            textwrap.indent(textwrap.fill(difference.said, WIDTH - 3), "   "),
        ]
        parts += [f"   {line}" for line in _marked(laid, difference)]
    if laid.gone:
        parts += [
            "",
            f"{laid.gone} more could not be shown: their lines have changed in the code that is here.",
        ]
    return "\n".join(parts)


def _marked(laid: SideBySide, difference: Shown) -> Iterator[str]:
    for column in laid.columns:
        found = column.found
        for number in difference.marks.get(column.place.name, ()) if found else ():
            assert found is not None
            yield f"{column.place.name:>12} {number:>4}  {found.lines[number - found.start].strip()}"
