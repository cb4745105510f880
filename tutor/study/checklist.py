"""The checklist of each week: a tick rests on something she did, which it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from knowledge.curriculum import ChecklistItem, Week
from tutor.study.explain import Explanations
from tutor.study.grading import PASS
from tutor.study.prompt_bank import load_prompts
from tutor.study.record import LearnerRecord


@dataclass(frozen=True)
class Tick:
    """A line of the checklist; `proof` is what it rests on, "" while open. `own_word`: only she says so."""

    item: ChecklistItem
    proof: str
    when: datetime | None = None
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


def checklist(
    week: Week, record: LearnerRecord, explanations: Explanations, runs: list[FinishedRun]
) -> list[Tick]:
    """Every line of a week with its proof, if there is one."""
    proofs: Mapping[str, tuple[str, datetime] | None] = {
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


def _run(week: Week, runs: list[FinishedRun]) -> tuple[str, datetime] | None:
    found = next((run for run in runs if run.exercise in week.exercises), None)
    return (f"Run {found.id} finished", found.ended) if found else None


def _quiz(week: Week, record: LearnerRecord) -> tuple[str, datetime] | None:
    for sitting in record.sittings.finished(week.week):
        if sitting.items and sitting.right / len(sitting.items) >= PASS and sitting.finished_at:
            return f"Quiz passed with {sitting.right} of {len(sitting.items)}", sitting.finished_at
    return None


def _explanation(week: Week, explanations: Explanations) -> tuple[str, datetime] | None:
    prompts = {prompt.id for prompt in load_prompts(week.week)}
    for kept in explanations.log():
        if kept.explanation.prompt_id in prompts and kept.score >= PASS:
            return f"An explanation met {kept.score:.0%} of its rubric", kept.when
    return None


def _prediction(week: Week, record: LearnerRecord) -> tuple[str, datetime] | None:
    experiments = {experiment.id for experiment in week.experiments}
    for prediction in record.predictions.all():
        if prediction.experiment in experiments and prediction.outcome is not None:
            verdict = "came true" if prediction.right else "did not come true"
            return f"Your prediction for {prediction.experiment} {verdict}", prediction.created_at
    return None
