"""What an index holds, without its vectors: documents, their passages, and all ways that lead to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from knowledge.content.curriculum import Curriculum, load_curriculum
from knowledge.content.notes import load_notes, recognize
from knowledge.content.symbols import find_symbol
from knowledge.ingest.chunking.notebook import group_text
from knowledge.ingest.chunking.split import Document, split
from knowledge.ingest.links import card_leads, note_leads
from knowledge.ingest.sources import Corpus, SourceFile, list_corpus, read_text
from knowledge.passages import Passage, SearchText, Span, make_passage, parse_id


@dataclass(frozen=True)
class Contents:
    """Documents by path; `leads` are the ways that come from cards and notes."""

    documents: Mapping[str, Document]
    leads: tuple[SearchText, ...]
    stamps: dict[str, tuple[int, int]]

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """All passages, in the order of the documents."""
        return tuple(passage for document in self.documents.values() for passage in document.passages)

    @cached_property
    def ways(self) -> tuple[SearchText, ...]:
        """All ways: the passages' own and those that lead to them from elsewhere."""
        own = [way for document in self.documents.values() for way in document.ways]
        return (*own, *self.leads)

    def resolve(self, reference: str) -> Passage | None:
        """The whole symbol that `path::Symbol.name` names, or the whole file for a path alone."""
        path, _, symbol = reference.partition("::")
        document = self.documents.get(path)
        if document is None:
            return None
        if document.cells is not None:
            last = len(document.cells) - 1
            return self.read(path, cells=(0, last)) if not symbol and last >= 0 else None
        place = find_symbol(document, symbol) if symbol else (1, document.text.rstrip("\n").count("\n") + 1)
        if place is None:
            return None
        passage = self.read(path, *place)
        return passage and replace(passage, title=symbol or path, symbol=symbol or None)

    def passage(self, passage_id: str) -> Passage | None:
        """The passage with this id: an indexed one, or any lines or cells that exist."""
        known = self._by_id.get(passage_id)
        if known is not None:
            return known
        span = parse_id(passage_id)
        if span is None:
            return None
        if span.cell is not None:
            return self.read(span.path, cells=(span.cells.start, span.cells.stop - 1))
        return self.read(span.path, span.start, span.end)

    def read(
        self,
        path: str,
        start: int | None = None,
        end: int | None = None,
        cells: tuple[int, int] | None = None,
    ) -> Passage | None:
        """Lines start to end (1-based, inclusive) or cells first to last (0-based) of an indexed file."""
        document = self.documents.get(path)
        if document is None:
            return None
        if document.cells is not None:
            first, last = cells or (0, len(document.cells) - 1)
            if not 0 <= first <= last < len(document.cells):
                return None
            span = Span(path, None, None, first, last if last > first else None)
            text, kind = group_text(list(document.cells[first : last + 1])), "cell"
        else:
            count = document.text.count("\n") + 1
            low, high = start or 1, min(end or count, count)
            if cells is not None or not 1 <= low <= high:
                return None
            span, text, kind = Span(path, low, high), document.lines(low, high), "lines"
        around = self.around(span)
        if around is not None and around.span == span:
            return around
        passage = make_passage(span, text, around.kind if around else kind, around.title if around else "")
        concept = around.concept if around else None
        symbol = around.symbol if around else None
        return replace(passage, source=document.source, concept=concept, symbol=symbol)

    def around(self, span: Span) -> Passage | None:
        """The indexed passage that shares most with a span."""
        document = self.documents.get(span.path)
        if document is None:
            return None
        best = max(document.passages, key=lambda passage: passage.span.common(span), default=None)
        return best if best is not None and best.span.common(span) else None

    @cached_property
    def _by_id(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self.passages}


class Documents(Mapping[str, Document]):
    """Documents by path, in order. What an index already holds is read from it only where it is looked at."""

    def __init__(self, before: Mapping[str, Document]) -> None:
        self.fresh: dict[str, Document] = {}
        self._before = before
        self._order: dict[str, None] = {}

    def keep(self, path: str) -> None:
        """The next document is the one that was there before."""
        self._order[path] = None

    def put(self, document: Document) -> None:
        """The next document; one with the same path is replaced."""
        self._order[document.path] = None
        self.fresh[document.path] = document

    def __getitem__(self, path: str) -> Document:
        if path not in self._order:
            raise KeyError(path)
        return self.fresh[path] if path in self.fresh else self._before[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)


def read_contents(
    corpus: Corpus, before: Contents | None = None, files: list[SourceFile] | None = None
) -> Contents:
    """Reads and splits all sources; files whose stamp is that of `before` are taken from there.

    `files` are the corpus's, where they are listed.
    """
    documents = Documents(before.documents if before is not None else {})
    stamps: dict[str, tuple[int, int]] = {}
    for entry in list_corpus(corpus) if files is None else files:
        stamps[entry.path] = entry.stamp
        if before is not None and before.stamps.get(entry.path) == entry.stamp:
            documents.keep(entry.path)
        else:
            documents.put(split(entry.path, entry.source, read_text(entry.file) or ""))
    curriculum = _curriculum(corpus.lessons)
    _mark_cards(corpus, curriculum, documents)
    leads = [*card_leads(curriculum, documents)]
    if corpus.notes is not None and corpus.notes.is_dir():
        notes = [book for path in sorted(corpus.notes.glob("*.yaml")) if (book := load_notes(path)[0])]
        for name in (source.name for source in corpus.sources):
            held = {path[len(name) + 1 :] for path in documents if path.startswith(f"{name}/")}
            book = recognize(notes, held)
            if book is not None:
                leads += note_leads(book, name, documents)
    return Contents(documents, tuple(dict.fromkeys(leads)), stamps)


def _curriculum(lessons: Path | None) -> Curriculum:
    if lessons is None or not lessons.is_dir():
        return Curriculum({}, {})
    return load_curriculum(lessons)


def _mark_cards(corpus: Corpus, curriculum: Curriculum, documents: Documents) -> None:
    """Marks the passages of documents that are cards or weeks as such."""
    source = next((each for each in corpus.sources if corpus.lessons and each.root == corpus.lessons), None)
    if source is None:
        return
    marked: list[Document] = []
    for concept in curriculum.concepts.values():
        document = documents.get(f"{source.name}/{concept.path}")
        if document is not None:
            passages = tuple(
                replace(passage, kind="card", concept=concept.id, title=f"{concept.title} › {passage.title}")
                if passage.kind != "card"
                else passage
                for passage in document.passages
            )
            marked.append(replace(document, passages=passages, ways=_without_parts(document)))
    for week in curriculum.weeks.values():
        document = documents.get(f"{source.name}/{week.path}")
        if document is not None:
            passages = tuple(replace(passage, kind="week") for passage in document.passages)
            marked.append(replace(document, passages=passages, ways=_without_parts(document)))
    for document in marked:
        if document != documents[document.path]:  # one that an index holds is marked there
            documents.put(document)


def _without_parts(document: Document) -> tuple[SearchText, ...]:
    """Lessons have questions of their own: their sentences would be most of an index and found nothing more."""
    return tuple(way for way in document.ways if way.kind != "part")
