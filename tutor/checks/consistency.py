"""What only the tutor can check: that lessons, exercises, quizzes, prompts and notes fit together."""

from collections import Counter
from collections.abc import Iterator, Mapping

from exercises.catalog import Exercise
from exercises.errors import ExerciseError
from exercises.knobs import describe, parse
from knowledge.content.curriculum import Concept, Curriculum, load_curriculum
from knowledge.content.notes import load_notes
from knowledge.ingest.sources import our_own
from knowledge.search.library import WordsLibrary
from tutor.figures import FIGURES
from tutor.run_catalog import RunCatalog
from tutor.settings import PROJECT, Settings
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.quiz.items import WEEKS, BankError, Item, load_bank

FEWEST_ITEMS = 2  # for a concept, so that a review can ask something else than the quiz did
OURS = ("exercises/", "knowledge/")


def check(settings: Settings) -> tuple[list[str], str]:
    """Every problem as a sentence, and what was looked at."""
    curriculum = load_curriculum(settings.lessons)
    library = WordsLibrary(our_own(PROJECT))
    catalog = RunCatalog.load()
    problems = [str(problem) for problem in curriculum.problems]
    for concept in curriculum.concepts.values():
        problems += _card(concept, catalog)
    problems += _weeks(curriculum, catalog)
    problems += _catalog(curriculum, catalog)
    items, broken = _read_banks()
    problems += [*broken, *_items(items, curriculum, library), *_prompts(curriculum), *_notes(curriculum)]
    summary = (
        f"{len(curriculum.concepts)} concepts, {len(curriculum.weeks)} weeks, {len(catalog.exercises)} "
        f"exercises, "
        f"{len(catalog.experiments)} experiments, {len(items)} quiz items"
    )
    return problems, summary


def _card(concept: Concept, catalog: RunCatalog) -> Iterator[str]:
    if concept.experiment is not None and concept.experiment not in catalog.experiments:
        yield f"{concept.path}: there is no experiment {concept.experiment!r}"
    if concept.figure is not None and concept.figure not in FIGURES:
        yield f"{concept.path}: there is no figure {concept.figure!r}"
    if concept.run is not None:
        yield from _knobs(concept.path, concept.run.exercise, concept.run.knobs, catalog.exercises)


def _knobs(
    where: str, exercise: str, knobs: Mapping[str, object], exercises: Mapping[str, Exercise]
) -> Iterator[str]:
    if exercise not in exercises:
        yield f"{where}: there is no exercise {exercise!r}"
        return
    try:
        parse(exercises[exercise].knobs, knobs)
    except ExerciseError as error:
        yield f"{where}: {error}"


def _weeks(curriculum: Curriculum, catalog: RunCatalog) -> Iterator[str]:
    for week in curriculum.weeks.values():
        for experiment in week.experiments:
            if experiment.id not in catalog.experiments:
                yield f"{week.path}: there is no experiment {experiment.id!r}"
        for exercise in week.exercises:
            if exercise not in catalog.exercises:
                yield f"{week.path}: there is no exercise {exercise!r}"


def _catalog(curriculum: Curriculum, catalog: RunCatalog) -> Iterator[str]:
    for exercise in catalog.exercises.values():
        if exercise.concept not in curriculum.concepts:
            yield f"exercise {exercise.id}: there is no concept {exercise.concept!r}"
        for info in describe(exercise.knobs):
            if info.concept not in curriculum.concepts:
                yield f"exercise {exercise.id}, knob {info.name}: there is no concept {info.concept!r}"
        for name, preset in exercise.presets.items():
            yield from _knobs(
                f"exercise {exercise.id}, preset {name}", exercise.id, preset, catalog.exercises
            )
    for experiment in catalog.experiments.values():
        if experiment.concept not in curriculum.concepts:
            yield f"experiment {experiment.id}: there is no concept {experiment.concept!r}"


def _read_banks() -> tuple[list[Item], list[str]]:
    items: list[Item] = []
    broken = []
    for week in WEEKS:
        try:
            items += load_bank(week)
        except BankError as error:
            broken.append(str(error))
    return items, broken


def _items(items: list[Item], curriculum: Curriculum, library: WordsLibrary) -> Iterator[str]:
    asked = Counter(item.concept for item in items)
    for concept in curriculum.concepts:
        if asked[concept] < FEWEST_ITEMS:
            yield f"quiz: {concept} has {asked[concept]} items; it needs {FEWEST_ITEMS} or more"
    for name, count in Counter(item.id for item in items).items():
        if count > 1:
            yield f"quiz: {count} items are called {name}"
    for item in items:
        if item.concept not in curriculum.concepts:
            yield f"quiz item {item.id}: there is no concept {item.concept!r}"
        path, _, symbol = item.source.partition("::")
        if symbol and path.startswith(OURS) and library.resolve(item.source) is None:
            yield f"quiz item {item.id}: its source {item.source} is not there"
        if not symbol and path not in curriculum.concepts:
            yield f"quiz item {item.id}: its source {item.source!r} is neither a concept nor path::symbol"


def _prompts(curriculum: Curriculum) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for week in WEEKS:
        try:
            prompts = load_prompts(week)
        except BankError as error:
            yield str(error)
            continue
        for prompt in prompts:
            seen[prompt.id] += 1
            for concept in prompt.concepts:
                if concept not in curriculum.concepts:
                    yield f"prompt {prompt.id}: there is no concept {concept!r}"
    yield from (f"prompts: {count} are called {name}" for name, count in seen.items() if count > 1)


def _notes(curriculum: Curriculum) -> Iterator[str]:
    folder = PROJECT / "knowledge" / "notes"
    for path in sorted(folder.glob("*.yaml")):
        book, problems = load_notes(path)
        yield from problems
        for note in book.notes if book else ():
            if note.concept is not None and note.concept not in curriculum.concepts:
                yield f"{path.name}, {note.place}: there is no concept {note.concept!r}"
