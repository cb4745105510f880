"""Ways from elsewhere: what cards and notes say about a symbol leads to its lines, as hits of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from knowledge.content.curriculum import Concept, Curriculum
from knowledge.content.notes import Note, NoteBook, note_targets
from knowledge.content.symbols import passages_of
from knowledge.ingest.chunking.split import Document
from knowledge.passages import SearchText

_WIDE = 6  # units beyond which a symbol is too large for a card to mean each of them


def card_leads(curriculum: Curriculum, documents: Mapping[str, Document]) -> Iterator[SearchText]:
    """What a card is called and the questions it answers, leading to the code it names and to itself."""
    for concept in curriculum.concepts.values():
        texts = [concept.title, *concept.aliases, *concept.questions]
        for reference in concept.code:
            path, _, symbol = reference.partition("::")
            document = documents.get(path)
            if document is None or not symbol:
                continue
            targets = passages_of(document, symbol)
            for passage in targets if len(targets) <= _WIDE else targets[:1]:
                yield from (SearchText(passage.id, "bridge", text) for text in texts)
        yield from _own_leads(concept, documents)
        yield from _meaning(concept)


def _meaning(concept: Concept) -> Iterator[SearchText]:
    """What a card says, as ways to the idea itself: a question close to them is about that idea.

    The way of kind `names` holds what the field calls it; its words are then looked for in the code.
    """
    place = f"concept:{concept.id}"
    symbols = " ".join(reference.partition("::")[2] for reference in concept.code)
    yield SearchText(place, "names", " ".join([concept.title, *concept.aliases, symbols]))
    parts = ("In one sentence", "In plain words")
    texts = [concept.title, *concept.aliases, *concept.questions, *(concept.sections[part] for part in parts)]
    yield from (SearchText(place, "concept", text) for text in texts)


def _own_leads(concept: Concept, documents: Mapping[str, Document]) -> Iterator[SearchText]:
    path = next((path for path in documents if path.endswith(f"lessons/{concept.path}")), None)
    if path is None:
        return
    for passage in documents[path].passages:
        section = passage.title.split(" › ")[1] if " › " in passage.title else passage.title
        if section == "The idea":
            yield from (SearchText(passage.id, "question", text) for text in concept.questions)
        if section == "In one sentence":
            names = ", ".join([concept.title, *concept.aliases])
            yield SearchText(passage.id, "note", f"{concept.title}. {concept.sections[section]}")
            yield SearchText(passage.id, "question", f"What is {concept.title}? {names}")
        if section == "Why it is so" and passage.title.count(" › ") == 2:
            yield SearchText(passage.id, "question", passage.title.rsplit(" › ", 1)[1])


def note_leads(book: NoteBook, source: str, documents: Mapping[str, Document]) -> Iterator[SearchText]:
    """The ways of a repository's notes; a note whose place is gone or has changed gives none."""
    for note in book.notes:
        document = documents.get(f"{source}/{note.file}")
        if document is None:
            continue
        for target in note_targets(note, document):
            yield from note_ways(note, target.id)


def note_ways(note: Note, passage: str) -> Iterator[SearchText]:
    """A note as ways to one passage."""
    yield SearchText(passage, "note", note.note)
    if note.why:
        yield SearchText(passage, "why", note.why)
    if note.wrong:
        yield SearchText(passage, "wrong", note.wrong)
    yield from (SearchText(passage, "question", question) for question in note.questions)
    yield from (SearchText(passage, "paraphrase", phrase) for phrase in note.paraphrases)
    yield from (SearchText(passage, "detail", question) for question in note.details)
