"""Citations: exact lines of what is indexed. One resolves, text and hash, or it is not shown."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from knowledge.content.curriculum import Concept
from knowledge.content.markdown import sections
from knowledge.ingest.contents import Contents
from knowledge.passages import Passage
from knowledge.search.lexical import Floats
from knowledge.search.library import Results
from tutor.chat.types import Citation

LESSONS = "knowledge/lessons"
MARK = re.compile(r"([ \t]*)\[(\d{1,3})\](?!\()")
VERBATIM = re.compile(
    r"^(?P<lead>\s*)(?P<ticks>`{3,})[^\n]*\n.*?^(?P=lead)(?P=ticks)\s*$|`[^`\n]+`|\$\$.+?\$\$|\$[^$\n]+\$",
    re.DOTALL | re.MULTILINE,
)
"""Code and mathematics: brackets in them are no citations."""


class Library(Protocol):
    """What is indexed, with a model or by words alone."""

    @property
    def contents(self) -> Contents:
        """What is indexed."""
        ...

    def search(self, question: str, k: int = 10, context: str = "") -> Results:
        """The passages nearest to the question, best first."""
        ...

    def encode(self, texts: list[str]) -> Floats | None:
        """Vectors of questions, one a row; None where there is no model."""
        ...

    def resolve(self, reference: str) -> Passage | None:
        """The whole symbol of `path::symbol`, from what is indexed."""
        ...

    def passage(self, passage_id: str) -> Passage | None:
        """The passage with this id."""
        ...

    def read(self, path: str, start: int | None = None, end: int | None = None) -> Passage | None:
        """Lines of an indexed file, 1-based and inclusive."""
        ...


Link = Callable[[Passage], str]


def no_link(passage: Passage) -> str:
    """For lines that have no address."""
    return ""


class Citations:
    """The citations of one answer, numbered in the order in which they are made."""

    def __init__(self, library: Library, link: Link = no_link) -> None:
        self.library = library
        self._link = link
        self._made: dict[str, Citation] = {}

    def cite(self, passage: Passage | None, title: str = "") -> str:
        """The mark ` [n]` for a passage, the same for the same lines; empty without one."""
        if passage is None or not passage.text.strip():
            return ""
        if passage.id not in self._made:
            self._made[passage.id] = as_citation(passage, len(self._made) + 1, title, self._link)
        return f" [{self._made[passage.id].number}]"

    def lines(self, path: str, start: int, end: int) -> Passage | None:
        """Exact lines of an indexed file."""
        return self.library.read(path, start, end)

    def section(self, concept: Concept, first: str, last: str = "") -> Passage | None:
        """A card's lines from the heading `first` to the end of the section `last` (itself when empty)."""
        path = f"{LESSONS}/{concept.path}"
        whole = self.library.read(path)
        if whole is None:
            return None
        lines = whole.text.split("\n")
        heads = [part for part in sections(lines) if part.title]
        begin = next((part for part in heads if part.title == first), None)
        until = next((part for part in heads if part.title == (last or first)), None)
        if begin is None or until is None:
            return None
        after = [part for part in heads if part.start > until.start and part.level <= until.level]
        end = after[0].start - 1 if after else len(lines)
        while end > begin.start and not lines[end - 1].strip():
            end -= 1
        passage = self.library.read(path, begin.start, end)
        said = _between(concept, first, last or first)
        # a card that was rewritten since it was indexed is not cited until the index has caught up
        return passage if passage and all(each in passage.text for each in said) else None

    @property
    def made(self) -> tuple[Citation, ...]:
        """All citations, by number."""
        return tuple(self._made.values())


def _between(concept: Concept, first: str, last: str) -> list[str]:
    """The texts of a card's sections from one to another, or the answer to one of its whys."""
    names = list(concept.sections)
    if first in names and last in names:
        return [concept.sections[name] for name in names[names.index(first) : names.index(last) + 1]]
    return [answer for question, answer in concept.questions_and_answers if question == first]


def as_citation(passage: Passage, number: int, title: str = "", link: Link = no_link) -> Citation:
    """A passage as a citation."""
    span = passage.span
    return Citation(
        number=number,
        passage_id=passage.id,
        path=span.path,
        start=span.start,
        end=span.end,
        cell=span.cell,
        sha256=passage.sha256,
        text=passage.text,
        title=title or passage.title,
        url=link(passage),
    )


def resolved(text: str, proposed: Iterable[Citation], library: Library) -> tuple[str, tuple[Citation, ...]]:
    """The text with only those marks whose citation is what the index holds, numbered anew from 1.

    A citation holds when its id is indexed and its text and hash are those of the indexed lines. Marks inside
    fenced code are code and stay.
    """
    good = {each.number: each for each in proposed if _is_indexed(each, library)}
    order: dict[int, int] = {}

    def renumber(match: re.Match[str]) -> str:
        number = int(match[2])
        return f"{match[1]}[{order.setdefault(number, len(order) + 1)}]" if number in good else ""

    parts: list[str] = []
    place = 0
    for kept in VERBATIM.finditer(text):
        parts += [MARK.sub(renumber, text[place : kept.start()]), kept[0]]
        place = kept.end()
    parts.append(MARK.sub(renumber, text[place:]))
    return "".join(parts), tuple(replace(good[old], number=new) for old, new in order.items())


def _is_indexed(citation: Citation, library: Library) -> bool:
    passage = library.passage(citation.passage_id)
    return (
        passage is not None
        and citation.holds
        and passage.sha256 == citation.sha256
        and passage.text == citation.text
        and (passage.span.path, passage.span.start, passage.span.end, passage.span.cell)
        == (citation.path, citation.start, citation.end, citation.cell)
    )
