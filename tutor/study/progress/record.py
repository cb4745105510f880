"""Her record, brought together: what is done, what it shows, what is due, and so what comes next."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any

from sqlalchemy import delete, func, select

from tutor.store.database import Database
from tutor.store.tables import ActivityRow, ExplanationRow, PredictionRow, QuizAnswerRow, QuizSittingRow
from tutor.study.experiments.predictions import Predictions
from tutor.study.explain.explanations import Explanations, exits_due
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.progress.mastery import Evidence
from tutor.study.progress.path import Step
from tutor.study.progress.policy import Record
from tutor.study.quiz.grading import Grade
from tutor.study.quiz.items import WEEKS, Item, all_items
from tutor.study.quiz.sittings import REVIEW, Sitting, Sittings
from tutor.study.review import fitting
from tutor.study.review.fitting import Fitted, fit_apart, from_json, to_json
from tutor.study.review.memory import Memory, due_concepts
from tutor.study.review.replay import MemoryCache

UNSEEN = "verdict"  # the kind of activity that keeps which answer's verdict has yet to be seen
FITTED = "fitted"  # the kind of activity that keeps a fit


@dataclass(frozen=True)
class Activity:
    """The newest note of a kind about a subject. `at` is in UTC."""

    subject: str
    data: Mapping[str, Any]
    at: datetime


class LearnerRecord:
    """Reads one learner's tables as a whole. Methods raise DatabaseError."""

    def __init__(self, database: Database, learner: str, chance: random.Random | None = None) -> None:
        self._database = database
        self._learner = learner
        self.sittings = Sittings(database, learner, chance)
        self.predictions = Predictions(database, learner)
        self.explanations = Explanations(database, learner)
        self._remembered = MemoryCache(self.sittings)

    def memories(self) -> dict[str, Memory]:
        """What she remembers of each concept, by parameters fitted to her where there are any."""
        last = self.fitted()
        memories = self._remembered.memories(last.parameters if last else None)
        asked = _concepts_with_items()  # a concept that has left the lessons cannot come back
        return {name: memory for name, memory in memories.items() if name in asked}

    def fitted(self) -> Fitted | None:
        """The last fit of her memory's parameters."""
        kept = self.noted(FITTED).get("memory")
        return from_json(dict(kept.data)) if kept else None

    def fit_memory(self) -> Fitted | None:
        """Fit them when there is enough that is new, and keep what came out; takes its time, in another process."""
        reviews = self.sittings.reviews()
        found = fit_apart(reviews) if fitting.due(reviews, self.fitted()) else None
        if found is not None:
            self.note(FITTED, "memory", **to_json(found))
        return found

    def note(self, kind: str, subject: str, **data: Any) -> None:
        """Keep that she did something: `note("read", "3/attention")`."""
        with self._database.write() as session:
            session.add(ActivityRow(learner_id=self._learner, kind=kind, subject=subject, data=data))

    def answer(self, sitting_id: str, item_id: str, answer: Any) -> Grade:
        """Answer an item. That its verdict has yet to be seen is kept first, so that no kill can lose it.

        Raises AnswerError and NotFoundError, as `Sittings.answer` does.
        """
        self.verdict_seen(sitting_id)
        self.note(UNSEEN, sitting_id, item=item_id)
        return self.sittings.answer(sitting_id, item_id, answer)

    def unseen_verdict(self, sitting: Sitting) -> Item | None:
        """The answered item of a sitting whose verdict she has not gone on from."""
        kept = self.noted(UNSEEN).get(sitting.id)
        name = kept.data.get("item") if kept else None
        return next((item for item in sitting.items if item.id == name and item.id in sitting.answers), None)

    def waiting_verdicts(self) -> list[Sitting]:
        """Finished sittings whose last verdict she has not gone on from: it was cut off, or she went elsewhere."""
        waiting = self.noted(UNSEEN)
        if not waiting:
            return []
        return [one for one in self.sittings.finished() if one.id in waiting and self.unseen_verdict(one)]

    def verdict_seen(self, sitting_id: str) -> None:
        """She has gone on from the last verdict of a sitting, or taken the answer back."""
        self.forget(UNSEEN, sitting_id)

    def forget(self, kind: str, subject: str) -> None:
        """Delete all notes of this kind about a subject."""
        with self._database.write() as session:
            session.execute(
                delete(ActivityRow).where(
                    ActivityRow.learner_id == self._learner,
                    ActivityRow.kind == kind,
                    ActivityRow.subject == subject,
                )
            )

    def noted(self, kind: str) -> dict[str, Activity]:
        """The newest note of this kind for each subject."""
        query = (
            select(ActivityRow)
            .where(ActivityRow.learner_id == self._learner, ActivityRow.kind == kind)
            .order_by(ActivityRow.at)
        )
        with self._database.read() as session:
            return {row.subject: Activity(row.subject, row.data, row.at) for row in session.scalars(query)}

    def last_seen(self) -> datetime | None:
        """When she last did something that is on record; None where there is nothing yet."""
        moments = (
            (QuizAnswerRow.learner_id, QuizAnswerRow.answered_at), (ActivityRow.learner_id, ActivityRow.at),
            (ExplanationRow.learner_id, ExplanationRow.created_at),
            (PredictionRow.learner_id, PredictionRow.created_at),
        )  # fmt: skip
        with self._database.read() as session:
            found = [
                session.scalar(select(func.max(moment)).where(hers == self._learner))
                for hers, moment in moments
            ]
        return max((one for one in found if one is not None), default=None)

    def done(self, path: Iterable[Step]) -> frozenset[str]:
        """The ids of the steps that are done; each rests on a row that can be shown."""
        read, watched = self.noted("read"), self.noted("watched")
        settled = {one.experiment for one in self.predictions.all() if one.outcome is not None}
        quizzed, explained = self._quizzed_weeks(), self._explained_weeks()
        shown = {
            "section": lambda step: f"{step.week}/{step.subject}" in read,
            "lecture": lambda step: step.subject in watched,
            "experiment": lambda step: step.subject in settled,
            "quiz": lambda step: step.week in quizzed,
            "explain": lambda step: step.week in explained,
        }
        return frozenset(step.id for step in path if shown[step.kind](step))

    def evidence(self, concept_of_experiment: Mapping[str, str]) -> list[Evidence]:
        """All that she has shown about concepts, oldest first."""
        with self._database.read() as session:
            answers = session.execute(
                select(QuizAnswerRow.answered_at, QuizAnswerRow.concept, QuizAnswerRow.score).where(
                    QuizAnswerRow.learner_id == self._learner
                )
            ).all()
            explanations = session.execute(
                select(ExplanationRow.created_at, ExplanationRow.prompt_id, ExplanationRow.score).where(
                    ExplanationRow.learner_id == self._learner
                )
            ).all()
        concepts = _concepts_of_prompts()
        dated = [(when, Evidence(concept, "answer", score)) for when, concept, score in answers]
        for when, prompt_id, score in explanations:
            dated += [
                (when, Evidence(concept, "explanation", score)) for concept in concepts.get(prompt_id, ())
            ]
        for one in self.predictions.all():
            concept = concept_of_experiment.get(one.experiment or "")
            if concept and one.right is not None:
                dated.append((one.created_at, Evidence(concept, "prediction", float(one.right))))
        return [evidence for _, evidence in sorted(dated, key=lambda pair: pair[0])]

    def now(
        self, path: Sequence[Step], now: datetime, zone: tzinfo = UTC, finished_runs: Iterable[str] = (),
        minutes: int | None = None,
    ) -> Record:  # fmt: skip
        """Everything the choice of the next objective depends on. `finished_runs`: run ids, newest first."""
        waiting = {one.run_id for one in self.predictions.all() if one.outcome is None}
        plan = self.noted("plan").get("path")
        return Record(
            path=tuple(path),
            done=self.done(path),
            due=tuple(due_concepts(self.memories(), now, zone)),
            open_quiz=self._open_quiz(),
            finished_run=next((run for run in finished_runs if run in waiting), None),
            exits=tuple(
                name for name in exits_due(self.explanations.log(), now) if name in _concepts_of_prompts()
            ),
            minutes=minutes,
            essential_only=bool(plan and plan.data.get("essential_only")),
        )

    def _open_quiz(self) -> int | None:
        query = select(QuizSittingRow.week).where(
            QuizSittingRow.learner_id == self._learner, QuizSittingRow.finished_at.is_(None)
        )
        with self._database.read() as session:
            return session.scalars(query.order_by(QuizSittingRow.created_at.desc())).first()

    def _quizzed_weeks(self) -> set[int]:
        query = select(QuizSittingRow.week).where(
            QuizSittingRow.learner_id == self._learner,
            QuizSittingRow.finished_at.is_not(None),
            QuizSittingRow.week != REVIEW,
        )
        with self._database.read() as session:
            return set(session.scalars(query.distinct()))

    def _explained_weeks(self) -> set[int]:
        query = select(func.distinct(ExplanationRow.prompt_id)).where(
            ExplanationRow.learner_id == self._learner
        )
        with self._database.read() as session:
            explained = set(session.scalars(query))
        return {week for week in WEEKS if explained & {prompt.id for prompt in load_prompts(week)}}


@cache
def _concepts_of_prompts() -> Mapping[str, tuple[str, ...]]:
    return {prompt.id: prompt.concepts for week in WEEKS for prompt in load_prompts(week)}


@cache
def _concepts_with_items() -> frozenset[str]:
    return frozenset(item.concept for _, item in all_items())
