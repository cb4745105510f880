"""`python -m knowledge check`: whether the lessons and notes hold together. Every problem is one sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from knowledge.content.comparisons import load_comparisons, problems_in
from knowledge.content.curriculum import (
    SECTIONS,
    Concept,
    Curriculum,
    Problem,
    Week,
    fold_name,
    load_curriculum,
)
from knowledge.content.notes import NoteBook, load_notes, note_targets, recognize
from knowledge.content.symbols import find_symbol
from knowledge.ingest.chunking.split import Document, split
from knowledge.ingest.sources import Source, list_files, read_text

WORDS = range(150, 451)
QUESTIONS = range(4, 13)
OUR_TREE = ("exercises", "knowledge", "tutor")

_LINK = re.compile(r"\]\(concept:([^)]*)\)")


@dataclass(frozen=True)
class Report:
    """What is wrong, and what was looked at."""

    problems: tuple[Problem, ...]
    summary: str


def check(root: Path, upstream: Path | None = None) -> Report:
    """Checks lessons and notes of the project at `root`, against the clones there are in `upstream`."""
    curriculum = load_curriculum(root / "knowledge" / "lessons")
    documents = _Documents(root, upstream)
    problems = list(curriculum.problems)
    for concept in curriculum.concepts.values():
        problems += [Problem(concept.path, text) for text in _card(concept, curriculum)]
        problems += [Problem(concept.path, text) for text in _references(concept, documents)]
    problems += _names(curriculum)
    problems += [
        Problem("concepts", f"needs go round in a circle: {' → '.join(circle)}")
        for circle in circles(curriculum)
    ]
    for week in curriculum.weeks.values():
        problems += [Problem(week.path, text) for text in _week(week, curriculum)]
    problems += _homes(curriculum)
    books, note_problems = _books(root / "knowledge" / "notes", curriculum)
    problems += note_problems
    comparisons, found = _comparisons(root / "knowledge" / "comparisons", curriculum, documents)
    problems += found
    covered = []
    for clone in documents.clones:
        found, text = _notes_on(clone, documents, books)
        problems += found
        covered.append(text)
    summary = ", ".join(
        [
            f"{len(curriculum.concepts)} cards",
            f"{len(curriculum.weeks)} weeks",
            f"{comparisons} comparisons",
            f"{len(books)} sets of notes",
            *covered,
        ]
    )
    return Report(tuple(problems), summary)


class _Documents:
    """Files that references name, read once: our own tree always, clones where they are."""

    def __init__(self, root: Path, upstream: Path | None) -> None:
        self.root = root
        self.upstream = upstream
        self.clones: list[Path] = []
        if upstream is not None and upstream.is_dir():
            self.clones = sorted(
                path for path in upstream.iterdir() if path.is_dir() and not path.name.startswith(".")
            )
        self._read: dict[str, Document | None] = {}

    def home_of(self, path: str) -> Path | None:
        """The folder under which a path is to be looked for; None when its clone is not here."""
        first = path.split("/")[0]
        if first in OUR_TREE:
            return self.root
        return self.upstream if any(clone.name == first for clone in self.clones) else None

    def find(self, path: str) -> Document | None:
        """The document of a path of ours or of a clone that is here."""
        home = self.home_of(path)
        return self.get(home, path) if home else None

    def get(self, home: Path, path: str) -> Document | None:
        if path not in self._read:
            file = home / path
            text = read_text(file) if file.is_file() else None
            self._read[path] = split(path, path.split("/")[0], text) if text is not None else None
        return self._read[path]


def _card(concept: Concept, curriculum: Curriculum) -> Iterator[str]:
    titles = list(concept.sections)
    if titles != [title for title in SECTIONS if title in titles]:
        yield f"sections must be, in this order: {', '.join(SECTIONS)}"
    empty = [title for title, text in concept.sections.items() if not text]
    if empty:
        yield f"empty sections: {', '.join(empty)}"
    if concept.words not in WORDS:
        yield f"{concept.words} words in the body: keep to {WORDS.start} to {WORDS.stop - 1}"
    if len(concept.questions) not in QUESTIONS:
        yield f"{len(concept.questions)} questions: {QUESTIONS.start} to {QUESTIONS.stop - 1} are wanted"
    answers = concept.questions_and_answers
    if not answers or any(not answer for _, answer in answers):
        yield "Why it is so needs ### questions, each with an answer"
    if concept.check is None:
        yield "Check yourself needs **Question:** and **Answer:**"
    misread = concept.sections.get("Often misunderstood", "")
    if "**Not so:**" not in misread or "**Rather:**" not in misread:
        yield "Often misunderstood needs **Not so:** and **Rather:**"
    for need in concept.needs:
        other = curriculum.concepts.get(need)
        if other is None:
            yield f"needs {need}, which is no card"
        elif other.week > concept.week:
            yield f"needs {need}, which comes later (week {other.week})"
    for text in concept.sections.values():
        for target in _LINK.findall(text):
            if target not in curriculum.concepts:
                yield f"links to concept:{target}, which is no card"


def _references(concept: Concept, documents: _Documents) -> Iterator[str]:
    for reference in concept.code:
        path, _, symbol = reference.partition("::")
        home = documents.home_of(path)
        if home is None:
            if path.split("/")[0] == path:
                yield f"{reference} is no path::symbol"
            continue
        document = documents.get(home, path)
        if document is None:
            yield f"{reference}: there is no file {path}"
        elif symbol and find_symbol(document, symbol) is None:
            yield f"{reference}: {path} has no {symbol}"


def _names(curriculum: Curriculum) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for concept in curriculum.concepts.values():
        for name in dict.fromkeys(
            [fold_name(concept.id), fold_name(concept.title), *map(fold_name, concept.aliases)]
        ):
            if owners.setdefault(name, concept.id) != concept.id:
                yield Problem(
                    concept.path, f"“{name}” also names {owners[name]}: names must be of one card alone"
                )
        for alias in concept.aliases:
            if alias != alias.lower():
                yield Problem(concept.path, f"alias “{alias}” must be in lower case")


def circles(curriculum: Curriculum) -> list[list[str]]:
    """Circles in what needs what: one for each need that would have to go."""
    needs = {name: list(concept.needs) for name, concept in curriculum.concepts.items()}
    found: list[list[str]] = []
    while True:
        try:
            TopologicalSorter(needs).prepare()
            return found
        except CycleError as error:
            circle: list[str] = error.args[1][::-1]  # each needs the one after it
            found.append(circle)
            needs[circle[0]].remove(circle[1])


def _week(week: Week, curriculum: Curriculum) -> Iterator[str]:
    titles = [section.title for section in week.sections]
    if list(week.body) != titles:
        yield f"## headings {list(week.body)} differ from the sections {titles}"
    for kind, ids in (
        ("sections", [part.id for part in week.sections]),
        ("checklist", [item.id for item in week.checklist]),
    ):
        twice = [name for name, times in Counter(ids).items() if times > 1]
        if twice:
            yield f"{kind}: {', '.join(twice)} more than once"
    for name in week.concepts:
        concept = curriculum.concepts.get(name)
        if concept is None:
            yield f"concepts: {name} is no card"
        elif concept.week != week.week:
            yield f"concepts: {name} is at home in week {concept.week}"
    for name in week.recap:
        concept = curriculum.concepts.get(name)
        if concept is None or concept.week >= week.week:
            yield f"recap: {name} is no card of an earlier week"
    for text in week.body.values():
        for target in _LINK.findall(text):
            if target not in curriculum.concepts:
                yield f"links to concept:{target}, which is no card"
    for lecture in week.lectures:
        for hint in lecture.watch_for:
            if hint.at is not None and _seconds(hint.at) > lecture.minutes * 60 + 59:
                yield f"{lecture.title}: {hint.at} is beyond its {lecture.minutes} minutes"


def _seconds(time: str) -> int:
    total = 0
    for part in time.split(":"):
        total = total * 60 + int(part)
    return total


def _homes(curriculum: Curriculum) -> Iterator[Problem]:
    """A card that its week does not list would never be met."""
    for concept in curriculum.concepts.values():
        week = curriculum.weeks.get(concept.week)
        if week is not None and concept.id not in week.concepts:
            yield Problem(concept.path, f"week {concept.week} does not list it among its concepts")


def _books(folder: Path, curriculum: Curriculum) -> tuple[list[NoteBook], list[Problem]]:
    books: list[NoteBook] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        book, faults = load_notes(path)
        problems += [Problem("notes", fault) for fault in faults]
        if book is None:
            continue
        books.append(book)
        unknown = {
            note.concept for note in book.notes if note.concept and note.concept not in curriculum.concepts
        }
        problems += [Problem(f"notes/{path.name}", f"concept {name} is no card") for name in sorted(unknown)]
    return books, problems


def _comparisons(folder: Path, curriculum: Curriculum, documents: _Documents) -> tuple[int, list[Problem]]:
    """How many comparisons there are, and what they name that is not there; clones only where they are."""
    comparisons, faults = load_comparisons(folder)
    problems = [Problem("comparisons", fault) for fault in faults]
    for name, one in comparisons.items():
        where = f"comparisons/{name}.yaml"
        unknown = [each for each in (name, *one.also) if each not in curriculum.concepts]
        problems += [Problem(where, f"concept {each} is no card") for each in unknown]
        here = [place for place in one.places if documents.home_of(place.path) is not None]
        problems += [Problem(where, text) for text in problems_in(one, here, documents.find)]
    return len(comparisons), problems


def _notes_on(clone: Path, documents: _Documents, books: list[NoteBook]) -> tuple[list[Problem], str]:
    """Notes whose place is not found in a clone, and how much of it the notes cover."""
    entries = list_files(Source(clone.name, clone))
    book = recognize(books, {entry.path.removeprefix(f"{clone.name}/") for entry in entries})
    if book is None:
        return [], f"{clone.name} without notes"
    problems: list[Problem] = []
    noted: set[str] = set()
    for note in book.notes:
        document = documents.get(clone.parent, f"{clone.name}/{note.file}")
        targets = note_targets(note, document) if document else []
        noted.update(passage.id for passage in targets)
        if not targets:
            problems.append(
                Problem(f"notes/{book.repository}.yaml", f"{note.place}: not found, or changed since")
            )
    units = [
        passage
        for entry in entries
        if (document := documents.get(clone.parent, entry.path)) is not None
        for passage in document.passages
    ]
    return problems, f"{clone.name}: {len(noted)} of {len(units)} units noted"
