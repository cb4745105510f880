"""Which lines of a symbol to quote: the method that does it, and of a long one the stretch that matters."""

import ast
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.ingest.chunking.syntax import parse
from knowledge.passages import Passage
from knowledge.search.lexical import terms

LONGEST = 24  # lines that one reads without losing the thread
SLACK = 6  # more lines than that which are still better whole than cut
PREFERRED = ("forward", "__call__", "backward", "train", "encode", "step", "merge")
_FENCES = re.compile(r"`{3,}")


@dataclass(frozen=True)
class Lines:
    """A stretch of a file, 1-based and inclusive."""

    start: int
    end: int


def choose(passage: Passage, focus: str, named: Iterable[str] = (), longest: int = LONGEST) -> Lines | None:
    """The lines of a symbol to quote for a question about `focus`; None for what has no lines.

    `named` are identifiers that the lesson points at: of a class, the method so named is taken.
    """
    if passage.span.start is None:
        return None
    first = passage.span.start
    lines = passage.text.split("\n")
    low, high = _method(passage.text, tuple(named)) or (0, len(lines))
    if high - low > longest + SLACK:
        low, high = _window(lines, (low, high), focus, longest)
    while high > low + 1 and not lines[high - 1].strip():
        high -= 1
    return Lines(first + low, first + high - 1)


def _method(text: str, named: tuple[str, ...]) -> tuple[int, int] | None:
    """Of a class, the method to look at, as 0-based lines; None for anything else or a short class."""
    if text.count("\n") < LONGEST:
        return None
    try:
        tree = parse(textwrap.dedent(text))
    except SyntaxError:
        return None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.ClassDef):
        return None
    methods = [each for each in tree.body[0].body if isinstance(each, ast.FunctionDef)]
    wanted = {name.rpartition(".")[2] for name in named}
    order = [m for m in methods if m.name in wanted and m.name != "__init__"]
    order += [m for name in PREFERRED for m in methods if m.name == name]
    order += [m for m in methods if not m.name.startswith("__")] + methods
    if not order:
        return None
    chosen = order[0]
    top = min([chosen.lineno, *(each.lineno for each in chosen.decorator_list)])
    return top - 1, chosen.end_lineno or chosen.lineno


def _window(lines: list[str], bounds: tuple[int, int], focus: str, longest: int) -> tuple[int, int]:
    """The stretch of at most `longest` lines that says most of `focus`, begun where a thought begins."""
    low, high = bounds
    wanted = set(terms(focus))
    held = [set(terms(line)) & wanted for line in lines[low:high]]
    everywhere = {term: sum(term in each for each in held) for term in wanted}
    worth = [sum(1.0 / everywhere[term] for term in each) for each in held]
    best, best_value = 0, -1.0
    for offset in range(high - low - longest + 1):
        value = sum(worth[offset : offset + longest]) + (0.3 if _begins(lines, low + offset) else 0.0)
        value -= 0.002 * offset  # of two alike, the earlier
        if value > best_value:
            best, best_value = offset, value
    return low + best, low + best + longest


def _begins(lines: list[str], number: int) -> bool:
    line = lines[number].strip()
    before = lines[number - 1].strip() if number else ""
    return bool(line) and (
        not before or (line.startswith(("#", "def ", "class ", "@")) and not before.startswith("#"))
    )


def best_lines(passage: Passage, focus: str, most: int = 6) -> Lines | None:
    """The few lines of a symbol that speak of `focus`; None when none does."""
    if passage.span.start is None:
        return None
    lines = passage.text.split("\n")
    wanted = set(terms(focus))
    scores = [len(set(terms(line)) & wanted) for line in lines]
    top = max(scores, default=0)
    if top < 2:
        return None
    center = scores.index(top)
    low = center
    while low > 0 and center - low < most - 2 and lines[low - 1].strip().startswith("#"):
        low -= 1
    high = min(len(lines), max(center + 1, low + most))
    while high > center + 1 and not lines[high - 1].strip():
        high -= 1
    return Lines(passage.span.start + low, passage.span.start + high - 1)


def fence(text: str, path: str) -> str:
    """Lines as a fenced block that nothing in them can end."""
    language = {"py": "python", "md": "markdown", "sh": "bash", "ipynb": "python"}.get(
        path.rsplit(".", 1)[-1], ""
    )
    longest = max((len(run) for run in _FENCES.findall(text)), default=2)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"
