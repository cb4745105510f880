"""What she expected of a run before it started, what came of it, and how well she judges by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tutor.errors import NotFoundError, TutorError
from tutor.store.database import Database
from tutor.store.tables import PredictionRow


class PredictionError(TutorError):
    """A prediction that cannot be stored: nothing chosen, or the run's outcome is already known."""


@dataclass(frozen=True)
class Prediction:
    """One prediction; `outcome` is the option that came true, None while nobody knows."""

    run_id: str
    experiment: str | None
    exercise: str
    prompt: str
    options: tuple[str, ...]
    choice: str
    created_at: datetime
    outcome: str | None

    @property
    def right(self) -> bool | None:
        """Whether it came true; None while nobody knows."""
        return None if self.outcome is None else self.outcome == self.choice


@dataclass(frozen=True)
class Calibration:
    """How many of her settled predictions came true, and how many guessing would have got right."""

    settled: int
    right: int
    by_chance: float


class Predictions:
    """One learner's predictions. Methods raise DatabaseError where the record cannot be read or written."""

    def __init__(self, database: Database, learner: str) -> None:
        self._database = database
        self._learner = learner

    def add(self, run_id: str, exercise: str, prompt: str, options: Sequence[str], choice: str,
            experiment: str | None = None) -> None:  # fmt: skip
        """Store a prediction; the first for a run stands. Raises PredictionError when nothing is chosen."""
        if choice not in options:
            raise PredictionError("Choose what you expect first; you learn most where you were wrong.")
        with self._database.write() as session:
            if self._row(session, run_id) is None:
                session.add(
                    PredictionRow(
                        learner_id=self._learner,
                        run_id=run_id,
                        experiment=experiment,
                        exercise=exercise,
                        prompt=prompt,
                        options=list(options),
                        choice=choice,
                    )
                )

    def settle(self, run_id: str, outcome: str) -> Prediction:
        """Say what came true; the first verdict stands. Raises NotFoundError."""
        with self._database.write() as session:
            row = self._row(session, run_id)
            if row is None:
                raise NotFoundError("There is no prediction for this run.")
            if row.outcome is None:
                row.outcome = outcome
            return _prediction(row)

    def of_run(self, run_id: str) -> Prediction | None:
        """Her prediction for a run."""
        with self._database.read() as session:
            row = self._row(session, run_id)
            return _prediction(row) if row else None

    def all(self) -> list[Prediction]:
        """All of them, newest first."""
        with self._database.read() as session:
            rows = session.scalars(self._hers().order_by(PredictionRow.created_at.desc()))
            return [_prediction(row) for row in rows]

    def calibration(self) -> Calibration:
        """Her hit rate beside that of guessing."""
        settled = [one for one in self.all() if one.outcome is not None]
        return Calibration(
            len(settled),
            sum(bool(one.right) for one in settled),
            sum(1 / len(one.options) for one in settled),
        )

    def _hers(self) -> Select[PredictionRow]:
        return select(PredictionRow).where(PredictionRow.learner_id == self._learner)

    def _row(self, session: Session, run_id: str) -> PredictionRow | None:
        return session.scalars(self._hers().where(PredictionRow.run_id == run_id)).first()


def _prediction(row: PredictionRow) -> Prediction:
    return Prediction(
        row.run_id,
        row.experiment,
        row.exercise,
        row.prompt,
        tuple(row.options),
        row.choice,
        row.created_at,
        row.outcome,
    )
