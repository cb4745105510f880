"""Literal questions: a line of code, a file and line, a symbol, an error message, found as written."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from knowledge.content.symbols import fold
from knowledge.ingest.contents import Contents
from knowledge.passages import Passage, Span
from knowledge.search.lexical import Floats

_FILE_LINE = re.compile(
    r"([\w./-]*\w\.(?:py|md|ipynb|txt|toml|yaml|yml|sh))(?:\W{1,3}|\s+(?:at\s+)?)(?:lines?|l)?\s*(\d+)", re.I
)
_LINE_OF = re.compile(r"\blines?\s+(\d+)\s+(?:of|in)\s+(?:the\s+)?([\w./-]*\w\.\w+)", re.I)
_QUOTED = re.compile(r"```(?:\w+\n)?(.+?)```|`([^`]+)`|\"([^\"]{6,})\"", re.DOTALL)
_CODE = re.compile(
    r"[\w\])]\s*[-+*/@%<>]?=\s*\S|\w\(|\w\[|\w\.\w+\(|->|==|\bself\.|^\s*(def|class|import|from|return|@)\b"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_MESSAGE = re.compile(r"f?\"([^\"\n]{10,})\"|f?'([^'\n]{10,})'")
_WORD = re.compile(r"\w+")
_FILE_NAME = re.compile(r"[\w-]+(?:/[\w-]+)*\.(?:py|md|ipynb|txt|toml|yaml|yml|sh)\b")

EXACT = 60.0
"""What a line that is quoted in the question adds to a score of summed z values: more than any."""
_DEFINES = 2.5
_SAYS = 5.0
_IN_FILE = 1.5


@dataclass(frozen=True)
class Literal:
    """What literal matches add to each passage; whether a line or message is quoted, or a symbol named."""

    bonus: Floats
    exact: bool
    named: bool


class LiteralIndex:
    """Lines, symbols and messages of the passages, for looking up."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self.position = {passage.id: index for index, passage in enumerate(contents.passages)}
        self.lines: dict[str, list[int]] = defaultdict(list)
        self.symbols: dict[str, set[int]] = defaultdict(set)
        self.messages: dict[str, list[int]] = defaultdict(list)
        self.messages_with: dict[str, set[str]] = defaultdict(set)  # by a word that stands inside them
        self.folded = [fold(passage.text) for passage in contents.passages]
        for index, passage in enumerate(contents.passages):
            if passage.kind in {"card", "week"}:
                continue
            for line in passage.text.split("\n"):
                if len(line.strip()) >= 8:
                    self.lines[fold(line)].append(index)
                for groups in _MESSAGE.findall(line):
                    self._add_messages(next(filter(None, groups)), index)
        for document in contents.documents.values():
            for name, (first, last) in document.symbols.items():
                found = contents.around(Span(document.path, first, first))
                if found is not None and found.span.bounds[0] <= last:
                    self.symbols[name.lower()].add(self.position[found.id])
                    self.symbols[name.rsplit(".", 1)[-1].lower()].add(self.position[found.id])

    def _add_messages(self, message: str, index: int) -> None:
        for part in re.split(r"\{[^}]*\}|%[sdf]|\\n", message):
            if len(part.split()) >= 3 and len(part.strip()) >= 14:
                message = fold(part).lower().strip(" :.,!")
                words = _WORD.findall(message)
                if words:
                    self.messages[message].append(index)
                    self.messages_with[max(words[1:-1] or words, key=len)].add(message)

    def match(self, question: str) -> Literal:
        """What the question quotes."""
        bonus = np.zeros(len(self.contents.passages), np.float32)
        exact = self._places(question, bonus)
        exact = self._quotes(question, bonus) or exact
        named = self._names(question, bonus)
        exact = self._said(question, bonus) or exact
        return Literal(bonus, exact, named)

    def _places(self, question: str, bonus: Floats) -> bool:
        """`model.py:52` and `line 52 of model.py`."""
        wanted = [(path, int(number)) for path, number in _FILE_LINE.findall(question)]
        wanted += [(path, int(number)) for number, path in _LINE_OF.findall(question)]
        found = False
        for name, number in wanted:
            for path, document in self.contents.documents.items():
                if path != name and not path.endswith(f"/{name.lstrip('./')}"):
                    continue
                place = (
                    Span(path, number, number) if document.cells is None else Span(path, None, None, number)
                )
                passage = self.contents.around(place)
                if passage is not None:
                    bonus[self.position[passage.id]] += EXACT
                    found = True
        return found

    def _quotes(self, question: str, bonus: Floats) -> bool:
        """Whole lines or parts of lines of code."""
        quoted = [next(filter(None, groups)) for groups in _QUOTED.findall(question)]
        pieces = [line for part in [*quoted, question] for line in part.split("\n")]
        found = False
        for piece in dict.fromkeys(fold(piece).strip("`\"' ?") for piece in pieces):
            if len(piece) < 8:
                continue
            hits = self.lines.get(piece, [])
            if not hits and _CODE.search(piece):
                hits = [index for index, text in enumerate(self.folded) if piece in text]
            if 0 < len(hits) <= 8:
                bonus[hits] += EXACT / len(hits) ** 0.5
                found = True
        return found

    def _names(self, question: str, bonus: Floats) -> bool:
        """Symbols by name, when they look like code or stand in backticks; files by name."""
        found = False
        marked = {part.strip("() ") for groups in _QUOTED.findall(question) for part in groups if part}
        for name in dict.fromkeys(_NAME.findall(question)):
            looks = "_" in name or "." in name or re.search(r"[a-z][A-Z]|[A-Z]{2}", name) or name in marked
            hits = (
                self.symbols.get(name.lower().removesuffix("()"), set())
                if looks or f"{name}(" in question
                else set()
            )
            if 0 < len(hits) <= 12:
                bonus[list(hits)] += _DEFINES / len(hits) ** 0.5
                found = True
        for name in dict.fromkeys(_FILE_NAME.findall(question)):
            hits = {
                self.position[passage.id]
                for path, document in self.contents.documents.items()
                if path.endswith(name)
                for passage in document.passages
            }
            if hits:
                bonus[list(hits)] += _IN_FILE
        return found

    def _said(self, question: str, bonus: Floats) -> bool:
        """Error messages and other printed text, their variable parts left out."""
        text = fold(question).lower()
        if len(text) < 15:
            return False
        found = False
        possible = {
            message for word in set(_WORD.findall(text)) for message in self.messages_with.get(word, ())
        }
        for message in possible:
            hits = self.messages[message]
            if len(hits) <= 6 and message in text:
                bonus[hits] += _SAYS / len(hits) ** 0.5
                found = True
        return found


def shown(passage: Passage) -> str:
    """Where a passage stands, as people write it."""
    if passage.span.cell is not None:
        return f"{passage.span.path} cell {passage.span.cell}"
    return f"{passage.span.path}:{passage.span.start}-{passage.span.end}"
