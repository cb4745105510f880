"""Python text → pieces: functions, methods, class heads, script sections; and where each symbol stands."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from dataclasses import dataclass

from knowledge.ingest.chunking.blocks import LONGEST, NEVER, cut, trim, weight
from knowledge.ingest.chunking.syntax import parse

_SMALL = 5.0  # lines up to which a method is shown together with its small neighbors
_TOGETHER = 14.0
_TINY = 3.0  # lines of a method that goes with its neighbor in any case


@dataclass(frozen=True)
class Piece:
    """Lines `start` to `end` (0-based, half-open), what they are, and the symbols that begin in them."""

    start: int
    end: int
    kind: str
    title: str
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True)
class PythonFile:
    """The pieces of a file and its symbols: qualified name → first and last line, 1-based."""

    pieces: tuple[Piece, ...]
    symbols: dict[str, tuple[int, int]]


def split_python(text: str) -> PythonFile | None:
    """None when the text does not parse (it is then split like any other text)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other people's invalid escapes
            tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = text.split("\n")
    splitter = _Splitter(lines, tree)
    return PythonFile(tuple(splitter.module(tree)), splitter.symbols)


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class _Splitter:
    def __init__(self, lines: list[str], tree: ast.Module) -> None:
        self.lines = lines
        self.symbols: dict[str, tuple[int, int]] = {}
        self._collect(tree.body, "")
        self.penalties = cut_penalties(lines, tree)

    def module(self, tree: ast.Module) -> list[Piece]:
        if sum(map(weight, self.lines)) <= LONGEST * 0.75:
            start, end = trim(self.lines, 0, len(self.lines))
            return [Piece(start, end, "code", "", tuple(self.symbols))] if end > start else []
        return self._body(tree.body, (0, len(self.lines)), "")

    def _collect(self, body: list[ast.stmt], prefix: str, values: bool = True) -> None:
        for node in body:
            if isinstance(node, Definition):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                self.symbols.setdefault(prefix + node.name, (first, node.end_lineno or node.lineno))
                inside_class = isinstance(node, ast.ClassDef)
                self._collect(node.body, f"{prefix}{node.name}.", values=inside_class)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and values:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        place = (node.lineno, node.end_lineno or node.lineno)
                        self.symbols.setdefault(prefix + target.id, place)
            elif isinstance(node, ast.If | ast.Try | ast.With) and not prefix:
                self._collect(node.body, prefix)

    def _body(self, body: list[ast.stmt], within: tuple[int, int], prefix: str) -> list[Piece]:
        """Definitions one by one, and what stands between them."""
        pieces: list[Piece] = []
        at = within[0]
        for node in body:
            if not isinstance(node, Definition):
                continue
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            gap = self._comment_start(at, first)
            pieces += self._between(at, gap, prefix)
            end = node.end_lineno or node.lineno
            name = prefix + node.name
            if isinstance(node, ast.ClassDef):
                pieces += self._class(node, (gap, end), name)
            else:
                pieces += self._parts(gap, end, "code", name)
            at = end
        pieces += self._between(at, within[1], prefix)
        return self._merge(pieces, prefix)

    def _comment_start(self, at: int, first: int) -> int:
        """Where the comments above a definition begin (a heading of theirs may be a blank line away)."""
        start = first
        blanks = 0
        while start > at:
            line = self.lines[start - 1].strip()
            if line.startswith("#"):
                blanks = 0
            elif not line and blanks < 2:
                blanks += 1
            else:
                break
            start -= 1
        return start

    def _between(self, start: int, end: int, prefix: str) -> list[Piece]:
        start, end = trim(self.lines, start, end)
        return self._parts(start, end, "section", prefix.rstrip(".")) if end > start else []

    def _class(self, node: ast.ClassDef, within: tuple[int, int], name: str) -> list[Piece]:
        start, end = trim(self.lines, *within)
        if sum(map(weight, self.lines[start:end])) <= 20:
            return [self._piece(start, end, "class", name)]
        pieces = self._body(node.body, within, f"{name}.")
        head = pieces[0]
        if head.kind == "section" and len(pieces) > 1:
            if (
                sum(map(weight, self.lines[head.start : head.end])) <= _SMALL
                and pieces[1].start <= head.end + 2
            ):
                joined = self._piece(head.start, pieces[1].end, pieces[1].kind, pieces[1].title)
                return [joined, *pieces[2:]]
            pieces[0] = self._piece(head.start, head.end, "class", name)
        return pieces

    def _parts(self, start: int, end: int, kind: str, title: str) -> list[Piece]:
        start, end = trim(self.lines, start, end)
        pieces = []
        for first, last in cut(self.lines[start:end], self.penalties[start:end]):
            begin, stop = trim(self.lines, start + first, start + last)
            if stop > begin:
                pieces.append(self._piece(begin, stop, kind, title))
        return pieces

    def _piece(self, start: int, end: int, kind: str, title: str) -> Piece:
        inside = tuple(name for name, (first, _) in self.symbols.items() if start < first <= end)
        return Piece(start, end, kind, title, inside)

    def _merge(self, pieces: list[Piece], prefix: str) -> list[Piece]:
        """Small neighbors of one class, or small functions of one file, stand together."""
        merged: list[Piece] = []
        for piece in pieces:
            before = merged[-1] if merged else None
            if before and before.kind == piece.kind == "code" and piece.start <= before.end + 3:
                size = sum(map(weight, self.lines[before.start : piece.end]))
                small = max(self._size(before), self._size(piece))
                tiny = min(self._size(before), self._size(piece)) <= _TINY and size <= LONGEST
                if tiny or (size <= _TOGETHER and small <= _SMALL):
                    title = f"{before.title.split(' … ')[0]} … {piece.title}"
                    merged[-1] = self._piece(before.start, piece.end, "code", title)
                    continue
            merged.append(piece)
        return merged

    def _size(self, piece: Piece) -> float:
        return sum(map(weight, self.lines[piece.start : piece.end]))


def cut_penalties(lines: list[str], tree: ast.Module) -> list[float]:
    """For each line what a cut before it costs: cheap before a comment, never inside a statement."""
    starts: dict[int, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            starts.setdefault(node.lineno - 1, node.col_offset)
    comments = comment_lines("\n".join(lines))
    penalties = [NEVER] * len(lines)
    for index, line in enumerate(lines):
        comment = index in comments
        if index not in starts and not comment:
            continue
        if comment and not _continues(lines, comments, starts, index):
            continue
        depth = (len(line) - len(line.lstrip())) / 4
        cost = 0.22 * depth
        if index and (index - 1) in comments:
            cost += 0.9  # do not part a comment from what it explains
        elif comment:
            cost -= 0.15
        if index and not lines[index - 1].strip():
            cost -= 0.25
        penalties[index] = max(0.0, cost + 0.3)
    return penalties


def comment_lines(text: str) -> dict[int, str]:
    """0-based line → the comment that fills it; comments after code are not among them."""
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip():
                found[token.start[0] - 1] = token.string
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return found
    return found


def _continues(lines: list[str], comments: dict[int, str], starts: dict[int, int], index: int) -> bool:
    """Whether a statement follows the comment: one inside a list of values is no place to cut."""
    while index < len(lines) and (index in comments or not lines[index].strip()):
        index += 1
    return index in starts
