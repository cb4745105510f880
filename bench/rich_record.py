"""A record as it stands after a long time, made by the tutor's own code with a moved clock.

Answers, conversations, readings, predictions, explanations and finished runs, spread over a year: for timing
the pages and for looking at them full.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from freezegun import freeze_time

from exercises.runs import launch
from exercises.runs.store import Run, runs_folder
from knowledge.content.curriculum import load_curriculum
from tests.tutor.study.quiz.test_sittings import right_answer
from tests.tutor.study.test_twelve_weeks import wrong_answer
from tutor.chat.conversations import Conversations
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Done
from tutor.corpus.clones import link_to
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import PROJECT, Settings, load_settings
from tutor.store.database import open_database
from tutor.study.explain.explanations import Explanation, Explanations
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.progress.path import steps
from tutor.study.progress.record import LearnerRecord
from tutor.study.quiz.items import WEEKS
from tutor.study.review.memory import due_concepts

DAYS = 365
QUESTIONS = ("explain attention", "What is a token?", "explain softmax", "why is the loss 4.17 at the start?")


@dataclass(frozen=True)
class Size:
    """How much there is of each."""

    answers: int = 10_000
    conversations: int = 500
    runs: int = 40


def fill(home: Path, size: Size, seed: int = 7) -> None:
    """Write a whole record into an empty home."""
    settings = load_settings(home=home)
    database = open_database(settings)
    chance = random.Random(seed)
    record = LearnerRecord(database, settings.learner, chance)
    runs = _runs(home, size.runs)
    _walked(record)
    _predicted(record, runs, chance)
    _explained(Explanations(database, settings.learner), chance)
    _answered(record, size.answers, chance)
    _talked(Conversations(database, settings.learner), settings, size.conversations)
    database.close()


def _days(count: int) -> Iterator[datetime]:
    """`count` moments over the past year, the last one an hour ago."""
    end = datetime.now(UTC) - timedelta(hours=1)
    for place in range(count):
        yield end - timedelta(days=DAYS * (count - 1 - place) / max(1, count - 1))


def _runs(home: Path, count: int) -> list[Run]:
    """Two real runs, and copies of them under other names: training is not what is timed."""
    small = {"steps": 60, "n_layer": 1, "n_head": 1, "n_embd": 16, "eval_every": 10, "sample_every": 30}
    originals = [
        launch.wait_over(launch.start(home, "nanogpt", small, "cpu")),
        launch.wait_over(launch.start(home, "micrograd", {"steps": 20}, "cpu")),
    ]
    for place, when in enumerate(_days(max(0, count - 2))):
        run = originals[place % 2]
        folder = runs_folder(home) / f"{when:%Y%m%d-%H%M%S}-{run.exercise}-{place:06x}"
        shutil.copytree(run.folder, folder)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(
            json.dumps(config | {"created": when.isoformat()}), encoding="utf-8", newline="\n"
        )
    return originals


def _walked(record: LearnerRecord) -> None:
    path = steps(load_curriculum(PROJECT / "knowledge" / "lessons"))
    essential = [step for step in path if step.kind in ("section", "lecture") and step.week < 5]
    for step, when in zip(essential, _days(len(essential)), strict=True):
        with freeze_time(when):
            if step.kind == "section":
                record.note("read", f"{step.week}/{step.subject}")
            else:
                record.note("watched", step.subject)
    record.note("plan", "path", start="2026-01-05", hours=3, essential_only=False)


def _predicted(record: LearnerRecord, runs: list[Run], chance: random.Random) -> None:
    bench = RunCatalog.load()
    for place, (name, experiment) in enumerate(bench.experiments.items()):
        choice = chance.choice(experiment.options)
        run_id = runs[place].id if place < len(runs) else f"run-{place}"
        record.predictions.add(
            run_id, experiment.system, experiment.question, experiment.options, choice, name
        )
        record.predictions.settle(run_id, experiment.options[experiment.answer])


def _explained(explanations: Explanations, chance: random.Random) -> None:
    prompts = [prompt for week in WEEKS for prompt in load_prompts(week)]
    for prompt, when in zip(prompts, _days(len(prompts)), strict=True):
        audience = next(iter(prompt.audiences))
        met = tuple(place for place in range(len(prompt.rubric)) if chance.random() < 0.7)
        text = prompt.audiences[audience].short
        mode = "practice" if prompt.kind == "explain" else "interview"
        with freeze_time(when):
            explanations.keep(prompt, Explanation(prompt.id, audience, mode, text, met, seconds=170.0))  # type: ignore[arg-type]


def _answered(record: LearnerRecord, count: int, chance: random.Random) -> None:
    """Quizzes and reviews in turn; the first half of the items right, later more of them."""
    given = 0
    for place, when in enumerate(_days(-(-count // 10))):
        with freeze_time(when, tick=True):
            due = due_concepts(record.memories(), when)
            sitting = record.sittings.start_review(due) if place % 2 and due else None
            sitting = sitting or record.sittings.start(place // 2 % 6 + 1, due)
            for item in sitting.items:
                right = chance.random() < 0.6 + 0.3 * given / count
                answer = right_answer(item) if right else wrong_answer(item)
                record.sittings.answer(sitting.id, item.id, answer)
                given += 1


def _talked(conversations: Conversations, settings: Settings, count: int) -> None:
    """Conversations of four questions; the answers are real, and the same ones in each."""
    tutor = BuiltinTutor(KnowledgeService(settings), RunCatalog.load(), link_to(settings))
    answers = [_whole(tutor, question) for question in QUESTIONS]
    for when in _days(count):
        with freeze_time(when, tick=True):
            conversation = conversations.create().id
            for question, answer in zip(QUESTIONS, answers, strict=True):
                conversations.finish(conversations.begin(conversation, question), answer, "complete")


def _whole(tutor: BuiltinTutor, question: str) -> Answer:
    return next(event.answer for event in tutor.answer(question, ()) if isinstance(event, Done))
