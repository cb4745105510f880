"""The checklist of each week: a tick rests on something she did, which it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from knowledge.content.curriculum import ChecklistItem, Week
from tutor.study.explain.explanations import Explanations
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.progress.record import LearnerRecord
from tutor.study.quiz.grading import PASS


@dataclass(frozen=True)
class Tick:
    """A line of the checklist; `proof` is what it rests on, "" while open. `own_word`: only she says so.

    `link` is where the proof can be seen: a kind and a name (run, sitting, explanation), empty where there is none.
    """

    item: ChecklistItem
    proof: str
    when: datetime | None = None
    link: tuple[str, str] = ("", "")
    own_word: bool = False

    @property
    def done(self) -> bool:
        """Whether it is ticked."""
        return bool(self.proof)


@dataclass(frozen=True)
class FinishedRun:
    """A run that ended well: its id, exercise and end (UTC)."""

    id: str
    exercise: str
    ended: datetime


Proof = tuple[str, datetime, tuple[str, str]]  # what it says, when it was, where it can be seen


def checklist(
    week: Week, record: LearnerRecord, explanations: Explanations, runs: list[FinishedRun]
) -> list[Tick]:
    """Every line of a week with its proof, if there is one."""
    proofs: Mapping[str, Proof | None] = {
        "run": _run(week, runs),
        "quiz": _quiz(week, record),
        "explanation": _explanation(week, explanations),
        "prediction": _prediction(week, record),
    }
    said = record.noted("word")
    ticks = []
    for item in week.checklist:
        proof = proofs.get(item.evidence)
        if item.evidence == "word" and item.id in said:
            ticks.append(Tick(item, "You said so", said[item.id].at, own_word=True))
        elif proof:
            ticks.append(Tick(item, *proof))
        else:
            ticks.append(Tick(item, ""))
    return ticks


def _run(week: Week, runs: list[FinishedRun]) -> Proof | None:
    found = next((run for run in runs if run.exercise in week.exercises), None)
    return (f"Run {found.id} finished", found.ended, ("run", found.id)) if found else None


def _quiz(week: Week, record: LearnerRecord) -> Proof | None:
    for sitting in record.sittings.finished(week.week):
        if sitting.items and sitting.right / len(sitting.items) >= PASS and sitting.finished_at:
            said = f"Quiz passed with {sitting.right} of {len(sitting.items)}"
            return said, sitting.finished_at, ("sitting", sitting.id)
    return None


def _explanation(week: Week, explanations: Explanations) -> Proof | None:
    prompts = {prompt.id for prompt in load_prompts(week.week)}
    for kept in explanations.log():
        if kept.explanation.prompt_id in prompts and kept.score >= PASS:
            said = f"An explanation met {kept.score:.0%} of its rubric"
            return said, kept.when, ("explanation", kept.explanation.prompt_id)
    return None


def _prediction(week: Week, record: LearnerRecord) -> Proof | None:
    experiments = {experiment.id for experiment in week.experiments}
    for prediction in record.predictions.all():
        if prediction.experiment in experiments and prediction.outcome is not None:
            verdict = "came true" if prediction.right else "did not come true"
            said = f"Your prediction for {prediction.experiment} {verdict}"
            return said, prediction.created_at, ("run", prediction.run_id)
    return None
